import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../../src/smtp/limits.ts'
import { Conduct, DEFAULT_MANNERS, mergeManners } from '../../../src/smtp/manners.ts'

describe('manners', () => {
  it('have defaults, and are frozen', () => {
    expect(mergeManners()).toEqual(DEFAULT_MANNERS)
    expect(mergeManners({ errorDelayMs: 5 })).toEqual({ ...DEFAULT_MANNERS, errorDelayMs: 5 })
    expect(Object.isFrozen(mergeManners())).toBe(true)
  })

  it.each([{ errorDelayMs: -1 }, { greetingDelayMs: 240_001 }, { loginDelayMs: NaN }, { maxFailedLogins: Infinity }])(
    'refuse %o',
    (given) => expect(() => mergeManners(given)).toThrow(RangeError),
  )
})

describe('conduct', () => {
  const conduct = (): Conduct =>
    new Conduct(
      { ...DEFAULT_LIMITS, maxErrors: 4, maxCommandsWithoutMessage: 6 },
      { ...DEFAULT_MANNERS, unslowedErrors: 2 },
    )

  it('slows who makes many mistakes, and then ends it', () => {
    const client = conduct()
    const told = Array.from({ length: 5 }, () => client.command(true) ?? client.mistake('command'))
    expect(told).toEqual([0, 0, 1000, 1000, 'Too many errors'])
  })

  it('slows who asks for one recipient after the other, and never ends it for that', () => {
    const client = conduct()
    expect(Array.from({ length: 4 }, () => client.mistake('recipient'))).toEqual([0, 0, 1000, 1000])
    expect(client.command(false)).toBeUndefined()
  })

  it('ends idle talk, which a message pays for', () => {
    const client = conduct()
    for (let round = 0; round < 3; round++) {
      for (let command = 0; command < 6; command++) expect(client.command(false)).toBeUndefined()
      client.message()
    }
    for (let command = 0; command < 6; command++) client.command(false)
    expect(client.command(false)).toBe('Too many commands')
  })

  it('counts failed logins', () => {
    const client = conduct()
    for (let login = 0; login < 6; login++) {
      expect(client.mayLogIn).toBe(true)
      expect(client.mistake('login')).toBe(1000)
    }
    expect(client.mayLogIn).toBe(false)
  })
})
