/**
 * How fast a body has to come. Two clocks, and both run only while we wait for the peer, so that nobody is blamed for a reader who takes
 * his time:
 *
 *     stall   from one piece of content to the next; begins anew with each
 *     rate    the grace at first; each octet of content buys a little more, and waiting spends it
 *
 * The first catches a peer that has gone silent, the second one that sends an octet now and then, and would hold a connection for ever
 * (Slowloris with a body, as in "R U Dead Yet"). Framing is no content: whoever sends chunk extensions only is as slow as one who sends nothing.
 * RFC 9112 §9.5.
 */
import { TimeoutError } from '../net/errors.ts'
import type { Socket } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import { remoteError } from './errors.ts'
import type { Limits } from './limits.ts'

/** What bodies of one direction are held to. */
export interface PaceRules {
  /** Which rate counts, and what is thrown below it. */
  readonly kind: 'request' | 'response'
  /** The limits. */
  readonly limits: Limits
  /** From one piece to the next, and how far a body may be behind its rate; in milliseconds. */
  readonly timeouts: { readonly bodyMs: number; readonly bodyGraceMs: number }
  /** Count both. */
  readonly timers: TimerWheel
}

/** What waits for octets on a socket. */
export interface Receiver {
  /** The socket, whose read deadline is set. */
  readonly socket: Socket
  /** Waits for octets, and rejects with a `TimeoutError` past that deadline. */
  receive(): Promise<void>
}

/** The clocks of one body. */
export class Pace {
  readonly #rules: PaceRules
  readonly #msPerOctet: number
  /** What is left until a stall is one. */
  #stallMs: number
  /** What is left until the body is behind its rate by more than the grace; endless where no rate is asked for. */
  #rateMs: number

  constructor(rules: PaceRules) {
    const { kind, limits, timeouts } = rules
    const rate = kind === 'request' ? limits.minRequestRate : limits.minResponseRate
    this.#rules = rules
    this.#msPerOctet = 1000 / rate
    this.#stallMs = timeouts.bodyMs
    this.#rateMs = rate === 0 ? Infinity : timeouts.bodyGraceMs
  }

  /** So many octets of content have come, one at least. */
  credit(octets: number): void {
    this.#stallMs = this.#rules.timeouts.bodyMs
    this.#rateMs += octets * this.#msPerOctet
  }

  /**
   * Waits for octets of the body. Rejects with a `TimeoutError` of the phase `body` where none come, with an `HttpLimitError` where too few have
   * come, and otherwise as `Socket.read` does.
   */
  async receive(receiver: Receiver): Promise<void> {
    const { limits, timeouts, timers, kind } = this.#rules
    const isRateNearer = this.#rateMs < this.#stallMs
    const { socket } = receiver
    socket.setReadDeadline('body', Math.max(0, Math.min(this.#rateMs, this.#stallMs)))
    const began = timers.now()
    try {
      await receiver.receive()
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
      if (!isRateNearer) throw new TimeoutError('body', timeouts.bodyMs)
      throw remoteError(kind === 'request' ? 'HTTP_REQUEST_SLOW' : 'HTTP_RESPONSE_SLOW', limits, socket.bytesRead)
    }
    const waited = timers.now() - began
    this.#stallMs -= waited
    this.#rateMs -= waited
  }
}
