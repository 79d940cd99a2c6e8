/** STARTTLS at a server: what it offers, what it forgets, and what it refuses to have heard (RFC 3207). */
import { createSecureContext } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { dial } from '../../../src/net/dial.ts'
import type { Socket } from '../../../src/net/socket.ts'
import type { Peer } from '../../../src/smtp/peer.ts'
import { serve } from '../../../src/smtp/server.ts'
import { RawPeer } from '../../support/smtp-peer.ts'
import { settle } from '../../support/sockets.ts'
import { splits } from '../../support/splits.ts'
import { CA, CLIENT, LOCALHOST, OTHER } from '../../support/tls.ts'
import { begun, ENVELOPE, HELLO, Scene } from './server-session.ts'

const TLS = { ...LOCALHOST }

describe('STARTTLS', () => {
  it('is offered in the clear, and not within TLS', async () => {
    const scene = new Scene({}, { tls: TLS })
    expect(await scene.begin()).toContain('STARTTLS')
    await scene.startTls()
    const lines = await scene.hello()
    expect(lines).toContain('PIPELINING')
    expect(lines).not.toContain('STARTTLS')
    expect(await scene.peer.ask('STARTTLS\r\n')).toMatch(/^50[23]$/)
    await scene.end()
    expect(scene.errors).toEqual([])
  })

  it('is not offered without a key', async () => {
    const scene = new Scene()
    expect(await scene.begin()).not.toContain('STARTTLS')
    expect(await scene.peer.ask('STARTTLS\r\n')).toBe('502')
  })

  it('takes a message within', async () => {
    const scene = await begun({}, { tls: TLS })
    await scene.startTls()
    await scene.hello()
    expect(await scene.peer.ask(`${ENVELOPE}DATA\r\n`, 3)).toBe('250 250 354')
    expect(await scene.peer.ask('x\r\n.\r\nQUIT\r\n', 2)).toBe('250 221')
    expect(scene.kept).toEqual(['x\r\n'])
  })

  it('says nothing by itself afterwards, and wants to hear EHLO again', async () => {
    const scene = await begun({}, { tls: TLS })
    await scene.startTls()
    expect(await scene.peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('503')
    expect(await scene.peer.ask(HELLO)).toBe('250')
    expect(await scene.peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('250')
  })

  it('forgets who the client said it was', async () => {
    const seen: unknown[] = []
    const tell = ({ peer }: { peer: Peer }): void => void seen.push([peer.hello?.domain, peer.tls?.protocol, peer.user])
    const scene = await begun({ mail: tell, auth: { secret: () => 'secret' } }, { tls: TLS, allowCleartextAuth: true })
    await scene.startTls()
    await scene.peer.ask('EHLO other.test\r\n')
    await scene.peer.ask('MAIL FROM:<>\r\n')
    expect(seen).toEqual([['other.test', 'TLSv1.3', undefined]])
  })

  it('may be required', async () => {
    const scene = await begun({}, { tls: TLS, requires: ['tls'] })
    expect(await scene.peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('530')
    expect(await scene.peer.ask('NOOP\r\n')).toBe('250')
    await scene.startTls()
    await scene.hello()
    expect(await scene.peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('250')
  })

  it('is not to be had in a transaction', async () => {
    const scene = await begun({}, { tls: TLS })
    await scene.peer.ask('MAIL FROM:<a@x.test>\r\n')
    expect(await scene.peer.ask('STARTTLS\r\n')).toBe('503')
    expect(await scene.peer.ask('STARTTLS now\r\n')).toBe('501')
  })

  it('that fails ends the connection, and nobody is told', async () => {
    for (const said of ['this is no ClientHello\r\n', '']) {
      const scene = await begun({}, { tls: { ...TLS, handshakeTimeoutMs: 1000 } })
      expect(await scene.peer.ask('STARTTLS\r\n')).toBe('220')
      await scene.peer.say(said)
      await settle()
      scene.clock.advance(1100)
      expect(await scene.peer.line()).toSatisfy((line) => line === undefined || !/^[0-9]/.test(String(line)))
      scene.client.destroy()
      await scene.session.done
      expect(scene.errors).toEqual([])
    }
  })
})

/** What somebody in between may add to the last segment in the clear. */
const attacks = [
  'STARTTLS\r\nEHLO evil.test\r\n',
  'STARTTLS\r\nMAIL FROM:<evil@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n',
  'STARTTLS\r\nAUTH PLAIN AGpvZQBzZWNyZXQ=\r\n',
  'STARTTLS\r\nR',
  'STARTTLS\r\n\r\n',
]

describe('what is planted behind STARTTLS in the clear', () => {
  it.each(attacks)('is refused in one piece: %j', async (attack) => {
    for (const earlyTalk of ['refuse', 'accept'] as const) {
      const scene = await begun({}, { tls: TLS, leniency: { earlyTalk } })
      await scene.peer.say(attack)
      expect(await scene.peer.rest()).toMatch(/^554 5\.5\.0 [^\n]*\n$/)
      await scene.session.done
    }
  })

  it.each(attacks)('has no effect, wherever it is cut: %j', async (attack) => {
    for (const { name, pieces } of splits(Buffer.from(attack), { random: 2 })) {
      const heard: unknown[] = []
      const hear = (context: unknown): void => void heard.push(context)
      const password = (context: unknown): false => (hear(context), false)
      const scene = await begun({ mail: hear, auth: { password } }, { tls: TLS })
      const wasBefore = scene.server.bytesRead
      for (const piece of pieces) {
        scene.client.push([piece])
        await settle(2)
      }
      await settle(4)
      scene.client.destroy()
      await scene.session.done
      expect(scene.server.bytesRead).toBeGreaterThan(wasBefore)
      expect(heard, name).toEqual([])
      expect(scene.server.tls, name).toBeUndefined()
    }
  })
})

describe('a server that listens', () => {
  async function withServer(
    options: Partial<Parameters<typeof serve>[0]>,
    test: (at: { host: string; port: number }, peers: Peer[], url: string) => Promise<void>,
  ): Promise<void> {
    const peers: Peer[] = []
    const server = await serve(
      { hostname: 'mx.test', ...options },
      { mail: ({ peer }) => void peers.push(peer), message: () => true },
    )
    try {
      const { address } = server
      if (address.family !== 'IPv4') throw new Error('an IPv4 address is due')
      await test({ host: address.host, port: address.port }, peers, server.url)
    } finally {
      await server.close({ graceMs: 0 })
    }
  }

  async function mail(socket: Socket): Promise<string> {
    const peer = new RawPeer(socket)
    const said = await peer.ask(`${HELLO}`, 1)
    const codes = `${said} ${await peer.ask('MAIL FROM:<>\r\nQUIT\r\n', 2)}`
    await peer.rest()
    return codes
  }

  it('speaks TLS from the first octet, with SNI and client certificates', async () => {
    const other = createSecureContext({ ...OTHER, ca: CA })
    const tls = {
      ...TLS,
      mode: 'implicit',
      ca: CA,
      clientCertificate: 'request',
      contextFor: (name: string) => (name.endsWith('other.test') ? other : undefined),
    } as const
    await withServer({ tls }, async (at, peers, url) => {
      expect(url).toMatch(/^smtps:/)
      for (const [servername, identity] of [
        ['localhost', {}],
        ['other.test', CLIENT],
      ] as const) {
        const socket = await dial(at, { tls: { ca: CA, servername, ...identity } })
        expect(await mail(socket)).toBe('220 250 250')
      }
      expect(peers.map(({ tls: info }) => [info?.servername, info?.isAuthorized])).toEqual([
        ['localhost', false],
        ['other.test', true],
      ])
    })
  })

  it('offers STARTTLS over TCP', async () => {
    await withServer({ tls: TLS, requires: ['tls'] }, async (at, peers, url) => {
      expect(url).toMatch(/^smtp:/)
      const socket = await dial(at)
      const peer = new RawPeer(socket)
      expect(await peer.codes(1)).toBe('220')
      expect(await peer.ask(HELLO)).toBe('250')
      expect(await peer.ask('MAIL FROM:<>\r\n')).toBe('530')
      expect(await peer.ask('STARTTLS\r\n')).toBe('220')
      await socket.upgradeTls('client', { ca: CA, servername: 'localhost' })
      expect(await peer.ask(HELLO)).toBe('250')
      expect(await peer.ask('MAIL FROM:<>\r\n')).toBe('250')
      expect(peers).toHaveLength(1)
      socket.destroy()
    })
  })

  it.each(attacks)('refuses over TCP what is planted behind STARTTLS, wherever it is cut: %j', async (attack) => {
    const heard: unknown[] = []
    const hear = (context: unknown): void => void heard.push(context)
    const auth = { password: (context: unknown): false => (hear(context), false) }
    const server = await serve({ hostname: 'mx.test', tls: TLS }, { mail: hear, auth, message: () => true })
    const { address } = server
    if (address.family !== 'IPv4') throw new Error('an IPv4 address is due')
    for (const { name, pieces } of splits(Buffer.from(attack), { random: 2, maxCuts: 24 })) {
      const socket = await dial({ host: address.host, port: address.port })
      const peer = new RawPeer(socket)
      await peer.codes(1)
      await peer.ask(HELLO)
      for (const piece of pieces) {
        socket.push([piece])
        await settle(2)
      }
      // Either all of it was seen before TLS, or what followed the 220 was no ClientHello. Nothing else was ever said.
      await socket.end().catch(() => {})
      const said = (await peer.rest()).split('\n').filter((line) => /^[0-9]{3}[ -]/.test(line))
      expect(said.length, name).toBeLessThan(2)
      expect(said[0]?.slice(0, 3) ?? '554', name).toMatch(/^(220|554)$/)
    }
    expect(heard).toEqual([])
    await server.close({ graceMs: 0 })
  })

  it('does not listen with a key that is none', async () => {
    for (const mode of ['implicit', 'starttls'] as const) {
      const tls = { key: 'none', cert: 'none', mode }
      await expect(serve({ hostname: 'mx.test', tls }, { message: () => true })).rejects.toMatchObject({
        code: 'NET_TLS_OPTIONS',
      })
    }
  })
})
