/** A proxy for tunnels (CONNECT), and a client that speaks through one with whoever is at the other end. */
import { Client, parseAuthority, serve } from 'wireline/http'
import type { Exchange } from 'wireline/http'
import { dial } from 'wireline/net'
import type { Socket } from 'wireline/net'

/** Digs a tunnel to where it may lead, and nowhere else: a proxy that is open to all will be found. */
async function dig(x: Exchange, allowed: string): Promise<void> {
  const { host, port } = parseAuthority(x.target) ?? {}
  if (x.method !== 'CONNECT' || host === undefined || port === undefined) return x.respond(405, { allow: 'CONNECT' })
  if (x.target !== allowed) return x.respond(403, {}, `not to ${x.target}`)
  const far = await dial({ host, port }, { signal: x.signal, timeoutMs: 5_000 }).catch(() => undefined)
  if (far === undefined) return x.respond(502)
  const near = x.takeOver(200)
  await Promise.all([pass(near, far), pass(far, near)]).catch(() => [near, far].forEach((end) => end.destroy()))
}

/** Passes octets on, no faster than they are taken, and then the end. */
async function pass(from: Socket, to: Socket): Promise<void> {
  for (let bytes = await from.read(); bytes !== undefined; bytes = await from.read()) await to.write([bytes])
  await to.end()
}

const origin = await serve({}, { exchange: (x) => x.respond(200, {}, `you have asked for ${x.path}\n`) })
const { host: allowed } = new URL(origin.url)
const proxy = await serve({}, { exchange: (x) => dig(x, allowed) })
const client = new Client()

const refused = await client.request(proxy.url, { method: 'CONNECT', target: 'elsewhere.test:443' })
console.log(refused.status, await refused.text())

const tunnel = (await client.request(proxy.url, { method: 'CONNECT', target: allowed })).takeOver()
await tunnel.write([Buffer.from(`GET /through HTTP/1.1\r\nHost: ${allowed}\r\nConnection: close\r\n\r\n`)])
let answer = ''
for (let bytes = await tunnel.read(); bytes !== undefined; bytes = await tunnel.read()) answer += bytes.toString()
console.log(answer.slice(answer.indexOf('\r\n\r\n') + 4))

await Promise.all([tunnel.end(), client.close(), proxy.close(), origin.close()])
