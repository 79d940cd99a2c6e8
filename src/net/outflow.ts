/**
 * The writing half of a socket. Slices go to the stream in one piece (one `writev` where it has that), and mostly the
 * kernel has taken them before `push` returns: then nothing is made, and nothing is waited for.
 *
 *     open ──end()──> ended ──> gone
 *       │ ^──reopen()───┘         ^
 *       └─────────────────────────┘
 *
 * Each event of the stream has one handler for the stream's whole life; whoever waits for the same thing shares one promise.
 */
import { Socket as NodeSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { StallDeadline } from './deadline.ts'
import type { Progress } from './deadline.ts'
import { closedBy } from './errors.ts'
import type { TimerWheel } from './timers.ts'
import { Wait, rejected } from './wait.ts'

/** One promise for all that is done already. */
const DONE: Promise<void> = Promise.resolve()
const NOTHING: Buffer = Buffer.alloc(0)
/**
 * Behind so many octets whoever writes waits for the next turn of the event loop. To a peer that takes all of it, out of a source that is never
 * empty, promises alone would go on for ever: nobody else would be served, and not even the news that the peer is gone would come.
 */
const TURN_BYTES = 4 * 1024 * 1024

/** What is told of an outflow's fate. */
export interface OutflowEvents {
  /** All that was written is with the kernel, and our FIN behind it. */
  onFinished(): void
  /** The peer takes nothing, and the write deadline has passed. */
  onStalled(): void
}

/** A stream knows what writes to it, so that its listeners are two functions for all streams and not two for each. */
const OUTFLOW = Symbol('outflow')

interface Drain extends Duplex {
  [OUTFLOW]?: Outflow
}

function onDrain(this: Drain): void {
  this[OUTFLOW]?.hasDrained()
}

function onFinish(this: Drain): void {
  this[OUTFLOW]?.hasFinished()
}

/** What a socket writes. */
export class Outflow implements Progress {
  /** Octets that were handed over. */
  bytesWritten = 0
  /** For all writes to come. */
  readonly deadline: StallDeadline
  readonly #events: OutflowEvents
  #stream: Drain
  #state: 'open' | 'ended' | 'gone' = 'open'
  #reason: Error | undefined
  /** Who waits for what; most connections never do. */
  #draining: Wait<void> | undefined
  #flushing: Wait<void> | undefined
  #finishing: Wait<void> | undefined
  /** Calls of `flushed` that the stream has not answered. */
  #flushes = 0
  /** Octets that were handed over since the event loop has turned; it is looked at only when they are many. */
  #turnBytes = 0
  /** What had left, and what the system still held, when that was last looked at. */
  #seenLeft = 0
  #seenQueued = 0

  constructor(stream: Duplex, timers: TimerWheel, events: OutflowEvents) {
    this.#stream = stream
    this.#events = events
    this.deadline = new StallDeadline(timers, this)
    this.#listen()
  }

  /** Whether our FIN is with the kernel. */
  get isFinished(): boolean {
    return this.#stream.writableFinished
  }

  /** As `Socket` has it. */
  write(slices: readonly Uint8Array[]): Promise<void> {
    if (this.#state !== 'open') return rejected(closedBy(this.#reason))
    if (this.push(slices) && !this.deadline.isPassed) return DONE
    return this.drained()
  }

  /** As `Socket` has it. */
  push(slices: readonly Uint8Array[]): boolean {
    if (this.#state !== 'open') return false
    const stream = this.#stream
    // Uncorked, a single slice is spared a detour through the stream's buffer.
    if (slices.length === 1) this.#pushOne(slices[0] as Uint8Array)
    else {
      stream.cork()
      for (const slice of slices) this.#pushOne(slice)
      stream.uncork()
    }
    if (stream.writableLength > 0) this.deadline.watch()
    return this.#hasRoom
  }

  /** As `Socket` has it. */
  drained(): Promise<void> {
    return this.#when(this.#hasRoom, (this.#draining ??= new Wait()))
  }

  /** As `Socket` has it. */
  flushed(): Promise<void> {
    const isFlushed = this.#stream.writableLength === 0
    if (isFlushed || this.#state !== 'open') return this.#when(isFlushed, this.#finish)
    if (!this.deadline.isPassed) {
      // An empty write is called back when all before it have gone.
      this.#flushes++
      this.#stream.write(NOTHING, (error) => this.#onFlushed(error))
    }
    return this.#when(false, (this.#flushing ??= new Wait()))
  }

  /** As `Socket` has it. */
  end(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'ended'
      this.#stream.end()
      this.deadline.watch()
    }
    return this.isFinished ? DONE : this.#when(false, this.#finish)
  }

  /** Goes on with another stream; the one before has nothing left to write. */
  attach(stream: Duplex): void {
    this.#stream.off('drain', onDrain).off('finish', onFinish)
    this.#stream = stream
    this.#listen()
  }

  /** Goes on with the stream below, where the end of this one (`end`) was not that of the connection. */
  reopen(below: Duplex): void {
    this.attach(below)
    this.#state = 'open'
    this.#fulfilAll()
  }

  /** The stream is closed: whoever waits is told, and nothing can be written any more. */
  fail(reason: Error | undefined): void {
    this.#state = 'gone'
    this.#reason = reason
    this.deadline.stop()
    const waits = [this.#draining, this.#flushing, this.#finishing]
    if (waits.some((wait) => wait?.isPending === true)) this.#failAll(closedBy(reason))
  }

  /** Octets that were handed over and have not left. */
  pendingBytes(): number {
    return this.#stream.writableLength
  }

  /** Whether any octet has left since this was last asked. Large writes leave bit by bit, which only the system knows. */
  hasMoved(): boolean {
    const left = this.bytesWritten - this.#stream.writableLength
    const queued = systemQueue(this.#stream)
    const isMoved = left !== this.#seenLeft || queued !== this.#seenQueued
    this.#seenLeft = left
    this.#seenQueued = queued
    return isMoved
  }

  /** Whether more may be written now. */
  get #hasRoom(): boolean {
    // Not `writableNeedDrain`: what the kernel has taken is written, even where the stream says at first that it is full.
    const { writableLength, writableHighWaterMark } = this.#stream
    return writableLength < writableHighWaterMark && this.#turnBytes < TURN_BYTES && !this.#isBroken()
  }

  /**
   * Whether a write has failed, or the stream was destroyed, of which it tells in a later turn. Until then it takes whatever comes; whoever writes
   * without end, waiting for nothing but room, would never let that turn come.
   */
  #isBroken(): boolean {
    return this.#state === 'open' && !this.#stream.writable
  }

  /** An empty slice would be a system call for nothing. */
  #pushOne(slice: Uint8Array): void {
    if (slice.length === 0) return
    this.bytesWritten += slice.length
    if (this.#turnBytes < TURN_BYTES) this.#countTurn(slice.length)
    this.#stream.write(slice)
  }

  /** Who has written its share is held back until the event loop has turned. */
  #countTurn(octets: number): void {
    this.#turnBytes += octets
    if (this.#turnBytes >= TURN_BYTES) setImmediate(() => this.#hasTurned())
  }

  #hasTurned(): void {
    this.#turnBytes = 0
    this.hasDrained()
  }

  /** At once where it `is` so, else when `wait` is fulfilled, unless that can no longer be. */
  #when(is: boolean, wait: Wait<void>): Promise<void> {
    if (this.#state === 'gone') return rejected(closedBy(this.#reason))
    if (this.deadline.isPassed) return rejected(this.deadline.error)
    return is ? DONE : wait.start()
  }

  /** @internal The stream has room again. */
  hasDrained(): void {
    if (this.#hasRoom) this.#draining?.fulfil()
  }

  /** @internal The stream has handed our FIN over. A stream that is ending drains without saying so. */
  hasFinished(): void {
    this.#fulfilAll()
    this.#events.onFinished()
  }

  /** @internal As `Progress` has it. */
  onDeadline(): void {
    this.#failAll(this.deadline.error)
    this.#events.onStalled()
  }

  #listen(): void {
    this.#stream[OUTFLOW] = this
    this.#stream.on('drain', onDrain).on('finish', onFinish)
  }

  get #finish(): Wait<void> {
    return (this.#finishing ??= new Wait())
  }

  /** Whoever waits, for whatever. */
  #fulfilAll(): void {
    this.#draining?.fulfil()
    this.#flushing?.fulfil()
    this.#finishing?.fulfil()
  }

  #failAll(error: Error): void {
    this.#draining?.fail(error)
    this.#flushing?.fail(error)
    this.#finishing?.fail(error)
  }

  #onFlushed(error?: Error | null): void {
    this.#flushes--
    // Of an error the stream's end will tell, and with its cause.
    if (this.#flushes === 0 && !error) this.#flushing?.fulfil()
  }
}

/** Octets of a write under way that the kernel has not taken yet; 0 for streams that are not the system's. */
function systemQueue(stream: Duplex): number {
  // The public fields count a write as a whole, done or not done. Node's own idle timer looks here too.
  if (!(stream instanceof NodeSocket)) return 0
  const handle: unknown = Reflect.get(stream, '_handle')
  if (typeof handle !== 'object' || handle === null) return 0
  const size: unknown = Reflect.get(handle, 'writeQueueSize')
  return typeof size === 'number' ? size : 0
}
