import { describe, expect, it } from 'vitest'
import { isOtherProtocol, parseCommand, VERBS } from '../../../src/smtp/commands.ts'
import type { CommandContext } from '../../../src/smtp/commands.ts'
import { EXTENSIONS } from '../../../src/smtp/extensions.ts'
import { mergeLeniency, STRICT } from '../../../src/smtp/limits.ts'

const ALL: ReadonlySet<string> = new Set(EXTENSIONS)
const CONTEXT: CommandContext = { offered: ALL, negotiated: ALL, leniency: STRICT }
const A = { localPart: 'a', domain: 'x.test' }

describe('reading', () => {
  it.each([
    ['EHLO a.test', { type: 'ehlo', domain: 'a.test' }],
    ['ehlo [192.0.2.1]', { type: 'ehlo', domain: '[192.0.2.1]' }],
    ['HELO A.test', { type: 'helo', domain: 'a.test' }],
    ['HELO [IPv6:::1]', { type: 'helo', domain: '[IPv6:::1]' }],
    ['MAIL FROM:<>', { type: 'mail', path: null, parameters: {} }],
    ['mail from:<a@x.test> size=5', { type: 'mail', path: A, parameters: { SIZE: 5 } }],
    ['RCPT TO:<a@x.test>', { type: 'rcpt', path: A, parameters: {} }],
    ['rcpt To:<"a>b"@x.test>', { type: 'rcpt', path: { localPart: 'a>b', domain: 'x.test' }, parameters: {} }],
    ['DATA', { type: 'data' }],
    ['data \t ', { type: 'data' }],
    ['RSET', { type: 'rset' }],
    ['NOOP', { type: 'noop' }],
    ['NOOP whatever "it is"', { type: 'noop' }],
    ['QUIT', { type: 'quit' }],
    ['VRFY joe', { type: 'vrfy', argument: 'joe' }],
    ['HELP', { type: 'help', argument: '' }],
    ['HELP DATA', { type: 'help', argument: 'DATA' }],
  ])('takes %j', (line, command) => {
    expect(parseCommand(line, CONTEXT)).toEqual({ command })
  })

  it.each([
    ['', 'SMTP_COMMAND_UNKNOWN'],
    [' NOOP', 'SMTP_COMMAND_UNKNOWN'],
    ['XYZZY', 'SMTP_COMMAND_UNKNOWN'],
    ['NOOP\0', 'SMTP_COMMAND_UNKNOWN'],
    ['MAIL\tFROM:<>', 'SMTP_COMMAND_UNKNOWN'],
    ['constructor', 'SMTP_COMMAND_UNKNOWN'],
    ['__proto__ x', 'SMTP_COMMAND_UNKNOWN'],
    // U+017F and U+212A become S and K where case is Unicode's
    ['NOOP\u017f', 'SMTP_COMMAND_UNKNOWN'],
    ['R\u017fET', 'SMTP_COMMAND_UNKNOWN'],
    ['LHLO a.test', 'SMTP_COMMAND_UNKNOWN'],
    ['EXPN list', 'SMTP_COMMAND_NOT_IMPLEMENTED'],
    ['starttls', 'SMTP_COMMAND_NOT_IMPLEMENTED'],
    ['BDAT 5 LAST', 'SMTP_COMMAND_NOT_IMPLEMENTED'],
    ['NOOP \x07', 'SMTP_COMMAND_OCTET'],
    ['VRFY j\xf6', 'SMTP_COMMAND_OCTET'],
    ['MAIL FROM:<a\0b@x.test>', 'SMTP_COMMAND_OCTET'],
    ['EHLO', 'SMTP_ARGUMENT_MISSING'],
    ['EHLO  ', 'SMTP_ARGUMENT_MISSING'],
    ['VRFY', 'SMTP_ARGUMENT_MISSING'],
    ['MAIL', 'SMTP_ARGUMENT_MISSING'],
    ['RSET x', 'SMTP_ARGUMENT_FORBIDDEN'],
    ['DATA x', 'SMTP_ARGUMENT_FORBIDDEN'],
    ['QUIT x', 'SMTP_ARGUMENT_FORBIDDEN'],
    ['EHLO my_pc', 'SMTP_HELLO_NAME'],
    ['EHLO a.test b', 'SMTP_HELLO_NAME'],
    ['EHLO  a.test', 'SMTP_HELLO_NAME'],
    ['HELO [127.0.0.1', 'SMTP_HELLO_NAME'],
    ['MAIL FROM', 'SMTP_REVERSE_PATH'],
    ['MAIL TO:<a@x.test>', 'SMTP_REVERSE_PATH'],
    ['MAIL FROM :<a@x.test>', 'SMTP_REVERSE_PATH'],
    ['MAIL  FROM:<a@x.test>', 'SMTP_REVERSE_PATH'],
    ['MAIL FROM:', 'SMTP_REVERSE_PATH'],
    ['MAIL FROM:a@x.test', 'SMTP_REVERSE_PATH'],
    ['MAIL FROM:<a@x.test', 'SMTP_REVERSE_PATH'],
    ['MAIL FROM:<a>', 'SMTP_REVERSE_PATH'],
    ['MAIL FROM: <a@x.test>', 'SMTP_SPACE_AFTER_COLON'],
    ['RCPT TO: <a@x.test>', 'SMTP_SPACE_AFTER_COLON'],
    ['MAIL FROM:<a@x.test>junk', 'SMTP_PARAMETER_SYNTAX'],
    ['MAIL FROM:<a@x.test>SIZE=1', 'SMTP_PARAMETER_SYNTAX'],
    ['MAIL FROM:<a@x.test>  SIZE=1', 'SMTP_PARAMETER_SYNTAX'],
    ['MAIL FROM:<a@x.test> FOO', 'SMTP_PARAMETER_UNKNOWN'],
    ['RCPT TO:<>', 'SMTP_FORWARD_PATH'],
    ['RCPT FROM:<a@x.test>', 'SMTP_FORWARD_PATH'],
    ['RCPT TO:a@x.test>', 'SMTP_FORWARD_PATH'],
    ['RCPT TO:<a@x.test> SIZE=1', 'SMTP_PARAMETER_UNKNOWN'],
    ['RCPT TO:<a@x.test> NOTIFY=NEVER', 'SMTP_PARAMETER_UNKNOWN'],
  ])('refuses %j', (line, command) => {
    expect(parseCommand(line, CONTEXT)).toEqual({ command })
  })

  it('knows no parameters before EHLO', () => {
    const context = { ...CONTEXT, negotiated: new Set<string>() }
    expect(parseCommand('MAIL FROM:<> SIZE=1', context)).toEqual({ command: 'SMTP_PARAMETER_UNKNOWN' })
  })

  it('has no command whose extension is not offered', () => {
    const context = { ...CONTEXT, offered: new Set<string>() }
    expect(parseCommand('HELP', context)).toEqual({ command: 'SMTP_COMMAND_NOT_IMPLEMENTED' })
    expect(parseCommand('NOOP', context)).toEqual({ command: { type: 'noop' } })
  })

  it('forgives what the leniency says, and tells it', () => {
    const context = { ...CONTEXT, leniency: mergeLeniency({ spaceAfterColon: 'accept', helloName: 'accept' }) }
    const forgiven = { command: { type: 'mail', path: A, parameters: {} }, violation: 'SMTP_SPACE_AFTER_COLON' }
    expect(parseCommand('MAIL FROM: <a@x.test>', context)).toEqual(forgiven)
    expect(parseCommand('RCPT TO: <a@x.test>', context)).toMatchObject({ violation: 'SMTP_SPACE_AFTER_COLON' })
    expect(parseCommand('MAIL FROM:<a@x.test>', context)).not.toHaveProperty('violation')
    expect(parseCommand('MAIL FROM:  <a@x.test>', context)).toEqual({ command: 'SMTP_REVERSE_PATH' })
    const hello = { command: { type: 'ehlo', domain: 'my_pc' }, violation: 'SMTP_HELLO_NAME' }
    expect(parseCommand('EHLO MY_PC', context)).toEqual(hello)
    expect(parseCommand('EHLO a.test', context)).not.toHaveProperty('violation')
  })
})

it('names its verbs', () => {
  expect(VERBS.join(' ')).toBe('EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY HELP')
})

it('knows a line of HTTP', () => {
  for (const line of ['GET / HTTP/1.1', 'POST /x HTTP/1.0', 'CONNECT a:25 HTTP/2'])
    expect(isOtherProtocol(line), line).toBe(true)
  for (const line of ['GET', 'get / HTTP/1.1', 'HELP GET / HTTP/1.1', 'Host: x'])
    expect(isOtherProtocol(line), line).toBe(false)
})
