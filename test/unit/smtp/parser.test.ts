import { describe, expect, it } from 'vitest'
import { ByteQueue } from '../../../src/net/bytes.ts'
import { ProtocolError } from '../../../src/net/errors.ts'
import type { Reply } from '../../../src/smtp/events.ts'
import { mergeLeniency, mergeLimits, STRICT } from '../../../src/smtp/limits.ts'
import type { Leniency, Limits } from '../../../src/smtp/limits.ts'
import { CommandParser, ReplyParser } from '../../../src/smtp/parser.ts'
import { CONTEXT } from '../../support/smtp-context.ts'
import { splits } from '../../support/splits.ts'

/** What a command parser tells of pieces: types of commands, codes of what is wrong. */
function commands(pieces: readonly Uint8Array[], limits: Partial<Limits> = {}, leniency: Leniency = STRICT): string[] {
  const queue = new ByteQueue()
  const parser = new CommandParser(queue, mergeLimits(limits))
  const told: string[] = []
  const context = { ...CONTEXT, leniency }
  try {
    for (const piece of pieces) {
      queue.push(piece)
      for (let event = parser.next(context); event !== undefined; event = parser.next(context)) {
        told.push('code' in event ? `${event.type} ${event.code}` : event.type, parser.lastLine)
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    told.push(`threw ${error.code} at ${error.offset}`)
  }
  return parser.isMidLine ? [...told, 'mid'] : told
}

describe('CommandParser', () => {
  it.each([
    ['NOOP\r\nRSET\r\n', ['noop', 'NOOP', 'rset', 'RSET']],
    ['NOOP\r', ['mid']],
    ['N', ['mid']],
    ['\r\nNOOP\r\n', ['fault SMTP_COMMAND_UNKNOWN', '', 'noop', 'NOOP']],
    ['NOOP\nRSET\r\nQUIT\r\n', ['fault SMTP_COMMAND_BARE_LF', '', 'quit', 'QUIT']],
    ['NOOP\rRSET\r\nQUIT\r\n', ['fault SMTP_COMMAND_BARE_CR', '', 'quit', 'QUIT']],
    [`NOOP ${'x'.repeat(50)}\r\nQUIT\r\n`, ['fault SMTP_COMMAND_TOO_LONG', '', 'quit', 'QUIT']],
    [`NOOP ${'x'.repeat(33)}\r\n`, ['noop', `NOOP ${'x'.repeat(33)}`]],
    ['FOO\r\n', ['fault SMTP_COMMAND_UNKNOWN', 'FOO']],
    [
      'FOO\r\nPOST / HTTP/1.1\r\nMAIL FROM:<>\r\n',
      ['fault SMTP_COMMAND_UNKNOWN', 'FOO', 'threw SMTP_OTHER_PROTOCOL at 5', 'mid'],
    ],
  ])('reads %j', (text, told) => {
    for (const { name, pieces } of splits(Buffer.from(text))) {
      const isWhole = name === 'whole'
      const heard = commands(pieces, { maxCommandLineBytes: 40 })
      // What stands behind an error is left as it came: whole, or not at all.
      expect(isWhole ? heard : heard.filter((line) => line !== 'mid'), name).toEqual(
        isWhole ? told : told.filter((line) => line !== 'mid'),
      )
    }
  })

  it('tells what it forgives before the command', () => {
    const leniency = mergeLeniency({ spaceAfterColon: 'accept' })
    const line = 'MAIL FROM: <a@x.test>'
    for (const { name, pieces } of splits(Buffer.from(`${line}\r\nQUIT\r\n`))) {
      const told = ['violation SMTP_SPACE_AFTER_COLON', line, 'mail', line, 'quit', 'QUIT']
      expect(commands(pieces, {}, leniency), name).toEqual(told)
    }
  })
})

function replies(
  pieces: readonly Uint8Array[],
  limits: Partial<Limits> = {},
  leniency: Partial<Leniency> = {},
): (Reply | string)[] {
  const queue = new ByteQueue()
  const parser = new ReplyParser(queue, mergeLimits(limits), mergeLeniency(leniency))
  const told: (Reply | string)[] = []
  try {
    for (const piece of pieces) {
      queue.push(piece)
      for (let reply = parser.next(); reply !== undefined; reply = parser.next()) told.push(reply)
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return [...told, `threw ${error.code} at ${error.offset}`]
  }
  return parser.isMidReply ? [...told, 'mid'] : told
}

const OK = { type: 'reply', code: 250, text: ['OK'] }

describe('ReplyParser', () => {
  it.each<[string, (object | string)[]]>([
    ['250 OK\r\n', [OK]],
    [
      '250\r\n250 \r\n',
      [
        { ...OK, text: [''] },
        { ...OK, text: [''] },
      ],
    ],
    ['250-a\r\n250-\r\n250 b\r\n', [{ ...OK, text: ['a', '', 'b'] }]],
    ['250 2.1.5 OK\r\n', [{ ...OK, enhanced: '2.1.5' }]],
    ['250 2.1.5\r\n', [{ ...OK, enhanced: '2.1.5', text: [''] }]],
    ['250-2.1.5 a\r\n250-2.1.5\r\n250 2.1.5 b\r\n', [{ ...OK, enhanced: '2.1.5', text: ['a', '', 'b'] }]],
    ['250-2.1.5 a\r\n250 b\r\n', [{ ...OK, enhanced: '2.1.5', text: ['a', 'b'] }]],
    ['250-a\r\n250 2.1.5 b\r\n', [{ ...OK, text: ['a', '2.1.5 b'] }]],
    ['250 5.1.1 OK\r\n', [{ ...OK, text: ['5.1.1 OK'] }]],
    ['250 \xff\0\r\n', [{ ...OK, text: ['\xff\0'] }]],
    ['250-a\r\n', ['mid']],
    ['250 O', ['mid']],
    ['250 OK\r\n25', [OK, 'mid']],
    ['250-ok\r\n550 no\r\n', ['threw SMTP_REPLY_CODES at 8']],
    ['250 OK\r\n\r\n', [OK, 'threw SMTP_REPLY_SYNTAX at 8']],
    ['150 x\r\n', ['threw SMTP_REPLY_SYNTAX at 0']],
    ['650 x\r\n', ['threw SMTP_REPLY_SYNTAX at 0']],
    ['571 x\r\n', ['threw SMTP_REPLY_SYNTAX at 0']],
    ['2500 x\r\n', ['threw SMTP_REPLY_SYNTAX at 0']],
    ['250X\r\n', ['threw SMTP_REPLY_SYNTAX at 0']],
    ['ok\r\n', ['threw SMTP_REPLY_SYNTAX at 0']],
    ['250 OK\n', ['threw SMTP_REPLY_BARE_LF at 6']],
    ['250 O\rK\r\n', ['threw SMTP_REPLY_BARE_CR at 5']],
    ['250 12345678901234567890\r\n', ['threw SMTP_REPLY_LINE_TOO_LONG at 20']],
    ['250-a\r\n'.repeat(4), ['threw SMTP_REPLY_LINES_MANY at 14']],
  ])('reads %j', (text, told) => {
    for (const { name, pieces } of splits(Buffer.from(text, 'latin1'))) {
      expect(replies(pieces, { maxReplyLineBytes: 20, maxReplyLines: 3 }), name).toEqual(told)
    }
  })

  it('takes replies of as many lines as may be', () => {
    const [reply] = replies([Buffer.from('250-a\r\n250-b\r\n250 c\r\n')], { maxReplyLines: 3 })
    expect(reply).toEqual({ ...OK, text: ['a', 'b', 'c'] })
  })

  it('forgives what the leniency says', () => {
    expect(replies([Buffer.from('250-a\n250 b\n')], {}, { replyBareLf: 'accept' })).toEqual([
      { ...OK, text: ['a', 'b'] },
    ])
    expect(replies([Buffer.from('571 no\r\n')], {}, { replyCode: 'accept' })).toEqual([
      { ...OK, code: 571, text: ['no'] },
    ])
  })
})
