import { describe, expect, it } from 'vitest'
import { ehloLines, EXTENSIONS, parseCapabilities, sizeLimit } from '../../../src/smtp/extensions.ts'
import { DEFAULT_LIMITS } from '../../../src/smtp/limits.ts'

it('writes the lines of an EHLO reply', () => {
  expect(ehloLines(new Set(EXTENSIONS), { ...DEFAULT_LIMITS, maxMessageBytes: 1000 })).toEqual([
    'PIPELINING',
    'SIZE 1000',
    '8BITMIME',
    'ENHANCEDSTATUSCODES',
    'HELP',
  ])
  expect(ehloLines(new Set(), DEFAULT_LIMITS)).toEqual([])
})

describe('parseCapabilities', () => {
  it('reads the lines behind the first', () => {
    const capabilities = parseCapabilities(['mx.test', 'size 1000', 'PIPELINING', 'AUTH PLAIN LOGIN'])
    expect([...capabilities]).toEqual([
      ['SIZE', ['1000']],
      ['PIPELINING', []],
      ['AUTH', ['PLAIN', 'LOGIN']],
    ])
  })

  it('takes no keyword from the first line', () => {
    expect(parseCapabilities(['mx.test greets SMTPUTF8 fans']).size).toBe(0)
    expect(parseCapabilities(['SMTPUTF8', '8BITMIME']).has('SMTPUTF8')).toBe(false)
  })

  it('passes over what is no line of the list, and over what comes twice', () => {
    const capabilities = parseCapabilities([
      'mx',
      '',
      ' DSN',
      'X_Y',
      'DSN  a',
      'CHUNKING \u00e9',
      '-A',
      'SIZE 1',
      'SIZE 2',
      '__proto__',
    ])
    expect([...capabilities]).toEqual([['SIZE', ['1']]])
  })
})

it('reads the size limit', () => {
  const limitOf = (...lines: string[]): number | undefined => sizeLimit(parseCapabilities(['mx', ...lines]))
  expect(limitOf('SIZE 1000')).toBe(1000)
  for (const line of ['SIZE', 'SIZE 0', 'SIZE x', 'SIZE 99999999999999999999', 'DSN'])
    expect(limitOf(line), line).toBeUndefined()
})
