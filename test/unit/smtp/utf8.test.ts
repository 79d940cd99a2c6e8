import { describe, expect, it } from 'vitest'
import { parseMailbox, writeMailbox } from '../../../src/smtp/address.ts'
import { parseDomain } from '../../../src/smtp/grammar.ts'
import { parseParameters } from '../../../src/smtp/parameters.ts'
import { decodeUtf8, encodeUtf8, isInternational, isLonger } from '../../../src/smtp/utf8.ts'

describe('octets and characters', () => {
  it.each([
    ['abc', 'abc'],
    ['', ''],
    ['\xc3\xbc', '\u00fc'],
    ['\xf0\x9f\x98\x80', '\u{1f600}'],
    // A byte order mark is a character like others.
    ['\xef\xbb\xbfa', '\ufeffa'],
  ])('%j is %j', (octets, text) => {
    expect(decodeUtf8(octets)).toBe(text)
    expect(encodeUtf8(text)).toBe(octets)
  })

  it.each(['\xfc', '\xc3', '\xc0\x80', '\xed\xa0\x80', '\xf4\x90\x80\x80', 'a\xff'])('%j is no UTF-8', (octets) => {
    expect(decodeUtf8(octets)).toBeUndefined()
  })

  it('counts octets', () => {
    expect(isLonger('\u00fc', 1, 'utf8')).toBe(true)
    expect(isLonger('\u00fc', 2, 'utf8')).toBe(false)
    expect(isLonger('ab', 1, 'ascii')).toBe(true)
  })

  it('knows what ends a line or is half a character', () => {
    expect(isInternational('\u6f22 \u{1f600}')).toBe(true)
    for (const text of ['\u0085', '\u2028', '\u2029', '\ud800', '\udc00a']) expect(isInternational(text)).toBe(false)
  })
})

describe('mailboxes', () => {
  it.each([
    ['j\u00fcrgen@x.test', { localPart: 'j\u00fcrgen', domain: 'x.test' }],
    ['"\u6f22 \\"a"@x.test', { localPart: '\u6f22 "a', domain: 'x.test' }],
    ['a@b\u00fccher.\u6d4b\u8bd5', { localPart: 'a', domain: 'xn--bcher-kva.xn--0zwm56d' }],
    ['a@X.b\u00fccher.test', { localPart: 'a', domain: 'x.xn--bcher-kva.test' }],
  ])('%s is one', (text, path) => {
    expect(parseMailbox(text, 'utf8')).toEqual(path)
    expect(parseMailbox(text)).toBeUndefined()
    expect(parseMailbox(writeMailbox(path, 'utf8') ?? '', 'utf8')).toEqual(path)
  })

  it.each([
    `${'\u00fc'.repeat(33)}@x.test`,
    '"\\\u00fc"@x.test',
    '"a\\"@x.test',
    '"\u0085"@x.test',
    'a\u2028b@x.test',
    '\ud800@x.test',
    'a\x07\u00fc@x.test',
    '\u00fc..a@x.test',
    'a@\u00dcber.test',
    'a@ex\u00adample.test',
    'a@\uff41.test',
    'a@\u00fc_.test',
    'a@-\u00fc.test',
    'a@xn--\u00fc.test',
    `a@${'\u00fc'.repeat(60)}.test`,
  ])('%j is none', (text) => {
    expect(parseMailbox(text, 'utf8')).toBeUndefined()
  })

  it('names are looked up in A-labels, and those are names too', () => {
    expect(parseDomain('xn--bcher-kva.test', 'utf8')).toBe('xn--bcher-kva.test')
    expect(parseDomain('xn--bcher-kva.b\u00fccher.test', 'utf8')).toBe('xn--bcher-kva.xn--bcher-kva.test')
  })
})

it('is read in AUTH= behind xtext alone', () => {
  const offered = new Set(['AUTH'])
  expect(parseParameters('AUTH=a+', 'mail', offered)).toBe('SMTP_PARAMETER_VALUE')
  expect(parseParameters('AUTH=\u00fc@x.test', 'mail', offered, 'utf8')).toBe('SMTP_PARAMETER_VALUE')
})
