/** The server's machine. What hangs on the wire alone is in `wire.test.ts`; here is what hangs on the answers, on the limits and on time. */
import { describe, expect, it } from 'vitest'
import { NEED_RECEIVE, NEED_SEND } from '../../../src/net/machine.ts'
import { NORMALIZE } from '../../../src/smtp/limits.ts'
import { ServerMachine } from '../../../src/smtp/machine.ts'
import { reply } from '../../../src/smtp/reply.ts'
import { MachineServer } from '../../support/smtp.ts'
import { splits } from '../../support/splits.ts'

const HELLO = 'EHLO a.test\r\n'
const ENVELOPE = [HELLO, 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n']

/** A machine that has answered all of these but the last. */
function askedBy(...pieces: readonly string[]): ServerMachine {
  const machine = new ServerMachine({ hostname: 'mx.test' })
  for (const piece of pieces) {
    if (machine.defaultReply !== undefined) machine.send(machine.defaultReply)
    for (machine.receive(Buffer.from(piece)); machine.bufferedBytes > 0;) {
      if (machine.defaultReply !== undefined) machine.send(machine.defaultReply)
      while (machine.defaultReply === undefined && machine.next().type !== 'needData');
    }
  }
  return machine
}

function local(code: string): unknown {
  return expect.objectContaining({ code, side: 'local' })
}

describe('ServerMachine', () => {
  it('is as short to use as it is meant to be', () => {
    const output: Uint8Array[] = []
    const machine = new ServerMachine({ hostname: 'mx.example.test' })
    machine.send(reply(220, undefined, 'mx.example.test'))
    machine.receive(Buffer.from(HELLO))
    machine.next()
    machine.send(reply(250, undefined, 'mx.example.test'))
    machine.receive(Buffer.from('MAIL FROM:<a@x.test>\r\n'))
    machine.next()
    machine.send(reply(250, '2.1.0', 'OK'))

    machine.receive(Buffer.from('RCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\n'))
    for (let event = machine.next(); event.type !== 'needData'; event = machine.next())
      if (event.type === 'rcpt')
        output.push(...machine.send({ type: 'reply', code: 250, enhanced: '2.1.5', text: ['OK'] }))

    expect(Buffer.concat(output).toString()).toBe('250 2.1.5 OK\r\n250 2.1.5 OK\r\n')
  })

  it('holds a session', () => {
    const server = new MachineServer().feed(...ENVELOPE, 'DATA\r\n')
    expect(server.machine.state).toBe('content')
    server.feed('Subject: t\r\n\r\n..\r\n.\r\nQUIT\r\n')
    expect(server.text).toBe(
      [
        '220 mx.example.test ESMTP',
        '250-mx.example.test',
        '250-PIPELINING',
        '250-SIZE 52428800',
        '250-8BITMIME',
        '250-SMTPUTF8',
        '250-ENHANCEDSTATUSCODES',
        '250-CHUNKING',
        '250-LIMITS MAILMAX=1000 RCPTMAX=1000',
        '250 HELP',
        '250 2.1.0 Sender OK',
        '250 2.1.5 Recipient OK',
        '354 End data with <CR><LF>.<CR><LF>',
        '250 2.0.0 Message accepted',
        '221 2.0.0 mx.example.test closing connection',
        '',
      ].join('\r\n'),
    )
    expect(server.messages.map(String)).toEqual(['Subject: t\r\n\r\n.\r\n'])
    expect(server.machine.state).toBe('closed')
  })

  it('answers what needs no decision', () => {
    const server = new MachineServer().feed(
      'NOOP\r\n',
      'VRFY joe\r\n',
      'HELP\r\n',
      'RSET\r\n',
      'HELO a.test\r\n',
      'RSET\r\n',
    )
    expect(server.codes).toEqual([220, 250, 252, 214, 250, 250, 250])
  })

  it('tells one thing at a time, and keeps the rest', () => {
    const machine = new ServerMachine({ hostname: 'mx.test' })
    machine.receive(Buffer.from('NOOP\r\nRSET\r\n'))
    expect(machine.next()).toBe(NEED_SEND)
    machine.send(machine.defaultReply ?? expect.unreachable())
    expect(machine.defaultReply).toBeUndefined()
    expect(machine.next()).toEqual({ type: 'noop' })
    expect(machine.next()).toBe(NEED_SEND)
    expect(machine.bufferedBytes).toBe(6)
    machine.send(reply(250, undefined))
    expect(machine.next()).toEqual({ type: 'rset' })
    expect(machine.lastLine).toBe('RSET')
    machine.send(reply(250, undefined))
    expect(machine.next()).toBe(NEED_RECEIVE)
    expect(machine.work).toBeGreaterThan(0)
  })

  it('knows the envelope and who speaks', () => {
    const server = new MachineServer()
    expect(server.machine.hello).toBeUndefined()
    server.feed(HELLO)
    expect(server.machine.hello).toEqual({ type: 'ehlo', domain: 'a.test' })
    expect(server.machine.envelope).toBeUndefined()
    server.feed('MAIL FROM:<> SIZE=10\r\n', 'RCPT TO:<b@x.test>\r\n', 'RCPT TO:<b@x.test>\r\n')
    const to = { path: { localPart: 'b', domain: 'x.test' }, parameters: {} }
    expect(server.machine.envelope).toEqual({ from: null, parameters: { SIZE: 10 }, recipients: [to, to] })
    server.feed('RSET\r\n')
    expect(server.machine.envelope).toBeUndefined()
  })

  it('lets only an accepted command happen', () => {
    const refusing = (...types: string[]): MachineServer =>
      new MachineServer({}, (event) => (types.includes(event.type) ? reply(550, '5.7.1', 'no') : undefined))
    expect(refusing('ehlo').feed(HELLO, 'MAIL FROM:<>\r\n').codes).toEqual([220, 550, 503])
    expect(refusing('mail').feed(...ENVELOPE).codes).toEqual([220, 250, 550, 503])
    expect(refusing('rcpt').feed(...ENVELOPE, 'DATA\r\n').codes).toEqual([220, 250, 250, 550, 554])
    const server = refusing('data').feed(...ENVELOPE, 'DATA\r\n')
    expect(server.codes).toEqual([220, 250, 250, 250, 550])
    expect(server.machine.state).toBe('rcpt')
    expect(
      refusing('endOfData')
        .feed(...ENVELOPE, 'DATA\r\n', '.\r\n', 'MAIL FROM:<>\r\n')
        .codes.slice(4),
    ).toEqual([354, 550, 250])
    expect(refusing('rset').feed(...ENVELOPE, 'RSET\r\n').machine.state).toBe('rcpt')
  })

  it('waits for QUIT where it has greeted with a refusal', () => {
    const machine = new ServerMachine({ hostname: 'mx.test' })
    machine.send(reply(554, undefined, 'no'))
    expect(machine.state).toBe('rejected')
    machine.receive(Buffer.from('NOOP\r\nQUIT\r\n'))
    expect(machine.next()).toMatchObject({ type: 'fault', code: 'SMTP_SEQUENCE' })
    machine.send(reply(503, '5.5.1', 'no'))
    expect(machine.next()).toEqual({ type: 'quit' })
    machine.send(reply(221, '2.0.0', 'bye'))
    expect(machine.state).toBe('closed')
  })

  it('leaves what stands behind QUIT', () => {
    for (const { pieces } of splits(Buffer.from('QUIT\r\nNOOP\r\n'))) {
      const machine = new ServerMachine({ hostname: 'mx.test' })
      machine.send(reply(220, undefined))
      for (const piece of pieces) {
        machine.receive(piece)
        if (machine.next().type === 'quit') machine.send(reply(221, '2.0.0', 'bye'))
      }
      expect(machine.next()).toBe(NEED_RECEIVE)
      machine.receiveEnd()
      expect(machine.next()).toBe(NEED_RECEIVE)
      expect(machine.takeLeftover().toString()).toBe('NOOP\r\n')
    }
  })

  it('knows no parameters after HELO, and no enhanced codes where it does not offer them', () => {
    expect(new MachineServer().feed('HELO a.test\r\n', 'MAIL FROM:<> SIZE=1\r\n').codes).toEqual([220, 250, 555])
    const plain = new MachineServer({ extensions: [] }).feed(HELLO, 'MAIL FROM:<>\r\n', 'HELP\r\n')
    expect(plain.text).toBe(
      '220 mx.example.test ESMTP\r\n250 mx.example.test\r\n250 Sender OK\r\n502 Command not implemented\r\n',
    )
  })

  it('puts no enhanced code into the greeting and the answer to EHLO', () => {
    const machine = new ServerMachine({ hostname: 'mx.test' })
    expect(Buffer.concat(machine.send(reply(451, '4.3.0', 'no'))).toString()).toBe('451 no\r\n')
    const server = new MachineServer({}, (event) => (event.type === 'ehlo' ? reply(550, '5.7.1', 'no') : undefined))
    expect(server.feed(HELLO, 'NOOP\r\n').text).toBe('220 mx.example.test ESMTP\r\n550 no\r\n250 2.0.0 OK\r\n')
  })

  it('wants a name', () => {
    for (const hostname of ['', 'my_host', 'a b', 'a\r\n']) {
      expect(() => new ServerMachine({ hostname })).toThrow(RangeError)
    }
    expect(new ServerMachine({ hostname: '[192.0.2.1]' }).state).toBe('greeting')
  })
})

describe('what it may not be made to say', () => {
  it('no reply that nothing asks for, but 421', () => {
    const { machine } = new MachineServer().feed(HELLO)
    expect(() => machine.send(reply(250, undefined))).toThrow(local('SMTP_SEND_TURN'))
    expect(Buffer.concat(machine.send(reply(421, '4.3.2', 'closing'))).toString()).toBe('421 4.3.2 closing\r\n')
    expect(machine.state).toBe('closed')
    expect(machine.next()).toBe(NEED_RECEIVE)
    expect(() => machine.send(reply(421, undefined))).toThrow(local('SMTP_SEND_TURN'))
  })

  it.each([
    ['the greeting', [], [250, 354]],
    ['EHLO', [HELLO], [220, 251, 354]],
    ['NOOP', ['NOOP\r\n'], [354]],
    ['QUIT', ['QUIT\r\n'], [250, 354]],
    ['what was refused', ['FOO\r\n'], [250, 354]],
    ['DATA', [...ENVELOPE, 'DATA\r\n'], [250, 334]],
    ['a message', [...ENVELOPE, 'DATA\r\n', 'x\r\n.\r\n'], [354]],
    ['a message with a bare LF', [...ENVELOPE, 'DATA\r\n', 'x\n.\r\n\r\n.\r\n'], [250]],
  ])('to %s no code that cannot answer it', (_, input, codes) => {
    const machine = askedBy(...input)
    for (const code of codes)
      expect(() => machine.send(reply(code, undefined)), String(code)).toThrow(local('SMTP_SEND_CODE'))
    expect(machine.defaultReply).toBeDefined()
  })

  it('nothing that is no reply', () => {
    const { machine } = new MachineServer().feed(HELLO)
    machine.receive(Buffer.from('NOOP\r\n'))
    machine.next()
    expect(() => machine.send(reply(250, undefined, 'a\r\n250 b'))).toThrow(local('SMTP_SEND_REPLY'))
    machine.send(reply(250, undefined))
  })
})

describe('what it refuses', () => {
  it('a message that says it is too big', () => {
    const server = new MachineServer({ limits: { maxMessageBytes: 1000 } })
    server.feed(HELLO, 'MAIL FROM:<> SIZE=1001\r\n', 'MAIL FROM:<> SIZE=1000\r\n')
    expect(server.codes).toEqual([220, 250, 552, 250])
  })

  it('a message that is too big, at its end, and keeps none of it', () => {
    const stream = Buffer.from(`${'0123456789'.repeat(30)}\r\n.\r\nNOOP\r\n`)
    for (const { name, pieces } of splits(stream)) {
      const server = new MachineServer({ limits: { maxMessageBytes: 100 } }).feed(...ENVELOPE, 'DATA\r\n', ...pieces)
      expect(server.codes.slice(4), name).toEqual([354, 552, 250])
      expect(server.messages[0]?.length, name).toBe(100)
      expect(server.events.slice(-3), name).toEqual([
        { type: 'contentFault', code: 'SMTP_MESSAGE_TOO_BIG', offset: 100 },
        expect.objectContaining({ type: 'fault', code: 'SMTP_MESSAGE_TOO_BIG' }),
        { type: 'noop' },
      ])
    }
  })

  it('a recipient too many, and keeps the others', () => {
    const server = new MachineServer({ limits: { maxRecipients: 2 } })
    server.feed(HELLO, 'MAIL FROM:<>\r\n', 'RCPT TO:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nRCPT TO:<c@x.test>\r\n')
    expect(server.codes.slice(-3)).toEqual([250, 250, 452])
    expect(server.machine.envelope?.recipients.length).toBe(2)
    server.feed('DATA\r\n')
    expect(server.codes.at(-1)).toBe(354)
  })

  it('a transaction too many, and with it the session', () => {
    const server = new MachineServer({ limits: { maxTransactions: 2 } })
    server.feed(HELLO, 'MAIL FROM:<>\r\nRSET\r\n', 'MAIL FROM:<>\r\nRSET\r\n', 'MAIL FROM:<>\r\nNOOP\r\n')
    expect(server.codes).toEqual([220, 250, 250, 250, 250, 250, 421])
    expect(server.machine.state).toBe('closed')
  })

  it('a transaction too many, where some were malformed', () => {
    const server = new MachineServer({ limits: { maxTransactions: 3 } })
    server.feed(HELLO, 'MAIL FROM:a\r\n', 'mail FROM:<> X=1\r\n', 'MAILED\r\nMAIL\r\n', 'MAIL FROM:<>\r\n')
    expect(server.codes).toEqual([220, 250, 501, 555, 500, 501, 250])
    expect(server.feed('RSET\r\nMAIL FROM:<>\r\n').codes.at(-1)).toBe(421)
  })

  it('a domain too many, where there is a limit', () => {
    const recipients = Array.from({ length: 50 }, (_, index) => `RCPT TO:<a@x${index}.test>\r\n`)
    const unlimited = new MachineServer().feed(HELLO, 'MAIL FROM:<>\r\n', ...recipients)
    expect(unlimited.machine.envelope?.recipients.length).toBe(50)
    expect(() => new MachineServer({ maxRecipientDomains: Infinity })).toThrow(RangeError)
    const one = new MachineServer({ maxRecipientDomains: 1 })
    one.feed(HELLO, 'MAIL FROM:<>\r\n', 'RCPT TO:<Postmaster>\r\n', ...recipients, 'RCPT TO:<b@X0.test>\r\n')
    expect(one.codes.slice(3)).toEqual([250, 250, ...recipients.slice(1).map(() => 452), 250])
  })

  it('content with bare line ends, unless it is told to repair it', () => {
    const stream = Buffer.from('a\nb\rc\0d\r\n.\r\n')
    for (const { name, pieces } of splits(stream)) {
      const server = new MachineServer({ leniency: { content: NORMALIZE } }).feed(...ENVELOPE, 'DATA\r\n', ...pieces)
      expect(server.codes.at(-1), name).toBe(250)
      expect(server.messages.map(String), name).toEqual(['a\r\nb c d\r\n'])
      expect(server.events.slice(-4), name).toEqual([
        { type: 'violation', code: 'SMTP_BARE_CR' },
        { type: 'violation', code: 'SMTP_BARE_LF' },
        { type: 'violation', code: 'SMTP_NUL' },
        { type: 'endOfData' },
      ])
    }
  })
})

describe('what ends it', () => {
  it.each([
    ['EHLO a.test\r\nMAIL FROM:<>\r\n', 'SMTP_EARLY_TALK', 13, 554],
    ['HELO a.test\r\nM', 'SMTP_EARLY_TALK', 13, 554],
    // The body of a message must not be read as commands because its DATA came at the wrong moment.
    ['DATA\r\nQUIT\r\n', 'SMTP_EARLY_TALK', 6, 554],
    ['POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO a.test\r\n', 'SMTP_OTHER_PROTOCOL', 0, 421],
  ])('%j', (text, code, offset, hint) => {
    const server = new MachineServer().feed(text)
    expect(server.error).toMatchObject({ code, offset, hint, side: 'remote' })
    expect(server.codes).toEqual([220, hint])
    expect(() => server.machine.next()).toThrow(server.error)
    expect(() => server.machine.send(reply(421, undefined))).toThrow(server.error)
  })

  it('not a session that comes in one piece, where that is accepted', () => {
    const server = new MachineServer({ leniency: { earlyTalk: 'accept' } })
    server.feed(`${ENVELOPE.join('')}DATA\r\nx\r\n.\r\nQUIT\r\n`)
    expect(server.codes).toEqual([220, 250, 250, 250, 354, 250, 221])
  })

  it('a client that hangs up', () => {
    expect(new MachineServer().feed(HELLO).end().machine.state).toBe('closed')
    expect(new MachineServer().feed(...ENVELOPE).end().error).toBeUndefined()
    expect(new MachineServer().feed('NOO').end().error).toMatchObject({ code: 'SMTP_CUT_SHORT' })
    expect(new MachineServer().feed(...ENVELOPE, 'DATA\r\n').end().error).toMatchObject({ code: 'SMTP_CUT_SHORT' })
    expect(new MachineServer().feed(...ENVELOPE, 'DATA\r\n', 'x\r\n.').end().error).toMatchObject({
      code: 'SMTP_CUT_SHORT',
    })
    const server = new MachineServer().feed(...ENVELOPE, 'DATA\r\n', 'x\r\n.\r\n').end()
    expect(server.codes.at(-1)).toBe(250)
    expect(server.machine.state).toBe('closed')
  })
})
