/** How sessions begin: LHLO, STARTTLS and its attacks, logging in by each mechanism and on each kind of connection. */
import { describe, expect, it } from 'vitest'
import { NetError, TlsError } from '../../../src/net/errors.ts'
import { pair } from '../../../src/net/pair.ts'
import type { Socket } from '../../../src/net/socket.ts'
import { Transcript } from '../../../src/net/transcript.ts'
import { Client, connect } from '../../../src/smtp/client.ts'
import type { ClientOptions } from '../../../src/smtp/client-options.ts'
import { decodeBase64, encodeBase64 } from '../../../src/smtp/sasl/base64.ts'
import { channelBindings } from '../../../src/smtp/sasl/channel-binding.ts'
import type { Login } from '../../../src/smtp/sasl/choose.ts'
import { SASL_REFUSALS } from '../../../src/smtp/sasl/errors.ts'
import { MECHANISMS } from '../../../src/smtp/sasl/mechanism.ts'
import type { MechanismName, ServerStep, Verdict } from '../../../src/smtp/sasl/mechanism.ts'
import { offeredMechanisms, serverMechanism } from '../../../src/smtp/sasl/offer.ts'
import { scramCredentials } from '../../../src/smtp/sasl/scram-keys.ts'
import { RawPeer } from '../../support/smtp-peer.ts'
import { CA, CLIENT, LOCALHOST, STRANGER } from '../../support/tls.ts'

const PASSWORD: Login = { type: 'password', user: 'joe', password: 'secret' }
const TOKEN: Login = { type: 'token', user: 'joe', token: 'tkn' }
const STORED = await scramCredentials('secret')
const TRUSTED = { ca: CA, servername: 'localhost' }

interface ServerOptions {
  /** What EHLO is answered in the clear, and over TLS. */
  readonly clear?: readonly string[]
  readonly secure?: readonly string[]
  readonly mechanisms?: readonly MechanismName[]
  /** What is said to STARTTLS. */
  readonly starttls?: string
  readonly identity?: { readonly key: string; readonly cert: string }
  /** What is answered to other lines, before anything else is thought of. */
  readonly opinion?: (line: string) => string | undefined
}

/** A server for one session, that writes down what it hears. */
class Server {
  readonly heard: string[] = []
  readonly #end: Socket
  readonly #peer: RawPeer
  readonly #options: ServerOptions

  constructor(end: Socket, options: ServerOptions) {
    this.#end = end
    this.#peer = new RawPeer(end)
    this.#options = options
    void this.#serve().catch(() => end.destroy())
  }

  async #serve(): Promise<void> {
    const { starttls = '220 go\r\n', opinion } = this.#options
    await this.#peer.say('220 mx.test\r\n')
    for (let line = await this.#peer.line(); line !== undefined; line = await this.#peer.line()) {
      this.heard.push(line)
      const verb = line.split(' ')[0] ?? ''
      const said = opinion?.(line)
      if (said !== undefined) await this.#peer.say(said)
      else if (verb === 'STARTTLS') await this.#startTls(starttls)
      else if (verb === 'AUTH') await this.#peer.say(`${await this.#authenticate(line)}\r\n`)
      else if (verb === 'EHLO' || verb === 'LHLO') await this.#peer.say(this.#offer())
      else await this.#peer.say(verb === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n')
    }
  }

  async #startTls(reply: string): Promise<void> {
    this.#end.push([Buffer.from(reply, 'latin1')])
    const { identity = LOCALHOST } = this.#options
    if (reply.startsWith('220')) {
      await this.#end.upgradeTls('server', { ...identity, ca: CA, clientCertificate: 'request' })
    }
  }

  #offered(): Parameters<typeof offeredMechanisms>[0] {
    const { tls } = this.#end
    const { mechanisms = [] } = this.#options
    const security = tls === undefined ? 'none' : 'tls'
    const certificate = Buffer.from(LOCALHOST.cert.replace(/-----.*-----|\s/g, ''), 'base64')
    const bindings = tls === undefined ? {} : { channelBindings: channelBindings(tls, certificate) }
    return { hostname: 'mx.test', mechanisms, security, isCertified: tls?.isAuthorized === true, ...bindings }
  }

  #offer(): string {
    const { clear = ['STARTTLS'], secure = [] } = this.#options
    const mechanisms = offeredMechanisms(this.#offered())
    const auth = mechanisms.length === 0 ? [] : [`AUTH ${mechanisms.join(' ')}`]
    const lines = ['mx.test', ...(this.#end.tls === undefined ? clear : secure), ...auth]
    return lines.map((line, at) => `250${at < lines.length - 1 ? '-' : ' '}${line}\r\n`).join('')
  }

  async #authenticate(line: string): Promise<string> {
    const [, name = '', initial] = line.split(' ')
    const mechanism = serverMechanism(name, this.#offered())
    if (mechanism === undefined) return '504 5.5.4 no'
    let step: ServerStep = mechanism.start(
      initial === undefined ? undefined : initial === '=' ? Buffer.alloc(0) : decodeBase64(initial),
    )
    for (;;) {
      if (step.type === 'success') return '235 2.7.0 welcome'
      if (step.type === 'failure') return `${SASL_REFUSALS[step.reason].hint} 5.7.8 no`
      if (step.type === 'verify') {
        step = mechanism.verified(judge(step.credentials))
        continue
      }
      await this.#peer.say(`334 ${encodeBase64(step.bytes)}\r\n`)
      const response = await this.#peer.line()
      this.heard.push(response ?? 'end')
      if (response === '*') return '501 5.7.0 given up'
      step = mechanism.respond(decodeBase64(response ?? '') ?? Buffer.alloc(0))
    }
  }
}

function judge(credentials: Extract<ServerStep, { type: 'verify' }>['credentials']): Verdict {
  switch (credentials.type) {
    case 'password':
      return credentials.password === 'secret' ? { type: 'accepted', identity: 'joe' } : { type: 'rejected' }
    case 'secret':
      return { type: 'secret', identity: 'joe', password: 'secret' }
    case 'scram':
      return { type: 'scram', identity: 'joe', credentials: STORED }
    case 'token':
      return credentials.token === 'tkn' ? { type: 'accepted', identity: 'joe' } : { type: 'rejected' }
    case 'external':
      return { type: 'accepted', identity: 'joe' }
  }
}

/** Begins a session with such a server. */
function opening(server: ServerOptions, options: ClientOptions = {}): { server: Server; client: Promise<Client> } {
  const [socket, end] = pair()
  const client = Client.on(socket, { hostname: 'c.test', ...options })
  client.catch(() => {})
  return { server: new Server(end, server), client }
}

describe('STARTTLS', () => {
  it('is used where it is offered, and all that was known is asked anew', async () => {
    const { server, client } = opening({ clear: ['STARTTLS', 'SIZE 5', 'AUTH PLAIN'], secure: ['SIZE 7'] })
    expect([...(await client).capabilities]).toEqual([['SIZE', ['7']]])
    expect(server.heard).toEqual(['EHLO c.test', 'STARTTLS', 'EHLO c.test'])
    await (await client).quit()
  })

  it.each<[string, ServerOptions, ClientOptions, string[]]>([
    ['not wanted', {}, { starttls: 'none' }, ['EHLO c.test']],
    ['not offered', { clear: [] }, {}, ['EHLO c.test']],
    ['refused, and it was only an opportunity', { starttls: '454 no\r\n' }, {}, ['EHLO c.test', 'STARTTLS']],
  ])('is left out where it is %s', async (_, offered, options, heard) => {
    const { server, client } = opening(offered, options)
    await client
    expect(server.heard).toEqual(heard)
  })

  it.each<[string, ServerOptions, ClientOptions, object]>([
    ['is not offered', { clear: [] }, { starttls: 'required' }, { code: 'SMTP_NOT_OFFERED', side: 'local' }],
    ['is refused', { starttls: '454 no\r\n' }, { starttls: 'required' }, { command: 'STARTTLS', reply: { code: 454 } }],
    ['is refused to who has a password', { starttls: '502 no\r\n' }, { login: PASSWORD }, { command: 'STARTTLS' }],
    [
      'is refused to who would even say it in the clear',
      { starttls: '454 no\r\n' },
      { login: PASSWORD, allowCleartext: true },
      { command: 'STARTTLS' },
    ],
    ['ends in a certificate of nobody knows whom', {}, { starttls: 'required' }, { code: 'NET_TLS_UNTRUSTED' }],
    [
      'ends in the certificate of a stranger',
      { identity: STRANGER },
      { starttls: 'required', tls: TRUSTED },
      { code: 'NET_TLS_UNTRUSTED' },
    ],
    [
      'ends in the certificate of another',
      {},
      { starttls: 'required', tls: { ca: CA, servername: 'mx.test' } },
      { code: 'NET_TLS_UNTRUSTED' },
    ],
    [
      'ends so though it was only an opportunity, for who wants to know',
      {},
      { tls: { rejectUnauthorized: true } },
      { code: 'NET_TLS_UNTRUSTED' },
    ],
  ])('fails closed where it %s', async (_, offered, options, error) => {
    const { server, client } = opening(offered, options)
    await expect(client).rejects.toMatchObject(error)
    expect(server.heard.filter((line) => !/^(EHLO|STARTTLS|QUIT)/.test(line))).toEqual([])
  })

  it('does not look at certificates where it is only an opportunity', async () => {
    const { client } = opening({ identity: STRANGER }, { tls: { servername: 'localhost' } })
    await client
  })

  it.each(['250-evil\r\n250 AUTH PLAIN\r\n', '220 again\r\n', '\x00'])(
    'is the end where %j was put behind its reply, however that is cut',
    async (planted) => {
      const wire = `220 go\r\n${planted}`
      for (let cut = 1; cut <= wire.length; cut++) {
        const [socket, end] = pair({
          cut: (bytes) =>
            bytes.toString().startsWith('220 go') ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes],
        })
        const client = Client.on(socket, { starttls: 'required', tls: TRUSTED })
        client.catch(() => {})
        const peer = new RawPeer(end)
        await peer.say('220 mx.test\r\n')
        await peer.line()
        await peer.say('250-mx.test\r\n250 STARTTLS\r\n')
        await peer.line()
        await peer.say(wire)
        const error: unknown = await client.catch((thrown: unknown) => thrown)
        expect(error, `cut at ${cut}`).toBeInstanceOf(NetError)
        expect(['SMTP_TLS_LEFTOVER', 'NET_TLS_LEFTOVER', 'NET_TLS_HANDSHAKE']).toContain((error as NetError).code)
        expect(socket.state).toBe('closed')
      }
    },
  )
})

describe('logging in', () => {
  it.each<[MechanismName, Login, readonly MechanismName[]]>([
    ['SCRAM-SHA-256-PLUS', PASSWORD, MECHANISMS],
    ['SCRAM-SHA-256', PASSWORD, ['SCRAM-SHA-256', 'CRAM-MD5', 'PLAIN', 'LOGIN']],
    ['CRAM-MD5', PASSWORD, ['PLAIN', 'CRAM-MD5', 'LOGIN']],
    ['PLAIN', PASSWORD, ['LOGIN', 'PLAIN']],
    ['LOGIN', PASSWORD, ['LOGIN']],
    ['OAUTHBEARER', TOKEN, MECHANISMS],
    ['XOAUTH2', TOKEN, ['XOAUTH2', 'PLAIN']],
    ['EXTERNAL', { type: 'certificate' }, MECHANISMS],
  ])('by %s', async (mechanism, login, mechanisms) => {
    const log: string[] = []
    const { server, client } = opening(
      { mechanisms },
      { login, tls: { ...TRUSTED, ...CLIENT }, transcript: () => new Transcript((line) => log.push(line)) },
    )
    await client
    expect(server.heard[3]).toMatch(new RegExp(`^AUTH ${mechanism}($| )`))
    const secrets = server.heard.slice(3).flatMap((line) => line.split(' ').slice(line.startsWith('AUTH') ? 2 : 0))
    for (const secret of secrets) if (secret.length > 3) expect(log.join('\n')).not.toContain(secret)
    expect(log.join('\n')).not.toContain('secret')
  })

  it('may be told anew for each session', async () => {
    let asked = 0
    const { client } = opening(
      { mechanisms: ['OAUTHBEARER'] },
      { login: () => Promise.resolve({ ...TOKEN, token: `t${++asked}`.replace('t1', 'tkn') }), tls: TRUSTED },
    )
    await client
    expect(asked).toBe(1)
  })

  it('sends a long initial response behind an empty challenge', async () => {
    const token = 'x'.repeat(400)
    const { server, client } = opening({ mechanisms: ['OAUTHBEARER'] }, { login: { ...TOKEN, token }, tls: TRUSTED })
    await expect(client).rejects.toMatchObject({ code: 'SMTP_REPLY', command: 'AUTH' })
    expect(server.heard[3]).toBe('AUTH OAUTHBEARER')
    expect(server.heard[4]?.length).toBeGreaterThan(500)
    const full = opening(
      { mechanisms: ['PLAIN'], opinion: (line) => (line === 'AUTH PLAIN' ? '334 YQ==\r\n' : undefined) },
      { login: { ...PASSWORD, password: 'y'.repeat(400) }, tls: TRUSTED },
    )
    await expect(full.client).rejects.toMatchObject({ code: 'SASL_CHALLENGE' })
    expect(full.server.heard[4]).toBe('*')
  })

  it.each<[string, ServerOptions, ClientOptions, object]>([
    [
      'the password is wrong',
      { mechanisms: ['PLAIN'] },
      { login: { ...PASSWORD, password: 'no' } },
      { command: 'AUTH' },
    ],
    ['there is no AUTH', {}, {}, { code: 'SMTP_NOT_OFFERED', message: /AUTH/ }],
    ['none will do', { mechanisms: ['OAUTHBEARER'] }, {}, { code: 'SMTP_AUTH_MECHANISM', side: 'local' }],
    ['none may be used', { mechanisms: ['PLAIN'] }, { mechanisms: ['SCRAM-SHA-256'] }, { code: 'SMTP_AUTH_MECHANISM' }],
    [
      'the challenge is no base64',
      { mechanisms: ['SCRAM-SHA-256'], opinion: (line) => (line.startsWith('AUTH') ? '334 !\r\n' : undefined) },
      {},
      { code: 'SMTP_AUTH_BASE64', side: 'remote' },
    ],
    [
      'the challenge has several lines',
      { mechanisms: ['LOGIN'], opinion: (line) => (line.startsWith('AUTH') ? '334-YQ==\r\n334 YQ==\r\n' : undefined) },
      {},
      { code: 'SMTP_AUTH_BASE64' },
    ],
    [
      'the server reports success before it has proven anything',
      { mechanisms: ['SCRAM-SHA-256'], opinion: (line) => (line.startsWith('AUTH') ? '235 yes\r\n' : undefined) },
      {},
      { code: 'SASL_SUCCESS_EARLY' },
    ],
    [
      'the server is an impostor',
      {
        mechanisms: ['SCRAM-SHA-256'],
        opinion: (line) =>
          line.startsWith('AUTH') ? '334 cj1ldmlsLHM9YQ==\r\n' : line === '*' ? '501 ok\r\n' : undefined,
      },
      {},
      { name: 'SaslError' },
    ],
  ])('fails where %s', async (_, offered, options, error) => {
    const { client } = opening(offered, { login: PASSWORD, tls: TRUSTED, ...options })
    await expect(client).rejects.toMatchObject(
      Object.fromEntries(
        Object.entries(error).map(([key, value]) => [
          key,
          value instanceof RegExp ? (expect.stringMatching(value) as unknown) : (value as unknown),
        ]),
      ),
    )
  })

  it('does not give a password away: not without TLS, and not to whom it does not know', async () => {
    const bare: ServerOptions = {
      clear: ['AUTH PLAIN LOGIN'],
      opinion: (line) => (line.startsWith('AUTH') ? '235 yes\r\n' : undefined),
    }
    const none = opening(bare, { login: PASSWORD, starttls: 'opportunistic' })
    await expect(none.client).rejects.toMatchObject({ code: 'SMTP_AUTH_MECHANISM' })
    expect(none.server.heard.filter((line) => line.startsWith('AUTH'))).toEqual([])
    const unverified = opening(
      { mechanisms: ['PLAIN'] },
      { login: PASSWORD, tls: { servername: 'localhost', rejectUnauthorized: false } },
    )
    await expect(unverified.client).rejects.toMatchObject({ code: 'SMTP_AUTH_MECHANISM' })
    const allowed = opening(bare, { login: PASSWORD, allowCleartext: true })
    await allowed.client
    expect(allowed.server.heard).toEqual(['EHLO c.test', 'AUTH PLAIN AGpvZQBzZWNyZXQ='])
  })
})

describe('LMTP', () => {
  it('begins with LHLO, and knows nothing less', async () => {
    const { server, client } = opening({ clear: ['PIPELINING'] }, { protocol: 'lmtp' })
    expect((await client).capabilities.has('PIPELINING')).toBe(true)
    expect(server.heard).toEqual(['LHLO c.test'])
    const refused = opening(
      { opinion: (line) => (line.startsWith('LHLO') ? '500 no\r\n' : undefined) },
      { protocol: 'lmtp' },
    )
    await expect(refused.client).rejects.toMatchObject({ command: 'LHLO' })
    expect(refused.server.heard).toEqual(['LHLO c.test', 'QUIT'])
  })
})

describe('connect', () => {
  it('verifies the name in the URL, whatever was dialled, and tells a token for whom it is', async () => {
    const servers: Server[] = []
    const dial = (): Promise<Socket> => {
      const [socket, end] = pair()
      servers.push(new Server(end, { mechanisms: ['OAUTHBEARER'] }))
      return Promise.resolve(socket)
    }
    for (const login of [TOKEN, () => TOKEN]) {
      const client = await connect('smtp://localhost:587', { dial, login, tls: { ca: CA } })
      await client.quit()
    }
    for (const { heard } of servers) {
      const said = Buffer.from(heard[3]?.split(' ')[2] ?? '', 'base64').toString()
      expect(said).toContain('host=localhost\x01port=587\x01')
    }
    const other = connect('smtp://mx.test', { dial, login: PASSWORD, tls: { ca: CA } })
    await expect(other).rejects.toBeInstanceOf(TlsError)
    const unnamed = connect('lmtp:///run/socket', { dial, login: TOKEN, tls: TRUSTED })
    await (await unnamed).quit()
  })

  it('logs in as the URL says', async () => {
    let server: Server | undefined
    const dial = (): Promise<Socket> => {
      const [socket, end] = pair()
      server = new Server(end, { mechanisms: ['PLAIN'] })
      return Promise.resolve(socket)
    }
    const client = await connect('smtp://joe:secret@localhost', { dial, tls: { ca: CA } })
    expect(server?.heard.at(-1)).toBe('AUTH PLAIN AGpvZQBzZWNyZXQ=')
    await client.quit()
    await expect(connect('smtp://joe:wrong@localhost', { dial, tls: { ca: CA } })).rejects.toMatchObject({
      code: 'SMTP_REPLY',
      command: 'AUTH',
      reply: { code: 535 },
    })
  })
})
