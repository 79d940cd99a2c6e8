/**
 * What a socket of Node's can do at best: it looks for the empty lines that end requests, and answers each with octets made beforehand, all of
 * one segment in one write. It reads no request, knows no limit and no deadline, and believes whatever comes.
 */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { announce, HELLO, TEXT } from './answers.ts'

const LF = 0x0a
const ANSWER = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    `content-type: ${TEXT}`,
    `Content-Length: ${HELLO.length}`,
    `Date: ${new Date().toUTCString()}`,
    '',
    HELLO,
  ].join('\r\n'),
)
/** So many answers in a row, by their number. */
const answers: Buffer[] = []

function answersTo(requests: number): Buffer {
  return (answers[requests] ??= Buffer.concat(new Array<Buffer>(requests).fill(ANSWER)))
}

/** How many empty lines there are; the load never cuts one in two. */
function count(bytes: Buffer): number {
  let found = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === LF && bytes[at - 2] === LF) found++
  }
  return found
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', (bytes: Buffer) => socket.write(answersTo(count(bytes))))
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port))
