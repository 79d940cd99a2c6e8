/**
 * Time for everything above: one coarse wheel for all deadlines of all connections, in place of a timer per socket. This
 * is the only file that starts one of Node's timers.
 *
 * The wheel is hashed (Varghese and Lauck, scheme 6): a ring of slots, one per tick, each a doubly linked list. A timer due in
 * tick `t` hangs in slot `t mod SLOTS`; one that is due in a later turn of the ring is passed over until its turn comes.
 *
 *      slot     0     1     2     3   ...  511
 *               |           |     ^now
 *              #1537       #2            timers, by the tick in which they are due
 *
 * Setting and cancelling a timer cost the same whether there are ten or a million. Due times are rounded up to a whole tick, and
 * the clock is looked at in each tick, so a timer never fires early, and at most two ticks late. The wheel stops ticking at the
 * first tick that finds nothing pending, and never keeps the process alive: whatever a timer guards holds a socket that does.
 */

import { performance } from 'node:perf_hooks'

/** Where time comes from. Tests put a clock here that they turn by hand. */
export interface Clock {
  /** Monotonic milliseconds since some fixed moment. */
  now(): number
  /** Calls `callback` about every `ms` milliseconds until the function that it returns is called. */
  every(ms: number, callback: () => void): () => void
}

/** The process's own clock; its ticking keeps no process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  every(ms: number, callback: () => void): () => void {
    const interval = setInterval(callback, ms)
    interval.unref()
    return () => clearInterval(interval)
  },
})

/** What a timer sets off where a function would be one more object: for whoever sets one again and again. */
export interface Bell {
  /** The timer is due. */
  ring(): void
}

/** What a timer does when it is due. */
export type Alarm = (() => void) | Bell

/** A timer that was set. */
export interface Timer {
  /** Takes the timer back; does nothing where it has fired or was cancelled already. */
  cancel(): void
}

/** Settings of a wheel. */
export interface TimerWheelOptions {
  /** Default: the process's clock. */
  readonly clock?: Clock
  /** How coarse the wheel is, in milliseconds. Default 25. */
  readonly tickMs?: number
}

const DEFAULT_TICK_MS = 25
/** A power of two. At 25 ms a turn of the ring takes 12.8 seconds. */
const SLOTS = 512

/** A link in a slot's ring; the slot itself is a link whose alarm is silent. */
class Link implements Timer {
  previous: Link = this
  next: Link = this
  /** The tick in which the timer is due. */
  readonly due: number
  readonly #alarm: Alarm
  readonly #onCancel: () => void

  constructor(due: number, alarm: Alarm, onCancel: () => void) {
    this.due = due
    this.#alarm = alarm
    this.#onCancel = onCancel
  }

  /** Hangs this link at the end of `ring`. */
  joinEnd(ring: Link): void {
    this.previous = ring.previous
    this.next = ring
    ring.previous.next = this
    ring.previous = this
  }

  /** Takes this link out of whatever ring it hangs in. */
  leave(): void {
    this.previous.next = this.next
    this.next.previous = this.previous
    this.previous = this
    this.next = this
  }

  fire(): void {
    const alarm = this.#alarm
    if (typeof alarm === 'function') alarm()
    else alarm.ring()
  }

  cancel(): void {
    if (this.next === this) return
    this.leave()
    this.#onCancel()
  }
}

/** A coarse timer wheel. One for the whole process is enough; see `timers`. */
export class TimerWheel {
  readonly #clock: Clock
  readonly #tickMs: number
  readonly #slots: readonly Link[] = Array.from({ length: SLOTS }, ring)
  /** Timers that are due and about to be fired; outlives a tick only where an alarm threw. */
  readonly #firing = ring()
  readonly #origin: number
  /** The last tick that was worked off. */
  #tick = 0
  #pending = 0
  /** Stops the ticking; `undefined` while the wheel stands still. */
  #stop: (() => void) | undefined

  constructor(options: TimerWheelOptions = {}) {
    this.#clock = options.clock ?? systemClock
    this.#tickMs = options.tickMs ?? DEFAULT_TICK_MS
    this.#origin = this.#clock.now()
  }

  /** Timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#pending
  }

  /** The clock's time, in monotonic milliseconds. */
  now(): number {
    return this.#clock.now()
  }

  /**
   * Sets off `alarm` once, `ms` from now at the earliest and two ticks after that at the latest (an event loop that is held up
   * apart). `Infinity` is allowed and never comes. Throws a `RangeError` for what is no number.
   */
  after(ms: number, alarm: Alarm): Timer {
    if (Number.isNaN(ms)) throw new RangeError('A timer needs a number of milliseconds')
    const elapsed = this.#clock.now() - this.#origin
    if (this.#pending === 0) this.#tick = Math.floor(elapsed / this.#tickMs)
    const due = Math.max(Math.ceil((elapsed + ms) / this.#tickMs), this.#tick + 1)
    const link = new Link(due, alarm, this.#forget)
    link.joinEnd(this.#slotOf(due))
    this.#pending++
    this.#stop ??= this.#clock.every(this.#tickMs, this.#turn)
    return link
  }

  /** Works off the ticks that have passed, in order. */
  readonly #turn = (): void => {
    const now = Math.floor((this.#clock.now() - this.#origin) / this.#tickMs)
    // After a long stall one turn of the ring sees every slot.
    this.#tick = Math.max(this.#tick, now - SLOTS)
    while (this.#tick < now && this.#pending > 0) {
      this.#tick++
      this.#collectDue(this.#slotOf(this.#tick))
      this.#fireDue()
    }
    if (this.#pending > 0) return
    this.#stop?.()
    this.#stop = undefined
  }

  #collectDue(slot: Link): void {
    for (let link = slot.next; link !== slot;) {
      const next = link.next
      if (link.due <= this.#tick) {
        link.leave()
        link.joinEnd(this.#firing)
      }
      link = next
    }
  }

  /** Fires what was collected, one by one, so that an alarm may still cancel the next. */
  #fireDue(): void {
    for (let link = this.#firing.next; link !== this.#firing; link = this.#firing.next) {
      link.leave()
      this.#forget()
      link.fire()
    }
  }

  readonly #forget = (): void => {
    this.#pending--
  }

  #slotOf(tick: number): Link {
    return this.#slots[tick & (SLOTS - 1)] as Link
  }
}

function ring(): Link {
  return new Link(0, nothing, nothing)
}

function nothing(): void {}

/** The wheel that everything uses unless it is given another. */
export const timers: TimerWheel = new TimerWheel()
