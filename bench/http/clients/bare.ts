/**
 * No client: sockets that write octets that were ready before, and count those that come back. What HTTP costs on top of TCP is the distance
 * to this. It learns from its first answer how long all of them are.
 */
import { strictEqual } from 'node:assert'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { loadBy, terms } from './load.ts'
import { DOWNLOAD, GREETING, UPLOAD } from './work.ts'

const { port, work, inFlight } = terms()
const content = work === 'download' ? DOWNLOAD : Buffer.from(GREETING)
const host = `Host: 127.0.0.1:${port}\r\n`
const request = {
  get: [Buffer.from(`GET /short HTTP/1.1\r\n${host}\r\n`)],
  upload: [Buffer.from(`PUT /upload HTTP/1.1\r\n${host}Content-Length: ${UPLOAD.length}\r\n\r\n`), UPLOAD],
  download: [Buffer.from(`GET /long HTTP/1.1\r\n${host}\r\n`)],
}[work]

/** Sends the request, and resolves with the octets of the answer. */
async function answerOn(socket: Socket): Promise<Buffer> {
  send(socket)
  let answer = Buffer.alloc(0)
  do {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    answer = Buffer.concat([answer, chunk])
  } while (answer.indexOf('\r\n\r\n') + 4 + content.length > answer.length)
  return answer
}

function send(socket: Socket): void {
  if (request.length > 1) socket.cork()
  for (const slice of request) socket.write(slice)
  if (request.length > 1) socket.uncork()
}

/** Sends one request behind the answer to the other. */
function repeat(socket: Socket, length: number, until: number): Promise<number> {
  return new Promise((resolve) => {
    let count = 0
    let octets = 0
    const onData = (chunk: Buffer): void => {
      octets += chunk.length
      if (octets < length) return
      octets = 0
      count++
      if (performance.now() < until) return send(socket)
      socket.off('data', onData)
      resolve(count)
    }
    socket.on('data', onData)
    send(socket)
  })
}

const sockets = Array.from({ length: inFlight }, () => connect({ port, host: '127.0.0.1', noDelay: true }))
const [first] = sockets as [Socket]
const answer = await answerOn(first)
strictEqual(Buffer.compare(answer.subarray(-content.length), content), 0)

loadBy(async (until) => {
  const counts = await Promise.all(sockets.map((socket) => repeat(socket, answer.length, until)))
  return counts.reduce((sum, count) => sum + count, 0)
})
