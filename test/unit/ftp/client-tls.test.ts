import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket as NodeSocket } from 'node:net'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, type Client } from '../../../src/ftp/client.ts'
import type { ConnectOptions } from '../../../src/ftp/client-options.ts'
import type { TransferEvent } from '../../../src/ftp/handlers.ts'
import { serve, type Server } from '../../../src/ftp/server.ts'
import type { ServeOptions } from '../../../src/ftp/server-options.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import type { Storage } from '../../../src/ftp/storage/storage.ts'
import { parseTarget } from '../../../src/ftp/target.ts'
import { CA, LOCALHOST, OTHER, STRANGER } from '../../support/tls.ts'
import { all } from '../../support/ftp-files.ts'
import { leaveNothingUnhandled } from '../../support/unhandled.ts'

let storage: Storage
let server: Server | undefined
let events: TransferEvent[]
let cleanup: (() => void)[] = []
const TLS = { ca: CA, servername: 'localhost' }

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
  await new Promise((resolve) => setImmediate(resolve))
})

async function start(tls: Partial<NonNullable<ServeOptions['tls']>> = {}): Promise<string> {
  server = await serve(
    { tls: { ...LOCALHOST, ...tls } },
    { login: () => storage, transfer: (event) => void events.push(event) },
  )
  return server.url.replace('//', '//joe:secret@')
}

async function enter(url: string, options: ConnectOptions = {}): Promise<Client> {
  const client = await connect(url, { tls: TLS, ...options })
  cleanup.push(() => client.destroy())
  return client
}

/** A listener by hand, and its port. */
async function listener(onSocket: (socket: NodeSocket) => void): Promise<number> {
  const hand = createServer((socket) => {
    cleanup.push(() => socket.destroy())
    onSocket(socket.on('error', () => {}))
  }).listen(0, '127.0.0.1')
  cleanup.push(() => hand.close())
  await once(hand, 'listening')
  return (hand.address() as AddressInfo).port
}

/** A server by hand with the same answer to each verb, in TLS behind AUTH; data connections are made by `onData`. */
async function scripted(
  answers: Readonly<Record<string, string>>,
  onData: (data: NodeSocket, context: SecureContext) => void = () => {},
  greeting = '220 hand',
): Promise<string> {
  const context = createSecureContext({ ...LOCALHOST, sessionIdContext: 'hand' })
  const dataPort = await listener((data) => onData(data, context))
  const usual: Record<string, string> = { AUTH: '234', USER: '331', PASS: '230', PBSZ: '200', PROT: '200', TYPE: '200' }
  const talk = (socket: NodeSocket): void => {
    socket
      .on('error', () => {})
      .on('data', (chunk: Buffer) => {
        const verb = chunk
          .toString('latin1')
          .replace(/^\xff\xf4\xff\xf2/, '')
          .slice(0, 4)
          .trim()
        if (verb === 'EPSV') return void socket.write(`229 (|||${dataPort}|)\r\n`)
        socket.write(`${answers[verb] ?? usual[verb] ?? '502'} said\r\n`)
        if (verb !== 'AUTH' || answers['AUTH'] !== undefined) return
        socket.removeAllListeners('data')
        const secured = new TLSSocket(socket, { isServer: true, secureContext: context })
        secured.on('_tlsError', () => secured.destroy())
        talk(secured)
      })
  }
  const port = await listener((socket) => {
    socket.write(`${greeting}\r\n`)
    talk(socket)
  })
  return `ftp://joe:secret@127.0.0.1:${port}`
}

describe('a URL', () => {
  it('says when TLS begins', () => {
    expect(parseTarget('ftps://a')).toMatchObject({ port: 990, security: 'implicit' })
    expect(parseTarget('ftps://a:21')).toMatchObject({ port: 21, security: 'implicit' })
    expect(parseTarget('ftp://a')).toMatchObject({ port: 21, security: 'unsaid' })
    expect(() => parseTarget('sftp://a')).toThrow(expect.objectContaining({ code: 'FTP_URL' }))
  })
})

describe.each(['explicit', 'implicit'] as const)('a client with %s TLS', (mode) => {
  it.each(['passive', 'active'] as const)('transfers in private, %s', async (way) => {
    const client = await enter(await start({ mode }), { mode: way })
    await client.put('/a', 'x'.repeat(200_000))
    await client.append('/a', 'y')
    expect(await all(await client.get('/a', { from: 199_999 }))).toBe('xy')
    for await (const entry of client.list('/')) expect(entry.size).toBe(200_001)
    await client.quit()
    expect(events.map(({ outcome, peer }) => [outcome, peer.tls?.servername])).toEqual([
      ['complete', 'localhost'],
      ['complete', 'localhost'],
      ['complete', 'localhost'],
    ])
  })

  it('breaks a transfer off, and goes on', async () => {
    const client = await enter(await start({ mode }))
    await client.put('/a', 'x'.repeat(3_000_000))
    for await (const chunk of await client.get('/a')) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    expect((await all(await client.get('/a'))).length).toBe(3_000_000)
    const controller = new AbortController()
    const endless = (async function* () {
      yield Buffer.alloc(1000)
      controller.abort(new Error('enough'))
      await new Promise(() => {})
    })()
    await expect(client.put('/b', endless, { signal: controller.signal })).rejects.toThrow('enough')
    expect(await client.size('/a')).toBe(3_000_000)
    expect(events.at(-1)).toMatchObject({ outcome: 'aborted', verb: 'STOR' })
  })

  it('does not trust a stranger', async () => {
    const url = await start({ mode, ...STRANGER })
    await expect(enter(url)).rejects.toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
    const forgiving = await enter(url, { tls: { rejectUnauthorized: false } })
    await forgiving.put('/a', 'hello')
  })

  it('does not take one name for another', async () => {
    await expect(enter(await start({ mode, ...OTHER }))).rejects.toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
  })

  it('verifies the address where it has no name', async () => {
    const client = await enter(await start({ mode }), { tls: { ca: CA } })
    await client.put('/a', 'hello')
    expect(await all(await client.get('/a'))).toBe('hello')
  })
})

describe('a client with explicit TLS', () => {
  it('may use it where the URL says that TLS begins at once', async () => {
    const url = (await start()).replace('ftp:', 'ftps:')
    const client = await enter(url, { tls: { ...TLS, mode: 'explicit' } })
    expect(await client.raw('NOOP')).toMatchObject({ code: 200 })
  })

  it('may leave data in the clear', async () => {
    const client = await enter(await start({ required: 'login' }), { tls: { ...TLS, data: 'clear' } })
    await client.put('/a', 'hello')
    expect(await all(await client.get('/a'))).toBe('hello')
  })

  it('keeps the commands of security to itself', async () => {
    const client = await enter(await start())
    for (const line of ['AUTH TLS', 'PROT C', 'PBSZ 0', 'CCC'])
      await expect(client.raw(line)).rejects.toMatchObject({ code: 'FTP_COMMAND_TEXT' })
  })

  it('goes no further with a server that has no TLS', async () => {
    await expect(enter(await scripted({ AUTH: '502' }))).rejects.toMatchObject({ reply: { code: 502, to: 'AUTH' } })
    await expect(enter(await scripted({ AUTH: '200' }))).rejects.toMatchObject({ reply: { code: 200 } })
    // 334 wants more words (RFC 2228 §3), and TLS has none (RFC 4217 §4.2).
    await expect(enter(await scripted({ AUTH: '334' }))).rejects.toMatchObject({ code: 'FTP_REPLY_CLASS' })
    await expect(enter(await scripted({ AUTH: '421' }))).rejects.toMatchObject({ reply: { code: 421 } })
  })

  it('does not take a greeting that logs it in for a reason to do without', async () => {
    const client = await enter(await scripted({}, undefined, '230 welcome'))
    await client.quit()
    await expect(enter(await scripted({ AUTH: '500' }, undefined, '230 welcome'))).rejects.toThrow()
  })

  it('takes nothing that was said before the handshake for a reply', async () => {
    const url = await scripted({ AUTH: '234 ok\r\n230' })
    await expect(enter(url)).rejects.toMatchObject({ code: 'FTP_TLS_LEFTOVER' })
  })

  it('says what is wrong where the server refuses to protect data', async () => {
    await expect(enter(await scripted({ PROT: '536' }))).rejects.toMatchObject({ reply: { code: 536, to: 'PROT' } })
    await expect(enter(await scripted({ PBSZ: '503' }))).rejects.toMatchObject({ reply: { code: 503, to: 'PBSZ' } })
  })

  it('cannot begin with a key that is none', async () => {
    const url = await start()
    await expect(enter(url, { tls: { key: 'x', cert: 'y' } })).rejects.toMatchObject({ code: 'NET_TLS_OPTIONS' })
  })
})

describe('a data connection', () => {
  it('resumes the session each time, also beyond the tickets of one handshake', async () => {
    const client = await enter(await start())
    for (let round = 0; round < 6; round++) {
      await client.put('/a', `round ${round}`)
      expect(await all(await client.get('/a'))).toBe(`round ${round}`)
    }
    expect(events.every(({ outcome }) => outcome === 'complete')).toBe(true)
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is told why it is refused, %s', async (version) => {
    const context = createSecureContext({ ...LOCALHOST, minVersion: version, maxVersion: version })
    const url = await scripted({ RETR: '150 go\r\n522', ABOR: '226' }, (data) => {
      new TLSSocket(data, { isServer: true, secureContext: context })
        .on('_tlsError', () => {})
        .on('secure', () => data.destroy())
    })
    const client = await enter(url)
    const download = client.get('/a').then(all)
    await expect(download).rejects.toMatchObject({ reply: { code: 522 } })
  })

  it('leads to the server whose certificate was verified, and to no other', async () => {
    const stranger = createSecureContext(STRANGER)
    const url = await scripted({ RETR: '150', ABOR: '226' }, (data) => {
      new TLSSocket(data, { isServer: true, secureContext: stranger }).on('_tlsError', () => {})
    })
    const client = await enter(url, { timeouts: { abortMs: 50 } })
    await expect(client.get('/a').then(all)).rejects.toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
  })

  it.each([
    ['closeNotify', undefined, 'hello'],
    ['fin', undefined, 'NET_TLS_TRUNCATED'],
    ['fin', 'accept', 'hello'],
  ] as const)('that ends by %s (%s) is %s', async (ending, dataWithoutCloseNotify, outcome) => {
    const url = await scripted({ RETR: '150 go\r\n226' }, (data, secureContext) => {
      const secured = new TLSSocket(data, { isServer: true, secureContext })
      secured.on('secure', () => {
        if (ending === 'closeNotify') secured.end('hello')
        else secured.write('hello', () => data.end())
      })
    })
    const leniency = dataWithoutCloseNotify === undefined ? {} : { dataWithoutCloseNotify }
    const client = await enter(url, { leniency })
    const download = client.get('/a').then(all)
    expect(await download.catch(({ code }: { code: string }) => code)).toBe(outcome)
    // The session has survived it.
    expect(await client.raw('TYPE I')).toMatchObject({ code: 200 })
  })
})
