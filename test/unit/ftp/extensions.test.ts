import { describe, expect, it } from 'vitest'
import {
  parseAllocation,
  parseDatedPath,
  parseFactChanges,
  parseHashedPath,
  parseHostName,
  parseLanguageTag,
  parseMode,
  parseRange,
  parseSetTime,
  writeAllocation,
  writeDatedPath,
  writeFactChanges,
  writeHashedPath,
  writeRange,
} from '../../../src/ftp/extensions.ts'

const WHOLE = { from: 0, to: undefined }
const date = new Date('2020-01-02T03:04:05Z')

describe('ALLO', () => {
  it.each([
    ['0', { octets: 0, recordSize: undefined }],
    ['1000 R 80', { octets: 1000, recordSize: 80 }],
  ])('reads and writes %s', (text, value) => {
    expect(parseAllocation(text)).toEqual(value)
    expect(writeAllocation(value)).toBe(text)
  })

  it.each(['', 'x', '-1', '1 R', '1 R x', '1 X 2', '1 R 2 3', '1 ', '99999999999999999999'])('refuses %j', (text) =>
    expect(parseAllocation(text)).toBeUndefined(),
  )
})

describe('RANG', () => {
  it.each([
    ['0 0', { from: 0, to: 0 }],
    ['10 99', { from: 10, to: 99 }],
    ['1 0', WHOLE],
  ])('reads and writes %s', (text, value) => {
    expect(parseRange(text)).toEqual(value)
    expect(writeRange(value)).toBe(text)
  })

  it.each(['', '1', '2 1', '1 2 3', 'a b', '0 x'])('refuses %j', (text) => expect(parseRange(text)).toBeUndefined())
})

describe('MFMT and MFF', () => {
  it('read and write a moment and a path', () => {
    const value = { date, path: 'a b' }
    expect(parseDatedPath('20200102030405 a b')).toEqual(value)
    expect(writeDatedPath(value)).toBe('20200102030405 a b')
    for (const text of ['', '20200102030405', '20200102030405 ', '2020 a', '20201302030405 a'])
      expect(parseDatedPath(text), text).toBeUndefined()
  })

  it('read and write facts and a path', () => {
    const value = {
      facts: [
        { name: 'modify', value: '20200102030405' },
        { name: 'unix.mode', value: '' },
      ],
      path: ' a; b',
    }
    expect(parseFactChanges('Modify=20200102030405;UNIX.mode=;  a; b')).toEqual(value)
    expect(writeFactChanges(value)).toBe('modify=20200102030405;unix.mode=;  a; b')
    for (const text of ['', 'a', 'modify=1 a', 'modify=1; ', 'modify; a', '=1; a', 'a b=1; c'])
      expect(parseFactChanges(text), text).toBeUndefined()
  })
})

describe('XCRC and its kin', () => {
  it.each([
    ['a b', { path: 'a b', range: WHOLE }],
    ['a 1 2', { path: 'a 1 2', range: WHOLE }],
    ['"""a"""', { path: '"a"', range: WHOLE }],
    ['"a b" 5', { path: 'a b', range: { from: 5, to: undefined } }],
    ['"a" 0 10', { path: 'a', range: { from: 0, to: 9 } }],
  ])('read and write %s', (text, value) => {
    expect(parseHashedPath(text)).toEqual(value)
    expect(writeHashedPath(value)).toBe(text)
  })

  it('read what nobody of us writes', () => expect(parseHashedPath('"a"')).toEqual({ path: 'a', range: WHOLE }))

  it.each(['"', '""', '"a', '"a"x', '"a" x', '"a" 5 5', '"a" 5 x', '"a" 1 2 3', '"a" '])('refuse %j', (text) =>
    expect(parseHashedPath(text)).toBeUndefined(),
  )
})

describe('HOST, LANG', () => {
  it.each([
    ['Files.Example.test', 'files.example.test'],
    ['a', 'a'],
    ['192.0.2.1', '192.0.2.1'],
    ['[2001:DB8::1]', '[2001:db8:0:0:0:0:0:1]'],
  ])('%s is the host %s', (text, host) => expect(parseHostName(text)).toBe(host))

  it.each([
    '',
    '.',
    'a..b',
    '-a',
    'a-',
    '-',
    'a b',
    'a_b',
    '[',
    '[]',
    '[x]',
    '[::1',
    `${'a'.repeat(64)}.b`,
    'a.'.repeat(127) + 'ab',
  ])('%j is no host', (text) => expect(parseHostName(text)).toBeUndefined())

  it('know a language when they see one', () => {
    expect(parseLanguageTag('EN-us')).toBe('en-us')
    for (const text of ['', '1', 'en-', 'en_US', 'abcdefghi', '*']) expect(parseLanguageTag(text), text).toBeUndefined()
  })
})

describe('SITE', () => {
  it('takes the nine lowest bits of a mode and no others', () => {
    expect(parseMode('640')).toBe(0o640)
    expect(parseMode('0777')).toBe(0o777)
    for (const text of ['', '64', '4755', '888', '06400', 'rwx', '6:0']) expect(parseMode(text), text).toBeUndefined()
  })

  it('takes times in two forms', () => {
    expect(parseSetTime('20200102030405 a b')).toEqual({ date, path: 'a b' })
    expect(parseSetTime('202001020304 a')?.date.toISOString()).toBe('2020-01-02T03:04:00.000Z')
    const three = '20200102030400 20200102030405 20200102030406 UTC'
    expect(parseSetTime(`a b ${three}`)).toEqual({ date, path: 'a b' })
    for (const text of ['', 'a', '20200102030405', 'a 1 2 3 UTC', '2020 a'])
      expect(parseSetTime(text), text).toBeUndefined()
  })
})
