import { describe, expect, it } from 'vitest'
import { Deadline, StallDeadline } from '../../../src/net/deadline.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'

describe('Deadline', () => {
  function deadline(): { clock: FakeClock; timers: TimerWheel; deadline: Deadline; passed: number[] } {
    const clock = new FakeClock()
    const timers = new TimerWheel({ clock })
    const passed: number[] = []
    return { clock, timers, passed, deadline: new Deadline(timers, { onDeadline: () => passed.push(clock.now()) }) }
  }

  it('passes once, says so, and can be set anew', () => {
    const { clock, deadline: it, passed } = deadline()
    expect(it.isPassed).toBe(false)
    it.set('head', 1000)
    clock.advance(999)
    expect(it.isPassed).toBe(false)
    clock.advance(51)
    expect(it.isPassed).toBe(true)
    expect(it.error).toMatchObject({ code: 'NET_TIMEOUT', phase: 'head', ms: 1000 })
    clock.advance(10_000)
    expect(passed).toEqual([1000])
    it.set('idle', 100)
    expect(it.isPassed).toBe(false)
    clock.advance(200)
    expect(passed).toHaveLength(2)
    expect(it.error.phase).toBe('idle')
  })

  it('moves later without another timer', () => {
    const { clock, timers, deadline: it, passed } = deadline()
    for (let request = 0; request < 100; request++) {
      it.set('head', 1000)
      clock.advance(50)
      expect(timers.pending).toBe(1)
    }
    clock.advance(900)
    expect(passed).toEqual([])
    clock.advance(150)
    expect(passed).toHaveLength(1)
  })

  it('moves earlier', () => {
    const { clock, timers, deadline: it, passed } = deadline()
    it.set('idle', 60_000)
    it.set('head', 100)
    expect(timers.pending).toBe(1)
    clock.advance(150)
    expect(passed).toEqual([100])
  })

  it('does not pass when it is off', () => {
    const { clock, timers, deadline: it, passed } = deadline()
    it.set('head', 100)
    it.set('head', undefined)
    clock.advance(1000)
    it.set('head', 100)
    it.stop()
    expect(timers.pending).toBe(0)
    clock.advance(1000)
    expect(passed).toEqual([])
    expect(it.isPassed).toBe(false)
  })
})

describe('StallDeadline', () => {
  class Pipe {
    pending = 0
    left = 0
    onDeadline = (): void => {}
    #seen = 0
    pendingBytes(): number {
      return this.pending
    }
    hasMoved(): boolean {
      const isMoved = this.left !== this.#seen
      this.#seen = this.left
      return isMoved
    }
  }

  function stall(): { clock: FakeClock; timers: TimerWheel; pipe: Pipe; deadline: StallDeadline; passed: number[] } {
    const clock = new FakeClock()
    const timers = new TimerWheel({ clock })
    const pipe = new Pipe()
    const passed: number[] = []
    pipe.onDeadline = () => void passed.push(clock.now())
    return { clock, timers, pipe, passed, deadline: new StallDeadline(timers, pipe) }
  }

  it('watches nothing while nothing is pending', () => {
    const { clock, timers, deadline, passed } = stall()
    deadline.set('body', 1000)
    deadline.watch()
    expect(deadline.isSet).toBe(true)
    expect(timers.pending).toBe(0)
    clock.advance(10_000)
    expect(passed).toEqual([])
  })

  it('passes when a stall has lasted', () => {
    const { clock, pipe, deadline, passed } = stall()
    pipe.pending = 10
    deadline.set('body', 1000)
    clock.advance(999)
    expect(passed).toEqual([])
    clock.advance(300)
    expect(passed).toHaveLength(1)
    expect(deadline.isPassed).toBe(true)
    expect(deadline.error).toMatchObject({ phase: 'body', ms: 1000 })
    deadline.watch()
    clock.advance(5000)
    expect(passed).toHaveLength(1)
  })

  it('is counted anew from each bit of progress', () => {
    const { clock, pipe, deadline, passed } = stall()
    deadline.set('body', 1000)
    pipe.pending = 10
    deadline.watch()
    for (let round = 0; round < 20; round++) {
      clock.advance(700)
      pipe.left++
    }
    const moved = clock.now()
    expect(passed).toEqual([])
    clock.advance(2000)
    expect(passed).toHaveLength(1)
    expect(passed[0]).toBeGreaterThanOrEqual(moved + 1000)
    expect(passed[0]).toBeLessThanOrEqual(moved + 1300)
  })

  it('stops looking when all has left, and looks again when there is more', () => {
    const { clock, timers, pipe, deadline, passed } = stall()
    deadline.set('body', 1000)
    pipe.pending = 10
    deadline.watch()
    pipe.pending = 0
    clock.advance(300)
    expect(timers.pending).toBe(0)
    pipe.pending = 5
    deadline.watch()
    clock.advance(1300)
    expect(passed).toHaveLength(1)
  })

  it('does not pass when it is off', () => {
    const { clock, timers, pipe, deadline, passed } = stall()
    pipe.pending = 10
    deadline.set('body', 1000)
    deadline.stop()
    deadline.watch()
    expect(deadline.isSet).toBe(false)
    expect(timers.pending).toBe(0)
    clock.advance(5000)
    expect(passed).toEqual([])
  })
})
