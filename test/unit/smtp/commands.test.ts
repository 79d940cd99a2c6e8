import { describe, expect, it } from 'vitest'
import { isOtherProtocol, parseAuthLine, parseCommand, verbs } from '../../../src/smtp/commands.ts'
import type { CommandContext } from '../../../src/smtp/commands.ts'
import { mergeLeniency } from '../../../src/smtp/limits.ts'
import { CONTEXT } from '../../support/smtp-context.ts'

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
    ['EXPN staff', { type: 'expn', argument: 'staff' }],
    ['VRFY joe smtputf8', { type: 'vrfy', argument: 'joe', SMTPUTF8: true }],
    ['EXPN j\xc3\xb6 SMTPUTF8', { type: 'expn', argument: 'j\u00f6', SMTPUTF8: true }],
    ['starttls', { type: 'starttls' }],
    ['BDAT 5', { type: 'bdat', size: 5, isLast: false }],
    ['bdat 0 last', { type: 'bdat', size: 0, isLast: true }],
    ['BDAT 99999999999999999999', { type: 'bdat', size: Number.MAX_SAFE_INTEGER, isLast: false }],
    ['AUTH plain', { type: 'auth', mechanism: 'PLAIN' }],
    ['AUTH PLAIN =', { type: 'auth', mechanism: 'PLAIN', initialResponse: Buffer.alloc(0) }],
    ['AUTH SCRAM-SHA-256 YQ==', { type: 'auth', mechanism: 'SCRAM-SHA-256', initialResponse: Buffer.from('a') }],
    ['ETRN X.test', { type: 'etrn', argument: 'x.test' }],
    ['ETRN @x.test', { type: 'etrn', argument: '@x.test' }],
    ['ETRN #q-1', { type: 'etrn', argument: '#q-1' }],
    [
      'XCLIENT addr=192.0.2.1 PORT=25 NAME=[unavailable] PROTO=esmtp LOGIN=joe DESTADDR=IPV6:2001:DB8::1',
      {
        type: 'xclient',
        attributes: {
          ADDR: '192.0.2.1',
          PORT: 25,
          NAME: '[UNAVAILABLE]',
          PROTO: 'ESMTP',
          LOGIN: 'joe',
          DESTADDR: '2001:db8::1',
        },
      },
    ],
    [
      'XFORWARD SOURCE=local HELO=[TEMPUNAVAIL] PORT=[UNAVAILABLE]',
      {
        type: 'xforward',
        attributes: { SOURCE: 'LOCAL', HELO: '[TEMPUNAVAIL]', PORT: '[UNAVAILABLE]' },
      },
    ],
    [
      'MAIL FROM:<j\xc3\xb6@x.test> SMTPUTF8',
      {
        type: 'mail',
        path: { localPart: 'j\u00f6', domain: 'x.test' },
        parameters: { SMTPUTF8: true },
      },
    ],
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
    ['TURN', 'SMTP_COMMAND_NOT_IMPLEMENTED'],
    ['burl x', 'SMTP_COMMAND_NOT_IMPLEMENTED'],
    ['STARTTLS x', 'SMTP_ARGUMENT_FORBIDDEN'],
    ['BDAT', 'SMTP_ARGUMENT_MISSING'],
    ['BDAT 5 FIRST', 'SMTP_CHUNK_SIZE'],
    ['BDAT 5 LAST x', 'SMTP_CHUNK_SIZE'],
    ['BDAT -5', 'SMTP_CHUNK_SIZE'],
    ['BDAT 0x5', 'SMTP_CHUNK_SIZE'],
    ['BDAT  5', 'SMTP_CHUNK_SIZE'],
    ['BDAT LAST', 'SMTP_CHUNK_SIZE'],
    ['AUTH', 'SMTP_ARGUMENT_MISSING'],
    ['AUTH PLA!N', 'SMTP_AUTH_MECHANISM'],
    [`AUTH ${'A'.repeat(21)}`, 'SMTP_AUTH_MECHANISM'],
    ['AUTH PLAIN a b', 'SMTP_AUTH_MECHANISM'],
    ['AUTH PLAIN a', 'SMTP_AUTH_BASE64'],
    ['AUTH PLAIN  =', 'SMTP_AUTH_MECHANISM'],
    ['AUTH PLAIN YQ', 'SMTP_AUTH_BASE64'],
    ['AUTH PLAIN YR==', 'SMTP_AUTH_BASE64'],
    ['AUTH PLAIN *', 'SMTP_AUTH_BASE64'],
    ['ETRN', 'SMTP_ARGUMENT_MISSING'],
    ['ETRN a_b', 'SMTP_NODE_NAME'],
    ['ETRN #', 'SMTP_NODE_NAME'],
    ['ETRN #a b', 'SMTP_NODE_NAME'],
    ['ETRN @', 'SMTP_NODE_NAME'],
    ['XCLIENT ADDR', 'SMTP_PEER_ATTRIBUTE'],
    ['XCLIENT ADDR=300.1.1.1', 'SMTP_PEER_ATTRIBUTE'],
    ['XCLIENT FOO=bar', 'SMTP_PEER_ATTRIBUTE'],
    ['XCLIENT NAME=a NAME=b', 'SMTP_PEER_ATTRIBUTE'],
    ['XCLIENT NAME=a+0D+0Ab', 'SMTP_PEER_ATTRIBUTE'],
    ['XCLIENT NAME=', 'SMTP_PEER_ATTRIBUTE'],
    ['XCLIENT NAME=a+2', 'SMTP_PEER_ATTRIBUTE'],
    [`XCLIENT NAME=${'a'.repeat(256)}`, 'SMTP_PEER_ATTRIBUTE'],
    ['XCLIENT PORT=65536', 'SMTP_PEER_ATTRIBUTE'],
    ['XCLIENT PROTO=HTTP', 'SMTP_PEER_ATTRIBUTE'],
    ['XCLIENT IDENT=a', 'SMTP_PEER_ATTRIBUTE'],
    ['XFORWARD LOGIN=a', 'SMTP_PEER_ATTRIBUTE'],
    ['XFORWARD SOURCE=here', 'SMTP_PEER_ATTRIBUTE'],
    ['XFORWARD __proto__=a', 'SMTP_PEER_ATTRIBUTE'],
    ['XCLIENT LOGIN=joe+20x', 'SMTP_PEER_ATTRIBUTE'],
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
    ['MAIL FROM:<> NOTIFY=NEVER', 'SMTP_PARAMETER_UNKNOWN'],
  ])('refuses %j', (line, command) => {
    expect(parseCommand(line, CONTEXT)).toEqual({ command })
  })

  it('is no UTF-8 where it was not agreed upon', () => {
    const codeOf = (line: string, context: Partial<CommandContext> = {}): unknown =>
      parseCommand(line, { ...CONTEXT, ...context }).command
    expect(codeOf('MAIL FROM:<j\xc3\xb6@x.test>')).toBe('SMTP_UTF8_SENDER')
    expect(codeOf('RCPT TO:<j\xc3\xb6@x.test>')).toBe('SMTP_UTF8_RECIPIENT')
    expect(codeOf('RCPT TO:<j\xc3\xb6@x.test>', { charset: 'utf8' })).toMatchObject({ type: 'rcpt' })
    expect(codeOf('MAIL FROM:<j\xf6@x.test> SMTPUTF8')).toBe('SMTP_COMMAND_OCTET')
    expect(codeOf('MAIL FROM:<j\xc2\x85@x.test> SMTPUTF8')).toBe('SMTP_COMMAND_OCTET')
    expect(codeOf('MAIL FROM:<j\xc3\xb6@x.test> SMTPUTF8', { negotiated: new Set() })).toBe('SMTP_COMMAND_OCTET')
    expect(codeOf('EHLO j\xc3\xb6.test')).toBe('SMTP_COMMAND_OCTET')
    expect(codeOf('VRFY j\xc3\xb6')).toBe('SMTP_COMMAND_OCTET')
  })

  it('has the hello of its protocol, and no other', () => {
    const lmtp: CommandContext = { ...CONTEXT, protocol: 'lmtp' }
    expect(parseCommand('LHLO a.test', lmtp).command).toEqual({ type: 'lhlo', domain: 'a.test' })
    for (const verb of ['EHLO', 'HELO'])
      expect(parseCommand(`${verb} a.test`, lmtp).command).toBe('SMTP_COMMAND_UNKNOWN')
    expect(parseCommand('EHLO a.test', { ...CONTEXT, protocol: 'submission' }).command).toMatchObject({ type: 'ehlo' })
  })

  it('knows no commands of extensions before EHLO', () => {
    const context = { ...CONTEXT, negotiated: new Set<string>() }
    for (const line of ['STARTTLS', 'AUTH PLAIN', 'BDAT 5'])
      expect(parseCommand(line, context), line).toEqual({ command: 'SMTP_SEQUENCE' })
    expect(parseCommand('EXPN list', context).command).toMatchObject({ type: 'expn' })
  })

  it('takes nothing of a proxy that is not trusted', () => {
    const context = { ...CONTEXT, offered: new Set<string>() }
    for (const line of ['XCLIENT ADDR=192.0.2.1', 'XFORWARD ADDR=192.0.2.1'])
      expect(parseCommand(line, context), line).toEqual({ command: 'SMTP_COMMAND_UNTRUSTED' })
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

it.each([
  ['YQ==', { type: 'authResponse', response: Buffer.from('a') }],
  ['', { type: 'authResponse', response: Buffer.alloc(0) }],
  ['*', { type: 'authCancel' }],
  ['=', 'SMTP_AUTH_BASE64'],
  ['* ', 'SMTP_AUTH_BASE64'],
  ['YQ== ', 'SMTP_AUTH_BASE64'],
  ['YR==', 'SMTP_AUTH_BASE64'],
])('reads %j behind a challenge', (line, command) => {
  expect(parseAuthLine(line)).toEqual({ command })
})

it('names its verbs', () => {
  const plain = { protocol: 'smtp', offered: new Set(['HELP']) } as const
  expect(verbs(plain).join(' ')).toBe('EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY HELP')
  expect(verbs({ protocol: 'lmtp', offered: new Set(['CHUNKING']) }).join(' ')).toBe(
    'LHLO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY',
  )
})

it('knows a line of HTTP', () => {
  for (const line of ['GET / HTTP/1.1', 'POST /x HTTP/1.0', 'CONNECT a:25 HTTP/2'])
    expect(isOtherProtocol(line), line).toBe(true)
  for (const line of ['GET', 'get / HTTP/1.1', 'HELP GET / HTTP/1.1', 'Host: x'])
    expect(isOtherProtocol(line), line).toBe(false)
})
