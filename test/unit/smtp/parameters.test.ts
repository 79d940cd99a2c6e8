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
    ['SMTPUTF8', 'SMTP_PARAMETER_UNKNOWN'],
    ['SIZE=1 SIZE=2', 'SMTP_PARAMETER_REPEATED'],
    ['SIZE=1 size=1', 'SMTP_PARAMETER_REPEATED'],
    ['SIZE', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=abc', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=-1', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=1.5', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=0x10', 'SMTP_PARAMETER_VALUE'],
    ['SIZE=123456789012345678901', 'SMTP_PARAMETER_VALUE'],
    ['BODY', 'SMTP_PARAMETER_VALUE'],
    ['BODY=BINARYMIME', 'SMTP_PARAMETER_VALUE'],
    ['BODY=X', 'SMTP_PARAMETER_VALUE'],
  ])('refuses %j', (text, code) => {
    expect(parseParameters(text, 'mail', ALL)).toBe(code)
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

  it.each<[unknown, string]>([
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
    expect(writeParameters({ SIZE: 1 }, 'rcpt', ALL)).toBe('SMTP_SEND_PARAMETER')
  })
})

it('has an extension for each row', () => {
  for (const { extension } of Object.values(PARAMETERS)) expect(EXTENSIONS).toContain(extension)
})
