import { describe, expect, it } from 'vitest'
import { NEED_RECEIVE, NEED_SEND } from '../../../src/net/machine.ts'
import type { ClientEvent } from '../../../src/smtp/events.ts'
import { NORMALIZE } from '../../../src/smtp/limits.ts'
import type { ClientMachineOptions } from '../../../src/smtp/machine.ts'
import { content, END, MAIL, RCPT, Talk } from '../../support/smtp-sender.ts'
import { splits } from '../../support/splits.ts'

const HELLO: ClientEvent = { type: 'ehlo', domain: 'c.test' }
const DATA: ClientEvent = { type: 'data' }

function local(code: string): unknown {
  return expect.objectContaining({ code, side: 'local' })
}

/** A client that has said EHLO to a server with these extensions. */
function greeted(extensions = ['PIPELINING', 'SIZE 1000', '8BITMIME'], options?: ClientMachineOptions): Talk {
  return Talk.greeted(extensions, options)
}

describe('ClientMachine', () => {
  it('holds a session without pipelining', () => {
    const talk = greeted([])
    talk.says(MAIL).hears('250 ok\r\n')
    talk.says(RCPT).hears('250 ok\r\n')
    talk.says(DATA).hears('354 go\r\n')
    talk.says(content('.a\r\n'), content(''), content('b'), END).hears('250 ok\r\n')
    talk.says({ type: 'quit' }).hears('221 bye\r\n')
    expect(talk.said).toBe('MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n..a\r\nb\r\n.\r\nQUIT\r\n')
    expect(talk.machine.state).toBe('closed')
    expect(talk.machine.next()).toBe(NEED_RECEIVE)
  })

  it('holds one with it, and knows what each reply answers', () => {
    const talk = greeted()
    talk.says(MAIL, RCPT, RCPT, DATA)
    expect(talk.machine.unanswered).toBe(4)
    talk.machine.receive(Buffer.from('250 a\r\n250 b\r\n550 c\r\n354 d\r\n'))
    const answers: unknown[] = []
    for (let event = talk.machine.next(); event.type !== 'needData'; event = talk.machine.next()) {
      answers.push([event.code, talk.machine.answered])
    }
    expect(answers).toEqual([
      [250, MAIL],
      [250, RCPT],
      [550, RCPT],
      [354, DATA],
    ])
    // Content may begin a group.
    talk.says(content('x\r\n'), END, MAIL, RCPT, { type: 'rset' }, MAIL)
    expect(talk.machine.unanswered).toBe(5)
  })

  it('waits for the greeting, for replies, and for 354', () => {
    const talk = new Talk()
    expect(talk.machine.next()).toBe(NEED_RECEIVE)
    expect(() => talk.says(HELLO)).toThrow(local('SMTP_SEND_TURN'))
    talk.hears('220 mx.test\r\n')
    expect(talk.machine.answered).toEqual({ type: 'greeting' })
    expect(talk.machine.next()).toBe(NEED_SEND)
    expect(() => talk.says(MAIL)).toThrow(local('SMTP_SEND_TURN'))
    talk.says(HELLO)
    expect(() => talk.says(HELLO)).toThrow(local('SMTP_SEND_TURN'))
    talk.hears('250 mx.test\r\n')
    talk.says(MAIL)
    expect(() => talk.says(RCPT)).toThrow(local('SMTP_SEND_TURN'))
    expect(() => talk.says(content('x'))).toThrow(local('SMTP_SEND_TURN'))
    expect(talk.said).toBe('EHLO c.test\r\nMAIL FROM:<a@x.test>\r\n')
  })

  it.each<ClientEvent>([
    HELLO,
    DATA,
    { type: 'noop' },
    { type: 'vrfy', argument: 'a' },
    { type: 'help', argument: '' },
    { type: 'quit' },
  ])('sends nothing behind %j before its reply', (command) => {
    const talk = greeted().says(MAIL, RCPT, command)
    expect(() => talk.says({ type: 'rset' })).toThrow(local('SMTP_SEND_TURN'))
    expect(() => talk.says(RCPT)).toThrow(local('SMTP_SEND_TURN'))
  })

  it('sends a lone dot to a server that wants a message for nobody', () => {
    const talk = greeted().says(MAIL, RCPT, DATA)
    talk.hears('250 ok\r\n550 no\r\n354 go\r\n')
    expect(talk.machine.state).toBe('nobody')
    expect(() => talk.says(content('x'))).toThrow(local('SMTP_SEND_TURN'))
    talk.said = ''
    talk.says(END)
    expect(talk.said).toBe('.\r\n')
    talk.hears('554 nobody\r\n')
    expect(talk.machine.state).toBe('ready')
  })

  it('sends no content where MAIL was refused, even if the rest was not', () => {
    const talk = greeted().says(MAIL, RCPT, DATA)
    talk.hears('550 no\r\n250 ok\r\n354 go\r\n')
    expect(talk.machine.state).toBe('nobody')
  })

  it('needs a RSET behind a transaction that came to nothing', () => {
    const talk = greeted().says(MAIL, RCPT, DATA)
    talk.hears('550 no\r\n503 no\r\n503 no\r\n')
    expect(talk.machine.state).toBe('failed')
    expect(() => talk.says(MAIL)).toThrow(local('SMTP_SEND_TURN'))
    talk.says({ type: 'rset' }).hears('250 ok\r\n')
    expect(talk.machine.state).toBe('ready')
  })

  it('takes a refused MAIL for its own transaction alone', () => {
    const alone = greeted([]).says(MAIL)
    alone.hears('550 no\r\n')
    expect(alone.machine.state).toBe('ready')
    const pipelined = greeted().says(MAIL, { type: 'rset' }, MAIL, RCPT)
    pipelined.hears('550 no\r\n250 ok\r\n250 ok\r\n250 ok\r\n')
    expect(pipelined.machine.state).toBe('rcpt')
    const undone = greeted().says(MAIL, { type: 'rset' })
    undone.hears('550 no\r\n250 ok\r\n')
    expect(undone.machine.state).toBe('ready')
  })

  it('keeps what the server offers until another EHLO is accepted', () => {
    const talk = greeted(['SIZE 5', 'DSN'])
    expect([...talk.machine.capabilities.keys()]).toEqual(['SIZE', 'DSN'])
    talk.says(HELLO).hears('502 no\r\n')
    expect(talk.machine.capabilities.size).toBe(2)
    expect(talk.machine.state).toBe('start')
    talk.says(HELLO).hears('250-mx.test\r\n250 HELP\r\n')
    expect([...talk.machine.capabilities.keys()]).toEqual(['HELP'])
    talk.says({ type: 'helo', domain: 'c.test' }).hears('250 mx.test\r\n')
    expect(talk.machine.capabilities.size).toBe(0)
  })

  it('sends 8-bit content where it was declared', () => {
    const talk = greeted()
    talk
      .says({ ...MAIL, type: 'mail', path: null, parameters: { BODY: '8BITMIME' } }, RCPT, DATA)
      .hears('250\r\n250\r\n354\r\n')
    talk.says(content('\xe9'), END)
    expect(talk.said.endsWith('\xe9\r\n.\r\n')).toBe(true)
    const plain = greeted().says(MAIL, RCPT, DATA)
    plain.hears('250\r\n250\r\n354\r\n')
    expect(() => plain.says(content('\xe9'))).toThrow(local('SMTP_SEND_8BIT'))
    plain.says(content('e'))
  })

  it('sends no parameter that is not offered', () => {
    const mail: ClientEvent = { type: 'mail', path: null, parameters: { SIZE: 5 } }
    expect(() => greeted([]).says(mail)).toThrow(local('SMTP_NOT_OFFERED'))
  })

  it('sends no bare CR or LF, unless it is told to repair them', () => {
    const ready = (options?: ClientMachineOptions): Talk => {
      const talk = greeted(undefined, options).says(MAIL, RCPT, DATA)
      talk.hears('250\r\n250\r\n354\r\n')
      talk.said = ''
      return talk
    }
    expect(() => ready().says(content('a\n.\n'))).toThrow(local('SMTP_BARE_LF'))
    expect(() => ready().says(content('a\r'), END)).toThrow(local('SMTP_BARE_CR'))
    expect(ready({ content: NORMALIZE }).says(content('a\n.\r'), END).said).toBe('a\r\n..\r\n.\r\n')
  })

  it('hears of a server that closes', () => {
    const idle = greeted()
    expect(idle.hears('421 mx.test closing\r\n')).toHaveLength(1)
    expect(idle.machine.answered).toBeUndefined()
    expect(idle.machine.state).toBe('closed')
    const busy = greeted().says(MAIL, RCPT)
    expect(busy.hears('421 no\r\n')).toHaveLength(1)
    expect(busy.machine.answered).toBe(MAIL)
    expect(busy.machine.unanswered).toBe(0)
    expect(() => busy.says({ type: 'quit' })).toThrow(local('SMTP_SEND_TURN'))
    const greeting = new Talk()
    greeting.hears('421 no\r\n')
    expect(greeting.machine.state).toBe('closed')
  })

  it('waits for nobody who greets with a refusal', () => {
    const talk = new Talk()
    talk.hears('554 no\r\n')
    expect(talk.machine.state).toBe('rejected')
    expect(() => talk.says(HELLO)).toThrow(local('SMTP_SEND_TURN'))
    talk.says({ type: 'quit' }).hears('221 bye\r\n')
    expect(talk.machine.state).toBe('closed')
  })

  it('leaves what stands behind the last reply', () => {
    for (const { pieces } of splits(Buffer.from('221 bye\r\nmore'))) {
      const talk = greeted().says({ type: 'quit' })
      for (const piece of pieces) {
        talk.machine.receive(piece)
        talk.machine.next()
      }
      expect(talk.machine.next()).toBe(NEED_RECEIVE)
      expect(talk.machine.bufferedBytes).toBe(4)
      expect(talk.machine.takeLeftover().toString()).toBe('more')
    }
  })
})

describe('what ends it', () => {
  it.each<[string, ClientEvent[], string, string]>([
    ['a reply to nothing', [], '250 ok\r\n', 'SMTP_REPLY_UNASKED'],
    ['a reply too many', [MAIL], '250 ok\r\n250 ok\r\n', 'SMTP_REPLY_UNASKED'],
    ['354 to MAIL', [MAIL], '354 go\r\n', 'SMTP_REPLY_WRONG'],
    ['250 to DATA', [MAIL, RCPT, DATA], '250 ok\r\n250 ok\r\n250 ok\r\n', 'SMTP_REPLY_WRONG'],
    ['334 to DATA', [MAIL, RCPT, DATA], '250 ok\r\n250 ok\r\n334 ok\r\n', 'SMTP_REPLY_WRONG'],
    ['220 to EHLO', [HELLO], '220 ok\r\n', 'SMTP_REPLY_WRONG'],
    ['250 to QUIT', [{ type: 'quit' }], '250 ok\r\n', 'SMTP_REPLY_WRONG'],
    ['two codes in one reply', [MAIL], '250-ok\r\n550 no\r\n', 'SMTP_REPLY_CODES'],
    ['no reply at all', [MAIL], 'hello\r\n', 'SMTP_REPLY_SYNTAX'],
  ])('%s', (_, said, heard, code) => {
    const talk = greeted().says(...said)
    const error = expect.objectContaining({ code, side: 'remote' })
    expect(() => talk.hears(heard)).toThrow(error)
    expect(() => talk.machine.next()).toThrow(error)
    expect(() => talk.says({ type: 'quit' })).toThrow(error)
  })

  it('a greeting that is none', () => {
    for (const text of ['250 ok\r\n', '354 go\r\n']) {
      expect(() => new Talk().hears(text)).toThrow(expect.objectContaining({ code: 'SMTP_REPLY_WRONG' }))
    }
  })

  it('a server that hangs up with a reply owing', () => {
    const cut = expect.objectContaining({ code: 'SMTP_CUT_SHORT' })
    const ended = (talk: Talk, heard = ''): Talk => {
      talk.machine.receiveEnd()
      talk.hears(heard)
      return talk
    }
    expect(() => ended(new Talk())).toThrow(cut)
    expect(() => ended(greeted().says(MAIL))).toThrow(cut)
    expect(() => ended(greeted().says(MAIL), '250-ok\r\n')).toThrow(cut)
    expect(() => ended(greeted(), '42')).toThrow(cut)
    const sending = greeted().says(MAIL, RCPT, DATA)
    sending.hears('250\r\n250\r\n354\r\n')
    expect(() => ended(sending)).toThrow(cut)
    expect(ended(greeted()).machine.state).toBe('closed')
    expect(ended(greeted().says(MAIL), '250 ok\r\n').machine.state).toBe('closed')
  })

  it('work is counted', () => {
    expect(greeted().machine.work).toBeGreaterThan(0)
  })
})
