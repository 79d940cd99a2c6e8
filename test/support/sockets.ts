/**
 * Pairs of connected sockets over every kind of stream, so that one suite can be run over all of them.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket as NodeSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, expect } from 'vitest'
import { pair } from '../../src/net/pair.ts'
import { readBufferOf } from '../../src/net/read-buffer.ts'
import type { Address, Socket } from '../../src/net/socket.ts'
import { StreamSocket } from '../../src/net/tcp.ts'
import { TimerWheel } from '../../src/net/timers.ts'
import { FakeClock } from './clock.ts'
import { CA, LOCALHOST } from './tls.ts'
import { leaveNothingUnhandled } from './unhandled.ts'

/** What a suite may ask of a pair. */
export interface Wanted {
  readonly timers?: TimerWheel
  readonly highWaterMark?: number
}

/** Makes the client's and the server's end. */
export type MakePair = (wanted?: Wanted) => Promise<[client: Socket, server: Socket]>

const NOWHERE: Address = { family: 'memory', name: 'test' }

/** A pair of Node's own streams over loopback, one dialled and one accepted, for tests that look beneath a socket. */
export async function streams(): Promise<[client: NodeSocket, server: NodeSocket]> {
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('The server is not bound to a port')
  const accepted = once(server, 'connection')
  const options = { allowHalfOpen: true, noDelay: true, onread: readBufferOf(() => client) }
  const client: NodeSocket = connect({ host: '127.0.0.1', port: bound.port, ...options })
  const [[peer]] = (await Promise.all([accepted, once(client, 'connect')])) as [[NodeSocket], unknown]
  server.close()
  return [client, peer]
}

/** A socket over any stream. */
export function socketOver(stream: Duplex, wanted: Wanted = {}): StreamSocket {
  return new StreamSocket(stream, { local: NOWHERE, remote: NOWHERE, host: 'localhost', ...wanted })
}

const tcp: MakePair = async (wanted) => {
  const [client, server] = await streams()
  return [socketOver(client, wanted), socketOver(server, wanted)]
}

/** As in FTP's active mode. */
const dialledByServer: MakePair = async (wanted) => {
  const [server, client] = await tcp(wanted)
  return [client, server]
}

const memory: MakePair = async (wanted) => pair(wanted)

const crumbs: MakePair = async (wanted) =>
  pair({ highWaterMark: 2048, ...wanted, cut: (bytes) => Array.from(bytes, (byte) => Buffer.of(byte)) })

function overTls(make: MakePair): MakePair {
  return async (wanted) => {
    const [client, server] = await make(wanted)
    await Promise.all([
      client.upgradeTls('client', { ca: CA, servername: 'localhost' }),
      server.upgradeTls('server', LOCALHOST),
    ])
    return [client, server]
  }
}

/** Every kind of stream that a socket is made of. */
export const TRANSPORTS: readonly { readonly name: string; readonly make: MakePair }[] = [
  { name: 'TCP', make: tcp },
  { name: 'a pair in memory', make: memory },
  { name: 'a pair in memory, an octet at a time', make: crumbs },
  { name: 'TCP, dialled by the server', make: dialledByServer },
  { name: 'TLS over TCP', make: overTls(tcp) },
  { name: 'TLS over TCP, dialled by the server', make: overTls(dialledByServer) },
  { name: 'TLS over a pair in memory', make: overTls(memory) },
]

/** Everything that comes until the peer's FIN. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (let chunk = await socket.read(); chunk !== undefined; chunk = await socket.read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Exactly `count` octets; what is behind them is given back. */
export async function readExactly(socket: Socket, count: number): Promise<string> {
  let bytes = Buffer.alloc(0)
  while (bytes.length < count) {
    const chunk = await socket.read()
    if (chunk === undefined) throw new Error(`The peer ended after ${bytes.length} of ${count} octets`)
    bytes = Buffer.concat([bytes, chunk])
  }
  socket.unread(bytes.subarray(count))
  return bytes.toString('latin1', 0, count)
}

/** Lets what is on its way arrive: a few turns of the event loop, however busy the machine. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** What the tests of a file share: a clock that only they move, its timers, and the sockets that they opened. */
export interface OpenSockets {
  readonly clock: FakeClock
  readonly wheel: TimerWheel
  /** Destroyed behind each test; put in what a test opens. */
  readonly opened: Socket[]
}

/**
 * Call it once in a file. Behind each test every socket goes, and nothing may be left of it: no timer, no rejection that nobody handled.
 */
export function openSockets(): OpenSockets {
  const clock = new FakeClock()
  const wheel = new TimerWheel({ clock })
  const opened: Socket[] = []
  leaveNothingUnhandled()

  afterEach(async () => {
    const sockets = opened.splice(0)
    for (const socket of sockets) socket.destroy()
    await Promise.all(sockets.map(async (socket) => await socket.closed))
    await settle(3)
    expect(wheel.pending).toBe(0)
  })

  return { clock, wheel, opened }
}
