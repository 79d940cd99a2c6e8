/**
 * The promise-shaped socket over any duplex stream: a `node:net` socket, TLS on top of one, or one end of a pair in memory.
 * What it promises stands in `socket.ts`; this file is how.
 *
 * A stream speaks in events, a connection asks in promises. Each event of the stream has one handler for the socket's whole
 * life, and each handler either fulfils the promise that is waiting for it or leaves a trace that the next call
 * finds. So a read or write adds no listener and makes one promise at most, and `take` and `push` make none.
 *
 * Reading. Chunks go to the `read()` that waits, else into a queue. At `highWaterMark` octets the stream is paused, and it
 * flows again once something is taken. The stream's own buffer may hold as much again.
 *
 *     flowing ──queue full──> paused ──taken──> flowing          upgradeTls: flowing ──> handshaking ──> flowing
 *        └──peer's FIN──> ended                                  close:      any     ──> dropping
 *
 * The connection as a whole:
 *
 *     open ──end()──> ended ──close()──> closing ──FIN is out──> lingering ──peer's FIN, or lingerMs──> closed
 *
 * `destroy()` and every error lead from anywhere to `closed`, once. In `closing` a peer that takes nothing is cut by the write
 * deadline (30 s where none is set), so that no call of `close` can wait for ever.
 *
 * STARTTLS. A server pushes its reply and calls `upgradeTls` in the same turn of the event loop, with no `await` between:
 * the upgrade first stops reading, then flushes what was pushed, then hands the stream over. What arrives from the call on belongs to
 * the handshake, and so plaintext can be told from it: whatever had arrived before the call is plaintext, and refused.
 */
import { Socket as NodeSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ByteQueue, asBuffer } from './bytes.ts'
import { Deadline, StallDeadline } from './deadline.ts'
import { ClosedError, TimeoutError, netError } from './errors.ts'
import type { Address, Socket, TlsClientOptions, TlsInfo, TlsServerOptions } from './socket.ts'
import { timers as defaultTimers } from './timers.ts'
import type { Timer, TimerWheel } from './timers.ts'
import { HANDSHAKE_TIMEOUT_MS, beginClientHandshake, beginServerHandshake } from './tls.ts'
import type { Handshake } from './tls.ts'
import { Wait, rejected } from './wait.ts'

/** Octets kept in each direction before the other side is held back, unless told otherwise. */
export const HIGH_WATER_MARK = 65_536
const LINGER_MS = 1_000
const CLOSING_STALL_MS = 30_000
const DONE: Promise<void> = Promise.resolve()
const NOTHING: Buffer = Buffer.alloc(0)

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

/** A socket over a duplex stream, which belongs to it from now on. */
export class StreamSocket implements Socket {
  readonly closed: Promise<Error | undefined>

  readonly #timers: TimerWheel
  readonly #host: string
  readonly #highWaterMark: number
  readonly #local: Address
  #remote: Address
  #tls: TlsInfo | undefined
  /** What is read and written: the outermost of `#layers`. */
  #stream: Duplex
  /** The stream that was given, and TLS on top of it; those that are not closed yet. */
  readonly #layers: Duplex[] = []

  #state: 'open' | 'ended' | 'closing' | 'lingering' | 'closed' = 'open'
  #reason: Error | undefined
  #resolveClosed: (reason: Error | undefined) => void = () => {}
  #lingerMs = LINGER_MS
  #lingering: Timer | undefined

  #input: 'flowing' | 'paused' | 'handshaking' | 'ended' | 'dropping' = 'flowing'
  readonly #queue = new ByteQueue()
  /** What was given back by `unread`: lies before the queue. */
  #front: Buffer = NOTHING
  #bytesRead = 0
  readonly #reading = new Wait<Buffer | undefined>()
  readonly #readDeadline: Deadline

  #bytesWritten = 0
  readonly #draining = new Wait<void>()
  readonly #flushing = new Wait<void>()
  #flushes = 0
  readonly #finishing = new Wait<void>()
  readonly #writeDeadline: StallDeadline
  /** What had left, and what the system still held, when that was last looked at. */
  #seenLeft = 0
  #seenQueued = 0

  constructor(stream: Duplex, options: StreamSocketOptions) {
    this.#local = options.local
    this.#remote = options.remote
    this.#host = options.host ?? ''
    this.#highWaterMark = options.highWaterMark ?? HIGH_WATER_MARK
    this.#timers = options.timers ?? defaultTimers
    this.#readDeadline = new Deadline(this.#timers, () => this.#reading.fail(this.#readDeadline.error))
    this.#writeDeadline = new StallDeadline(this.#timers, this, () => this.#onStalled())
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#stream = stream
    this.#own(stream)
    this.#attach()
    if (options.isPaused === true) this.#input = 'paused'
    else this.#flow()
    if (stream.destroyed) queueMicrotask(() => this.#onClose(stream))
  }

  get local(): Address {
    return this.#local
  }

  get remote(): Address {
    return this.#remote
  }

  get tls(): TlsInfo | undefined {
    return this.#tls
  }

  get bytesRead(): number {
    return this.#bytesRead
  }

  get bytesWritten(): number {
    return this.#bytesWritten
  }

  get state(): 'open' | 'ended' | 'closed' {
    return this.#state === 'closing' || this.#state === 'lingering' ? 'ended' : this.#state
  }

  take(): Buffer | undefined {
    if (this.#front.length > 0) {
      const bytes = this.#front
      this.#front = NOTHING
      return bytes
    }
    if (this.#queue.length === 0) return undefined
    const bytes = this.#queue.takeSome()
    if (this.#input === 'paused' && this.#queue.length < this.#highWaterMark) this.#flow()
    return bytes
  }

  read(): Promise<Buffer | undefined> {
    if (this.#readDeadline.isPassed) return rejected(this.#readDeadline.error)
    const bytes = this.take()
    if (bytes !== undefined) return Promise.resolve(bytes)
    if (this.#input === 'ended') return Promise.resolve(undefined)
    if (this.#input === 'dropping' || this.#state === 'closed') return rejected(this.#closedError())
    if (this.#reading.isPending) return rejected(netError('NET_BUSY'))
    return this.#reading.start()
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.#reading.isPending) this.#reading.fulfil(asBuffer(bytes))
    else this.#front = this.#front.length === 0 ? asBuffer(bytes) : Buffer.concat([bytes, this.#front])
  }

  write(slices: readonly Uint8Array[]): Promise<void> {
    if (this.#state !== 'open') return rejected(this.#closedError())
    if (this.push(slices) && !this.#writeDeadline.isPassed) return DONE
    return this.drained()
  }

  push(slices: readonly Uint8Array[]): boolean {
    if (this.#state !== 'open') return false
    const stream = this.#stream
    if (slices.length === 1) this.#pushOne(slices[0] as Uint8Array)
    else {
      stream.cork()
      for (const slice of slices) this.#pushOne(slice)
      stream.uncork()
    }
    // Mostly the kernel has taken all of it by now, and there is nothing to watch.
    if (stream.writableLength === 0) return true
    this.#writeDeadline.watch()
    return stream.writableLength < stream.writableHighWaterMark
  }

  drained(): Promise<void> {
    if (this.#state === 'closed') return rejected(this.#closedError())
    if (this.#writeDeadline.isPassed) return rejected(this.#writeDeadline.error)
    if (this.#stream.writableLength < this.#stream.writableHighWaterMark) return DONE
    return this.#draining.start()
  }

  flushed(): Promise<void> {
    if (this.#state === 'closed') return rejected(this.#closedError())
    if (this.#writeDeadline.isPassed) return rejected(this.#writeDeadline.error)
    if (this.#stream.writableLength === 0) return DONE
    if (this.#state !== 'open') return this.#finishing.start()
    // An empty write is called back when all before it have gone.
    this.#flushes++
    this.#stream.write(NOTHING, this.#onFlushed)
    return this.#flushing.start()
  }

  end(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'ended'
      this.#stream.end()
      this.#writeDeadline.watch()
    }
    if (this.#stream.writableFinished) return DONE
    if (this.#state === 'closed') return rejected(this.#closedError())
    if (this.#writeDeadline.isPassed) return rejected(this.#writeDeadline.error)
    return this.#finishing.start()
  }

  async close(lingerMs: number = LINGER_MS): Promise<void> {
    if (this.#state === 'open' || this.#state === 'ended') {
      this.#lingerMs = lingerMs
      this.#drop()
      if (!this.#writeDeadline.isSet) this.#writeDeadline.set('close', CLOSING_STALL_MS)
      void this.end().catch(() => {})
      this.#state = 'closing'
      this.#proceedClosing()
    }
    await this.closed
  }

  destroy(reason?: Error): void {
    if (this.#state !== 'closed') this.#die(reason)
    const [base] = this.#layers
    if (base === undefined) return
    // RST tells the peer at once. Where there is no RST (a Unix socket, other streams) the end has to do.
    try {
      if ('resetAndDestroy' in base && typeof base.resetAndDestroy === 'function') base.resetAndDestroy()
    } catch {
      base.destroy()
    }
    this.#destroyLayers()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  setReadDeadline(phase: string, ms: number | undefined): void {
    if (this.#state !== 'closed') this.#readDeadline.set(phase, ms)
  }

  setWriteDeadline(phase: string, ms: number | undefined): void {
    if (this.#state !== 'closed') this.#writeDeadline.set(phase, ms)
  }

  upgradeTls(role: 'server', options: TlsServerOptions): Promise<TlsInfo>
  upgradeTls(role: 'client', options: TlsClientOptions): Promise<TlsInfo>
  upgradeTls(role: 'server' | 'client', options: TlsServerOptions | TlsClientOptions): Promise<TlsInfo> {
    if (this.#state !== 'open') return rejected(this.#closedError())
    if (this.#front.length + this.#queue.length + this.#stream.readableLength > 0) {
      const error = netError('NET_TLS_LEFTOVER')
      this.destroy(error)
      return rejected(error)
    }
    return this.#handshake(role, options)
  }

  /** Begins to read, where the socket was made to wait for that. */
  start(): void {
    if (this.#input === 'paused' && this.#queue.length < this.#highWaterMark) this.#flow()
  }

  /**
   * The server's side of TLS from the first octet on (or behind a PROXY header): what has arrived already is no
   * leftover but the beginning of the handshake.
   */
  beginTls(options: TlsServerOptions): Promise<TlsInfo> {
    const early = Buffer.concat([this.#front, this.#queue.takeAll()])
    this.#front = NOTHING
    this.#stream.pause()
    if (early.length > 0) this.#stream.unshift(early)
    return this.#handshake('server', options)
  }

  /** The client that a trusted PROXY header named, in place of the proxy. */
  presentAs(remote: Address): void {
    this.#remote = remote
  }

  /** Octets that were handed over for writing and have not left. */
  pendingBytes(): number {
    return this.#stream.writableLength
  }

  /** Whether any octet has left since this was last asked; large writes leave bit by bit, which only the system knows. */
  hasMoved(): boolean {
    const left = this.#bytesWritten - this.#stream.writableLength
    const queued = systemQueue(this.#stream)
    const isMoved = left !== this.#seenLeft || queued !== this.#seenQueued
    this.#seenLeft = left
    this.#seenQueued = queued
    return isMoved
  }

  #pushOne(slice: Uint8Array): void {
    if (slice.length === 0) return
    this.#bytesWritten += slice.length
    this.#stream.write(slice)
  }

  /** A layer's errors and its end matter for as long as it lives. */
  #own(layer: Duplex): void {
    this.#layers.push(layer)
    layer.on('error', (error: Error) => this.#onError(error))
    layer.on('close', () => this.#onClose(layer))
  }

  /** Reading and writing happen on the outermost layer. */
  #attach(): void {
    this.#stream.on('data', this.#onData).on('end', this.#onEnd).on('drain', this.#onDrain).on('finish', this.#onFinish)
  }

  #detach(): void {
    this.#stream.off('data', this.#onData).off('end', this.#onEnd).off('drain', this.#onDrain)
    this.#stream.off('finish', this.#onFinish).pause()
  }

  #flow(): void {
    this.#input = 'flowing'
    this.#stream.resume()
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#input === 'dropping') return
    this.#bytesRead += chunk.length
    if (this.#reading.isPending) return this.#reading.fulfil(chunk)
    this.#queue.push(chunk)
    if (this.#queue.length < this.#highWaterMark || this.#input !== 'flowing') return
    this.#input = 'paused'
    this.#stream.pause()
  }

  readonly #onEnd = (): void => {
    this.#input = 'ended'
    this.#reading.fulfil(undefined)
    this.#proceedClosing()
  }

  readonly #onDrain = (): void => {
    this.#draining.fulfil()
  }

  readonly #onFlushed = (error?: Error | null): void => {
    this.#flushes--
    if (this.#flushes === 0 && !error) this.#flushing.fulfil()
  }

  readonly #onFinish = (): void => {
    this.#draining.fulfil()
    this.#flushing.fulfil()
    this.#finishing.fulfil()
    this.#proceedClosing()
  }

  #onStalled(): void {
    const { error } = this.#writeDeadline
    this.#draining.fail(error)
    this.#flushing.fail(error)
    this.#finishing.fail(error)
    if (this.#state === 'closing') this.destroy(error)
  }

  #onError(error: Error): void {
    // Of a handshake, the handshake itself tells.
    if (this.#input !== 'handshaking') this.#reason ??= error
  }

  #onClose(layer: Duplex): void {
    const index = this.#layers.indexOf(layer)
    if (index !== -1) this.#layers.splice(index, 1)
    this.#destroyLayers()
    if (this.#input !== 'handshaking' && this.#state !== 'closed') this.#die(this.#reason)
    this.#settle()
  }

  #destroyLayers(): void {
    for (const layer of this.#layers.toReversed()) layer.destroy()
  }

  /** From here on only the end of the layers is waited for. */
  #die(reason: Error | undefined): void {
    this.#state = 'closed'
    this.#reason ??= reason
    this.#lingering?.cancel()
    this.#readDeadline.stop()
    this.#writeDeadline.stop()
    const error = this.#closedError()
    this.#reading.fail(error)
    this.#draining.fail(error)
    this.#flushing.fail(error)
    this.#finishing.fail(error)
  }

  #settle(): void {
    if (this.#layers.length === 0 && this.#state === 'closed') this.#resolveClosed(this.#reason)
  }

  #closedError(): ClosedError {
    return new ClosedError(undefined, this.#reason === undefined ? {} : { cause: this.#reason })
  }

  /** From now on what comes is read and dropped, so that the peer can send its FIN. */
  #drop(): void {
    this.#front = NOTHING
    this.#queue.takeAll()
    this.#reading.fail(this.#closedError())
    if (this.#input === 'ended' || this.#input === 'handshaking') return
    this.#input = 'dropping'
    this.#stream.resume()
  }

  /** One step further on the way from `closing` to `closed`, if there is one to be made. */
  #proceedClosing(): void {
    if (this.#state === 'closing' && this.#stream.writableFinished) {
      this.#state = 'lingering'
      this.#lingering = this.#timers.after(this.#lingerMs, () => this.#destroyLayers())
    }
    if (this.#state === 'lingering' && this.#input === 'ended') this.#destroyLayers()
  }

  async #handshake(role: 'server' | 'client', options: TlsServerOptions | TlsClientOptions): Promise<TlsInfo> {
    const ms = options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS
    let failure: Error | undefined
    const timer = this.#timers.after(ms, () => {
      failure = new TimeoutError('handshake', ms)
      this.destroy(failure)
    })
    this.#detach()
    this.#input = 'handshaking'
    try {
      await this.flushed()
      const { stream, done } = this.#begin(role, options)
      this.#stream = stream
      this.#own(stream)
      this.#tls = await done
      this.#attach()
      this.#flow()
      return this.#tls
    } catch (error) {
      failure ??= error as Error
      this.#input = 'dropping'
      this.destroy(failure)
      this.#settle()
      throw failure
    } finally {
      timer.cancel()
    }
  }

  #begin(role: 'server' | 'client', options: TlsServerOptions | TlsClientOptions): Handshake {
    return role === 'server'
      ? beginServerHandshake(this.#stream, options, this.#highWaterMark)
      : beginClientHandshake(this.#stream, options, this.#host, this.#highWaterMark)
  }
}

/** Octets of a write under way that the kernel has not taken yet; 0 for streams that are not the system's. */
function systemQueue(stream: Duplex): number {
  if (!(stream instanceof NodeSocket)) return 0
  const handle: unknown = Reflect.get(stream, '_handle')
  if (typeof handle !== 'object' || handle === null) return 0
  const size: unknown = Reflect.get(handle, 'writeQueueSize')
  return typeof size === 'number' ? size : 0
}
