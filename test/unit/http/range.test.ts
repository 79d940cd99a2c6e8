import { describe, expect, it } from 'vitest'
import { formatContentRange, formatUnsatisfiedRange, parseRange } from '../../../src/http/range.ts'

function ranges(...pairs: [number, number][]): unknown {
  return { type: 'ranges', ranges: pairs.map(([first, last]) => ({ first, last })) }
}

describe('parseRange of 1,000 octets', () => {
  it.each([
    ['bytes=0-99', ranges([0, 99])],
    ['BYTES=0-99', ranges([0, 99])],
    ['bytes=100-', ranges([100, 999])],
    ['bytes=-100', ranges([900, 999])],
    ['bytes=-2000', ranges([0, 999])],
    ['bytes=990-2000', ranges([990, 999])],
    ['bytes=0-0, -1', ranges([0, 0], [999, 999])],
    ['bytes=500-599,\t0-99 ', ranges([500, 599], [0, 99])],
    ['bytes=0-9,5000-', ranges([0, 9])],
    ['bytes=,0-1, ,2-3,', ranges([0, 1], [2, 3])],
    ['bytes=1000-', { type: 'unsatisfiable' }],
    ['bytes=-0', { type: 'unsatisfiable' }],
    ['bytes=5000-6000,7000-', { type: 'unsatisfiable' }],
  ])('%s', (field, expected) => expect(parseRange(field, 1000)).toEqual(expected))

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=9-5',
    'bytes=1-2-3',
    'bytes=0x1-2',
    'bytes=+1-2',
    'bytes=1 -2',
    'bytes=, ,',
    'bytes=\u00a00-1',
    'bytes=99999999999999999999-',
    'items=0-5',
    'bytes=0-99,50-149',
    `bytes=${Array.from({ length: 17 }, (_, index) => `${index}-${index}`).join(',')}`,
  ])('ignores %s', (field) => expect(parseRange(field, 1000)).toEqual({ type: 'whole' }))

  it('satisfies nothing of an empty representation', () => {
    expect(parseRange('bytes=0-', 0)).toEqual({ type: 'unsatisfiable' })
    expect(parseRange('bytes=-5', 0)).toEqual({ type: 'unsatisfiable' })
  })
})

it('writes Content-Range', () => {
  expect(formatContentRange({ first: 0, last: 99 }, 1000)).toBe('bytes 0-99/1000')
  expect(formatUnsatisfiedRange(1000)).toBe('bytes */1000')
})
