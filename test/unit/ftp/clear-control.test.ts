/** CCC at both ends (RFC 4217 §5): who may, what stays as it was, and that nothing passes from one layer into the other. */
import { once } from 'node:events'
import { connect as connectRaw, createServer, type AddressInfo, type Socket as NodeSocket } from 'node:net'
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectOptions } from '../../../src/ftp/client-options.ts'
import { connect, type Client } from '../../../src/ftp/client.ts'
import type { TransferEvent } from '../../../src/ftp/handlers.ts'
import { serve, type Server } from '../../../src/ftp/server.ts'
import type { ServeOptions } from '../../../src/ftp/server-options.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import type { Storage } from '../../../src/ftp/storage/storage.ts'
import { dial } from '../../../src/net/dial.ts'
import type { Socket } from '../../../src/net/socket.ts'
import { cutAt } from '../../support/splits.ts'
import { CA, LOCALHOST } from '../../support/tls.ts'
import { putFile } from '../../support/ftp-files.ts'
import { turn } from '../../support/ftp-stage.ts'
import { leaveNothingUnhandled } from '../../support/unhandled.ts'

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

let storage: Storage
let server: Server | undefined
let events: TransferEvent[]
let cleanup: (() => void)[] = []

leaveNothingUnhandled()

beforeEach(() => {
  storage = memory()
  events = []
})

afterEach(async () => {
  for (const clean of cleanup) clean()
  cleanup = []
  await server?.close({ graceMs: 0 })
  server = undefined
  await turn()
})

async function start(tls: Partial<NonNullable<ServeOptions['tls']>> = {}, options: ServeOptions = {}): Promise<Server> {
  server = await serve(
    { tls: { ...LOCALHOST, clearing: 'allowed', ...tls }, ...options },
    {
      login: ({ user, password }) => (user === 'joe' && password === 'secret' ? storage : undefined),
      transfer: (event) => void events.push(event),
    },
  )
  return server
}

const put = (name: string): Promise<void> => putFile(storage, [name], 'hello')

function secureContext(version: (typeof VERSIONS)[number]): ReturnType<typeof createSecureContext> {
  return createSecureContext({ ca: CA, minVersion: version, maxVersion: version })
}

/** A client that speaks by hand, on a socket that can leave TLS. */
class Hand {
  readonly socket: Socket
  /** The last reply. */
  last = ''
  #heard = ''

  constructor(socket: Socket) {
    this.socket = socket
    cleanup.push(() => socket.destroy())
  }

  static async secured(at: Server, version: (typeof VERSIONS)[number] = 'TLSv1.3'): Promise<Hand> {
    const hand = new Hand(await dial({ host: '127.0.0.1', port: Number(new URL(at.url).port) }))
    await hand.hear()
    await hand.ask('AUTH TLS')
    const context = secureContext(version)
    await hand.socket.upgradeTls('client', { context, servername: 'localhost', mayClear: true })
    return hand
  }

  static async loggedIn(at: Server, version?: (typeof VERSIONS)[number]): Promise<Hand> {
    const hand = await Hand.secured(at, version)
    for (const line of ['USER joe', 'PASS secret', 'PBSZ 0', 'PROT P']) await hand.ask(line)
    return hand
  }

  /** The code of the next reply; 0 where there is none. */
  async hear(): Promise<number> {
    for (;;) {
      const match = /^(?:(\d{3}) [^\n]*|(\d{3})-[^]*?\r\n\2 [^\n]*)\r\n/.exec(this.#heard)
      if (match !== null) {
        this.#heard = this.#heard.slice(match[0].length)
        this.last = match[0]
        return Number(match[0].slice(0, 3))
      }
      const chunk = await this.socket.read().catch(() => undefined)
      if (chunk === undefined) return 0
      this.#heard += chunk.toString('latin1')
    }
  }

  async ask(line: string): Promise<number> {
    this.socket.push([Buffer.from(`${line}\r\n`)])
    return this.hear()
  }

  async clear(): Promise<void> {
    expect(await this.ask('CCC')).toBe(200)
    await this.socket.clearTls()
  }
}

describe('a server', () => {
  it('refuses, unless it is told otherwise', async () => {
    const hand = await Hand.loggedIn(await start({ clearing: 'refused' }))
    expect(await hand.ask('CCC')).toBe(534)
    expect(await hand.ask('FEAT')).toBe(211)
    expect(hand.last).not.toContain('CCC')
    expect(await hand.ask('CCC now')).toBe(501)
  })

  it('has it behind the login alone, and under TLS alone', async () => {
    const hand = await Hand.secured(await start({ required: 'never' }))
    expect(await hand.ask('CCC')).toBe(534)
    expect(await hand.ask('USER joe')).toBe(331)
    expect(await hand.ask('CCC')).toBe(534)
    expect(await hand.ask('FEAT')).toBe(211)
    expect(hand.last).toContain('\r\n CCC\r\n')
    const clear = new Hand(await dial({ host: '127.0.0.1', port: Number(new URL(server?.url ?? '').port) }))
    await clear.hear()
    expect(await clear.ask('USER joe')).toBe(331)
    expect(await clear.ask('PASS secret')).toBe(230)
    expect(await clear.ask('CCC')).toBe(533)
  })

  it.each(VERSIONS)('goes on in the clear, for good, %s', async (version) => {
    const hand = await Hand.loggedIn(await start(), version)
    await hand.clear()
    expect(hand.socket.tls).toBeUndefined()
    for (const [line, code] of [
      ['PWD', 257],
      ['AUTH TLS', 503],
      ['PBSZ 0', 503],
      ['PROT C', 503],
      ['CCC', 533],
      ['EPSV', 229],
      // Nobody says a password in the clear here.
      ['USER joe', 530],
      ['QUIT', 221],
    ] as const)
      expect(await hand.ask(line), line).toBe(code)
  })

  it('tells of nobody within TLS any more', async () => {
    const ftp = await connect((await start()).url.replace('//', '//joe:secret@'), {
      tls: { ca: CA, servername: 'localhost', control: 'clear' },
    })
    cleanup.push(() => ftp.destroy())
    await ftp.put('/a', 'hello')
    expect(events.map(({ outcome, peer }) => [outcome, peer.tls])).toEqual([['complete', undefined]])
  })

  it.each(VERSIONS)('obeys nothing that comes within TLS behind CCC, wherever it is cut, %s', async (version) => {
    await put('a')
    const at = await start()
    const octets = Buffer.from('CCC\r\nDELE a\r\n')
    for (let cut = 0; cut < octets.length; cut++) {
      const hand = await Hand.loggedIn(at, version)
      for (const piece of cutAt(octets, [cut])) {
        hand.socket.push([piece])
        await turn()
      }
      const codes: number[] = []
      for (let code = await hand.hear(); code !== 0; code = await hand.hear()) codes.push(code)
      expect([[421], [200], []], `cut at ${cut}`).toContainEqual(codes)
    }
    expect((await storage.stat(['a'])).type).toBe('file')
  })

  it.each(VERSIONS)(
    'obeys nothing that comes in the clear before TLS has ended, wherever it is cut, %s',
    async (version) => {
      await put('a')
      const at = await start()
      const octets = Buffer.from('DELE a\r\n')
      for (let cut = 0; cut < octets.length; cut++) {
        const { raw, secured } = await byHand(at, version)
        expect(await answer(secured, 'CCC')).toMatch(/^200 /)
        for (const piece of cutAt(octets, [cut])) {
          raw.write(piece)
          await turn()
        }
        while (at.connections > 0) await turn()
      }
      expect((await storage.stat(['a'])).type).toBe('file')
    },
  )

  it.each(VERSIONS)('goes on with who has said no close_notify where that is forgiven, %s', async (version) => {
    await put('a')
    const at = await start({}, { leniency: { clearWithoutCloseNotify: 'accept' } })
    const { raw, secured } = await byHand(at, version)
    expect(await answer(secured, 'CCC')).toMatch(/^200 /)
    await once(secured.resume(), 'end')
    raw.write('DELE a\r\n')
    for (let round = 0; round < 1000 && (await exists('a')); round++) await turn()
    expect(await exists('a')).toBe(false)
  })

  it('waits for the end of TLS only for a time', async () => {
    const at = await start({ handshakeTimeoutMs: 300 })
    const hand = await Hand.loggedIn(at)
    expect(await hand.ask('CCC')).toBe(200)
    // The server has ended its side, and waits.
    expect(await hand.hear()).toBe(0)
    expect(at.connections).toBe(1)
    while (at.connections > 0) await turn()
  })
})

async function exists(name: string): Promise<boolean> {
  return storage.stat([name]).then(
    () => true,
    () => false,
  )
}

/** A client by Node alone, logged in under TLS: what is written to `raw` goes past TLS. */
async function byHand(
  at: Server,
  version: (typeof VERSIONS)[number],
): Promise<{ readonly raw: NodeSocket; readonly secured: TLSSocket }> {
  const raw = connectRaw({ port: Number(new URL(at.url).port), host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  cleanup.push(() => raw.destroy())
  raw.on('error', () => {})
  await once(raw, 'data')
  raw.write('AUTH TLS\r\n')
  await once(raw, 'data')
  const secured = connectTls({ socket: raw, secureContext: secureContext(version), servername: 'localhost' })
  secured.on('error', () => {})
  await once(secured, 'secureConnect')
  for (const line of ['USER joe', 'PASS secret', 'PBSZ 0', 'PROT P']) await answer(secured, line)
  return { raw, secured }
}

async function answer(socket: NodeSocket, line: string): Promise<string> {
  socket.resume().write(`${line}\r\n`)
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  socket.pause()
  return chunk.toString('latin1')
}

describe('a client', () => {
  const TLS = { ca: CA, servername: 'localhost', control: 'clear' } as const

  async function enter(url: string, options: ConnectOptions = {}): Promise<Client> {
    const client = await connect(url, { tls: TLS, ...options })
    cleanup.push(() => client.destroy())
    return client
  }

  /** A server by hand within TLS from the first octet on; `onCleared` is given the connection behind CCC. */
  async function scripted(ccc: string, onCleared: (raw: NodeSocket, secured: TLSSocket) => void): Promise<string> {
    const context = createSecureContext(LOCALHOST)
    const replies: Record<string, string> = {
      USER: '331',
      PASS: '230',
      PBSZ: '200',
      PROT: '200',
      FEAT: '500',
      CCC: ccc,
    }
    const hand = createServer({ allowHalfOpen: true }, (raw) => {
      cleanup.push(() => raw.destroy())
      raw.on('error', () => {})
      const secured = new TLSSocket(raw, { isServer: true, secureContext: context })
      secured.on('_tlsError', () => secured.destroy()).on('error', () => {})
      secured.on('secure', () => secured.write('220 hand\r\n'))
      secured.on('data', (chunk: Buffer) => {
        const verb = chunk.toString('latin1').slice(0, 4).trim()
        secured.write(`${replies[verb] ?? '502'} said\r\n`, () => {
          if (verb === 'CCC') onCleared(raw, secured)
        })
      })
    }).listen(0, '127.0.0.1')
    cleanup.push(() => hand.close())
    await once(hand, 'listening')
    return `ftps://joe:secret@127.0.0.1:${(hand.address() as AddressInfo).port}`
  }

  describe.each(['explicit', 'implicit'] as const)('within %s TLS', (mode) => {
    it.each(['passive', 'active'] as const)('has its data protected all the same, %s', async (way) => {
      const lines: string[] = []
      const ftp = await enter((await start({ mode })).url.replace('//', '//joe:secret@'), { mode: way })
      await ftp.put('/a', 'x'.repeat(100_000))
      for await (const entry of ftp.list('/')) lines.push(`${entry.name} ${entry.size}`)
      let octets = 0
      for await (const chunk of await ftp.get('/a')) octets += chunk.length
      expect([lines, octets]).toEqual([['a 100000'], 100_000])
      expect(await ftp.raw('NOOP')).toMatchObject({ code: 200 })
      // With `required: 'data'`, a transfer without PROT P would be 521, and one that resumes no session 522.
      expect(events.map(({ verb, outcome }) => `${verb} ${outcome}`)).toEqual(['STOR complete', 'RETR complete'])
      await ftp.quit()
    })
  })

  it('goes no further with a server that refuses, or says something else', async () => {
    const at = await start({ clearing: 'refused' })
    await expect(enter(at.url.replace('//', '//joe:secret@'))).rejects.toMatchObject({
      reply: { code: 534, to: 'CCC' },
    })
    for (const code of ['500', '533', '202'])
      await expect(enter(await scripted(code, () => {}))).rejects.toMatchObject({ reply: { code: Number(code) } })
  })

  it.each([
    ['a reply too many within TLS', '200 ok\r\n230', () => {}, { code: 'FTP_TLS_LEFTOVER' }],
    [
      'one that comes a little later',
      '200',
      (_raw, secured) => void secured.write('230 in\r\n'),
      { code: 'NET_TLS_LEFTOVER' },
    ],
    [
      'a reply in the clear before TLS has ended',
      '200',
      (raw) => void raw.write('230 in\r\n'),
      { name: 'ClosedError' },
    ],
    ['a FIN', '200', (raw) => void raw.end(), { code: 'NET_TLS_TRUNCATED' }],
    ['nothing', '200', () => {}, { name: 'TimeoutError', phase: 'close_notify' }],
  ] as readonly [string, string, (raw: NodeSocket, secured: TLSSocket) => void, object][])(
    'is not led out of TLS by %s',
    async (_what, ccc, onCleared, error) => {
      const url = await scripted(ccc, onCleared)
      await expect(enter(url, { tls: { ...TLS, handshakeTimeoutMs: 200 } })).rejects.toMatchObject(error)
    },
  )

  it('hears that a server has gone with its TLS', async () => {
    const ftp = await enter(await scripted('200', (_raw, secured) => void secured.end()))
    await expect(ftp.raw('NOOP')).rejects.toMatchObject({ name: 'ClosedError' })
  })
})
