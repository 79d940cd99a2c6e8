/**
 * No server at all: a socket of node:net that answers each segment without reading it. What smtp-source sends it comes in segments of its own,
 * since it waits for each reply; so this is as fast as Node can be made to answer.
 */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tellAtEnd } from './tally.ts'

const tally = tellAtEnd(process.argv[2] as string)

const OK = Buffer.from('250 OK\r\n')
const REPLIES = [OK, OK, Buffer.from('354 Go ahead\r\n'), OK]
const COMMANDS = REPLIES.length

const server = createServer({ noDelay: true }, (socket) => {
  let segments = -1
  socket.write('220 mx.example.test ESMTP\r\n')
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    // HELO comes once, then MAIL, RCPT, DATA and the message again and again, and at last QUIT.
    if (bytes[0] === 0x51) {
      socket.end('221 Bye\r\n')
      return
    }
    socket.write(segments === -1 ? OK : (REPLIES[segments % COMMANDS] as Buffer))
    segments++
    if (segments > 0 && segments % COMMANDS === 0) {
      tally.messages++
      tally.octets += bytes.length
    }
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
