/** Encoded words: the examples of RFC 2047 §8, what is sent besides, and what must not come out. */
import { describe, expect, it } from 'vitest'
import { decodeCharset, decodeUnnamed } from '../../../../src/smtp/message/charset.ts'
import { decodeWords } from '../../../../src/smtp/message/encoded-word.ts'

describe('encoded words', () => {
  it.each([
    ['=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>', 'Keith Moore <moore@cs.utk.edu>'],
    ['=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>', 'Keld Jørn Simonsen <keld@dkuug.dk>'],
    ['=?ISO-8859-1?Q?Andr=E9?= Pirard', 'André Pirard'],
    [
      '=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=',
      'If you can read this you understand the example.',
    ],
    ['(=?ISO-8859-1?Q?a?=)', '(a)'],
    ['(=?ISO-8859-1?Q?a?= b)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a_b?=)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)', '(a b)'],
    ['=?us-ascii*en-US?q?hello?=', 'hello'],
    ['=?utf-8?Q?with spaces?= b', 'with spaces b'],
    ['=?utf-8?Q?J=C3?= =?utf-8?Q?=B6rg?=', 'Jörg'],
    ['=?utf-8?b?8J+Y?= \t=?utf-8?b?gA==?=', '😀'],
    ['=?utf-8?Q??=', ''],
    ['nothing', 'nothing'],
    ['a=?b', 'a=?b'],
    ['=?utf-8?Q?a=ZZ=4?=', 'a=ZZ=4'],
  ])('are text: %s', (text, decoded) => {
    expect(decodeWords(text)).toBe(decoded)
  })

  it.each([
    '=?utf-8?Q?a',
    '=?utf-8?Q?a?',
    '=?utf-8?Q',
    '=?utf-8?X?a?=',
    '=?utf-8?QQ?a?=',
    '=?no-such-charset?Q?a?=',
    '=?utf-7?Q?+ADw-script+AD4-?=',
    '=?UTF-7*en?B?KztB?=',
    '=?utf 8?Q?a?=',
    `=?${'x'.repeat(50)}?Q?a?=`,
    '=??Q?a?=',
  ])('are none: %s', (text) => {
    expect(decodeWords(text)).toBe(text)
  })

  it('are decoded once', () => {
    expect(decodeWords('=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=')).toBe('=?utf-8?Q?a?=')
    expect(decodeWords('=?utf-8?Q?=3D=3Futf-8=3FQ=3F?=a?=')).toBe('=?utf-8?Q?a?=')
  })

  it('give no line ends and no NUL', () => {
    expect(decodeWords('=?utf-8?Q?a=0D=0ABcc:=00=C2=85=E2=80=A8=7F=1B?=')).toBe('a  Bcc:     ')
    expect(decodeWords('=?utf-8?B?DQoNCg==?=')).toBe('    ')
    expect(decodeWords('=?utf-16be?B?AA0ACg==?=')).toBe('  ')
  })

  it('are no more than so many', () => {
    expect(decodeWords('=?utf-8?Q?a?= =?utf-8?Q?b?= =?utf-8?Q?c?=', { maxEncodedWords: 2 })).toBe('ab =?utf-8?Q?c?=')
  })
})

describe('charsets', () => {
  const octets = Buffer.from([0x61, 0xe9, 0x80])

  it.each([
    ['utf-8', Buffer.from('é'), 'é'],
    ['UTF8', Buffer.from('a'), 'a'],
    ['utf-8', octets, 'a\ufffd'],
    ['iso-8859-1', octets, 'aé€'],
    ['ISO-8859-1', Buffer.from('a'), 'a'],
    ['us-ascii', octets, 'aé€'],
    ['ascii', Buffer.from('é'), 'é'],
    ['koi8-r', Buffer.from([0xc1, 0xc2]), 'аб'],
    ['Shift_JIS', Buffer.from([0x82, 0xa0]), 'あ'],
    ['gb2312', Buffer.from([0xc4, 0xe3]), '你'],
    ['utf-7', octets, undefined],
    ['unicode-1-1-utf-7', octets, undefined],
    ['__proto__', octets, undefined],
    ['', octets, undefined],
  ])('have names: %s', (name, bytes, text) => {
    expect(decodeCharset(name, bytes)).toBe(text)
  })

  it('are not more than this Node has', () => {
    expect([undefined, 'ț']).toContain(decodeCharset('iso-8859-16', Buffer.from([0xfe])))
  })

  it('that nobody names are UTF-8 or windows-1252', () => {
    expect(decodeUnnamed(Buffer.from('é'))).toBe('é')
    expect(decodeUnnamed(octets)).toBe('aé€')
    expect(decodeUnnamed(Buffer.from([0x81]))).toBe('\x81')
  })
})
