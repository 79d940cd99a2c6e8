/** A clock that is turned by hand. */
import type { Clock } from '../../src/net/timers.ts'

interface Beat {
  readonly ms: number
  readonly callback: () => void
  next: number
}

/**
 * A clock for tests. Time stands still until `advance` moves it; what falls due on the way is called synchronously, in
 * the order of its moments, with `now()` standing at each.
 *
 *     const clock = new FakeClock()
 *     const timers = new TimerWheel({ clock })
 *     clock.advance(1_000)
 */
export class FakeClock implements Clock {
  #now = 0
  readonly #beats = new Set<Beat>()

  now(): number {
    return this.#now
  }

  every(ms: number, callback: () => void): () => void {
    const beat: Beat = { ms, callback, next: this.#now + ms }
    this.#beats.add(beat)
    return () => void this.#beats.delete(beat)
  }

  /** How many are being called at intervals: 0 when nothing is pending. */
  get ticking(): number {
    return this.#beats.size
  }

  /** Lets `ms` milliseconds pass. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let beat = this.#first(end); beat !== undefined; beat = this.#first(end)) {
      this.#now = beat.next
      beat.next += beat.ms
      beat.callback()
    }
    this.#now = end
  }

  #first(end: number): Beat | undefined {
    let first: Beat | undefined
    for (const beat of this.#beats)
      if (beat.next <= end && (first === undefined || beat.next < first.next)) first = beat
    return first
  }
}
