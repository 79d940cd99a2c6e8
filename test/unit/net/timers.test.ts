import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TimerWheel, systemClock, timers } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'

function wheel(tickMs = 25): { clock: FakeClock; timers: TimerWheel; log: string[]; set: (ms: number) => void } {
  const clock = new FakeClock()
  const timers = new TimerWheel({ clock, tickMs })
  const log: string[] = []
  return { clock, timers, log, set: (ms) => void timers.after(ms, () => log.push(`${ms}@${clock.now()}`)) }
}

describe('TimerWheel', () => {
  it('fires in order, each once', () => {
    const { clock, log, set } = wheel()
    for (const ms of [100, 10, 55, 20_000, 12_825]) set(ms)
    clock.advance(30_000)
    expect(log).toEqual(['10@25', '55@75', '100@100', '12825@12825', '20000@20000'])
  })

  it('never fires early, and at most two ticks late, whenever it is set', () => {
    const times = fc.array(fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 0, max: 400 })), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(times, (plan) => {
        const { clock, timers } = wheel()
        let fired = 0
        for (const [ms, pause] of plan) {
          const due = clock.now() + ms
          timers.after(ms, () => {
            fired++
            expect(clock.now()).toBeGreaterThanOrEqual(due)
            expect(clock.now()).toBeLessThanOrEqual(due + 50)
          })
          clock.advance(pause)
        }
        clock.advance(40_100)
        expect(fired).toBe(plan.length)
        expect(timers.pending).toBe(0)
      }),
    )
  })

  it('does not fire what was cancelled', () => {
    const { clock, timers, log, set } = wheel()
    const timer = timers.after(50, () => log.push('cancelled'))
    set(50)
    expect(timers.pending).toBe(2)
    timer.cancel()
    timer.cancel()
    expect(timers.pending).toBe(1)
    clock.advance(100)
    timer.cancel()
    expect(log).toEqual(['50@50'])
    expect(timers.pending).toBe(0)
  })

  it('lets a callback cancel one that is due in the same tick', () => {
    const { clock, timers, log } = wheel()
    timers.after(10, () => {
      log.push('first')
      second.cancel()
    })
    const second = timers.after(10, () => log.push('second'))
    clock.advance(100)
    expect(log).toEqual(['first'])
  })

  it('lets a callback set another', () => {
    const { clock, timers, log } = wheel()
    timers.after(10, () => timers.after(0, () => log.push(`again@${clock.now()}`)))
    clock.advance(100)
    expect(log).toEqual(['again@50'])
  })

  it('stands still when nothing is pending', () => {
    const { clock, timers, set } = wheel()
    expect(clock.ticking).toBe(0)
    set(60)
    expect(clock.ticking).toBe(1)
    clock.advance(75)
    expect(clock.ticking).toBe(0)
    const timer = timers.after(10_000, () => {})
    timer.cancel()
    clock.advance(25)
    expect(clock.ticking).toBe(0)
    clock.advance(100_000)
    set(60)
    clock.advance(100)
    expect(timers.pending).toBe(0)
  })

  it('fires all that is due after a stall', () => {
    let now = 0
    let tick = (): void => {}
    const timers = new TimerWheel({
      clock: {
        now: () => now,
        every: (_ms, callback) => {
          tick = callback
          return () => {}
        },
      },
    })
    const log: number[] = []
    for (const ms of [50, 30_000, 13_000, 100_000]) timers.after(ms, () => log.push(ms))
    now = 90_000
    tick()
    expect(log.toSorted((a, b) => a - b)).toEqual([50, 13_000, 30_000])
    now = 100_000
    tick()
    expect(log).toHaveLength(4)
  })

  it('goes on where a callback has thrown', () => {
    const { clock, timers, log, set } = wheel()
    timers.after(10, () => {
      throw new Error('a callback')
    })
    set(10)
    set(60)
    expect(() => clock.advance(25)).toThrow('a callback')
    clock.advance(100)
    expect(log).toEqual(['10@50', '60@75'])
  })

  it('takes what is past for now, and Infinity for never', () => {
    const { clock, timers, log, set } = wheel()
    set(-5)
    const never = timers.after(Infinity, () => log.push('never'))
    clock.advance(1_000_000)
    expect(log).toEqual(['-5@25'])
    never.cancel()
    expect(() => timers.after(NaN, () => {})).toThrow(RangeError)
  })

  it('costs the same with many timers', () => {
    const { clock, timers } = wheel()
    let fired = 0
    const set = Array.from({ length: 100_000 }, (_, index) => timers.after(index % 60_000, () => fired++))
    for (const timer of set.slice(0, 50_000)) timer.cancel()
    clock.advance(61_000)
    expect(fired).toBe(50_000)
  })
})

describe('the process clock', () => {
  it('drives the shared wheel', async () => {
    const begun = performance.now()
    // the wheel keeps no process alive, so something else has to
    const alive = setInterval(() => {}, 1000)
    await new Promise<void>((resolve) => timers.after(30, resolve))
    clearInterval(alive)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(30)
    expect(timers.now()).toBeGreaterThan(0)
  })

  it('can be stopped', () => {
    systemClock.every(1, () => {
      throw new Error('was stopped')
    })()
    expect(systemClock.now()).toBeGreaterThan(0)
  })
})
