import { describe, expect, it } from 'vitest'
import { decideFraming } from '../../../src/http/framing.ts'
import type { FramedMessage, Framing, FramingRules } from '../../../src/http/framing.ts'
import type { HttpErrorCode } from '../../../src/http/errors.ts'
import { STRICT } from '../../../src/http/limits.ts'

const RULES = { leniency: STRICT, limits: { maxBodyBytes: 2 ** 40 } }
const LENIENT = { ...RULES, leniency: { equalContentLengths: true, codingBeatsContentLength: true } }

function decide(message: Partial<FramedMessage>, rules: FramingRules = RULES): Framing | HttpErrorCode {
  return decideFraming(
    { role: 'request', method: 'GET', status: 0, minor: 1, lengths: [], codings: [], ...message },
    rules,
  )
}

describe('the truth table of RFC 9112 §6.3', () => {
  const bodies = {
    nothing: {},
    length: { lengths: ['5'] },
    chunked: { codings: ['chunked'] },
  }
  const statuses = [100, 101, 199, 200, 204, 205, 299, 304, 400, 999]
  for (const method of ['GET', 'HEAD', 'POST', 'CONNECT', 'OPTIONS']) {
    for (const status of statuses) {
      for (const [name, body] of Object.entries(bodies)) {
        it(`${status} to ${method} with ${name}`, () => {
          const isBodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304
          const isTunnel = method === 'CONNECT' && status >= 200 && status < 300
          const said = { nothing: 'close', length: 'length', chunked: 'chunked' }[name]
          const kind = isBodiless ? 'none' : isTunnel ? 'tunnel' : said
          expect(decide({ role: 'response', method, status, ...body })).toMatchObject({ kind })
        })
      }
    }
    it(`a ${method} request`, () => {
      expect(decide({ method })).toEqual({ kind: 'none' })
      expect(decide({ method, ...bodies.length })).toEqual({ kind: 'length', length: 5 })
      expect(decide({ method, ...bodies.chunked })).toEqual({ kind: 'chunked' })
    })
  }
})

describe('Content-Length', () => {
  it.each([
    ['0', { kind: 'none' }],
    ['000', { kind: 'none' }],
    ['010', { kind: 'length', length: 10 }],
    ['1099511627776', { kind: 'length', length: 2 ** 40 }],
  ])('%s', (value, framing) => expect(decide({ lengths: [value] })).toEqual(framing))

  it.each([
    ['', 'HTTP_LENGTH'],
    ['-1', 'HTTP_LENGTH'],
    ['5,', 'HTTP_LENGTH'],
    ['5 5', 'HTTP_LENGTH'],
    ['²', 'HTTP_LENGTH'],
    ['18446744073709551616', 'HTTP_LENGTH'],
    ['1099511627777', 'HTTP_BODY_LONG'],
    ['9223372036854775808', 'HTTP_BODY_LONG'],
    ['5, 5', 'HTTP_LENGTH_REPEATED'],
    ['5, 6', 'HTTP_LENGTH_REPEATED'],
  ])('%j is %s', (value, code) => expect(decide({ lengths: [value] })).toBe(code))

  it('may be repeated only where that is forgiven, and never with another value', () => {
    expect(decide({ lengths: ['5', '5'] })).toBe('HTTP_LENGTH_REPEATED')
    expect(decide({ lengths: ['5', '05', '5, 5'] }, LENIENT)).toEqual({ kind: 'length', length: 5 })
    expect(decide({ lengths: ['5', '6'] }, LENIENT)).toBe('HTTP_LENGTH_REPEATED')
    expect(decide({ lengths: ['5', ''] }, LENIENT)).toBe('HTTP_LENGTH')
  })
})

describe('Transfer-Encoding', () => {
  it.each([
    [['chunked'], undefined],
    [['CHUNKED'], undefined],
    [['gzip'], 'HTTP_CODING'],
    [['chunked, chunked'], 'HTTP_CODING'],
    [['chunked', 'chunked'], 'HTTP_CODING'],
    [['chunked, gzip'], 'HTTP_CODING'],
    [['chunked,'], 'HTTP_CODING'],
    [[',chunked'], 'HTTP_CODING'],
    [[''], 'HTTP_CODING'],
    [['chunked;a=b'], 'HTTP_CODING'],
    [['gzip, chunked'], 'HTTP_CODING_UNKNOWN'],
    [['gzip', 'chunked'], 'HTTP_CODING_UNKNOWN'],
  ] as const)('%j', (codings, code) => {
    expect(decide({ codings })).toEqual(code ?? { kind: 'chunked' })
    expect(decide({ role: 'response', status: 200, codings })).toEqual(code ?? { kind: 'chunked' })
  })

  it('stands beside Content-Length only where that is forgiven', () => {
    expect(decide({ lengths: ['5'], codings: ['chunked'] })).toBe('HTTP_LENGTH_AND_CODING')
    expect(decide({ lengths: ['x'], codings: ['chunked'] }, LENIENT)).toEqual({ kind: 'chunked' })
  })

  it('does not belong into HTTP/1.0', () => {
    expect(decide({ minor: 0, codings: ['chunked'] })).toBe('HTTP_CODING_VERSION')
  })
})
