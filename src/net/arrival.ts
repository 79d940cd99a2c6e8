/**
 * One connection on its way through a listener, from its first moment to its last:
 *
 *     arriving ──> waiting ──> introducing ──> securing ──> serving ──> gone
 *        │            │            │              │
 *        └────────────┴────────────┴─> refused ───┴───────────────────> gone
 *
 *     waiting       there is no room yet; nothing is read from it
 *     introducing   a trusted proxy tells whose connection it is
 *     securing      TLS handshake
 *     serving       `accept` has made a session of it
 *     refused       `refuse` says why it is sent away, for a short time
 *
 * Every stage has its limit in number and in time, so that silence costs a peer its place and never us ours.
 */
import { clientKey } from './address.ts'
import type { AddressSet } from './address.ts'
import type { Admission } from './admission.ts'
import { ByteQueue } from './bytes.ts'
import { ClosedError, netError } from './errors.ts'
import { proxyIncomplete, readProxyHeader } from './proxy.ts'
import type { ListenOptions, Session } from './session.ts'
import type { Socket, Watcher } from './socket.ts'
import type { StreamSocket } from './tcp.ts'
import type { Timer, TimerWheel } from './timers.ts'

/** How long a trusted proxy may take for its header: at least three seconds, says the specification, for a lost segment. */
const PROXY_HEADER_MS = 5_000
/** How long a connection may wait for room; most clients have given up by then. */
const WAITING_MS = 30_000
/** How long a refusal may take, its words and its end together. */
const REFUSAL_MS = 2_000
const REFUSAL_LINGER_MS = 500

/** What all connections of a listener have in common. */
export interface Gate {
  /** The listener's options, frozen. */
  readonly options: ListenOptions
  /** Who may come in. */
  readonly admission: Admission<Arrival>
  /** For every deadline on the way. */
  readonly timers: TimerWheel
  /** Makes a session of a connection. */
  readonly accept: (socket: Socket) => Session
  /** Peers that have to tell whose connections they bring. */
  readonly proxies: AddressSet
  /** Connections on their way. */
  readonly arrivals: Set<Arrival>
  /** A connection is gone. */
  leave(arrival: Arrival): void
  /** Whether the listener is closing: nobody is let in any more. */
  isClosing(): boolean
}

/** One connection on its way. */
export class Arrival implements Watcher {
  readonly #socket: StreamSocket
  readonly #gate: Gate
  #stage: 'arriving' | 'waiting' | 'introducing' | 'securing' | 'serving' | 'refused' = 'arriving'
  /** Who this connection is counted as, once it is. */
  #client: string | undefined
  /** Whether it counts against the limit of all connections; independent of the stage, a refused one may still hold its place. */
  #hasPlace = false
  /** Whether its peer has to tell whose connection it is; never changes. */
  readonly #isProxied: boolean
  /** Ends the waiting. */
  #patience: Timer | undefined
  #session: Session | undefined

  constructor(socket: StreamSocket, gate: Gate) {
    this.#socket = socket
    this.#gate = gate
    this.#isProxied = gate.proxies.has(socket.remote)
    gate.arrivals.add(this)
    socket.watch(this)
  }

  /** Lets the connection in as far as there is room. */
  arrive(): void {
    const { admission, timers } = this.#gate
    // A proxy's connections are its clients': they are counted when it has told whose they are.
    if (!this.#isProxied && !this.#claim()) return this.#refuse('perAddress')
    const verdict = admission.enter(this)
    if (verdict === 'full') return this.#refuse('full')
    if (verdict === 'admitted') return this.admit()
    this.#stage = 'waiting'
    this.#patience = timers.after(WAITING_MS, () => this.#giveUpWaiting())
  }

  /** There is room for this connection, and the place is its own. */
  admit(): void {
    this.#patience?.cancel()
    this.#hasPlace = true
    this.#socket.start()
    if (this.#isProxied) void this.#introduce()
    else this.#begin()
  }

  /** The listener closes: a session may finish what it does, anything else ends. */
  drain(): void {
    switch (this.#stage) {
      case 'serving':
        return this.#drainSession()
      case 'waiting':
        return this.#giveUpWaiting()
      case 'refused':
        return
      default:
        this.cut()
    }
  }

  /** Ends the connection at once. */
  cut(): void {
    this.#socket.destroy(netError('NET_SHUTDOWN'))
  }

  /** @internal What a peer has to say is for the session. */
  onEnded(): void {}

  /**
   * @internal The socket is closed: what was counted is taken back, and who waits takes the place. Whatever becomes of a connection, this is the one
   * place where it is taken out of the count again.
   */
  onClosed(): void {
    const { admission } = this.#gate
    this.#patience?.cancel()
    admission.giveUp(this)
    if (this.#client !== undefined) admission.release(this.#client)
    if (this.#hasPlace) admission.leave()?.admit()
    this.#gate.leave(this)
  }

  /** Reads the header that a proxy writes before anything else; what is behind it stays to be read. */
  async #introduce(): Promise<void> {
    this.#stage = 'introducing'
    const socket = this.#socket
    const queue = new ByteQueue()
    try {
      socket.setReadDeadline('proxyHeader', PROXY_HEADER_MS)
      let header = readProxyHeader(queue)
      while (header === undefined) {
        const bytes = await socket.read()
        if (bytes === undefined) throw proxyIncomplete(queue)
        queue.push(bytes)
        header = readProxyHeader(queue)
      }
      socket.setReadDeadline('proxyHeader', undefined)
      // A greeting of the protocol, or a ClientHello, may lie in the same segment.
      socket.unread(queue.takeAll())
      if (header.source !== undefined) socket.presentAs(header.source)
    } catch (error) {
      return this.#fail(error)
    }
    if (this.#claim()) this.#begin()
    else this.#refuse('perAddress')
  }

  /** The connection is whose it says, and has its place: on to TLS, or to the protocol. */
  #begin(): void {
    if (this.#gate.options.tls === undefined) this.#serve()
    else void this.#secure()
  }

  /** The handshake holds the place meanwhile, and its deadline is in `tcp.ts`: a silent peer loses both. */
  async #secure(): Promise<void> {
    this.#stage = 'securing'
    try {
      await this.#socket.beginTls(this.#gate.options.tls ?? {})
    } catch (error) {
      return this.#fail(error)
    }
    this.#serve()
  }

  /** Hands the connection over. */
  #serve(): void {
    this.#stage = 'serving'
    try {
      this.#session = this.#gate.accept(this.#socket)
    } catch (error) {
      return this.#fail(error)
    }
    // A session that is done has ended its connection; one that forgot to does so now.
    this.#session.done?.then(
      () => this.#socket.close(),
      (error: unknown) => this.#fail(error),
    )
    if (this.#gate.isClosing()) this.#drainSession()
  }

  /** A session that cannot even drain is cut, and the listener goes on closing. */
  #drainSession(): void {
    try {
      this.#session?.drain()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Counts this connection as its client's; `false` where that client has too many. */
  #claim(): boolean {
    const client = clientKey(this.#socket.remote)
    if (!this.#gate.admission.claim(client)) return false
    this.#client = client
    return true
  }

  /** Room did not come in time, or never will. */
  #giveUpWaiting(): void {
    if (this.#gate.admission.giveUp(this)) this.#refuse('full')
  }

  /** Sends the connection away. */
  #refuse(reason: 'full' | 'perAddress'): void {
    this.#stage = 'refused'
    const { refuse, tls } = this.#gate.options
    // Words in plaintext would be no answer to a client that expects TLS.
    const hasWords = refuse !== undefined && tls === undefined && this.#gate.admission.beginRefusal()
    if (hasWords) void this.#explain(refuse, reason)
    else this.#socket.destroy(netError('NET_REFUSED'))
  }

  /** Lets `refuse` say why, within its time. */
  async #explain(refuse: NonNullable<ListenOptions['refuse']>, reason: 'full' | 'perAddress'): Promise<void> {
    const timer = this.#gate.timers.after(REFUSAL_MS, () => this.#socket.destroy(netError('NET_REFUSED')))
    try {
      // Whoever never comes to an end with its words has had its time when the socket is cut.
      await Promise.race([refuse(this.#socket, reason), this.#socket.closed])
      await this.#socket.close(REFUSAL_LINGER_MS)
    } catch (error) {
      this.#fail(error)
    } finally {
      timer.cancel()
      this.#gate.admission.endRefusal()
    }
  }

  /** This connection is lost; the others go on. */
  #fail(error: unknown): void {
    const reason = error instanceof Error ? error : new Error('Something that is no error was thrown', { cause: error })
    this.#socket.destroy(reason)
    // That a peer went away, or was cut by us, is nobody's error.
    if (!(reason instanceof ClosedError)) this.#gate.options.onError?.(reason)
  }
}
