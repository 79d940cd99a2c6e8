/**
 * The two ways to a server: a pair of sockets in memory, on which a segment stays a segment, and a real socket, on which the kernel
 * may put segments together. `node:net` is used directly: whoever judges a server should share as little code with it as possible.
 */
import { connect } from 'node:net'
import { pair } from '../../../src/net/pair.ts'
import type { Address, Socket } from '../../../src/net/socket.ts'
import type { Channel } from './conversation.ts'

/** How long a server may be silent, in milliseconds: nothing in a dialogue takes long. */
const PATIENCE_MS = 5_000

/** Both ends say that they are on this machine: FTP's second connection has to go somewhere, and goes over real sockets. */
const ADDRESSES: [Address, Address] = [
  { family: 'IPv4', host: '127.0.0.1', port: 1 },
  { family: 'IPv4', host: '127.0.0.1', port: 2 },
]

/** A channel to a server in this process; `serve` puts the server behind its socket. */
export function memoryChannel(serve: (socket: Socket) => void): Channel {
  const [client, server] = pair({ cut: (bytes) => [bytes], addresses: ADDRESSES })
  client.setReadDeadline('reply', PATIENCE_MS)
  serve(server)
  return {
    write: (bytes) => ignoreHangUp(client.write([bytes]).then(() => client.flushed())),
    end: () => ignoreHangUp(client.end()),
    read: () => client.read(),
    connect: (port) => tcpChannel('127.0.0.1', port),
    destroy: () => client.destroy(),
  }
}

/** A channel to the server at an address. */
export async function tcpChannel(host: string, port: number): Promise<Channel> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true })
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`the server was silent for ${PATIENCE_MS} ms`)))
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  socket.on('error', () => {})
  return {
    write: (bytes) =>
      new Promise((resolve) => {
        // A turn of the event loop between two segments, in which the server gets to read the first.
        socket.write(bytes, () => setImmediate(resolve))
      }),
    end: () => new Promise((resolve) => void socket.end(resolve)),
    read: async () => {
      const { done, value } = await chunks.next()
      return done === true ? undefined : value
    },
    connect: (dataPort) => tcpChannel(host, dataPort),
    destroy: () => socket.destroy(),
  }
}

/** A server that has closed may be told more; what it said before is what counts. */
async function ignoreHangUp(writing: Promise<void>): Promise<void> {
  await writing.catch(() => {})
}
