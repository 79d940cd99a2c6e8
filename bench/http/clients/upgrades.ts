/** Asks for WebSocket, checks the answer to its key (RFC 6455 §1.3), and is gone: `node upgrades.js <port> upgrade <in flight>`. */
import { connect } from 'node:net'
import { loadBy, terms } from './load.ts'

const { port, inFlight } = terms()

const HANDSHAKE = [
  'GET /chat HTTP/1.1',
  'Host: 127.0.0.1',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  '\r\n',
].join('\r\n')
const STATUS = /^HTTP\/1\.1 101 /
const ACCEPT = /^sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/im

/** One upgrade, from connecting to the answer. A reset at its end leaves no port in waiting. */
function upgrade(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(HANDSHAKE))
    let answer = ''
    socket.on('error', reject)
    socket.on('data', (part: Buffer) => {
      answer += part.toString('latin1')
      if (!answer.endsWith('\r\n\r\n')) return
      socket.resetAndDestroy()
      if (STATUS.test(answer) && ACCEPT.test(answer)) resolve()
      else reject(new Error(`no upgrade: ${answer}`))
    })
  })
}

async function repeat(until: number): Promise<number> {
  let count = 0
  for (; performance.now() < until; count++) await upgrade()
  return count
}

await upgrade()
loadBy(async (until) => {
  const counts = await Promise.all(Array.from({ length: inFlight }, () => repeat(until)))
  return counts.reduce((sum, count) => sum + count, 0)
})
