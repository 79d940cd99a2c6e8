/** What becomes of each recipient: several transactions for one message, and what is known when one is broken off. */
import { describe, expect, it } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import { Client } from '../../../src/smtp/client.ts'
import type { OutgoingMessage } from '../../../src/smtp/message.ts'
import { RawPeer } from '../../support/smtp-peer.ts'

const MESSAGE: OutgoingMessage = { from: 'a@x.test', to: ['b@y.test', 'c@y.test', 'd@z.test'], message: 'x' }
const TRANSACTION = ['MAIL FROM:<a@x.test>', 'DATA', 'x', '.']

async function connected(...offered: readonly string[]): Promise<{ client: Client; peer: RawPeer }> {
  const [socket, end] = pair()
  const peer = new RawPeer(end)
  const opening = Client.on(socket)
  await peer.say('220 mx.test\r\n')
  await peer.line()
  await peer.say(['mx.test', ...offered].map((line, at) => `250${at < offered.length ? '-' : ' '}${line}\r\n`).join(''))
  return { client: await opening, peer }
}

async function hears(peer: RawPeer, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) expect(await peer.line()).toBe(line)
}

function rcpt(...addresses: readonly string[]): string[] {
  return addresses.map((address) => `RCPT TO:<${address}>`)
}

const [MAIL, DATA, ...CONTENT] = TRANSACTION as [string, string, ...string[]]

describe('a message for more than the server takes at once', () => {
  it('goes in as many transactions as RCPTMAX makes necessary', async () => {
    const { client, peer } = await connected('PIPELINING', 'LIMITS RCPTMAX=2')
    const sending = client.send(MESSAGE)
    await hears(peer, MAIL, ...rcpt('b@y.test', 'c@y.test'), DATA)
    await peer.say('250\r\n250\r\n550 no\r\n354\r\n')
    await hears(peer, ...CONTENT)
    await peer.say('250 first\r\n')
    await hears(peer, MAIL, ...rcpt('d@z.test'), DATA)
    await peer.say('250\r\n250\r\n354\r\n')
    await hears(peer, ...CONTENT)
    await peer.say('250 second\r\n')
    expect(await sending).toMatchObject({
      accepted: [{ address: 'b@y.test' }, { address: 'd@z.test' }],
      refused: [{ address: 'c@y.test', reply: { code: 550 } }],
      reply: { text: ['second'] },
    })
  })

  it.each(['452 too many', '552 too many', '452 4.5.3 too many', '552 5.5.3 too many'])(
    'goes again to those who were refused with %s',
    async (refusal) => {
      const { client, peer } = await connected('PIPELINING')
      const sending = client.send(MESSAGE)
      await hears(peer, MAIL, ...rcpt('b@y.test', 'c@y.test', 'd@z.test'), DATA)
      await peer.say(`250\r\n250\r\n${refusal}\r\n${refusal}\r\n354\r\n`)
      await hears(peer, ...CONTENT)
      await peer.say('250\r\n')
      await hears(peer, MAIL, ...rcpt('c@y.test', 'd@z.test'), DATA)
      await peer.say('250\r\n250\r\n550 no\r\n354\r\n')
      await hears(peer, ...CONTENT)
      await peer.say('250\r\n')
      expect(await sending).toMatchObject({
        accepted: [{ address: 'b@y.test' }, { address: 'c@y.test' }],
        refused: [{ address: 'd@z.test', reply: { code: 550 } }],
      })
    },
  )

  it.each<[string, string, OutgoingMessage['message']]>([
    ['nobody was accepted', '250\r\n452 full\r\n452 full\r\n452 full\r\n503\r\n', 'x'],
    ['it says that of something else', '250\r\n550 no\r\n452 4.3.1 full\r\n452 4.2.2 full\r\n503\r\n', 'x'],
  ])('is refused where %s', async (_, replies, message) => {
    const { client, peer } = await connected('PIPELINING')
    const failed = expect(client.send({ ...MESSAGE, message })).rejects.toMatchObject({
      command: 'RCPT',
      refused: [{ address: 'b@y.test' }, { address: 'c@y.test' }, { address: 'd@z.test' }],
    })
    await hears(peer, MAIL, ...rcpt('b@y.test', 'c@y.test', 'd@z.test'), DATA)
    await peer.say(replies)
    await hears(peer, 'RSET')
    await peer.say('250\r\n')
    await failed
  })

  it('does not go again where its content can be read only once', async () => {
    const { client, peer } = await connected('PIPELINING')
    const sending = client.send({ ...MESSAGE, message: ['x'] })
    await hears(peer, MAIL, ...rcpt('b@y.test', 'c@y.test', 'd@z.test'), DATA)
    await peer.say('250\r\n250\r\n452\r\n452\r\n354\r\n')
    await hears(peer, ...CONTENT)
    await peer.say('250\r\n')
    expect(await sending).toMatchObject({ accepted: [{}], refused: [{}, { reply: { code: 452 } }] })
    const limited = await connected('LIMITS RCPTMAX=2')
    const refusal = { code: 'SMTP_SEND_RECIPIENTS', side: 'local' }
    await expect(limited.client.send({ ...MESSAGE, message: ['x'] })).rejects.toMatchObject(refusal)
  })

  it.each<[string, string, number]>([
    ['LIMITS MAILMAX=1 RCPTMAX=3', 'SMTP_SESSION_FULL', 1],
    ['LIMITS RCPTDOMAINMAX=2', '', 2],
    // Malformed limits are none (RFC 9422 §3.7).
    ['LIMITS MAILMAX=0 RCPTMAX=01 RCPTDOMAINMAX=1=1 MAILMAX', '', 2],
    ['LIMITS RCPTMAX=1000000 MAILMAX=x', '', 2],
  ])('under %j', async (limits, code, messages) => {
    const { client, peer } = await connected('PIPELINING', limits)
    for (let sent = 0; sent < messages; sent++) {
      const sending = client.send(MESSAGE)
      await hears(peer, MAIL, ...rcpt('b@y.test', 'c@y.test', 'd@z.test'), DATA)
      await peer.say('250\r\n250\r\n250\r\n250\r\n354\r\n')
      await hears(peer, ...CONTENT)
      await peer.say('250\r\n')
      await sending
    }
    if (code !== '') await expect(client.send(MESSAGE)).rejects.toMatchObject({ code, side: 'local' })
    if (limits.endsWith('RCPTDOMAINMAX=2')) {
      await expect(client.send({ ...MESSAGE, to: 'e@w.test' })).rejects.toMatchObject({ code: 'SMTP_SESSION_FULL' })
    }
  })

  it('is refused to all where it is refused as a message, or the session ends', async () => {
    for (const [replies, command] of [
      ['250\r\n250\r\n354\r\n', 'message'],
      ['250\r\n421 closing\r\n', 'RCPT'],
      ['250\r\n250\r\n451 no\r\n', 'DATA'],
    ] as const) {
      const { client, peer } = await connected('PIPELINING', 'LIMITS RCPTMAX=1')
      const sending = client.send(MESSAGE)
      await hears(peer, MAIL, ...rcpt('b@y.test'), DATA)
      await peer.say('250\r\n250\r\n354\r\n')
      await hears(peer, ...CONTENT)
      await peer.say('250\r\n')
      await hears(peer, MAIL, ...rcpt('c@y.test'), DATA)
      await peer.say(replies)
      if (command === 'message') await hears(peer, ...CONTENT)
      if (command === 'message') await peer.say('554 no\r\n')
      if (command === 'DATA') await hears(peer, 'RSET')
      if (command === 'DATA') await peer.say('250\r\n')
      expect(await sending).toMatchObject({
        accepted: [{ address: 'b@y.test' }],
        refused: [{ address: 'c@y.test' }, { address: 'd@z.test' }],
      })
    }
  })

  it('goes on to the others where one group is refused', async () => {
    const { client, peer } = await connected('LIMITS RCPTMAX=2')
    const sending = client.send(MESSAGE)
    for (const [line, reply] of [
      [MAIL, '250'],
      [rcpt('b@y.test')[0], '550'],
      [rcpt('c@y.test')[0], '550'],
      ['RSET', '250'],
      [MAIL, '250'],
      [rcpt('d@z.test')[0], '250'],
      [DATA, '354'],
    ]) {
      await hears(peer, line as string)
      await peer.say(`${reply}\r\n`)
    }
    await hears(peer, ...CONTENT)
    await peer.say('250\r\n')
    expect(await sending).toMatchObject({ accepted: [{ address: 'd@z.test' }], refused: [{}, {}] })
  })
})

describe('a great many recipients', () => {
  const to = Array.from({ length: 250 }, (_, index) => `u${index}@y.test`)

  it('go in groups, each read before the next', async () => {
    const { client, peer } = await connected('PIPELINING')
    const sending = client.send({ ...MESSAGE, to })
    for (const [from, until] of [
      [0, 99],
      [99, 199],
      [199, 250],
    ] as const) {
      if (from === 0) await hears(peer, MAIL)
      await hears(peer, ...rcpt(...to.slice(from, until)))
      if (until === 250) await hears(peer, DATA)
      await peer.say(`${'250\r\n'.repeat(until - from + (from === 0 ? 1 : 0))}${until === 250 ? '354\r\n' : ''}`)
    }
    await hears(peer, ...CONTENT)
    await peer.say('250\r\n')
    expect((await sending).accepted).toHaveLength(250)
  })

  it('are not named to a server that refuses the sender', async () => {
    const { client, peer } = await connected('PIPELINING')
    const failed = expect(client.send({ ...MESSAGE, to })).rejects.toMatchObject({ command: 'MAIL' })
    await hears(peer, MAIL, ...rcpt(...to.slice(0, 99)))
    await peer.say(`550 no\r\n${'503\r\n'.repeat(99)}`)
    await hears(peer, 'RSET')
    await peer.say('250\r\n')
    await failed
  })
})

describe('what is known when it is broken off', () => {
  async function broken(
    replies: readonly string[],
    then: (peer: RawPeer, controller: AbortController) => unknown,
  ): Promise<unknown> {
    const controller = new AbortController()
    const { client, peer } = await connected('PIPELINING', 'LIMITS RCPTMAX=2')
    const sending = client.send({ ...MESSAGE, signal: controller.signal }).catch((error: unknown) => error)
    await hears(peer, MAIL, ...rcpt('b@y.test', 'c@y.test'), DATA)
    for (const reply of replies) {
      await peer.say(reply)
      if (reply.endsWith('354\r\n')) await hears(peer, ...CONTENT)
      else if (reply === '250\r\n') await hears(peer, MAIL, ...rcpt('d@z.test'), DATA)
    }
    await then(peer, controller)
    return await sending
  }
  const TAKEN = '250\r\n250\r\n550\r\n354\r\n'

  it.each<[string, string[], object]>([
    ['before the envelope is answered', [], { accepted: [], refused: [], fate: 'unsent' }],
    ['before the content is answered', [TAKEN], { accepted: [], refused: [{}], fate: 'unknown' }],
    [
      'between two transactions',
      [TAKEN, '250\r\n'],
      { accepted: [{ address: 'b@y.test' }], refused: [{ address: 'c@y.test' }], fate: 'unsent' },
    ],
    [
      'before the second is answered',
      [TAKEN, '250\r\n', '250\r\n250\r\n354\r\n'],
      { accepted: [{ address: 'b@y.test' }], refused: [{ address: 'c@y.test' }], fate: 'unknown' },
    ],
  ])('%s', async (_, replies, known) => {
    expect(await broken(replies, (peer) => peer.vanish())).toMatchObject({ ...known, name: 'SmtpSendError' })
    expect(await broken(replies, (__, controller) => controller.abort())).toMatchObject({
      ...known,
      code: 'NET_ABORTED',
    })
  })

  it('a source that never gives anything is not waited for', async () => {
    const controller = new AbortController()
    const { client, peer } = await connected('PIPELINING')
    const never: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<string>>(() => {}) }),
    }
    const sending = client.send({ ...MESSAGE, to: 'b@y.test', message: never, signal: controller.signal })
    const failed = expect(sending).rejects.toMatchObject({ code: 'NET_ABORTED', fate: 'cut' })
    await hears(peer, MAIL, ...rcpt('b@y.test'), DATA)
    await peer.say('250\r\n250\r\n354\r\n')
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    await failed
    expect(await peer.line()).toBeUndefined()
  })
})

it('tells of its progress', async () => {
  const { client, peer } = await connected('PIPELINING')
  const told: number[] = []
  const message = {
    ...MESSAGE,
    to: 'b@y.test',
    message: ['ab\r\n', 'c'],
    onProgress: (bytes: number) => told.push(bytes),
  }
  const sending = client.send(message)
  await hears(peer, MAIL, ...rcpt('b@y.test'), DATA)
  await peer.say('250\r\n250\r\n354\r\n')
  await hears(peer, 'ab', 'c', '.')
  await peer.say('250\r\n')
  await sending
  expect(told).toEqual([4, 5])
})

it.each<[object, string]>([
  [{ parameters: { SIZE: -1 } }, 'SMTP_SEND_PARAMETER'],
  [{ parameters: { BODY: '8BITMIME' } }, 'SMTP_NOT_OFFERED'],
  [{ to: [{ address: 'b@y.test', parameters: { SIZE: 5 } }] }, 'SMTP_SEND_PARAMETER'],
  [{ to: { address: 'b@y.test\r\nRSET' } }, 'SMTP_SEND_PATH'],
])('says nothing of a message with %j', async (more, code) => {
  const { client, peer } = await connected('PIPELINING', 'SIZE')
  await expect(client.send({ ...MESSAGE, ...more })).rejects.toMatchObject({ code, side: 'local' })
  void client.quit()
  expect(await peer.line()).toBe('QUIT')
  await peer.say('221\r\n')
})

describe('a server that refuses, and is gone', () => {
  const ONE = { ...MESSAGE, to: 'b@y.test' }
  const refusal = (command: string, code: number): object => ({ code: 'SMTP_REPLY', command, reply: { code } })

  it('is believed, although the session cannot go on', async () => {
    const { client, peer } = await connected('PIPELINING')
    const sending = client.send(ONE)
    await hears(peer, MAIL, ...rcpt('b@y.test'), DATA)
    await peer.say('250\r\n550 no such user\r\n503\r\n')
    await peer.end()
    await expect(sending).rejects.toMatchObject(refusal('RCPT', 550))
    await expect(client.send(ONE)).rejects.toMatchObject({ code: 'SMTP_CUT_SHORT' })
  })

  it('is believed in the middle of a message in chunks', async () => {
    const { client, peer } = await connected('PIPELINING', 'CHUNKING')
    const pieces = [Buffer.alloc(262_144, 'x'), Buffer.alloc(262_144, 'x')]
    const sending = client.send({ ...ONE, message: pieces, body: '7BIT' })
    await hears(peer, MAIL, ...rcpt('b@y.test'))
    await peer.say('250\r\n250\r\n')
    await hears(peer, 'BDAT 262144')
    await peer.say('552 too big\r\n554 what is this\r\n')
    await peer.end()
    await expect(sending).rejects.toMatchObject(refusal('BDAT', 552))
  })
})
