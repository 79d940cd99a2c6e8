/** PLAIN, LOGIN and EXTERNAL: what is said is what is meant. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64 } from '../../../../src/smtp/sasl/base64.ts'
import { externalClient, externalServer } from '../../../../src/smtp/sasl/external.ts'
import { loginClient, loginServer } from '../../../../src/smtp/sasl/login.ts'
import type { Credentials, Verdict } from '../../../../src/smtp/sasl/mechanism.ts'
import { plainClient, plainServer } from '../../../../src/smtp/sasl/plain.ts'
import { saslprep } from '../../../../src/smtp/sasl/saslprep.ts'
import { codeOf, converse, octets } from './dialogue.ts'

const REJECTED: Verdict = { type: 'rejected' }
const JOE: Verdict = { type: 'accepted', identity: 'joe' }

/** Lets in whoever knows the password, as whomever they want to be. */
function judge(user: string, password: string): (credentials: Credentials) => Verdict {
  return (credentials) =>
    credentials.type === 'password' && credentials.user === user && credentials.password === password
      ? { type: 'accepted', identity: credentials.authzid ?? user }
      : REJECTED
}

/** Names and passwords that SASLprep lets through, with what the mechanisms must not trip over. */
const text = fc
  .string({ unit: fc.constantFrom(...'ab =,:@"\\%üßé½日本語😀א'.split(/(?:)/u)), minLength: 1, maxLength: 12 })
  .filter((candidate) => saslprep(candidate, 'query') !== undefined)

describe('PLAIN', () => {
  it.each([
    ['RFC 4616 §4', '\0tim\0tanstaaftanstaaf', 'tim', 'tanstaaftanstaaf', undefined],
    ['RFC 4616 §4, for somebody else', 'Ursel\0Kurt\0xipj3plmq', 'Kurt', 'xipj3plmq', 'Ursel'],
    ['RFC 4954 §4.1', decodeBase64('dGVzdAB0ZXN0ADEyMzQ=')?.toString(), 'test', '1234', undefined],
    ['255 octets of each', `${'z'.repeat(255)}\0${'u'.repeat(255)}\0${'p'.repeat(255)}`, 'u', 'p', 'z'],
    ['UTF-8', '\0jos\u00e9\0p\u00e4ss', 'jos\u00e9', 'p\u00e4ss', undefined],
    ['another spelling', '\0jose\u0301\0\ufb01\u00ad', 'jos\u00e9', 'fi', undefined],
    ['a byte order mark, which prepares to nothing', '\0\ufeffjoe\0x', 'joe', 'x', undefined],
  ])('reads %s', (_, message, user, password, authzid) => {
    const long = (letter: string | undefined): string | undefined =>
      letter !== undefined && 'zup'.includes(letter) ? letter.repeat(255) : letter
    expect(plainServer().start(octets(message as string))).toEqual({
      type: 'verify',
      credentials: {
        type: 'password',
        user: long(user),
        password: user === 'u' ? long(password) : password,
        authzid: long(authzid),
      },
    })
  })

  it.each([
    ['nothing', '', 'SASL_PLAIN_SYNTAX'],
    ['no NUL', 'joe', 'SASL_PLAIN_SYNTAX'],
    ['one NUL', 'joe\0secret', 'SASL_PLAIN_SYNTAX'],
    ['three NULs', '\0joe\0secret\0', 'SASL_PLAIN_SYNTAX'],
    ['four NULs', '\0\0joe\0secret\0', 'SASL_PLAIN_SYNTAX'],
    ['no name', '\0\0secret', 'SASL_PREPARATION'],
    ['no password', '\0joe\0', 'SASL_PREPARATION'],
    ['only NULs', '\0\0', 'SASL_PREPARATION'],
    ['a line end in the name', '\0joe\r\nX: y\0secret', 'SASL_PREPARATION'],
    ['a line end in the identity', 'a\r\nb\0joe\0secret', 'SASL_PREPARATION'],
    ['a control character in the password', '\0joe\0sec\x07ret', 'SASL_PREPARATION'],
    ['a name of soft hyphens', '\0\u00ad\0secret', 'SASL_PREPARATION'],
  ])('refuses %s', (_, message, reason) => {
    expect(plainServer().start(octets(message))).toEqual({ type: 'failure', reason })
  })

  it.each(['\xff\0joe\0secret', '\0jo\xc3e\0secret', '\0joe\0\xc0\x80', '\0joe\0\xed\xa0\x80'])(
    'refuses what is no UTF-8: %j',
    (message) => {
      const step = plainServer().start(Buffer.from(message, 'latin1'))
      expect(step).toEqual({ type: 'failure', reason: 'SASL_PREPARATION' })
    },
  )

  it('says what it has to in one message, with or without an initial response', async () => {
    for (const beginning of ['initialResponse', 'emptyChallenge'] as const) {
      const client = plainClient({ user: 'tim', password: 'tanstaaftanstaaf' })
      const outcome = await converse(client, plainServer(), judge('tim', 'tanstaaftanstaaf'), beginning)
      expect(outcome.step).toEqual({ type: 'success', identity: 'tim' })
      expect(outcome.lines).toEqual(['C: \0tim\0tanstaaftanstaaf'])
    }
  })

  it('lets nobody act as somebody whom the host application did not name', async () => {
    const client = plainClient({ user: 'joe', password: 'secret', authzid: 'boss' })
    const careless = await converse(client, plainServer(), () => JOE)
    expect(careless.step).toEqual({ type: 'failure', reason: 'SASL_AUTHORIZATION' })
    const again = plainClient({ user: 'joe', password: 'secret', authzid: 'boss' })
    const careful = await converse(again, plainServer(), judge('joe', 'secret'))
    expect(careful.step).toEqual({ type: 'success', identity: 'boss' })
  })

  it('takes a request to act as oneself for none', async () => {
    const client = plainClient({ user: 'joe', password: 'secret', authzid: 'joe' })
    const outcome = await converse(client, plainServer(), () => ({ type: 'accepted', identity: 'joe@x.test' }))
    expect(outcome.asked).toEqual([{ type: 'password', user: 'joe', password: 'secret', authzid: undefined }])
    expect(outcome.step).toEqual({ type: 'success', identity: 'joe@x.test' })
  })

  it('carries any name and password that can be prepared', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, fc.option(text, { nil: undefined }), async (user, password, authzid) => {
        const name = saslprep(user, 'query') as string
        const verify = judge(name, saslprep(password, 'query') as string)
        const outcome = await converse(plainClient({ user, password, authzid }), plainServer(), verify)
        const identity = authzid === undefined ? name : saslprep(authzid, 'query')
        expect(outcome.step).toEqual({ type: 'success', identity })
      }),
    )
  })

  it.each([
    { user: '', password: 'secret' },
    { user: 'joe', password: '' },
    { user: 'joe', password: 'secret', authzid: '' },
    { user: 'jo\0e', password: 'secret' },
    { user: 'joe', password: 'secret\0' },
    { user: 'joe', password: 'secret', authzid: 'x\r\n' },
    { user: 'joe\ud800', password: 'secret' },
  ])('does not send %j', async (login) => {
    expect(await codeOf(() => plainClient(login), 'secret')).toBe('SASL_PREPARATION (local)')
  })

  it('answers no challenge', async () => {
    const client = plainClient({ user: 'joe', password: 'secret' })
    client.start()
    expect(await codeOf(() => client.respond(octets('password?')))).toBe('SASL_CHALLENGE')
    expect(await codeOf(() => client.respond(octets('password?')))).toBe('SASL_TURN (local)')
    expect(await codeOf(() => client.succeed())).toBe('SASL_SUCCESS_EARLY')
  })
})

describe('LOGIN', () => {
  it('says name and password in two messages', async () => {
    const client = loginClient({ user: 'jos\u00e9', password: 's e=c,ret' })
    const outcome = await converse(client, loginServer(), judge('jos\u00e9', 's e=c,ret'))
    expect(outcome.step).toEqual({ type: 'success', identity: 'jos\u00e9' })
    expect(outcome.lines).toEqual(['S: Username:', 'C: jos\u00e9', 'S: Password:', 'C: s e=c,ret'])
  })

  it('takes an initial response for the name, as .NET sends it', () => {
    const server = loginServer()
    expect(server.start(octets('joe'))).toMatchObject({ type: 'challenge', bytes: octets('Password:') })
    expect(server.respond(octets('secret'))).toMatchObject({ type: 'verify', credentials: { user: 'joe' } })
    expect(server.verified(JOE)).toEqual({ type: 'success', identity: 'joe' })
  })

  it('refuses a wrong password', async () => {
    const outcome = await converse(loginClient({ user: 'joe', password: 'x' }), loginServer(), judge('joe', 'y'))
    expect(outcome.step).toEqual({ type: 'failure', reason: 'SASL_CREDENTIALS' })
  })

  it.each([
    ['no name', [''], 'SASL_PREPARATION'],
    ['no password', ['joe', ''], 'SASL_PREPARATION'],
    ['a name with a line end', ['joe\r\n'], 'SASL_PREPARATION'],
    ['a password with a NUL', ['joe', 'a\0b'], 'SASL_PREPARATION'],
    ['a name that is no UTF-8', ['j\xff'], 'SASL_PREPARATION'],
    ['a password that is no UTF-8', ['joe', '\xff'], 'SASL_PREPARATION'],
  ])('refuses %s', (_, responses, reason) => {
    const server = loginServer()
    server.start(undefined)
    const steps = responses.map((response) => server.respond(Buffer.from(response, 'latin1')))
    expect(steps.at(-1)).toEqual({ type: 'failure', reason })
  })

  it('carries any name and password that can be prepared', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (user, password) => {
        const identity = saslprep(user, 'query') as string
        const verify = judge(identity, saslprep(password, 'query') as string)
        const outcome = await converse(loginClient({ user, password }), loginServer(), verify)
        expect(outcome.step).toEqual({ type: 'success', identity })
      }),
    )
  })

  it('believes no success before it has said its password, and answers no third challenge', async () => {
    const early = loginClient({ user: 'joe', password: 'secret' })
    early.start()
    await early.respond(octets('Username:'))
    expect(await codeOf(() => early.succeed())).toBe('SASL_SUCCESS_EARLY')

    const client = loginClient({ user: 'joe', password: 'secret' })
    client.start()
    await client.respond(octets('User Name'))
    await client.respond(octets('Password'))
    expect(await codeOf(() => client.respond(octets('PIN:')), 'secret')).toBe('SASL_CHALLENGE')
    expect(await codeOf(() => client.respond(octets('PIN:')), 'secret')).toBe('SASL_TURN (local)')
  })
})

describe('EXTERNAL', () => {
  it('leaves it to the certificate (RFC 4954 §4.1)', async () => {
    const outcome = await converse(externalClient(), externalServer(), () => JOE)
    expect(outcome.asked).toEqual([{ type: 'external', authzid: undefined }])
    expect(outcome.lines).toEqual(['C: '])
    expect(outcome.step).toEqual({ type: 'success', identity: 'joe' })
  })

  it('asks to act as somebody', async () => {
    const outcome = await converse(externalClient('b\u00f6ss'), externalServer(), (credentials) => ({
      type: 'accepted',
      identity: credentials.type === 'external' ? (credentials.authzid ?? '') : '',
    }))
    expect(outcome.step).toEqual({ type: 'success', identity: 'b\u00f6ss' })
    const careless = await converse(externalClient('b\u00f6ss'), externalServer(), () => JOE)
    expect(careless.step).toEqual({ type: 'failure', reason: 'SASL_AUTHORIZATION' })
  })

  it('is refused by who knows no such certificate', async () => {
    const outcome = await converse(externalClient(), externalServer(), () => REJECTED)
    expect(outcome.step).toEqual({ type: 'failure', reason: 'SASL_CREDENTIALS' })
  })

  it.each(['a\0b', '\r\n', '\xff', '\xc2\xad'])('refuses %j', (message) => {
    expect(externalServer().start(Buffer.from(message, 'latin1'))).toEqual({
      type: 'failure',
      reason: 'SASL_PREPARATION',
    })
  })

  it('does not send a name that cannot be prepared', async () => {
    expect(await codeOf(() => externalClient('a\0'))).toBe('SASL_PREPARATION (local)')
  })
})
