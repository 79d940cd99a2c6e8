/**
 * How fast a peer has to send, or to take, what is long: a body, a file. Two clocks, and both run only while we wait for the peer, so that
 * nobody is blamed for a reader, a source or a disk of ours that takes its time:
 *
 *     stall   from one piece to the next; begins anew with each
 *     rate    the grace at first; each octet buys a little more, and waiting spends it
 *
 *     waiting ──octets──> waiting         what is saved up beyond the longer of stall and grace is forfeit
 *        ├── stall has run out ──> TimeoutError
 *        └── rate has run out ───> the protocol's own error
 *
 * The first catches a peer that has gone silent, the second one that moves an octet now and then, and would hold a connection for ever
 * (Slowloris with a body, as in "R U Dead Yet"). Savings are bounded because a fast megabyte would else buy hours of dripping.
 *
 * When a peer sends, an octet counts when it has come, and where it counts. When it takes, an octet counts as soon as it is handed over, since
 * nobody can see how the kernel gets rid of it: so whoever takes nothing is found out later by what lies in our queue, unless the
 * stall of `Socket.setWriteDeadline`, which looks into the kernel, finds him out before.
 *
 * This file knows no protocol: who asks for which rate, and what is thrown below it, is said by the rules.
 */
import { TimeoutError } from './errors.ts'
import type { Socket } from './socket.ts'
import { HIGH_WATER_MARK } from './tcp.ts'
import type { TimerWheel } from './timers.ts'

/** What a peer is held to. */
export interface PaceRules {
  /** What a `TimeoutError` calls the stall. */
  readonly phase: string
  /** From one piece to the next, in milliseconds. */
  readonly stallMs: number
  /** How far the peer may be behind its rate, in milliseconds. */
  readonly graceMs: number
  /** Octets a second; 0 asks for none. */
  readonly rate: number
  /** Counts both. */
  readonly timers: TimerWheel
  /** The error for a peer that is behind; `offset` octets had gone over the socket in that direction. */
  readonly tooSlow: (offset: number) => Error
}

/** What waits for octets on a socket. */
export interface Receiver {
  /** The socket, whose read deadline is set. */
  readonly socket: Socket
  /** Waits for octets, and rejects with a `TimeoutError` past that deadline. */
  receive(): Promise<unknown>
}

/** The clocks of one body or file, in one direction. */
export class Pace {
  readonly #rules: PaceRules
  readonly #msPerOctet: number
  /** What may be saved up, at the end of a wait. */
  readonly #savingsMs: number
  /** What is left until a stall is one, while the peer sends. */
  #stallMs: number
  /** What is left until the peer is behind its rate by more than the grace; endless where no rate is asked for. */
  #rateMs: number

  constructor(rules: PaceRules) {
    const { stallMs, graceMs, rate } = rules
    this.#rules = rules
    this.#msPerOctet = rate === 0 ? 0 : 1000 / rate
    this.#savingsMs = rate === 0 ? Infinity : Math.max(stallMs, graceMs)
    this.#stallMs = stallMs
    this.#rateMs = rate === 0 ? Infinity : graceMs
  }

  /** So many octets that count have come, one at least. */
  credit(octets: number): void {
    this.#stallMs = this.#rules.stallMs
    this.#rateMs += octets * this.#msPerOctet
  }

  /**
   * Waits for octets of the peer, which count when `credit` says so. Rejects with a `TimeoutError` of the rules' phase where none come, with their
   * `tooSlow` where too few have come, and otherwise as the receiver does.
   */
  async receive(receiver: Receiver): Promise<void> {
    const { phase, stallMs, timers, tooSlow } = this.#rules
    const isRateNearer = this.#rateMs < this.#stallMs
    const { socket } = receiver
    socket.setReadDeadline(phase, Math.max(0, Math.min(this.#rateMs, this.#stallMs)))
    const began = timers.now()
    try {
      await receiver.receive()
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
      throw isRateNearer ? tooSlow(socket.bytesRead) : new TimeoutError(phase, stallMs)
    }
    this.#spend(timers.now() - began)
  }

  /** The next bytes of the peer, which all count; `undefined` after its FIN. Rejects as `receive` and `Socket.read` do. */
  async read(socket: Socket): Promise<Buffer | undefined> {
    let bytes: Buffer | undefined
    const receive = async (): Promise<void> => {
      bytes = await socket.read()
    }
    await this.receive({ socket, receive })
    if (bytes !== undefined) this.credit(bytes.length)
    return bytes
  }

  /**
   * Hands bytes over. Resolves when there is room for more; rejects with the rules' `tooSlow` where the peer takes too few, and otherwise as
   * `Socket.write` does, whose deadline is the caller's to set.
   */
  async write(socket: Socket, bytes: Uint8Array): Promise<void> {
    // Room is told of when all of our queue is taken: what lies there from writes before must have its time, too.
    const mostMs = this.#savingsMs + HIGH_WATER_MARK * this.#msPerOctet
    this.#rateMs = Math.min(this.#rateMs, mostMs) + bytes.length * this.#msPerOctet
    if (!socket.push([bytes])) await this.#whileTaking(socket, socket.drained())
  }

  /** Waits until the system has all that was written, whose memory may then be used again. Rejects as `write` does. */
  async flush(socket: Socket): Promise<void> {
    await this.#whileTaking(socket, socket.flushed())
  }

  /** Ends our side behind what was written. Rejects as `write` does. */
  async end(socket: Socket): Promise<void> {
    await this.#whileTaking(socket, socket.end())
  }

  /** Waits for what depends on how fast the peer takes. */
  async #whileTaking(socket: Socket, taken: Promise<void>): Promise<void> {
    const { timers, tooSlow } = this.#rules
    const began = timers.now()
    let onLate = (): void => {}
    const late = new Promise<never>((_resolve, reject) => {
      onLate = () => reject(tooSlow(socket.bytesWritten))
    })
    const timer = timers.after(Math.max(0, this.#rateMs), onLate)
    try {
      await Promise.race([taken, late])
    } finally {
      timer.cancel()
    }
    this.#spend(timers.now() - began)
  }

  #spend(ms: number): void {
    this.#stallMs -= ms
    this.#rateMs = Math.min(this.#rateMs - ms, this.#savingsMs)
  }
}
