/** Exchanges of AUTH with a program behind them, and our own client's mechanisms before them; no lines, no sockets. */
import { describe, expect, it } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { mechanismsOf } from '../../../src/smtp/auth-handlers.ts'

import { Authentication, type Judges } from '../../../src/smtp/authentication.ts'
import type { AuthOutcome } from '../../../src/smtp/authentication.ts'
import { Decisions } from '../../../src/smtp/decisions.ts'
import type { Peer } from '../../../src/smtp/peer.ts'
import { refuse } from '../../../src/smtp/reply.ts'
import { chooseMechanism } from '../../../src/smtp/sasl/choose.ts'
import type { Login } from '../../../src/smtp/sasl/choose.ts'
import type { MechanismName } from '../../../src/smtp/sasl/mechanism.ts'
import { serverMechanism } from '../../../src/smtp/sasl/offer.ts'
import { scramCredentials } from '../../../src/smtp/sasl/scram-keys.ts'
import { FakeClock } from '../../support/clock.ts'

const BINDINGS = { 'tls-exporter': Buffer.alloc(32, 1) }
const SECRET = await scramCredentials('secret', Buffer.from('salt'), 4096)

interface Scene {
  readonly outcome: AuthOutcome
  readonly errors: readonly Error[]
}

/** Logs in by one mechanism; both ends are ours. */
async function logIn(name: MechanismName, login: Login, handlers: Judges): Promise<Scene> {
  const clock = new FakeClock()
  const timers = new TimerWheel({ clock })
  const errors: Error[] = []
  const [, socket] = pair({ timers })
  const decisions = new Decisions(socket, { timers, onError: (error) => errors.push(error), replyMs: 1000 })
  const mechanism = serverMechanism(name, {
    hostname: 'mx.test',
    mechanisms: mechanismsOf(handlers),
    security: 'tls',
    isCertified: true,
    channelBindings: BINDINGS,
  })
  const client = chooseMechanism(login, {
    offered: name === 'SCRAM-SHA-256' ? [name, 'SCRAM-SHA-256-PLUS'] : [name],
    allowed: [name],
    security: 'verified',
    channelBindings: BINDINGS,
  })
  if (mechanism === undefined || client === undefined) throw new Error(`${name} is not to be had`)
  const peer: Peer = {
    address: { family: 'memory', name: 'c' },
    tls: undefined,
    hello: undefined,
    user: undefined,
    name: undefined,
    forwarded: undefined,
  }
  const exchange = new Authentication(mechanism, handlers, { peer, mechanism: name }, decisions, 1000)
  let outcome = await exchange.begin(client.start())
  while (outcome.type === 'challenge') outcome = await exchange.respond((await client.respond(outcome.bytes)).bytes)
  if (outcome.type === 'accepted') client.succeed()
  return { outcome, errors }
}

const JOE: Login = { type: 'password', user: 'joe', password: 'secret' }
const AS_ANN: Login = { ...JOE, authzid: 'ann' }
const TOKEN: Login = { type: 'token', user: 'joe', token: 'abc' }
const CERTIFICATE: Login = { type: 'certificate' }
const AS_JOE: Login = { type: 'certificate', authzid: 'joe' }

const YES: Judges = {
  password: ({ user, password }) => user === 'joe' && password === 'secret',
  scram: ({ user }) => (user === 'joe' ? SECRET : undefined),
  secret: async ({ user }) => (user === 'joe' ? 'secret' : undefined),
  token: ({ token }) => (token === 'abc' ? 'joe' : { status: 'invalid_token' }),
  external: () => 'joe',
}

describe('a login', () => {
  it.each<[MechanismName, Login]>([
    ['PLAIN', JOE],
    ['LOGIN', JOE],
    ['CRAM-MD5', JOE],
    ['SCRAM-SHA-256', JOE],
    ['SCRAM-SHA-256-PLUS', JOE],
    ['XOAUTH2', TOKEN],
    ['OAUTHBEARER', TOKEN],
    ['EXTERNAL', CERTIFICATE],
    ['EXTERNAL', AS_JOE],
  ])('by %s', async (name, login) => {
    const { outcome, errors } = await logIn(name, login, YES)
    expect(outcome).toEqual({ type: 'accepted', user: 'joe' })
    expect(errors).toEqual([])
  })

  it.each<[MechanismName, Login]>([
    ['PLAIN', { ...JOE, password: 'wrong' }],
    ['LOGIN', { ...JOE, user: 'ann' }],
    ['CRAM-MD5', { ...JOE, user: 'ann' }],
    ['CRAM-MD5', { ...JOE, password: 'wrong' }],
    ['SCRAM-SHA-256', { ...JOE, password: 'wrong' }],
    ['SCRAM-SHA-256-PLUS', { ...JOE, user: 'ann' }],
    ['XOAUTH2', { ...TOKEN, token: 'other' }],
    ['OAUTHBEARER', { ...TOKEN, token: 'other' }],
    ['PLAIN', AS_ANN],
    ['SCRAM-SHA-256', AS_ANN],
    ['EXTERNAL', { ...AS_JOE, authzid: 'ann' }],
  ])('that fails by %s: %o', async (name, login) => {
    const { outcome, errors } = await logIn(name, login, YES)
    expect(outcome).toMatchObject({ type: 'refused', reply: { code: 535, enhanced: '5.7.8' } })
    expect(errors).toEqual([])
  })

  const silent = (): undefined => undefined
  it.each<[MechanismName, Login, Judges]>([
    ['PLAIN', JOE, { password: silent }],
    ['PLAIN', JOE, { password: () => '' }],
    ['LOGIN', JOE, { password: () => false }],
    ['CRAM-MD5', JOE, { secret: silent }],
    ['SCRAM-SHA-256', JOE, { scram: () => false }],
    ['XOAUTH2', TOKEN, { token: silent }],
    ['OAUTHBEARER', { type: 'token', token: 'abc' }, { token: () => true }],
    ['EXTERNAL', CERTIFICATE, { external: () => true }],
  ])('that nobody vouches for, by %s', async (name, login, handlers) => {
    expect((await logIn(name, login, handlers)).outcome).toMatchObject({ type: 'refused', reply: { code: 535 } })
  })

  const locked = refuse(535, '5.7.8', 'Locked')
  const no = (): typeof locked => locked
  it.each<[MechanismName, Login, Judges]>([
    ['PLAIN', JOE, { password: no }],
    [
      'LOGIN',
      JOE,
      {
        password: () => {
          throw locked
        },
      },
    ],
    ['CRAM-MD5', JOE, { secret: async () => locked }],
    ['SCRAM-SHA-256', JOE, { scram: no }],
    ['OAUTHBEARER', TOKEN, { token: no }],
    ['EXTERNAL', AS_JOE, { external: no }],
  ])('that is refused with words of its own, by %s', async (name, login, handlers) => {
    const { outcome, errors } = await logIn(name, login, handlers)
    expect(outcome).toMatchObject({ type: 'refused', reply: { code: 535, text: ['Locked'] } })
    expect(errors).toEqual([])
  })

  it('that cannot be judged now', async () => {
    const broken = (): never => {
      throw new Error('the database at 10.0.0.3 is down')
    }
    const { outcome, errors } = await logIn('PLAIN', JOE, { password: broken })
    expect(outcome).toMatchObject({ type: 'refused', reply: { code: 454, enhanced: '4.7.0' } })
    expect(JSON.stringify(outcome)).not.toContain('10.0.0.3')
    expect(errors).toHaveLength(1)
  })

  it('under another name than one’s own', async () => {
    const accepted = { type: 'accepted', user: 'joe@x.test' }
    const handlers: Judges = {
      password: ({ user }) => `${user}@x.test`,
      scram: () => ({ ...SECRET, identity: 'joe@x.test' }),
    }
    expect((await logIn('PLAIN', JOE, handlers)).outcome).toEqual(accepted)
    expect((await logIn('SCRAM-SHA-256', JOE, handlers)).outcome).toEqual(accepted)
    const asAnn: Judges = { password: ({ authzid, user }) => (user === 'joe' ? authzid : false) }
    expect((await logIn('PLAIN', AS_ANN, asAnn)).outcome).toEqual({ type: 'accepted', user: 'ann' })
  })

  it('is offered by what can be judged', () => {
    expect(mechanismsOf({})).toEqual([])
    expect(mechanismsOf({ password: silent, secret: silent })).toEqual(['PLAIN', 'LOGIN', 'CRAM-MD5'])
  })
})
