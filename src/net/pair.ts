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
  /** What the ends say that they are: the client's, and the server's. Default: memory, under the names `client` and `server`. */
  readonly addresses?: readonly [client: Address, server: Address]
  /** The wheel for deadlines. Default: the shared one. */
  readonly timers?: TimerWheel
}

const ADDRESSES: readonly [client: Address, server: Address] = [
  { family: 'memory', name: 'client' },
  { family: 'memory', name: 'server' },
]

/** Makes a pair: the client's end, and the server's end. */
export function pair(options: PairOptions = {}): [client: Socket, server: Socket] {
  const highWaterMark = options.highWaterMark ?? HIGH_WATER_MARK
  const readAhead = options.cut === undefined ? highWaterMark : 1
  const cut = options.cut ?? ((bytes: Buffer): Iterable<Buffer> => [bytes])
  const [left, right] = joinedStreams(cut, readAhead, highWaterMark)
  const [client, server] = options.addresses ?? ADDRESSES
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

/**
 * One end, and what is on its way to it: pieces as the kernel would hold them, up to `highWaterMark` octets, out of which `_read`
 * asks for one after the other. A write is done when its last octet has found room there. The FIN comes behind the pieces:
 *
 *     open ──FIN sent──> due ──pieces delivered──> delivered
 */
class MemoryStream extends Duplex {
  /** The other end; this one until they are joined. */
  peer: MemoryStream = this
  readonly #cut: (bytes: Buffer) => Iterable<Buffer>
  #pieces: Buffer[] = []
  /** The first piece that was not delivered. */
  #next = 0
  #pieceBytes = 0
  /** Tells the writer that there is room again; `undefined` while there is. */
  #onRoom: Done | undefined
  #end: 'open' | 'due' | 'delivered' = 'open'
  #demand: 'none' | 'some' | 'scheduled' = 'none'

  constructor(cut: (bytes: Buffer) => Iterable<Buffer>, readAhead: number, highWaterMark: number) {
    super({ allowHalfOpen: true, readableHighWaterMark: readAhead, writableHighWaterMark: highWaterMark })
    this.#cut = cut
  }

  /** Copies, as the kernel does: the writer may use its buffer again. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.peer.#receive(Buffer.from(chunk), done)
  }

  /** What was pushed in one go is one write, and cut as one. */
  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.peer.#receive(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  /** Called behind the last write. */
  override _final(done: Done): void {
    this.peer.#receiveEnd()
    done()
  }

  /** The reader has room. */
  override _read(): void {
    if (this.#demand === 'none') this.#demand = 'some'
    this.#schedule()
  }

  /** As the kernel does: who goes with octets unread resets the peer, who goes before its FIN still sends that. */
  override _destroy(error: Error | null, done: Done): void {
    const hasUnread = this.readableLength + this.#pieceBytes > 0
    this.#pieces = []
    this.#pieceBytes = 0
    this.#tellRoom(brokenPipe())
    if (hasUnread) this.peer.#receiveReset()
    else this.peer.#receiveEnd()
    done(error)
  }

  /** As `net.Socket` has it: the other end learns by an error. */
  resetAndDestroy(): this {
    if (!this.destroyed) this.peer.#receiveReset()
    return this.destroy()
  }

  /** Takes in what the other end has written. */
  #receive(bytes: Buffer, done: Done): void {
    if (this.destroyed) {
      process.nextTick(done, brokenPipe())
      return
    }
    this.#pieces.splice(0, this.#next)
    this.#next = 0
    for (const piece of this.#cut(bytes)) {
      this.#pieces.push(piece)
      this.#pieceBytes += piece.length
    }
    this.#onRoom = done
    if (this.#pieceBytes <= this.writableHighWaterMark) process.nextTick(() => this.#tellRoom())
    this.#schedule()
  }

  /** Takes in the other end's FIN. */
  #receiveEnd(): void {
    if (this.#end !== 'open') return
    this.#end = 'due'
    this.#schedule()
  }

  /** Takes in the other end's RST, which means nothing to who has ended in both directions. */
  #receiveReset(): void {
    process.nextTick(() => {
      if (this.#end !== 'delivered' || !this.writableFinished) this.destroy(connectionReset())
    })
  }

  /** The other end may write on, or never again. */
  #tellRoom(error?: Error): void {
    const onRoom = this.#onRoom
    this.#onRoom = undefined
    onRoom?.(error)
  }

  /** Delivers in another turn, if there is something and somebody wants it. */
  #schedule(): void {
    if (this.#demand !== 'some' || (this.#pieceBytes === 0 && this.#end !== 'due')) return
    this.#demand = 'scheduled'
    process.nextTick(() => {
      this.#demand = this.destroyed ? 'none' : this.#deliver()
      if (this.#pieceBytes <= this.writableHighWaterMark) this.#tellRoom()
      this.#schedule()
    })
  }

  /** Delivers until there is nothing left, or no demand. */
  #deliver(): 'none' | 'some' {
    while (this.#pieceBytes > 0) {
      const piece = this.#pieces[this.#next++] as Buffer
      this.#pieceBytes -= piece.length
      if (piece.length > 0 && !this.push(piece)) return 'none'
    }
    this.#pieces = []
    this.#next = 0
    if (this.#end === 'due') {
      this.#end = 'delivered'
      this.push(null)
    }
    return 'some'
  }
}

function brokenPipe(): Error {
  return Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
}

function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}
