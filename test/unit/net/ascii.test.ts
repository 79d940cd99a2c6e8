import { describe, expect, it } from 'vitest'
import * as ascii from '../../../src/net/ascii.ts'

const OCTETS = Array.from({ length: 256 }, (_, byte) => byte)

function members(table: ascii.ByteClass): string {
  return Buffer.from(OCTETS.filter((byte) => table[byte] === 1)).toString('latin1')
}

describe('classes', () => {
  const named: [string, ascii.ByteClass, RegExp][] = [
    ['DIGIT', ascii.DIGIT, /[0-9]/],
    ['ALPHA', ascii.ALPHA, /[A-Za-z]/],
    ['ALNUM', ascii.ALNUM, /[A-Za-z0-9]/],
    ['VCHAR', ascii.VCHAR, /[!-~]/],
    // eslint-disable-next-line no-control-regex
    ['CTL', ascii.CTL, /[\x00-\x1f\x7f]/],
  ]
  it.each(named)('%s has its members and no other octet', (_name, table, pattern) => {
    expect(table).toHaveLength(256)
    for (const byte of OCTETS) expect(table[byte], String(byte)).toBe(pattern.test(String.fromCharCode(byte)) ? 1 : 0)
  })

  it('are built from characters and inclusive ranges', () => {
    expect(members(ascii.byteClass('-_', [0x30, 0x32]))).toBe('-012_')
    expect(members(ascii.byteClass())).toBe('')
    expect(members(ascii.byteClass([0xff, 0xff]))).toBe('\xff')
  })
})

describe('octets by name', () => {
  it('are what their names say', () => {
    const { NUL, HTAB, LF, CR, SP, DQUOTE, HYPHEN, DOT, COLON, SEMICOLON, BACKSLASH, DEL, CRLF } = ascii
    const named = [NUL, HTAB, LF, CR, SP, DQUOTE, HYPHEN, DOT, COLON, SEMICOLON, BACKSLASH, DEL]
    expect(String.fromCharCode(...named)).toBe('\0\t\n\r "-.:;\\\x7f')
    expect(CRLF.toString('latin1')).toBe('\r\n')
  })
})

describe('tables of values', () => {
  it('HEX_VALUE knows both cases and nothing else', () => {
    for (const byte of OCTETS) {
      const character = String.fromCharCode(byte)
      const value = /[0-9a-fA-F]/.test(character) ? parseInt(character, 16) : 255
      expect(ascii.HEX_VALUE[byte], character).toBe(value)
    }
  })

  it('LOWER changes the 26 upper-case letters and nothing else', () => {
    for (const byte of OCTETS) {
      const character = String.fromCharCode(byte)
      const expected = /[A-Z]/.test(character) ? character.toLowerCase().charCodeAt(0) : byte
      expect(ascii.LOWER[byte], character).toBe(expected)
    }
  })
})

describe('isAll', () => {
  it('looks at a stretch only', () => {
    const bytes = Buffer.from('x123y')
    expect(ascii.isAll(ascii.DIGIT, bytes)).toBe(false)
    expect(ascii.isAll(ascii.DIGIT, bytes, 1)).toBe(false)
    expect(ascii.isAll(ascii.DIGIT, bytes, 1, 4)).toBe(true)
    expect(ascii.isAll(ascii.DIGIT, bytes, 0, 0)).toBe(true)
    expect(ascii.isAll(ascii.DIGIT, Buffer.alloc(0))).toBe(true)
  })
})

describe('isAllText', () => {
  it('takes a character for an octet, and none above U+00FF', () => {
    expect(ascii.isAllText(ascii.DIGIT, '0129')).toBe(true)
    expect(ascii.isAllText(ascii.DIGIT, '')).toBe(true)
    expect(ascii.isAllText(ascii.DIGIT, '01 2')).toBe(false)
    // U+0130 has the low octet 0x30, a digit's
    expect(ascii.isAllText(ascii.DIGIT, '\u0130')).toBe(false)
    expect(ascii.isAllText(ascii.byteClass([0x80, 0xff]), 'é')).toBe(true)
  })
})

describe('case', () => {
  it('changes ASCII letters and nothing else', () => {
    expect(ascii.lowerAscii('Content-LENGTH: 1 É')).toBe('content-length: 1 É')
    expect(ascii.lowerAscii('\u212a')).toBe('\u212a')
    expect(ascii.lowerAscii('\u0130')).toBe('\u0130')
    expect(ascii.upperAscii('mail from é')).toBe('MAIL FROM é')
    expect(ascii.upperAscii('straße ı ſ')).toBe('STRAßE ı ſ')
  })
})

describe('parseDecimal', () => {
  it('takes digits and nothing else', () => {
    for (const text of ['', ' 1', '1 ', '+1', '-1', '1.0', '1e3', '0x10', '1_0', '\u0661', '1\n', 'NaN', '１']) {
      expect(ascii.parseDecimal(text), JSON.stringify(text)).toBeUndefined()
    }
    for (let value = 0; value < 1200; value++) expect(ascii.parseDecimal(String(value))).toBe(value)
    expect(ascii.parseDecimal('0007')).toBe(7)
  })

  it('is exact up to its limit, and undefined above', () => {
    expect(ascii.parseDecimal('255', 255)).toBe(255)
    expect(ascii.parseDecimal('256', 255)).toBeUndefined()
    expect(ascii.parseDecimal('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
    expect(ascii.parseDecimal('9007199254740992')).toBeUndefined()
    expect(ascii.parseDecimal('9'.repeat(400))).toBeUndefined()
  })
})
