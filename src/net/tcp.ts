/**
 * The promise-shaped socket over any duplex stream: a `node:net` socket, TLS on top of one, or one end of a pair in memory.
 * What it promises stands in `socket.ts`. Reading is in `inflow.ts`, writing in `outflow.ts`; this file joins the two and knows how a
 * connection ends, and how it goes over to TLS. A third of it are the doors of `Socket` to these two; the rest is one table of states, which the
 * end and TLS share, and which therefore stays in one file.
 *
 *     open ──end()──> ended ──close()──> closing ──FIN is out──> lingering ──peer's FIN, or lingerMs──> closed
 *       │                                   ^
 *       └───────────────close()─────────────┘          destroy() and errors: from anywhere to closed, once
 *
 * A peer that takes nothing is cut while `closing` by the write deadline (30 s where none is set), and one that never ends is cut by
 * `lingerMs`: no call of `close` waits for ever.
 *
 * STARTTLS. A server pushes its reply and calls `upgradeTls` in the same turn of the event loop, with no `await` between:
 * the upgrade first stops reading, then flushes what was pushed, then hands the stream over. What arrives from the call on belongs to
 * the handshake; what had arrived before it is plaintext, and refused.
 *
 * CCC, which ends TLS and not the connection, is the same in the other direction: both sides say close_notify (`tls-clearable.ts` finds
 * where the peer's ends), the TLSSocket closes, and the stream that was given is read from and written to again.
 */
import type { Duplex } from 'node:stream'
import { TimeoutError, TlsError, closedBy, netError } from './errors.ts'
import { Inflow } from './inflow.ts'
import type { InflowEvents } from './inflow.ts'
import { Outflow } from './outflow.ts'
import type { OutflowEvents } from './outflow.ts'
import type { Address, ClearTlsOptions, Reader, Socket, Watcher } from './socket.ts'
import type { TlsClientOptions, TlsInfo, TlsServerOptions } from './socket.ts'
import { timers as defaultTimers } from './timers.ts'
import type { Timer, TimerWheel } from './timers.ts'
import { HANDSHAKE_TIMEOUT_MS, beginClientHandshake, beginServerHandshake } from './tls.ts'
import type { Handshake } from './tls.ts'
import type { ClearableCarrier } from './tls-clearable.ts'
import { Wait } from './wait.ts'

/** Octets kept in each direction before the other side is held back, unless told otherwise. */
export const HIGH_WATER_MARK = 65_536
/** Long enough for a peer on the other side of the world to read our last words and send its FIN. */
const LINGER_MS = 1_000
/** How long a peer that takes nothing holds up a `close`, where no write deadline says. */
const CLOSING_STALL_MS = 30_000

const NOBODY: readonly never[] = []

/** What a socket cannot find out from its stream. */
export interface StreamSocketOptions {
  /** Our end. */
  readonly local: Address
  /** The peer's end. */
  readonly remote: Address
  /** The name that was dialled: what a client's TLS verifies where its options name nothing else. */
  readonly host?: string
  /** Whether to read nothing before `start()` is called. Default `false`. */
  readonly isPaused?: boolean
  /** Octets read ahead before the peer is held back. Default 65,536. */
  readonly highWaterMark?: number
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** A stream knows its socket, so that its listeners are two functions for all streams and not two for each. */
const SOCKET = Symbol('socket')

interface Layer extends Duplex {
  [SOCKET]?: StreamSocket
}

function onError(this: Layer, error: Error): void {
  this[SOCKET]?.onLayerError(this, error)
}

function onClose(this: Layer): void {
  this[SOCKET]?.onLayerClose(this)
}

/**
 * A socket over a duplex stream, which belongs to it from now on. Whatever happens to the stream ends in exactly one `closed`;
 * its errors need no other listener, and no promise made here is ever reported as an unhandled rejection.
 */
export class StreamSocket implements Socket, InflowEvents, OutflowEvents {
  readonly local: Address
  readonly #timers: TimerWheel
  readonly #host: string
  readonly #highWaterMark: number
  readonly #inflow: Inflow
  readonly #outflow: Outflow
  #remote: Address
  #tls: TlsInfo | undefined
  /** The stream that was given. */
  readonly #base: Duplex
  /** What lies under TLS, where that may end first. */
  #carrier: ClearableCarrier | undefined
  #clearing: Wait<void> | undefined
  /** What is read and written: the outermost layer. */
  #stream: Duplex
  /** The stream that was given, and TLS on top of it, as long as they are not closed. */
  #layers: readonly Duplex[] = NOBODY
  #state: 'open' | 'handshaking' | 'clearing' | 'ended' | 'closing' | 'lingering' | 'closed' = 'open'
  #reason: Error | undefined
  #lingerMs = LINGER_MS
  #lingering: Timer | undefined
  #watchers: readonly Watcher[] = NOBODY
  #closed: Wait<Error | undefined> | undefined

  constructor(stream: Duplex, options: StreamSocketOptions) {
    this.local = options.local
    this.#remote = options.remote
    this.#host = options.host ?? ''
    this.#highWaterMark = options.highWaterMark ?? HIGH_WATER_MARK
    this.#timers = options.timers ?? defaultTimers
    this.#base = stream
    this.#stream = stream
    this.#inflow = new Inflow(stream, this.#highWaterMark, this.#timers, this)
    this.#outflow = new Outflow(stream, this.#timers, this)
    this.#own(stream)
    if (options.isPaused !== true) this.#inflow.start()
    if (stream.destroyed) queueMicrotask(() => this.onLayerClose(stream))
  }

  /** As `Socket` has it. */
  get remote(): Address {
    return this.#remote
  }

  /** As `Socket` has it. */
  get tls(): TlsInfo | undefined {
    return this.#tls
  }

  /** As `Socket` has it. */
  get closed(): Promise<Error | undefined> {
    return this.#isOver ? Promise.resolve(this.#reason) : (this.#closed ??= new Wait()).start()
  }

  /** As `Socket` has it. */
  get ended(): Promise<void> {
    return this.#inflow.ended
  }

  /** As `Socket` has it. */
  watch(watcher: Watcher): void {
    if (this.#inflow.wasEndTold) queueMicrotask(() => watcher.onEnded())
    if (this.#isOver) queueMicrotask(() => watcher.onClosed(this.#reason))
    else this.#watchers = this.#watchers.concat(watcher)
  }

  /** As `Socket` has it; under TLS, of plaintext. */
  get bytesRead(): number {
    return this.#inflow.bytesRead
  }

  /** As `Socket` has it; under TLS, of plaintext. */
  get bytesWritten(): number {
    return this.#outflow.bytesWritten
  }

  /** As `Socket` has it: the states that matter to whoever uses it. */
  get state(): 'open' | 'ended' | 'closed' {
    switch (this.#state) {
      case 'open':
      case 'handshaking':
      case 'clearing':
        return 'open'
      case 'closed':
        return 'closed'
      default:
        return 'ended'
    }
  }

  /** As `Socket` has it. */
  take(): Buffer | undefined {
    return this.#inflow.take()
  }

  /** As `Socket` has it. */
  read(): Promise<Buffer | undefined> {
    return this.#inflow.read()
  }

  /** As `Socket` has it. */
  readFor(reader: Reader): void {
    this.#inflow.readFor(reader)
  }

  /** As `Socket` has it. */
  unread(bytes: Uint8Array): void {
    this.#inflow.unread(bytes)
  }

  /** As `Socket` has it. */
  write(slices: readonly Uint8Array[]): Promise<void> {
    return this.#outflow.write(slices)
  }

  /** As `Socket` has it. */
  push(slices: readonly Uint8Array[]): boolean {
    return this.#outflow.push(slices)
  }

  /** As `Socket` has it. */
  drained(): Promise<void> {
    return this.#outflow.drained()
  }

  /** As `Socket` has it. */
  flushed(): Promise<void> {
    return this.#outflow.flushed()
  }

  /** As `Socket` has it. */
  end(): Promise<void> {
    if (this.#state === 'open') this.#state = 'ended'
    return this.#outflow.end()
  }

  /** As `Socket` has it. Where TLS is about to begin or to end there is nothing to be polite about. */
  async close(lingerMs: number = LINGER_MS): Promise<void> {
    if (this.#state === 'handshaking' || this.#state === 'clearing') this.destroy()
    else if (this.#state === 'open' || this.#state === 'ended') this.#beginClosing(lingerMs)
    await this.closed
  }

  /** As `Socket` has it. */
  destroy(reason?: Error): void {
    if (this.#state === 'closed') return
    this.#end(reason)
    this.#inflow.discard()
    const [base, above] = this.#layers
    if (base === undefined || above !== undefined || !reset(base)) this.#destroyLayers()
  }

  /** Closes politely. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** As `Socket` has it. */
  setReadDeadline(phase: string, ms: number | undefined): void {
    if (this.#state !== 'closed') this.#inflow.deadline.set(phase, ms)
  }

  /** As `Socket` has it. */
  setWriteDeadline(phase: string, ms: number | undefined): void {
    if (this.#state !== 'closed') this.#outflow.deadline.set(phase, ms)
  }

  /** As `Socket` has it. */
  upgradeTls(role: 'server', options: TlsServerOptions): Promise<TlsInfo>
  /** As `Socket` has it. */
  upgradeTls(role: 'client', options: TlsClientOptions): Promise<TlsInfo>
  upgradeTls(role: 'server' | 'client', options: TlsServerOptions | TlsClientOptions): Promise<TlsInfo> {
    if (this.#inflow.bufferedBytes > 0) this.destroy(netError('NET_TLS_LEFTOVER'))
    return role === 'server' ? this.beginTls(options) : this.#beginClientTls(options)
  }

  /** As `Socket` has it; also behind a PROXY header. */
  beginTls(options: TlsServerOptions): Promise<TlsInfo> {
    return this.#handshake(options, (stream) => beginServerHandshake(stream, options, this.#highWaterMark))
  }

  /** As `Socket` has it. The order is that of a handshake: stop reading, then end, and read on when both sides have ended. */
  async clearTls({ closeNotify = 'required', timeoutMs = HANDSHAKE_TIMEOUT_MS }: ClearTlsOptions = {}): Promise<void> {
    const carrier = this.#carrier
    if (carrier === undefined) throw netError('NET_TLS_CLEAR')
    if (this.#inflow.bufferedBytes > 0) this.destroy(netError('NET_TLS_LEFTOVER'))
    else if (this.#inflow.isEnded && !carrier.isPeerOver) this.destroy(netError('NET_TLS_TRUNCATED'))
    if (this.#state !== 'open') throw this.#refusal()
    this.#state = 'clearing'
    const timer = this.#timers.after(timeoutMs, () => this.destroy(new TimeoutError('close_notify', timeoutMs)))
    this.#inflow.detach()
    // Whoever speaks within TLS now has not heard of its end, or has it planted behind the word for it.
    this.#stream.on('data', () => this.destroy(netError('NET_TLS_LEFTOVER'))).resume()
    carrier.clear(closeNotify)
    this.#outflow.end().catch(() => {})
    this.#clearing = new Wait()
    await this.#clearing.start().finally(() => timer.cancel())
  }

  /** Begins to read, where the socket was made to wait for that. */
  start(): void {
    this.#inflow.start()
  }

  /** From now on the peer is the client that a trusted PROXY header has named. */
  presentAs(remote: Address): void {
    this.#remote = remote
  }

  /** A layer's errors and its end matter for as long as it lives; no other listener has to be there for them. */
  #own(layer: Layer): void {
    // Spread, or pushed to, an array has room for sixteen more.
    this.#layers = this.#layers.concat(layer)
    layer[SOCKET] = this
    layer.on('error', onError).on('close', onClose)
  }

  /** @internal */
  onLayerError(layer: Duplex, error: Error): void {
    // Of what goes wrong in a handshake, the handshake itself tells.
    if (this.#state !== 'handshaking') this.#reason ??= error
    if (this.#state === 'clearing') this.#end(error)
    // A TLSSocket tells of a broken record, and lives on.
    layer.destroy()
  }

  /** @internal A layer is gone, and the others go with it. Of a handshake it is once more the handshake that tells why. */
  onLayerClose(layer: Duplex): void {
    this.#layers = this.#layers.filter((one) => one !== layer)
    if (this.#state === 'clearing' && layer === this.#stream && this.#carrier?.isCleared === true)
      return this.#goOnInClear()
    this.#destroyLayers()
    if (this.#state !== 'handshaking' && this.#state !== 'closed') this.#end(undefined)
    this.#settle()
  }

  /** TLS is closed, and the connection under it is not. */
  #goOnInClear(): void {
    this.#tls = undefined
    this.#carrier = undefined
    this.#stream = this.#base
    this.#outflow.reopen(this.#base)
    this.#inflow.attach(this.#base)
    this.#state = 'open'
    this.#clearing?.fulfil()
  }

  /** @internal As `InflowEvents` has it. */
  onFin(): void {
    this.#proceedClosing()
  }

  /** @internal As `InflowEvents` has it. */
  onEnded(): void {
    for (const watcher of this.#watchers) watcher.onEnded()
  }

  /** @internal As `OutflowEvents` has it. */
  onFinished(): void {
    this.#proceedClosing()
  }

  /** @internal A peer that takes nothing has had its time, while we are closing; else whoever writes decides. */
  onStalled(): void {
    if (this.#state === 'closing') this.destroy(this.#outflow.deadline.error)
  }

  /**
   * From the outermost layer inwards, each when the one above it is closed. To destroy or reset a stream under a TLSSocket that still
   * lives is a use after free in Node 20, which is why there is no RST under TLS.
   */
  #destroyLayers(): void {
    this.#layers.at(-1)?.destroy()
  }

  /** Whoever waits is told that this is over. From here on only the end of the layers is to come. */
  #end(reason: Error | undefined): void {
    this.#state = 'closed'
    this.#reason ??= reason
    this.#lingering?.cancel()
    this.#inflow.fail(this.#reason)
    this.#outflow.fail(this.#reason)
    if (this.#clearing?.isPending === true) this.#clearing.fail(this.#refusal())
  }

  /** Whether the last layer is gone, and the reason is known. */
  get #isOver(): boolean {
    return this.#layers.length === 0 && this.#state === 'closed'
  }

  /** Tells of the end, once, when it has come. */
  #settle(): void {
    if (!this.#isOver) return
    const watchers = this.#watchers
    this.#watchers = NOBODY
    for (const watcher of watchers) watcher.onClosed(this.#reason)
    this.#closed?.fulfil(this.#reason)
  }

  /** From `open` or `ended` to `closing`: nothing is read any more, and our FIN goes behind all that was written. */
  #beginClosing(lingerMs: number): void {
    const { deadline } = this.#outflow
    if (deadline.isPassed) return this.destroy(deadline.error)
    this.#lingerMs = lingerMs
    this.#state = 'closing'
    this.#inflow.drop()
    if (!deadline.isSet) deadline.set('close', CLOSING_STALL_MS)
    this.#outflow.end().catch(() => {})
    this.#proceedClosing()
  }

  /** One step further on the way from `closing` to `closed`, if there is one to be made. */
  #proceedClosing(): void {
    if (this.#state === 'closing' && this.#outflow.isFinished) {
      this.#state = 'lingering'
      this.#lingering = this.#timers.after(this.#lingerMs, () => this.#destroyLayers())
    }
    if (this.#state === 'lingering' && this.#inflow.isEnded) this.#destroyLayers()
  }

  #beginClientTls(options: TlsClientOptions): Promise<TlsInfo> {
    return this.#handshake(options, (stream) => beginClientHandshake(stream, options, this.#host, this.#highWaterMark))
  }

  /**
   * Goes over to TLS. The order is what makes it safe: stop reading (what comes now is TLS), flush (what was pushed is
   * plaintext), hand the stream over, and read on only when the handshake is done and the peer is whom it should be.
   */
  async #handshake(options: Timed, begin: (stream: Duplex) => Handshake): Promise<TlsInfo> {
    if (this.#inflow.isEnded) this.destroy()
    if (this.#state !== 'open') throw this.#refusal()
    this.#state = 'handshaking'
    const ms = options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS
    const timer = this.#timers.after(ms, () => this.destroy(new TimeoutError('handshake', ms)))
    this.#inflow.detach()
    try {
      await this.#outflow.flushed()
      const { stream, carrier, done } = begin(this.#stream)
      this.#own(stream)
      this.#stream = stream
      this.#carrier = carrier
      this.#outflow.attach(stream)
      this.#tls = await done
      this.#inflow.attach(stream)
      this.#state = 'open'
      return this.#tls
    } catch (error) {
      throw this.#failHandshake(error as Error)
    } finally {
      timer.cancel()
    }
  }

  /** What ended the handshake: its own error, unless the socket was destroyed under it. */
  #failHandshake(error: Error): Error {
    if (this.#state === 'closed') return this.#refusal()
    this.destroy(error)
    this.#settle()
    return error
  }

  /** Why nothing can be done any more. An error that is about TLS says so itself, any other one is the cause. */
  #refusal(): Error {
    const reason = this.#reason
    return reason instanceof TlsError || reason instanceof TimeoutError ? reason : closedBy(reason)
  }
}

/** What both sides' options have. */
interface Timed {
  readonly handshakeTimeoutMs?: number
}

/** Cuts with an RST, which tells the peer at once; `false` where the stream has none. */
function reset(stream: Duplex): boolean {
  if (!('resetAndDestroy' in stream) || typeof stream.resetAndDestroy !== 'function') return false
  try {
    stream.resetAndDestroy()
    return true
  } catch {
    // A pipe has the method, but no RST.
    return false
  }
}
