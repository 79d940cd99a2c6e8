import { describe, expect, it } from 'vitest'
import { Bans } from '../../../src/ftp/bans.ts'
import { Tally } from '../../../src/ftp/tally.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'

const address = (host: string): { family: 'IPv4' | 'IPv6'; host: string; port: number } => ({
  family: host.includes(':') ? 'IPv6' : 'IPv4',
  host,
  port: 1,
})

describe('Bans', () => {
  it('count by address, and forget in time', () => {
    const clock = new FakeClock()
    const bans = new Bans({ maxFailures: 2, banMs: 1000, maxAddresses: 10 }, new TimerWheel({ clock }))
    bans.noteFailure(address('192.0.2.1'))
    expect(bans.has(address('192.0.2.1'))).toBe(false)
    bans.noteFailure(address('192.0.2.1'))
    expect(bans.has(address('192.0.2.1'))).toBe(true)
    expect(bans.has(address('192.0.2.2'))).toBe(false)
    clock.advance(1000)
    expect(bans.has(address('192.0.2.1'))).toBe(false)
  })

  it('take a customer with one network for one', () => {
    const bans = new Bans({ maxFailures: 2, banMs: 1000, maxAddresses: 10 }, new TimerWheel({ clock: new FakeClock() }))
    bans.noteFailure(address('2001:db8::1'))
    bans.noteFailure(address('2001:db8::2'))
    expect(bans.has(address('2001:db8::3'))).toBe(true)
  })

  it('remember so many and no more', () => {
    const bans = new Bans({ maxFailures: 1, banMs: 1000, maxAddresses: 2 }, new TimerWheel({ clock: new FakeClock() }))
    for (const host of ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.3']) bans.noteFailure(address(host))
    expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((host) => bans.has(address(host)))).toEqual([true, false, true])
  })
})

describe('Tally', () => {
  it('counts up to a limit, and down to nothing', () => {
    const tally = new Tally()
    expect([tally.take('a', 2), tally.take('a', 2), tally.take('a', 2), tally.take('b', 2)]).toEqual([
      true,
      true,
      false,
      true,
    ])
    tally.give('a')
    expect(tally.take('a', 2)).toBe(true)
    for (const name of ['a', 'a', 'a', 'b']) tally.give(name)
    expect(tally.take('a', 1)).toBe(true)
  })
})
