/** The server's machine: TLS, authentication, and what may be said before either (RFC 3207, RFC 4954). */
import { describe, expect, it } from 'vitest'
import { NEED_RECEIVE } from '../../../src/net/machine.ts'
import { ServerMachine } from '../../../src/smtp/machine.ts'
import { reply } from '../../../src/smtp/reply.ts'
import { MachineServer } from '../../support/smtp.ts'
import type { Opinion } from '../../support/smtp.ts'
import { splits } from '../../support/splits.ts'

const HELLO = 'EHLO a.test\r\n'
const SUCCESS = reply(235, '2.7.0', 'Authentication successful')
const challenge = (text: string): ReturnType<typeof reply> => reply(334, undefined, text)

/** PLAIN without an initial response, then one line: everybody who says something is let in. */
const letIn: Opinion = (event) => {
  if (event.type === 'auth') return event.initialResponse === undefined ? challenge('') : SUCCESS
  return event.type === 'authResponse' ? SUCCESS : undefined
}

describe('STARTTLS', () => {
  it('is offered where TLS can be had, and taken behind EHLO', () => {
    const server = new MachineServer({ security: 'offered' }).feed(
      'STARTTLS\r\n',
      HELLO,
      'STARTTLS x\r\n',
      'STARTTLS\r\n',
    )
    expect(server.text).toContain('250-STARTTLS\r\n')
    expect(server.codes).toEqual([220, 503, 250, 501, 220])
    expect(server.events.at(-1)).toEqual({ type: 'starttls' })
    expect(server.machine.state).toBe('upgraded')
    expect(server.machine.next()).toBe(NEED_RECEIVE)
  })

  it.each(['none', 'active'] as const)('is neither offered nor taken where security is %s', (security) => {
    const server = new MachineServer({ security }).feed(HELLO, 'STARTTLS\r\n')
    expect(server.text).not.toContain('STARTTLS')
    expect(server.codes.at(-1)).toBe(security === 'none' ? 502 : 503)
  })

  it('is not taken after HELO, and not within a transaction', () => {
    expect(new MachineServer({ security: 'offered' }).feed('HELO a.test\r\n', 'STARTTLS\r\n').codes.at(-1)).toBe(503)
    const server = new MachineServer({ security: 'offered' }).feed(HELLO, 'MAIL FROM:<>\r\n', 'STARTTLS\r\n')
    expect(server.codes.at(-1)).toBe(503)
  })

  it('can be refused, and the session goes on', () => {
    const server = new MachineServer({ security: 'offered' }, (event) =>
      event.type === 'starttls' ? reply(454, '4.7.0', 'TLS not available') : undefined,
    )
    expect(server.feed(HELLO, 'STARTTLS\r\n', 'MAIL FROM:<>\r\n').codes).toEqual([220, 250, 454, 250])
  })

  it('lets nothing in that was sent in the clear behind it', () => {
    const stream = Buffer.from('STARTTLS\r\nMAIL FROM:<evil@x.test>\r\n')
    for (const earlyTalk of ['refuse', 'accept'] as const) {
      for (const { name, pieces } of splits(stream)) {
        const server = new MachineServer({ security: 'offered', leniency: { earlyTalk } }).feed(HELLO, ...pieces)
        expect(server.error, name).toMatchObject({ code: 'SMTP_EARLY_TALK', hint: 554 })
        expect(server.machine.envelope, name).toBeUndefined()
      }
    }
  })

  it('ends what the client said, and the new session does not greet', () => {
    const machine = new ServerMachine({ hostname: 'mx.test', security: 'active', greeting: 'given' })
    expect(machine.state).toBe('start')
    expect(machine.defaultReply).toBeUndefined()
    expect(machine.next()).toBe(NEED_RECEIVE)
    machine.receive(Buffer.from('MAIL FROM:<>\r\n'))
    expect(machine.next()).toMatchObject({ type: 'fault', code: 'SMTP_SEQUENCE' })
  })

  it('can be demanded', () => {
    const server = new MachineServer({ security: 'offered', requires: ['tls'] })
    server.feed(HELLO, 'MAIL FROM:<>\r\n', 'RSET\r\n', 'VRFY joe\r\n', 'NOOP\r\n', 'HELO a.test\r\n', 'QUIT\r\n')
    expect(server.codes).toEqual([220, 250, 530, 530, 530, 250, 530, 221])
    const active = new MachineServer({ security: 'active', requires: ['tls'] }).feed(HELLO, 'MAIL FROM:<>\r\n')
    expect(active.codes.at(-1)).toBe(250)
  })

  it('is what REQUIRETLS needs', () => {
    const extensions = ['REQUIRETLS'] as const
    for (const [security, code] of [['offered', 555] as const, ['active', 250] as const]) {
      const server = new MachineServer({ security, extensions }).feed(HELLO, 'MAIL FROM:<> REQUIRETLS\r\n')
      expect(server.codes.at(-1)).toBe(code)
    }
  })
})

describe('AUTH', () => {
  const OPTIONS = { mechanisms: ['SCRAM-SHA-256', 'PLAIN'], mechanismsUnderTls: ['LOGIN'] }

  it('is offered with the mechanisms that may be used', () => {
    expect(new MachineServer(OPTIONS).feed(HELLO).text).toContain('250-AUTH SCRAM-SHA-256 PLAIN\r\n')
    expect(new MachineServer().feed(HELLO).text).not.toContain('AUTH')
    expect(new MachineServer().feed(HELLO, 'AUTH PLAIN\r\n').codes.at(-1)).toBe(502)
  })

  it('succeeds with an initial response, and once', () => {
    const server = new MachineServer(OPTIONS, letIn).feed(HELLO, 'auth plain AGEAYg==\r\n', 'AUTH PLAIN\r\n')
    expect(server.codes).toEqual([220, 250, 235, 503])
    expect(server.events[1]).toEqual({ type: 'auth', mechanism: 'PLAIN', initialResponse: Buffer.from('\0a\0b') })
    expect(server.machine.client).toBe('authenticated')
    expect(server.text).toContain('235 2.7.0 Authentication successful\r\n')
  })

  it('succeeds behind challenges, under every split', () => {
    for (const { name, pieces } of splits(Buffer.from('AUTH PLAIN\r\nAGEAYg==\r\nMAIL FROM:<>\r\n'))) {
      const server = new MachineServer(OPTIONS, letIn).feed(HELLO, ...pieces)
      expect(server.codes, name).toEqual([220, 250, 334, 235, 250])
      expect(server.text, name).toContain('\r\n334 \r\n')
      expect(server.events[2], name).toEqual({ type: 'authResponse', response: Buffer.from('\0a\0b') })
    }
  })

  it('fails where nobody says who is known', () => {
    const server = new MachineServer(OPTIONS).feed(HELLO, 'AUTH PLAIN AGEAYg==\r\n', 'MAIL FROM:<>\r\n')
    expect(server.codes).toEqual([220, 250, 535, 250])
    expect(server.machine.client).toBe('anonymous')
    expect(
      new MachineServer(OPTIONS, (event) => (event.type === 'auth' ? challenge('') : undefined)).feed(
        HELLO,
        'AUTH PLAIN\r\n',
        'YQ==\r\n',
      ).machine,
    ).toMatchObject({ state: 'ready', client: 'anonymous' })
  })

  it.each([
    ['*', 501, { type: 'authCancel' }],
    ['YQ', 501, { type: 'fault', code: 'SMTP_AUTH_BASE64' }],
    ['QUIT', 235, { type: 'authResponse' }],
    ['NOOP x', 501, { type: 'fault', code: 'SMTP_AUTH_BASE64' }],
    [`${'A'.repeat(12_288)}`, 235, { type: 'authResponse' }],
    [`${'A'.repeat(12_292)}`, 500, { type: 'fault', code: 'SMTP_AUTH_TOO_LONG' }],
    ['Y\rQ==', 500, { type: 'fault', code: 'SMTP_COMMAND_BARE_CR' }],
    ['YQ==\nQUIT', 500, { type: 'fault', code: 'SMTP_COMMAND_BARE_LF' }],
  ])('ends with %.20j', (line, code, event) => {
    for (const { name, pieces } of splits(Buffer.from(`${line}\r\nNOOP\r\n`), { maxCuts: 50 })) {
      const server = new MachineServer(OPTIONS, letIn).feed(HELLO, 'AUTH PLAIN\r\n', ...pieces)
      expect(server.codes, name).toEqual([220, 250, 334, code, 250])
      expect(server.events[2], name).toMatchObject(event)
      expect(server.machine.state, name).toBe('ready')
    }
  })

  it('may not be cancelled into a success, and has no other replies', () => {
    const server = new MachineServer(OPTIONS, letIn).feed(HELLO, 'AUTH PLAIN\r\n')
    server.machine.receive(Buffer.from('*\r\n'))
    expect(server.machine.next()).toEqual({ type: 'authCancel' })
    for (const code of [235, 250, 334]) {
      expect(() => server.machine.send(reply(code, undefined))).toThrow(
        expect.objectContaining({ code: 'SMTP_SEND_CODE' }),
      )
    }
  })

  it('knows why a mechanism is not there', () => {
    const server = new MachineServer(OPTIONS).feed(HELLO, 'AUTH LOGIN\r\n', 'AUTH CRAM-MD5\r\n', 'AUTH login YQ==\r\n')
    expect(server.codes.slice(2)).toEqual([538, 504, 538])
  })

  it('has its place between EHLO and MAIL', () => {
    const server = new MachineServer(OPTIONS, letIn)
    server.feed('AUTH PLAIN AGEAYg==\r\n', HELLO, 'MAIL FROM:<>\r\n', 'AUTH PLAIN AGEAYg==\r\n')
    expect(server.codes).toEqual([220, 503, 250, 250, 503])
  })

  it('can be demanded', () => {
    const server = new MachineServer({ ...OPTIONS, requires: ['authentication'] }, letIn)
    server.feed(
      HELLO,
      'MAIL FROM:<>\r\n',
      'VRFY joe\r\n',
      'RSET\r\n',
      'NOOP\r\n',
      'AUTH PLAIN AGEAYg==\r\n',
      'MAIL FROM:<>\r\n',
    )
    expect(server.codes.slice(2)).toEqual([530, 530, 250, 250, 235, 250])
  })

  it('is cut short by a client that hangs up', () => {
    const server = new MachineServer(OPTIONS, letIn).feed(HELLO, 'AUTH PLAIN\r\n', 'AG').end()
    expect(server.error).toMatchObject({ code: 'SMTP_CUT_SHORT' })
    const long = new MachineServer(OPTIONS, letIn).feed(HELLO, 'AUTH PLAIN\r\n', 'A'.repeat(13_000)).end()
    expect(long.error).toMatchObject({ code: 'SMTP_CUT_SHORT' })
    expect(new MachineServer(OPTIONS, letIn).feed(HELLO, 'AUTH PLAIN\r\n').end().machine.state).toBe('closed')
  })
})

describe('XCLIENT', () => {
  const OPTIONS = { peer: 'trusted', mechanisms: ['PLAIN'] } as const

  it('is for those who are trusted', () => {
    expect(new MachineServer().feed(HELLO, 'XCLIENT ADDR=192.0.2.1\r\n').codes.at(-1)).toBe(550)
    expect(new MachineServer(OPTIONS).feed(HELLO).text).toContain('250-XCLIENT NAME')
  })

  it('begins the session anew, with a greeting', () => {
    const server = new MachineServer(OPTIONS, letIn)
    server.feed(HELLO, 'AUTH PLAIN AGEAYg==\r\n', 'XCLIENT ADDR=192.0.2.1 NAME=a.test\r\n', 'MAIL FROM:<>\r\n')
    expect(server.codes).toEqual([220, 250, 235, 220, 503])
    expect(server.text).toContain('\r\n220 mx.example.test ESMTP\r\n')
    expect(server.machine).toMatchObject({ state: 'start', hello: undefined, client: 'anonymous' })
  })

  it('may say who has logged in', () => {
    expect(new MachineServer(OPTIONS).feed('XCLIENT LOGIN=joe\r\n').machine.client).toBe('authenticated')
    expect(new MachineServer(OPTIONS).feed('XCLIENT LOGIN=[UNAVAILABLE]\r\n').machine.client).toBe('anonymous')
  })

  it('has no place in a transaction; XFORWARD has', () => {
    const server = new MachineServer(OPTIONS).feed(
      HELLO,
      'MAIL FROM:<>\r\n',
      'XCLIENT ADDR=192.0.2.1\r\n',
      'XFORWARD ADDR=192.0.2.1\r\n',
    )
    expect(server.codes.slice(2)).toEqual([250, 503, 250])
  })
})
