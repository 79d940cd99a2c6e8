/** Our server's TLS, logins, proxies, LMTP and DSN, used by the clients that people use. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { AuthHandlers } from '../../src/smtp/auth-handlers.ts'
import type { ServerHandlers } from '../../src/smtp/handlers.ts'
import type { Peer } from '../../src/smtp/peer.ts'
import { refuse } from '../../src/smtp/reply.ts'
import { scramCredentials } from '../../src/smtp/sasl/scram-keys.ts'
import type { ScramCredentials } from '../../src/smtp/sasl/scram-keys.ts'
import { serve } from '../../src/smtp/server.ts'
import type { ServeOptions, Server } from '../../src/smtp/server.ts'
import { submission } from '../../src/smtp/submission.ts'
import { describePeer } from '../support/peers.ts'
import { run } from '../support/smtp-programs.ts'
import { CA, CLIENT, LOCALHOST } from '../support/tls.ts'

interface Kept {
  readonly from: string | undefined
  readonly user: string | undefined
  readonly host: string
  readonly name: string | undefined
  readonly protocol: string | undefined
  readonly parameters: object
  readonly recipient: object | undefined
}

let folder: string
let ca: string
let stored: ScramCredentials
let servers: Server[]
let kept: Kept[]
let errors: Error[]

const TLS = { ...LOCALHOST, ca: CA, clientCertificate: 'request' } as const

const auth: AuthHandlers = {
  password: ({ user, password }) => user === 'joe' && password === 'secret',
  scram: ({ user }) => (user === 'joe' ? stored : undefined),
  secret: ({ user }) => (user === 'joe' ? 'secret' : undefined),
  token: ({ token }) => token === 'abc' && 'joe',
  external: () => 'joe',
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wireline-smtp-'))
  ca = join(folder, 'ca.crt')
  await writeFile(ca, CA)
  await writeFile(join(folder, 'client.crt'), CLIENT.cert)
  await writeFile(join(folder, 'client.key'), CLIENT.key, { mode: 0o600 })
  stored = await scramCredentials('secret', Buffer.from('salt'), 4096)
})
afterAll(() => rm(folder, { recursive: true }))

beforeEach(() => {
  servers = []
  kept = []
  errors = []
})
afterEach(async () => {
  for (const server of servers) await server.close()
  expect(errors).toEqual([])
})

function describeClient({ address, user, name, tls }: Peer): Omit<Kept, 'from' | 'parameters' | 'recipient'> {
  return { user, name, host: 'host' in address ? address.host : '', protocol: tls?.protocol }
}

/** A server that takes mail of anybody, or of its users alone; where it is, as `host:port`. */
async function listening(
  options: Partial<ServeOptions> = {},
  policy: (handlers: ServerHandlers & { auth: AuthHandlers }) => ServerHandlers = (handlers) => handlers,
): Promise<string> {
  const handlers = {
    auth,
    message: async ({ peer, envelope, body }) => {
      for await (const chunk of body) if (chunk.length === 0) break
      const { from, parameters, recipients } = envelope
      const recipient = recipients[0]?.parameters
      kept.push({ ...describeClient(peer), from: from?.localPart, parameters, recipient })
    },
  } satisfies ServerHandlers
  const onError = (error: Error): void => void errors.push(error)
  const server = await serve(
    { hostname: 'mx.example.test', tls: TLS, onError, manners: { loginDelayMs: 10 }, ...options },
    policy(handlers),
  )
  servers.push(server)
  return server.url.slice(server.url.indexOf('//') + 2)
}

const IMPLICIT = { tls: { ...TLS, mode: 'implicit' } } as const

describePeer('swaks', (swaks) => {
  const say = (at: string, ...args: string[]): ReturnType<typeof run> =>
    run(swaks, [
      ...['--server', at, '--helo', 'client.test', '--timeout', '5'],
      ...['--from', 'joe@x.test', '--to', 'b@y.test', ...args],
    ])
  const verify = (): string[] => ['--tls-verify', '--tls-ca-path', ca]

  it('goes over to TLS', async () => {
    const { code, output } = await say(await listening({ requires: ['tls'] }), '--tls', ...verify(), '--pipeline')
    expect(code, output).toBe(0)
    expect(output).toContain('=== TLS started with cipher TLSv1.3')
    expect(kept).toMatchObject([{ from: 'joe', protocol: 'TLSv1.3' }])
  })

  it('hears that it has to', async () => {
    const { code, output } = await say(await listening({ requires: ['tls'] }))
    expect(code, output).not.toBe(0)
    expect(output).toContain('530 5.7.0 Must issue a STARTTLS command first')
  })

  it('begins with TLS', async () => {
    const { code, output } = await say(await listening(IMPLICIT), '--tls-on-connect', ...verify())
    expect(code, output).toBe(0)
    expect(kept).toMatchObject([{ protocol: 'TLSv1.3' }])
  })

  it.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('logs in by %s', async (mechanism) => {
    const at = await listening({}, submission)
    const login = ['--tls', '--auth', mechanism, '--auth-user', 'joe', '--auth-password']
    const { code, output } = await say(at, ...login, 'secret')
    expect(code, output).toBe(0)
    expect(kept).toMatchObject([{ user: 'joe' }])
    const failed = await say(at, ...login, 'wrong')
    expect(failed.code, failed.output).toBe(28)
    expect(failed.output).toContain('535 5.7.8')
  })

  it('does not give its password away', async () => {
    const login = ['--auth', 'PLAIN', '--auth-user', 'joe', '--auth-password', 'secret']
    const { code, output } = await say(await listening(), ...login)
    expect(code, output).toBe(28)
    expect(output).not.toContain(' AUTH PLAIN AG')
  })

  it('speaks for another client', async () => {
    const { code, output } = await say(
      await listening({ trustedPeers: ['127.0.0.1'] }),
      ...['--xclient-addr', '192.0.2.7', '--xclient-name', 'mx.example.net', '--xclient-login', 'ann'],
    )
    expect(code, output).toBe(0)
    expect(kept).toMatchObject([{ host: '192.0.2.7', name: 'mx.example.net', user: 'ann' }])
  })

  it('delivers by LMTP, and hears of each recipient', async () => {
    const at = await listening({ protocol: 'lmtp' }, (handlers) => ({
      ...handlers,
      message: async (context) => {
        await handlers.message(context)
        return [true, refuse(452, '4.2.2', 'Mailbox full'), true]
      },
    }))
    const to = ['--to', 'b@y.test,c@y.test,B@y.test']
    const { output } = await run(swaks, [
      ...[
        '--server',
        at,
        '--protocol',
        'LMTP',
        '--helo',
        'client.test',
        '--timeout',
        '5',
        '--from',
        'joe@x.test',
        ...to,
      ],
    ])
    expect(output).toMatch(/250 2\.0\.0 .*\n.*452 4\.2\.2 Mailbox full\n.*250 2\.0\.0 /)
    expect(kept).toHaveLength(1)
  })

  it.each(['1', '2'])('comes through a proxy, version %s', async (version) => {
    const { code, output } = await say(
      await listening({ proxyFrom: ['127.0.0.1'] }),
      ...['--proxy-version', version, '--proxy-family', version === '1' ? 'TCP4' : 'AF_INET'],
      ...(version === '2' ? ['--proxy-protocol', 'STREAM', '--proxy-command', 'PROXY'] : []),
      ...['--proxy-source', '192.0.2.1', '--proxy-source-port', '1234'],
      ...['--proxy-dest', '192.0.2.2', '--proxy-dest-port', '25'],
    )
    expect(code, output).toBe(0)
    expect(kept).toMatchObject([{ host: '192.0.2.1' }])
  })
})

describePeer('msmtp', (msmtp) => {
  const say = (at: string, ...args: string[]): ReturnType<typeof run> => {
    const [, port = ''] = at.split(':')
    const base = ['--host=localhost', '--source-ip=127.0.0.1', `--port=${port}`, '--from=joe@x.test', '--timeout=5']
    const tls = ['--tls=on', `--tls-trust-file=${ca}`]
    return run(msmtp, [...base, ...tls, ...args, 'b@y.test'], 'Subject: m\n\n.dot\n')
  }

  it.each(['plain', 'login', 'cram-md5', 'scram-sha-256', 'xoauth2', 'oauthbearer'])('logs in by %s', async (name) => {
    const at = await listening({}, submission)
    const password = name.includes('oauth') || name === 'xoauth2' ? 'abc' : 'secret'
    const { code, output } = await say(at, `--auth=${name}`, '--user=joe', `--passwordeval=echo ${password}`)
    expect(code, output).toBe(0)
    expect(kept).toMatchObject([{ user: 'joe', protocol: 'TLSv1.3' }])
    const failed = await say(at, `--auth=${name}`, '--user=joe', '--passwordeval=echo wrong')
    expect(failed.code, failed.output).toBe(77)
  })

  it('asks for notifications', async () => {
    const at = await listening({ extensions: ['PIPELINING', 'STARTTLS', 'DSN'] })
    const { code, output } = await say(at, '--auth=off', '--dsn-notify=failure,delay', '--dsn-return=headers')
    expect(code, output).toBe(0)
    expect(kept).toMatchObject([{ parameters: { RET: 'HDRS' }, recipient: { NOTIFY: ['FAILURE', 'DELAY'] } }])
  })

  it('delivers by LMTP', async () => {
    const at = await listening({ protocol: 'lmtp' })
    const { code, output } = await say(at, '--auth=off', '--protocol=lmtp')
    expect(code, output).toBe(0)
    expect(kept).toMatchObject([{ from: 'joe', protocol: 'TLSv1.3' }])
  })

  it('logs in by its certificate, with implicit TLS', async () => {
    const certificate = [
      `--tls-cert-file=${join(folder, 'client.crt')}`,
      `--tls-key-file=${join(folder, 'client.key')}`,
    ]
    const { code, output } = await say(
      await listening(IMPLICIT, submission),
      ...['--auth=external', '--user=joe', '--tls-starttls=off', ...certificate],
    )
    expect(code, output).toBe(0)
    expect(kept).toMatchObject([{ user: 'joe' }])
  })
})

describePeer('curl', (curl) => {
  it.each([
    ['PLAIN', ['--user', 'joe:secret']],
    ['LOGIN', ['--user', 'joe:secret']],
    ['CRAM-MD5', ['--user', 'joe:secret']],
    ['XOAUTH2', ['--user', 'joe', '--oauth2-bearer', 'abc']],
    ['OAUTHBEARER', ['--user', 'joe', '--oauth2-bearer', 'abc']],
  ])('logs in by %s', async (name, login) => {
    const [, port = ''] = (await listening({}, submission)).split(':')
    const { code, output } = await run(
      curl,
      [
        ...['-sS', `smtp://localhost:${port}/client.test`, '--ssl-reqd', '--cacert', ca, '-4'],
        ...['--mail-from', 'joe@x.test', '--mail-rcpt', 'b@y.test', '-T', '-'],
        ...[...login, '--login-options', `AUTH=${name}`],
      ],
      'Subject: c\r\n\r\nx\r\n',
    )
    expect(code, output).toBe(0)
    expect(kept).toMatchObject([{ user: 'joe', protocol: 'TLSv1.3' }])
  })
})

describePeer('python3', (python) => {
  it('smtplib goes over to TLS and logs in', async () => {
    const [, port = ''] = (await listening({}, submission)).split(':')
    const program = `
import smtplib, ssl, sys
s = smtplib.SMTP('localhost', int(sys.argv[1]), local_hostname='p.test', source_address=('127.0.0.1', 0))
s.starttls(context=ssl.create_default_context(cafile=sys.argv[2]))
try:
    s.login('joe', 'wrong')
except smtplib.SMTPAuthenticationError as e:
    print(e.smtp_code)
s.login('joe', 'secret')
print(s.sendmail('joe@x.test', ['b@y.test'], b'Subject: x\\r\\n\\r\\nx\\r\\n'))
s.quit()
`
    const { code, output } = await run(python, ['-c', program, port, ca])
    expect(code, output).toBe(0)
    expect(output).toContain('535')
    expect(kept).toMatchObject([{ user: 'joe' }])
  }, 20_000)
})
