import { describe, expect, it } from 'vitest'
import { FtpError, FtpLimitError } from '../../../src/ftp/errors.ts'
import { FtpReplyError } from '../../../src/ftp/reply.ts'
import { mergeLeniency, mergeLimits } from '../../../src/ftp/limits.ts'
import { ReplyParser } from '../../../src/ftp/parser.ts'
import { classOf, isNegative, writeReply } from '../../../src/ftp/reply.ts'
import { splits } from '../../support/splits.ts'

interface Told {
  readonly told: unknown[]
  readonly leftover: string
}

function read(pieces: readonly Uint8Array[], lenient = false, limits = {}): Told {
  const parser = new ReplyParser(mergeLimits(limits), mergeLeniency(lenient ? { replyBareLf: 'accept' } : {}))
  const told: unknown[] = []
  try {
    for (const piece of pieces) {
      parser.push(piece)
      for (let unit = parser.next(); unit !== undefined; unit = parser.next()) told.push(unit)
    }
  } catch (error) {
    expect(error).toSatisfy((thrown) => thrown instanceof FtpError || thrown instanceof FtpLimitError)
    return { told: [...told, (error as FtpError).code], leftover: '' }
  }
  if (parser.isMidUnit) told.push('mid')
  const { bufferedBytes } = parser
  const leftover = parser.takeLeftover()
  expect(leftover.length).toBeLessThanOrEqual(bufferedBytes)
  expect(parser.bufferedBytes).toBe(0)
  return { told, leftover: leftover.toString('latin1') }
}

const CASES: [string, string, unknown[]][] = [
  ['one line', '220 Welcome\r\n', [{ code: 220, lines: ['Welcome'] }]],
  ['a code alone', '226\r\n', [{ code: 226, lines: [''] }]],
  ['an empty text', '226 \r\n', [{ code: 226, lines: [''] }]],
  [
    'two replies',
    '150 a\r\n226 b\r\n',
    [
      { code: 150, lines: ['a'] },
      { code: 226, lines: ['b'] },
    ],
  ],
  ['several lines', '211-A\r\n B\r\nC\r\n211 D\r\n', [{ code: 211, lines: ['A', ' B', 'C', 'D'] }]],
  [
    'another code within is text',
    '211-A\r\n220 B\r\n211-C\r\n2110\r\n211 D\r\n',
    [{ code: 211, lines: ['A', '220 B', '211-C', '2110', 'D'] }],
  ],
  ['a last line without text', '211-A\r\n211\r\n', [{ code: 211, lines: ['A', ''] }]],
  ['UTF-8', '257 "/\u00c3\u00a9"\r\n', [{ code: 257, lines: ['"/é"'] }]],
  ['octets that are not', '257 "/\u00e9"\r\n', [{ code: 257, lines: ['"/\udce9"'] }]],
  ['a doubled 0xFF', '257 "/\u00ff\u00ff"\r\n', [{ code: 257, lines: ['"/\udcff"'] }]],
  ['CR NUL', '257 "/a\r\0b"\r\n', [{ code: 257, lines: ['"/a\rb"'] }]],
  ['a CR within', '220 a\rb\r\r\n', [{ code: 220, lines: ['a\rb\r'] }]],
  [
    'an option asked for between lines',
    '220 a\r\n\u00ff\u00fd\u0001230 b\r\n',
    [
      { code: 220, lines: ['a'] },
      { type: 'telnet', command: 'DO', option: 1 },
      { code: 230, lines: ['b'] },
    ],
  ],
  ['the middle of a line', '220 Wel', ['mid']],
  ['the middle of a reply', '220-Wel\r\n', ['mid']],
  ['no code', 'Welcome\r\n', ['FTP_REPLY_SYNTAX']],
  ['an empty line', '\r\n', ['FTP_REPLY_SYNTAX']],
  ['two digits', '22 a\r\n', ['FTP_REPLY_SYNTAX']],
  ['a code that cannot be', '620 a\r\n', ['FTP_REPLY_SYNTAX']],
  ['a code that cannot be', '020 a\r\n', ['FTP_REPLY_SYNTAX']],
  ['four digits', '2200 a\r\n', ['FTP_REPLY_SYNTAX']],
  ['a bare LF', '220 a\n', ['FTP_REPLY_BARE_LF']],
  ['a NUL', '220 a\0b\r\n', ['FTP_REPLY_NUL']],
]

describe('ReplyParser', () => {
  it.each(CASES)('%s: %j', (_name, text, told) => {
    for (const { name, pieces } of splits(Buffer.from(text, 'latin1'))) expect(read(pieces).told, name).toEqual(told)
  })

  it('lets a bare LF end a line where it is told to', () => {
    for (const { name, pieces } of splits(Buffer.from('211-a\n211 b\n220 c\r\n\n')))
      expect(read(pieces, true).told, name).toEqual([
        { code: 211, lines: ['a', 'b'] },
        { code: 220, lines: ['c'] },
        'FTP_REPLY_SYNTAX',
      ])
  })

  it.each([
    ['a line', '220 aaaaaaaaaaaaaaaaaaaaaaaa\r\n', 'maxReplyLineBytes'],
    ['a line without end', '220 aaaaaaaaaaaaaaaaaaaaaaaa', 'maxReplyLineBytes'],
    ['lines', '220-a\r\n\r\n\r\n\r\n\r\n\r\n', 'maxReplyLines'],
    ['a reply', '220-aaaaaaaa\r\naaaaaaaaaa\r\naaaaaaaaaa\r\n', 'maxReplyBytes'],
  ])('limits %s (A15)', (_name, text, limit) => {
    const limits = { maxReplyLineBytes: 20, maxReplyLines: 5, maxReplyBytes: 30 }
    for (const { name, pieces } of splits(Buffer.from(text)))
      expect(read(pieces, false, limits).told, name).toEqual(['FTP_REPLY_TOO_LONG'])
    const parser = new ReplyParser(mergeLimits(limits), mergeLeniency())
    parser.push(Buffer.from(text))
    expect(() => parser.next()).toThrow(limit)
  })

  it('takes a line that is just as long as it may be', () => {
    for (const { name, pieces } of splits(Buffer.from('220 aaaaaaaaaaaaaa\r\n')))
      expect(read(pieces, false, { maxReplyLineBytes: 20 }).told, name).toEqual([
        { code: 220, lines: ['aaaaaaaaaaaaaa'] },
      ])
  })

  it('gives back what lies behind the last reply', () => {
    const parser = new ReplyParser(mergeLimits(), mergeLeniency())
    parser.push(Buffer.from('234 ok\r\n230 hi\r\n22'))
    expect(parser.next()).toEqual({ code: 234, lines: ['ok'] })
    expect(parser.bufferedBytes).toBe(10)
    expect(parser.takeLeftover().toString()).toBe('230 hi\r\n22')
    expect(parser.next()).toBeUndefined()
    parser.push(Buffer.from('22'))
    expect(parser.next()).toBeUndefined()
    expect(parser.takeLeftover().toString()).toBe('22')
    expect(parser.isMidUnit).toBe(false)
  })

  it('looks at each octet a bounded number of times', () => {
    const line = Buffer.from(`220-${'a'.repeat(5000)}\r\n220 b\r\n`)
    const parser = new ReplyParser(mergeLimits(), mergeLeniency())
    for (const byte of line) {
      parser.push(Buffer.of(byte))
      parser.next()
    }
    expect(parser.work).toBeLessThan(line.length * 4)
  })
})

describe('writeReply', () => {
  it.each([
    [{ code: 220, lines: ['Welcome'] }, '220 Welcome\r\n'],
    [{ code: 211, lines: ['A', ' B', 'C 211', '211'] }, '211-A\r\n B\r\nC 211\r\n211 211\r\n'],
    [{ code: 226, lines: [''] }, '226 \r\n'],
    [{ code: 257, lines: ['"/é\udcff"'] }, '257 "/\u00c3\u00a9\u00ff\u00ff"\r\n'],
  ])('writes %j', (reply, octets) => {
    expect(writeReply(reply).toString('latin1')).toBe(octets)
    expect(read([writeReply(reply)]).told).toEqual([reply])
  })

  it.each([
    { code: 220, lines: [] },
    { code: 99, lines: ['a'] },
    { code: 600, lines: ['a'] },
    { code: 257, lines: ['"/a\r\n226 b"'] },
    { code: 257, lines: ['a\0'] },
    { code: 257, lines: ['\ud800'] },
    { code: 211, lines: ['a', '211 b', 'c'] },
    { code: 211, lines: ['a', '999', 'c'] },
  ])('refuses %j (A9)', (reply) => {
    expect(() => writeReply(reply)).toThrow(expect.objectContaining({ code: 'FTP_REPLY_TEXT', side: 'local' }))
  })
})

describe('classes', () => {
  it('go by the first digit', () => {
    expect([120, 226, 350, 450, 550].map(classOf)).toEqual([
      'preliminary',
      'completion',
      'intermediate',
      'transientNegative',
      'permanentNegative',
    ])
    expect([399, 400].map((code) => isNegative({ code, lines: [] }))).toEqual([false, true])
  })

  it('make an error of a refusal', () => {
    const error = new FtpReplyError({ type: 'reply', to: 'RETR', code: 450, lines: ['Busy', 'later'] })
    expect(error).toMatchObject({ code: 'FTP_REFUSED', message: 'RETR: 450 Busy', isTransient: true })
    expect(new FtpReplyError({ type: 'reply', to: 'RETR', code: 550, lines: [] })).toMatchObject({
      message: 'RETR: 550 ',
      isTransient: false,
    })
  })
})
