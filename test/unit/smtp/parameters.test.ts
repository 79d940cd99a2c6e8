import { describe, expect, it } from 'vitest'
import { EXTENSIONS } from '../../../src/smtp/extensions.ts'
import { parseParameters, PARAMETERS, writeParameters } from '../../../src/smtp/parameters.ts'
import type { Parameters } from '../../../src/smtp/parameters.ts'

const ALL: ReadonlySet<string> = new Set(EXTENSIONS)
const NONE: ReadonlySet<string> = new Set()

describe('reading', () => {
  it.each([
    ['', {}],
    ['SIZE=0', { SIZE: 0 }],
    ['size=1000', { SIZE: 1000 }],
    ['SIZE=00000000000000001000', { SIZE: 1000 }],
    ['SIZE=99999999999999999999', { SIZE: Number.MAX_SAFE_INTEGER }],
    ['BODY=7BIT', { BODY: '7BIT' }],
    ['Body=8bitMime SIZE=5', { BODY: '8BITMIME', SIZE: 5 }],
    ['BODY=BinaryMime', { BODY: 'BINARYMIME' }],
    ['SMTPUTF8 requiretls', { SMTPUTF8: true, REQUIRETLS: true }],
    ['RET=hdrs ENVID=QQ+20+2B1', { RET: 'HDRS', ENVID: 'QQ +1' }],
    ['RET=FULL', { RET: 'FULL' }],
    ['AUTH=<>', { AUTH: null }],
    ['AUTH=e+3Dmc2@example.test', { AUTH: { localPart: 'e=mc2', domain: 'example.test' } }],
    ['AUTH=j+C3+BCrgen@x.test', { AUTH: { localPart: 'j\u00fcrgen', domain: 'x.test' } }],
    ['BY=-120;nt', { BY: { seconds: -120, mode: 'N', trace: true } }],
    ['BY=-0;N', { BY: { seconds: 0, mode: 'N', trace: false } }],
    ['BY=+125;R', { BY: { seconds: 125, mode: 'R', trace: false } }],
    ['HOLDFOR=86400', { HOLDFOR: 86_400 }],
    ['HOLDUNTIL=2026-01-31T08:00:00Z', { HOLDUNTIL: '2026-01-31T08:00:00Z' }],
    ['MT-PRIORITY=-9', { 'MT-PRIORITY': -9 }],
    ['MT-PRIORITY=0', { 'MT-PRIORITY': 0 }],
    ['MT-PRIORITY=3', { 'MT-PRIORITY': 3 }],
  ])('takes %j', (text, parameters) => {
    expect(parseParameters(text, 'mail', ALL)).toEqual(parameters)
  })

  it.each([
    [' ', 'SMTP_PARAMETER_SYNTAX'],
    ['SIZE=1  BODY=7BIT', 'SMTP_PARAMETER_SYNTAX'],
    ['=1', 'SMTP_PARAMETER_SYNTAX'],
    ['SIZE=', 'SMTP_PARAMETER_SYNTAX'],
    ['SIZE=1=2', 'SMTP_PARAMETER_SYNTAX'],
    ['-X=1', 'SMTP_PARAMETER_SYNTAX'],
    ['__proto__=1', 'SMTP_PARAMETER_SYNTAX'],
    ['constructor=1', 'SMTP_PARAMETER_UNKNOWN'],
    ['FOO=bar', 'SMTP_PARAMETER_UNKNOWN'],
    ['NOTIFY=NEVER', 'SMTP_PARAMETER_UNKNOWN'],
    ['SMTPUTF8=1', 'SMTP_PARAMETER_VALUE'],
    ['REQUIRETLS=1', 'SMTP_PARAMETER_VALUE'],
    ['SMTPUTF8 SMTPUTF8', 'SMTP_PARAMETER_REPEATED'],
    ['RET=FULL RET=FULL', 'SMTP_PARAMETER_REPEATED'],
    ['RET', 'SMTP_PARAMETER_VALUE'],
    ['RET=ALL', 'SMTP_PARAMETER_VALUE'],
    ['ENVID', 'SMTP_PARAMETER_VALUE'],
    ['ENVID=a+0D+0Ab', 'SMTP_PARAMETER_VALUE'],
    ['ENVID=a+0', 'SMTP_PARAMETER_VALUE'],
    ['ENVID=a+e9', 'SMTP_PARAMETER_VALUE'],
    [`ENVID=${'x'.repeat(101)}`, 'SMTP_PARAMETER_VALUE'],
    ['AUTH', 'SMTP_PARAMETER_VALUE'],
    ['AUTH=joe', 'SMTP_PARAMETER_VALUE'],
    ['AUTH=+FF@x.test', 'SMTP_PARAMETER_VALUE'],
    ['AUTH=<a@x.test>', 'SMTP_PARAMETER_VALUE'],
    ['BY=60', 'SMTP_PARAMETER_VALUE'],
    ['BY=60;X', 'SMTP_PARAMETER_VALUE'],
    ['BY=0;R', 'SMTP_PARAMETER_VALUE'],
    ['BY=-1;R', 'SMTP_PARAMETER_VALUE'],
    ['BY=1234567890;N', 'SMTP_PARAMETER_VALUE'],
    ['BY', 'SMTP_PARAMETER_VALUE'],
    ['HOLDFOR=0', 'SMTP_PARAMETER_VALUE'],
    ['HOLDFOR=1234567890', 'SMTP_PARAMETER_VALUE'],
    ['HOLDFOR', 'SMTP_PARAMETER_VALUE'],
    ['HOLDUNTIL', 'SMTP_PARAMETER_VALUE'],
    ['HOLDUNTIL=tomorrow', 'SMTP_PARAMETER_VALUE'],
    ['HOLDUNTIL=2026-02-30T00:00:00Z', 'SMTP_PARAMETER_VALUE'],
    ['HOLDUNTIL=2026-13-01T00:00:00Z', 'SMTP_PARAMETER_VALUE'],
    ['HOLDUNTIL=2026-01-31T08:00:00+00:00', 'SMTP_PARAMETER_VALUE'],
    ['HOLDFOR=60 HOLDUNTIL=2026-01-31T08:00:00Z', 'SMTP_PARAMETER_CONFLICT'],
    ['HOLDUNTIL=2026-01-31T08:00:00Z HOLDFOR=60', 'SMTP_PARAMETER_CONFLICT'],
    ['MT-PRIORITY', 'SMTP_PARAMETER_VALUE'],
    ['MT-PRIORITY=10', 'SMTP_PARAMETER_VALUE'],
    ['MT-PRIORITY=-0', 'SMTP_PARAMETER_VALUE'],
    ['MT-PRIORITY=+1', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=1 SIZE=2', 'SMTP_PARAMETER_REPEATED'],
    ['SIZE=1 size=1', 'SMTP_PARAMETER_REPEATED'],
    ['SIZE', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=abc', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=-1', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=1.5', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=0x10', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=123456789012345678901', 'SMTP_PARAMETER_VALUE'],
    ['BODY', 'SMTP_PARAMETER_VALUE'],
    ['BODY=X', 'SMTP_PARAMETER_VALUE'],
  ])('refuses %j', (text, code) => {
    expect(parseParameters(text, 'mail', ALL)).toBe(code)
  })

  it.each([
    ['NOTIFY=never', { NOTIFY: 'NEVER' }],
    ['NOTIFY=Success,DELAY,success', { NOTIFY: ['SUCCESS', 'DELAY'] }],
    ['ORCPT=RFC822;Bob+40x.test', { ORCPT: { type: 'rfc822', address: 'Bob@x.test' } }],
    ['ORCPT=rfc822;+22a+20b+22@x.test', { ORCPT: { type: 'rfc822', address: '"a b"@x.test' } }],
    ['ORCPT=utf-8;j\\x{FC}r@x.test', { ORCPT: { type: 'utf-8', address: 'j\u00fcr@x.test' } }],
    ['ORCPT=utf-8;a\\x{2B}b\\x{1F600}@x.test', { ORCPT: { type: 'utf-8', address: 'a+b\u{1f600}@x.test' } }],
  ])('of RCPT takes %j', (text, parameters) => {
    expect(parseParameters(text, 'rcpt', ALL)).toEqual(parameters)
  })

  it('takes UTF-8 as it is only where the transaction has it', () => {
    const text = 'ORCPT=utf-8;j\u00fcr@x.test'
    expect(parseParameters(text, 'rcpt', ALL, 'utf8')).toEqual({ ORCPT: { type: 'utf-8', address: 'j\u00fcr@x.test' } })
    expect(parseParameters(text, 'rcpt', ALL)).toBe('SMTP_PARAMETER_SYNTAX')
    expect(parseParameters('ORCPT=rfc822;j\u00fcr@x.test', 'rcpt', ALL, 'utf8')).toBe('SMTP_PARAMETER_VALUE')
  })

  it('ORCPT above ASCII in xtext, as Postfix writes it, is what it was meant to be', () => {
    const text = 'ORCPT=rfc822;j+C3+BCr@x.test'
    const read = parseParameters(text, 'rcpt', ALL, 'utf8')
    expect(read).toEqual({ ORCPT: { type: 'utf-8', address: 'jür@x.test' } })
    expect(parseParameters(text, 'rcpt', ALL)).toBe('SMTP_PARAMETER_VALUE')
    for (const bad of ['j+FCr', 'j+C2+85r', 'j+C3+BC+0Dr', 'j+C3']) {
      expect(parseParameters(`ORCPT=rfc822;${bad}`, 'rcpt', ALL, 'utf8'), bad).toBe('SMTP_PARAMETER_VALUE')
    }
  })

  it.each([
    ['NOTIFY', 'SMTP_PARAMETER_VALUE'],
    ['NOTIFY=', 'SMTP_PARAMETER_SYNTAX'],
    ['NOTIFY=NEVER,SUCCESS', 'SMTP_PARAMETER_VALUE'],
    ['NOTIFY=SUCCESS,', 'SMTP_PARAMETER_VALUE'],
    ['NOTIFY=FAIL', 'SMTP_PARAMETER_VALUE'],
    ['NOTIFY=DELAY NOTIFY=DELAY', 'SMTP_PARAMETER_REPEATED'],
    ['ORCPT', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=a@x.test', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=;a@x.test', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=rfc822;', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=a b;c', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=a(b;c', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=rfc822;a+0D+0Ab', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=rfc822;a+09b', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=rfc822;a+2', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=utf-8;a\\x{0D}', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=utf-8;a\\x{41}', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=utf-8;a\\x{0FC}', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=utf-8;a\\x{D800}', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=utf-8;a\\x{110000}', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=utf-8;a\\x{85}', 'SMTP_PARAMETER_VALUE'],
    ['ORCPT=utf-8;a\\y', 'SMTP_PARAMETER_VALUE'],
    [`ORCPT=rfc822;${'x'.repeat(494)}`, 'SMTP_PARAMETER_VALUE'],
  ])('of RCPT refuses %j', (text, code) => {
    expect(parseParameters(text, 'rcpt', ALL)).toBe(code)
  })

  it('takes no content in chunks where there are none', () => {
    expect(parseParameters('BODY=BINARYMIME', 'mail', new Set(['8BITMIME']))).toBe('SMTP_PARAMETER_VALUE')
  })

  it('knows no parameter whose extension is not there, nor one of the other command', () => {
    expect(parseParameters('SIZE=1', 'mail', NONE)).toBe('SMTP_PARAMETER_UNKNOWN')
    expect(parseParameters('BODY=7BIT', 'mail', new Set(['SIZE']))).toBe('SMTP_PARAMETER_UNKNOWN')
    expect(parseParameters('SIZE=1', 'rcpt', ALL)).toBe('SMTP_PARAMETER_UNKNOWN')
  })
})

describe('writing', () => {
  it('writes what it reads', () => {
    const text = ' SIZE=12 BODY=8BITMIME'
    expect(writeParameters({ SIZE: 12, BODY: '8BITMIME' }, 'mail', ALL)).toEqual({ text })
    expect(parseParameters(text.slice(1), 'mail', ALL)).toEqual({ SIZE: 12, BODY: '8BITMIME' })
    expect(writeParameters({}, 'rcpt', NONE)).toEqual({ text: '' })
  })

  it.each<[Parameters, string]>([
    [{ BODY: 'BINARYMIME', SMTPUTF8: true, REQUIRETLS: true }, ' BODY=BINARYMIME SMTPUTF8 REQUIRETLS'],
    [{ RET: 'HDRS', ENVID: 'a b+' }, ' RET=HDRS ENVID=a+20b+2B'],
    [{ AUTH: null }, ' AUTH=<>'],
    [{ AUTH: { localPart: 'a=b \u00fc', domain: 'x.test' } }, ' AUTH="a+3Db+20+C3+BC"@x.test'],
    [{ BY: { seconds: -5, mode: 'N', trace: true }, 'MT-PRIORITY': -3 }, ' BY=-5;NT MT-PRIORITY=-3'],
    [{ HOLDFOR: 60 }, ' HOLDFOR=60'],
    [{ HOLDUNTIL: '2026-01-31T08:00:00Z' }, ' HOLDUNTIL=2026-01-31T08:00:00Z'],
  ])('writes %j', (parameters, text) => {
    expect(writeParameters(parameters, 'mail', ALL)).toEqual({ text })
    expect(parseParameters(text.slice(1), 'mail', ALL)).toEqual(parameters)
  })

  it.each<[Parameters, 'ascii' | 'utf8', string]>([
    [{ NOTIFY: 'NEVER' }, 'ascii', ' NOTIFY=NEVER'],
    [{ NOTIFY: ['FAILURE', 'DELAY'] }, 'ascii', ' NOTIFY=FAILURE,DELAY'],
    [{ ORCPT: { type: 'rfc822', address: 'A+b@x.test' } }, 'ascii', ' ORCPT=rfc822;A+2Bb@x.test'],
    [{ ORCPT: { type: 'utf-8', address: '\u00fc\\@x.test' } }, 'ascii', ' ORCPT=utf-8;\\x{FC}\\x{5C}@x.test'],
    [{ ORCPT: { type: 'utf-8', address: '\u00fc=@x.test' } }, 'utf8', ' ORCPT=utf-8;\u00fc\\x{3D}@x.test'],
  ])('writes %j in %s', (parameters, charset, text) => {
    expect(writeParameters(parameters, 'rcpt', ALL, charset)).toEqual({ text })
    expect(parseParameters(text.slice(1), 'rcpt', ALL, charset)).toEqual(parameters)
  })

  it.each<[unknown]>([
    [{ NOTIFY: [] }],
    [{ NOTIFY: ['NEVER', 'DELAY'] }],
    [{ ORCPT: { type: 'rfc822', address: 'a\r\nb' } }],
    [{ ORCPT: { type: 'rfc822', address: '\u0100' } }],
    [{ ORCPT: { type: 'rfc 822', address: 'a' } }],
    [{ ORCPT: { type: 'RFC822', address: 'a' } }],
    [{ ORCPT: { type: 'utf-8', address: 'a\u2028' } }],
  ])('does not write %j on RCPT', (parameters) => {
    expect(writeParameters(parameters as Parameters, 'rcpt', ALL, 'utf8')).toBe('SMTP_SEND_PARAMETER')
  })

  it.each<[unknown, string]>([
    [{ RET: 'NONE' }, 'SMTP_SEND_PARAMETER'],
    [{ ENVID: '' }, 'SMTP_SEND_PARAMETER'],
    [{ ENVID: 'a\r\nQUIT' }, 'SMTP_SEND_PARAMETER'],
    [{ ENVID: '+'.repeat(34) }, 'SMTP_SEND_PARAMETER'],
    [{ AUTH: { localPart: 'a\r', domain: 'x.test' } }, 'SMTP_SEND_PARAMETER'],
    [{ BY: { seconds: 0, mode: 'R', trace: false } }, 'SMTP_SEND_PARAMETER'],
    [{ HOLDFOR: 0.5 }, 'SMTP_SEND_PARAMETER'],
    [{ HOLDUNTIL: 'now' }, 'SMTP_SEND_PARAMETER'],
    [{ HOLDFOR: 1, HOLDUNTIL: '2026-01-31T08:00:00Z' }, 'SMTP_SEND_PARAMETER'],
    [{ 'MT-PRIORITY': 10 }, 'SMTP_SEND_PARAMETER'],
    [{ SIZE: -1 }, 'SMTP_SEND_PARAMETER'],
    [{ SIZE: 1.5 }, 'SMTP_SEND_PARAMETER'],
    [{ SIZE: 2 ** 60 }, 'SMTP_SEND_PARAMETER'],
    [{ BODY: '8BITMIME\r\nQUIT' }, 'SMTP_SEND_PARAMETER'],
    [{ FOO: 'bar' }, 'SMTP_SEND_PARAMETER'],
  ])('does not write %j', (parameters, code) => {
    expect(writeParameters(parameters as Parameters, 'mail', ALL)).toBe(code)
  })

  it('passes over what is not set', () => {
    expect(writeParameters(Object.fromEntries([['SIZE', undefined]]), 'mail', NONE)).toEqual({ text: '' })
  })

  it('does not write what the server has not offered, or for the other command', () => {
    expect(writeParameters({ SIZE: 1 }, 'mail', NONE)).toBe('SMTP_NOT_OFFERED')
    expect(writeParameters({ BODY: 'BINARYMIME' }, 'mail', new Set(['8BITMIME']))).toBe('SMTP_NOT_OFFERED')
    expect(writeParameters({ BODY: 'BINARYMIME' }, 'mail', new Set(['BINARYMIME']))).toBe('SMTP_NOT_OFFERED')
    expect(writeParameters({ SIZE: 1 }, 'rcpt', ALL)).toBe('SMTP_SEND_PARAMETER')
  })
})

it('has an extension for each row', () => {
  for (const { extension } of Object.values(PARAMETERS)) expect(EXTENSIONS).toContain(extension)
})
