import { constants } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TransferEvent } from '../../../src/ftp/handlers.ts'
import { serve, type Server } from '../../../src/ftp/server.ts'
import type { ServeOptions } from '../../../src/ftp/server-options.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import type { Storage } from '../../../src/ftp/storage/storage.ts'
import { HandClient } from '../../support/ftp-peer.ts'
import { TlsHandClient } from '../../support/ftps-peer.ts'
import { LOCALHOST } from '../../support/tls.ts'
import { cutAt } from '../../support/splits.ts'
import { putFile, readFile } from '../../support/ftp-files.ts'
import { leaveNothingUnhandled } from '../../support/unhandled.ts'

let storage: Storage
let server: Server
let events: TransferEvent[]
let clients: { close(): void }[] = []

leaveNothingUnhandled()

beforeEach(() => {
  storage = memory()
  events = []
})

afterEach(async () => {
  for (const client of clients) client.close()
  clients = []
  await server.close({ graceMs: 0 })
})

async function start(tls: Partial<NonNullable<ServeOptions['tls']>> = {}, options: ServeOptions = {}): Promise<number> {
  server = await serve(
    { timeouts: { loginFailureMs: 1 }, tls: { ...LOCALHOST, ...tls }, ...options },
    {
      login: ({ user, password }) => (user === 'joe' && password === 'secret' ? storage : undefined),
      transfer: (event) => void events.push(event),
    },
  )
  return Number(new URL(server.url).port)
}

async function keep<Client extends { close(): void }>(opening: Promise<Client>): Promise<Client> {
  const client = await opening
  clients.push(client)
  return client
}

const put = (name: string, text: string): Promise<void> => putFile(storage, [name], text)

const read = (name: string): Promise<string> => readFile(storage, [name])

/** Each line, and the code that must answer it. */
async function dialogue(
  client: { ask(line: string): Promise<{ code: number; text: string }> },
  turns: readonly [line: string, code: number][],
): Promise<void> {
  for (const [line, code] of turns) {
    const reply = await client.ask(line)
    expect(reply.code, `${line} -> ${reply.text}`).toBe(code)
  }
}

describe('AUTH', () => {
  it('is answered by what is asked for, and when', async () => {
    const client = await keep(HandClient.open(await start()))
    await dialogue(client, [
      ['AUTH', 501],
      ['AUTH KERBEROS_V4', 504],
      ['AUTH SSL', 504],
      ['AUTH TLS-P', 504],
      ['AUTH TLS now', 501],
      ['PBSZ 0', 503],
      ['PROT P', 503],
      ['CCC', 533],
      ['USER joe', 530],
      ['PASS secret', 503],
      ['auth tls-c', 234],
    ])
  })

  it('does not exist where there is no TLS', async () => {
    server = await serve({}, { login: () => storage })
    const client = await keep(HandClient.open(Number(new URL(server.url).port)))
    await dialogue(client, [
      ['AUTH TLS', 502],
      ['PBSZ 0', 503],
      ['PROT C', 503],
      ['USER joe', 331],
    ])
    expect((await client.ask('FEAT')).text).not.toMatch(/AUTH|PBSZ|PROT|CCC/)
  })

  it('begins the session anew', async () => {
    await storage.makeDirectory(['in'])
    const client = await keep(TlsHandClient.dial(await start({ required: 'never' })))
    await client.hear()
    await dialogue(client, [
      ['USER joe', 331],
      ['PASS secret', 230],
      ['CWD in', 250],
      ['TYPE I', 200],
      ['EPSV ALL', 200],
      ['AUTH TLS', 234],
    ])
    await client.handshake()
    await dialogue(client, [
      ['PWD', 530],
      ['PROT P', 503],
      ['AUTH TLS', 503],
      ['USER joe', 331],
      ['PASS secret', 230],
      ['PASV', 227],
      ['PBSZ x', 501],
      ['PBSZ 4294967296', 501],
      ['PBSZ 16384', 200],
      ['PROT S', 536],
      ['PROT E', 536],
      ['PROT X', 504],
      ['PROT CC', 501],
      ['PROT C', 200],
      ['PROT p', 200],
      ['CCC', 534],
      ['REIN', 502],
    ])
    expect((await client.ask('STAT')).text).toMatch(/Working directory \/\n TYPE A/)
    expect((await client.ask('FEAT')).text).toMatch(/\n AUTH TLS\n(.*\n)* PBSZ\n PROT\n/)
  })

  it('sends away whoever has said more, wherever the octets were cut', async () => {
    const port = await start()
    const octets = Buffer.from('AUTH TLS\r\nUSER joe\r\n')
    for (let cut = 1; cut < octets.length; cut++) {
      const client = await keep(HandClient.open(port))
      for (const piece of cutAt(octets, [cut])) {
        client.socket.write(piece)
        await new Promise((resolve) => setImmediate(resolve))
      }
      // Behind a 234 those octets are a broken handshake, and nothing of them is obeyed.
      const codes: number[] = []
      for (let code = (await client.hear()).code; code !== 0; code = (await client.hear()).code) codes.push(code)
      expect([[421], [234], []]).toContainEqual(codes)
    }
    const client = await keep(HandClient.open(port))
    expect((await client.ask('AUTH TLS\r\nUSER joe')).code).toBe(421)
    expect(await client.isClosed()).toBe(true)
  })

  it('ends the session where the handshake fails', async () => {
    const client = await keep(HandClient.open(await start()))
    expect((await client.ask('AUTH TLS')).code).toBe(234)
    client.send('GET / HTTP/1.1\r\n\r\n')
    expect((await client.hear()).code).toBe(0)
    expect(server.connections).toBe(0)
  })

  it('lets nobody in who speaks another protocol', async () => {
    const client = await keep(TlsHandClient.dial(await start(), { ALPNProtocols: ['http/1.1'] }))
    await client.hear()
    await client.ask('AUTH TLS')
    await expect(client.handshake()).rejects.toThrow()
  })
})

describe('implicit TLS', () => {
  it('begins with the first octet', async () => {
    const port = await start({ mode: 'implicit' })
    expect(server.url).toMatch(/^ftps:/)
    const client = await keep(TlsHandClient.dial(port))
    await client.handshake()
    expect((await client.hear()).code).toBe(220)
    await put('a', 'hello')
    await dialogue(client, [
      ['AUTH TLS', 503],
      ['USER joe', 331],
      ['PASS secret', 230],
      ['PBSZ 0', 200],
      ['PROT P', 200],
    ])
    expect(await client.fetch('RETR a')).toEqual({ data: 'hello', codes: [150, 226] })
  })

  it('drains a session that is still in its handshake', async () => {
    const client = await keep(TlsHandClient.dial(await start({ mode: 'implicit' })))
    const closing = server.close({ graceMs: 10 })
    expect(await client.rest()).toBe('')
    await closing
  })
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('data under %s', (version) => {
  const only = { minVersion: version, maxVersion: version }

  it('crosses connections that resume the session', async () => {
    const client = await keep(TlsHandClient.loggedIn(await start(), only))
    expect(client.tls.getProtocol()).toBe(version)
    expect(await client.store('STOR a', 'hello, world.')).toEqual([150, 226])
    expect(await client.fetch('RETR a')).toEqual({ data: 'hello, world.', codes: [150, 226] })
    expect((await client.fetch('MLSD')).data).toMatch(/ a\r\n/)
    expect(events.map(({ outcome, bytes, peer }) => [outcome, bytes, peer.tls?.protocol])).toEqual([
      ['complete', 13, version],
      ['complete', 13, version],
    ])
  })

  it('is refused to a connection that resumes none, or that of another session', async () => {
    const port = await start()
    await put('a', 'hello')
    const client = await keep(TlsHandClient.loggedIn(port, only))
    const other = await keep(TlsHandClient.loggedIn(port, only))
    const tickets = client.sessions.length
    expect(await client.fetch('RETR a', 'none')).toEqual({ data: '', codes: [150, 522] })
    expect(await client.fetch('RETR a', other.sessions.at(-1))).toEqual({ data: '', codes: [150, 522] })
    // Nor is a ticket handed out by a handshake that is refused.
    expect(client.sessions.length).toBe(tickets)
    expect(await client.fetch('RETR a')).toEqual({ data: 'hello', codes: [150, 226] })
    expect(events.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['aborted', 522],
      ['aborted', 522],
      ['complete', 226],
    ])
  })

  it('may come from anybody where resumption is optional', async () => {
    await put('a', 'hello')
    const client = await keep(TlsHandClient.loggedIn(await start({ resumption: 'optional' }), only))
    expect(await client.fetch('RETR a', 'none')).toEqual({ data: 'hello', codes: [150, 226] })
  })

  it('is not whole without close_notify', async () => {
    const client = await keep(TlsHandClient.loggedIn(await start(), only))
    expect(await client.store('STOR cut', 'hello', 'fin')).toEqual([150, 426])
    expect(events.map(({ outcome, bytes }) => [outcome, bytes])).toEqual([['aborted', 5]])
    await expect(read('cut')).rejects.toThrow()
    expect(await client.store('STOR whole', 'x'.repeat(300_000))).toEqual([150, 226])
    expect((await read('whole')).length).toBe(300_000)
  })

  it('is whole without close_notify where that is forgiven', async () => {
    const port = await start({}, { leniency: { dataWithoutCloseNotify: 'accept' } })
    const client = await keep(TlsHandClient.loggedIn(port, only))
    expect(await client.store('STOR a', 'hello', 'fin')).toEqual([150, 226])
    expect(await read('a')).toBe('hello')
  })
})

describe('a client without tickets', () => {
  const without = { maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const

  it('resumes by the identifier of the session', async () => {
    await put('a', 'hello')
    const client = await keep(TlsHandClient.loggedIn(await start(), without))
    for (let round = 0; round < 3; round++)
      expect(await client.fetch('RETR a')).toEqual({ data: 'hello', codes: [150, 226] })
    expect(await client.fetch('RETR a', 'none')).toEqual({ data: '', codes: [150, 522] })
  })

  it('may make many sessions where it need not resume', async () => {
    await put('a', 'hello')
    const client = await keep(TlsHandClient.loggedIn(await start({ resumption: 'optional' }), without))
    for (let round = 0; round < 10; round++)
      expect(await client.fetch('RETR a', 'none')).toEqual({ data: 'hello', codes: [150, 226] })
    const data = await client.data()
    expect((await client.ask('RETR a')).code).toBeLessThan(200)
    const resumed = client.secure(data).resume()
    expect((await client.hear()).code).toBe(226)
    expect(resumed.isSessionReused()).toBe(true)
  })
})

describe('what is required', () => {
  it('is PROT P for every transfer, before any 1yz', async () => {
    const client = await keep(TlsHandClient.dial(await start()))
    await client.hear()
    await client.ask('AUTH TLS')
    await client.handshake()
    await dialogue(client, [
      ['USER joe', 331],
      ['PASS secret', 230],
      ['EPSV', 229],
      ['LIST', 521],
      ['STOR a', 521],
      ['PBSZ 0', 200],
      ['PROT C', 534],
      ['RETR a', 521],
      ['PROT P', 200],
      ['RETR a', 550],
    ])
  })

  it('is TLS for the login alone, if that is wished', async () => {
    await put('a', 'hello')
    const client = await keep(TlsHandClient.dial(await start({ required: 'login' })))
    await client.hear()
    await dialogue(client, [
      ['USER joe', 530],
      ['AUTH TLS', 234],
    ])
    await client.handshake()
    await dialogue(client, [
      ['USER joe', 331],
      ['PASS secret', 230],
    ])
    const data = await client.data()
    data.resume()
    expect((await client.ask('RETR a')).code).toBeLessThan(200)
    expect((await client.hear()).code).toBe(226)
  })

  it('is nothing, if that is wished', async () => {
    const client = await keep(HandClient.loggedIn(await start({ required: 'never' })))
    expect((await client.store('STOR a', 'hello'))[1]).toBe(226)
  })

  it('is a key that can be used', async () => {
    await expect(serve({ tls: { key: 'no', cert: 'no' } }, { login: () => storage })).rejects.toMatchObject({
      code: 'NET_TLS_OPTIONS',
    })
    await start()
  })
})

describe('a handshake on a data connection', () => {
  it('that fails is 522, and the session goes on', async () => {
    await put('a', 'hello')
    const client = await keep(TlsHandClient.loggedIn(await start()))
    const data = await client.data()
    await client.ask('RETR a')
    data.write('this is no handshake')
    expect((await client.hear()).code).toBe(522)
    expect(await client.fetch('RETR a')).toEqual({ data: 'hello', codes: [150, 226] })
  })

  it('that never comes is 522, within its time', async () => {
    const client = await keep(TlsHandClient.loggedIn(await start({ handshakeTimeoutMs: 50 })))
    const data = await client.data()
    expect((await client.ask('STOR a')).code).toBeLessThan(200)
    expect((await client.hear()).code).toBe(522)
    data.destroy()
    expect(events.map(({ code }) => code)).toEqual([522])
  })

  it('is broken off by ABOR', async () => {
    const client = await keep(TlsHandClient.loggedIn(await start()))
    const data = await client.data()
    expect((await client.ask('STOR a')).code).toBeLessThan(200)
    expect((await client.ask('ABOR')).code).toBe(426)
    expect((await client.hear()).code).toBe(226)
    data.destroy()
  })
})
