/**
 * The two ways to a server: a pair of sockets in memory, on which a segment stays a segment, and a real socket, on which the kernel
 * may put segments together. `node:net` is used directly: whoever judges a server should share as little code with it as possible.
 */
import { connect, type Socket as NodeSocket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
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
  return channelOf(socket, host, () => {})
}

/** A channel with TLS, to a server that nobody vouches for. An end without close_notify (RFC 9112 §9.8) is an error. */
export async function tlsChannel(host: string, port: number): Promise<Channel> {
  const wire = connect({ host, port, noDelay: true, allowHalfOpen: true })
  wire.setTimeout(PATIENCE_MS, () => wire.destroy(new Error(`the server was silent for ${PATIENCE_MS} ms`)))
  const records: Buffer[] = []
  const tapped = tap(wire, (bytes) => records.push(bytes))
  // In TLS 1.2 the type of a record is not encrypted: one can see that the last one is an alert.
  const socket = connectTls({ socket: tapped, rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  return channelOf(socket, host, () => {
    if (lastRecordType(Buffer.concat(records)) !== ALERT) throw new Error('TLS ended without close_notify')
  })
}

const ALERT = 21

/** The type of the last TLS record: type, version, length, and so many octets, over and over. */
function lastRecordType(bytes: Buffer): number | undefined {
  let type: number | undefined
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) type = bytes[at]
  return type
}

/** The same stream, with all that comes on it told on the way. */
function tap(wire: NodeSocket, onBytes: (bytes: Buffer) => void): Duplex {
  const tapped = new Duplex({
    read: () => {},
    write: (bytes, _encoding, done) => void wire.write(bytes as Buffer, done),
    final: (done) => void wire.end(done),
    destroy: (error, done) => {
      wire.destroy()
      done(error)
    },
  })
  wire.on('data', (bytes: Buffer) => {
    onBytes(bytes)
    tapped.push(bytes)
  })
  wire.on('end', () => tapped.push(null)).on('error', (error) => tapped.destroy(error))
  return tapped
}

/** A channel over a stream; `onEnd` is called when the server has ended it. */
function channelOf(socket: NodeSocket, host: string, onEnd: () => void): Channel {
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
      if (done !== true) return value
      onEnd()
      return undefined
    },
    connect: (dataPort) => tcpChannel(host, dataPort),
    destroy: () => socket.destroy(),
  }
}

/** A server that has closed may be told more; what it said before is what counts. */
async function ignoreHangUp(writing: Promise<void>): Promise<void> {
  await writing.catch(() => {})
}
