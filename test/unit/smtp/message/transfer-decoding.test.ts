/** The transfer encodings against what they must give, under every cut, and against Node where Node is right. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { transferDecoder } from '../../../../src/smtp/message/transfer-decoding.ts'
import { cutAt, splits } from '../../../support/splits.ts'

interface Decoded {
  readonly text: string
  readonly fault: string | undefined
}

function decode(encoding: string, pieces: readonly Buffer[]): Decoded {
  const decoder = transferDecoder(encoding)
  const decoded = Buffer.concat([...pieces.map((piece) => decoder.decode(piece)), decoder.end()])
  return { text: decoded.toString('latin1'), fault: decoder.fault }
}

function decodeAllWays(encoding: string, text: string): Decoded {
  const bytes = Buffer.from(text, 'latin1')
  const whole = decode(encoding, [bytes])
  for (const { name, pieces } of splits(bytes)) expect(decode(encoding, pieces), name).toEqual(whole)
  return whole
}

describe('base64', () => {
  it.each([
    ['', ''],
    ['YQ==', 'a'],
    ['YWI=', 'ab'],
    ['YWJj', 'abc'],
    ['YW\r\nJj\r\n', 'abc'],
    [' Y W\tJ j ', 'abc'],
    ['YQ==YWJj', 'aabc'],
    ['YWI=\r\nYQ==\r\n', 'aba'],
    ['YQ===', 'a'],
    ['YWJjYWJjYQ=', 'abcabca'],
  ])('stands for octets: %j', (text, octets) => {
    expect(decodeAllWays('base64', text)).toEqual({ text: octets, fault: undefined })
  })

  it.each([
    ['YW!Jj', 'abc'],
    ['YW-_Jj', 'abc'],
    ['\0YWJj\xff', 'abc'],
    ['=YWJj', 'abc'],
    ['Y=WJj', 'Xc'],
    ['YWJ', 'ab'],
    ['YW', 'a'],
    ['Y', ''],
  ])('is read around what is none: %j', (text, octets) => {
    const { fault, text: decoded } = decodeAllWays('base64', text)
    expect(fault).toBe('MIME_BASE64')
    if (text !== 'Y=WJj') expect(decoded).toBe(octets)
  })

  const octets = Buffer.from(Array.from({ length: 1500 }, (_, index) => (index * 7919) & 0xff))
  const lined = (columns: number, lineEnd: string): string =>
    octets.toString('base64').replace(new RegExp(`.{${columns}}`, 'g'), `$&${lineEnd}`)

  it.each([76, 64, 4, 75, 1])('comes in lines of %i columns', (columns) => {
    for (const lineEnd of ['\r\n', '\n']) {
      const bytes = Buffer.from(lined(columns, lineEnd))
      for (const { name, pieces } of splits(bytes, { maxCuts: 100 })) {
        expect(decode('base64', pieces), name).toEqual({ text: octets.toString('latin1'), fault: undefined })
      }
    }
  })

  it.each([
    ['!', octets.length],
    ['-', octets.length],
    ['_', octets.length],
    [' ', octets.length],
  ])('comes in lines, one of which has a %j', (octet) => {
    const text = lined(76, '\r\n')
    for (const place of [0, 75, 78 + 10, 78 * 5 + 75]) {
      const wounded = text.slice(0, place) + octet + text.slice(place + 1)
      const expected = Buffer.from(wounded.replace(/[^A-Za-z0-9+/=]/g, ''), 'base64').toString('latin1')
      const { text: decoded, fault } = decode('base64', [Buffer.from(wounded)])
      expect(fault).toBe('MIME_BASE64')
      expect(decoded).toBe(expected)
    }
  })

  it('has its padding at the end of a full line', () => {
    const text = `${'YWJj'.repeat(19)}\r\n`.repeat(5) + `${'YWJj'.repeat(18)}YQ==\r\n`
    expect(decode('base64', [Buffer.from(text)])).toEqual({ text: `${'abc'.repeat(19 * 5 + 18)}a`, fault: undefined })
  })

  it('is what Node makes of it, however it is cut', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 900 }), fc.nat(80), fc.nat(1200), (bytes, columns, cut) => {
      const text = Buffer.from(bytes)
        .toString('base64')
        .replace(new RegExp(`.{${columns + 1}}`, 'g'), '$&\r\n')
      const { text: decoded } = decode('base64', cutAt(Buffer.from(text), [Math.min(cut, text.length)]))
      expect(decoded).toBe(Buffer.from(bytes).toString('latin1'))
    })
    fc.assert(property)
  })
})

describe('quoted-printable', () => {
  it.each([
    ['', ''],
    ['a=20b', 'a b'],
    ['=3D=3d', '=='],
    ['a=\r\nb', 'ab'],
    ['a=\nb', 'ab'],
    ['a= \t\r\nb', 'ab'],
    ['a = b  \t\r\n', 'a = b\r\n'],
    ['a \r\nb\t\nc ', 'a\r\nb\nc'],
    ['a=20 \r\n', 'a \r\n'],
    ['a  b', 'a  b'],
    ['a =20', 'a  '],
    ['a=', 'a'],
    ['a= ', 'a'],
    ['a=\r', 'a'],
    // RFC 2045 §6.7
    [
      "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
      "Now's the time for all folk to come to the aid of their country.",
    ],
  ])('stands for octets: %j', (text, octets) => {
    const { text: decoded, fault } = decodeAllWays('quoted-printable', text)
    expect(decoded).toBe(octets)
    expect(fault).toBe(text === 'a = b  \t\r\n' ? 'MIME_QUOTED_PRINTABLE' : undefined)
  })

  it.each([
    ['a=b', 'a=b'],
    ['=zz', '=zz'],
    ['=4z=41', '=4zA'],
    ['=4', '=4'],
    ['=  x', '=  x'],
    ['= \rx', '= \rx'],
    ['=\rx', '=\rx'],
    ['==41', '=A'],
  ])('keeps a = that begins nothing: %j', (text, octets) => {
    expect(decodeAllWays('quoted-printable', text)).toEqual({ text: octets, fault: 'MIME_QUOTED_PRINTABLE' })
  })

  it('keeps blanks that are more than a line holds', () => {
    for (const first of ['', 'a=']) {
      const [few, many] = [first + ' '.repeat(900), first + ' '.repeat(3000)]
      expect(decode('quoted-printable', [Buffer.from(`${few}\r\n`)]).text.trim()).toBe(first.slice(0, 1))
      const whole = decode('quoted-printable', [Buffer.from(`${many}\r\n`)])
      expect(whole.text.length).toBeGreaterThan(1900)
      const each = Array.from(`${many}\r\n`, (octet) => Buffer.from(octet))
      expect(decode('quoted-printable', each)).toEqual(whole)
    }
  })

  it('gives back what was encoded', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(700), (bytes, cut) => {
      const text = Array.from(bytes, (octet) => `=${octet.toString(16).toUpperCase().padStart(2, '0')}`)
        .join('')
        .replace(/.{75}/g, '$&=\r\n')
      const { text: decoded } = decode('quoted-printable', cutAt(Buffer.from(text), [Math.min(cut, text.length)]))
      expect(decoded).toBe(Buffer.from(bytes).toString('latin1'))
    })
    fc.assert(property)
  })
})

describe('the others', () => {
  it.each(['7bit', '8bit', 'binary', 'x-unknown'])('stand for themselves: %s', (encoding) => {
    const bytes = Buffer.from('a=20\0\xff', 'latin1')
    expect(transferDecoder(encoding).decode(bytes)).toBe(bytes)
    expect(decodeAllWays(encoding, 'a=20\0\xff')).toEqual({ text: 'a=20\0\xff', fault: undefined })
  })
})
