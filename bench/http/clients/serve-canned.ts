/**
 * A server that is no bound: a bare socket that answers each request with octets that were ready before. It looks for the end of a head and at
 * Content-Length, answers batches of pipelined requests as one, and knows nothing else of HTTP.
 */
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { DOWNLOAD, GREETING } from './work.ts'

const HEAD_END = Buffer.from('\r\n\r\n')
const NOTHING: Buffer = Buffer.alloc(0)

function answerWith(content: Buffer): Buffer {
  const lines = ['HTTP/1.1 200 OK', 'Date: Sun, 22 Nov 2026 18:30:00 GMT', 'Content-Type: text/plain']
  return Buffer.concat([
    Buffer.from(`${[...lines, `Content-Length: ${content.length}`].join('\r\n')}\r\n\r\n`),
    content,
  ])
}

const SHORT = answerWith(Buffer.from(GREETING))
const LONG = answerWith(DOWNLOAD)

function serve(socket: Socket): void {
  let rest = NOTHING
  /** Octets of a request's content that are still to come. */
  let owed = 0
  const answers: Buffer[] = []
  const take = (chunk: Buffer): Buffer => {
    let from = 0
    while (from < chunk.length) {
      const skipped = Math.min(owed, chunk.length - from)
      owed -= skipped
      from += skipped
      if (owed > 0) break
      // Behind content that was owed its request is answered.
      if (skipped > 0) answers.push(SHORT)
      const end = chunk.indexOf(HEAD_END, from)
      if (end === -1) break
      const head = chunk.toString('latin1', from, end)
      from = end + HEAD_END.length
      owed = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      if (owed === 0) answers.push(head.startsWith('GET /long') ? LONG : SHORT)
    }
    return chunk.subarray(from)
  }
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    rest = take(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]))
    const [only] = answers
    if (only !== undefined) socket.write(answers.length === 1 ? only : Buffer.concat(answers))
    answers.length = 0
  })
}

const server = createServer(serve).listen(0, '127.0.0.1', () => {
  console.log((server.address() as { readonly port: number }).port)
})
