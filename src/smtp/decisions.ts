/**
 * Questions to the program, and time spent waiting: a handler is asked, and its answer, its failure or its silence becomes a reply. At
 * most one thing is waited for at a time, and all waiting ends with the connection and with its time, so nobody is left behind.
 *
 *     asked ──an answer──> that                    a refusal that is thrown is an answer too
 *       ├──anything else thrown──> 451             `onError` learns of it, the client does not
 *       ├──its time is over──────> 451             the same, as a `TimeoutError`
 *       └──the connection is lost> the error       nobody is there to answer, and nobody is told
 */
import { closedBy, ClosedError, NetError, TimeoutError } from '../net/errors.ts'
import type { Socket } from '../net/socket.ts'
import type { Timer, TimerWheel } from '../net/timers.ts'
import { rejected } from '../net/wait.ts'
import type { Reply } from './events.ts'
import { LOCAL_ERROR, replyFor } from './handlers.ts'
import type { Verdict } from './handlers.ts'
import { Refusal } from './reply.ts'

/** What is needed to wait. */
export interface DecisionOptions {
  /** What tells the time. */
  readonly timers: TimerWheel
  /** Told of what handlers throw. */
  readonly onError: (error: Error) => void
  /** How long a handler may think about a command, in milliseconds. */
  readonly replyMs: number
}

/** Asks the program of one connection. */
export class Decisions {
  readonly #socket: Socket
  readonly #options: DecisionOptions
  /** Told when the connection is gone, while something is waited for: one at a time, and the handler of a message in chunks. */
  readonly #onLost = new Set<(error: Error) => void>()
  /** That it is gone. */
  #lost: Error | undefined

  /** Waits as long as `socket` lives. */
  constructor(socket: Socket, options: DecisionOptions) {
    this.#socket = socket
    this.#options = options
    void socket.closed.then((reason) => {
      this.#lost = closedBy(reason)
      for (const tell of this.#onLost) tell(this.#lost)
    })
  }

  /** Puts a question to a handler: its answer as a reply, at once where it is there at once. Rejects where the connection is lost. */
  reply(ask: () => Verdict | Promise<Verdict>, yes: Reply, no: Reply): Reply | Promise<Reply> {
    let verdict: Verdict | Promise<Verdict>
    try {
      verdict = ask()
    } catch (error) {
      return this.replyTo(error)
    }
    if (!(verdict instanceof Promise)) return replyFor(verdict, yes, no)
    return this.settle(verdict, this.#options.replyMs).then(
      (said) => replyFor(said, yes, no),
      (error: unknown) => this.replyTo(error),
    )
  }

  /** What a handler decides, as long as the client is there, and as it takes no longer than `ms`. */
  settle<T>(verdict: Promise<T>, ms: number): Promise<T> {
    return new Promise((resolve, reject) => this.watch(verdict, resolve, reject)(ms))
  }

  /**
   * The same told by calls, one of the two and once, for whoever does not mind the time before a certain moment: it counts from the call of the
   * function that is returned. Not a race with a promise that lasts as long as the session: that would keep something for every command in it.
   */
  watch<T>(verdict: Promise<T>, tell: (said: T) => void, fail: (error: unknown) => void): (ms: number) => void {
    let timer: Timer | undefined
    let state: 'waiting' | 'settled' = 'waiting'
    const end = (): boolean => {
      const isFirst = state === 'waiting'
      state = 'settled'
      timer?.cancel()
      this.#onLost.delete(lose)
      return isFirst
    }
    const lose = (error: unknown): void => {
      if (end()) fail(error)
    }
    this.#onLost.add(lose)
    verdict.then((said) => {
      if (end()) tell(said)
    }, lose)
    return (ms) => {
      if (state === 'waiting') timer = this.#options.timers.after(ms, () => lose(new TimeoutError('handler', ms)))
    }
  }

  /** Lets `ms` milliseconds pass; rejects at once where the connection is lost. */
  pause(ms: number): Promise<void> {
    if (this.#lost !== undefined) return rejected(this.#lost)
    return new Promise((resolve, reject) => {
      const tell = (error: Error): void => {
        timer.cancel()
        reject(error)
      }
      const timer = this.#options.timers.after(ms, () => {
        this.#onLost.delete(tell)
        resolve()
      })
      this.#onLost.add(tell)
    })
  }

  /** What is answered for what was thrown. Of anything but a refusal the operator learns, and the client does not. */
  replyTo(error: unknown, instead: Reply = LOCAL_ERROR): Reply {
    if (error instanceof Refusal) return error.reply
    const isClientGone = error instanceof ClosedError && this.#socket.state === 'closed'
    if (!isClientGone) this.#options.onError(asError(error))
    return instead
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new NetError('SMTP_THROWN', 'A handler threw no error', { cause: thrown })
}
