import { describe, expect, it } from 'vitest'
import { findChanges } from '../../bench/instructions/compare.ts'

describe('instruction counts', () => {
  it('may be as on record, or nearly', () => {
    expect(findChanges({ a: 1000, b: 1000, c: 1000 }, { a: 1000, b: 1030, c: 970 })).toEqual([])
  })

  it('are told where they are more, with what to do', () => {
    expect(findChanges({ head: 10_000, body: 1000 }, { head: 10_310, body: 1000 })).toEqual([
      'head: 10,310 instructions, 3.1 % more than the 10,000 on record. If they are worth it, npm run instructions -- --update records them.',
    ])
  })

  it('are told where they are fewer, so that a gain is kept', () => {
    expect(findChanges({ head: 10_000 }, { head: 9600 })).toEqual([
      'head: 9,600 instructions, 4.0 % fewer than the 10,000 on record. Keep the gain: npm run instructions -- --update records it.',
    ])
  })

  it('are told of a path that is new, and of one that is gone', () => {
    expect(findChanges({ old: 1000 }, { young: 2000 })).toEqual([
      'young: 2,000 instructions, and none on record; npm run instructions -- --update records them.',
      'old: on record, and no longer counted; npm run instructions -- --update forgets it.',
    ])
  })
})
