/** swaks in those of its modes that `smtp-server.test.ts` leaves out: the ways to reach a server, to leave it, and to come through a proxy. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/smtp/peer.ts'
import { scramCredentials } from '../../src/smtp/sasl/scram-keys.ts'
import { serve } from '../../src/smtp/server.ts'
import type { ServeOptions, Server } from '../../src/smtp/server.ts'
import { describePeer } from '../support/peers.ts'
import { emptyFolder, removeFolder } from '../support/programs.ts'
import { Inbox } from '../support/smtp-inbox.ts'
import { run } from '../support/smtp-programs.ts'
import { LOCALHOST } from '../support/tls.ts'

describePeer('swaks', (swaks) => {
  let folder: string
  let inbox: Inbox
  let servers: Server[]
  /** Where each client came from, and what it said of itself. */
  let peers: Peer[]
  beforeEach(() => {
    folder = emptyFolder('swaks')
    inbox = new Inbox()
    servers = []
    peers = []
  })
  afterEach(async () => {
    for (const server of servers) await server.close()
    removeFolder(folder)
    expect(inbox.errors).toEqual([])
  })

  /** Starts a server, and says how swaks reaches it. */
  async function start(options: Partial<ServeOptions> = {}): Promise<readonly string[]> {
    const connect = ({ peer }: { readonly peer: Peer }): void => void peers.push(peer)
    const server = await serve(
      { hostname: 'mx.example.test', onError: inbox.onError, ...options },
      { ...inbox.handlers, connect },
    )
    servers.push(server)
    return server.address.family === 'unix' ? ['--socket', server.address.path] : ['--server', new URL(server.url).host]
  }

  function say(to: readonly string[], ...args: readonly string[]): ReturnType<typeof run> {
    const envelope = ['--helo', 'client.test', '--from', 'a@x.test', '--to', 'b@y.test']
    return run(swaks, [...to, '--timeout', '5', ...envelope, ...args])
  }

  describe('reaches the server', () => {
    it.each([
      ['as ESMTP', 'ESMTP', '8BITMIME'],
      ['as SMTP', 'SMTP', 'HELO client.test'],
    ])('%s', async (_, protocol, heard) => {
      const { code, output } = await say(await start(), '--protocol', protocol)
      expect(code, output).toBe(0)
      expect(output).toContain(heard)
      expect(inbox.kept).toMatchObject([{ from: '<a@x.test>', to: ['<b@y.test>'] }])
      expect(inbox.kept[0]?.received).toContain(`with ${protocol} id`)
    })

    it('over TLS from the first octet', async () => {
      const { code, output } = await say(
        await start({ tls: { ...LOCALHOST, mode: 'implicit' } }),
        '--protocol',
        'SSMTP',
      )
      expect(code, output).toBe(0)
      expect(output).toContain('TLS started with cipher TLSv1.3')
      expect(inbox.kept[0]?.received).toContain('with ESMTPS id')
    })

    it('over TLS 1.2', async () => {
      const { code, output } = await say(
        await start({ tls: { ...LOCALHOST, mode: 'implicit' } }),
        '--tls-on-connect',
        '--tls-protocol',
        'tlsv1_2',
      )
      expect(code, output).toBe(0)
      expect(output).toContain('TLS started with cipher TLSv1.2')
    })

    it('by a socket of Unix', async () => {
      const path = join(folder, 'socket')
      const { code, output } = await say(await start({ path }))
      expect(code, output).toBe(0)
      expect(peers).toMatchObject([{ address: { family: 'unix' } }])
      expect(inbox.kept).toHaveLength(1)
    })

    it('over IPv6', async () => {
      await start({ host: '::1' })
      const { port } = new URL(servers[0]?.url ?? '')
      const { code, output } = await say(['--server', '::1', '--port', port, '-6'])
      expect(code, output).toBe(0)
      expect(inbox.kept[0]?.received).toContain('([IPv6:::1])')
    })
  })

  describe('logs in where only what SCRAM needs is stored', () => {
    it.each([
      ['PLAIN', 'secret', 0],
      ['LOGIN', 'secret', 0],
      ['PLAIN', 'Secret', 28],
    ])('by %s with %s', async (mechanism, password, expected) => {
      const stored = await scramCredentials('secret', undefined, 4096)
      const server = await serve(
        {
          hostname: 'mx.example.test',
          tls: LOCALHOST,
          requires: ['authentication'],
          manners: { loginDelayMs: 0 },
          onError: inbox.onError,
        },
        {
          ...inbox.handlers,
          auth: { scram: ({ user }) => (user === 'joe' ? stored : undefined), password: 'scram' },
        },
      )
      servers.push(server)
      const login = ['--tls', '--auth', mechanism, '--auth-user', 'joe', '--auth-password', password]
      const { code, output } = await say(['--server', new URL(server.url).host], ...login)
      expect(code, output).toBe(expected)
      expect(inbox.kept.map(({ received }) => received.includes('with ESMTPSA id'))).toEqual(
        expected === 0 ? [true] : [],
      )
    })
  })

  describe('asks for what is not offered', () => {
    it('and leaves where there is no PRDR', async () => {
      const { code, output } = await say(await start(), '--prdr', '--to', 'b@y.test,c@y.test')
      expect(code, output).toBe(30)
      expect(output).toContain('221 2.0.0')
      expect(inbox.kept).toEqual([])
    })

    it('and says nothing of XCLIENT where it is not offered', async () => {
      const required = await say(await start(), '--xclient-addr', '192.0.2.7')
      expect(required.code, required.output).toBe(33)
      const optional = await say(await start(), '--xclient-addr', '192.0.2.7', '--xclient-optional')
      expect(optional.code, optional.output).toBe(0)
      expect(inbox.kept).toMatchObject([{ received: expect.stringContaining('([127.0.0.1])') as string }])
    })
  })

  describe('leaves', () => {
    it.each(['connect', 'first-helo', 'mail', 'rcpt'])('in an orderly way behind %s', async (point) => {
      const { code, output } = await say(await start(), '--quit-after', point)
      expect(code, output).toBe(0)
      expect(output).toContain('221 2.0.0')
      expect(inbox.kept).toEqual([])
    })

    it.each(['connect', 'first-helo', 'mail', 'rcpt', 'data', 'dot'])('without a word behind %s', async (point) => {
      const { code, output } = await say(await start(), '--drop-after', point)
      expect(code, output).toBe(0)
      await servers[0]?.close()
      expect(inbox.kept).toHaveLength(point === 'dot' ? 1 : 0)
    })

    it.each(['mail', 'rcpt', 'data', 'dot'])('without waiting for the answer to %s', async (point) => {
      const { code, output } = await say(await start(), '--drop-after-send', point)
      expect(code, output).toBe(0)
      await servers[0]?.close()
      // Nobody heard that it was taken, and it may have been.
      expect(inbox.kept.length).toBeLessThanOrEqual(point === 'dot' ? 1 : 0)
    })
  })

  describe('pipelines', () => {
    it('and hears that nobody is there', async () => {
      const { code, output } = await say(await start(), '--pipeline', '--to', 'reject@y.test')
      expect(code, output).toBe(24)
      expect(output).toContain('550 5.1.1 No such mailbox')
      expect(output).toMatch(/-> DATA\n(.*\n)*<\*\* 5\d\d/)
      expect(inbox.kept).toEqual([])
    })

    it('with a message that has parts', async () => {
      const parts = ['--attach-type', 'application/octet-stream', '--attach', 'x'.repeat(20_000)]
      const { code, output } = await say(await start(), '--pipeline', '--suppress-data', ...parts)
      expect(code, output).toBe(0)
      expect(inbox.kept[0]?.text).toContain('Content-Type: application/octet-stream')
    })
  })

  describe('comes through a proxy', () => {
    const ENDS = ['--proxy-source-port', '1234', '--proxy-dest', '192.0.2.2', '--proxy-dest-port', '25']
    const ENDS_V6 = ['--proxy-source-port', '1234', '--proxy-dest', '2001:db8::2', '--proxy-dest-port', '25']
    it.each([
      [
        'version 1',
        ['--proxy-version', '1', '--proxy-family', 'TCP4', '--proxy-source', '192.0.2.1', ...ENDS],
        '192.0.2.1',
      ],
      [
        'version 1, IPv6',
        ['--proxy-version', '1', '--proxy-family', 'TCP6', '--proxy-source', '2001:db8::1', ...ENDS_V6],
        '2001:db8::1',
      ],
      [
        'version 2',
        ['--proxy-version', '2', '--proxy-family', 'AF_INET', '--proxy-source', '192.0.2.1', ...ENDS],
        '192.0.2.1',
      ],
      [
        'version 2, IPv6',
        ['--proxy-version', '2', '--proxy-family', 'AF_INET6', '--proxy-source', '2001:db8::1', ...ENDS_V6],
        '2001:db8::1',
      ],
    ])('that says so in %s', async (_, args, host) => {
      const { code, output } = await say(await start({ proxyFrom: ['127.0.0.1'] }), ...args)
      expect(code, output).toBe(0)
      expect(peers).toMatchObject([{ address: { host, port: 1234 } }])
      expect(inbox.kept[0]?.received).toContain(host)
    })

    it.each([
      ['that is none of ours', ['192.0.2.0/24'], ['--proxy', 'TCP4 192.0.2.1 192.0.2.2 1234 25']],
      ['that says nonsense', ['127.0.0.1'], ['--proxy', 'TCP4 192.0.2.1 192.0.2.2 99999 25']],
      ['that forgets to say so', ['127.0.0.1'], []],
    ])('%s, and is not served', async (_, proxyFrom, args) => {
      const errors: Error[] = []
      const to = await start({ proxyFrom, onError: (error) => errors.push(error) })
      const { code } = await run(swaks, [
        ...to,
        '--timeout',
        '2',
        '--helo',
        'client.test',
        '--from',
        'a@x.test',
        '--to',
        'b@y.test',
        ...args,
      ])
      expect(code).not.toBe(0)
      expect(inbox.kept).toEqual([])
    })
  })
})
