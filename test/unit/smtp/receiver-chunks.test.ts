/** The server's machine: messages in chunks (RFC 3030), and the replies of LMTP (RFC 2033). */
import { describe, expect, it } from 'vitest'
import { DEFAULT_EXTENSIONS, EXTENSIONS } from '../../../src/smtp/extensions.ts'
import { reply } from '../../../src/smtp/reply.ts'
import { MachineServer } from '../../support/smtp.ts'
import { splits } from '../../support/splits.ts'

const OPTIONS = { extensions: EXTENSIONS }
const ENVELOPE = ['EHLO a.test\r\n', 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n']
/** The codes behind those of `ENVELOPE`. */
const codesOf = (server: MachineServer): number[] => server.codes.slice(4)

describe('BDAT', () => {
  it('brings a message in chunks, each with its reply, and what follows is a command again', () => {
    for (const { name, pieces } of splits(Buffer.from('BDAT 6\r\na\r\n.\r\nbdat 3 last\r\nb\r\nRSET\r\n'))) {
      const server = new MachineServer(OPTIONS).feed(...ENVELOPE, ...pieces)
      expect(codesOf(server), name).toEqual([250, 250, 250])
      expect(server.messages.map(String), name).toEqual(['a\r\n.\r\nb\r\n'])
      expect(server.events.slice(-5), name).toEqual([
        { type: 'bdat', size: 6, isLast: false },
        { type: 'endOfChunk' },
        { type: 'bdat', size: 3, isLast: true },
        { type: 'endOfData' },
        { type: 'rset' },
      ])
    }
  })

  it('may be empty at the end, or altogether', () => {
    const server = new MachineServer(OPTIONS).feed(...ENVELOPE, 'BDAT 3\r\na\r\nBDAT 0 LAST\r\nMAIL FROM:<>\r\n')
    expect(codesOf(server)).toEqual([250, 250, 250])
    expect(new MachineServer(OPTIONS).feed(...ENVELOPE, 'BDAT 0 LAST\r\n').codes.at(-1)).toBe(250)
  })

  it.each([
    ['before EHLO', [], 503, 'start'],
    ['after HELO', ['HELO a.test\r\n'], 503, 'ready'],
    ['outside of a transaction', ['EHLO a.test\r\n'], 503, 'ready'],
    ['for nobody', ['EHLO a.test\r\n', 'MAIL FROM:<>\r\n'], 554, 'mail'],
  ])('is swallowed whole %s', (_, before, code, state) => {
    for (const { name, pieces } of splits(Buffer.from('BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n'))) {
      const server = new MachineServer(OPTIONS).feed(...before, ...pieces)
      expect(server.codes.slice(-2), name).toEqual([code, 250])
      expect(server.codes.length, name).toBe(1 + before.length + 2)
      expect(server.machine.state, name).toBe(state)
    }
  })

  it('is swallowed where it is not offered, too', () => {
    const extensions = DEFAULT_EXTENSIONS.filter((keyword) => keyword !== 'CHUNKING')
    const server = new MachineServer({ extensions }).feed(
      ...ENVELOPE,
      'BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n',
      'BDAT x\r\n',
      'BDATA\r\n',
    )
    expect(codesOf(server)).toEqual([502, 250, 502, 500])
  })

  it('is swallowed before TLS or a login, where that is required', () => {
    const server = new MachineServer({ ...OPTIONS, requires: ['authentication'] })
    expect(server.feed('EHLO a.test\r\n', 'BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n').codes).toEqual([220, 250, 503, 250])
  })

  it('does not go with DATA in one transaction', () => {
    const server = new MachineServer(OPTIONS).feed(
      ...ENVELOPE,
      'BDAT 3\r\na\r\n',
      'DATA\r\n',
      'MAIL FROM:<>\r\n',
      'RCPT TO:<c@x.test>\r\n',
    )
    expect(codesOf(server)).toEqual([250, 503, 503, 503])
    expect(server.feed('RSET\r\n', 'MAIL FROM:<>\r\n').codes.slice(-2)).toEqual([250, 250])
    expect(server.messages).toEqual([])
  })

  it('is forgotten by RSET and EHLO', () => {
    for (const command of ['RSET\r\n', 'EHLO a.test\r\n']) {
      const server = new MachineServer(OPTIONS).feed(...ENVELOPE, 'BDAT 3\r\na\r\n', command, ...ENVELOPE.slice(1))
      server.feed('BDAT 3 LAST\r\nb\r\n')
      expect(codesOf(server)).toEqual([250, 250, 250, 250, 250])
      expect(server.machine.envelope).toBeUndefined()
    }
  })

  it('that was refused takes the rest of the message with it', () => {
    const stream = Buffer.from('BDAT 6\r\nMAIL\r\nBDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nRCPT\r\nNOOP\r\n')
    for (const { name, pieces } of splits(stream)) {
      const server = new MachineServer(OPTIONS, (event) =>
        event.type === 'endOfChunk' ? reply(452, '4.3.1', 'Full') : undefined,
      )
      server.feed(...ENVELOPE, ...pieces)
      expect(codesOf(server), name).toEqual([452, 503, 503, 250])
      expect(server.machine.state, name).toBe('spoiled')
      expect(server.feed('MAIL FROM:<>\r\n', 'RSET\r\n', 'MAIL FROM:<>\r\n').codes.slice(-3), name).toEqual([
        503, 250, 250,
      ])
    }
  })

  it('with a fault in it is refused behind its octets', () => {
    const server = new MachineServer(OPTIONS).feed(...ENVELOPE, 'BDAT 5\r\na\nb\r\nBDAT 0 LAST\r\n')
    expect(codesOf(server)).toEqual([554, 503])
    const last = new MachineServer(OPTIONS).feed(...ENVELOPE, 'BDAT 5 LAST\r\na\nb\r\n', 'MAIL FROM:<>\r\n')
    expect(codesOf(last)).toEqual([554, 250])
  })

  it('that makes a message too big is read and dropped', () => {
    const server = new MachineServer({ ...OPTIONS, limits: { maxMessageBytes: 4 } })
    server.feed(...ENVELOPE, 'BDAT 3\r\na\r\nBDAT 12\r\nb\r\nc\r\nQUIT\r\nNOOP\r\n')
    expect(codesOf(server)).toEqual([250, 552, 250])
    expect(server.machine.bufferedBytes).toBe(0)
  })

  it.each([
    ['BDAT 1001 LAST\r\n', [...ENVELOPE]],
    ['BDAT 99999999999999999999\r\n', [...ENVELOPE]],
    ['BDAT 600\r\nx', []],
  ])('%j ends the session where it is more than anybody will drop', (line, before) => {
    const server = new MachineServer({ ...OPTIONS, limits: { maxDiscardedBytes: 1000 } }).feed(...before)
    for (let turn = 0; turn < 2; turn++) server.feed(`${line}${line.endsWith('x') ? 'x'.repeat(599) : ''}`)
    expect(server.error).toMatchObject({ code: 'SMTP_DISCARDED_TOO_MUCH', hint: 421, max: 1000 })
  })

  it.each(['BDAT', 'BDAT x', 'BDAT 5 FIRST', 'BDAT -1 LAST', 'BDAT \x07'])(
    '%j ends the session: where the next command begins nobody knows',
    (line) => {
      const server = new MachineServer(OPTIONS).feed(...ENVELOPE, `${line}\r\n`)
      expect(server.error).toMatchObject({ code: 'SMTP_CHUNK_SIZE', hint: 501 })
    },
  )

  it('is cut short by a client that hangs up', () => {
    for (const before of [ENVELOPE, []]) {
      const server = new MachineServer(OPTIONS).feed(...before, 'BDAT 5\r\na').end()
      expect(server.error).toMatchObject({ code: 'SMTP_CUT_SHORT' })
    }
    expect(new MachineServer(OPTIONS).feed(...ENVELOPE, 'BDAT 1\r\na').end().machine.state).toBe('closed')
  })
})

describe('BINARYMIME', () => {
  it('goes with BDAT and not with DATA', () => {
    const server = new MachineServer(OPTIONS).feed(
      'EHLO a.test\r\n',
      'MAIL FROM:<> BODY=BINARYMIME\r\nRCPT TO:<b@x.test>\r\n',
    )
    server.feed('DATA\r\n', 'BDAT 4 LAST\r\n\n\r\0\xff')
    expect(codesOf(server)).toEqual([503, 250])
    expect(server.messages).toEqual([Buffer.from('\n\r\0\xff', 'latin1')])
  })
})

describe('LMTP', () => {
  const LMTP = { extensions: EXTENSIONS, protocol: 'lmtp' } as const
  const HELLO = 'LHLO a.test\r\n'
  const TWO = 'RCPT TO:<b@x.test>\r\nRCPT TO:<c@x.test>\r\nRCPT TO:<b@x.test>\r\n'

  it('knows LHLO alone', () => {
    const server = new MachineServer(LMTP).feed('EHLO a.test\r\n', 'HELO a.test\r\n', HELLO)
    expect(server.codes).toEqual([220, 500, 500, 250])
    expect(server.text).toContain('220 mx.example.test LMTP\r\n')
    expect(server.text).toContain('250-PIPELINING\r\n')
    expect(server.machine.hello).toEqual({ type: 'lhlo', domain: 'a.test' })
  })

  it('answers a message for each recipient that was accepted, twice for one that was named twice', () => {
    const server = new MachineServer(LMTP, (event) =>
      event.type === 'rcpt' && event.path.localPart === 'c' ? reply(550, '5.1.1', 'Nobody') : undefined,
    )
    server.feed(HELLO, 'MAIL FROM:<a@x.test>\r\n', TWO, 'DATA\r\n', 'x\r\n.\r\nNOOP\r\n')
    expect(server.codes).toEqual([220, 250, 250, 250, 550, 250, 354, 250, 250, 250])
    expect(server.machine.repliesOwed).toBe(0)
  })

  it('may answer each as it likes', () => {
    const { machine } = new MachineServer(LMTP).feed(HELLO, 'MAIL FROM:<a@x.test>\r\n', TWO, 'DATA\r\n')
    machine.receive(Buffer.from('x\r\n.\r\n'))
    for (let event = machine.next(); event.type !== 'endOfData';) event = machine.next()
    expect(machine.repliesOwed).toBe(3)
    expect(machine.envelope?.recipients.length).toBe(3)
    for (const code of [250, 452, 550]) machine.send(reply(code, undefined))
    expect(machine.state).toBe('ready')
    expect(() => machine.send(reply(250, undefined))).toThrow(expect.objectContaining({ code: 'SMTP_SEND_TURN' }))
  })

  it('refuses a message for each recipient, too', () => {
    const server = new MachineServer(LMTP).feed(
      HELLO,
      'MAIL FROM:<a@x.test>\r\n',
      TWO,
      'DATA\r\n',
      'x\n\r\n.\r\nNOOP\r\n',
    )
    expect(server.codes.slice(-4)).toEqual([554, 554, 554, 250])
  })

  it('has no message for nobody', () => {
    const server = new MachineServer(LMTP).feed(
      HELLO,
      'MAIL FROM:<a@x.test>\r\n',
      'DATA\r\n',
      'BDAT 2\r\nxy',
      'NOOP\r\n',
    )
    expect(server.codes.slice(3)).toEqual([503, 503, 250])
  })

  it('answers chunks once, and the last for each recipient', () => {
    const server = new MachineServer(LMTP).feed(
      HELLO,
      'MAIL FROM:<a@x.test>\r\n',
      TWO,
      'BDAT 3\r\na\r\nBDAT 3 LAST\r\nb\r\nNOOP\r\n',
    )
    expect(server.codes.slice(6)).toEqual([250, 250, 250, 250, 250])
    expect(server.messages.map(String)).toEqual(['a\r\nb\r\n'])
  })

  it('says nothing to the last chunk for nobody, and as much as it must to one behind a refused one', () => {
    const nobody = new MachineServer(LMTP).feed(
      HELLO,
      'MAIL FROM:<a@x.test>\r\n',
      'BDAT 3 LAST\r\na\r\nNOOP\r\nMAIL FROM:<>\r\n',
    )
    expect(nobody.codes).toEqual([220, 250, 250, 250, 250])
    const spoiled = new MachineServer(LMTP).feed(
      HELLO,
      'MAIL FROM:<a@x.test>\r\n',
      TWO,
      'BDAT 2\r\n\n\nBDAT 3 LAST\r\nb\r\nNOOP\r\n',
    )
    expect(spoiled.codes.slice(6)).toEqual([554, 503, 503, 503, 250])
    expect(new MachineServer(LMTP).feed(HELLO, 'BDAT 1 LAST\r\nx').codes).toEqual([220, 250, 503])
  })
})

describe('other extensions', () => {
  it('are obeyed only within what was offered', () => {
    const until = '2026-12-31T00:00:00Z'
    const server = new MachineServer({
      extensions: EXTENSIONS,
      protocol: 'submission',
      futureRelease: { seconds: 3600, until },
      minDeliverBySeconds: 60,
    })
    const mail = (parameters: string): number | undefined =>
      server.feed(`MAIL FROM:<> ${parameters}\r\n`, 'RSET\r\n').codes.at(-2)
    server.feed('EHLO a.test\r\n')
    expect(mail('HOLDFOR=3600')).toBe(250)
    expect(mail('HOLDFOR=3601')).toBe(501)
    expect(mail(`HOLDUNTIL=${until}`)).toBe(250)
    expect(mail('HOLDUNTIL=2027-01-01T00:00:00Z')).toBe(501)
    expect(mail('BY=60;R')).toBe(250)
    expect(mail('BY=59;R')).toBe(555)
    expect(mail('BY=-5;N')).toBe(250)
    expect(mail('MT-PRIORITY=9')).toBe(250)
    const plain = new MachineServer(OPTIONS).feed('EHLO a.test\r\n', 'MAIL FROM:<> HOLDFOR=1\r\n')
    expect(plain.codes.at(-1)).toBe(555)
  })

  it('ask about users and queues', () => {
    const server = new MachineServer(OPTIONS).feed(
      'EXPN staff\r\n',
      'ETRN x.test\r\n',
      'EHLO a.test\r\n',
      'ETRN x.test\r\n',
    )
    expect(server.codes).toEqual([220, 252, 503, 250, 251])
  })

  it('let names above ASCII in where the transaction has them', () => {
    const server = new MachineServer().feed(
      'EHLO a.test\r\n',
      'MAIL FROM:<\xc3\xbc@x.test>\r\n',
      'MAIL FROM:<> SMTPUTF8\r\n',
    )
    server.feed('RCPT TO:<\xc3\xbc@b\xc3\xbccher.test>\r\n')
    expect(server.codes.slice(2)).toEqual([550, 250, 250])
    expect(server.machine.envelope?.recipients[0]?.path).toEqual({ localPart: '\u00fc', domain: 'xn--bcher-kva.test' })
    const ascii = new MachineServer().feed('EHLO a.test\r\n', 'MAIL FROM:<>\r\n', 'RCPT TO:<\xc3\xbc@x.test>\r\n')
    expect(ascii.codes.at(-1)).toBe(553)
  })
})
