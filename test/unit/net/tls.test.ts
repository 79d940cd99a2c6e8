/** TLS on both sides, over TCP and over pairs in memory: what it agrees on, and everything that must not pass. */
import { createSecureContext } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { ClosedError, TimeoutError, TlsError } from '../../../src/net/errors.ts'
import type { Socket, TlsClientOptions, TlsInfo, TlsServerOptions } from '../../../src/net/socket.ts'
import { TRANSPORTS, openSockets, readAll, readExactly, settle, socketOver, streams } from '../../support/sockets.ts'
import { randomSource } from '../../support/splits.ts'
import { CA, CLIENT, LOCALHOST, OTHER, STRANGER } from '../../support/tls.ts'

const { clock, wheel, opened } = openSockets()

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1')
}

/** Tickets come some time behind the handshake. */
async function ticket(sessions: readonly Buffer[]): Promise<Buffer> {
  for (let turn = 0; turn < 1000 && sessions.length === 0; turn++) await settle(1)
  return sessions.at(-1) as Buffer
}

type Outcome = TlsInfo | (Error & { code?: string })

describe.each(TRANSPORTS.filter(({ name }) => !name.startsWith('TLS')))('TLS over $name', ({ make }) => {
  async function open(): Promise<[Socket, Socket]> {
    const [client, server] = await make({ timers: wheel })
    opened.push(client, server)
    return [client, server]
  }

  /** Both sides of a handshake, and what becomes of them. */
  async function shake(
    client: TlsClientOptions,
    server: TlsServerOptions,
  ): Promise<{ client: Outcome; server: Outcome; ends: [Socket, Socket] }> {
    const ends = await open()
    const [left, right] = await Promise.all([
      ends[0].upgradeTls('client', { ca: CA, servername: 'localhost', ...client }).catch((error: Error) => error),
      ends[1].upgradeTls('server', server).catch((error: Error) => error),
    ])
    return { client: left, server: right, ends }
  }

  describe('the upgrade', () => {
    it('goes over in the middle of a dialogue', async () => {
      const [client, server] = await open()
      client.push([text('STARTTLS\r\n')])
      expect(await readExactly(server, 10)).toBe('STARTTLS\r\n')
      server.push([text('220 go ahead\r\n')])
      const serverSide = server.upgradeTls('server', LOCALHOST)
      expect(server.state).toBe('open')
      expect(await readExactly(client, 14)).toBe('220 go ahead\r\n')
      const clientSide = await client.upgradeTls('client', { ca: CA, servername: 'localhost' })
      expect(clientSide).toMatchObject({ protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', isAuthorized: true })
      expect(await serverSide).toMatchObject({ protocol: 'TLSv1.3', servername: 'localhost', isAuthorized: false })
      expect(client.tls).toBe(clientSide)
      expect(server.tls).toBe(await serverSide)
      client.push([text('EHLO'), text(' again\r\n')])
      expect(await readExactly(server, 12)).toBe('EHLO again\r\n')
      await server.end()
      expect((await readAll(client)).toString()).toBe('')
      await client.write([text('half-closed')])
      expect(await readExactly(server, 11)).toBe('half-closed')
      await Promise.all([client.close(), server.close()])
      expect(await client.closed).toBeUndefined()
      expect(await server.closed).toBeUndefined()
    })

    it('gives what arrives afterwards to the read that was waiting', async () => {
      const [client, server] = await open()
      const reading = server.read()
      await Promise.all([
        client.upgradeTls('client', { ca: CA, servername: 'localhost' }),
        server.upgradeTls('server', LOCALHOST),
      ])
      client.push([text('secret')])
      expect((await reading)?.toString()).toBe('secret')
    })

    it('flushes what was pushed before it, however much', async () => {
      const [client, server] = await open()
      let pushed = 0
      while (server.push([Buffer.alloc(1000, 'x')]) || pushed < 20_000) pushed += 1000
      const upgraded = server.upgradeTls('server', LOCALHOST)
      await readExactly(client, pushed + 1000)
      await client.upgradeTls('client', { ca: CA, servername: 'localhost' })
      await upgraded
    })

    it.each(['read and given back', 'not read'])(
      'refuses plaintext behind the command that was %s (CVE-2011-0411)',
      async (how) => {
        const [client, server] = await open()
        client.push([text('STARTTLS\r\nRCPT TO:<evil>\r\n')])
        expect(await readExactly(server, 10)).toBe('STARTTLS\r\n')
        await settle()
        if (how === 'not read') expect(server.bytesRead).toBeGreaterThan(10)
        else server.unread(text('planted'))
        server.push([text('220\r\n')])
        const error = await server.upgradeTls('server', LOCALHOST).catch((error: Error) => error)
        expect(error).toBeInstanceOf(TlsError)
        expect(error).toMatchObject({ code: 'NET_TLS_LEFTOVER' })
        expect(server.state).toBe('closed')
        expect(await server.closed).toBe(error)
      },
    )

    it('refuses plaintext that only the stream holds', async () => {
      const [clientStream, serverStream] = await streams()
      const client = socketOver(clientStream, { timers: wheel })
      const server = socketOver(serverStream, { timers: wheel, highWaterMark: 1 })
      opened.push(client, server)
      client.push([text('STARTTLS\r\n')])
      await settle()
      client.push([text('planted')])
      for (let turn = 0; turn < 100 && serverStream.readableLength === 0; turn++) await settle(1)
      expect((await server.read())?.toString()).toBe('STARTTLS\r\n')
      await expect(server.upgradeTls('server', LOCALHOST)).rejects.toMatchObject({ code: 'NET_TLS_LEFTOVER' })
    })

    it('does nothing on a socket that has ended', async () => {
      const [client, server] = await open()
      await client.end()
      await expect(client.upgradeTls('client', {})).rejects.toBeInstanceOf(ClosedError)
      expect(await server.read()).toBeUndefined()
      await expect(server.upgradeTls('server', LOCALHOST)).rejects.toBeInstanceOf(ClosedError)
      expect(server.state).toBe('closed')
      await expect(server.upgradeTls('server', LOCALHOST)).rejects.toBeInstanceOf(ClosedError)
    })
  })

  describe('what is agreed on', () => {
    it('is the protocol of ALPN that the server likes best', async () => {
      const both = await shake({ alpn: ['b/1', 'a/1'] }, { ...LOCALHOST, alpn: ['a/1', 'b/1'] })
      expect(both).toMatchObject({ client: { alpn: 'a/1' }, server: { alpn: 'a/1' } })
      const neither = await shake({}, { ...LOCALHOST, alpn: ['a/1'] })
      expect(neither).toMatchObject({ client: { alpn: undefined }, server: { alpn: undefined } })
      const mismatch = await shake({ alpn: ['c/1'] }, { ...LOCALHOST, alpn: ['a/1'] })
      expect(mismatch).toMatchObject({ client: { code: 'NET_TLS_HANDSHAKE' }, server: { code: 'NET_TLS_HANDSHAKE' } })
    })

    it('is the context of the name that is asked for', async () => {
      const other = createSecureContext(OTHER)
      const server: TlsServerOptions = {
        ...LOCALHOST,
        contextFor: (name) => (name.endsWith('other.test') ? other : undefined),
      }
      const asked = await shake({ servername: 'a.other.test' }, server)
      expect(asked).toMatchObject({ client: { isAuthorized: true }, server: { servername: 'a.other.test' } })
      const fallback = await shake({}, server)
      expect(fallback).toMatchObject({ client: { isAuthorized: true }, server: { servername: 'localhost' } })
      const context = await shake({ servername: 'other.test' }, { context: other })
      expect(context.client).toMatchObject({ isAuthorized: true })
    })

    it('fails where the look-up of a name does', async () => {
      for (const thrown of [new Error('no such name'), 'no error at all']) {
        const { client, server } = await shake(
          {},
          {
            ...LOCALHOST,
            contextFor: () => {
              // eslint-disable-next-line typescript/only-throw-error
              throw thrown
            },
          },
        )
        expect(client).toMatchObject({ code: 'NET_TLS_HANDSHAKE' })
        expect(server).toMatchObject({ code: 'NET_TLS_HANDSHAKE' })
      }
    })

    it('has keying material that both sides know, and the certificate', async () => {
      const { client, server } = await shake({}, LOCALHOST)
      if (client instanceof Error || server instanceof Error) throw new Error('The handshake failed')
      const label = 'EXPORTER-Channel-Binding'
      expect(client.exportKeyingMaterial(32, label)).toEqual(server.exportKeyingMaterial(32, label))
      expect(client.exportKeyingMaterial(32, label, text('a'))).not.toEqual(server.exportKeyingMaterial(32, label))
      expect(client.peerCertificate?.length).toBeGreaterThan(200)
      expect(server.peerCertificate).toBeUndefined()
      expect(server.localCertificate?.equals(client.peerCertificate as Buffer)).toBe(true)
      expect(client.localCertificate).toBeUndefined()
    })

    it('can be an earlier session', async () => {
      const server: TlsServerOptions = { ...LOCALHOST }
      const sessions: Buffer[] = []
      const first = await shake({ onSession: (session) => sessions.push(session) }, server)
      expect(first).toMatchObject({ client: { isResumed: false }, server: { isResumed: false } })
      const session = await ticket(sessions)
      const second = await shake({ session }, server)
      expect(second).toMatchObject({ client: { isResumed: true }, server: { isResumed: true } })
      const elsewhere = await shake({ session }, { ...LOCALHOST })
      expect(elsewhere).toMatchObject({ client: { isResumed: false }, server: { isResumed: false } })
    })
  })

  describe('trust', () => {
    it.each([
      ['a certificate that nobody vouches for', {}, STRANGER],
      ['a certificate for another name', { servername: 'wrong.test' }, LOCALHOST],
      ['a certificate for another address', { servername: '127.0.0.2' }, LOCALHOST],
      ['a certificate for another IPv6 address', { servername: '::2' }, LOCALHOST],
      ['an authority that the client does not know', { ca: STRANGER.cert }, LOCALHOST],
    ])('is refused for %s', async (_why, clientOptions, serverOptions) => {
      const { client, server, ends } = await shake(clientOptions, serverOptions)
      expect(client).toMatchObject({ name: 'TlsError', code: 'NET_TLS_UNTRUSTED', cause: expect.any(Error) as Error })
      expect(ends[0].state).toBe('closed')
      expect(await ends[0].closed).toBe(client)
      // Under TLS 1.3 the server may have finished its side before the client tells.
      if (server instanceof Error) expect(server).toMatchObject({ name: 'TlsError' })
      const insisting = await shake({ ...clientOptions, rejectUnauthorized: false }, serverOptions)
      expect(insisting).toMatchObject({ client: { isAuthorized: false }, server: { protocol: 'TLSv1.3' } })
    })

    it.each([
      ['none', 'request', { isAuthorized: false, peerCertificate: undefined }],
      ['good', 'request', { isAuthorized: true, peerCertificate: expect.any(Buffer) as Buffer }],
      ['strange', 'request', { isAuthorized: false, peerCertificate: expect.any(Buffer) as Buffer }],
      ['good', 'require', { isAuthorized: true, peerCertificate: expect.any(Buffer) as Buffer }],
      ['none', 'require', { code: 'NET_TLS_HANDSHAKE' }],
      ['strange', 'require', { code: 'NET_TLS_UNTRUSTED' }],
      ['good', 'none', { isAuthorized: false, peerCertificate: undefined }],
    ] as const)(
      'in a client with %s certificate, where the server says %s',
      async (shown, clientCertificate, expected) => {
        const identity = { none: {}, good: CLIENT, strange: STRANGER }[shown]
        const { server, ends } = await shake(identity, { ...LOCALHOST, ca: CA, clientCertificate })
        expect(server).toMatchObject(expected)
        expect(ends[1].state).toBe('code' in expected ? 'closed' : 'open')
      },
    )

    it('lasts over resumption', async () => {
      const server: TlsServerOptions = { ...LOCALHOST, ca: CA, clientCertificate: 'require' }
      const sessions: Buffer[] = []
      const first = await shake({ ...CLIENT, onSession: (session) => sessions.push(session) }, server)
      expect(first.server).toMatchObject({ isAuthorized: true })
      const second = await shake({ ...CLIENT, session: await ticket(sessions) }, server)
      expect(second.server).toMatchObject({ isResumed: true, isAuthorized: true })
    })
  })

  describe('a handshake that comes to nothing', () => {
    it('has a deadline', async () => {
      const [client, server] = await open()
      const upgrading = server
        .upgradeTls('server', { ...LOCALHOST, handshakeTimeoutMs: 500 })
        .catch((error: Error) => error)
      await settle()
      clock.advance(499)
      expect(server.state).toBe('open')
      clock.advance(51)
      const error = await upgrading
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error).toMatchObject({ phase: 'handshake', ms: 500 })
      expect(await server.closed).toBe(error)
      await client.close(0)
    })

    it('has one of ten seconds where nobody says', async () => {
      const [client] = await open()
      const upgrading = client.upgradeTls('client', {}).catch((error: Error) => error)
      await settle()
      clock.advance(10_050)
      expect(await upgrading).toMatchObject({ phase: 'handshake', ms: 10_000 })
    })

    it('fails on plaintext, with the cause', async () => {
      const [client, server] = await open()
      const upgrading = server.upgradeTls('server', LOCALHOST).catch((error: Error) => error)
      client.push([text('GET / HTTP/1.1\r\n\r\n')])
      const error = await upgrading
      expect(error).toMatchObject({ code: 'NET_TLS_HANDSHAKE', cause: { code: 'ERR_SSL_HTTP_REQUEST' } })
      expect(await server.closed).toBe(error)
    })

    it.each(['end', 'destroy'] as const)('fails when the peer goes (%s)', async (how) => {
      const [client, server] = await open()
      const upgrading = server.upgradeTls('server', LOCALHOST).catch((error: Error) => error)
      await settle()
      void client[how]()
      const error = await upgrading
      expect(error).toMatchObject({ code: 'NET_TLS_HANDSHAKE' })
      expect(await server.closed).toBe(error)
    })

    it.each(['close', 'destroy'] as const)('is over when the socket is told to go (%s)', async (how) => {
      const [, server] = await open()
      const upgrading = server.upgradeTls('server', LOCALHOST).catch((error: Error) => error)
      await settle(2)
      void server[how]()
      expect(await upgrading).toBeInstanceOf(ClosedError)
      expect(await server.closed).toBeUndefined()
    })

    it('says so when the options are unusable', async () => {
      const [client, server] = await open()
      await expect(server.upgradeTls('server', { key: 'no key', cert: 'no certificate' })).rejects.toMatchObject({
        name: 'TlsError',
        code: 'NET_TLS_OPTIONS',
      })
      expect(server.state).toBe('closed')
      await client.close(0)
    })
  })

  describe.each(['server', 'client'] as const)('an end that the %s must be told of', (reader) => {
    const open = async (): Promise<[reader: Socket, peer: Socket]> => {
      const { ends } = await shake(
        { mustCloseNotify: reader === 'client' },
        { ...LOCALHOST, mustCloseNotify: reader === 'server' },
      )
      return reader === 'client' ? ends : [ends[1], ends[0]]
    }

    it('is one with close_notify, also directly behind the handshake', async () => {
      const [at, peer] = await open()
      peer.push([text('short')])
      await peer.end()
      expect((await readAll(at)).toString()).toBe('short')
      await at.write([text('and the other way')])
      expect(await readExactly(peer, 17)).toBe('and the other way')
      await Promise.all([at.close(), peer.close()])
      expect(await at.closed).toBeUndefined()
    })

    it('may stand behind much that is not read at once', async () => {
      const [at, peer] = await open()
      const sent = peer.write([Buffer.alloc(100_000)]).then(() => peer.end())
      sent.catch(() => {})
      await settle(20)
      expect((await readAll(at)).length).toBe(100_000)
      await sent
    })
  })

  it('ends the socket when a record is broken', async () => {
    const { client, server, ends } = await shake({}, LOCALHOST)
    expect([client, server].some((side) => side instanceof Error)).toBe(false)
    const reading = ends[1].read().catch((error: Error) => error)
    ends[0].push([text('fine')])
    expect(await reading).toEqual(text('fine'))
    ends[0].destroy()
    const over = await ends[1].read().catch((error: Error) => error)
    if (over !== undefined) expect(over).toBeInstanceOf(ClosedError)
  })
})

describe('a FIN without close_notify', () => {
  it.each([
    ['server', true],
    ['client', true],
    ['server', false],
  ] as const)('at the %s, who must be told (%s)', async (reader, mustCloseNotify) => {
    const [clientStream, serverStream] = await streams()
    const client = socketOver(clientStream, { timers: wheel })
    const server = socketOver(serverStream, { timers: wheel })
    opened.push(client, server)
    await Promise.all([
      client.upgradeTls('client', {
        ca: CA,
        servername: 'localhost',
        mustCloseNotify: reader === 'client' && mustCloseNotify,
      }),
      server.upgradeTls('server', { ...LOCALHOST, mustCloseNotify: reader === 'server' && mustCloseNotify }),
    ])
    const [at, peer, below] = reader === 'server' ? [server, client, clientStream] : [client, server, serverStream]
    peer.push([text('half')])
    expect(await readExactly(at, 4)).toBe('half')
    below.end()
    const end = at.read()
    if (!mustCloseNotify) expect(await end).toBeUndefined()
    else await expect(end).rejects.toMatchObject({ code: 'NET_CLOSED', cause: { code: 'NET_TLS_TRUNCATED' } })
  })
})

describe('garbage behind a handshake', () => {
  it.each(['server', 'client'] as const)('ends the %s, with an error and without a crash', async (victim) => {
    const [clientStream, serverStream] = await streams()
    const client = socketOver(clientStream, { timers: wheel })
    const server = socketOver(serverStream, { timers: wheel })
    opened.push(client, server)
    await Promise.all([
      client.upgradeTls('client', { ca: CA, servername: 'localhost' }),
      server.upgradeTls('server', LOCALHOST),
    ])
    // Straight into the peer's TLS, past our own.
    const attacker = victim === 'server' ? clientStream : serverStream
    const target = victim === 'server' ? server : client
    const reading = target.read().catch((error: Error) => error)
    attacker.write(Buffer.from(`170303000a${'00'.repeat(10)}`, 'hex'))
    expect(await reading).toBeInstanceOf(ClosedError)
    expect(await target.closed).toBeInstanceOf(Error)
    expect(target.state).toBe('closed')
  })
})

/** Node's own TLS has been seen to free memory twice where a stream went away under it; a crash here ends the whole test run. */
describe.each(TRANSPORTS.filter(({ name }) => !name.includes('TLS')))(
  'TLS over $name, cut at any moment',
  ({ make }) => {
    it.each(['destroy', 'close', 'both', 'base'] as const)('survives: %s', async (how) => {
      const next = randomSource(how.length)
      const below = (limit: number): number => Math.floor(next() * limit)
      for (let round = 0; round < 25; round++) {
        const [client, server] = await make({ timers: wheel })
        opened.push(client, server)
        const upgrades = Promise.allSettled([
          client.upgradeTls('client', { ca: CA, servername: 'localhost' }),
          server.upgradeTls('server', LOCALHOST),
        ])
        const cut = async (): Promise<void> => {
          await settle(below(25))
          if (how !== 'base') server.push([Buffer.alloc(below(5000))])
          if (how === 'close') void server.close(0)
          else server.destroy(new Error('cut'))
          if (how === 'both') client.destroy()
        }
        const cutting = cut()
        await upgrades
        for (let write = 0; write < 10; write++) {
          client.push([Buffer.alloc(below(5000))])
          server.push([Buffer.alloc(below(5000)), Buffer.alloc(below(10))])
          await settle(below(2))
        }
        await cutting
        client.destroy()
        server.destroy()
        await Promise.all([client.closed, server.closed])
      }
    })
  },
)
