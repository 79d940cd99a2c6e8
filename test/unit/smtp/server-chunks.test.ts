/** Messages in chunks (RFC 3030), and a verdict for each recipient (RFC 2033). */
import { describe, expect, it } from 'vitest'
import type { MessageContext, MessageVerdict, ServerHandlers } from '../../../src/smtp/handlers.ts'
import { refuse } from '../../../src/smtp/reply.ts'
import { settle } from '../../support/sockets.ts'
import { begun, ENVELOPE, Scene } from './server-session.ts'
import type { SceneOptions } from './server-session.ts'

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of body) text += Buffer.from(chunk).toString('latin1')
  return text
}

describe('a message in chunks', () => {
  it.each([
    ['whole', undefined],
    ['octet by octet', (bytes: Buffer): Buffer[] => Array.from(bytes, (octet) => Buffer.of(octet))],
  ])('is one body, %s', async (_, cut) => {
    const scene = new Scene({}, cut === undefined ? {} : { cut })
    expect(await scene.begin()).toContain('CHUNKING')
    expect(await scene.peer.ask(ENVELOPE, 2)).toBe('250 250')
    expect(await scene.peer.ask('BDAT 3\r\na\r\nBDAT 5\r\n.\r\n.\rBDAT 0\r\n', 3)).toBe('250 250 250')
    expect(await scene.peer.ask('NOOP\r\nVRFY x\r\n', 2)).toBe('250 252')
    expect(await scene.peer.ask('BDAT 4 LAST\r\n\nz\r\n', 1)).toBe('250')
    expect(scene.kept).toEqual(['a\r\n.\r\n.\r\nz\r\n'])
    expect(await scene.peer.ask(`${ENVELOPE}BDAT 3 LAST\r\nb\r\n`, 3)).toBe('250 250 250')
    expect(await scene.peer.ask(`${ENVELOPE}DATA\r\n`, 3)).toBe('250 250 354')
    expect(await scene.peer.ask('c\r\n.\r\n')).toBe('250')
    expect(scene.kept.slice(1)).toEqual(['b\r\n', 'c\r\n'])
    expect(scene.errors).toEqual([])
  })

  it('holds the client back at the pace of its handler', async () => {
    let go = (): void => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const kept: number[] = []
    const scene = await begun({
      message: async ({ body }) => {
        await gate
        kept.push((await read(body)).length)
      },
    })
    await scene.peer.ask(ENVELOPE, 2)
    const piece = Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(64))
    const feed = async (): Promise<void> => {
      await scene.peer.say(`BDAT ${piece.length * 20} LAST\r\n`)
      for (let count = 0; count < 20; count++) await scene.client.write([piece])
    }
    const feeding = feed()
    await settle()
    expect(scene.server.bytesRead).toBeLessThan(400_000)
    go()
    await feeding
    expect(await scene.peer.codes(1)).toBe('250')
    expect(kept).toEqual([piece.length * 20])
  })

  it('may be refused before it is whole', async () => {
    const scene = await begun({ message: () => refuse(552, '5.2.2', 'Mailbox full') })
    await scene.peer.ask(ENVELOPE, 2)
    expect(await scene.peer.ask('BDAT 3\r\na\r\n')).toBe('250')
    expect(await scene.peer.ask('BDAT 3 LAST\r\nb\r\nNOOP\r\n', 2)).toBe('552 250')
    const broken = await begun({
      message: async ({ body }) => {
        for await (const chunk of body) if (chunk.length > 0) throw new Error('disk')
      },
    })
    await broken.peer.ask(ENVELOPE, 2)
    expect(await broken.peer.ask('BDAT 3\r\na\r\nBDAT 3\r\nb\r\nBDAT 0 LAST\r\nNOOP\r\n', 4)).toBe('250 250 451 250')
    expect(broken.errors).toHaveLength(1)
  })

  it.each(['RSET\r\n', 'EHLO b.test\r\n'])('is given up by %j, and nothing is kept', async (said) => {
    const seen: unknown[] = []
    const scene = await begun({
      message: async ({ body }) => {
        await read(body).catch((error: unknown) => {
          seen.push(error)
          throw error
        })
      },
    })
    await scene.peer.ask(ENVELOPE, 2)
    expect(await scene.peer.ask('BDAT 3\r\na\r\n')).toBe('250')
    expect(await scene.peer.ask(said)).toBe('250')
    await settle()
    expect(seen).toEqual([expect.objectContaining({ code: 'SMTP_MESSAGE_ABANDONED' })])
    expect(await scene.peer.ask(`${ENVELOPE}BDAT 3\r\nb\r\n`, 3)).toBe('250 250 250')
    await scene.end()
    expect(seen).toHaveLength(2)
    expect(scene.errors).toEqual([])
  })

  it('is lost with the client, wherever that is', async () => {
    for (const said of ['BDAT 3\r\na\r\n', 'BDAT 3\r\na', 'BDAT 3\r\na\r\nBDAT 5 LAST\r\nb']) {
      for (const message of [
        async ({ body }: MessageContext): Promise<void> => void (await read(body)),
        (): Promise<void> => new Promise(() => {}),
      ]) {
        const scene = await begun({ message })
        await scene.peer.ask(ENVELOPE, 2)
        await scene.peer.say(said)
        await settle()
        scene.server.destroy()
        await scene.session.done
        expect(scene.errors).toEqual([])
      }
    }
  })

  it('that is too big is refused, and so is what follows', async () => {
    const scene = await begun({}, { limits: { maxMessageBytes: 10 } })
    await scene.peer.ask(ENVELOPE, 2)
    expect(await scene.peer.ask('BDAT 6\r\nabcd\r\nBDAT 8\r\nabcdef\r\n', 2)).toBe('250 552')
    expect(await scene.peer.ask('BDAT 3 LAST\r\na\r\nRSET\r\n', 2)).toBe('503 250')
    expect(scene.kept).toEqual([])
    expect(scene.errors).toEqual([])
  })

  it('waits between two chunks as long as for any command', async () => {
    const scene = await begun({}, { timeouts: { blockMs: 1000, commandMs: 10_000 } })
    await scene.peer.ask(ENVELOPE, 2)
    expect(await scene.peer.ask('BDAT 3\r\na\r\n')).toBe('250')
    await settle()
    scene.clock.advance(9000)
    expect(await scene.peer.ask('BDAT 3 LAST\r\nb\r\n')).toBe('250')
    await scene.peer.ask(ENVELOPE, 2)
    await scene.peer.ask('BDAT 3\r\na\r\n')
    await settle()
    scene.clock.advance(11_000)
    expect(await scene.peer.rest()).toContain('421 4.4.2')
    await scene.session.done
    expect(scene.kept).toEqual(['a\r\nb\r\n'])
  })
})

describe('LMTP', () => {
  const THREE = 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\nRCPT TO:<B@y.test>\r\n'

  async function introduced(message: ServerHandlers['message'], options: SceneOptions = {}): Promise<Scene> {
    const scene = new Scene({ message }, { protocol: 'lmtp', ...options })
    expect(await scene.peer.reply()).toBe('220 mx.test LMTP')
    expect(await scene.peer.ask('EHLO a.test\r\nLHLO a.test\r\n', 1)).toMatch(/^50/)
    expect(await scene.peer.codes(1)).toBe('250')
    return scene
  }

  it.each<[string, MessageVerdict, string]>([
    ['nothing', undefined, '250 250 250'],
    ['no', false, '554 554 554'],
    ['another thing of each', [true, refuse(452, '4.2.2', 'Full'), undefined], '250 452 250'],
    ['too little', [true, true], '451 451 451'],
    ['too much', [true, true, true, true], '451 451 451'],
    ['that it goes', [true, refuse(421, '4.3.2', 'Gone'), true], '250 421 end'],
  ])('answers for each recipient, where the handler says %s', async (_, verdict, codes) => {
    for (const message of ['DATA', 'BDAT']) {
      const scene = await introduced(async ({ body }) => {
        await read(body)
        return verdict
      })
      await scene.peer.ask(THREE, 4)
      if (message === 'DATA') await scene.peer.ask('DATA\r\n')
      await scene.peer.say(message === 'DATA' ? 'x\r\n.\r\n' : 'BDAT 3 LAST\r\nx\r\n')
      expect(await scene.peer.codes(3)).toBe(codes)
      expect(scene.errors).toHaveLength(codes.startsWith('451') ? 1 : 0)
    }
  })

  it('refuses for each what is refused for its content', async () => {
    const scene = await introduced(async ({ body }) => void (await read(body).catch(() => {})))
    await scene.peer.ask(THREE, 4)
    await scene.peer.ask('DATA\r\n')
    expect(await scene.peer.ask('x\ny\r\n.\r\nNOOP\r\n', 4)).toBe('554 554 554 250')
  })

  it('is not SMTP: of a message there is one thing to say', async () => {
    for (const [verdict, said] of [
      [[true, true], '451'],
      [[false], '554'],
    ] as const) {
      const scene = await begun({ message: () => verdict })
      await scene.peer.ask(`${ENVELOPE}RCPT TO:<c@y.test>\r\nDATA\r\n`, 4)
      expect(await scene.peer.ask('x\r\n.\r\n')).toBe(said)
    }
  })
})
