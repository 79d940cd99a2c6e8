import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, STRICT } from '../../../src/http/limits.ts'
import type { Leniency, Limits } from '../../../src/http/limits.ts'
import { scanHead } from '../../../src/http/scan.ts'
import {
  AT,
  BARE_LF,
  BITS,
  CONNECTION,
  EXPECT,
  faultCode,
  FIELD_SLOTS,
  FIELDS,
  FIRST_END,
  FOLDED,
  HOST,
  MINOR,
  NEED_MORE,
  REASON_ABSENT,
  REPEATED,
  SECOND_END,
  SECOND_START,
  slotsFor,
  startScan,
  STATUS,
  TARGET_OBS_TEXT,
  TRANSFER_ENCODING,
  UPGRADE,
} from '../../../src/http/slots.ts'
import type { Scan } from '../../../src/http/slots.ts'
import { splits } from '../../support/splits.ts'

type Kind = 'request' | 'response' | 'trailers'

/** What a scan came to: its slots, or its fault and where. */
interface Scanned {
  readonly length: number
  readonly fault: string | undefined
  readonly at: number
  readonly slots: readonly number[]
  readonly fields: readonly (readonly [string, string])[]
}

function scanned(
  kind: Kind,
  text: string | Buffer,
  options: { limits?: Partial<Limits>; leniency?: Partial<Leniency>; maxBytes?: number } = {},
): Scanned {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const fresh = (): Scan => ({
    slots: new Int32Array(slotsFor(limits.maxFields) + 7),
    base: 7,
    maxBytes: options.maxBytes ?? limits.maxHeadBytes,
    limits,
    leniency: { ...STRICT, ...options.leniency },
  })
  const finish = (scan: Scan, answer: number): Scanned => {
    const slots = [...scan.slots.subarray(scan.base, scan.base + FIELD_SLOTS)]
    const fields = Array.from({ length: answer > 0 ? (slots[FIELDS] as number) : 0 }, (_, index) => {
      const [a, b, c, d] = scan.slots.subarray(scan.base + FIELD_SLOTS + 4 * index)
      return [bytes.toString('latin1', a, b), bytes.toString('latin1', c, d)] as const
    })
    const fault = answer < 0 ? faultCode(answer) : undefined
    return { length: Math.max(answer, 0), fault, at: slots[AT] as number, slots, fields }
  }
  const whole = fresh()
  startScan(whole, kind)
  const expected = finish(whole, scanHead(bytes, 0, bytes.length, whole))
  const inWords = { ...fresh(), words: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
  startScan(inWords, kind)
  expect(finish(inWords, scanHead(bytes, 0, bytes.length, inWords)), 'in words').toEqual(expected)
  for (const { name, pieces } of splits(bytes, { maxCuts: 100 })) {
    const scan = fresh()
    startScan(scan, kind)
    let answer: number = NEED_MORE
    let end = 0
    for (const piece of pieces) {
      end += piece.length
      if (answer === NEED_MORE) answer = scanHead(bytes, 0, end, scan)
    }
    const { length, fault, at, fields } = finish(scan, answer)
    expect({ length, fault, at, fields }, name).toEqual({
      length: expected.length,
      fault: expected.fault,
      at: expected.at,
      fields: expected.fields,
    })
  }
  return expected
}

describe('a request head', () => {
  it('is offsets', () => {
    const { length, slots, fields } = scanned('request', 'GET /a?b HTTP/1.1\r\nHost: a\r\nX:  y z \t\r\nE:\r\n\r\nrest')
    expect(length).toBe(45)
    expect([slots[FIRST_END], slots[SECOND_START], slots[SECOND_END], slots[MINOR], slots[FIELDS]]).toEqual([
      3, 4, 8, 1, 3,
    ])
    expect(fields).toEqual([
      ['Host', 'a'],
      ['X', 'y z'],
      ['E', ''],
    ])
  })

  it('need not have fields', () => {
    expect(scanned('request', 'GET / HTTP/1.0\r\n\r\n')).toMatchObject({ length: 18, fault: undefined })
  })

  it('knows the six fields of interest by their length and letters', () => {
    const head = (names: string[]): string => `GET / HTTP/1.1\r\n${names.map((name) => `${name}: x\r\n`).join('')}\r\n`
    const bits = (...names: string[]): number => scanned('request', head(names)).slots[BITS] as number
    expect(bits('hOsT')).toBe(HOST)
    expect(bits('Expect', 'Upgrade', 'Connection')).toBe(EXPECT | UPGRADE | CONNECTION)
    expect(bits('Transfer-Encoding', 'transfer-encoding')).toBe(TRANSFER_ENCODING | (TRANSFER_ENCODING << REPEATED))
    expect(bits('Hosx', 'Expecx', 'Upgradx', 'Connectiox', 'Content-Lengtx', 'Transfer-Encodinx')).toBe(0)
    expect(bits('Transfer_Encoding', 'x'.repeat(36), 'H'.repeat(32 + 4))).toBe(0)
  })

  it.each([
    ['', undefined, 0],
    ['GET / HTTP/1.1\r\nHost', undefined, 20],
    [' GET', 'HTTP_METHOD', 0],
    ['GE(T', 'HTTP_METHOD', 2],
    ['GET\r\n', 'HTTP_METHOD', 3],
    ['GET  ', 'HTTP_TARGET', 4],
    ['GET /\r\n', 'HTTP_VERSION', 5],
    ['GET /\n', 'HTTP_VERSION', 5],
    ['GET /\0', 'HTTP_TARGET', 5],
    ['GET /#', 'HTTP_TARGET', 5],
    ['GET /%2', undefined, 5],
    ['GET /%zz ', 'HTTP_TARGET', 5],
    ['GET /%2z ', 'HTTP_TARGET', 5],
    ['GET /%2f HTTP/1.1\r\n\r\n', undefined, 19],
    ['GET /\xe9', 'HTTP_TARGET', 5],
    ['GET / http/1.1\r\n', 'HTTP_VERSION', 6],
    ['GET / HTTP/1.x\r\n', 'HTTP_VERSION', 13],
    ['GET / HTTP/2.0\r\n', 'HTTP_VERSION_UNKNOWN', 11],
    ['GET / HTTP/01.1\r\n', 'HTTP_VERSION', 12],
    ['GET / HTTP/1.10\r\n', 'HTTP_VERSION', 14],
    ['GET / HTTP/1.1\n', 'HTTP_BARE_LF', 14],
    ['GET / HTTP/1.1\rX', 'HTTP_BARE_CR', 14],
    ['GET / HTTP/1.1\r\n X: y', 'HTTP_FIELD_INDENT', 16],
    ['GET / HTTP/1.1\r\n\rX', 'HTTP_BARE_CR', 16],
    ['GET / HTTP/1.1\r\n\n', 'HTTP_BARE_LF', 16],
    ['GET / HTTP/1.1\r\n: x', 'HTTP_FIELD_NAME', 16],
    ['GET / HTTP/1.1\r\nX\xe9: y', 'HTTP_FIELD_NAME', 17],
    ['GET / HTTP/1.1\r\nX\r\n', 'HTTP_FIELD_NAME', 17],
    ['GET / HTTP/1.1\r\nX : y', 'HTTP_FIELD_SPACE', 17],
    ['GET / HTTP/1.1\r\nX: y\0', 'HTTP_FIELD_VALUE', 20],
    ['GET / HTTP/1.1\r\nX: y\x7f', 'HTTP_FIELD_VALUE', 20],
    ['GET / HTTP/1.1\r\nX: y\rz', 'HTTP_BARE_CR', 20],
    ['GET / HTTP/1.1\r\nX: y\nz', 'HTTP_BARE_LF', 20],
    ['GET / HTTP/1.1\r\nX: y\r\n z', 'HTTP_FIELD_FOLD', 22],
  ])('%j ends with %s at %i', (text, fault, at) => expect(scanned('request', text)).toMatchObject({ fault, at }))
})

describe('the limits of a head', () => {
  const limits = { maxMethodBytes: 4, maxTargetBytes: 5, maxFieldBytes: 8, maxFields: 2 }
  it.each([
    ['PUTX /2345 HTTP/1.1\r\nX: 45678\r\nY: 45678\r\n\r\n', undefined, 43],
    ['PATCH', 'HTTP_METHOD_LONG', 4],
    ['PUT /23456', 'HTTP_TARGET_LONG', 9],
    ['PUT /234%20', 'HTTP_TARGET_LONG', 9],
    ['PUT / HTTP/1.1\r\nX: 456789', 'HTTP_FIELD_LONG', 24],
    ['PUT / HTTP/1.1\r\nX234567:', undefined, 24],
    ['PUT / HTTP/1.1\r\nX23456789', 'HTTP_FIELD_LONG', 24],
    ['PUT / HTTP/1.1\r\nX:       ', 'HTTP_FIELD_LONG', 24],
    ['PUT / HTTP/1.1\r\nX:\r\nY:\r\nZ', 'HTTP_FIELDS_MANY', 24],
  ])('%j ends with %s at %i', (text, fault, at) => {
    const result = scanned('request', text, { limits })
    expect(result).toMatchObject(fault === undefined ? { fault } : { fault, at })
  })

  it('hold for the whole', () => {
    const head = 'GET / HTTP/1.1\r\nX: y\r\n\r\n'
    expect(scanned('request', head, { maxBytes: head.length })).toMatchObject({ length: head.length })
    expect(scanned('request', head, { maxBytes: head.length - 1 })).toMatchObject({ fault: 'HTTP_HEAD_LONG', at: 23 })
    expect(scanned('request', head, { maxBytes: 15 })).toMatchObject({ fault: 'HTTP_HEAD_LONG', at: 15 })
  })

  it('hold for a folded line as for one', () => {
    const leniency = { foldBecomesSpace: true }
    const head = 'GET / HTTP/1.1\r\nX: y\r\n z'
    expect(scanned('request', head, { limits: { maxFieldBytes: 7 }, leniency })).toMatchObject({
      fault: 'HTTP_FIELD_LONG',
    })
  })
})

describe('a response head', () => {
  it('is offsets', () => {
    const { slots, fields } = scanned('response', 'HTTP/1.0 404 Not Found\r\nX: y\r\n\r\n')
    expect([slots[MINOR], slots[STATUS], slots[SECOND_START], slots[SECOND_END]]).toEqual([0, 404, 13, 22])
    expect(fields).toEqual([['X', 'y']])
  })

  it.each([
    ['HTTP/1.1 200 \r\n\r\n', undefined, 14],
    ['HTTP/1.1 200 a\tb\xe9\r\n\r\n', undefined, 14],
    ['HTTP/1.1 200\r\n\r\n', 'HTTP_STATUS', 12],
    ['HTTP/1.1 2000 \r\n', 'HTTP_STATUS', 12],
    ['HTTP/1.1 20 \r\n', 'HTTP_STATUS', 11],
    ['HTTP/1.1 099 \r\n', 'HTTP_STATUS', 9],
    ['HTTP/1.1  200', 'HTTP_STATUS', 9],
    ['HTTP/1.1x200', 'HTTP_VERSION', 8],
    ['HTTP/2.0 200 ', 'HTTP_VERSION_UNKNOWN', 5],
    ['ICY 200 OK\r\n', 'HTTP_VERSION', 0],
    ['HTTP/1.1 200 a\0', 'HTTP_REASON', 14],
    ['HTTP/1.1 200 a\rb', 'HTTP_BARE_CR', 14],
    ['HTTP/1.1 200 a\n', 'HTTP_BARE_LF', 14],
    ['HTTP/1.1 200', undefined, 12],
    ['\r\nHTTP/1.1 200', 'HTTP_VERSION', 0],
  ])('%j ends with %s', (text, fault, at) => {
    const result = scanned('response', text)
    expect(result.fault).toBe(fault)
    if (fault !== undefined) expect(result.at).toBe(at)
  })

  it('has a limit for its reason', () => {
    const limits = { maxFieldBytes: 3 }
    expect(scanned('response', 'HTTP/1.1 200 OK\r\n\r\n', { limits })).toMatchObject({ fault: undefined })
    expect(scanned('response', 'HTTP/1.1 200 OKK\r\n\r\n', { limits })).toMatchObject({
      fault: 'HTTP_REASON_LONG',
      at: 15,
    })
  })
})

describe('a trailer section', () => {
  it('begins with fields, and may be empty', () => {
    expect(scanned('trailers', '\r\n')).toMatchObject({ length: 2, fields: [] })
    expect(scanned('trailers', 'X: y\r\n\r\n')).toMatchObject({ length: 8, fields: [['X', 'y']] })
  })
})

describe('what is forgiven', () => {
  it('is a bare LF at the end of a line', () => {
    const leniency = { bareLfEndsLine: true }
    const { slots, fields } = scanned('request', 'GET / HTTP/1.1\nHost: a\n\n', { leniency })
    expect(fields).toEqual([['Host', 'a']])
    expect(slots[BITS]).toBe(HOST | BARE_LF)
    expect(scanned('request', 'GET / HTTP/1.1\n\rX', { leniency })).toMatchObject({ fault: 'HTTP_BARE_CR' })
  })

  it('is a fold, whose CR and LF stay in the value until somebody asks for it', () => {
    const { slots, fields } = scanned('response', 'HTTP/1.1 200 \r\nX: a\r\n b\r\nY:\r\n c\r\nZ:\r\n \r\n\r\n', {
      leniency: { foldBecomesSpace: true },
    })
    expect(fields).toEqual([
      ['X', 'a\r\n b'],
      ['Y', 'c'],
      ['Z', ''],
    ])
    expect(slots[BITS]).toBe(FOLDED)
  })

  it('is a fold of nothing, behind which the value ends where it did', () => {
    const text = 'HTTP/1.1 200 \r\nX: a \r\n \t\r\n \r\nY: b\r\n \r\n c \r\n  \r\n\r\n'
    expect(scanned('response', text, { leniency: { foldBecomesSpace: true } }).fields).toEqual([
      ['X', 'a'],
      ['Y', 'b\r\n \r\n c'],
    ])
  })

  it('is never a fold before there is a field', () => {
    const leniency = { foldBecomesSpace: true }
    expect(scanned('request', 'GET / HTTP/1.1\r\n X: y', { leniency })).toMatchObject({ fault: 'HTTP_FIELD_INDENT' })
  })

  it('is obs-text in a target', () => {
    const { slots } = scanned('request', 'GET /\xc3\xa9 HTTP/1.1\r\n\r\n', { leniency: { targetMayHoldObsText: true } })
    expect(slots[BITS]).toBe(TARGET_OBS_TEXT)
  })

  it('is an absent reason with its space', () => {
    const leniency = { reasonMayBeAbsent: true }
    const { slots } = scanned('response', 'HTTP/1.1 200\r\n\r\n', { leniency })
    expect([slots[BITS], slots[SECOND_START], slots[SECOND_END]]).toEqual([REASON_ABSENT, 12, 12])
    expect(scanned('response', 'HTTP/1.1 2000', { leniency })).toMatchObject({ fault: 'HTTP_STATUS', at: 12 })
  })
})
