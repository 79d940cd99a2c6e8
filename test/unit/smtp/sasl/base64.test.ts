import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64, encodeBase64, MAX_BASE64 } from '../../../../src/smtp/sasl/base64.ts'

describe('decodeBase64', () => {
  it.each([
    ['', ''],
    ['Zg==', 'f'],
    ['Zm8=', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYmFy', 'foobar'],
    ['AHRpbQB0YW5zdGFhZnRhbnN0YWFm', '\0tim\0tanstaaftanstaaf'],
    ['AQ==', '\x01'],
  ])('reads %j', (text, plain) => {
    expect(decodeBase64(text)?.toString('latin1')).toBe(plain)
    expect(encodeBase64(Buffer.from(plain, 'latin1'))).toBe(text)
  })

  it.each([
    ['no padding', 'Zg'],
    ['half of the padding', 'Zg='],
    ['too much padding', 'Zg==='],
    ['padding of nothing', '===='],
    ['an empty initial response, which is a word of SMTP', '='],
    ['a cancelled exchange', '*'],
    ['padding in front (RFC 4954 §4)', '=AAA'],
    ['padding in the middle (RFC 4954 §4)', 'AAA=BBB'],
    ['padding between quanta', 'Zg==Zg=='],
    ['one character', 'Z'],
    ['five characters', 'Zm9vY'],
    ['bits left over behind one octet', 'Zh=='],
    ['bits left over behind two octets', 'Zm9='],
    ['a space in front', ' Zg=='],
    ['a space behind', 'Zg== '],
    ['a space inside', 'Zm 9v'],
    ['a line end', 'Zg==\r\n'],
    ['a NUL', 'Zm9v\0'],
    ['the alphabet of URLs', '-_-_'],
    ['one character of each alphabet', '+_+_'],
    ['a dot', 'Zm9.'],
    ['an octet above 0x7F', 'Zm9\xff'],
    ['a character above U+00FF whose lower half is in the alphabet', 'Zm9\u0141'],
  ])('refuses %s', (_, text) => {
    expect(decodeBase64(text)).toBeUndefined()
  })

  it('reads 12,288 characters and no more', () => {
    expect(decodeBase64('A'.repeat(MAX_BASE64))).toHaveLength(9216)
    expect(decodeBase64('A'.repeat(MAX_BASE64 + 4))).toBeUndefined()
  })

  it('gives back whatever was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const buffer = Buffer.from(bytes)
        expect(decodeBase64(encodeBase64(buffer))?.equals(buffer)).toBe(true)
      }),
    )
  })

  it('has one text for each octet string', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ABgw+/=-_ \n'.split('')), maxLength: 9 })
    fc.assert(
      fc.property(text, (base64) => {
        const bytes = decodeBase64(base64)
        if (bytes !== undefined) expect(encodeBase64(bytes)).toBe(base64)
      }),
    )
  })
})
