/** What extensions add to a client's machine: chunks, STARTTLS, AUTH, LMTP, SMTPUTF8. */
import { describe, expect, it } from 'vitest'
import { NEED_SEND } from '../../../src/net/machine.ts'
import type { ClientEvent } from '../../../src/smtp/events.ts'
import { content, END, MAIL, RCPT, Talk } from '../../support/smtp-sender.ts'
import { splits } from '../../support/splits.ts'

const RSET: ClientEvent = { type: 'rset' }
const MORE: ClientEvent = { type: 'endOfChunk' }
const STARTTLS: ClientEvent = { type: 'starttls' }
const AUTH: ClientEvent = { type: 'auth', mechanism: 'PLAIN', initialResponse: Buffer.from('\0joe\0secret') }
const bdat = (size: number, isLast = false): ClientEvent => ({ type: 'bdat', size, isLast })
const TURN: unknown = expect.objectContaining({ code: 'SMTP_SEND_TURN', side: 'local' })

const ALL = [
  'PIPELINING',
  '8BITMIME',
  'SMTPUTF8',
  'CHUNKING',
  'BINARYMIME',
  'STARTTLS',
  'AUTH PLAIN',
  'XCLIENT',
  'ETRN',
]

function greeted(extensions = ALL, verb: 'ehlo' | 'lhlo' = 'ehlo'): Talk {
  return Talk.greeted(extensions, {}, verb)
}

/** A client in a transaction that its server has taken so far. */
function addressed(talk = greeted(), mail = MAIL, recipients = 1): Talk {
  talk.says(mail).hears('250 ok\r\n')
  for (let count = 0; count < recipients; count++) talk.says(RCPT).hears('250 ok\r\n')
  talk.said = ''
  return talk
}

describe('chunks', () => {
  it('are announced, sent and ended, and another may follow at once', () => {
    const talk = addressed()
    talk.says(bdat(4), content('.a'), content('\r\n'), MORE, bdat(0), MORE, bdat(2, true), content('b\r'.slice(0, 1)))
    talk.says(content('c'), END)
    expect(talk.said).toBe('BDAT 4\r\n.a\r\nBDAT 0\r\nBDAT 2 LAST\r\nbc')
    expect(talk.machine.unanswered).toBe(3)
    expect(talk.hears('250 a\r\n250 b\r\n250 c\r\n')).toHaveLength(3)
    expect([talk.machine.state, talk.machine.answered]).toEqual(['ready', END])
    talk.says(MAIL)
  })

  it('wait for each reply where there is no pipelining', () => {
    const talk = addressed(greeted(['CHUNKING']))
    talk.says(bdat(1), content('a'), MORE).refuses(bdat(0, true))
    talk.hears('250 ok\r\n')
    talk.says(bdat(0, true), END).refuses(MAIL)
    talk.hears('250 ok\r\n')
    expect(talk.machine.state).toBe('ready')
  })

  it('wait until the recipients are answered, and for one that was accepted', () => {
    const talk = greeted().says(MAIL, RCPT).refuses(bdat(1))
    talk.hears('250 ok\r\n')
    talk.refuses(bdat(1)).hears('550 no\r\n')
    talk.refuses(bdat(1)).says(RCPT).refuses(bdat(1)).hears('250 ok\r\n')
    talk.says(bdat(1))
    const refused = greeted().says(MAIL, RCPT)
    refused.hears('550 no\r\n250 ok\r\n')
    refused.refuses(bdat(1))
  })

  it('hold as much as was announced, and end as was announced', () => {
    const talk = addressed().says(bdat(2)).refuses(MORE).refuses(content('abc'), 'SMTP_SEND_CHUNK').refuses(RSET)
    talk.says(content('a')).refuses(MORE).says(content('b')).refuses(END).says(MORE)
    talk.says(bdat(1, true)).refuses(END).says(content('c')).refuses(MORE).says(END)
  })

  it('are not offered', () => {
    addressed(greeted([])).refuses(bdat(1), 'SMTP_NOT_OFFERED')
  })

  it('hold lines, unless they are binary', () => {
    const talk = addressed().says(bdat(9))
    talk.refuses(content('a\nb'), 'SMTP_BARE_LF').refuses(content('\xe9'), 'SMTP_SEND_8BIT')
    talk.says(content('a\r')).refuses(content('b'), 'SMTP_BARE_CR').says(content('\nb'))
    const cut = addressed().says(bdat(1, true), content('\r'))
    cut.refuses(END, 'SMTP_BARE_CR')
    const eight = addressed(undefined, { type: 'mail', path: null, parameters: { BODY: '8BITMIME' } }).says(
      bdat(1, true),
    )
    eight.says(content('\xe9'), END)
    const binary = addressed(undefined, { type: 'mail', path: null, parameters: { BODY: 'BINARYMIME' } })
    binary.refuses({ type: 'data' }, 'SMTP_SEND_BINARY').says(bdat(5, true), content('\0\r\n\n\r'), END)
    expect(binary.said).toBe('BDAT 5 LAST\r\n\0\r\n\n\r')
  })

  it('that are refused are followed by RSET and by nothing else', () => {
    const between = addressed().says(bdat(1), content('a'), MORE)
    between.hears('552 no\r\n')
    expect(between.machine.state).toBe('failed')
    between.refuses(bdat(0, true)).says(RSET).hears('250 ok\r\n')
    addressed(between)
    const last = addressed().says(bdat(1, true), content('a'), END)
    last.hears('554 no\r\n')
    last.refuses(MAIL).says(RSET)
  })

  it('that were refused on their way still come whole', () => {
    for (const [isLast, end] of [
      [true, END],
      [false, MORE],
    ] as const) {
      const talk = addressed().says(bdat(1), content('a'), MORE, bdat(2, isLast))
      talk.hears('552 no\r\n')
      expect(talk.machine.state).toBe('refusedChunk')
      talk.refuses(RSET).says(content('b')).refuses(end).says(content('c'), end)
      talk.hears('503 no\r\n')
      talk.says(RSET).hears('250 ok\r\n')
      expect(talk.machine.state).toBe('ready')
    }
  })

  it('of a message that is over do not harm the next one', () => {
    const talk = addressed().says(bdat(1, true), content('a'), END, MAIL)
    talk.hears('554 no\r\n250 ok\r\n')
    expect(talk.machine.state).toBe('mail')
  })

  it('are not the end of a session', () => {
    const talk = addressed().says(bdat(1), content('a'), MORE)
    talk.hears('250 ok\r\n')
    talk.machine.receiveEnd()
    expect(() => talk.hears('')).toThrow(expect.objectContaining({ code: 'SMTP_CUT_SHORT' }))
  })
})

describe('STARTTLS', () => {
  it('ends what this machine may say', () => {
    const talk = greeted().says(STARTTLS).refuses(MAIL)
    talk.hears('220 go\r\n')
    expect([talk.machine.state, talk.machine.next()]).toEqual(['upgraded', NEED_SEND])
    talk.refuses(MAIL).refuses({ type: 'ehlo', domain: 'c.test' })
  })

  it('goes on where it was refused', () => {
    const talk = greeted().says(STARTTLS)
    talk.hears('454 not now\r\n')
    talk.says(MAIL)
  })

  it.each(['250-evil\r\n250 AUTH PLAIN\r\n', '\x16', ' '])('is the end where %j stands behind its reply', (planted) => {
    for (const { name, pieces } of splits(Buffer.from(`220 go\r\n${planted}`, 'latin1'))) {
      const { machine } = greeted().says(STARTTLS)
      const read = (): void => {
        for (const piece of pieces) {
          machine.receive(piece)
          while (machine.next().type !== 'needData');
        }
      }
      expect(read, name).toThrow(expect.objectContaining({ code: 'SMTP_TLS_LEFTOVER', side: 'remote' }))
      expect(() => machine.next(), name).toThrow(expect.objectContaining({ code: 'SMTP_TLS_LEFTOVER' }))
    }
  })

  it('is followed by a machine that waits for no greeting, and knows nothing', () => {
    const talk = new Talk({ begin: 'start' })
    expect([talk.machine.state, talk.machine.next(), talk.machine.capabilities.size]).toEqual(['start', NEED_SEND, 0])
    talk.refuses(MAIL).says({ type: 'ehlo', domain: 'c.test' })
    expect(() => new Talk({ begin: 'start' }).hears('220 mx.test\r\n')).toThrow(
      expect.objectContaining({ code: 'SMTP_REPLY_UNASKED' }),
    )
  })

  it('is not sent where it is not offered', () => {
    greeted([]).refuses(STARTTLS, 'SMTP_NOT_OFFERED')
    addressed().refuses(STARTTLS)
  })
})

describe('AUTH', () => {
  it('is an exchange', () => {
    const talk = greeted().says(AUTH)
    talk.refuses(MAIL).refuses({ type: 'authResponse', response: Buffer.from('x') })
    talk.hears('334 \r\n')
    expect(talk.machine.state).toBe('challenged')
    talk
      .refuses(MAIL)
      .says({ type: 'authResponse', response: Buffer.alloc(0) })
      .hears('334 YQ==\r\n')
    talk.says({ type: 'authResponse', response: Buffer.from('secret') }).hears('235 welcome\r\n')
    expect(talk.said).toBe('AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n\r\nc2VjcmV0\r\n')
    talk.says(MAIL)
  })

  it('may be refused, and may be given up', () => {
    const talk = greeted().says(AUTH)
    talk.hears('535 no\r\n')
    talk.says({ type: 'auth', mechanism: 'PLAIN' }).hears('334 \r\n')
    talk.says({ type: 'authCancel' })
    expect(talk.said.endsWith('AUTH PLAIN\r\n*\r\n')).toBe(true)
    talk.hears('501 given up\r\n')
    talk.says(MAIL)
  })

  it.each(['250 ok', '220 ok', '354 go'])('is not answered with %s', (reply) => {
    expect(() => greeted().says(AUTH).hears(`${reply}\r\n`)).toThrow(
      expect.objectContaining({ code: 'SMTP_REPLY_WRONG' }),
    )
  })

  it('that was given up has not succeeded', () => {
    const talk = greeted().says(AUTH)
    talk.hears('334 \r\n')
    talk.says({ type: 'authCancel' })
    expect(() => talk.hears('235 welcome\r\n')).toThrow(expect.objectContaining({ code: 'SMTP_REPLY_WRONG' }))
  })

  it('is not for the middle of a transaction', () => {
    addressed().refuses(AUTH)
    expect(TURN).toBeDefined()
  })
})

describe('LMTP', () => {
  it('answers the message once for each recipient that was accepted, named twice or not', () => {
    const talk = addressed(greeted(ALL, 'lhlo'), MAIL, 3)
    talk.says({ type: 'data' }).hears('354 go\r\n')
    talk.says(content('x\r\n'), END)
    expect(talk.machine.unanswered).toBe(3)
    talk.hears('250 a\r\n452 b\r\n')
    expect(talk.machine.unanswered).toBe(1)
    talk.hears('250 c\r\n')
    expect([talk.machine.unanswered, talk.machine.state]).toEqual([0, 'ready'])
    expect(() => talk.hears('250 d\r\n')).toThrow(expect.objectContaining({ code: 'SMTP_REPLY_UNASKED' }))
  })

  it('does so behind the last chunk too', () => {
    const talk = addressed(greeted(ALL, 'lhlo'), MAIL, 2)
    talk.says(bdat(1), content('a'), MORE, bdat(0, true), END)
    expect(talk.machine.unanswered).toBe(3)
  })

  it('has no answer to a message for nobody', () => {
    const talk = greeted(ALL, 'lhlo').says(MAIL, RCPT, { type: 'data' })
    expect(() => talk.hears('250\r\n550\r\n354\r\n')).toThrow(expect.objectContaining({ code: 'SMTP_REPLY_WRONG' }))
    const right = greeted(ALL, 'lhlo').says(MAIL, RCPT, { type: 'data' })
    right.hears('250\r\n550\r\n503\r\n')
    expect(right.machine.state).toBe('failed')
  })

  it('that hangs up after some of its answers has not given the others', () => {
    const talk = addressed(greeted(ALL, 'lhlo'), MAIL, 2)
    talk.says({ type: 'data' }).hears('354 go\r\n')
    expect(talk.says(END).hears('250 a\r\n')).toHaveLength(1)
    talk.machine.receiveEnd()
    expect(() => talk.hears('')).toThrow(expect.objectContaining({ code: 'SMTP_CUT_SHORT' }))
  })
})

it('writes addresses above ASCII in a transaction that says so', () => {
  const path = { localPart: 'jörg', domain: 'x.test' }
  greeted().refuses({ type: 'mail', path, parameters: {} }, 'SMTP_SEND_PATH')
  const talk = greeted().says(
    { type: 'mail', path, parameters: { SMTPUTF8: true } },
    { type: 'rcpt', path, parameters: {} },
  )
  expect(Buffer.from(talk.said, 'latin1').toString()).toBe(
    'MAIL FROM:<jörg@x.test> SMTPUTF8\r\nRCPT TO:<jörg@x.test>\r\n',
  )
})

it('begins anew behind XCLIENT', () => {
  const talk = greeted().says({ type: 'xclient', attributes: { ADDR: '192.0.2.1' } } as ClientEvent)
  talk.refuses(MAIL).hears('550 no\r\n')
  talk.says({ type: 'xclient', attributes: { ADDR: '192.0.2.1' } } as ClientEvent).hears('220 mx.test\r\n')
  expect(talk.machine.state).toBe('start')
})
