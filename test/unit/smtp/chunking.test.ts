/** Content in chunks, messages over LMTP, and what a message needs of its server: over pairs in memory, by hand. */
import { describe, expect, it } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import { Transcript } from '../../../src/net/transcript.ts'
import { Client } from '../../../src/smtp/client.ts'
import type { ClientOptions } from '../../../src/smtp/client-options.ts'
import { NORMALIZE } from '../../../src/smtp/limits.ts'
import type { OutgoingMessage } from '../../../src/smtp/message.ts'
import { RawPeer } from '../../support/smtp-peer.ts'

const MESSAGE: OutgoingMessage = { from: 'a@x.test', to: 'b@y.test', message: '.x\n' }

async function connected(
  offered: readonly string[],
  options: ClientOptions = {},
): Promise<{ client: Client; peer: RawPeer }> {
  const [socket, end] = pair()
  const peer = new RawPeer(end)
  const opening = Client.on(socket, options)
  await peer.say('220 mx.test\r\n')
  await peer.line()
  await peer.say(['mx.test', ...offered].map((line, at) => `250${at < offered.length ? '-' : ' '}${line}\r\n`).join(''))
  return { client: await opening, peer }
}

async function hears(peer: RawPeer, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) expect(await peer.line()).toBe(line)
}

const [MAIL, RCPT] = ['MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>']
const CHUNKING = ['PIPELINING', 'CHUNKING', '8BITMIME', 'BINARYMIME']
const BIG = `${'x'.repeat(98)}\n`.repeat(3000)

describe('a message in chunks', () => {
  it('is one where it is there as a whole, and has no dots that are not its own', async () => {
    const log: string[] = []
    const { client, peer } = await connected(CHUNKING, { transcript: () => new Transcript((line) => log.push(line)) })
    const sending = client.send(MESSAGE)
    await hears(peer, MAIL, RCPT)
    await peer.say('250\r\n250\r\n')
    await hears(peer, 'BDAT 4 LAST', '.x')
    await peer.say('250 kept\r\n')
    expect(await sending).toMatchObject({ accepted: [{ address: 'b@y.test' }], reply: { text: ['kept'] } })
    expect(log.slice(-4)).toEqual(['S: 250 ', 'C: BDAT 4 LAST', 'C: … 4 octets', 'S: 250 kept'])
  })

  it.each<[string, OutgoingMessage, string[]]>([
    ['no line end at its end', { ...MESSAGE, message: 'x' }, ['BDAT 3 LAST', 'x']],
    ['nothing in it', { ...MESSAGE, message: [] }, ['BDAT 0 LAST']],
    ['a line end between pieces', { ...MESSAGE, message: ['x\r', '\ny'] }, ['BDAT 6 LAST', 'x', 'y']],
  ])('has %s', async (_, message, heard) => {
    const { client, peer } = await connected(['CHUNKING'])
    const sending = client.send(message)
    await hears(peer, MAIL)
    await peer.say('250\r\n')
    await hears(peer, RCPT)
    await peer.say('250\r\n')
    await hears(peer, ...heard)
    await peer.say('250\r\n')
    await sending
  })

  it('is sent as it is where it is binary', async () => {
    const { client, peer } = await connected(CHUNKING)
    const sending = client.send({ ...MESSAGE, message: Buffer.from('\0\n\r\xe9\r\n', 'latin1'), body: 'BINARYMIME' })
    await hears(peer, `${MAIL} BODY=BINARYMIME`, RCPT)
    await peer.say('250\r\n250\r\n')
    await hears(peer, 'BDAT 6 LAST', '\0\n\r\xe9')
    await peer.say('250\r\n')
    await sending
  })

  it('is many where it comes in pieces: few of them without a reply, and the last without any owed', async () => {
    const { client, peer } = await connected(CHUNKING)
    const sending = client.send({ ...MESSAGE, message: Array.from({ length: 7 }, () => BIG) })
    await hears(peer, `${MAIL} BODY=8BITMIME`, RCPT)
    await peer.say('250\r\n250\r\n')
    const size = BIG.length + 3000
    const chunk = async (): Promise<void> => {
      await hears(peer, `BDAT ${size}`)
      for (let line = 0; line < 3000; line++) expect((await peer.line())?.length).toBe(98)
    }
    for (let count = 0; count < 4; count++) await chunk()
    for (let count = 0; count < 3; count++) {
      await peer.say('250\r\n')
      await chunk()
    }
    await peer.say('250\r\n250\r\n250\r\n250\r\n')
    await hears(peer, 'BDAT 0 LAST')
    await peer.say('250\r\n')
    await sending
  })

  it('ends where a chunk is refused, and the session goes on', async () => {
    for (const offered of [CHUNKING, ['CHUNKING', '8BITMIME']]) {
      const { client, peer } = await connected(offered)
      const sending = client.send({ ...MESSAGE, message: [BIG, BIG, BIG, BIG, BIG, BIG] })
      const failed = expect(sending).rejects.toMatchObject({ command: 'BDAT', reply: { code: 552 }, refused: [{}] })
      for (let heard = await peer.line(); heard !== 'RSET'; heard = await peer.line()) {
        if (/^(MAIL|RCPT)/.test(heard ?? 'end')) await peer.say('250\r\n')
        else if (heard?.startsWith('BDAT') === true) await peer.say('552 too big\r\n')
      }
      await peer.say('250\r\n')
      await failed
      const next = client.send(MESSAGE)
      await hears(peer, MAIL)
      client[Symbol.asyncDispose]().catch(() => {})
      peer.vanish()
      await expect(next).rejects.toMatchObject({ fate: 'unsent' })
    }
  })

  it('is refused at its end', async () => {
    const { client, peer } = await connected(CHUNKING)
    const failed = expect(client.send(MESSAGE)).rejects.toMatchObject({ command: 'message', reply: { code: 554 } })
    await hears(peer, MAIL, RCPT)
    await peer.say('250\r\n250\r\n')
    await hears(peer, 'BDAT 4 LAST', '.x')
    await peer.say('554 no\r\n')
    await hears(peer, 'RSET')
    await peer.say('250\r\n')
    await failed
  })

  it('is not begun for nobody, and not at all where nobody wants chunks', async () => {
    const { client, peer } = await connected(CHUNKING)
    const failed = expect(client.send(MESSAGE)).rejects.toMatchObject({ command: 'RCPT' })
    await hears(peer, MAIL, RCPT)
    await peer.say('250\r\n550\r\n')
    await hears(peer, 'RSET')
    await peer.say('250\r\n')
    await failed
    const never = await connected(CHUNKING, { chunking: 'never' })
    void never.client.send(MESSAGE).catch(() => {})
    await hears(never.peer, MAIL, RCPT, 'DATA')
    never.peer.vanish()
  })

  it('is over where the server closes between two chunks', async () => {
    const { client, peer } = await connected(CHUNKING)
    const message = async function* (): AsyncGenerator<string> {
      yield BIG
      await peer.say('250\r\n421 enough\r\n')
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
      yield BIG
    }
    const failed = expect(client.send({ ...MESSAGE, message: message() })).rejects.toMatchObject({
      code: 'SMTP_REPLY',
      reply: { code: 421 },
    })
    await hears(peer, `${MAIL} BODY=8BITMIME`, RCPT)
    await peer.say('250\r\n250\r\n')
    const rest = peer.rest()
    await failed
    await client.quit()
    expect((await rest).match(/^BDAT/gm)).toHaveLength(1)
  })
})

describe('LMTP', () => {
  const to = ['b@y.test', 'c@y.test', 'b@y.test', 'd@y.test']
  const lmtp = (offered: readonly string[]): ReturnType<typeof connected> => connected(offered, { protocol: 'lmtp' })

  it.each([['DATA'], ['BDAT']])('tells what became of each, in the order of RCPT: %s', async (verb) => {
    const { client, peer } = await lmtp(['PIPELINING', ...(verb === 'BDAT' ? ['CHUNKING'] : [])])
    const sending = client.send({ ...MESSAGE, to })
    await hears(peer, MAIL, ...to.map((address) => `RCPT TO:<${address}>`), ...(verb === 'DATA' ? ['DATA'] : []))
    await peer.say(`250\r\n250\r\n250\r\n250\r\n550 5.1.1 no\r\n${verb === 'DATA' ? '354\r\n' : ''}`)
    await hears(peer, ...(verb === 'DATA' ? ['..x', '.'] : ['BDAT 4 LAST', '.x']))
    await peer.say('250 2.0.0 one\r\n452 4.2.2 full\r\n250 2.0.0 three\r\n')
    if (verb === 'BDAT') await hears(peer, 'RSET')
    if (verb === 'BDAT') await peer.say('250\r\n')
    expect(await sending).toMatchObject({
      accepted: [
        { address: 'b@y.test', reply: { text: ['one'] } },
        { address: 'b@y.test', reply: { text: ['three'] } },
      ],
      refused: [
        { address: 'd@y.test', reply: { code: 550 } },
        { address: 'c@y.test', reply: { code: 452 } },
      ],
    })
  })

  it('is an error where all refuse it', async () => {
    const { client, peer } = await lmtp(['PIPELINING'])
    const failed = expect(client.send({ ...MESSAGE, to: to.slice(0, 2) })).rejects.toMatchObject({
      command: 'message',
      reply: { code: 452 },
      refused: [{ reply: { code: 452 } }, { reply: { code: 554 } }],
    })
    await hears(peer, MAIL, RCPT, 'RCPT TO:<c@y.test>', 'DATA')
    await peer.say('250\r\n250\r\n250\r\n354\r\n')
    await hears(peer, '..x', '.')
    await peer.say('452 full\r\n554 no\r\n')
    await failed
  })

  it('keeps the answers that came before the connection was lost', async () => {
    const { client, peer } = await lmtp(['PIPELINING'])
    const failed = expect(client.send({ ...MESSAGE, to })).rejects.toMatchObject({
      name: 'SmtpSendError',
      fate: 'unknown',
      accepted: [{ address: 'b@y.test' }],
      refused: [{ address: 'c@y.test' }],
    })
    await hears(peer, MAIL, ...to.map((address) => `RCPT TO:<${address}>`), 'DATA')
    await peer.say('250\r\n250\r\n250\r\n250\r\n250\r\n354\r\n')
    await hears(peer, '..x', '.')
    await peer.say('250\r\n550\r\n')
    await peer.end()
    await failed
  })
})

describe('what a message needs', () => {
  const UTF8 = ['PIPELINING', '8BITMIME', 'SMTPUTF8']
  it.each<[string, Partial<OutgoingMessage>, readonly string[], string]>([
    ['a sender above ASCII', { from: 'jörg@x.test' }, UTF8, 'MAIL FROM:<jörg@x.test> SMTPUTF8'],
    ['a recipient above ASCII', { to: 'jörg@y.test' }, UTF8, `${MAIL} SMTPUTF8`],
    ['a header above ASCII', { message: 'From: a\nSubject: ü\n\nx' }, UTF8, `${MAIL} BODY=8BITMIME SMTPUTF8`],
    ['a header above ASCII that is folded', { message: 'Subject: a\n ü\n\nx' }, UTF8, `${MAIL} BODY=8BITMIME SMTPUTF8`],
    ['only a body above ASCII', { message: 'Subject: a\n\nü: x' }, UTF8, `${MAIL} BODY=8BITMIME`],
    ['a header without an end', { message: 'Subject: a' }, UTF8, MAIL],
    ['a header above ASCII without an end', { message: 'A: ü' }, UTF8, `${MAIL} BODY=8BITMIME SMTPUTF8`],
    [
      'what its sender says',
      {
        parameters: {
          RET: 'HDRS',
          ENVID: 'a+b c',
          'MT-PRIORITY': 3,
          BY: { seconds: 60, mode: 'R', trace: false },
          HOLDFOR: 60,
        },
      },
      ['PIPELINING', 'DSN', 'MT-PRIORITY', 'DELIVERBY 60', 'FUTURERELEASE 60 2030-01-01T00:00:00Z'],
      `${MAIL} RET=HDRS ENVID=a+2Bb+20c MT-PRIORITY=3 BY=60;R HOLDFOR=60`,
    ],
  ])('%s', async (_, more, offered, mail) => {
    const { client, peer } = await connected(offered)
    void client.send({ ...MESSAGE, ...more }).catch(() => {})
    expect(Buffer.from((await peer.line()) ?? '', 'latin1').toString()).toBe(mail)
    peer.vanish()
  })

  it('is said of a recipient too', async () => {
    const { client, peer } = await connected(['PIPELINING', 'DSN'])
    const recipient = {
      address: 'b@y.test',
      parameters: { NOTIFY: ['FAILURE'], ORCPT: { type: 'rfc822', address: 'o@z.test' } },
    } as const
    void client.send({ ...MESSAGE, to: [recipient] as never }).catch(() => {})
    await hears(peer, MAIL, `${RCPT} NOTIFY=FAILURE ORCPT=rfc822;o@z.test`)
    peer.vanish()
  })

  const HOLDING = ['FUTURERELEASE 60 2026-01-01T00:00:00Z']
  it.each<[string, Partial<OutgoingMessage>, readonly string[], string]>([
    ['SMTPUTF8', { from: 'jörg@x.test' }, ['8BITMIME'], 'SMTP_NOT_OFFERED'],
    ['SMTPUTF8 for a header', { message: 'A: ü\n\n' }, ['8BITMIME'], 'SMTP_NOT_OFFERED'],
    ['8BITMIME', { message: 'ü' }, ['SMTPUTF8'], 'SMTP_NOT_OFFERED'],
    ['BINARYMIME', { body: 'BINARYMIME' }, ['8BITMIME', 'CHUNKING'], 'SMTP_NOT_OFFERED'],
    ['CHUNKING', { body: 'BINARYMIME' }, ['8BITMIME', 'BINARYMIME'], 'SMTP_NOT_OFFERED'],
    ['DSN', { parameters: { RET: 'FULL' } }, [], 'SMTP_NOT_OFFERED'],
    [
      'DSN for a recipient',
      { to: { address: 'b@y.test', parameters: { NOTIFY: 'NEVER' } as never } },
      [],
      'SMTP_NOT_OFFERED',
    ],
    ['MT-PRIORITY', { parameters: { 'MT-PRIORITY': 1 } }, [], 'SMTP_NOT_OFFERED'],
    ['TLS', { parameters: { REQUIRETLS: true } }, ['REQUIRETLS'], 'SMTP_SEND_REQUIRETLS'],
    [
      'more time to deliver in',
      { parameters: { BY: { seconds: 59, mode: 'R', trace: false } } },
      ['DELIVERBY 60'],
      'SMTP_DELIVER_BY',
    ],
    ['a longer hold', { parameters: { HOLDFOR: 61 } }, HOLDING, 'SMTP_HOLD_TOO_LONG'],
    ['a later hold', { parameters: { HOLDUNTIL: '2027-01-01T00:00:00Z' } }, HOLDING, 'SMTP_HOLD_TOO_LONG'],
    ['room', { parameters: { SIZE: 10 } }, ['SIZE 9'], 'SMTP_MESSAGE_TOO_BIG'],
    ['a text that can be a parameter', { parameters: { ENVID: 'a\r\nRSET' } }, ['DSN'], 'SMTP_SEND_PARAMETER'],
  ])('and does not have is said before the server hears of it: %s', async (_, more, offered, code) => {
    const { client, peer } = await connected(offered)
    await expect(client.send({ ...MESSAGE, ...more })).rejects.toMatchObject({ code, side: 'local' })
    void client.quit()
    await hears(peer, 'QUIT')
    await peer.say('221\r\n')
  })

  it('is no reason to send a bare CR in chunks', async () => {
    const { client, peer } = await connected(CHUNKING)
    await expect(client.send({ ...MESSAGE, message: 'a\rb' })).rejects.toMatchObject({ code: 'SMTP_BARE_CR' })
    void client.quit()
    await hears(peer, 'QUIT')
    await peer.say('221\r\n')
    const repairing = await connected(CHUNKING, { content: NORMALIZE })
    void repairing.client.send({ ...MESSAGE, message: 'a\rb' }).catch(() => {})
    await hears(repairing.peer, MAIL, RCPT)
    await repairing.peer.say('250\r\n250\r\n')
    await hears(repairing.peer, 'BDAT 6 LAST', 'a', 'b')
    repairing.peer.vanish()
  })
})
