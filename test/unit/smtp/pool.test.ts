/** Pools over pairs in memory, with a server that says yes unless told otherwise. */
import { describe, expect, it } from 'vitest'
import { ConnectError } from '../../../src/net/errors.ts'
import { pair } from '../../../src/net/pair.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import type { OutgoingMessage } from '../../../src/smtp/message.ts'
import { Pool } from '../../../src/smtp/pool.ts'
import type { PoolOptions } from '../../../src/smtp/pool.ts'
import { FakeClock } from '../../support/clock.ts'
import { RawPeer } from '../../support/smtp-peer.ts'

const MESSAGE: OutgoingMessage = { from: 'a@x.test', to: 'b@y.test', message: 'x' }

/** What a server says to a command of a session, both counted from 0; `undefined` for yes, `vanish` for nothing ever again. */
type Opinion = (verb: string, session: number, message: number) => string | undefined

class Scene {
  readonly peers: RawPeer[] = []
  readonly clock = new FakeClock()
  readonly pool: Pool
  /** The sessions over which messages were sent, in order. */
  readonly sent: number[] = []
  /** Sessions that have ended. */
  ended = 0
  readonly #opinion: Opinion

  constructor(options: PoolOptions = {}, opinion: Opinion = () => undefined) {
    const timers = new TimerWheel({ clock: this.clock })
    this.#opinion = opinion
    const dial = (): Promise<ReturnType<typeof pair>[0]> => {
      const [socket, end] = pair({ timers })
      const peer = new RawPeer(end)
      void this.#serve(peer, this.peers.push(peer) - 1)
      return Promise.resolve(socket)
    }
    this.pool = new Pool('smtp://mx.test', { dial, timers, ...options })
  }

  async #serve(peer: RawPeer, session: number): Promise<void> {
    let message = 0
    await peer.say(`${this.#opinion('greeting', session, 0) ?? '220 mx.test'}\r\n`)
    for (let line = await peer.line(); line !== undefined; line = await peer.line()) {
      const verb = line.split(' ')[0] ?? ''
      const answer = this.#opinion(verb, session, message)
      if (answer === 'vanish') return peer.vanish()
      if (verb === '.') this.sent.push(session)
      if (verb === '.') message++
      if (verb !== 'x') await peer.say(`${answer ?? YES[verb] ?? '250'}\r\n`).catch(() => {})
    }
    this.ended++
  }
}

const YES: Readonly<Record<string, string>> = { DATA: '354', QUIT: '221' }

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a pool', () => {
  it('has as many sessions as it may, and sends over them in turn', async () => {
    const scene = new Scene({ maxConnections: 2 })
    expect(scene.pool.connections).toBe(0)
    const all = Array.from({ length: 6 }, () => scene.pool.send(MESSAGE))
    for (const result of await Promise.all(all)) expect(result.accepted).toHaveLength(1)
    expect(scene.peers).toHaveLength(2)
    expect(scene.sent).toHaveLength(6)
    expect(new Set(scene.sent)).toEqual(new Set([0, 1]))
    expect(scene.pool.connections).toBe(2)
    await scene.pool[Symbol.asyncDispose]()
    await settle()
    expect([scene.ended, scene.pool.connections]).toEqual([2, 0])
    await expect(scene.pool.send(MESSAGE)).rejects.toMatchObject({ code: 'NET_CLOSED' })
  })

  it('uses the session again that was used last', async () => {
    const scene = new Scene()
    for (let count = 0; count < 3; count++) await scene.pool.send(MESSAGE)
    expect(scene.sent).toEqual([0, 0, 0])
  })

  it('ends a session that has sent enough', async () => {
    const scene = new Scene({ maxConnections: 1, maxMessagesPerConnection: 2 })
    await Promise.all(Array.from({ length: 5 }, () => scene.pool.send(MESSAGE)))
    expect(scene.sent).toEqual([0, 0, 1, 1, 2])
  })

  it('ends a session that has waited for long', async () => {
    const scene = new Scene({ idleMs: 1000 })
    await scene.pool.send(MESSAGE)
    scene.clock.advance(900)
    await scene.pool.send(MESSAGE)
    scene.clock.advance(900)
    expect(scene.pool.connections).toBe(1)
    scene.clock.advance(200)
    expect(scene.pool.connections).toBe(0)
    await settle()
    expect(scene.ended).toBe(1)
    await scene.pool.send(MESSAGE)
    expect(scene.sent).toEqual([0, 0, 1])
  })

  it('sends all that it has when it is closed', async () => {
    const scene = new Scene({ maxConnections: 1 })
    const all = [scene.pool.send(MESSAGE), scene.pool.send(MESSAGE)]
    await scene.pool.close()
    await Promise.all(all)
    expect([scene.sent, scene.ended]).toEqual([[0, 0], 1])
  })

  it('goes on with a session that has refused a message', async () => {
    const scene = new Scene({ maxConnections: 1 }, (verb, _, message) =>
      verb === 'RCPT' && message === 0 ? '550 no' : verb === 'RSET' ? '250' : undefined,
    )
    await expect(scene.pool.send(MESSAGE)).rejects.toMatchObject({ code: 'SMTP_REPLY', command: 'RCPT' })
    await expect(scene.pool.send({ ...MESSAGE, to: [] })).rejects.toMatchObject({ code: 'SMTP_RECIPIENTS_NONE' })
    expect([scene.peers.length, scene.pool.connections]).toEqual([1, 1])
  })

  it('has no room for ever more that wait', async () => {
    const scene = new Scene({ maxConnections: 1, maxWaiting: 1 })
    const all = [scene.pool.send(MESSAGE), scene.pool.send(MESSAGE)]
    await expect(scene.pool.send(MESSAGE)).rejects.toMatchObject({ code: 'NET_REFUSED' })
    await Promise.all(all)
  })

  it('is left by who gives up', async () => {
    const scene = new Scene({ maxConnections: 1 })
    const [waiting, late] = [new AbortController(), new AbortController()]
    const first = scene.pool.send(MESSAGE)
    const failed = expect(scene.pool.send({ ...MESSAGE, signal: waiting.signal })).rejects.toMatchObject({
      code: 'NET_ABORTED',
    })
    late.abort()
    await expect(scene.pool.send({ ...MESSAGE, signal: late.signal })).rejects.toMatchObject({ code: 'NET_ABORTED' })
    waiting.abort()
    await Promise.all([failed, first])
    await scene.pool.send({ ...MESSAGE, signal: new AbortController().signal })
    expect(scene.sent).toEqual([0, 0])
  })

  it.each(['maxConnections', 'maxMessagesPerConnection', 'idleMs', 'maxWaiting'])('has a finite %s', (name) => {
    for (const value of [0, Infinity, NaN]) expect(() => new Pool('smtp://x', { [name]: value })).toThrow(RangeError)
  })
})

describe('a session that is of no more use', () => {
  it('frees its place for who waits, where it cannot even be made', async () => {
    let dials = 0
    const error = new ConnectError('mx.test:25', [])
    const scene = new Scene({ maxConnections: 1, dial: () => (dials++, Promise.reject(error)) })
    const all = [scene.pool.send(MESSAGE), scene.pool.send(MESSAGE)]
    for (const sending of all) await expect(sending).rejects.toBe(error)
    expect([dials, scene.pool.connections]).toEqual([2, 0])
  })

  it.each<[string, (peer: RawPeer) => unknown]>([
    ['has said what nobody asked for', (peer) => peer.say('250 surprise\r\n')],
    ['has closed', (peer) => peer.say('421 idle for too long\r\n')],
    ['is gone', (peer) => peer.vanish()],
  ])('is not used again when it %s', async (_, act) => {
    const scene = new Scene()
    await scene.pool.send(MESSAGE)
    await act(scene.peers[0] as RawPeer)
    await settle()
    await scene.pool.send(MESSAGE)
    expect(scene.sent).toEqual([0, 1])
  })

  it.each(['vanish', '421 bye'])('is found out by its answer to a message: %s', async (answer) => {
    for (const verb of ['MAIL', 'RCPT', 'DATA']) {
      const scene = new Scene({ maxConnections: 1 }, (said, session, message) =>
        said === verb && session === 0 && message === 1 ? answer : undefined,
      )
      await scene.pool.send(MESSAGE)
      await scene.pool.send(MESSAGE)
      expect(scene.sent).toEqual([0, 1])
      expect(scene.pool.connections).toBe(1)
    }
  })

  it('is replaced where the server takes no more in one', async () => {
    const scene = new Scene({ maxConnections: 1 }, (verb) =>
      verb === 'EHLO' ? '250-mx.test\r\n250 LIMITS MAILMAX=1' : undefined,
    )
    await scene.pool.send(MESSAGE)
    await scene.pool.send(MESSAGE)
    expect(scene.sent).toEqual([0, 1])
  })

  it.each<[string, string, number, string]>([
    ['on a new session', 'MAIL', 0, 'vanish'],
    ['on a new session', 'RCPT', 0, '421 bye'],
    ['when the content was on its way', '.', 1, 'vanish'],
    ['when the content was on its way', '.', 1, '421 bye'],
    ['when the server makes no sense', 'RCPT', 1, '354 go'],
  ])('is not tried again %s', async (_, verb, message, answer) => {
    const scene = new Scene({ maxConnections: 1 }, (said, __, at) =>
      said === verb && at === message ? answer : undefined,
    )
    for (let count = 0; count < message; count++) await scene.pool.send(MESSAGE)
    await expect(scene.pool.send(MESSAGE)).rejects.toMatchObject({ code: /SMTP_|NET_/ })
    expect(scene.peers).toHaveLength(1)
    expect(scene.pool.connections).toBe(0)
  })
})
