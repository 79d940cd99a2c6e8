import { describe, expect, it } from 'vitest'
import { formatHttpDate, parseHttpDate } from '../../../src/http/date.ts'

const NOW = Date.UTC(2026, 10, 22)
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37)

describe('formatHttpDate', () => {
  it('writes IMF-fixdate', () => expect(formatHttpDate(EXAMPLE + 999)).toBe('Sun, 06 Nov 1994 08:49:37 GMT'))
})

describe('parseHttpDate', () => {
  it.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', EXAMPLE],
    ['Sunday, 06-Nov-94 08:49:37 GMT', EXAMPLE],
    ['Sun Nov  6 08:49:37 1994', EXAMPLE],
    ['Wed Nov 16 08:49:37 1994', Date.UTC(1994, 10, 16, 8, 49, 37)],
    ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    // the year that is at most 50 years ahead
    ['Sunday, 06-Nov-76 00:00:00 GMT', Date.UTC(2076, 10, 6)],
    ['Sunday, 06-Nov-77 00:00:00 GMT', Date.UTC(1977, 10, 6)],
  ])('reads %s', (text, time) => expect(parseHttpDate(text, NOW)).toBe(time))

  it.each([
    '',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37',
    'sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 nov 1994 08:49:37 GMT',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 23:60:00 GMT',
    'Sun, 06 Nov 1994 23:59:61 GMT',
    'Sun, 31 Nov 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Wed, 29 Feb 2023 00:00:00 GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    '784111777',
    `Sun, 06 Nov 1994 08:49:37 GMT${' '.repeat(100)}`,
  ])('refuses %j', (text) => expect(parseHttpDate(text, NOW)).toBeUndefined())
})
