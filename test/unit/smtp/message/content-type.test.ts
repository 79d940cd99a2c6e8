/** Content-Type and its like, with the parameters of RFC 2231. */
import { describe, expect, it } from 'vitest'
import {
  fileNameOf,
  parseContentType,
  parseDisposition,
  parseTransferEncoding,
  TEXT_PLAIN,
} from '../../../../src/smtp/message/content-type.ts'
import type { MimeViolationCode } from '../../../../src/smtp/message/errors.ts'

interface Parameters {
  readonly parameters: Record<string, string>
  readonly violations: readonly MimeViolationCode[]
}

function parameters(text: string, maxParameters = 20): Parameters {
  const violations: MimeViolationCode[] = []
  const parsed = parseContentType(`a/b${text}`, { maxParameters }, violations)
  return { parameters: Object.fromEntries(parsed?.parameters ?? []), violations }
}

describe('Content-Type', () => {
  it.each([
    ['text/plain', 'text/plain'],
    ['TEXT / Html (really (so)) ; x=y', 'text/html'],
    ['(a)application/x-a+b', 'application/x-a+b'],
  ])('has a type: %s', (text, mediaType) => {
    const [type, subtype] = mediaType.split('/')
    expect(parseContentType(text)).toMatchObject({ mediaType, type, subtype })
  })

  it.each(['', 'text', 'text/', '/plain', 'text;x=y', 'te xt/plain', '"text"/plain', '(text/plain'])(
    'has none: %j',
    (text) => {
      expect(parseContentType(text)).toBeUndefined()
    },
  )

  it('has parameters', () => {
    expect(parameters('; charset=us-ascii (Plain text); FORMAT="flowed"')).toEqual({
      parameters: { charset: 'us-ascii', format: 'flowed' },
      violations: [],
    })
    expect(parameters('; a = "b\\"c;d" ; ;e=; f=(x)g;')).toEqual({
      parameters: { a: 'b"c;d', e: '', f: 'g' },
      violations: [],
    })
    expect(parameters('; name=my file(1).pdf (x) ; b=\u00fc')).toEqual({
      parameters: { name: 'my file(1).pdf', b: '\u00fc' },
      violations: [],
    })
    expect(parameters('; __proto__=x; constructor=y').violations).toEqual([])
  })

  it.each<[string, Record<string, string>]>([
    // RFC 2231 §3, §4, §4.1
    [
      '; access-type=URL; URL*0="ftp://"; URL*1="cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar"',
      { 'access-type': 'URL', url: 'ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar' },
    ],
    ["; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", { title: 'This is ***fun***' }],
    [
      "; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
      { title: "This is even more ***fun*** isn't it!" },
    ],
    ["; a*0*=utf-8''%C3; a*1*=%BC", { a: 'ü' }],
    ['; a*1=c; a*0=b', { a: 'bc' }],
    ['; a*0=b; a*2=d', { a: 'b' }],
    ["; a*=''%FC; b*=x''%C3%BC; c*=%41; d*=utf-7''a%2B", { a: 'ü', b: 'ü', c: 'A', d: 'a+' }],
    ["; a*=utf-8''%zz%4", { a: '%zz%4' }],
    ['; a*0="b"; a*1*=%C3%BC', { a: 'bü' }],
    ["; a*=utf-8''x%0D%0ABcc:", { a: 'x  Bcc:' }],
    // Which counts
    ["; a=1; a*0=2; a*=''3", { a: '3' }],
    ["; a*=''3; a*0=2; a=1", { a: '3' }],
    ['; a=1; a*0=2', { a: '2' }],
    ["; a*=''", { a: '' }],
  ])('has values in pieces and charsets: %s', (text, expected) => {
    expect(parameters(text)).toEqual({ parameters: expected, violations: [] })
  })

  it.each<[string, Record<string, string>, MimeViolationCode[]]>([
    ['; a', {}, ['MIME_PARAMETER']],
    ['; =b', {}, ['MIME_PARAMETER', 'MIME_PARAMETER']],
    ['; a b=c; d=e', { d: 'e' }, ['MIME_PARAMETER', 'MIME_PARAMETER']],
    [' junk; a=b', { a: 'b' }, ['MIME_PARAMETER']],
    ['; a="b"junk; c=d', { a: 'b', c: 'd' }, ['MIME_PARAMETER']],
    ['; a="b" junk', { a: 'b' }, ['MIME_PARAMETER']],
    ['; a="b', { a: 'b' }, []],
    ['; boundary=x; boundary=y', { boundary: 'x' }, ['MIME_PARAMETER_REPEATED']],
    ["; a*=''x; a*=''y", { a: 'x' }, ['MIME_PARAMETER_REPEATED']],
    ["; a*0=x; a*0*=''y", { a: 'x' }, ['MIME_PARAMETER_REPEATED']],
    ["; a*0*=''y; a*0=x", { a: 'y' }, ['MIME_PARAMETER_REPEATED']],
    ['; name*999999=x; a=b', { a: 'b' }, ['MIME_PARAMETER']],
    ['; name*99999999999999999999=x', {}, ['MIME_PARAMETER']],
    ['; name*20=x', {}, ['MIME_PARAMETER']],
    ['; name*1=x', {}, ['MIME_PARAMETER']],
    ['; name*1=x; name=y', { name: 'y' }, []],
    ['; name*00=x', {}, ['MIME_PARAMETER']],
    ['; name*x=x', {}, ['MIME_PARAMETER']],
    ['; name*0**=x', {}, ['MIME_PARAMETER']],
    ['; \u0001=x', {}, ['MIME_PARAMETER', 'MIME_PARAMETER']],
  ])('forgives: %s', (text, expected, violations) => {
    expect(parameters(text)).toEqual({ parameters: expected, violations })
  })

  it('has no more parameters than so many', () => {
    expect(parameters('; a=1; b=2; c=3', 2)).toEqual({
      parameters: { a: '1', b: '2' },
      violations: ['MIME_PARAMETERS_MANY'],
    })
    expect(parameters('; a*0=1; a*1=2; a*2=3', 2).parameters).toEqual({ a: '12' })
  })
})

describe('Content-Disposition', () => {
  it('has a type and parameters', () => {
    const disposition = parseDisposition('Attachment (x); filename=genome.jpeg; size="12"')
    expect(disposition?.type).toBe('attachment')
    expect(Object.fromEntries(disposition?.parameters ?? [])).toEqual({ filename: 'genome.jpeg', size: '12' })
    expect(parseDisposition('inline')?.parameters.size).toBe(0)
  })

  it.each(['', ';', '"attachment"'])('has none: %j', (text) => {
    expect(parseDisposition(text)).toBeUndefined()
  })

  it.each([
    ['a.pdf', 'a.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\\\Users\\\\a.pdf', 'a.pdf'],
    ['/', undefined],
    ['a/..', undefined],
    ['.', undefined],
    ['', undefined],
    ['=?utf-8?Q?J=C3=B6rg.pdf?=', 'Jörg.pdf'],
    ['=?utf-8?Q?a=2F=2E=2E=2Fb?=', 'b'],
    ['a\u0000b\u0085', 'a b '],
  ])('names a file: %j', (name, expected) => {
    const disposition = parseDisposition(`attachment; filename="${name}"`)
    expect(fileNameOf(TEXT_PLAIN, disposition)).toBe(expected)
  })

  it('may leave the name to the type', () => {
    const type = parseContentType('a/b; name=c.txt') ?? TEXT_PLAIN
    expect(fileNameOf(type, undefined)).toBe('c.txt')
    expect(fileNameOf(type, parseDisposition('attachment; filename=d.txt'))).toBe('d.txt')
    expect(fileNameOf(TEXT_PLAIN, undefined)).toBeUndefined()
  })
})

describe('Content-Transfer-Encoding', () => {
  it('has a name', () => {
    expect(parseTransferEncoding(' BASE64 (x)')).toBe('base64')
    expect(parseTransferEncoding('')).toBeUndefined()
  })
})
