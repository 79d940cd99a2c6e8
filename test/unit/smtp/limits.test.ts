import { describe, expect, it } from 'vitest'
import {
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  mergeLeniency,
  mergeLimits,
  mergeTimeouts,
  NORMALIZE,
  STRICT,
} from '../../../src/smtp/limits.ts'

it('merges with the defaults, and freezes', () => {
  expect(mergeLimits()).toEqual(DEFAULT_LIMITS)
  expect(mergeLimits({ maxErrors: 3 })).toEqual({ ...DEFAULT_LIMITS, maxErrors: 3 })
  expect(mergeTimeouts({ blockMs: 3 })).toEqual({ ...DEFAULT_TIMEOUTS, blockMs: 3 })
  expect(mergeLeniency({ content: NORMALIZE })).toEqual({ ...STRICT, content: NORMALIZE })
  for (const merged of [mergeLimits(), mergeTimeouts(), mergeLeniency()]) expect(Object.isFrozen(merged)).toBe(true)
})

describe('finite', () => {
  it.each([Infinity, Number.NaN, 0, -1])('refuses %d', (value) => {
    expect(() => mergeLimits({ maxRecipients: value })).toThrow(new RangeError('maxRecipients must be finite'))
    expect(() => mergeTimeouts({ blockMs: value })).toThrow(RangeError)
  })

  it('refuses undefined, which would be no limit', () => {
    expect(() => mergeLimits(Object.fromEntries([['maxErrors', undefined]]))).toThrow(RangeError)
  })
})

it('takes at least what RFC 5321 asks for', () => {
  expect(DEFAULT_LIMITS.maxCommandLineBytes).toBeGreaterThanOrEqual(1036)
  expect(DEFAULT_LIMITS.maxTextLineBytes).toBeGreaterThanOrEqual(1000)
  expect(DEFAULT_LIMITS.maxMessageBytes).toBeGreaterThanOrEqual(65_536)
  expect(DEFAULT_LIMITS.maxRecipients).toBeGreaterThanOrEqual(100)
  expect(DEFAULT_TIMEOUTS.commandMs).toBeGreaterThanOrEqual(300_000)
})
