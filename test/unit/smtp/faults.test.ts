/** Scripts, played on sessions over pairs in memory. */
import { describe, expect, it } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { faults } from '../../../src/smtp/faults.ts'
import type { FaultScript, ScriptedFault } from '../../../src/smtp/faults.ts'
import { refuse, reply } from '../../../src/smtp/reply.ts'
import { serveConnection } from '../../../src/smtp/server.ts'
import { FakeClock } from '../../support/clock.ts'
import { RawPeer } from '../../support/smtp-peer.ts'
import { settle } from '../../support/sockets.ts'

const ENVELOPE = 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n'
const BUSY = refuse(450, '4.2.1', 'Busy')

class Scene {
  readonly script: FaultScript
  readonly clock = new FakeClock()
  readonly kept: string[] = []
  readonly errors: Error[] = []

  constructor(...script: readonly ScriptedFault[]) {
    this.script = faults(script)
  }

  /** One more connection that plays the script; it has been greeted with `codes` already. */
  async join(greeting = '220 250'): Promise<RawPeer> {
    const timers = new TimerWheel({ clock: this.clock })
    const [client, server] = pair({ timers })
    const onError = (error: Error): void => void this.errors.push(error)
    serveConnection(
      server,
      { hostname: 'mx.test', timers, faults: this.script, onError },
      {
        message: async ({ body }) => {
          let text = ''
          for await (const chunk of body) text += Buffer.from(chunk).toString('latin1')
          this.kept.push(text)
        },
      },
    )
    const peer = new RawPeer(client)
    const [welcome = '', hello] = greeting.split(' ')
    expect(await peer.codes(1)).toBe(welcome)
    if (hello !== undefined) expect(await peer.ask('EHLO a.test\r\n')).toBe(hello)
    return peer
  }
}

describe('a script', () => {
  it('answers in place of the server: by command, by address, by ordinal', async () => {
    const scene = new Scene(
      { on: 'greeting', times: 1, reply: refuse(421, '4.3.2', 'Not now') },
      { on: 'mail', nth: 2, reply: BUSY },
      { on: 'rcpt', address: 'full@y.test', reply: reply(452, '4.2.2', 'Mailbox full') },
      { on: 'rcpt', address: /^gone.*@/g, reply: refuse(550, '5.1.1', 'Gone') },
      { on: 'noop', nth: 2, times: 2, reply: BUSY },
    )
    await scene.join('421')
    const peer = await scene.join()
    expect(await peer.ask('MAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\n', 4)).toBe('250 250 450 250')
    const recipients = ['full', 'gone1', 'gone2', 'b'].map((name) => `RCPT TO:<${name}@y.test>\r\n`).join('')
    expect(await peer.ask(recipients, 4)).toBe('452 550 550 250')
    expect(await peer.ask('NOOP\r\n'.repeat(5), 5)).toBe('250 450 450 250 250')
    expect(scene.script.unplayed).toEqual([])
    expect(scene.errors).toEqual([])
  })

  it('counts through all connections, or anew in each', async () => {
    const scene = new Scene(
      { on: 'noop', nth: 2, reply: BUSY },
      { on: 'rset', nth: 2, counted: 'session', reply: BUSY },
    )
    const said: string[] = []
    for (let session = 0; session < 2; session++) {
      const peer = await scene.join()
      said.push(await peer.ask('NOOP\r\nNOOP\r\nRSET\r\nRSET\r\n', 4))
    }
    expect(said).toEqual(['250 450 250 450', '250 250 250 450'])
  })

  it('takes its time, and then goes on as it would have', async () => {
    const scene = new Scene({ on: 'rcpt', delayMs: 5000 }, { on: 'data', delayMs: 1000, reply: BUSY })
    const peer = await scene.join()
    const asked = peer.ask(ENVELOPE, 2)
    let state: 'silent' | 'answered' = 'silent'
    void asked.then(() => (state = 'answered'))
    await settle()
    scene.clock.advance(4900)
    await settle()
    expect(state).toBe('silent')
    scene.clock.advance(200)
    expect(await asked).toBe('250 250')
    const refused = peer.ask('DATA\r\n')
    await settle()
    scene.clock.advance(1100)
    expect(await refused).toBe('450')
  })

  it.each(['close', 'reset'] as const)('hangs up at a command: %s', async (hangUp) => {
    const scene = new Scene({ on: 'rcpt', hangUp })
    const peer = await scene.join()
    expect(await peer.ask('MAIL FROM:<>\r\n')).toBe('250')
    expect(await peer.ask('RCPT TO:<b@y.test>\r\n')).toBe('end')
    expect(scene.errors).toEqual([])
  })

  it.each([0, 10])('hangs up in the middle of a message, at octet %i', async (afterBytes) => {
    const scene = new Scene({ on: 'content', nth: 2, afterBytes, hangUp: 'close' })
    for (const said of ['250', 'end']) {
      const peer = await scene.join()
      expect(await peer.ask(`${ENVELOPE}DATA\r\n`, 3)).toBe('250 250 354')
      for (let line = 0; line < 5; line++) await peer.say('0123456\r\n')
      expect(await peer.ask('.\r\n')).toBe(said)
    }
    expect(scene.kept).toHaveLength(1)
    expect(scene.errors).toEqual([])
  })

  it('holds a message up in its middle', async () => {
    const scene = new Scene({ on: 'content', afterBytes: 5, delayMs: 1000 })
    const peer = await scene.join()
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    const answered = peer.ask('0123456\r\n.\r\n')
    await settle()
    expect(scene.kept).toEqual([])
    scene.clock.advance(1100)
    expect(await answered).toBe('250')
    expect(scene.kept).toEqual(['0123456\r\n'])
  })

  it('refuses a message that its handler does not see', async () => {
    const scene = new Scene({ on: 'message', times: 1, reply: BUSY }, { on: 'message', delayMs: 10 })
    const peer = await scene.join()
    for (const [said, count] of [
      ['450', 0],
      ['250', 1],
    ] as const) {
      await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
      const answered = peer.ask('x\r\n.\r\n')
      await settle()
      scene.clock.advance(100)
      expect(await answered).toBe(said)
      expect(scene.kept).toHaveLength(count)
    }
  })

  it('keeps a message and loses the answer', async () => {
    const scene = new Scene({ on: 'message', hangUp: 'close' })
    const peer = await scene.join()
    await peer.ask(`${ENVELOPE}DATA\r\n`, 3)
    expect(await peer.ask('x\r\n.\r\n')).toBe('end')
    expect(scene.kept).toEqual(['x\r\n'])
  })

  it('tells what it has not played', async () => {
    const entry: ScriptedFault = { on: 'noop', nth: 2, reply: BUSY }
    const scene = new Scene(entry)
    const peer = await scene.join()
    await peer.ask('NOOP\r\n')
    expect(scene.script.unplayed).toEqual([entry])
    await peer.ask('NOOP\r\n')
    expect(scene.script.unplayed).toEqual([])
  })

  it('knows the bounce by its empty address', async () => {
    const scene = new Scene({ on: 'mail', address: '', reply: BUSY })
    const peer = await scene.join()
    expect(await peer.ask('MAIL FROM:<>\r\nMAIL FROM:<a@x.test>\r\n', 2)).toBe('450 250')
  })

  it.each<ScriptedFault>([
    { on: 'noop', nth: 0, reply: BUSY },
    { on: 'noop', times: 1.5, reply: BUSY },
    { on: 'noop', delayMs: -1 },
    { on: 'noop', delayMs: Infinity },
    { on: 'content', afterBytes: NaN, hangUp: 'close' },
  ])('refuses %o', (entry) => {
    expect(() => faults([entry])).toThrow(RangeError)
  })

  it('answers no message in its middle', () => {
    // @ts-expect-error A chunk is answered at its end.
    expect(() => faults([{ on: 'bdat', reply: BUSY }])).toThrow('bdat has no reply of its own')
    // @ts-expect-error And so is the message.
    expect(() => faults([{ on: 'content', reply: BUSY }])).toThrow('content has no reply of its own')
  })
})
