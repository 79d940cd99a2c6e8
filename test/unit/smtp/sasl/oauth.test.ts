/** OAUTHBEARER and XOAUTH2. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64 } from '../../../../src/smtp/sasl/base64.ts'
import type { Credentials, Verdict } from '../../../../src/smtp/sasl/mechanism.ts'
import { parseOAuthError } from '../../../../src/smtp/sasl/oauth.ts'
import { oauthBearerClient, oauthBearerServer } from '../../../../src/smtp/sasl/oauthbearer.ts'
import { saslprep } from '../../../../src/smtp/sasl/saslprep.ts'
import { xoauth2Client, xoauth2Server } from '../../../../src/smtp/sasl/xoauth2.ts'
import { codeOf, converse, octets } from './dialogue.ts'

/** RFC 7628 §4.1. */
const TOKEN = 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=='
const MESSAGE = `n,a=user@example.com,\x01host=server.example.com\x01port=587\x01auth=Bearer ${TOKEN}\x01\x01`
const USER = { token: TOKEN, user: 'user@example.com', host: 'server.example.com', port: 587 }

function accept(credentials: Credentials): Verdict {
  if (credentials.type !== 'token') return { type: 'rejected' }
  return { type: 'accepted', identity: credentials.authzid ?? 'somebody' }
}

const text = fc
  .string({ unit: fc.constantFrom(...'ab =,:@é½語😀'.split(/(?:)/u)), minLength: 1, maxLength: 12 })
  .filter((candidate) => saslprep(candidate, 'query') !== undefined)
const token = fc
  .tuple(fc.string({ unit: fc.constantFrom(...'aZ09-._~+/'.split('')), minLength: 1 }), fc.nat(3))
  .map(([start, pads]) => start + '='.repeat(pads))

describe('OAUTHBEARER', () => {
  it('goes as in RFC 7628 §4.1', async () => {
    const outcome = await converse(oauthBearerClient(USER), oauthBearerServer(), accept)
    expect(outcome.lines).toEqual([`C: ${MESSAGE}`])
    expect(outcome.asked).toEqual([
      { type: 'token', token: TOKEN, authzid: 'user@example.com', host: 'server.example.com', port: 587 },
    ])
    expect(outcome.step).toEqual({ type: 'success', identity: 'user@example.com' })
  })

  it('reads the octets of RFC 7628 §4.1, and ignores how `Bearer` is written', () => {
    const sent =
      'bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9NTg3AWF1dGg9QmVhcmVyIHZGOWRmd' +
      'DRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB'
    expect(oauthBearerServer().start(decodeBase64(sent))).toMatchObject({ type: 'verify', credentials: { port: 587 } })
    const other = MESSAGE.replace('Bearer ', 'BeArEr   ')
    expect(oauthBearerServer().start(octets(other))).toMatchObject({ type: 'verify', credentials: { token: TOKEN } })
  })

  it('tells who asks with an empty `auth` what it wants (RFC 7628 §4.3)', () => {
    const sent = 'bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9AQE='
    const server = oauthBearerServer()
    const step = server.start(decodeBase64(sent))
    expect(step.type === 'challenge' && JSON.parse(step.bytes.toString())).toEqual({
      status: 'invalid_token',
      schemes: 'bearer',
    })
    expect(server.respond(octets('\x01'))).toEqual({ type: 'failure', reason: 'SASL_CREDENTIALS' })
  })

  it('tells why a token is refused, and fails behind the response that means nothing (RFC 7628 §4.4)', async () => {
    const error = {
      status: 'invalid_token',
      scope: 'https://mail.example.com/',
      configuration: 'https://example.com/.well-known/openid-configuration',
    }
    const outcome = await converse(oauthBearerClient(USER), oauthBearerServer(), () => ({ type: 'rejected', error }))
    expect(outcome.lines.slice(1)).toEqual([
      'S: {"status":"invalid_token","schemes":"bearer","scope":"https://mail.example.com/",' +
        '"openid-configuration":"https://example.com/.well-known/openid-configuration"}',
      'C: \x01',
    ])
    expect(outcome.refused).toEqual(error)
    expect(outcome.step).toEqual({ type: 'failure', reason: 'SASL_CREDENTIALS' })
  })

  it('fails whatever follows a refusal', () => {
    for (const response of ['', '\x01', MESSAGE]) {
      const server = oauthBearerServer()
      server.start(octets(MESSAGE))
      expect(server.verified({ type: 'rejected' }).type).toBe('challenge')
      expect(server.respond(octets(response))).toEqual({ type: 'failure', reason: 'SASL_CREDENTIALS' })
    }
  })

  it('ignores pairs that it does not know, and needs neither name nor host', () => {
    const message = 'y,,\x01future=a b\t\r\n=\x01auth=Bearer t\x01\x01'
    expect(oauthBearerServer().start(octets(message))).toEqual({
      type: 'verify',
      credentials: { type: 'token', token: 't', authzid: undefined, host: undefined, port: undefined },
    })
  })

  it('refuses a token that is meant for another host or port', () => {
    const audience = { host: 'Server.Example.COM', port: 587 }
    const first = (message: string): string => oauthBearerServer(audience).start(octets(message)).type
    expect(first(MESSAGE)).toBe('verify')
    expect(first('n,,\x01auth=Bearer t\x01\x01')).toBe('verify')
    expect(first(MESSAGE.replace('server', 'other'))).toBe('challenge')
    expect(first(MESSAGE.replace('587', '25'))).toBe('challenge')
  })

  it.each([
    ['nothing', ''],
    ['a lone separator, which ends a refusal', '\x01'],
    ['no header', '\x01auth=Bearer t\x01\x01'],
    ['no separator behind the header', 'n,,auth=Bearer t\x01\x01'],
    ['one separator at the end', 'n,,\x01auth=Bearer t\x01'],
    ['no separator at the end', 'n,,\x01auth=Bearer t'],
    ['three separators at the end', 'n,,\x01auth=Bearer t\x01\x01\x01'],
    ['something behind the end', 'n,,\x01auth=Bearer t\x01\x01x'],
    ['no `auth`', 'n,,\x01host=x.test\x01\x01'],
    ['no pair at all', 'n,,\x01\x01'],
    ['two tokens', 'n,,\x01auth=Bearer t\x01auth=Bearer u\x01\x01'],
    ['two hosts', 'n,,\x01host=a.test\x01host=b.test\x01auth=Bearer t\x01\x01'],
    ['a pair without a value', 'n,,\x01auth\x01\x01'],
    ['a pair without a key', 'n,,\x01=x\x01auth=Bearer t\x01\x01'],
    ['a key with a digit', 'n,,\x01a1=x\x01auth=Bearer t\x01\x01'],
    ['a value above ASCII', 'n,,\x01x=\u00fc\x01auth=Bearer t\x01\x01'],
    ['a value with a NUL', 'n,,\x01x=\0\x01auth=Bearer t\x01\x01'],
    ['an empty host', 'n,,\x01host=\x01auth=Bearer t\x01\x01'],
    ['a host with a line end', 'n,,\x01host=a\r\nb\x01auth=Bearer t\x01\x01'],
    ['no port', 'n,,\x01port=\x01auth=Bearer t\x01\x01'],
    ['port 0', 'n,,\x01port=0\x01auth=Bearer t\x01\x01'],
    ['a port with a leading zero', 'n,,\x01port=025\x01auth=Bearer t\x01\x01'],
    ['port 65536', 'n,,\x01port=65536\x01auth=Bearer t\x01\x01'],
    ['a port that is no number', 'n,,\x01port=smtp\x01auth=Bearer t\x01\x01'],
    ['the header of an example that its own grammar does not allow', 'n,user=a@b,\x01auth=Bearer t\x01\x01'],
  ])('refuses %s', (_, message) => {
    const step = oauthBearerServer().start(octets(message))
    expect(step).toEqual({ type: 'failure', reason: 'SASL_OAUTH_SYNTAX' })
  })

  it.each([
    ['n,,\x01auth=\xff\x01\x01', 'SASL_OAUTH_SYNTAX'],
    ['p=tls-exporter,,\x01auth=Bearer t\x01\x01', 'SASL_CHANNEL_BINDING'],
    ['n,a=\x07,\x01auth=Bearer t\x01\x01', 'SASL_PREPARATION'],
  ])('refuses %j', (message, reason) => {
    expect(oauthBearerServer().start(Buffer.from(message, 'latin1'))).toEqual({ type: 'failure', reason })
  })

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer t\r\n',
    'Bearer t,u',
    'Bearer =',
    'OAuth realm="x"',
    'Basic eA==',
  ])('takes %j for no token', (authorization) => {
    const step = oauthBearerServer().start(octets(`n,,\x01auth=${authorization}\x01\x01`))
    expect(step.type).toBe('challenge')
  })

  it.each([
    [{ token: '' }, 'SASL_TOKEN (local)'],
    [{ token: 'a\x01host=evil.test' }, 'SASL_TOKEN (local)'],
    [{ token: 'a\r\n' }, 'SASL_TOKEN (local)'],
    [{ token: 't', user: '' }, 'SASL_PREPARATION (local)'],
    [{ token: 't', user: 'a\x01b' }, 'SASL_PREPARATION (local)'],
    [{ token: 't', host: '' }, 'SASL_HOST (local)'],
    [{ token: 't', host: 'a\x01b' }, 'SASL_HOST (local)'],
    [{ token: 't', port: 0 }, 'SASL_HOST (local)'],
    [{ token: 't', port: 1.5 }, 'SASL_HOST (local)'],
    [{ token: 't', port: 65_536 }, 'SASL_HOST (local)'],
  ])('does not send %j', async (user, code) => {
    expect(await codeOf(() => oauthBearerClient(user), 'evil.test')).toBe(code)
  })

  it('carries any name, and any token', async () => {
    await fc.assert(
      fc.asyncProperty(text, token, async (user, bearer) => {
        const outcome = await converse(oauthBearerClient({ user, token: bearer }), oauthBearerServer(), accept)
        expect(outcome.asked).toMatchObject([{ token: bearer, authzid: saslprep(user, 'query') }])
        expect(outcome.step.type).toBe('success')
      }),
    )
  })
})

describe('XOAUTH2', () => {
  const sent = 'user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2\x01\x01'

  it('says name and token in one message', async () => {
    const client = xoauth2Client('someuser@example.com', 'ya29.vF9dft4qmTc2')
    const outcome = await converse(client, xoauth2Server(), accept)
    expect(outcome.lines).toEqual([`C: ${sent}`])
    expect(outcome.asked).toEqual([
      { type: 'token', token: 'ya29.vF9dft4qmTc2', authzid: 'someuser@example.com', host: undefined, port: undefined },
    ])
    expect(outcome.step).toEqual({ type: 'success', identity: 'someuser@example.com' })
  })

  it('lets nobody in with the token of somebody else', async () => {
    const client = xoauth2Client('someuser@example.com', 't')
    const outcome = await converse(client, xoauth2Server(), () => ({ type: 'accepted', identity: 'other@example.com' }))
    expect(outcome.step).toEqual({ type: 'failure', reason: 'SASL_AUTHORIZATION' })
  })

  it('tells why a token is refused, and fails behind an empty response', async () => {
    const outcome = await converse(xoauth2Client('joe', 't'), xoauth2Server(), () => ({ type: 'rejected' }))
    expect(outcome.lines.slice(1)).toEqual(['S: {"status":"401","schemes":"bearer"}', 'C: '])
    expect(outcome.refused).toEqual({ status: '401' })
    expect(outcome.step).toEqual({ type: 'failure', reason: 'SASL_CREDENTIALS' })
  })

  it.each([
    ['', 'SASL_OAUTH_SYNTAX'],
    ['user=joe', 'SASL_OAUTH_SYNTAX'],
    ['user=joe\x01auth=Bearer t', 'SASL_OAUTH_SYNTAX'],
    ['user=joe\x01auth=Bearer t\x01', 'SASL_OAUTH_SYNTAX'],
    ['user=joe\x01auth=Bearer t\x01\x01\x01', 'SASL_OAUTH_SYNTAX'],
    ['user=joe\x01auth=Bearer t\x01\x01x', 'SASL_OAUTH_SYNTAX'],
    ['user=joe\x01auth=Bearer t\x01x\x01', 'SASL_OAUTH_SYNTAX'],
    ['auth=Bearer t\x01user=joe\x01\x01', 'SASL_OAUTH_SYNTAX'],
    ['user=joe\x01user=ann\x01\x01', 'SASL_OAUTH_SYNTAX'],
    ['User=joe\x01auth=Bearer t\x01\x01', 'SASL_OAUTH_SYNTAX'],
    ['user=\xff\x01auth=Bearer t\x01\x01', 'SASL_OAUTH_SYNTAX'],
    ['user=\x01auth=Bearer t\x01\x01', 'SASL_PREPARATION'],
    ['user=a\r\nb\x01auth=Bearer t\x01\x01', 'SASL_PREPARATION'],
  ])('refuses %j', (message, reason) => {
    expect(xoauth2Server().start(Buffer.from(message, 'latin1'))).toEqual({ type: 'failure', reason })
  })

  it('answers what is no token as it answers one that is refused', () => {
    expect(xoauth2Server().start(octets('user=joe\x01auth=Basic t\x01\x01')).type).toBe('challenge')
  })

  it('does not send what it cannot', async () => {
    expect(await codeOf(() => xoauth2Client('', 't'))).toBe('SASL_PREPARATION (local)')
    expect(await codeOf(() => xoauth2Client('joe', 'a\x01'))).toBe('SASL_TOKEN (local)')
  })

  it('carries any name, and any token', async () => {
    await fc.assert(
      fc.asyncProperty(text, token, async (user, bearer) => {
        const outcome = await converse(xoauth2Client(user, bearer), xoauth2Server(), accept)
        expect(outcome.asked).toMatchObject([{ token: bearer, authzid: saslprep(user, 'query') }])
        expect(outcome.step.type).toBe('success')
      }),
    )
  })
})

describe('the error in JSON', () => {
  it('is read as in RFC 7628 §4.3', () => {
    const sent =
      'eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwib3BlbmlkLWNvbmZpZ3VyYXRpb24i' +
      'OiJodHRwczovL2V4YW1wbGUuY29tLy53ZWxsLWtub3duL29wZW5pZC1jb25maWd1cmF0aW9uIn0='
    expect(parseOAuthError(decodeBase64(sent) as Buffer)).toEqual({
      status: 'invalid_token',
      scope: 'example_scope',
      configuration: 'https://example.com/.well-known/openid-configuration',
    })
  })

  it('is read without fields that are no text', () => {
    expect(parseOAuthError(octets('{"status":"x","scope":1,"openid-configuration":null}'))).toEqual({ status: 'x' })
  })

  it.each([
    '',
    'null',
    '1',
    '"status"',
    '[]',
    '{}',
    '{"status":401}',
    '{"status":"x"',
    '{"__proto__":{"status":"x"}}',
    'Username:',
    '\ufeff{"status":"x"}',
    '['.repeat(9000),
  ])('is not %.40j', async (challenge) => {
    expect(parseOAuthError(octets(challenge))).toBeUndefined()
    const client = xoauth2Client('joe', 'secret')
    client.start()
    expect(await codeOf(() => client.respond(octets(challenge)), 'secret')).toBe('SASL_OAUTH_ERROR')
    expect(await codeOf(() => client.succeed())).toBe('SASL_SUCCESS_EARLY')
  })

  it('is not what is no UTF-8', () => {
    expect(parseOAuthError(Buffer.from('{"status":"\xff"}', 'latin1'))).toBeUndefined()
  })

  it('is the end: a success behind it is not believed', async () => {
    const client = oauthBearerClient({ token: 't' })
    client.start()
    expect(await client.respond(octets('{"status":"x"}'))).toMatchObject({ type: 'refused' })
    expect(await codeOf(() => client.succeed())).toBe('SASL_SUCCESS_EARLY')
  })
})
