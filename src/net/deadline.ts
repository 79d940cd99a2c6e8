/**
 * Deadlines of one connection on the shared timer wheel. They are moved far more often than they pass (once per request,
 * say), so moving one later touches no timer at all: the timer that is already set wakes up at the old moment, sees that
 * there is time left, and is set again for the rest.
 *
 * States of a `Deadline`, by name:
 *
 *     off       no deadline
 *     running   it lies ahead
 *     passed    it was reached; stays so until it is set anew
 */
import { TimeoutError } from './errors.ts'
import type { Timer, TimerWheel } from './timers.ts'

/** Whoever has a deadline, and has to do something when it is reached. An object and no function: there are thousands, and most pass nothing. */
export interface DeadlineKeeper {
  /** The deadline has passed. */
  onDeadline(): void
}

/** A moment, and who is told when it is reached. */
export class Deadline {
  readonly #timers: TimerWheel
  readonly #keeper: DeadlineKeeper
  #state: 'off' | 'running' | 'passed' = 'off'
  #phase = ''
  #ms = 0
  #at = 0
  #timer: Timer | undefined
  #timerAt = 0

  /** `keeper` is told each time that the deadline is reached. */
  constructor(timers: TimerWheel, keeper: DeadlineKeeper) {
    this.#timers = timers
    this.#keeper = keeper
  }

  /** Whether it was reached. */
  get isPassed(): boolean {
    return this.#state === 'passed'
  }

  /** The error that says so. */
  get error(): TimeoutError {
    return new TimeoutError(this.#phase, this.#ms)
  }

  /** Puts the deadline `ms` from now, or switches it off. */
  set(phase: string, ms: number | undefined): void {
    if (ms === undefined) {
      this.#state = 'off'
      return
    }
    this.#state = 'running'
    this.#phase = phase
    this.#ms = ms
    this.#at = this.#timers.now() + ms
    if (this.#timer !== undefined && this.#timerAt <= this.#at) return
    this.#timer?.cancel()
    this.#arm(ms)
  }

  /** Switches it off for good. */
  stop(): void {
    this.#state = 'off'
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** @internal The timer is due. */
  ring(): void {
    this.#timer = undefined
    if (this.#state !== 'running') return
    const left = this.#at - this.#timers.now()
    if (left > 0) return this.#arm(left)
    this.#state = 'passed'
    this.#keeper.onDeadline()
  }

  #arm(ms: number): void {
    this.#timerAt = this.#at
    this.#timer = this.#timers.after(ms, this)
  }
}

/** What a `StallDeadline` watches. */
export interface Progress extends DeadlineKeeper {
  /** Octets that are waiting to leave; 0 where there is nothing to watch. */
  pendingBytes(): number
  /** Whether anything has left since this was last asked. */
  hasMoved(): boolean
}

/** Progress is looked for this many times in the course of a deadline, which is how late it may be noticed. */
const LOOKS = 4

/**
 * A deadline that is counted anew from each bit of progress. It looks from time to time instead of being told of each
 * octet, so it costs nothing while writes go through; it passes at the earliest `ms`, and at the latest a quarter more, after the
 * last progress.
 */
export class StallDeadline {
  readonly #timers: TimerWheel
  readonly #progress: Progress
  #state: 'off' | 'running' | 'passed' = 'off'
  #phase = ''
  #ms = 0
  #timer: Timer | undefined
  /** When progress was last seen. */
  #movedAt = 0

  /** `progress` is told each time that the deadline is reached. */
  constructor(timers: TimerWheel, progress: Progress) {
    this.#timers = timers
    this.#progress = progress
  }

  /** Whether it was reached. */
  get isPassed(): boolean {
    return this.#state === 'passed'
  }

  /** Whether one is set. */
  get isSet(): boolean {
    return this.#state !== 'off'
  }

  /** The error that says so. */
  get error(): TimeoutError {
    return new TimeoutError(this.#phase, this.#ms)
  }

  /** From now on a stall of `ms` is too long; `undefined`: no stall is. */
  set(phase: string, ms: number | undefined): void {
    this.#state = ms === undefined ? 'off' : 'running'
    this.#phase = phase
    this.#ms = ms ?? 0
    this.#timer?.cancel()
    this.#timer = undefined
    this.watch()
  }

  /** To be called when something was handed over that did not leave at once. */
  watch(): void {
    if (this.#state !== 'running' || this.#timer !== undefined || this.#progress.pendingBytes() === 0) return
    this.#progress.hasMoved()
    this.#movedAt = this.#timers.now()
    this.#arm()
  }

  /** Switches it off for good. */
  stop(): void {
    this.set('', undefined)
  }

  /** @internal The timer is due: has anything moved? */
  ring(): void {
    this.#timer = undefined
    if (this.#progress.pendingBytes() === 0) return
    const now = this.#timers.now()
    if (this.#progress.hasMoved()) this.#movedAt = now
    else if (now - this.#movedAt >= this.#ms) {
      this.#state = 'passed'
      this.#progress.onDeadline()
      return
    }
    this.#arm()
  }

  #arm(): void {
    const left = this.#movedAt + this.#ms - this.#timers.now()
    this.#timer = this.#timers.after(Math.min(left, this.#ms / LOOKS), this)
  }
}
