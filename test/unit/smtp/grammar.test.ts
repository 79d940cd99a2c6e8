import { describe, expect, it } from 'vitest'
import {
  enhancedCodeLength,
  isEnhancedCode,
  isEsmtpValue,
  isKeyword,
  isTextstring,
  parseAddressLiteral,
  parseDomain,
  parseLocalPart,
  parseReplyLine,
  writeLocalPart,
} from '../../../src/smtp/grammar.ts'
import { parseXtext, writeXtext } from '../../../src/smtp/xtext.ts'

const LABEL = 'a'.repeat(63)

describe('parseDomain', () => {
  it.each([
    ['x.test', 'x.test'],
    ['Mail.EXAMPLE.Test', 'mail.example.test'],
    ['io', 'io'],
    ['255.255.255.255', '255.255.255.255'],
    ['c--n.test', 'c--n.test'],
    ['xn--jxalpdlp', 'xn--jxalpdlp'],
    [`${LABEL}.test`, `${LABEL}.test`],
    [`${LABEL}.${LABEL}.${LABEL}.${'b'.repeat(63)}`, `${LABEL}.${LABEL}.${LABEL}.${'b'.repeat(63)}`],
  ])('takes %s', (text, domain) => {
    expect(parseDomain(text)).toBe(domain)
  })

  it.each([
    '',
    '.',
    'x.test.',
    '.x.test',
    'x..test',
    '-x.test',
    'x-.test',
    'x_y.test',
    `${LABEL}a.test`,
    `${LABEL}.${LABEL}.${LABEL}.${LABEL}.a`,
    'x test',
    'x.test\r\nRCPT',
    '\u00fc.test',
    // The Kelvin sign is no k
    '\u212a.test',
    'a\0b.test',
  ])('refuses %j', (text) => {
    expect(parseDomain(text)).toBeUndefined()
  })
})

describe('parseAddressLiteral', () => {
  it.each([
    ['[192.0.2.1]', '[192.0.2.1]'],
    ['[001.002.003.004]', '[1.2.3.4]'],
    ['[IPv6:2001:DB8::1]', '[IPv6:2001:db8::1]'],
    ['[ipv6:::]', '[IPv6:::]'],
    ['[IPv6:::1]', '[IPv6:::1]'],
    ['[IPv6:1::]', '[IPv6:1::]'],
    ['[IPv6:1:2:3:4:5:6:7:8]', '[IPv6:1:2:3:4:5:6:7:8]'],
    ['[IPv6:1:2:3:4:5:6:192.0.2.1]', '[IPv6:1:2:3:4:5:6:192.0.2.1]'],
    ['[IPv6:1:2:3:4::192.0.2.1]', '[IPv6:1:2:3:4::192.0.2.1]'],
    ['[IPv6:::192.0.2.1]', '[IPv6:::192.0.2.1]'],
  ])('takes %s', (text, literal) => {
    expect(parseAddressLiteral(text)).toBe(literal)
  })

  it.each([
    '192.0.2.1',
    '[192.0.2.1',
    '192.0.2.1]',
    '[]',
    '[1.2.3]',
    '[1.2.3.4.5]',
    '[1.2.3.256]',
    '[1.2.3.0004]',
    '[1.2.3.]',
    '[1.2.3.-4]',
    '[ 1.2.3.4]',
    '[IPv6:]',
    '[IPv6:1:2:3:4:5:6:7]',
    '[IPv6:1:2:3:4:5:6:7:8:9]',
    '[IPv6:1:2:3:4:5:6:7::8]',
    '[IPv6:1::2::3]',
    '[IPv6:1:::2]',
    '[IPv6:1::2:]',
    '[IPv6::1]',
    '[IPv6:12345::]',
    '[IPv6:g::]',
    '[IPv6:192.0.2.1::1]',
    '[IPv6:192.0.2.1:1:2:3:4:5:6]',
    '[IPv6:1:2:3:4:5:192.0.2.1]',
    `[IPv6:${'1:'.repeat(40)}1]`,
    '[IPv6:\u2460::]',
    '[IPv6:fe80::1%eth0]',
    // A tag that is not registered
    '[X25:311061700956]',
    '[1111:2222:3333:4444:5555:6666:7777:8888]',
  ])('refuses %j', (text) => {
    expect(parseAddressLiteral(text)).toBeUndefined()
  })
})

describe('local-parts', () => {
  it.each([
    ['joe', 'joe'],
    ['Joe.Smith+tag', 'Joe.Smith+tag'],
    ["!#$%&'*+-/=?^_`{|}~", "!#$%&'*+-/=?^_`{|}~"],
    ['""', ''],
    ['"a b"', 'a b'],
    ['"a@b"', 'a@b'],
    ['"a>b"', 'a>b'],
    ['"a..b"', 'a..b'],
    ['"\\a\\b"', 'ab'],
    ['"\\"\\\\"', '"\\'],
    ['"joe"', 'joe'],
    [`"${'a'.repeat(62)}"`, 'a'.repeat(62)],
  ])('decodes %s', (text, decoded) => {
    expect(parseLocalPart(text)).toBe(decoded)
  })

  it.each([
    '',
    '.a',
    'a.',
    'a..b',
    'a b',
    'a@b',
    'a"b',
    'a\\b',
    '"',
    '"a',
    'a"',
    '"a"b"',
    '"a"b',
    '"a\\"',
    '"a\r\n"',
    '"a\tb"',
    '"\u00e9"',
    '\u00e9',
    'a'.repeat(65),
    `"${'a'.repeat(63)}"`,
  ])('refuses %j', (text) => {
    expect(parseLocalPart(text)).toBeUndefined()
  })

  it.each([
    ['joe', 'joe'],
    ['', '""'],
    ['a b', '"a b"'],
    ['a..b', '"a..b"'],
    ['.', '"."'],
    ['"\\', '"\\"\\\\"'],
    ['a> NOTIFY=NEVER', '"a> NOTIFY=NEVER"'],
  ])('quotes %j no more than it must', (decoded, text) => {
    expect(writeLocalPart(decoded)).toBe(text)
    expect(parseLocalPart(text)).toBe(decoded)
  })

  it.each(['a\r\nb', 'a\0', '\t', '\x7f', '\u00e9', '\u4e2d', 'a'.repeat(65), ' '.repeat(63)])(
    'does not write %j',
    (text) => {
      expect(writeLocalPart(text)).toBeUndefined()
    },
  )
})

it('knows keywords', () => {
  for (const text of ['SIZE', '8BITMIME', 'X-a-', 'a']) expect(isKeyword(text), text).toBe(true)
  for (const text of ['', '-A', 'A_B', 'A=', 'A B', '__proto__', '\u00e9']) expect(isKeyword(text), text).toBe(false)
})

it('knows values', () => {
  for (const text of ['1', '<a@x>', '~', '!']) expect(isEsmtpValue(text), text).toBe(true)
  for (const text of ['', '=', 'a b', '\x7f', 'a\t', '\u00e9']) expect(isEsmtpValue(text), text).toBe(false)
})

it('knows the text of replies', () => {
  for (const text of ['', 'a b\tc', '~ !']) expect(isTextstring(text), text).toBe(true)
  for (const text of ['\r', '\n', '\0', '\x7f', '\u00e9', '\u2028']) expect(isTextstring(text), text).toBe(false)
})

describe('xtext', () => {
  it.each([
    ['', ''],
    ['abc', 'abc'],
    ['a+2Bb', 'a+b'],
    ['+3D+20+0D+0A', '= \r\n'],
    ['+FF', '\u00ff'],
  ])('decodes %s', (text, decoded) => {
    expect(parseXtext(text)).toBe(decoded)
    expect(writeXtext(decoded)).toBe(text)
  })

  it.each(['=', 'a b', '+', '+2', '+2b', '+GG', '+ 20', '\u00e9', '\x7f', 'a\r'])('refuses %j', (text) => {
    expect(parseXtext(text)).toBeUndefined()
  })

  it('gives small octets two digits', () => {
    expect(writeXtext('\t')).toBe('+09')
  })

  it('does not write what is no octet', () => {
    expect(writeXtext('\u0100')).toBeUndefined()
  })
})

describe('parseReplyLine', () => {
  it.each([
    ['250 OK', { code: 250, continues: false, text: 'OK' }],
    ['250-OK', { code: 250, continues: true, text: 'OK' }],
    ['250', { code: 250, continues: false, text: '' }],
    ['250 ', { code: 250, continues: false, text: '' }],
    ['250-', { code: 250, continues: true, text: '' }],
    ['559 \xff\0', { code: 559, continues: false, text: '\xff\0' }],
    ['200  two', { code: 200, continues: false, text: ' two' }],
  ])('reads %j', (line, parsed) => {
    expect(parseReplyLine(line)).toEqual(parsed)
  })

  it.each([
    '',
    '25',
    '2500',
    '250X',
    '250\tOK',
    ' 250 OK',
    '000 x',
    '150 x',
    '650 x',
    '260 x',
    '571 x',
    '2\u00b20 x',
    'ok',
  ])('refuses %j', (line) => {
    expect(parseReplyLine(line)).toBeUndefined()
  })

  it('takes any second digit when told', () => {
    expect(parseReplyLine('571 no', true)).toEqual({ code: 571, continues: false, text: 'no' })
    expect(parseReplyLine('671 no', true)).toBeUndefined()
  })
})

describe('enhanced status codes', () => {
  it.each([
    ['2.1.5 OK', 250, 6],
    ['2.1.5', 250, 5],
    ['4.999.999 x', 450, 10],
    ['5.1.1 OK', 250, 0],
    ['3.1.1 OK', 354, 0],
    ['2.1.5OK', 250, 0],
    ['2.1 OK', 250, 0],
    ['2.1.1000 OK', 250, 0],
    ['OK', 250, 0],
  ])('finds that of %j', (text, code, length) => {
    expect(enhancedCodeLength(text, code)).toBe(length)
  })

  it('knows one that stands alone', () => {
    expect(isEnhancedCode('2.1.5', 250)).toBe(true)
    for (const text of ['', '2.1.5 ', '2.1.5 x', '5.1.1', '2.1']) expect(isEnhancedCode(text, 250), text).toBe(false)
  })
})
