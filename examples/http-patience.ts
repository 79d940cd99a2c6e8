/** A client that gets its answer from a server that answers badly, and never sends twice what must be done once. */
import { setTimeout } from 'node:timers/promises'
import { Client, serve } from 'wireline/http'
import type { Exchange } from 'wireline/http'
import { NetError } from 'wireline/net'

// The server: silent, then broken off, then busy, then all right, then silent for good.
const silent = (x: Exchange) => new Promise<void>((resolve) => x.signal.addEventListener('abort', () => resolve()))
const moods = [
  silent,
  (x: Exchange) => x.respond(200, { 'content-length': '10' }, half()),
  (x: Exchange) => x.respond(503),
  (x: Exchange) => x.respond(200, {}, 'here it is'),
]
async function* half(): AsyncGenerator<Buffer> {
  yield Buffer.from('here ')
  throw new Error('the disk is gone')
}
const server = await serve({}, { exchange: (x) => (moods.shift() ?? silent)(x) })

// The client: what may have passed by the next time is asked again, a little later each time (RFC 9110 §9.2.2).
const client = new Client({ timeouts: { connectMs: 2_000, responseMs: 300, bodyMs: 300 } })
const PASSING = ['NET_TIMEOUT', 'NET_CLOSED', 'NET_CONNECT', 'HTTP_CUT_SHORT']
async function get(url: string, attempts = 5): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await client.request(url)
      const text = await response.text()
      if (response.status !== 503 || attempt === attempts) return `${response.status} ${text}`
      console.log('busy')
    } catch (error) {
      if (!(error instanceof NetError && PASSING.includes(error.code)) || attempt === attempts) throw error
      console.log(error.code)
    }
    await setTimeout(2 ** attempt * 10 * (0.5 + Math.random()))
  }
}
console.log(await get(server.url))
// A POST is for its author to repeat: nobody else knows whether that does harm.
const order = await client.request(server.url, { method: 'POST', body: 'one' }).catch((error: unknown) => error)
console.log('the order:', order instanceof NetError ? order.code : 'taken')
await Promise.all([client.close(), server.close()])
