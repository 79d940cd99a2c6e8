/** AUTH at a server, line by line: what is offered when, how an exchange goes and fails, and what is known behind it (RFC 4954). */
import { beforeAll, describe, expect, it } from 'vitest'
import { Transcript } from '../../../src/net/transcript.ts'
import type { AuthHandlers } from '../../../src/smtp/auth-handlers.ts'
import { chooseMechanism } from '../../../src/smtp/sasl/choose.ts'
import type { Login } from '../../../src/smtp/sasl/choose.ts'
import { channelBindings } from '../../../src/smtp/sasl/channel-binding.ts'
import type { MechanismName } from '../../../src/smtp/sasl/mechanism.ts'
import { scramCredentials } from '../../../src/smtp/sasl/scram-keys.ts'
import type { ScramCredentials } from '../../../src/smtp/sasl/scram-keys.ts'
import { submission } from '../../../src/smtp/submission.ts'
import { settle } from '../../support/sockets.ts'
import { splits } from '../../support/splits.ts'
import { CA, CLIENT, LOCALHOST } from '../../support/tls.ts'
import { begun, HELLO, Scene } from './server-session.ts'

let stored: ScramCredentials
beforeAll(async () => {
  stored = await scramCredentials('secret', Buffer.from('salt'), 4096)
})

const AUTH: AuthHandlers = {
  password: ({ user, password }) => user === 'joe' && password === 'secret',
  scram: ({ user }) => (user === 'joe' ? stored : undefined),
  secret: ({ user }) => (user === 'joe' ? 'secret' : undefined),
  token: ({ token }) => (token === 'abc' ? 'joe' : { status: 'invalid_token' }),
  external: ({ peer }) => (peer.tls?.peerCertificate === undefined ? false : 'joe'),
}
const TLS = { ...LOCALHOST, ca: CA, clientCertificate: 'request' } as const
const PLAIN = Buffer.from('\0joe\0secret').toString('base64')
const WRONG = Buffer.from('\0joe\0wrong').toString('base64')

const JOE: Login = { type: 'password', user: 'joe', password: 'secret' }
const TOKEN: Login = { type: 'token', user: 'joe', token: 'abc' }

const base64 = (bytes: Buffer | undefined): string => (bytes?.length === 0 ? '=' : (bytes?.toString('base64') ?? ''))

/** Logs in by one mechanism and gives the codes of the replies; a failed login's delay is waited out. */
async function logIn({ peer, client, clock }: Scene, name: MechanismName, login: Login): Promise<string> {
  const { tls } = client
  const mechanism = chooseMechanism(login, {
    // That the server has the other one too is no secret to this client, else it would suspect an attack.
    offered: name === 'SCRAM-SHA-256' ? [name, 'SCRAM-SHA-256-PLUS'] : [name],
    allowed: [name],
    security: tls === undefined ? 'none' : 'verified',
    allowCleartext: true,
    ...(tls !== undefined && { channelBindings: channelBindings(tls, tls.peerCertificate) }),
  })
  if (mechanism === undefined) throw new Error(`${name} is not to be had`)
  const first = mechanism.start()
  await peer.say(`AUTH ${name}${first === undefined ? '' : ` ${base64(first)}`}\r\n`)
  const codes: string[] = []
  for (;;) {
    const asked = peer.reply()
    await settle()
    clock.advance(1100)
    const line = await asked
    codes.push(line?.slice(0, 3) ?? 'end')
    if (line?.startsWith('334 ') !== true) return codes.join(' ')
    const { bytes } = await mechanism.respond(Buffer.from(line.slice(4), 'base64'))
    await peer.say(`${bytes.toString('base64')}\r\n`)
  }
}

async function secured(auth: AuthHandlers = AUTH, isCertified = false): Promise<Scene> {
  const scene = await begun({ auth }, { tls: TLS })
  await scene.startTls(isCertified ? CLIENT : {})
  await scene.hello()
  return scene
}

describe('what is offered', () => {
  const offered = (lines: readonly string[]): string | undefined => lines.find((line) => line.startsWith('AUTH'))

  it('hangs on TLS, on the certificate, and on what the program can judge', async () => {
    const scene = new Scene({ auth: AUTH }, { tls: TLS })
    expect(offered(await scene.begin())).toBe('AUTH SCRAM-SHA-256 CRAM-MD5')
    await scene.startTls()
    expect(offered(await scene.hello())).toBe(
      'AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 OAUTHBEARER XOAUTH2 CRAM-MD5 PLAIN LOGIN',
    )
    const certified = await begun({ auth: AUTH }, { tls: TLS })
    await certified.startTls(CLIENT)
    expect(offered(await certified.hello())).toContain(' EXTERNAL ')
    expect(offered(await new Scene({ auth: { password: () => true } }).begin())).toBeUndefined()
    expect(offered(await new Scene({}, { tls: TLS }).begin())).toBeUndefined()
  })

  it('includes passwords that are judged by what is stored for SCRAM, where there is something', async () => {
    const scram: AuthHandlers['scram'] = () => undefined
    const options = { allowCleartextAuth: true }
    expect(offered(await new Scene({ auth: { scram } }, options).begin())).toBe('AUTH SCRAM-SHA-256')
    expect(offered(await new Scene({ auth: { scram, password: 'scram' } }, options).begin())).toBe(
      'AUTH SCRAM-SHA-256 PLAIN LOGIN',
    )
    expect(offered(await new Scene({ auth: { scram, password: 'scram' } }, { tls: TLS }).begin())).toBe(
      'AUTH SCRAM-SHA-256',
    )
    expect(offered(await new Scene({ auth: { password: 'scram' } }, options).begin())).toBeUndefined()
  })

  it('includes passwords in the clear where that was asked for', async () => {
    const scene = new Scene({ auth: AUTH }, { allowCleartextAuth: true })
    expect(offered(await scene.begin())).toBe('AUTH SCRAM-SHA-256 OAUTHBEARER XOAUTH2 CRAM-MD5 PLAIN LOGIN')
    expect(await scene.peer.ask(`AUTH PLAIN ${PLAIN}\r\n`)).toBe('235')
  })

  it.each([
    ['AUTH PLAIN', '538'],
    [`AUTH PLAIN ${PLAIN}`, '538'],
    ['AUTH DIGEST-MD5', '504'],
    ['AUTH SCRAM-SHA-256-PLUS', '504'],
    ['AUTH EXTERNAL', '504'],
    ['AUTH __proto__', '504'],
    ['AUTH', '501'],
  ])('is all that can be had: %s gets %s', async (line, said) => {
    const scene = await begun({ auth: AUTH }, { tls: TLS })
    expect(await scene.peer.ask(`${line}\r\n`)).toBe(said)
  })

  it('is told to need TLS where all of it does', async () => {
    const scene = await begun({ auth: { password: () => true } }, { tls: TLS })
    expect(await scene.peer.ask(`AUTH PLAIN ${PLAIN}\r\nAUTH LOGIN\r\n`, 2)).toBe('538 538')
    const without = await begun({ auth: { password: () => true } }, { tls: TLS, extensions: ['STARTTLS'] })
    expect(await without.peer.ask(`AUTH PLAIN ${PLAIN}\r\n`)).toBe('502')
  })

  it('is nothing before EHLO, behind HELO, or without a handler', async () => {
    const scene = new Scene({ auth: AUTH })
    await scene.peer.codes(1)
    expect(await scene.peer.ask('AUTH CRAM-MD5\r\n')).toBe('503')
    expect(await (await begun()).peer.ask('AUTH CRAM-MD5\r\n')).toBe('502')
  })
})

describe('a login', () => {
  it.each<[MechanismName, Login, string]>([
    ['PLAIN', JOE, '235'],
    ['LOGIN', JOE, '334 334 235'],
    ['CRAM-MD5', JOE, '334 235'],
    ['SCRAM-SHA-256', JOE, '334 334 235'],
    ['SCRAM-SHA-256-PLUS', JOE, '334 334 235'],
    ['XOAUTH2', TOKEN, '235'],
    ['OAUTHBEARER', TOKEN, '235'],
    ['EXTERNAL', { type: 'certificate' }, '235'],
  ])('by %s', async (name, login, codes) => {
    const users: unknown[] = []
    const scene = await begun({ auth: AUTH, mail: ({ peer }) => void users.push(peer.user) }, { tls: TLS })
    await scene.startTls(CLIENT)
    await scene.hello()
    expect(await logIn(scene, name, login)).toBe(codes)
    await scene.peer.ask('MAIL FROM:<a@x.test>\r\n')
    expect(users).toEqual(['joe'])
    expect(scene.errors).toEqual([])
  })

  it.each<[MechanismName, Login, string]>([
    ['PLAIN', { ...JOE, password: 'wrong' }, '535'],
    ['LOGIN', { ...JOE, user: 'ann' }, '334 334 535'],
    ['CRAM-MD5', { ...JOE, password: 'wrong' }, '334 535'],
    ['SCRAM-SHA-256', { ...JOE, password: 'wrong' }, '334 535'],
    ['SCRAM-SHA-256-PLUS', { ...JOE, user: 'ann' }, '334 535'],
    ['XOAUTH2', { ...TOKEN, token: 'x' }, '334 535'],
    ['OAUTHBEARER', { ...TOKEN, token: 'x' }, '334 535'],
  ])('that fails by %s', async (name, login, codes) => {
    const users: unknown[] = []
    const scene = await begun({ auth: AUTH, mail: ({ peer }) => void users.push(peer.user) }, { tls: TLS })
    await scene.startTls()
    await scene.hello()
    expect(await logIn(scene, name, login)).toBe(codes)
    await scene.peer.ask('MAIL FROM:<a@x.test>\r\n')
    expect(users).toEqual([undefined])
  })

  it('can be taken back, and begun again', async () => {
    const scene = await secured()
    expect(await scene.peer.ask('AUTH PLAIN\r\n')).toBe('334')
    const cancelled = scene.peer.ask('*\r\n')
    await settle()
    scene.clock.advance(1100)
    expect(await cancelled).toBe('501')
    expect(await scene.peer.ask('AUTH PLAIN\r\n')).toBe('334')
    expect(await scene.peer.ask(`${PLAIN}\r\n`)).toBe('235')
    expect(await scene.peer.ask('AUTH PLAIN\r\n')).toBe('503')
  })

  it('succeeds once, outside of transactions', async () => {
    const scene = await secured()
    await scene.peer.ask('MAIL FROM:<a@x.test>\r\n')
    expect(await scene.peer.ask(`AUTH PLAIN ${PLAIN}\r\n`)).toBe('503')
    await scene.peer.ask('RSET\r\n')
    expect(await scene.peer.ask(`AUTH PLAIN ${PLAIN}\r\n`)).toBe('235')
  })

  it('whose lines are no base64 has failed', async () => {
    const scene = await secured()
    for (const line of ['!', 'AA=', '====', 'QQ', ' ', `${PLAIN} ${PLAIN}`, 'MAIL FROM:<a@x.test>']) {
      expect(await scene.peer.ask('AUTH PLAIN\r\n')).toBe('334')
      expect(await scene.peer.ask(`${line}\r\n`)).toBe('501')
      expect(await scene.peer.ask('NOOP\r\n')).toBe('250')
    }
    expect(await scene.peer.ask(`AUTH PLAIN ${PLAIN}=\r\n`)).toBe('501')
  })

  it('that is too long has failed, and its rest is no command', async () => {
    const scene = await secured()
    expect(await scene.peer.ask('AUTH PLAIN\r\n')).toBe('334')
    expect(await scene.peer.ask(`${'QUFB'.repeat(4000)}\r\nNOOP\r\n`, 2)).toBe('500 250')
  })

  it('that fails is answered late, and too many are the end', async () => {
    const scene = await begun({ auth: AUTH }, { allowCleartextAuth: true, manners: { maxFailedLogins: 2 } })
    for (let attempt = 0; attempt < 2; attempt++) {
      let state: 'silent' | 'answered' = 'silent'
      const asked = scene.peer.ask(`AUTH PLAIN ${WRONG}\r\n`)
      void asked.then(() => (state = 'answered'))
      await settle()
      scene.clock.advance(900)
      await settle()
      expect(state).toBe('silent')
      scene.clock.advance(200)
      expect(await asked).toBe('535')
    }
    expect(await scene.peer.ask(`AUTH PLAIN ${PLAIN}\r\n`, 2)).toBe('421 end')
    await scene.session.done
  })

  it('that cannot be judged is answered 454, and the client learns nothing', async () => {
    const auth: AuthHandlers = {
      password: () => {
        throw new Error('no route to 10.0.0.3')
      },
    }
    const scene = await secured(auth)
    const asked = scene.peer.say(`AUTH PLAIN ${PLAIN}\r\n`).then(() => scene.peer.reply())
    await settle()
    scene.clock.advance(1100)
    expect(await asked).toBe('454 4.7.0 Temporary authentication failure')
    expect(scene.errors).toHaveLength(1)
  })

  it('that nobody waits for any more ends with the connection', async () => {
    const scene = await secured({ password: () => new Promise(() => {}) })
    await scene.peer.say(`AUTH PLAIN ${PLAIN}\r\n`)
    await settle()
    scene.server.destroy()
    await scene.session.done
    expect(scene.errors).toEqual([])
  })

  it('in the clear is forgotten by STARTTLS', async () => {
    const users: unknown[] = []
    const scene = await begun({ auth: AUTH, mail: ({ peer }) => void users.push(peer.user) }, { tls: TLS })
    expect(await logIn(scene, 'CRAM-MD5', JOE)).toBe('334 235')
    await scene.startTls()
    await scene.hello()
    await scene.peer.ask('MAIL FROM:<a@x.test>\r\n')
    expect(users).toEqual([undefined])
  })

  it('may be required', async () => {
    const scene = await begun({ auth: AUTH }, { requires: ['authentication'], allowCleartextAuth: true })
    expect(await scene.peer.ask('MAIL FROM:<a@x.test>\r\nNOOP\r\nRSET\r\nVRFY x\r\n', 4)).toBe('530 250 250 530')
    expect(await scene.peer.ask(`AUTH PLAIN ${PLAIN}\r\n`)).toBe('235')
    expect(await scene.peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('250')
  })

  it('is not written down', async () => {
    const lines: string[] = []
    const transcript = (): Transcript => new Transcript((line) => lines.push(line))
    const scene = await begun({ auth: AUTH }, { allowCleartextAuth: true, transcript })
    await scene.peer.ask(`auth plain ${WRONG}=\r\nAUTH\r\nAUTH PLAIN\r\n`, 3)
    await scene.peer.ask(`${PLAIN}=\r\n`)
    expect(await logIn(scene, 'LOGIN', JOE)).toBe('334 334 235')
    await scene.end()
    const text = lines.join('\n')
    for (const secret of [PLAIN, WRONG, 'secret', Buffer.from('secret').toString('base64')]) {
      expect(text).not.toContain(secret)
    }
    expect(lines).toContain('C: auth plain ****')
    expect(lines).toContain('S: 334 ****')
    expect(lines).toContain('S: 235 2.7.0 Authentication successful')
  })
})

describe('an attack on AUTH', () => {
  const attacks = [
    ['commands behind an initial response that fails', `AUTH PLAIN ${WRONG}\r\nMAIL FROM:<a@x.test>\r\n`],
    ['a command in place of a response', `AUTH PLAIN\r\nMAIL FROM:<a@x.test>\r\nMAIL FROM:<b@x.test>\r\n`],
    ['responses that go on behind the end', `AUTH PLAIN\r\n${WRONG}\r\n${PLAIN}\r\nMAIL FROM:<a@x.test>\r\n`],
    ['a bare LF behind a response', `AUTH PLAIN\r\n${WRONG}\nAUTH PLAIN ${PLAIN}\r\nMAIL FROM:<a@x.test>\r\n`],
    ['a NUL in the base64', `AUTH PLAIN ${PLAIN.slice(0, 8)}\0${PLAIN.slice(8)}\r\nMAIL FROM:<a@x.test>\r\n`],
  ] as const

  it.each(attacks)('logs nobody in, wherever it is cut: %s', async (_, attack) => {
    for (const { name, pieces } of splits(Buffer.from(attack, 'latin1'), { random: 2, maxCuts: 60 })) {
      const users: unknown[] = []
      const scene = await begun(
        { auth: AUTH, mail: ({ peer }) => void users.push(peer.user) },
        { allowCleartextAuth: true, manners: { loginDelayMs: 0 } },
      )
      for (const piece of pieces) {
        scene.client.push([piece])
        await settle(2)
      }
      await settle(4)
      scene.client.destroy()
      await scene.session.done
      expect(users, name).toSatisfy((seen: unknown[]) => seen.every((user) => user === undefined))
      expect(scene.errors, name).toEqual([])
    }
  })
})

describe('a submission server', () => {
  it('takes mail of users in their own name', async () => {
    const scene = await begun(submission({ auth: AUTH, message: () => true }), { tls: TLS })
    expect(await scene.peer.ask('MAIL FROM:<joe@x.test>\r\n')).toBe('530')
    await scene.startTls()
    await scene.hello()
    expect(await scene.peer.ask('MAIL FROM:<joe@x.test>\r\n')).toBe('530')
    expect(await logIn(scene, 'SCRAM-SHA-256-PLUS', JOE)).toBe('334 334 235')
    expect(await scene.peer.ask('MAIL FROM:<ann@x.test>\r\nMAIL FROM:<joe@x.test>\r\n', 2)).toBe('550 250')
    expect(await scene.peer.ask(HELLO)).toBe('250')
    expect(await scene.peer.ask('MAIL FROM:<joe@x.test>\r\n')).toBe('250')
  })
})
