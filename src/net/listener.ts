/**
 * Accepting connections: one listener for all three protocols. It decides who comes in, brings each connection as far as its
 * first octet of protocol (PROXY header, TLS), hands it to `accept`, and ends them all in an orderly way. The way of one
 * connection is told in `arrival.ts`, who is let in in `admission.ts`.
 *
 * A client is counted from its first moment to its last, waiting and handshake included; IPv6 clients are counted by /64. Closing
 * asks every session to drain, and cuts those that are not done when the grace is over.
 */
import { createServer } from 'node:net'
import type { Server, Socket as NodeSocket } from 'node:net'
import { AddressSet, addressFrom } from './address.ts'
import { Admission } from './admission.ts'
import { Arrival } from './arrival.ts'
import type { Gate } from './arrival.ts'
import { bind } from './bind.ts'
import { netError } from './errors.ts'
import type { ListenOptions, Session } from './session.ts'
import type { Address, Socket } from './socket.ts'
import { HIGH_WATER_MARK, StreamSocket } from './tcp.ts'
import { serverContext } from './tls.ts'
import { timers as defaultTimers } from './timers.ts'
import type { Timer, TimerWheel } from './timers.ts'

export type { ListenOptions, Session } from './session.ts'

/** Listens for connections until it is closed. */
export interface Listener extends AsyncDisposable {
  /** Where it listens, with the real port. */
  readonly address: Address
  /** Connections that hold a place: in a handshake, or served. */
  readonly connections: number
  /**
   * Stops accepting at once and asks all sessions to drain; whoever waits is refused; what is left after `graceMs` (default
   * 5,000) is cut. Resolves when every socket is closed. A further call may shorten the grace.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

const GRACE_MS = 5_000

/** Bound to these, a connection may be to any address of the machine. */
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/**
 * Listens, and gives each connection to `accept`, which makes a session of it. An `accept` that throws loses that
 * connection only. Rejects with a `NetError`: `NET_ADDRESS_IN_USE`, `NET_ADDRESS_STALE`, `NET_ADDRESS_NOT_AVAILABLE`, `NET_ACCESS_DENIED`,
 * `NET_LISTEN`, `NET_TLS_OPTIONS`, `NET_ABORTED`.
 */
export async function listen(options: ListenOptions, accept: (socket: Socket) => Session): Promise<Listener> {
  const { signal, backlog, exclusive = false, path, host = '127.0.0.1', port = 0 } = options
  if (signal?.aborted === true) throw netError('NET_ABORTED', { cause: signal.reason })
  if (options.tls !== undefined) serverContext(options.tls)
  // Nothing is read before there is room, and each side ends by itself. All writes are whole messages: no delay for them.
  const server = createServer({
    allowHalfOpen: true,
    pauseOnConnect: true,
    noDelay: true,
    highWaterMark: HIGH_WATER_MARK,
  })
  const listener = new TcpListener(server, options, accept)
  const target = path === undefined ? { host, port } : { path }
  await bind(server, { ...target, exclusive, ...(backlog !== undefined && { backlog }) })
  listener.open()
  return listener
}

/** A listener over `net.Server`, which is also the gate that its connections go through. */
class TcpListener implements Listener, Gate {
  readonly options: ListenOptions
  readonly accept: (socket: Socket) => Session
  readonly admission: Admission<Arrival>
  readonly timers: TimerWheel
  readonly proxies: AddressSet
  readonly arrivals = new Set<Arrival>()
  readonly #server: Server
  #address: Address
  #state: 'open' | 'closing' | 'closed' = 'open'
  /** Each cuts what is left when it fires. */
  readonly #graces: Timer[] = []
  readonly #closed: Promise<void>
  #resolveClosed: () => void = () => {}

  constructor(server: Server, options: ListenOptions, accept: (socket: Socket) => Session) {
    this.options = Object.freeze({ ...options })
    this.accept = accept
    this.timers = options.timers ?? defaultTimers
    this.admission = new Admission({
      maxConnections: options.maxConnections ?? 10_000,
      maxConnectionsPerAddress: options.maxConnectionsPerAddress ?? 1_000,
      maxWaiting: options.whenFull === 'refuse' ? 0 : (options.maxWaiting ?? 128),
      maxRefusals: 64,
    })
    this.proxies = new AddressSet(options.proxyFrom ?? [])
    this.#server = server
    this.#address = { family: 'unix', path: options.path ?? '' }
    this.#closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    // Node tells when the last socket is closed; ours tell of themselves, a little later. Whichever is last settles it.
    server.once('close', () => this.#settle())
    // In a cluster the first connection may come in one piece with the news that we listen.
    server.on('connection', (stream) => this.#onConnection(stream))
  }

  /** The server is bound: its address is known, and errors are no longer those of binding. */
  open(): void {
    const { path, signal } = this.options
    const bound = this.#server.address()
    if (path === undefined && typeof bound === 'object' && bound !== null)
      this.#address = addressFrom(bound.address, bound.port) ?? this.#address
    this.#server.on('error', (error) => this.options.onError?.(error))
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted === true) this.#onAbort()
  }

  /** As `Listener` has it. */
  get address(): Address {
    return this.#address
  }

  /** Whether all connections are to the address that was bound: then none is asked for its own, nor has to remember it. */
  get #isOneAddress(): boolean {
    const address = this.#address
    if (address.family === 'IPv4' || address.family === 'IPv6') return !WILDCARDS.has(address.host)
    return this.options.path !== undefined
  }

  /** As `Listener` has it. */
  get connections(): number {
    return this.admission.connections
  }

  /** As `Gate` has it. */
  isClosing(): boolean {
    return this.#state !== 'open'
  }

  /** As `Gate` has it. */
  leave(arrival: Arrival): void {
    this.arrivals.delete(arrival)
    this.#settle()
  }

  /** As `Listener` has it. */
  close(options: { readonly graceMs?: number } = {}): Promise<void> {
    const graceMs = options.graceMs ?? GRACE_MS
    if (this.#state === 'open') {
      this.#state = 'closing'
      this.#server.close()
      for (const arrival of this.arrivals) arrival.drain()
    }
    if (this.#state === 'closing') this.#cutAfter(graceMs)
    return this.#closed
  }

  /** Closes with the default grace. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Several calls of `close` may each set a grace: the earliest to pass is the one that counts. */
  #cutAfter(graceMs: number): void {
    const cut = (): void => {
      for (const arrival of this.arrivals) arrival.cut()
    }
    if (graceMs <= 0) cut()
    else this.#graces.push(this.timers.after(graceMs, cut))
  }

  /** Closed is who listens no more and has nobody left. */
  #settle(): void {
    if (this.#server.listening || this.arrivals.size > 0 || this.#state !== 'closing') return
    this.#state = 'closed'
    for (const grace of this.#graces) grace.cancel()
    this.options.signal?.removeEventListener('abort', this.#onAbort)
    this.#resolveClosed()
  }

  readonly #onAbort = (): void => {
    void this.close()
  }

  /** Everything that can be known of a connection is asked now: once it is closed, the system has forgotten it. */
  #onConnection(stream: NodeSocket): void {
    const remote =
      this.options.path === undefined ? addressFrom(stream.remoteAddress, stream.remotePort) : this.#address
    const local = this.#isOneAddress
      ? this.#address
      : (addressFrom(stream.localAddress, stream.localPort) ?? this.#address)
    if (remote === undefined || this.isClosing()) {
      // Gone before it was looked at: reset by the peer in the backlog, or accepted in the turn in which we closed.
      stream.on('error', () => {}).destroy()
      return
    }
    const socket = new StreamSocket(stream, { local, remote, isPaused: true, timers: this.timers })
    new Arrival(socket, this).arrive()
  }
}
