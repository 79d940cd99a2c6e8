import { describe, expect, it } from 'vitest'
import type { Command } from '../../../src/smtp/events.ts'
import { EXTENSIONS } from '../../../src/smtp/extensions.ts'
import { reply } from '../../../src/smtp/reply.ts'
import { writeCommand, writeReply } from '../../../src/smtp/writer.ts'

const ALL: ReadonlySet<string> = new Set(EXTENSIONS)
const A = { localPart: 'a', domain: 'x.test' }

describe('writeCommand', () => {
  it.each<[Command, string]>([
    [{ type: 'ehlo', domain: 'a.test' }, 'EHLO a.test\r\n'],
    [{ type: 'helo', domain: '[192.0.2.1]' }, 'HELO [192.0.2.1]\r\n'],
    [{ type: 'mail', path: null, parameters: {} }, 'MAIL FROM:<>\r\n'],
    [{ type: 'mail', path: A, parameters: { SIZE: 5 } }, 'MAIL FROM:<a@x.test> SIZE=5\r\n'],
    [{ type: 'rcpt', path: A, parameters: {} }, 'RCPT TO:<a@x.test>\r\n'],
    [{ type: 'data' }, 'DATA\r\n'],
    [{ type: 'rset' }, 'RSET\r\n'],
    [{ type: 'noop' }, 'NOOP\r\n'],
    [{ type: 'quit' }, 'QUIT\r\n'],
    [{ type: 'vrfy', argument: 'joe' }, 'VRFY joe\r\n'],
    [{ type: 'help', argument: '' }, 'HELP\r\n'],
    [{ type: 'help', argument: 'MAIL FROM' }, 'HELP MAIL FROM\r\n'],
    [{ type: 'lhlo', domain: 'a.test' }, 'LHLO a.test\r\n'],
    [{ type: 'starttls' }, 'STARTTLS\r\n'],
    [{ type: 'bdat', size: 5, isLast: false }, 'BDAT 5\r\n'],
    [{ type: 'bdat', size: 0, isLast: true }, 'BDAT 0 LAST\r\n'],
    [{ type: 'auth', mechanism: 'LOGIN' }, 'AUTH LOGIN\r\n'],
    [{ type: 'auth', mechanism: 'PLAIN', initialResponse: Buffer.alloc(0) }, 'AUTH PLAIN =\r\n'],
    [{ type: 'auth', mechanism: 'PLAIN', initialResponse: Buffer.from('\0a\0b') }, 'AUTH PLAIN AGEAYg==\r\n'],
    [{ type: 'authResponse', response: Buffer.from('a') }, 'YQ==\r\n'],
    [{ type: 'authResponse', response: Buffer.alloc(0) }, '\r\n'],
    [{ type: 'authCancel' }, '*\r\n'],
    [{ type: 'expn', argument: 'staff' }, 'EXPN staff\r\n'],
    [{ type: 'vrfy', argument: 'joe', SMTPUTF8: true }, 'VRFY joe SMTPUTF8\r\n'],
    [{ type: 'etrn', argument: '@x.test' }, 'ETRN @x.test\r\n'],
    [
      { type: 'xclient', attributes: { NAME: 'a+b', ADDR: '2001:db8::1', PORT: 25, LOGIN: '[UNAVAILABLE]' } },
      'XCLIENT NAME=a+2Bb ADDR=IPV6:2001:db8::1 PORT=25 LOGIN=[UNAVAILABLE]\r\n',
    ],
    [{ type: 'xforward', attributes: { SOURCE: 'LOCAL' } }, 'XFORWARD SOURCE=LOCAL\r\n'],
  ])('writes %j', (command, text) => {
    expect(writeCommand(command, ALL).toString('latin1')).toBe(text)
  })

  it.each<[Command, string]>([
    [{ type: 'ehlo', domain: 'a.test\r\nMAIL FROM:<>' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'helo', domain: '' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'mail', path: { localPart: 'a', domain: '' }, parameters: {} }, 'SMTP_SEND_PATH'],
    [{ type: 'rcpt', path: { localPart: 'a\r\n', domain: 'x.test' }, parameters: {} }, 'SMTP_SEND_PATH'],
    [{ type: 'rcpt', path: { localPart: 'j\u00fc', domain: 'x.test' }, parameters: {} }, 'SMTP_SEND_PATH'],
    [{ type: 'mail', path: A, parameters: { SIZE: -1 } }, 'SMTP_SEND_PARAMETER'],
    [{ type: 'vrfy', argument: '' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'vrfy', argument: 'a\r\nQUIT' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'vrfy', argument: ' a' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'help', argument: 'a ' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'help', argument: '\u00e9' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'bdat', size: -1, isLast: false }, 'SMTP_SEND_COMMAND'],
    [{ type: 'bdat', size: 2 ** 60, isLast: true }, 'SMTP_SEND_COMMAND'],
    [{ type: 'auth', mechanism: 'plain' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'auth', mechanism: 'A B' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'auth', mechanism: 'PLAIN', initialResponse: Buffer.alloc(400) }, 'SMTP_SEND_COMMAND'],
    [{ type: 'authResponse', response: Buffer.alloc(9217) }, 'SMTP_SEND_COMMAND'],
    [{ type: 'vrfy', argument: 'joe smtputf8' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'vrfy', argument: 'a\u2028', SMTPUTF8: true }, 'SMTP_SEND_COMMAND'],
    [{ type: 'vrfy', argument: '', SMTPUTF8: true }, 'SMTP_SEND_COMMAND'],
    [{ type: 'vrfy', argument: 'a\n', SMTPUTF8: true }, 'SMTP_SEND_COMMAND'],
    [{ type: 'etrn', argument: 'x.test\r\nQUIT' }, 'SMTP_SEND_COMMAND'],
    [{ type: 'xclient', attributes: { NAME: 'a\r\nQUIT' } }, 'SMTP_SEND_COMMAND'],
    [{ type: 'xclient', attributes: { NAME: '\u0100' } }, 'SMTP_SEND_COMMAND'],
    [{ type: 'xclient', attributes: { PORT: 70_000 } }, 'SMTP_SEND_COMMAND'],
    [{ type: 'xforward', attributes: {} }, 'SMTP_SEND_COMMAND'],
  ])('does not write %j', (command, code) => {
    expect(() => writeCommand(command, ALL)).toThrow(expect.objectContaining({ code, side: 'local' }))
  })

  it('sends no parameter of an extension that is not offered', () => {
    const mail: Command = { type: 'mail', path: null, parameters: { SIZE: 5 } }
    expect(() => writeCommand(mail, new Map())).toThrow(expect.objectContaining({ code: 'SMTP_NOT_OFFERED' }))
    expect(writeCommand(mail, new Map([['SIZE', []]])).toString()).toBe('MAIL FROM:<> SIZE=5\r\n')
  })
})

describe('what is above ASCII', () => {
  const path = { localPart: 'j\u00fc', domain: 'x.test' }

  it('is written in UTF-8 where the message says so', () => {
    const mail: Command = { type: 'mail', path, parameters: { SMTPUTF8: true } }
    expect(writeCommand(mail, ALL).toString('utf8')).toBe('MAIL FROM:<j\u00fc@x.test> SMTPUTF8\r\n')
    const rcpt: Command = { type: 'rcpt', path, parameters: {} }
    expect(writeCommand(rcpt, ALL, 'utf8').toString('utf8')).toBe('RCPT TO:<j\u00fc@x.test>\r\n')
  })

  it('has no more octets than a name may have', () => {
    const long = { localPart: '\u00fc'.repeat(33), domain: 'x.test' }
    expect(() => writeCommand({ type: 'rcpt', path: long, parameters: {} }, ALL, 'utf8')).toThrow(
      expect.objectContaining({ code: 'SMTP_SEND_PATH' }),
    )
  })
})

it.each<Command>([
  { type: 'starttls' },
  { type: 'bdat', size: 1, isLast: true },
  { type: 'auth', mechanism: 'PLAIN' },
  { type: 'expn', argument: 'a' },
  { type: 'vrfy', argument: 'a', SMTPUTF8: true },
  { type: 'etrn', argument: 'x.test' },
  { type: 'xclient', attributes: { NAME: 'a' } },
])('sends no %j where it is not offered', (command) => {
  expect(() => writeCommand(command, new Map())).toThrow(expect.objectContaining({ code: 'SMTP_NOT_OFFERED' }))
})

describe('writeReply', () => {
  it.each([
    [reply(250, '2.1.5', 'OK'), '250 2.1.5 OK\r\n'],
    [reply(250, undefined, 'OK'), '250 OK\r\n'],
    [reply(250, undefined), '250\r\n'],
    [reply(250, '2.0.0'), '250 2.0.0\r\n'],
    [reply(250, undefined, 'a', '', 'c'), '250-a\r\n250-\r\n250 c\r\n'],
    [reply(550, '5.7.1', 'a', '', 'c'), '550-5.7.1 a\r\n550-5.7.1\r\n550 5.7.1 c\r\n'],
    [reply(354, undefined, 'go'), '354 go\r\n'],
    [reply(334, undefined), '334 \r\n'],
    [reply(334, undefined, 'A'.repeat(12_288)), `334 ${'A'.repeat(12_288)}\r\n`],
  ])('writes %j', (made, text) => {
    expect(writeReply(made).toString('latin1')).toBe(text)
  })

  it.each([
    reply(199, undefined),
    reply(600, undefined),
    reply(560, undefined),
    reply(250.5, undefined),
    reply(Number.NaN, undefined),
    { type: 'reply' as const, code: 250, text: [] },
    reply(250, '5.1.1', 'a'),
    reply(250, '2.1', 'a'),
    reply(250, '2.1.5 ', 'a'),
    reply(354, '3.0.0', 'a'),
    reply(250, undefined, 'a\r\n250 b'),
    reply(250, undefined, 'a\n'),
    reply(250, undefined, '\u00e9'),
    reply(250, undefined, 'a', '\0'),
    reply(250, undefined, 'x'.repeat(507)),
  ])('does not write %j', (made) => {
    expect(() => writeReply(made)).toThrow(expect.objectContaining({ code: 'SMTP_SEND_REPLY', side: 'local' }))
  })

  it('writes lines of 512 octets', () => {
    expect(writeReply(reply(250, undefined, 'x'.repeat(506))).length).toBe(512)
  })
})
