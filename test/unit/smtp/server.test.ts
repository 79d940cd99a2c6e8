/** Sessions over pairs in memory, with the client played by hand and time turned by hand. */
import { describe, expect, it, vi } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import type { Session } from '../../../src/net/session.ts'
import type { Socket } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { Transcript } from '../../../src/net/transcript.ts'
import type { MessageContext, ServerHandlers, Verdict } from '../../../src/smtp/handlers.ts'
import type { Peer } from '../../../src/smtp/peer.ts'
import { Rates } from '../../../src/smtp/rates.ts'
import { refuse, reply } from '../../../src/smtp/reply.ts'
import { serve, serveConnection } from '../../../src/smtp/server.ts'
import type { ServerConnectionOptions } from '../../../src/smtp/server.ts'
import { FakeClock } from '../../support/clock.ts'
import { RawPeer } from '../../support/smtp-peer.ts'

const HELLO = 'EHLO a.test\r\n'
const ENVELOPE = 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n'

interface Setup {
  readonly peer: RawPeer
  readonly session: Session
  readonly client: Socket
  readonly server: Socket
  readonly clock: FakeClock
  /** The messages that were kept. */
  readonly kept: string[]
  /** What the operator was told. */
  readonly errors: Error[]
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of body) text += Buffer.from(chunk).toString('latin1')
  return text
}

function setUp(
  handlers: Partial<ServerHandlers> = {},
  options: Partial<ServerConnectionOptions> & { readonly cut?: (bytes: Buffer) => Iterable<Buffer> } = {},
): Setup {
  const clock = new FakeClock()
  const timers = new TimerWheel({ clock })
  const [client, server] = pair({ timers, ...(options.cut !== undefined && { cut: options.cut }) })
  const kept: string[] = []
  const errors: Error[] = []
  const keep = async ({ body }: MessageContext): Promise<void> => void kept.push(await read(body))
  const session = serveConnection(
    server,
    { hostname: 'mx.test', timers, onError: (error) => errors.push(error), ...options },
    { message: keep, ...handlers },
  )
  return { peer: new RawPeer(client), session, client, server, clock, kept, errors }
}

/** A session in which the client has said its name. */
async function introduced(...setup: Parameters<typeof setUp>): Promise<Setup> {
  const made = setUp(...setup)
  expect(await made.peer.codes(1)).toBe('220')
  expect(await made.peer.ask(HELLO)).toBe('250')
  return made
}

/** Lets all that is under way come to rest. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a session', () => {
  it.each([
    ['whole', undefined],
    ['octet by octet', (bytes: Buffer): Buffer[] => Array.from(bytes, (octet) => Buffer.of(octet))],
  ])('delivers a message, %s', async (_, cut) => {
    const { peer, session, kept } = await introduced({}, cut === undefined ? {} : { cut })
    expect(await peer.ask(`${ENVELOPE}DATA\r\n`, 3)).toBe('250 250 354')
    expect(await peer.ask('Subject: x\r\n\r\n..\r\n.\r\nQUIT\r\n', 2)).toBe('250 221')
    expect(await peer.codes(1)).toBe('end')
    await session.done
    expect(kept).toEqual(['Subject: x\r\n\r\n.\r\n'])
  })

  it('tells handlers what they need to know', async () => {
    const told: unknown[] = []
    const tell = (name: string) => (context: object) => {
      const { peer, ...more } = context as { peer: Peer }
      const { address, tls, hello, user } = peer
      told.push([name, { address, tls, hello, user, ...more }])
    }
    const { peer } = await introduced({
      connect: tell('connect'),
      mail: tell('mail'),
      rcpt: tell('rcpt'),
      message: async (context) => {
        const { body, trace, envelope } = context
        told.push([await read(trace.before(body)), envelope.recipients.length])
      },
    })
    await peer.ask(`MAIL FROM:<> SIZE=5\r\nRCPT TO:<b@y.test>\r\nDATA\r\n`, 3)
    await peer.ask('x\r\n.\r\n')
    const address = { family: 'memory', name: 'client' }
    const hello = { type: 'ehlo', domain: 'a.test' }
    const known = { address, tls: undefined, hello, user: undefined }
    expect(told.slice(0, 2)).toEqual([
      ['connect', { address, tls: undefined, hello: undefined, user: undefined }],
      ['mail', { ...known, path: null, parameters: { SIZE: 5 } }],
    ])
    expect(told[2]).toMatchObject([
      'rcpt',
      { ...known, path: { localPart: 'b', domain: 'y.test' }, envelope: { from: null } },
    ])
    expect(told[3]).toMatchObject([
      expect.stringMatching(
        /^Return-Path: <>\r\nReceived: from a\.test\r\n by mx\.test with ESMTP id [0-9a-f]{12}\r\n for <b@y\.test>; .*\r\nx\r\n$/,
      ),
      1,
    ])
  })

  it('answers a batch in one write, and what is waited for at once', async () => {
    const { peer, server } = await introduced()
    const push = vi.spyOn(server, 'push')
    await peer.ask(`${ENVELOPE}RSET\r\n${ENVELOPE}RCPT TO:<c@y.test>\r\n`, 6)
    expect(push).toHaveBeenCalledTimes(1)
    await peer.ask('NOOP\r\nRSET\r\nFOO\r\n', 3)
    expect(push).toHaveBeenCalledTimes(3)
  })

  it('takes a message and the next envelope in one group', async () => {
    const { peer, kept } = await introduced()
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    expect(await peer.ask(`one\r\n.\r\n${ENVELOPE}DATA\r\n`, 4)).toBe('250 250 250 354')
    expect(await peer.ask('two\r\n.\r\n')).toBe('250')
    expect(kept).toEqual(['one\r\n', 'two\r\n'])
  })

  it('takes the bare postmaster without asking', async () => {
    const { peer } = await introduced({ rcpt: () => false })
    expect(await peer.ask('MAIL FROM:<>\r\nRCPT TO:<PostMaster>\r\nRCPT TO:<b@y.test>\r\n', 3)).toBe('250 250 550')
  })

  it('ends with the client', async () => {
    for (const said of ['', HELLO, 'NOO']) {
      const { peer, session, errors } = setUp()
      await peer.say(said)
      await peer.end()
      await peer.rest()
      await session.done
      expect(errors).toEqual([])
    }
  })

  it('writes down what is said, and counts what is sent', async () => {
    const lines: string[] = []
    const { peer, session } = setUp(
      {},
      { transcript: () => new Transcript((line) => lines.push(line)), extensions: [] },
    )
    await peer.codes(1)
    await peer.ask(HELLO)
    await peer.ask(`${ENVELOPE}FOO\r\nDATA\r\n`, 4)
    await peer.ask('x\r\ny\r\n.\r\n')
    await peer.ask('POST / HTTP/1.1\r\n\r\n', 2)
    await session.done
    expect(lines).toEqual([
      'S: 220 mx.test ESMTP',
      'C: EHLO a.test',
      'S: 250 mx.test',
      'C: MAIL FROM:<a@x.test>',
      'S: 250 Sender OK',
      'C: RCPT TO:<b@y.test>',
      'S: 250 Recipient OK',
      'C: FOO',
      'S: 500 Command not recognized',
      'C: DATA',
      'S: 354 End data with <CR><LF>.<CR><LF>',
      'C: … 6 octets',
      'C: .',
      'S: 250 Message accepted',
      'S: 421 This is an SMTP server',
    ])
  })
})

describe('verdicts', () => {
  const custom = reply(250, '2.1.5', 'Fine')
  it.each<[string, () => Verdict, string]>([
    ['nothing', () => undefined, '250 2.1.5 Recipient OK'],
    ['true', () => true, '250 2.1.5 Recipient OK'],
    ['false', () => false, '550 5.7.1 Recipient refused'],
    ['a reply', () => custom, '250 2.1.5 Fine'],
    ['a refusal', () => refuse(450, '4.2.1', 'Busy'), '450 4.2.1 Busy'],
  ])('%s, at once and later', async (_, verdict, line) => {
    for (const rcpt of [verdict, (): Promise<Verdict> => Promise.resolve(verdict())]) {
      const { peer, errors } = await introduced({ rcpt })
      await peer.ask('MAIL FROM:<>\r\n')
      await peer.say('RCPT TO:<b@y.test>\r\n')
      expect(await peer.reply()).toBe(line)
      expect(errors).toEqual([])
    }
  })

  it.each<[string, unknown, string, number]>([
    ['a refusal', refuse(550, '5.1.1', 'No such mailbox'), '550 5.1.1 No such mailbox', 0],
    ['an error', new Error('secret path /var/x'), '451 4.3.0 Local error in processing', 1],
    ['no error', 'oops', '451 4.3.0 Local error in processing', 1],
  ])('%s that is thrown, at once and later', async (_, thrown, line, told) => {
    const rcpt = (): never => {
      // oxlint-disable-next-line typescript/only-throw-error -- a handler may throw anything
      throw thrown
    }
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- likewise
    for (const handler of [rcpt, (): Promise<never> => Promise.reject(thrown)]) {
      const { peer, errors } = await introduced({ rcpt: handler })
      await peer.ask('MAIL FROM:<>\r\n')
      await peer.say('RCPT TO:<b@y.test>\r\n')
      expect(await peer.reply()).toBe(line)
      expect(errors.length).toBe(told)
      expect(await peer.ask('NOOP\r\n')).toBe('250')
    }
  })

  it('a reply that cannot be sent is a local error', async () => {
    for (const made of [reply(354, undefined), reply(250, undefined, 'a\r\n250 b')]) {
      const { peer, errors } = await introduced({ mail: () => made })
      expect(await peer.ask('MAIL FROM:<>\r\n')).toBe('451')
      expect(errors).toHaveLength(1)
    }
  })

  it('421 ends the session', async () => {
    const { peer, session } = await introduced({ mail: () => refuse(421, '4.3.2', 'Gone') })
    expect(await peer.ask('MAIL FROM:<>\r\nNOOP\r\n', 2)).toBe('421 end')
    await session.done
  })

  it('a client that is not welcome', async () => {
    const { peer } = setUp({ connect: () => false })
    expect(await peer.reply()).toBe('554 No SMTP service for you here')
    expect(await peer.ask('EHLO a.test\r\n')).toBe('503')
    expect(await peer.ask('QUIT\r\n', 2)).toBe('221 end')
  })

  it.each<[string, Verdict, string]>([
    ['false', false, '554 5.7.1 Message refused'],
    ['a refusal', refuse(452, '4.3.1', 'Disk full'), '452 4.3.1 Disk full'],
    ['nothing', undefined, '250 2.0.0 Message accepted'],
  ])('%s on a message, read or not', async (_, verdict, line) => {
    for (const message of [
      (): Verdict => verdict,
      (): Promise<Verdict> => Promise.resolve(verdict),
      async ({ body }: MessageContext): Promise<Verdict> => {
        for await (const chunk of body) if (chunk.length > 0) break
        return verdict
      },
      async ({ body }: MessageContext): Promise<Verdict> => {
        await read(body)
        return verdict
      },
    ]) {
      const { peer } = await introduced({ message })
      await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
      for (let line = 0; line < 100; line++) await peer.say('a line of text\r\n')
      await peer.say('.\r\n')
      expect(await peer.reply()).toBe(line)
      expect(await peer.ask('NOOP\r\n')).toBe('250')
    }
  })

  it('an error on a message is a local error', async () => {
    const { peer, errors } = await introduced({
      message: () => {
        throw new Error('disk')
      },
    })
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    expect(await peer.ask('x\r\n.\r\n')).toBe('451')
    expect(errors).toHaveLength(1)
  })
})

describe('a body', () => {
  it('is read at the pace of its handler', async () => {
    let go = (): void => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const { peer, server, client, kept } = await introduced({
      message: async ({ body }) => {
        await gate
        kept.push(await read(body))
      },
    })
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    const piece = Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(64))
    let pushed = 0
    while (client.push([piece])) pushed++
    await settle()
    while (client.push([piece])) pushed++
    await settle()
    // What is in flight is what the two ends hold, and no more of it is read.
    expect(server.bytesRead).toBeLessThan(200_000)
    expect(pushed).toBeLessThan(10)
    go()
    await client.drained()
    expect(await peer.ask('.\r\n')).toBe('250')
    expect(kept[0]?.length).toBe((pushed + 2) * piece.length)
  })

  it('breaks where the message is refused, and the session goes on', async () => {
    const seen: unknown[] = []
    const { peer, errors } = await introduced({
      message: async ({ body }) => {
        try {
          await read(body)
        } catch (error) {
          seen.push(error)
        }
        await expect(read(body)).rejects.toBe(seen[0])
        return true
      },
    })
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    await peer.say('x\ny\r\n.\r\n')
    expect(await peer.reply()).toBe('554 5.6.0 The message has a LF without its CR')
    expect(seen).toEqual([expect.objectContaining({ code: 'SMTP_BARE_LF', offset: 1 })])
    expect(errors).toEqual([])
    expect(await peer.ask('NOOP\r\n')).toBe('250')
  })

  it('is refused for its own fault where the handler did not see it', async () => {
    const { peer } = await introduced({ message: () => true }, { limits: { maxMessageBytes: 100 } })
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    expect(await peer.ask(`${'x'.repeat(98)}\r\ny\r\n.\r\n`)).toBe('552')
  })

  it('breaks where the client is lost, and nothing is kept', async () => {
    const seen: unknown[] = []
    for (const lose of [(peer: RawPeer): unknown => peer.end(), (peer: RawPeer): unknown => peer.vanish()]) {
      const { peer, session, kept, errors } = await introduced({
        message: async ({ body }) => {
          await read(body).catch((error: unknown) => {
            seen.push(error)
            throw error
          })
        },
      })
      await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
      await peer.say('half a mess')
      await settle()
      lose(peer)
      await session.done
      expect(kept).toEqual([])
      expect(errors).toEqual([])
    }
    expect(seen).toEqual([
      expect.objectContaining({ code: 'SMTP_CUT_SHORT' }),
      expect.objectContaining({ code: 'NET_CLOSED' }),
    ])
  })

  it('can be asked for several pieces at once, and is at its end when it was answered for', async () => {
    let late: AsyncIterator<Uint8Array> | undefined
    const { peer } = await introduced({
      message: async ({ body }) => {
        late = body[Symbol.asyncIterator]()
        const pieces = await Promise.all([late.next(), late.next(), late.next()])
        expect(pieces.map(({ done }) => done)).toEqual([false, true, true])
      },
    })
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    expect(await peer.ask('x\r\n.\r\n')).toBe('250')
    const again = await introduced({
      message: ({ body }) => {
        late = body[Symbol.asyncIterator]()
      },
    })
    await again.peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    expect(await again.peer.ask('x\r\n.\r\n')).toBe('250')
    expect(await late?.next()).toEqual({ done: true, value: undefined })
  })

  it('tells of what was forgiven to nobody, and goes on', async () => {
    const normalize = { bareLf: 'normalize', bareCr: 'normalize', nul: 'normalize' } as const
    const { peer, kept } = await introduced({}, { leniency: { content: normalize, spaceAfterColon: 'accept' } })
    await peer.ask(`MAIL FROM: <a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n`, 3)
    expect(await peer.ask('x\ny\r\n.\r\n')).toBe('250')
    expect(kept).toEqual(['x\r\ny\r\n'])
  })
})

describe('time', () => {
  it('is limited for a command, from its first octet to its last', async () => {
    const { peer, clock, session } = await introduced({}, { timeouts: { commandMs: 1000 } })
    for (let octet = 0; octet < 5; octet++) {
      await peer.say('N')
      await settle()
      clock.advance(190)
    }
    await settle()
    expect(session.done).toBeInstanceOf(Promise)
    clock.advance(200)
    expect(await peer.reply()).toBe('421 4.4.2 mx.test Timeout, closing connection')
    expect(await peer.codes(1)).toBe('end')
    await session.done
  })

  it('begins anew with each command', async () => {
    const { peer, clock } = await introduced({}, { timeouts: { commandMs: 1000 } })
    for (let command = 0; command < 5; command++) {
      await settle()
      clock.advance(900)
      expect(await peer.ask('NOOP\r\n')).toBe('250')
    }
  })

  it('is limited for a block of content', async () => {
    const { peer, clock, session, errors } = await introduced(
      {},
      { timeouts: { blockMs: 1000 }, limits: { minBlockBytes: 10 } },
    )
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    for (let block = 0; block < 5; block++) {
      await settle()
      clock.advance(900)
      await peer.say('0123456789')
    }
    for (let octet = 0; octet < 5; octet++) {
      await settle()
      clock.advance(190)
      await peer.say('x')
    }
    await settle()
    clock.advance(300)
    expect(await peer.rest()).toBe('421 4.4.2 mx.test Timeout, closing connection\n')
    await session.done
    expect(errors).toEqual([])
  })

  it('that a handler takes is not the client’s', async () => {
    const { peer, clock, kept } = await introduced(
      {
        message: async ({ body }) => {
          for await (const chunk of body) {
            clock.advance(900)
            kept.push(Buffer.from(chunk).toString())
          }
        },
      },
      { timeouts: { blockMs: 1000 } },
    )
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    for (let line = 0; line < 5; line++) {
      await peer.say('x\r\n')
      await settle()
    }
    expect(await peer.ask('.\r\n')).toBe('250')
    expect(kept.join('')).toBe('x\r\n'.repeat(5))
  })

  it('is limited for handlers', async () => {
    const never = (): Promise<never> => new Promise(() => {})
    const { peer, clock, errors } = await introduced(
      { mail: never },
      { timeouts: { replyMs: 1000, commandMs: 10_000 } },
    )
    const asked = peer.ask('MAIL FROM:<>\r\n')
    await settle()
    clock.advance(1100)
    expect(await asked).toBe('451')
    expect(errors).toEqual([expect.objectContaining({ code: 'NET_TIMEOUT', phase: 'handler' })])
    const message = await introduced(
      {
        message: async ({ body }) => {
          await read(body)
          await never()
        },
      },
      { timeouts: { endOfDataMs: 1000 } },
    )
    await message.peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    const answered = message.peer.ask('x\r\n.\r\n')
    await settle()
    message.clock.advance(1100)
    expect(await answered).toBe('451')
  })

  it('cuts a client that does not read', async () => {
    const { peer, client, clock, session } = await introduced(
      {},
      { timeouts: { blockMs: 1000 }, limits: { maxCommandsWithoutMessage: 1e6 } },
    )
    const flood = Buffer.from('NOOP\r\n'.repeat(2000))
    for (let round = 0; round < 20; round++) {
      client.push([flood])
      await settle()
    }
    for (let second = 0; second < 5; second++) {
      clock.advance(1000)
      await settle()
    }
    await session.done
    expect(await peer.rest()).not.toContain('421')
  })
})

describe('a client that is gone', () => {
  it('is waited for by no handler, however long that takes', async () => {
    const never = (): Promise<never> => new Promise(() => {})
    for (const [handlers, said] of [
      [{ mail: never }, 'MAIL FROM:<>\r\n'],
      [{ message: never }, `${ENVELOPE}DATA\r\n`],
    ] as const) {
      const { peer, session, server, errors } = await introduced(handlers)
      await peer.say(said)
      await settle()
      server.destroy()
      await session.done
      expect(errors).toEqual([])
    }
  })
})

describe('draining', () => {
  it('dismisses who is idle', async () => {
    for (const said of ['', HELLO]) {
      const { peer, session, clock } = setUp()
      await peer.codes(1)
      if (said !== '') await peer.ask(said)
      session.drain()
      session.drain()
      await settle()
      clock.advance(100)
      expect(await peer.reply()).toBe('421 4.3.2 mx.test Service shutting down')
      expect(await peer.codes(1)).toBe('end')
      await session.done
    }
  })

  it('waits for a transaction to end', async () => {
    const { peer, session, clock, kept } = await introduced()
    await peer.ask(ENVELOPE, 2)
    session.drain()
    await settle()
    clock.advance(100)
    expect(await peer.ask('DATA\r\n')).toBe('354')
    expect(await peer.ask('x\r\n.\r\n', 3)).toBe('250 421 end')
    await session.done
    expect(kept).toEqual(['x\r\n'])
  })
})

describe('bad clients', () => {
  it.each([
    ['HTTP', 'POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\n', '421 4.7.0 This is an SMTP server'],
    [
      'a body before its 354',
      `${ENVELOPE}DATA\r\nx\r\n.\r\n`,
      '554 5.5.0 Commands were sent before the reply that they must wait for',
    ],
  ])('are told, and left: %s', async (_, text, line) => {
    const { peer, session, kept } = await introduced()
    await peer.say(text)
    const said = await peer.rest()
    expect(said.trimEnd().split('\n').at(-1)).toBe(line)
    await session.done
    expect(kept).toEqual([])
  })

  it('that talk while DATA is being answered are as early', async () => {
    const { peer, session, client } = await introduced({ rcpt: () => new Promise((resolve) => setImmediate(resolve)) })
    // Two segments: the second arrives while the handler of RCPT still thinks.
    client.push([Buffer.from(`${ENVELOPE}DATA\r\n`)])
    await new Promise((resolve) => process.nextTick(resolve))
    client.push([Buffer.from('x\r\n.\r\n')])
    expect(await peer.codes(4)).toBe('250 250 554 end')
    await session.done
  })

  it('have a budget of errors', async () => {
    const { peer, session } = await introduced({}, { limits: { maxErrors: 3 } })
    expect(await peer.ask('FOO\r\n'.repeat(5), 5)).toBe('500 500 500 421 end')
    await session.done
  })

  it('have a budget of commands, anew with each message', async () => {
    const { peer } = await introduced({}, { limits: { maxCommandsWithoutMessage: 5 } })
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    expect(await peer.ask('x\r\n.\r\n')).toBe('250')
    expect(await peer.ask('NOOP\r\n'.repeat(7), 7)).toBe('250 250 250 250 250 421 end')
  })

  it('cannot make us read for ever', async () => {
    for (const text of [`x${'y'.repeat(98)}\n`, `${'y'.repeat(98)}\r\n`]) {
      const { peer, session, client } = await introduced(
        { message: () => false },
        { limits: { maxDiscardedBytes: 10_000 } },
      )
      await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
      const feed = async (): Promise<void> => {
        for (let round = 0; round < 500; round++) await client.write([Buffer.from(text.repeat(10))])
      }
      const feeding = feed().catch(() => {})
      expect(await peer.rest()).toBe('421 4.5.0 The refused message does not end\n')
      await session.done
      await feeding
    }
  })
})

describe('manners', () => {
  it('greet who waits, and refuse who does not', async () => {
    const manners = { greetingDelayMs: 1000 }
    for (const said of ['', 'E', 'EHLO a.test\r\n']) {
      const { peer, clock, session } = setUp({}, { manners })
      const greeted = peer.reply()
      await peer.say(said)
      await settle()
      clock.advance(1100)
      if (said === '') expect(await greeted).toBe('220 mx.test ESMTP')
      else {
        expect(await greeted).toBe('554 Commands were sent before the reply that they must wait for')
        await session.done
      }
    }
  })

  it('let a client leave that is not greeted yet', async () => {
    const { peer, session } = setUp({}, { manners: { greetingDelayMs: 1000 } })
    await peer.end()
    expect(await peer.rest()).toContain('220 ')
    await session.done
    const gone = setUp({}, { manners: { greetingDelayMs: 1000 } })
    gone.peer.vanish()
    await gone.session.done
  })

  it('slow down who makes mistakes', async () => {
    const manners = { unslowedErrors: 1, errorDelayMs: 1000 }
    const { peer, clock } = await introduced({ rcpt: () => false }, { manners })
    expect(await peer.ask('FOO\r\nMAIL FROM:<>\r\n', 2)).toBe('500 250')
    for (const said of ['FOO\r\n', 'RCPT TO:<b@y.test>\r\n']) {
      let state: 'silent' | 'answered' = 'silent'
      const asked = peer.ask(said)
      void asked.then(() => (state = 'answered'))
      await settle()
      clock.advance(900)
      await settle()
      expect(state).toBe('silent')
      clock.advance(200)
      expect(await asked).toMatch(/^5[05]0$/)
    }
  })

  it('wait for nobody who is gone', async () => {
    const { peer, session, server } = await introduced({}, { manners: { unslowedErrors: 0 } })
    await peer.say('FOO\r\n')
    await settle()
    server.destroy()
    await session.done
  })
})

describe('rates', () => {
  it('hold back connections, messages and recipients', async () => {
    const rates = new Rates({
      connections: { count: 2, perMs: 60_000 },
      messages: { count: 2, perMs: 60_000 },
      recipients: { count: 2, perMs: 60_000 },
    })
    const { peer } = await introduced({}, { rates })
    expect(await peer.ask('MAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\n', 5)).toBe(
      '250 250 250 250 450',
    )
    const other = await introduced({}, { rates, hostname: 'mx.test' })
    await other.peer.say('MAIL FROM:<>\r\n')
    expect(await other.peer.reply()).toBe('450 4.7.1 Too many messages, try again later')
    const third = setUp({}, { rates })
    expect(await third.peer.rest()).toBe('421 mx.test Too many connections\n')
    await third.session.done
  })

  it('count recipients whether they are accepted or not', async () => {
    const rates = new Rates({ recipients: { count: 2, perMs: 60_000 } })
    const { peer } = await introduced({ rcpt: ({ path }) => path.localPart === 'b' }, { rates })
    expect(await peer.ask(`${ENVELOPE}RCPT TO:<c@y.test>\r\nRCPT TO:<b@y.test>\r\n`, 4)).toBe('250 250 550 450')
  })
})

describe('serve', () => {
  it('listens, and says where', async () => {
    const server = await serve({ hostname: 'mx.test' }, { message: () => true })
    expect(server.url).toMatch(/^smtp:\/\/127\.0\.0\.1:[1-9][0-9]*$/)
    expect(server.address).toMatchObject({ family: 'IPv4', host: '127.0.0.1' })
    expect(server.connections).toBe(0)
    await server[Symbol.asyncDispose]()
  })

  it('says what it speaks', async () => {
    const server = await serve({ hostname: 'mx.test', protocol: 'lmtp' }, { message: () => true })
    expect(server.url).toMatch(/^lmtp:/)
    await server.close()
  })

  it('refuses what it cannot be', async () => {
    await expect(
      serve({ hostname: 'mx.test', limits: { maxErrors: Infinity } }, { message: () => true }),
    ).rejects.toThrow(RangeError)
    expect(() => serveConnection(pair()[0], { hostname: 'not a name' }, { message: () => true })).toThrow(RangeError)
  })
})
