/** Sessions over pairs in memory, with the server played by hand. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TlsError } from '../../../src/net/errors.ts'
import { listen } from '../../../src/net/listener.ts'
import { pair } from '../../../src/net/pair.ts'
import type { Socket } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { Transcript } from '../../../src/net/transcript.ts'
import { Client, connect, send } from '../../../src/smtp/client.ts'
import type { ClientOptions } from '../../../src/smtp/client-options.ts'
import { REFUSE } from '../../../src/smtp/limits.ts'
import type { OutgoingMessage } from '../../../src/smtp/message.ts'
import { SmtpReplyError } from '../../../src/smtp/reply.ts'
import { serve } from '../../../src/smtp/server.ts'
import { FakeClock } from '../../support/clock.ts'
import { RawPeer } from '../../support/smtp-peer.ts'
import { CA, LOCALHOST } from '../../support/tls.ts'

const ALL = ['PIPELINING', 'SIZE 1000', '8BITMIME']
const MESSAGE: OutgoingMessage = {
  from: 'a@x.test',
  to: ['b@y.test', 'c@y.test'],
  message: 'Subject: x\r\n\r\n.dot\r\n',
}

interface Setup {
  readonly client: Client
  readonly peer: RawPeer
  readonly socket: Socket
  readonly clock: FakeClock
}

/** A session whose server offers this. */
async function connected(offered: readonly string[], options: ClientOptions = {}): Promise<Setup> {
  const clock = new FakeClock()
  const [socket, end] = pair({ timers: new TimerWheel({ clock }) })
  const peer = new RawPeer(end)
  const opening = Client.on(socket, options)
  await peer.say('220 mx.test\r\n')
  expect(await peer.line()).toBe('EHLO localhost')
  await peer.say(['mx.test', ...offered].map((line, at) => `250${at < offered.length ? '-' : ' '}${line}\r\n`).join(''))
  return { client: await opening, peer, socket, clock }
}

async function lines(peer: RawPeer, count: number): Promise<string[]> {
  const heard: string[] = []
  while (heard.length < count) heard.push((await peer.line()) ?? 'end')
  return heard
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function refusal(command: string, code: number): unknown {
  return expect.objectContaining({ code: 'SMTP_REPLY', command, reply: expect.objectContaining({ code }) as unknown })
}

/** The message with the end of it, as lines. */
const CONTENT = ['Subject: x', '', '..dot', '.']

describe('sending', () => {
  it('sends the envelope in one group where it may', async () => {
    const { client, peer } = await connected(ALL)
    const sending = client.send(MESSAGE)
    expect(await lines(peer, 4)).toEqual([
      'MAIL FROM:<a@x.test> SIZE=20',
      'RCPT TO:<b@y.test>',
      'RCPT TO:<c@y.test>',
      'DATA',
    ])
    await peer.say('250 2.1.0 ok\r\n250 2.1.5 ok\r\n550 5.1.1 no\r\n354 go\r\n')
    expect(await lines(peer, 4)).toEqual(CONTENT)
    await peer.say('250 2.0.0 kept as 1\r\n')
    expect(await sending).toEqual({
      fate: 'unsent',
      accepted: [{ address: 'b@y.test', reply: { type: 'reply', code: 250, enhanced: '2.1.5', text: ['ok'] } }],
      refused: [{ address: 'c@y.test', reply: { type: 'reply', code: 550, enhanced: '5.1.1', text: ['no'] } }],
      reply: { type: 'reply', code: 250, enhanced: '2.0.0', text: ['kept as 1'] },
    })
  })

  it('sends command by command where it must', async () => {
    const { client, peer } = await connected([])
    const sending = client.send({ ...MESSAGE, from: '' })
    for (const [command, answer] of [
      ['MAIL FROM:<>', '250'],
      ['RCPT TO:<b@y.test>', '450 later'],
      ['RCPT TO:<c@y.test>', '251 ok'],
      ['DATA', '354'],
    ]) {
      expect(await peer.line()).toBe(command)
      await settle()
      await peer.say(`${answer}\r\n`)
    }
    expect(await lines(peer, 4)).toEqual(CONTENT)
    await peer.say('250 ok\r\n')
    expect(await sending).toMatchObject({ accepted: [{ address: 'c@y.test' }], refused: [{ address: 'b@y.test' }] })
  })

  it('sends messages one after the other, and then QUIT', async () => {
    const { client, peer, socket } = await connected(ALL)
    const both = [client.send(MESSAGE), client.send({ ...MESSAGE, from: 'z@x.test', to: 'b@y.test' }), client.quit()]
    expect(await lines(peer, 4)).toHaveLength(4)
    await peer.say('250\r\n250\r\n250\r\n354\r\n')
    expect(await lines(peer, 4)).toEqual(CONTENT)
    await peer.say('250\r\n')
    expect(await lines(peer, 3)).toEqual(['MAIL FROM:<z@x.test> SIZE=20', 'RCPT TO:<b@y.test>', 'DATA'])
    await peer.say('250\r\n250\r\n354\r\n')
    expect(await lines(peer, 4)).toEqual(CONTENT)
    await peer.say('250\r\n')
    expect(await peer.line()).toBe('QUIT')
    await peer.say('221 bye\r\n')
    expect(await peer.line()).toBeUndefined()
    await Promise.all(both)
    expect(socket.state).toBe('closed')
    await client.quit()
    await client[Symbol.asyncDispose]()
  })

  it.each<[string, OutgoingMessage['message'], Partial<OutgoingMessage>, string, string]>([
    ['text with LF', 'a\n.b\n', {}, ' SIZE=7', 'a\r\n..b\r\n.\r\n'],
    ['text without a last line end', 'a', {}, ' SIZE=3', 'a\r\n.\r\n'],
    ['nothing', '', {}, ' SIZE=0', '.\r\n'],
    ['octets', Buffer.from('a\r\n'), {}, ' SIZE=3', 'a\r\n.\r\n'],
    ['text above ASCII', 'é\r\n', {}, ' SIZE=4 BODY=8BITMIME', '\xc3\xa9\r\n.\r\n'],
    ['pieces', ['a', Buffer.from('\r'), '\n', '.'], {}, ' BODY=8BITMIME', 'a\r\n..\r\n.\r\n'],
    ['pieces that are declared', ['a'], { body: '7BIT', size: 3 }, ' SIZE=3', 'a\r\n.\r\n'],
    [
      'pieces that come later',
      (async function* (): AsyncGenerator<string> {
        await Promise.resolve()
        yield 'a'
      })(),
      {},
      ' BODY=8BITMIME',
      'a\r\n.\r\n',
    ],
  ])('sends %s', async (_, message, more, parameters, wire) => {
    const { client, peer } = await connected(ALL)
    const sending = client.send({ ...MESSAGE, to: { localPart: 'b', domain: 'y.test' }, message, ...more })
    expect((await lines(peer, 3))[0]).toBe(`MAIL FROM:<a@x.test>${parameters}`)
    await peer.say('250\r\n250\r\n354\r\n')
    const expected = wire.split('\r\n').slice(0, -1)
    expect(await lines(peer, expected.length)).toEqual(expected)
    await peer.say('250\r\n')
    await sending
  })

  it('asks other things in between', async () => {
    const { client, peer } = await connected(ALL)
    const answers = [client.ask({ type: 'vrfy', argument: 'joe' }), client.ask({ type: 'noop' })]
    expect(await peer.line()).toBe('VRFY joe')
    await settle()
    await peer.say('550 who\r\n')
    expect(await peer.line()).toBe('NOOP')
    await peer.say('250 ok\r\n')
    expect((await Promise.all(answers)).map(({ code }) => code)).toEqual([550, 250])
    const injected = client.ask({ type: 'vrfy', argument: 'joe\r\nQUIT' })
    await expect(injected).rejects.toMatchObject({ code: 'SMTP_SEND_COMMAND', side: 'local' })
    await expect(client.ask({ type: 'expn', argument: 'all' })).rejects.toMatchObject({ code: 'SMTP_NOT_OFFERED' })
  })

  it('writes down what is said', async () => {
    const log: string[] = []
    const { client, peer } = await connected(ALL, { transcript: () => new Transcript((line) => log.push(line)) })
    const sending = client.send(MESSAGE)
    await lines(peer, 4)
    await peer.say('250-2.1.0 a\r\n250 2.1.0 b\r\n250\r\n250\r\n354 go\r\n')
    await lines(peer, 4)
    await peer.say('250 ok\r\n')
    await sending
    expect(log.slice(6)).toEqual([
      'C: MAIL FROM:<a@x.test> SIZE=20',
      'C: RCPT TO:<b@y.test>',
      'C: RCPT TO:<c@y.test>',
      'C: DATA',
      'S: 250-2.1.0 a',
      'S: 250 2.1.0 b',
      'S: 250 ',
      'S: 250 ',
      'S: 354 go',
      'C: … 20 octets',
      'C: .',
      'S: 250 ok',
    ])
  })
})

describe('what is refused by the server', () => {
  it.each<[string, string, unknown, string[]]>([
    ['the sender', '550 no\r\n503\r\n503\r\n503\r\n', refusal('MAIL', 550), ['RSET']],
    ['all recipients', '250\r\n550 no\r\n450 no\r\n554\r\n', refusal('RCPT', 550), ['RSET']],
    ['DATA', '250\r\n250\r\n250\r\n451 no\r\n', refusal('DATA', 451), ['RSET']],
    ['all recipients, though it asks for the message', '250\r\n550\r\n550\r\n354\r\n', refusal('RCPT', 550), ['.']],
    ['the sender, though it asks for the message', '550\r\n250\r\n250\r\n354\r\n', refusal('MAIL', 550), ['.']],
  ])('%s', async (_, replies, error, next) => {
    const { client, peer } = await connected(ALL)
    const sending = client.send(MESSAGE)
    const failed = expect(sending).rejects.toEqual(error)
    await lines(peer, 4)
    await peer.say(replies)
    expect(await lines(peer, 1)).toEqual(next)
    await peer.say('250 ok\r\n')
    await failed
    // The session goes on.
    void client.send({ ...MESSAGE, to: 'b@y.test' }).catch(() => {})
    expect((await lines(peer, 3)).at(-1)).toBe('DATA')
  })

  it.each<[string, string[], unknown]>([
    ['the sender', ['550'], refusal('MAIL', 550)],
    ['all recipients', ['250', '550', '550', '250'], refusal('RCPT', 550)],
    ['DATA', ['250', '250', '250', '554', '250'], refusal('DATA', 554)],
  ])('%s, command by command', async (_, answers, error) => {
    const { client, peer } = await connected([])
    const failed = expect(client.send(MESSAGE)).rejects.toEqual(error)
    for (const answer of answers) {
      await peer.line()
      await peer.say(`${answer}\r\n`)
    }
    await failed
  })

  it('the message, with what became of the recipients', async () => {
    const { client, peer } = await connected(ALL)
    const failed = client.send(MESSAGE).catch((error: unknown) => error)
    await lines(peer, 4)
    await peer.say('250\r\n250\r\n550\r\n354\r\n')
    await lines(peer, 4)
    await peer.say('452 4.3.1 full\r\n')
    const error = await failed
    expect(error).toBeInstanceOf(SmtpReplyError)
    const refused = [
      { address: 'c@y.test', reply: { code: 550 } },
      { address: 'b@y.test', reply: { code: 452 } },
    ]
    expect(error).toMatchObject({ command: 'message', isTransient: true, accepted: [], refused, fate: 'unsent' })
  })

  it('us, from the beginning', async () => {
    const [socket, end] = pair()
    const peer = new RawPeer(end)
    const failed = expect(Client.on(socket)).rejects.toEqual(refusal('greeting', 554))
    await peer.say('554 no\r\n')
    expect(await peer.line()).toBe('QUIT')
    await peer.say('221 bye\r\n')
    expect(await peer.line()).toBeUndefined()
    await failed
  })

  it('EHLO, for good: then it is asked with HELO', async () => {
    for (const [answer, outcome] of [
      ['250 mx', 'connected'],
      ['550 no', 'refused'],
    ]) {
      const [socket, end] = pair()
      const peer = new RawPeer(end)
      const opening = Client.on(socket, { hostname: 'c.test' }).then(
        () => 'connected',
        (error: unknown) => (expect(error).toEqual(refusal('EHLO', 500)), 'refused'),
      )
      await peer.say('220 mx\r\n')
      expect(await peer.line()).toBe('EHLO c.test')
      await peer.say('500 what\r\n')
      expect(await peer.line()).toBe('HELO c.test')
      await peer.say(`${answer}\r\n`)
      if (outcome === 'refused') {
        expect(await peer.line()).toBe('QUIT')
        await peer.say('221 bye\r\n')
        expect(await peer.line()).toBeUndefined()
      }
      expect(await opening).toBe(outcome)
    }
  })

  it('EHLO, for now', async () => {
    const [socket, end] = pair()
    const peer = new RawPeer(end)
    const failed = expect(Client.on(socket)).rejects.toEqual(refusal('EHLO', 421))
    await peer.say('220 mx\r\n')
    await peer.line()
    await peer.say('421 mx busy\r\n')
    expect(await peer.line()).toBeUndefined()
    await failed
  })
})

describe('what is not sent', () => {
  it.each<[string, Partial<OutgoingMessage>, string[], string, ClientOptions?]>([
    ['a sender that is none', { from: 'nobody' }, ALL, 'SMTP_SEND_PATH'],
    ['a sender above ASCII', { from: 'é@x.test' }, ALL, 'SMTP_NOT_OFFERED'],
    ['a sender with a second command', { from: 'a@x.test>\r\nRCPT TO:<v@y.test' }, ALL, 'SMTP_SEND_PATH'],
    ['a path that cannot be written', { from: { localPart: '\n', domain: 'x.test' } }, ALL, 'SMTP_SEND_PATH'],
    ['a recipient that is none', { to: ['b@y.test', ''] }, ALL, 'SMTP_SEND_PATH'],
    ['a recipient with parameters', { to: 'b@y.test> NOTIFY=NEVER' }, ALL, 'SMTP_SEND_PATH'],
    ['a message for nobody', { to: [] }, ALL, 'SMTP_RECIPIENTS_NONE'],
    ['a message that is too big', { message: 'x'.repeat(999) }, ALL, 'SMTP_MESSAGE_TOO_BIG'],
    ['pieces that are too big', { message: ['x'], size: 1001 }, ALL, 'SMTP_MESSAGE_TOO_BIG'],
    ['octets above 0x7F', { message: 'é' }, ['SIZE'], 'SMTP_NOT_OFFERED'],
    ['pieces declared as 8-bit', { message: ['e'], body: '8BITMIME' }, [], 'SMTP_NOT_OFFERED'],
    ['a bare CR', { message: 'a\rb' }, ALL, 'SMTP_BARE_CR'],
    ['a NUL', { message: 'a\0b' }, ALL, 'SMTP_NUL'],
    ['a bare LF, when told so', { message: 'a\nb' }, ALL, 'SMTP_BARE_LF', { content: REFUSE }],
  ])('%s', async (_, more, offered, code, options) => {
    const { client, peer } = await connected(offered, options)
    await expect(client.send({ ...MESSAGE, ...more })).rejects.toMatchObject({ code, side: 'local' })
    // The server has heard nothing of it.
    const quitting = client.quit()
    expect(await peer.line()).toBe('QUIT')
    await peer.say('221\r\n')
    expect(await peer.line()).toBeUndefined()
    await quitting
  })

  it.each<[string, OutgoingMessage['message'], object]>([
    ['8-bit octets that come late', ['a', 'é'], { code: 'SMTP_SEND_8BIT' }],
    ['a bare CR that comes late', ['a\r', 'b'], { code: 'SMTP_BARE_CR' }],
    [
      'what a broken source has not given',
      (function* (): Generator<string> {
        yield 'half'
        throw new Error('the file is gone')
      })(),
      { fate: 'cut', cause: { message: 'the file is gone' } },
    ],
  ])('the end of a message with %s', async (_, message, error) => {
    const { client, peer } = await connected(['PIPELINING'])
    const failed = expect(client.send({ ...MESSAGE, message })).rejects.toMatchObject(error)
    await lines(peer, 4)
    await peer.say('250\r\n250\r\n250\r\n354\r\n')
    await failed
    expect(await peer.rest()).not.toContain('.')
    await expect(client.send(MESSAGE)).rejects.toMatchObject({ code: 'NET_CLOSED' })
  })
})

describe('what ends the session', () => {
  it.each<[string, string, string, string]>([
    ['a 250 to DATA', '250\r\n250\r\n250\r\n250\r\n', 'SMTP_REPLY_WRONG', ''],
    ['two codes in one reply', '250-a\r\n550 b\r\n', 'SMTP_REPLY_CODES', ''],
    ['a reply that is none', 'hello\r\n', 'SMTP_REPLY_SYNTAX', ''],
    ['a server that hangs up', '250\r\n', 'SMTP_CUT_SHORT', 'end'],
  ])('%s', async (_, replies, code, then) => {
    const { client, peer } = await connected(ALL)
    const failed = expect(client.send(MESSAGE)).rejects.toMatchObject({ code })
    await lines(peer, 4)
    await peer.say(replies)
    if (then === 'end') await peer.end()
    await failed
    await client.quit()
  })

  it('a reply that nobody asked for, before anything is sent', async () => {
    const { client, peer } = await connected(ALL)
    await peer.say('250 surprise\r\n')
    await settle()
    await expect(client.send(MESSAGE)).rejects.toMatchObject({ code: 'SMTP_REPLY_UNASKED' })
  })

  it('a reply that came before its question', async () => {
    const { client, peer } = await connected([])
    const failed = expect(client.send(MESSAGE)).rejects.toMatchObject({ code: 'SMTP_REPLY_UNASKED' })
    await peer.line()
    await peer.say('250 ok\r\n250 another\r\n')
    await failed
  })

  it('421 at any time', async () => {
    const idle = await connected(ALL)
    await idle.peer.say('421 mx closing\r\n')
    await settle()
    await expect(idle.client.send(MESSAGE)).rejects.toEqual(refusal('message', 421))
    const busy = await connected(ALL)
    const failed = expect(busy.client.send(MESSAGE)).rejects.toEqual(refusal('RCPT', 421))
    await lines(busy.peer, 4)
    await busy.peer.say('250\r\n421 mx closing\r\n')
    await failed
    await expect(busy.client.send(MESSAGE)).rejects.toMatchObject({ code: 'NET_CLOSED' })
  })

  it('421 in the middle of the content', async () => {
    const { client, peer } = await connected(ALL)
    let pieces = 0
    const endless = async function* (): AsyncGenerator<string> {
      for (;;) {
        pieces++
        yield `${'x'.repeat(70)}\r\n`
        await settle()
      }
    }
    const failed = expect(client.send({ ...MESSAGE, message: endless() })).rejects.toEqual(refusal('message', 421))
    await lines(peer, 4)
    await peer.say('250\r\n250\r\n250\r\n354\r\n')
    await lines(peer, 3)
    await peer.say('421 4.3.0 no more of that\r\n')
    await failed
    expect(pieces).toBeLessThan(100)
  })

  it('a server that takes too long', async () => {
    for (const [timeouts, replies, fate] of [
      [{ replyMs: 1000 }, '250\r\n', 'unsent'],
      [{ goAheadMs: 1000 }, '250\r\n250\r\n250\r\n', 'unsent'],
      [{ endOfDataMs: 1000 }, '250\r\n250\r\n250\r\n354\r\n', 'unknown'],
    ] as const) {
      const { client, peer, clock } = await connected(ALL, { timeouts })
      const failed = expect(client.send(MESSAGE)).rejects.toMatchObject({
        code: 'NET_TIMEOUT',
        cause: { ms: 1000 },
        fate,
      })
      await lines(peer, 4)
      await peer.say(replies)
      await settle()
      clock.advance(1100)
      await failed
    }
  })

  it('a signal', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const aborted = expect.objectContaining({ code: 'NET_ABORTED', cause: reason })
    const { client, peer, socket } = await connected(ALL)
    const sending = client.send({ ...MESSAGE, signal: controller.signal })
    const broken = { code: 'NET_ABORTED', fate: 'unsent', cause: { code: 'NET_ABORTED', cause: reason } }
    const failed = expect(sending).rejects.toMatchObject(broken)
    await lines(peer, 4)
    controller.abort(reason)
    await failed
    expect(socket.state).toBe('closed')
    const other = await connected(ALL)
    const unsent = { name: 'SmtpSendError', accepted: [], refused: [], fate: 'unsent', cause: aborted }
    await expect(other.client.send({ ...MESSAGE, signal: controller.signal })).rejects.toMatchObject(unsent)
    expect(other.socket.state).toBe('open')
  })

  it('QUIT, which waits for nobody who does not answer', async () => {
    const { client, peer, clock } = await connected(ALL, { timeouts: { quitMs: 1000 } })
    const quitting = client.quit()
    expect(await peer.line()).toBe('QUIT')
    await settle()
    clock.advance(1100)
    await quitting
  })
})

describe('connect and send', () => {
  it('send over TCP, to our own server', async () => {
    const kept: string[] = []
    const server = await serve(
      { hostname: 'mx.test' },
      {
        message: async ({ body, peer }) => {
          let text = `${peer.hello?.domain} `
          for await (const chunk of body) text += Buffer.from(chunk).toString()
          kept.push(text)
        },
      },
    )
    const result = await send(server.url, { ...MESSAGE, hostname: 'c.test' })
    expect(result.accepted).toHaveLength(2)
    const client = await connect(new URL(server.url))
    expect(client.capabilities.has('PIPELINING')).toBe(true)
    await client.send(MESSAGE)
    await client.quit()
    await server.close()
    expect(kept).toEqual(['c.test Subject: x\r\n\r\n.dot\r\n', '[127.0.0.1] Subject: x\r\n\r\n.dot\r\n'])
    await expect(send(server.url, MESSAGE)).rejects.toMatchObject({ code: 'NET_CONNECT', refused: [], fate: 'unsent' })
  })

  it('speak TLS from the first octet, over IPv6 too', async () => {
    const names: unknown[] = []
    const message: OutgoingMessage = { ...MESSAGE, to: 'b@y.test' }
    const server = await serve(
      { host: '::1', hostname: 'mx.test', tls: { ...LOCALHOST, mode: 'implicit' } },
      { message: ({ peer, trace }) => void names.push(peer.tls?.protocol, trace.received) },
    )
    expect(server.url).toMatch(/^smtps:\/\/\[::1\]:[0-9]+$/)
    await send(server.url, { ...message, tls: { ca: CA } })
    expect(names).toEqual([
      'TLSv1.3',
      expect.stringContaining('from [IPv6:::1] ([IPv6:::1])\r\n by mx.test with ESMTPS'),
    ])
    const nothing = { accepted: [], refused: [], fate: 'unsent' }
    const untrusted = { ...nothing, cause: expect.any(TlsError) as unknown }
    await expect(send(server.url, message)).rejects.toMatchObject(untrusted)
    await server.close()
  })

  it('give up while they wait for a greeting', async () => {
    const controller = new AbortController()
    const silent = await listen({}, (socket) => ({ done: socket.closed.then(() => {}), drain: () => socket.destroy() }))
    const url = `smtp://127.0.0.1:${'port' in silent.address ? silent.address.port : 0}`
    const failed = expect(connect(url, { signal: controller.signal })).rejects.toMatchObject({ code: 'NET_ABORTED' })
    while (silent.connections === 0) await settle()
    await settle()
    controller.abort()
    await failed
    await silent.close({ graceMs: 0 })
  })

  it('are refused by a server that is full', async () => {
    const server = await serve({ hostname: 'mx.test', maxConnections: 1, whenFull: 'refuse' }, { message: () => true })
    const client = await connect(server.url)
    await expect(connect(server.url)).rejects.toEqual(refusal('greeting', 421))
    await client.quit()
    await server.close()
  })

  it('meet over a Unix socket', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'wireline-smtp-')), 'a socket#1')
    for (const protocol of ['smtp', 'lmtp'] as const) {
      const server = await serve({ path, hostname: 'mx.test', protocol }, { message: () => true })
      expect(server.url).toBe(`${protocol}://${join(path, '..')}/a%20socket%231`)
      expect((await send(server.url, MESSAGE)).accepted).toHaveLength(2)
      await server.close()
    }
    // `smtp://run/socket` would be the socket's name at a host `run`.
    const server = await serve({ path: relative('.', path), hostname: 'mx.test' }, { message: () => true })
    expect(server.url).toBe('')
    await server.close()
    await rm(join(path, '..'), { recursive: true })
  })

  it('say what they cannot do', async () => {
    await expect(connect('http://x.test')).rejects.toThrow(TypeError)
    await expect(connect('nonsense')).rejects.toThrow(TypeError)
    await expect(connect('smtp://%E0@127.0.0.1')).rejects.toThrow(URIError)
  })
})
