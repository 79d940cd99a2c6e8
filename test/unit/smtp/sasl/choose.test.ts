/** What the client chooses, what the server offers, and that the two fit together. */
import { describe, expect, it } from 'vitest'
import { chooseMechanism } from '../../../../src/smtp/sasl/choose.ts'
import type { ChoiceOptions, Login } from '../../../../src/smtp/sasl/choose.ts'
import { MECHANISMS } from '../../../../src/smtp/sasl/mechanism.ts'
import type { Credentials, MechanismName, Verdict } from '../../../../src/smtp/sasl/mechanism.ts'
import { offeredMechanisms, serverMechanism } from '../../../../src/smtp/sasl/offer.ts'
import type { OfferOptions } from '../../../../src/smtp/sasl/offer.ts'
import { scramCredentials } from '../../../../src/smtp/sasl/scram-keys.ts'
import { codeOf, converse, octets } from './dialogue.ts'

const PASSWORD: Login = { type: 'password', user: 'joe', password: 'secret' }
const FOR_BOSS: Login = { ...PASSWORD, authzid: 'boss' }
const TOKEN: Login = { type: 'token', token: 't0ken', user: 'joe' }
const NAMELESS: Login = { type: 'token', token: 't0ken' }
const CERTIFICATE: Login = { type: 'certificate' }
const BINDINGS = { 'tls-exporter': Buffer.alloc(32, 1) }

function choice(login: Login, offered: string, more: Partial<ChoiceOptions> = {}): string | undefined {
  return chooseMechanism(login, { offered: offered.split(' '), security: 'verified', ...more })?.name
}

describe('chooseMechanism', () => {
  const all = MECHANISMS.join(' ')

  it.each<[string, Login, string, Partial<ChoiceOptions>, string | undefined]>([
    ['binds where it can', PASSWORD, all, { channelBindings: BINDINGS }, 'SCRAM-SHA-256-PLUS'],
    ['does without where it cannot', PASSWORD, all, {}, 'SCRAM-SHA-256'],
    ['does without where it is not offered', PASSWORD, 'SCRAM-SHA-256', { channelBindings: BINDINGS }, 'SCRAM-SHA-256'],
    ['hashes rather than tells', PASSWORD, 'LOGIN PLAIN CRAM-MD5', {}, 'CRAM-MD5'],
    ['tells the password under TLS', PASSWORD, 'LOGIN PLAIN', {}, 'PLAIN'],
    ['speaks LOGIN where nothing else is spoken', PASSWORD, 'LOGIN', {}, 'LOGIN'],
    ['takes a login that says no type for a password', { user: 'joe', password: 'x' }, 'PLAIN', {}, 'PLAIN'],
    ['reads names in any case', PASSWORD, 'gssapi pLaIn', {}, 'PLAIN'],
    ['tells no password in the clear', PASSWORD, 'LOGIN PLAIN', { security: 'none' }, undefined],
    ['tells no password to whomever', PASSWORD, 'LOGIN PLAIN', { security: 'unverified' }, undefined],
    ['tells it all the same if it may', PASSWORD, 'PLAIN', { security: 'none', allowCleartext: true }, 'PLAIN'],
    ['hashes in the clear', PASSWORD, 'PLAIN SCRAM-SHA-256', { security: 'none' }, 'SCRAM-SHA-256'],
    ['uses only what it may', PASSWORD, all, { allowed: ['PLAIN', 'LOGIN'] }, 'PLAIN'],
    ['finds nothing in what it does not know', PASSWORD, 'GSSAPI NTLM', {}, undefined],
    ['finds nothing in nothing', PASSWORD, '', {}, undefined],
    ['has no certificate', PASSWORD, 'EXTERNAL', {}, undefined],
    ['has no token', PASSWORD, 'OAUTHBEARER XOAUTH2', {}, undefined],
    ['says for whom it acts', FOR_BOSS, 'LOGIN CRAM-MD5 PLAIN', {}, 'PLAIN'],
    ['does not act as itself instead', FOR_BOSS, 'LOGIN CRAM-MD5', {}, undefined],
    ['prefers the token mechanism of the RFC', TOKEN, all, {}, 'OAUTHBEARER'],
    ['does with the other one', TOKEN, 'PLAIN XOAUTH2', {}, 'XOAUTH2'],
    ['needs a name for it', NAMELESS, 'XOAUTH2', {}, undefined],
    ['needs no name for OAUTHBEARER', NAMELESS, 'XOAUTH2 OAUTHBEARER', {}, 'OAUTHBEARER'],
    ['tells no token in the clear', TOKEN, 'XOAUTH2 OAUTHBEARER', { security: 'none' }, undefined],
    ['has no password', TOKEN, 'PLAIN SCRAM-SHA-256', {}, undefined],
    ['points to its certificate', CERTIFICATE, all, {}, 'EXTERNAL'],
    ['points to its certificate, whoever asks', CERTIFICATE, 'EXTERNAL', { security: 'unverified' }, 'EXTERNAL'],
    ['has nothing but its certificate', CERTIFICATE, 'PLAIN', {}, undefined],
  ])('%s', (_, login, offered, more, name) => {
    expect(choice(login, offered, more)).toBe(name)
  })

  it.each([
    ['SCRAM-SHA-256', {}, 'n,,'],
    ['SCRAM-SHA-256', { channelBindings: BINDINGS }, 'y,,'],
    // Offered, but not to be used: `y` would tell the server of an attack that is none.
    ['SCRAM-SHA-256 SCRAM-SHA-256-PLUS', { channelBindings: BINDINGS, allowed: ['SCRAM-SHA-256'] as const }, 'n,,'],
    ['SCRAM-SHA-256 SCRAM-SHA-256-PLUS', { channelBindings: BINDINGS }, 'p=tls-exporter,,'],
    ['SCRAM-SHA-256 SCRAM-SHA-256-PLUS', {}, 'n,,'],
  ])('tells a server of %s, given %j, what it believes of channel binding', (offered, more, header) => {
    const mechanism = chooseMechanism(PASSWORD, { offered: offered.split(' '), security: 'verified', ...more })
    expect(mechanism?.start()?.toString()).toMatch(new RegExp(`^${header}`))
  })

  it('says at once what cannot be sent', async () => {
    const login: Login = { type: 'password', user: 'a\0b', password: 'secret' }
    expect(await codeOf(() => choice(login, 'PLAIN'), 'secret')).toBe('SASL_PREPARATION (local)')
  })

  it('lets a caller bound the work', async () => {
    const mechanism = chooseMechanism(PASSWORD, {
      offered: ['SCRAM-SHA-256'],
      security: 'verified',
      maxIterations: 5000,
    })
    const nonce = /r=(.*)$/.exec(String(mechanism?.start()))?.[1] ?? ''
    const challenge = octets(`r=${nonce}x,s=AAAA,i=5001`)
    expect(await codeOf(() => mechanism?.respond(challenge))).toBe('SASL_SCRAM_ITERATIONS')
  })
})

describe('offeredMechanisms', () => {
  const options: OfferOptions = { hostname: 'mx.x.test', mechanisms: MECHANISMS, security: 'tls' }

  it.each<[string, Partial<OfferOptions>, string]>([
    ['under TLS', {}, 'SCRAM-SHA-256 OAUTHBEARER XOAUTH2 CRAM-MD5 PLAIN LOGIN'],
    ['with everything', { isCertified: true, channelBindings: BINDINGS }, MECHANISMS.join(' ')],
    ['in the clear: nothing that gives a password away', { security: 'none' }, 'SCRAM-SHA-256 CRAM-MD5'],
    [
      'in the clear, if that is wanted',
      { security: 'none', allowCleartext: true },
      'SCRAM-SHA-256 OAUTHBEARER XOAUTH2 CRAM-MD5 PLAIN LOGIN',
    ],
    ['as configured', { mechanisms: ['LOGIN', 'PLAIN', 'EXTERNAL'] }, 'PLAIN LOGIN'],
    ['of nothing', { mechanisms: [] }, ''],
  ])('%s', (_, more, offered) => {
    expect(offeredMechanisms({ ...options, ...more }).join(' ')).toBe(offered)
  })

  it('has a server for each, by any spelling', () => {
    const whole = { ...options, isCertified: true, channelBindings: BINDINGS }
    for (const name of MECHANISMS) expect(serverMechanism(name.toLowerCase(), whole)?.name).toBe(name)
  })

  it('has none for what is not offered', () => {
    for (const name of ['EXTERNAL', 'SCRAM-SHA-256-PLUS', 'ANONYMOUS', '', '__proto__', 'PLAIN\0']) {
      expect(serverMechanism(name, options)).toBeUndefined()
    }
    expect(serverMechanism('PLAIN', { ...options, security: 'none' })).toBeUndefined()
  })

  it('suspects no attack where it is the administrator who offers no channel binding', () => {
    const first = octets('y,,n=joe,r=abc')
    const bound = { ...options, channelBindings: BINDINGS }
    expect(serverMechanism('SCRAM-SHA-256', bound)?.start(first)).toMatchObject({ reason: 'SASL_SCRAM_DOWNGRADE' })
    const unbound = { ...bound, mechanisms: ['SCRAM-SHA-256'] as const }
    expect(serverMechanism('SCRAM-SHA-256', unbound)?.start(first)).toMatchObject({ type: 'verify' })
  })

  it('passes the decoy and the audience on', () => {
    const decoy = { secret: Buffer.alloc(32), iterations: 4321 }
    const scram = serverMechanism('SCRAM-SHA-256', { ...options, decoy })
    scram?.start(octets('n,,n=ghost,r=abc'))
    const step = scram?.verified({ type: 'rejected' })
    expect(step?.type === 'challenge' && step.bytes.toString()).toMatch(/,i=4321$/)
    const bearer = serverMechanism('OAUTHBEARER', { ...options, audience: { host: 'mx.x.test' } })
    expect(bearer?.start(octets('n,,\x01host=y.test\x01auth=Bearer t\x01\x01')).type).toBe('challenge')
  })
})

describe('client and server', () => {
  it.each<[MechanismName, Login]>([
    ['SCRAM-SHA-256-PLUS', PASSWORD],
    ['SCRAM-SHA-256', PASSWORD],
    ['EXTERNAL', CERTIFICATE],
    ['OAUTHBEARER', TOKEN],
    ['XOAUTH2', TOKEN],
    ['CRAM-MD5', PASSWORD],
    ['PLAIN', PASSWORD],
    ['LOGIN', PASSWORD],
  ])('agree in %s', async (name, login) => {
    const credentials = await scramCredentials('secret', octets('salt'), 4096)
    const judge = (asked: Credentials): Verdict => {
      if (asked.type === 'scram') return { type: 'scram', identity: 'joe', credentials }
      if (asked.type === 'secret') return { type: 'secret', identity: 'joe', password: 'secret' }
      return { type: 'accepted', identity: 'joe' }
    }
    const offer: OfferOptions = {
      hostname: 'mx.x.test',
      mechanisms: MECHANISMS,
      security: 'tls',
      isCertified: true,
      channelBindings: BINDINGS,
    }
    const client = chooseMechanism(login, {
      offered: offeredMechanisms(offer),
      security: 'verified',
      channelBindings: BINDINGS,
      allowed: [name],
    })
    const server = serverMechanism(name, offer)
    if (client === undefined || server === undefined) throw new Error('both ends are due')
    const outcome = await converse(client, server, judge)
    expect(outcome.step).toEqual({ type: 'success', identity: 'joe' })
  })
})
