import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeOctets, decodeText, encodeText } from '../../../src/ftp/text.ts'

describe('decodeText', () => {
  it.each([
    ['616263', 'abc'],
    ['c3a9', 'é'],
    ['f09f9880', '😀'],
    ['e9', '\udce9'],
    ['61e962', 'a\udce9b'],
    ['c3', '\udcc3'],
    ['61c3', 'a\udcc3'],
    ['c3a9ff', 'é\udcff'],
    ['f0f09f9880', '\udcf0😀'],
    ['e28282e2', '₂\udce2'],
    ['80f5', '\udc80\udcf5'],
    ['', ''],
  ])('reads %s', (hex, text) => {
    expect(decodeText(Buffer.from(hex, 'hex'))).toBe(text)
  })

  it('takes no overlong form and no surrogate for a character (A6)', () => {
    expect(decodeText(Buffer.from('c0aec0ae', 'hex'))).toBe('\udcc0\udcae\udcc0\udcae')
    expect(decodeText(Buffer.from('e080ae', 'hex'))).toBe('\udce0\udc80\udcae')
    expect(decodeText(Buffer.from('edb2a9', 'hex'))).toBe('\udced\udcb2\udca9')
  })

  it('gives back the same octets, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        const bytes = Buffer.from(octets)
        expect(encodeText(decodeText(bytes))).toEqual(bytes)
        expect(decodeOctets(bytes.toString('latin1'))).toBe(decodeText(bytes))
      }),
    )
  })
})

describe('encodeText', () => {
  it('refuses what stands for no octets', () => {
    expect(encodeText('a\ud800b')).toBeUndefined()
    expect(encodeText('a\udc7fb')).toBeUndefined()
    expect(encodeText('\udc80\udbff')).toBeUndefined()
  })

  it('refuses escaped octets that are a character together: two names would be one', () => {
    expect(encodeText('\udcc3\udca9')).toBeUndefined()
  })

  it('is undone by decodeText wherever it answers', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        const bytes = encodeText(text)
        if (bytes !== undefined) expect(decodeText(bytes)).toBe(text)
      }),
    )
  })
})
