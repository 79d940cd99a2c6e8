/**
 * NOOP during long transfers: routers on the way forget a control connection that is silent for minutes, and then the 226 never comes.
 *
 *     asleep ──keepAliveMs──> asked ──200──> asleep ──...            one NOOP at a time
 *                               └──refused──> ended                  a server that does not want it is not asked again
 *
 * Some servers answer at once, some behind the transfer's own reply, a few not at all. So whoever ends a transfer waits a moment for what is
 * still to come, and where nothing comes says SYST: its 215 can be nobody else's, and what was asked before it is then over. Only so can
 * a late 200 not be taken for the answer to a later command.
 */
import type { Timer, TimerWheel } from '../net/timers.ts'
import type { Dialogue } from './dialogue.ts'
import type { Timeouts } from './limits.ts'
import { isNegative } from './reply.ts'
import { settled } from './settled.ts'

/** What a keepalive needs. */
export interface KeepAliveOptions {
  /** Where NOOP is asked. */
  readonly dialogue: Dialogue
  /** `keepAliveMs`: how long the control connection may be silent; `abortMs`: how long a late reply is waited for. */
  readonly timeouts: Timeouts
  /** The wheel for deadlines. */
  readonly timers: TimerWheel
}

/** Keeps one control connection awake for one transfer. */
export class KeepAlive {
  readonly #options: KeepAliveOptions
  #state: 'asleep' | 'asked' | 'ended' = 'asleep'
  #timer: Timer
  /** Settled when the last NOOP is answered. */
  #answered: Promise<unknown> = Promise.resolve()

  constructor(options: KeepAliveOptions) {
    this.#options = options
    this.#timer = this.#sleep()
  }

  /** Asks nothing more: ABOR is about to be said. */
  cease(): void {
    this.#timer.cancel()
  }

  /** The transfer is over. Resolves when no reply to a NOOP can come any more. Never rejects. */
  async end(): Promise<void> {
    const { dialogue, timeouts, timers } = this.#options
    this.cease()
    const isAnswerDue = this.#state === 'asked'
    this.#state = 'ended'
    if (!isAnswerDue) return
    await settled(this.#answered, timeouts.abortMs, timers)
    if (!dialogue.outstanding.includes('NOOP')) return
    try {
      await dialogue.ask({ type: 'command', verb: 'SYST', argument: undefined }).final
    } catch {
      // Then the control connection is lost, and whoever asks next is told.
    }
  }

  #sleep(): Timer {
    const { timeouts, timers } = this.#options
    this.#state = 'asleep'
    return timers.after(timeouts.keepAliveMs, () => this.#ask())
  }

  #ask(): void {
    try {
      const { final } = this.#options.dialogue.ask({ type: 'command', verb: 'NOOP', argument: undefined })
      this.#state = 'asked'
      this.#answered = final.then((reply) => {
        if (this.#state === 'asked' && reply !== undefined && !isNegative(reply)) this.#timer = this.#sleep()
        else this.#state = 'ended'
      })
      // It fails when the dialogue does, which the transfer finds itself; `end` waits for it if it is still due.
      this.#answered.catch(() => {})
    } catch {
      // The transfer has just had its last reply, or the dialogue is over.
      this.#state = 'ended'
    }
  }
}
