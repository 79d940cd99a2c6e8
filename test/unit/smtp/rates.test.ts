import { describe, expect, it } from 'vitest'
import type { Address } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { Rates } from '../../../src/smtp/rates.ts'
import type { RateOptions } from '../../../src/smtp/rates.ts'
import { FakeClock } from '../../support/clock.ts'

function from(host: string): { address: Address; user: undefined } {
  return { address: { family: host.includes(':') ? 'IPv6' : 'IPv4', host, port: 1 }, user: undefined }
}

function rated(options: RateOptions): { rates: Rates; clock: FakeClock } {
  const clock = new FakeClock()
  return { rates: new Rates({ timers: new TimerWheel({ clock }), ...options }), clock }
}

const JOE = from('192.0.2.1')

describe('rates', () => {
  it('let so many come at once, and then as many in the same time', () => {
    const { rates, clock } = rated({ messages: { count: 3, perMs: 3000 } })
    const takeAll = (): number => {
      let taken = 0
      while (taken < 100 && rates.take('messages', JOE)) taken++
      return taken
    }
    expect(takeAll()).toBe(3)
    clock.advance(999)
    expect(takeAll()).toBe(0)
    clock.advance(1)
    expect(takeAll()).toBe(1)
    clock.advance(60_000)
    expect(takeAll()).toBe(3)
  })

  it('do not drift with a rate that is no whole number', () => {
    const { rates } = rated({ messages: { count: 7, perMs: 1000 } })
    expect(Array.from({ length: 8 }, () => rates.take('messages', JOE))).toEqual([...Array(7).fill(true), false])
  })

  it('count each kind and each client by itself, and an IPv6 network as one', () => {
    const { rates } = rated({ connections: { count: 1, perMs: 1000 }, recipients: { count: 1, perMs: 1000 } })
    expect(rates.take('connections', JOE)).toBe(true)
    expect(rates.take('recipients', JOE)).toBe(true)
    expect(rates.take('messages', JOE)).toBe(true)
    expect(rates.take('connections', from('192.0.2.2'))).toBe(true)
    expect(rates.take('connections', JOE)).toBe(false)
    expect(rates.take('connections', from('2001:db8::1'))).toBe(true)
    expect(rates.take('connections', from('2001:db8::2'))).toBe(false)
    expect(rates.take('connections', from('2001:db8:0:1::2'))).toBe(true)
  })

  it('count a user wherever it comes from, and its connections by their address', () => {
    const { rates } = rated({ connections: { count: 1, perMs: 1000 }, messages: { count: 1, perMs: 1000 } })
    const user = 'joe'
    expect(rates.take('messages', { ...JOE, user })).toBe(true)
    expect(rates.take('messages', { ...from('192.0.2.9'), user })).toBe(false)
    expect(rates.take('messages', JOE)).toBe(true)
    expect(rates.take('connections', { ...JOE, user })).toBe(true)
    expect(rates.take('connections', JOE)).toBe(false)
  })

  it('do not count who is exempt', () => {
    const { rates } = rated({ connections: { count: 1, perMs: 1000 }, exempt: ['192.0.2.0/24'] })
    for (let time = 0; time < 5; time++) expect(rates.take('connections', JOE)).toBe(true)
    expect(rates.clients).toBe(0)
  })

  it('forget who is gone, and have no more than so many in memory', () => {
    const { rates, clock } = rated({ connections: { count: 1, perMs: 1000 }, maxClients: 10 })
    for (let host = 0; host < 100; host++) rates.take('connections', from(`10.0.0.${host}`))
    expect(rates.clients).toBe(10)
    clock.advance(2000)
    for (let host = 0; host < 10; host++) rates.take('connections', from(`10.0.1.${host}`))
    clock.advance(2000)
    for (let time = 0; time < 10; time++) rates.take('connections', JOE)
    expect(rates.clients).toBe(1)
  })

  it.each([
    { count: 0, perMs: 1000 },
    { count: 1, perMs: Infinity },
    { count: NaN, perMs: 1 },
  ])('refuse %o', (rate) => {
    expect(() => new Rates({ messages: rate })).toThrow(RangeError)
    expect(() => new Rates({ messages: { count: 1, perMs: 1 }, maxClients: 0 })).toThrow(RangeError)
  })
})
