import { describe, expect, it } from 'vitest'
import {
  type ConditionalFields,
  conditionalFields,
  evaluatePreconditions,
  isRangeCurrent,
} from '../../../src/http/conditional.ts'
import { Fields } from '../../../src/http/fields.ts'

const NOW = Date.UTC(2026, 10, 22)
const CHANGED = Date.UTC(1994, 10, 6, 8, 49, 37)
const BEFORE = 'Sun, 06 Nov 1994 08:49:36 GMT'
const EXACT = 'Sun, 06 Nov 1994 08:49:37 GMT'
const STRONG = { etag: '"a"', lastModifiedMs: CHANGED + 500 }
const WEAK = { etag: 'W/"a"', lastModifiedMs: CHANGED }
const NOTHING = { etag: undefined, lastModifiedMs: undefined }

describe('evaluatePreconditions', () => {
  const cases: [string, ConditionalFields, typeof STRONG | typeof NOTHING, string][] = [
    ['GET', {}, STRONG, 'proceed'],
    // step 1: If-Match, strong comparison
    ['PUT', { ifMatch: '"a"' }, STRONG, 'proceed'],
    ['PUT', { ifMatch: '"b", "a"' }, STRONG, 'proceed'],
    ['PUT', { ifMatch: '"b"' }, STRONG, 'failed'],
    ['PUT', { ifMatch: 'W/"a"' }, WEAK, 'failed'],
    ['PUT', { ifMatch: '*' }, STRONG, 'proceed'],
    ['PUT', { ifMatch: '*' }, NOTHING, 'failed'],
    ['PUT', { ifMatch: 'rubbish' }, STRONG, 'failed'],
    // step 2: If-Unmodified-Since, only without If-Match
    ['PUT', { ifUnmodifiedSince: EXACT }, STRONG, 'proceed'],
    ['PUT', { ifUnmodifiedSince: BEFORE }, STRONG, 'failed'],
    ['PUT', { ifUnmodifiedSince: 'rubbish' }, STRONG, 'proceed'],
    ['PUT', { ifUnmodifiedSince: BEFORE }, NOTHING, 'proceed'],
    ['PUT', { ifMatch: '"a"', ifUnmodifiedSince: BEFORE }, STRONG, 'proceed'],
    // step 3: If-None-Match, weak comparison
    ['GET', { ifNoneMatch: '"a"' }, WEAK, 'notModified'],
    ['HEAD', { ifNoneMatch: 'W/"a"' }, STRONG, 'notModified'],
    ['PUT', { ifNoneMatch: '*' }, STRONG, 'failed'],
    ['PUT', { ifNoneMatch: '*' }, NOTHING, 'proceed'],
    ['GET', { ifNoneMatch: '"b"' }, STRONG, 'proceed'],
    // step 4: If-Modified-Since, only for reads and only without If-None-Match
    ['GET', { ifModifiedSince: EXACT }, STRONG, 'notModified'],
    ['GET', { ifModifiedSince: BEFORE }, STRONG, 'proceed'],
    ['GET', { ifModifiedSince: 'rubbish' }, STRONG, 'proceed'],
    ['PUT', { ifModifiedSince: EXACT }, STRONG, 'proceed'],
    ['GET', { ifNoneMatch: '"b"', ifModifiedSince: EXACT }, STRONG, 'proceed'],
  ]
  it.each(cases)('%s %j', (method, fields, has, expected) =>
    expect(evaluatePreconditions(method, fields, has, NOW)).toBe(expected),
  )
})

describe('isRangeCurrent', () => {
  it.each([
    [undefined, STRONG, true],
    ['"a"', STRONG, true],
    ['"b"', STRONG, false],
    ['W/"a"', WEAK, false],
    ['"a"', NOTHING, false],
    [EXACT, STRONG, true],
    [BEFORE, STRONG, false],
    [EXACT, NOTHING, false],
    ['rubbish', STRONG, false],
  ])('%s', (ifRange, has, expected) => expect(isRangeCurrent(ifRange, has, NOW)).toBe(expected))
})

describe('conditionalFields', () => {
  const lines: [string, string][] = [
    ['If-Match', '"a"'],
    ['If-None-Match', '"b"'],
    ['If-None-Match', '"c"'],
    ['If-Modified-Since', EXACT],
    ['If-Unmodified-Since', BEFORE],
    ['If-Range', '"d"'],
  ]
  const all = {
    ifMatch: '"a"',
    ifNoneMatch: '"b", "c"',
    ifModifiedSince: EXACT,
    ifUnmodifiedSince: BEFORE,
    ifRange: '"d"',
  }

  it.each([['Fields', Fields.from(lines)] as const, ['Headers', new Headers(lines)] as const])(
    'takes them out of %s',
    (_name, headers) => {
      expect(conditionalFields(headers)).toEqual(all)
    },
  )

  it('takes nothing where there is nothing', () => {
    const nothing = Object.fromEntries(Object.keys(all).map((name) => [name, undefined]))
    expect(conditionalFields(new Headers())).toStrictEqual(nothing)
    expect(conditionalFields(Fields.from([]))).toStrictEqual(nothing)
  })
})
