import { describe, expect, it } from 'vitest'
import {
  dateOf,
  isDate,
  isVerb,
  parseCommandLine,
  parseCommandOptions,
  parseDataType,
  parseExtendedPassive,
  parseFileStructure,
  parseListArgument,
  parseOffset,
  parseQuotedPath,
  parseTimeValue,
  parseTransferMode,
  writeDataType,
  writeQuotedPath,
  writeTimeValue,
  type TimeValue,
} from '../../../src/ftp/grammar.ts'

describe('parseCommandLine', () => {
  it.each([
    ['NOOP', 'NOOP', undefined],
    ['noop', 'NOOP', undefined],
    ['RETR a', 'RETR', 'a'],
    ['RETR  a ', 'RETR', ' a '],
    ['RETR ', 'RETR', ''],
    ['XSHA512 a b', 'XSHA512', 'a b'],
  ])('reads %j', (line, verb, argument) => {
    expect(parseCommandLine(line)).toEqual({ verb, argument })
  })

  it.each(['', ' ', ' NOOP', 'RETR\ta', 'RE-TR a', '1NOOP', 'ABCDEFGHIJKLM', 'RÉTR a', 'NOOP\0'])(
    'refuses %j',
    (line) => {
      expect(parseCommandLine(line)).toBeUndefined()
    },
  )

  it('knows a verb by its letters and digits', () => {
    expect(isVerb('XMD5')).toBe(true)
    expect(isVerb('')).toBe(false)
    expect(isVerb('5X')).toBe(false)
    expect(isVerb('K\u212a')).toBe(false)
  })
})

describe('TYPE, MODE and STRU', () => {
  it.each([
    ['A', { code: 'A', format: 'N' }],
    ['a n', { code: 'A', format: 'N' }],
    ['A T', { code: 'A', format: 'T' }],
    ['E C', { code: 'E', format: 'C' }],
    ['i', { code: 'I' }],
    ['L 8', { code: 'L', byteSize: 8 }],
    ['L 255', { code: 'L', byteSize: 255 }],
  ])('reads TYPE %s and writes it back', (text, type) => {
    const read = parseDataType(text)
    expect(read).toEqual(type)
    expect(parseDataType(writeDataType(read as never))).toEqual(type)
  })

  it.each(['', 'X', 'AN', 'A X', 'A ', 'A  N', 'I N', 'L', 'L ', 'L8', 'L 0', 'L 256', 'L 8 ', 'II', ' A', 'A NN'])(
    'refuses TYPE %j',
    (text) => expect(parseDataType(text)).toBeUndefined(),
  )

  it('reads the letters in either case, and no others', () => {
    expect(['s', 'B', 'c', 'Z', '', 'SS'].map(parseTransferMode)).toEqual([
      'S',
      'B',
      'C',
      undefined,
      undefined,
      undefined,
    ])
    expect(['f', 'R', 'p', 'X', '', 'FF'].map(parseFileStructure)).toEqual([
      'F',
      'R',
      'P',
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('EPSV, REST and OPTS', () => {
  it('reads a protocol or ALL', () => {
    expect(['1', '2', '9', 'all', 'ALL', '', 'x', '-1', '1 ', '65536'].map(parseExtendedPassive)).toEqual([
      1,
      2,
      9,
      'ALL',
      'ALL',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  it('reads an offset that is exact, and nothing else (A17)', () => {
    expect(['0', '007', '9007199254740991'].map(parseOffset)).toEqual([0, 7, Number.MAX_SAFE_INTEGER])
    for (const text of ['', '-1', '+1', '1e3', '10.5', '0x10', '1 ', '9007199254740992', '99999999999999999999'])
      expect(parseOffset(text), text).toBeUndefined()
  })

  it('reads a command and its options', () => {
    expect(parseCommandOptions('utf8 ON')).toEqual({ name: 'UTF8', options: 'ON' })
    expect(parseCommandOptions('MLST')).toEqual({ name: 'MLST', options: undefined })
    expect(parseCommandOptions(' x')).toBeUndefined()
  })
})

describe('parseListArgument', () => {
  it.each([
    ['', '', undefined],
    ['a', '', 'a'],
    ['-a', 'a', undefined],
    ['-al', 'al', undefined],
    ['-a -l', 'al', undefined],
    ['-la dir', 'la', 'dir'],
    ['-la  dir', 'la', ' dir'],
    ['a -l b', '', 'a -l b'],
    ['-', '', '-'],
    ['- a', '', '- a'],
    ['-ä', '', '-ä'],
    ['./-a', '', './-a'],
    ['-1 ', '1', undefined],
  ])('reads %j', (text, options, path) => {
    expect(parseListArgument(text)).toEqual({ options, path })
  })
})

describe('times', () => {
  it.each([
    ['20220131235959', '2022-01-31T23:59:59.000Z'],
    ['20240229000000.5', '2024-02-29T00:00:00.500Z'],
    ['20240229000000.123456', '2024-02-29T00:00:00.123Z'],
    ['20161231235960', '2017-01-01T00:00:00.000Z'],
    ['00990101000000', '0099-01-01T00:00:00.000Z'],
    ['20000229120000', '2000-02-29T12:00:00.000Z'],
  ])('reads %s', (text, iso) => {
    expect(dateOf(parseTimeValue(text) as TimeValue).toISOString()).toBe(iso)
  })

  it.each([
    '',
    '2014',
    '20141301000000',
    '20140001000000',
    '20140100000000',
    '20140132000000',
    '20230229000000',
    '19000229000000',
    '20140101240000',
    '20140101006000',
    '20140101000061',
    '20140101000000.',
    '20140101000000.x',
    '20140101000000Z',
    '20140101000000 ',
    '2014010100000x',
    '191000101000000',
  ])('refuses %j', (text) => {
    expect(parseTimeValue(text)).toBeUndefined()
  })

  it('writes whole seconds and reads them back', () => {
    const date = new Date('2024-02-29T23:05:09.987Z')
    expect(writeTimeValue(date)).toBe('20240229230509')
    expect(dateOf(parseTimeValue('20240229230509') as TimeValue).getTime()).toBe(
      Math.floor(date.getTime() / 1000) * 1000,
    )
    expect(dateOf(parseTimeValue('20240301003000.5') as TimeValue, 60).toISOString()).toBe('2024-02-29T23:30:00.500Z')
    expect(parseTimeValue('20240301003000.5')?.precision).toBe('millisecond')
  })

  it('knows the calendar', () => {
    expect(isDate(2023, 2, 29)).toBe(false)
    expect(isDate(2023, 2, 28)).toBe(true)
    expect(isDate(2023, 13, 1)).toBe(false)
  })
})

describe('quoted paths', () => {
  it.each(['/', '/a b', '/a"b', '"', '""', '/é', ''])('writes and reads %j', (path) => {
    expect(parseQuotedPath(writeQuotedPath(path))).toBe(path)
    expect(parseQuotedPath(`${writeQuotedPath(path)} is the "current" directory`)).toBe(path)
  })

  it.each(['', '/a', '"/a', '"/a"x', '"/a"" ', 'x "/a"'])('refuses %j', (text) => {
    expect(parseQuotedPath(text)).toBeUndefined()
  })
})
