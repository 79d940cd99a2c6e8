/** How fast a peer has to send and to take, over sockets in memory, with a clock that is turned by hand. */
import { describe, expect, it } from 'vitest'
import { Pace, type PaceRules } from '../../../src/net/pace.ts'
import { pair } from '../../../src/net/pair.ts'
import type { Socket } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'
import { settle } from '../../support/sockets.ts'

interface Scene {
  readonly pace: Pace
  readonly peer: Socket
  readonly socket: Socket
  readonly timers: TimerWheel
  /** How a call went when so much time had passed, and the peer had done something. */
  readonly outcome: (call: Promise<unknown>, ms: number, then?: () => Promise<unknown>) => Promise<unknown>
}

class TooSlow extends Error {
  readonly offset: number

  constructor(offset: number) {
    super('too slow')
    this.offset = offset
  }
}

/** A hundred octets a second, 4 s of grace, and a stall after ten, unless other rules are given. */
function scene(rules: Partial<PaceRules> = {}): Scene {
  const clock = new FakeClock()
  const timers = new TimerWheel({ clock })
  const [peer, socket] = pair({ timers })
  const tooSlow = (offset: number): Error => new TooSlow(offset)
  const pace = new Pace({ phase: 'stall', stallMs: 10_000, graceMs: 4_000, rate: 100, timers, tooSlow, ...rules })
  const outcome = async (call: Promise<unknown>, ms: number, then?: () => Promise<unknown>): Promise<unknown> => {
    const settled = call.then(
      () => 'done',
      (error: unknown) => error,
    )
    await settle()
    clock.advance(ms)
    await then?.()
    await settle()
    return await Promise.race([settled, Promise.resolve('waiting')])
  }
  return { pace, peer, socket, timers, outcome }
}

describe('a peer that sends', () => {
  const reading = (rules?: Partial<PaceRules>): { read: (ms: number, octets?: number) => Promise<unknown> } & Scene => {
    const at = scene(rules)
    const read = (ms: number, octets = 0): Promise<unknown> =>
      at.outcome(at.pace.read(at.socket), ms, async () => octets > 0 && at.peer.write([Buffer.alloc(octets)]))
    return { ...at, read }
  }

  it('may be behind its rate by the grace, and no more', async () => {
    const { read } = reading()
    expect(await read(3_000, 50)).toBe('done')
    // 4 s of grace and half a second for 50 octets; three are gone.
    expect(await read(1_400, 1)).toBe('done')
    const error = await read(200)
    expect(error).toBeInstanceOf(TooSlow)
    expect(error).toMatchObject({ offset: 51 })
  })

  it('may not be silent, however fast it was before', async () => {
    const { read } = reading()
    expect(await read(0, 50_000)).toBe('done')
    expect(await read(10_100)).toMatchObject({ code: 'NET_TIMEOUT', phase: 'stall', ms: 10_000 })
  })

  it('has no hours of dripping for a fast beginning', async () => {
    const { read } = reading()
    expect(await read(0, 60_000)).toBe('done')
    expect(await read(9_000, 1)).toBe('done')
    // Ten seconds are saved at most, and one octet is worth a hundredth of one.
    expect(await read(9_000, 1)).toBe('done')
    expect(await read(2_000)).toBeInstanceOf(TooSlow)
  })

  it('is not blamed for the time in which nobody waits', async () => {
    const { read, outcome } = reading()
    for (let turn = 0; turn < 10; turn++) {
      expect(await outcome(Promise.resolve(), 60_000)).toBe('done')
      expect(await read(300, 1)).toBe('done')
    }
  })

  it('may drip for ever where no rate is asked for', async () => {
    const { read } = reading({ rate: 0 })
    for (let turn = 0; turn < 100; turn++) expect(await read(9_000, 1)).toBe('done')
  })

  it('has ended when it has, and is gone when it is', async () => {
    const { pace, peer, socket } = reading()
    await peer.end()
    expect(await pace.read(socket)).toBeUndefined()
    socket.destroy()
    await expect(pace.read(socket)).rejects.toMatchObject({ code: 'NET_CLOSED' })
  })
})

describe('a peer that takes', () => {
  /** Fills all that lies between the two: from here on each octet waits for the peer. */
  const fill = async ({ socket }: Scene): Promise<void> => {
    while (socket.push([Buffer.alloc(10_000)])) await settle()
  }
  /** Takes all that was written. */
  const empty = async ({ peer, socket }: Scene): Promise<void> => {
    while (peer.bytesRead < socket.bytesWritten) await peer.read()
  }
  const full = async (rules?: Partial<PaceRules>): Promise<Scene> => {
    const at = scene(rules)
    await fill(at)
    return at
  }

  it('has its grace, and the time for what it is given', async () => {
    const { pace, socket, outcome, timers } = await full()
    const writing = pace.write(socket, Buffer.alloc(60_000))
    expect(await outcome(writing, 603_900)).toBe('waiting')
    const error = await outcome(writing, 200)
    expect(error).toBeInstanceOf(TooSlow)
    expect(error).toMatchObject({ offset: socket.bytesWritten })
    expect(timers.pending).toBe(0)
  })

  it('may take its time as long as it keeps its rate, and the time in which nobody writes is its own', async () => {
    const at = await full()
    for (let turn = 0; turn < 5; turn++) {
      const writing = at.pace.write(at.socket, Buffer.alloc(60_000))
      expect(await at.outcome(writing, 590_000)).toBe('waiting')
      expect(await at.outcome(writing, 0, () => empty(at))).toBe('done')
      expect(await at.outcome(Promise.resolve(), 3_000_000)).toBe('done')
      await fill(at)
    }
    expect(at.timers.pending).toBe(0)
  })

  it('is found out where it keeps some of its rate only', async () => {
    const at = await full()
    let outcome: unknown = 'done'
    let turns = 0
    for (; outcome === 'done' && turns < 10; turns++) {
      const writing = at.pace.write(at.socket, Buffer.alloc(100))
      outcome = await at.outcome(writing, 2_000, () => empty(at))
      await fill(at)
    }
    // 4 s of grace, and each turn takes one of them.
    expect(outcome).toBeInstanceOf(TooSlow)
    expect(turns).toBeGreaterThan(2)
    expect(turns).toBeLessThan(6)
  })

  it('has no hours of dripping for a fast beginning', async () => {
    const at = scene()
    for (let piece = 0; piece < 100; piece++) {
      await at.pace.write(at.socket, Buffer.alloc(60_000))
      await empty(at)
    }
    await fill(at)
    const writing = at.pace.write(at.socket, Buffer.alloc(1))
    // 10 s are saved at most, and what may lie in the queue has its time: 655 s.
    expect(await at.outcome(writing, 665_000)).toBe('waiting')
    expect(await at.outcome(writing, 1_000)).toBeInstanceOf(TooSlow)
  })

  it('is held to its rate up to our FIN', async () => {
    const { pace, socket, outcome } = await full()
    expect(await outcome(pace.end(socket), 4_100)).toBeInstanceOf(TooSlow)
  })

  it('is held to its rate until it has all', async () => {
    const at = await full()
    expect(await at.outcome(at.pace.flush(at.socket), 4_100)).toBeInstanceOf(TooSlow)
    const [other] = [await full()]
    const flushing = other.pace.flush(other.socket)
    expect(await other.outcome(flushing, 3_900)).toBe('waiting')
    expect(await other.outcome(flushing, 0, () => empty(other))).toBe('done')
  })

  it('may take for ever where no rate is asked for, but not stall', async () => {
    const { pace, socket, outcome } = await full({ rate: 0 })
    const writing = pace.write(socket, Buffer.alloc(60_000))
    expect(await outcome(writing, 1_000_000)).toBe('waiting')
    socket.setWriteDeadline('stall', 10_000)
    expect(await outcome(writing, 15_000)).toMatchObject({ code: 'NET_TIMEOUT', phase: 'stall' })
  })

  it('that is gone takes nothing', async () => {
    const { pace, socket } = scene({ rate: 0 })
    socket.destroy()
    await expect(pace.write(socket, Buffer.alloc(0))).rejects.toMatchObject({ code: 'NET_CLOSED' })
  })
})
