/**
 * Two sockets in memory that are joined to one another: TCP without a port. Whatever takes a `Socket` runs over them as over
 * the network, TLS included, and a test decides how the bytes are cut.
 *
 * It keeps TCP's manners: bytes are copied on their way, as the kernel does, so a writer may reuse its buffer; a writer is
 * held back by a reader that does not read; each direction ends by itself (FIN); destroying an end resets the other; and nothing
 * arrives in the same turn in which it was sent.
 */
import { Duplex } from 'node:stream'
import type { Address, Socket } from './socket.ts'
import { HIGH_WATER_MARK, StreamSocket } from './tcp.ts'
import type { TimerWheel } from './timers.ts'

/** How a pair behaves. */
export interface PairOptions {
  /**
   * Into which pieces the bytes of one write are cut. Each piece is delivered by itself: a `read()` or `take()` gives
   * one piece and never two together. Default: a write arrives whole.
   */
  readonly cut?: (bytes: Buffer) => Iterable<Buffer>
  /** Octets that each end reads ahead and each direction holds. Default 65,536; with `cut`, a piece at a time is read ahead. */
  readonly highWaterMark?: number
  /** The wheel for deadlines. Default: the shared one. */
  readonly timers?: TimerWheel
}

/** Makes a pair: the client's end, and the server's end. */
export function pair(options: PairOptions = {}): [client: Socket, server: Socket] {
  const highWaterMark = options.highWaterMark ?? HIGH_WATER_MARK
  const readAhead = options.cut === undefined ? highWaterMark : 1
  const cut = options.cut ?? ((bytes: Buffer): Iterable<Buffer> => [bytes])
  const [left, right] = joinedStreams(cut, readAhead, highWaterMark)
  const client: Address = { family: 'memory', name: 'client' }
  const server: Address = { family: 'memory', name: 'server' }
  const common = { highWaterMark: readAhead, ...(options.timers !== undefined && { timers: options.timers }) }
  return [
    new StreamSocket(left, { local: client, remote: server, ...common }),
    new StreamSocket(right, { local: server, remote: client, ...common }),
  ]
}

function joinedStreams(
  cut: (bytes: Buffer) => Iterable<Buffer>,
  readAhead: number,
  highWaterMark: number,
): [MemoryStream, MemoryStream] {
  const left = new MemoryStream(cut, readAhead, highWaterMark)
  const right = new MemoryStream(cut, readAhead, highWaterMark)
  left.peer = right
  right.peer = left
  return [left, right]
}

type Done = (error?: Error | null) => void

/** One end. What its `_write` is given, the other end's `_read` asks for. */
class MemoryStream extends Duplex {
  /** The other end; this one until they are joined. */
  peer: MemoryStream = this
  readonly #cut: (bytes: Buffer) => Iterable<Buffer>
  /** Pieces on their way to this end, and what to call when the last of them has arrived. */
  #pieces: Iterator<Buffer> | undefined
  #onDelivered: Done = () => {}
  /** Whether this end has room: between `_read` and the `push` that answers it was full. */
  #wants = false
  #isScheduled = false

  constructor(cut: (bytes: Buffer) => Iterable<Buffer>, readAhead: number, highWaterMark: number) {
    super({ allowHalfOpen: true, readableHighWaterMark: readAhead, writableHighWaterMark: highWaterMark })
    this.#cut = cut
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.peer.#receive(Buffer.from(chunk), done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.peer.#receive(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  override _final(done: Done): void {
    process.nextTick(() => {
      if (!this.peer.destroyed) this.peer.push(null)
      done()
    })
  }

  override _read(): void {
    this.#wants = true
    this.#schedule()
  }

  override _destroy(error: Error | null, done: Done): void {
    // As the kernel does: who closes with unread bytes, or before its FIN, leaves the peer with a reset or an end.
    const { peer } = this
    const hasUnread = this.readableLength > 0 || this.#pieces !== undefined
    this.#pieces = undefined
    this.#onDelivered(brokenPipe())
    if (hasUnread) peer.#beReset()
    else if (!this.writableFinished) process.nextTick(() => peer.destroyed || peer.push(null))
    done(error)
  }

  /** As `net.Socket` has it: the other end learns by an error. */
  resetAndDestroy(): this {
    if (!this.destroyed) this.peer.#beReset()
    return this.destroy()
  }

  #beReset(): void {
    process.nextTick(() => this.destroy(systemError('ECONNRESET', 'read ECONNRESET')))
  }

  #receive(bytes: Buffer, done: Done): void {
    if (this.destroyed) {
      process.nextTick(done, brokenPipe())
      return
    }
    this.#pieces = this.#cut(bytes)[Symbol.iterator]()
    this.#onDelivered = done
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#wants || this.#pieces === undefined) return
    this.#isScheduled = true
    process.nextTick(() => {
      this.#isScheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    while (this.#wants && this.#pieces !== undefined) {
      const piece = this.#pieces.next()
      if (piece.done === true) {
        this.#pieces = undefined
        const done = this.#onDelivered
        this.#onDelivered = () => {}
        done()
      } else if (piece.value.length > 0) this.#wants = this.push(piece.value)
    }
  }
}

function brokenPipe(): Error {
  return systemError('EPIPE', 'write EPIPE')
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
