/**
 * The reading half of a socket: chunks of a stream go to the `read()` that waits, else into a queue. At `highWaterMark`
 * octets the stream is paused, and it flows again once something is taken. (The stream's own buffer may hold as much again.)
 *
 *     paused <──queue full── flowing ──peer's FIN──> ending ──no reset behind it──> ended
 *        └────────taken────────^ │ ^
 *                                │ └──TLS is up, or down── detached <──TLS begins, or ends── (flowing, paused; ended with TLS)
 *                                v
 *                             dropping   closing: what still comes is read and thrown away
 *                             gone       nothing comes any more; what was queued may still be taken
 *
 * An end is looked at twice, because a reset that comes together with the peer's last octets is told as an end (libuv looks at
 * POLLHUP before it looks for an error), and an upload that was broken off would pass for a whole one. An empty write tells the two
 * apart: it sends nothing, and fails where the connection is gone.
 *
 * Each event of the stream has one handler for the stream's whole life: a read adds no listener, and makes one promise or (`readFor`) none. What an
 * idle connection does not need is made when it is first needed: thousands of them wait side by side.
 */
import { Socket as NodeSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { ByteQueue, asBuffer } from './bytes.ts'
import { Deadline } from './deadline.ts'
import type { DeadlineKeeper } from './deadline.ts'
import { closedBy, netError } from './errors.ts'
import type { Reader } from './socket.ts'
import type { TimerWheel } from './timers.ts'
import { Wait, rejected } from './wait.ts'

/** In place of `undefined`, so that the length is all there is to ask. */
const NOTHING: Buffer = Buffer.alloc(0)
const DONE: Promise<void> = Promise.resolve()

/** What is told of an inflow's fate. */
export interface InflowEvents {
  /** The peer's FIN has come; whether it is one is yet to be seen. */
  onFin(): void
  /** The peer has ended its side. */
  onEnded(): void
}

/** A stream knows what reads from it, so that its listeners are two functions for all streams and not two for each. */
const INFLOW = Symbol('inflow')

interface Source extends Duplex {
  [INFLOW]?: Inflow
}

function onData(this: Source, chunk: Buffer): void {
  this[INFLOW]?.received(chunk)
}

function onEnd(this: Source): void {
  this[INFLOW]?.receivedFin()
}

/** What a socket reads. */
export class Inflow implements DeadlineKeeper {
  /** Octets that have come. */
  bytesRead = 0
  /** For all reads to come. */
  readonly deadline: Deadline
  readonly #highWaterMark: number
  readonly #events: InflowEvents
  #stream: Source
  #state: 'paused' | 'flowing' | 'detached' | 'ending' | 'ended' | 'dropping' | 'gone' = 'paused'
  #reason: Error | undefined
  /** What came before anybody asked for it; in a dialogue that hardly ever happens. */
  #queue: ByteQueue | undefined
  /** What was given back: lies before the queue. */
  #front: Buffer = NOTHING
  /** Who waits for bytes; mostly the promise of `read`. */
  #reader: Reader | undefined
  #reading: Wait<Buffer | undefined> | undefined
  /** Whether the peer's end was confirmed; outlives the state `ended`. */
  #peer: 'sending' | 'ended' = 'sending'
  #ending: Wait<void> | undefined

  /** Nothing is read before `start()`. */
  constructor(stream: Duplex, highWaterMark: number, timers: TimerWheel, events: InflowEvents) {
    this.#stream = stream
    this.#highWaterMark = highWaterMark
    this.#events = events
    this.deadline = new Deadline(timers, this)
    this.#listen()
  }

  /** Whether the peer has ended its side, and that was read. */
  get isEnded(): boolean {
    return this.#state === 'ending' || this.#state === 'ended'
  }

  /** As `Socket` has it. */
  get ended(): Promise<void> {
    return this.#peer === 'ended' ? DONE : (this.#ending ??= new Wait()).start()
  }

  /** Whether `InflowEvents.onEnded` was called. */
  get wasEndTold(): boolean {
    return this.#peer === 'ended'
  }

  /** Octets that have arrived and were not taken, here or in the stream. */
  get bufferedBytes(): number {
    return this.#front.length + this.#queuedBytes + this.#stream.readableLength
  }

  /** Begins to read. */
  start(): void {
    if (this.#state === 'paused') this.#flow()
  }

  /** As `Socket` has it. */
  take(): Buffer | undefined {
    if (this.#front.length > 0) {
      const bytes = this.#front
      this.#front = NOTHING
      return bytes
    }
    const queue = this.#queue
    if (queue === undefined) return undefined
    const bytes = queue.takeSome()
    if (queue.length === 0) this.#queue = undefined
    if (this.#state === 'paused' && queue.length < this.#highWaterMark) this.#flow()
    return bytes
  }

  /** As `Socket` has it. */
  read(): Promise<Buffer | undefined> {
    if (this.#reader !== undefined) return rejected(netError('NET_BUSY'))
    const wait = (this.#reading ??= new Wait())
    const reading = wait.start()
    this.readFor(wait)
    return reading
  }

  /** As `Socket` has it. */
  readFor(reader: Reader): void {
    // First, so that a peer that always has an octet ready cannot outlive its deadline (slow senders).
    if (this.deadline.isPassed) return reader.fail(this.deadline.error)
    const bytes = this.take()
    if (bytes !== undefined || this.#state === 'ended') return reader.fulfil(bytes)
    if (this.#state === 'dropping' || this.#state === 'gone') return reader.fail(closedBy(this.#reason))
    if (this.#reader !== undefined) return reader.fail(netError('NET_BUSY'))
    this.#reader = reader
  }

  /** As `Socket` has it. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.#reader !== undefined) this.#fulfil(asBuffer(bytes))
    else this.#front = this.#front.length === 0 ? asBuffer(bytes) : Buffer.concat([bytes, this.#front])
  }

  /** Stops reading from the stream and leaves it to somebody else, together with what was read from it too early. */
  detach(): void {
    const early = Buffer.concat([this.#front, this.#queue?.takeAll() ?? NOTHING])
    this.#empty()
    // Where TLS alone has ended, the connection has not.
    this.#peer = 'sending'
    this.#state = 'detached'
    // Paused, Node's stream reads on into its own buffer until that is full; TLS takes from there first.
    this.#stream.off('data', onData).off('end', onEnd).pause()
    if (early.length > 0) this.#stream.unshift(early)
  }

  /** Goes on with another stream. */
  attach(stream: Duplex): void {
    this.#stream = stream
    this.#listen()
    if (stream.readableEnded) this.receivedFin()
    else this.#flow()
  }

  /** From now on what comes is read and thrown away, so that the peer's FIN can come through. */
  drop(): void {
    this.#empty()
    if (this.#reader !== undefined) this.#fail(closedBy(undefined))
    if (this.isEnded) return
    this.#state = 'dropping'
    this.#stream.resume()
  }

  /** The stream is closed, by its own doing: what has arrived may still be taken. */
  fail(reason: Error | undefined): void {
    this.deadline.stop()
    this.#reason = reason
    if (this.#state !== 'ended') this.#state = 'gone'
    if (this.#reader !== undefined) this.#fail(closedBy(reason))
  }

  /** What has arrived is thrown away. */
  discard(): void {
    this.#empty()
    if (this.#state === 'ended') this.#state = 'gone'
  }

  /** @internal The hot path: in a dialogue somebody waits already, and the chunk never sees the queue. */
  received(chunk: Buffer): void {
    if (this.#state === 'dropping') return
    this.bytesRead += chunk.length
    if (this.#reader !== undefined) return this.#fulfil(chunk)
    const queue = (this.#queue ??= new ByteQueue())
    queue.push(chunk)
    if (queue.length < this.#highWaterMark) return
    this.#state = 'paused'
    this.#stream.pause()
  }

  /** @internal All octets before the FIN were delivered: the stream emits its end behind them. */
  receivedFin(): void {
    this.#state = 'ending'
    confirmEnd(this.#stream, (error) => this.#onConfirmed(error))
    this.#events.onFin()
  }

  /** @internal As `DeadlineKeeper` has it. */
  onDeadline(): void {
    this.#fail(this.deadline.error)
  }

  get #queuedBytes(): number {
    return this.#queue?.length ?? 0
  }

  #listen(): void {
    this.#stream[INFLOW] = this
    this.#stream.on('data', onData).on('end', onEnd)
  }

  #empty(): void {
    this.#front = NOTHING
    this.#queue = undefined
  }

  /** Tells whoever waits; it may wait anew at once. */
  #fulfil(bytes: Buffer | undefined): void {
    const reader = this.#reader
    this.#reader = undefined
    reader?.fulfil(bytes)
  }

  #fail(error: Error): void {
    const reader = this.#reader
    this.#reader = undefined
    reader?.fail(error)
  }

  #flow(): void {
    this.#state = 'flowing'
    this.#stream.resume()
  }

  #onConfirmed(error?: Error | null): void {
    // Of an error the stream's close will tell, and with its cause.
    if (error || this.#state !== 'ending') return
    this.#state = 'ended'
    this.#peer = 'ended'
    this.#ending?.fulfil()
    this.#fulfil(undefined)
    this.#events.onEnded()
  }
}

/**
 * Finds out whether an end is one. Only TCP needs it and can be asked: TLS has an end of its own, and on a Unix socket a peer that has closed in
 * good order fails the write too. Where we have ended already, or something is still to be written, nothing can be asked.
 */
function confirmEnd(stream: Duplex, tell: (error?: Error | null) => void): void {
  const isTcp = stream instanceof NodeSocket && !(stream instanceof TLSSocket) && stream.localAddress !== undefined
  if (isTcp && stream.writable && stream.writableLength === 0) stream.write(NOTHING, tell)
  else tell()
}
