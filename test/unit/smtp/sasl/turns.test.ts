/** What holds of every mechanism: each call has its turn, a verdict must fit, and what is over stays over. */
import { describe, expect, it } from 'vitest'
import { cramMd5Client, cramMd5Server } from '../../../../src/smtp/sasl/cram-md5.ts'
import { SASL_ERRORS, SASL_REFUSALS, SaslError } from '../../../../src/smtp/sasl/errors.ts'
import { externalClient, externalServer } from '../../../../src/smtp/sasl/external.ts'
import { loginClient, loginServer } from '../../../../src/smtp/sasl/login.ts'
import { parseMechanismName } from '../../../../src/smtp/sasl/mechanism.ts'
import type { ClientMechanism, ServerMechanism, Verdict } from '../../../../src/smtp/sasl/mechanism.ts'
import { oauthBearerClient, oauthBearerServer } from '../../../../src/smtp/sasl/oauthbearer.ts'
import { plainClient, plainServer } from '../../../../src/smtp/sasl/plain.ts'
import { scramClient } from '../../../../src/smtp/sasl/scram-client.ts'
import { scramServer } from '../../../../src/smtp/sasl/scram-server.ts'
import { xoauth2Client, xoauth2Server } from '../../../../src/smtp/sasl/xoauth2.ts'
import { codeOf, octets } from './dialogue.ts'

const ACCEPTED: Verdict = { type: 'accepted', identity: 'joe' }
const REJECTED: Verdict = { type: 'rejected' }
const SECRET: Verdict = { type: 'secret', identity: 'joe', password: 'secret' }
const KEY = Buffer.alloc(32)
const STORED: Verdict = {
  type: 'scram',
  identity: 'joe',
  credentials: { salt: KEY, iterations: 4096, storedKey: KEY, serverKey: KEY },
}

interface Row {
  readonly server: () => ServerMechanism
  /** What the client says until the server asks its host application. */
  readonly messages: readonly string[]
  /** Whether the server speaks first, and takes no initial response. */
  readonly unfit: readonly Verdict[]
}

const SERVERS: Record<string, Row> = {
  PLAIN: { server: plainServer, messages: ['\0joe\0secret'], unfit: [SECRET, STORED] },
  LOGIN: { server: loginServer, messages: ['joe', 'secret'], unfit: [SECRET, STORED] },
  EXTERNAL: { server: externalServer, messages: [''], unfit: [SECRET, STORED] },
  XOAUTH2: { server: xoauth2Server, messages: ['user=joe\x01auth=Bearer t\x01\x01'], unfit: [SECRET, STORED] },
  OAUTHBEARER: { server: oauthBearerServer, messages: ['n,,\x01auth=Bearer t\x01\x01'], unfit: [SECRET, STORED] },
  'CRAM-MD5': {
    server: () => cramMd5Server({ hostname: 'x.test' }),
    messages: [`joe ${'0'.repeat(32)}`],
    unfit: [ACCEPTED, STORED],
  },
  'SCRAM-SHA-256': {
    server: () => scramServer({ name: 'SCRAM-SHA-256' }),
    messages: ['n,,n=joe,r=abc'],
    unfit: [ACCEPTED, SECRET],
  },
}

const CLIENTS: Record<string, () => ClientMechanism> = {
  PLAIN: () => plainClient({ user: 'joe', password: 'secret' }),
  LOGIN: () => loginClient({ user: 'joe', password: 'secret' }),
  EXTERNAL: () => externalClient(),
  XOAUTH2: () => xoauth2Client('joe', 'secret'),
  OAUTHBEARER: () => oauthBearerClient({ token: 'secret' }),
  'CRAM-MD5': () => cramMd5Client({ user: 'joe', password: 'secret' }),
  'SCRAM-SHA-256': () => scramClient({ user: 'joe', password: 'secret', binding: { type: 'impossible' } }),
}

const TURN = 'SASL_TURN (local)'

describe.each(Object.entries(SERVERS))('the server of %s', (name, { server, messages, unfit }) => {
  function asked(): ServerMechanism {
    const mechanism = server()
    mechanism.start(undefined)
    for (const message of messages) mechanism.respond(octets(message))
    return mechanism
  }

  it('has its name', () => {
    expect(server().name).toBe(name)
  })

  it('throws at a call that is not due, and goes on as if it had not been made', async () => {
    const mechanism = server()
    expect(await codeOf(() => mechanism.respond(octets('x')))).toBe(TURN)
    expect(await codeOf(() => mechanism.verified(ACCEPTED))).toBe(TURN)
    expect(mechanism.start(undefined).type).toBe('challenge')
    expect(await codeOf(() => mechanism.start(undefined))).toBe(TURN)
    expect(await codeOf(() => mechanism.verified(ACCEPTED))).toBe(TURN)
    expect(messages.map((message) => mechanism.respond(octets(message)).type).at(-1)).toBe('verify')
    expect(await codeOf(() => mechanism.respond(octets('x')))).toBe(TURN)
    expect(await codeOf(() => mechanism.start(undefined))).toBe(TURN)
    for (const verdict of unfit) {
      expect(await codeOf(() => mechanism.verified(verdict))).toBe('SASL_VERDICT (local)')
    }
    expect(['failure', 'challenge']).toContain(mechanism.verified(REJECTED).type)
    expect(await codeOf(() => mechanism.verified(REJECTED))).toBe(TURN)
  })

  it('is used up once it has failed', async () => {
    const mechanism = asked()
    let step = mechanism.verified(REJECTED)
    while (step.type !== 'failure') step = mechanism.respond(octets('x'))
    expect(await codeOf(() => mechanism.start(undefined))).toBe(TURN)
    expect(await codeOf(() => mechanism.respond(octets('x')))).toBe(TURN)
    expect(await codeOf(() => mechanism.verified(ACCEPTED))).toBe(TURN)
  })

  it('throws at no octets', () => {
    for (const octet of Array.from({ length: 256 }, (_, value) => value)) {
      for (const message of messages) {
        const mangled = octets(message)
        for (const bytes of [Buffer.from([octet]), Buffer.concat([mangled, Buffer.from([octet])])]) {
          const mechanism = server()
          mechanism.start(undefined)
          expect(['failure', 'verify', 'challenge']).toContain(mechanism.respond(bytes).type)
        }
      }
    }
  })
})

describe.each(Object.entries(CLIENTS))('the client of %s', (name, client) => {
  it('has its name', () => {
    expect(client().name).toBe(name)
  })

  it('does nothing before it has begun, begins once, and believes no success before its time', async () => {
    const mechanism = client()
    expect(await codeOf(() => mechanism.respond(octets('x')), 'secret')).toBe(TURN)
    expect(await codeOf(() => mechanism.succeed())).toBe('SASL_SUCCESS_EARLY')
    mechanism.start()
    expect(await codeOf(() => mechanism.start())).toBe(TURN)
  })

  it('is not the same twice', async () => {
    const mechanism = client()
    const first = mechanism.start()
    if (first !== undefined && name !== 'SCRAM-SHA-256') {
      mechanism.succeed()
      expect(await codeOf(() => mechanism.succeed())).toBe('SASL_SUCCESS_EARLY')
      expect(await codeOf(() => mechanism.respond(octets('x')))).toBe(TURN)
    } else {
      expect(await codeOf(() => mechanism.succeed())).toBe('SASL_SUCCESS_EARLY')
    }
  })
})

describe('parseMechanismName', () => {
  it('does not care about case (RFC 4954 §8)', () => {
    expect(parseMechanismName('scram-Sha-256-plus')).toBe('SCRAM-SHA-256-PLUS')
    expect(parseMechanismName('Plain')).toBe('PLAIN')
  })

  it.each(['', 'PLAI', 'PLAIN ', 'ANONYMOUS', 'DIGEST-MD5', '__proto__', 'constructor', 'LOG\u0131N'])(
    'knows no %j',
    (text) => {
      expect(parseMechanismName(text)).toBeUndefined()
    },
  )
})

describe('the table of errors', () => {
  it('has a reply for each refusal, and none of its texts twice', () => {
    for (const { hint, enhanced } of Object.values(SASL_REFUSALS)) {
      expect([501, 535]).toContain(hint)
      expect(enhanced).toMatch(/^5\.[57]\.\d$/)
    }
    const texts = Object.values(SASL_ERRORS).map(({ text }) => text)
    expect(new Set(texts).size).toBe(texts.length)
  })

  it('makes errors of the family', () => {
    const error = new SaslError('SASL_SCRAM_ERROR', { detail: 'no-resources' })
    expect(error).toMatchObject({ code: 'SASL_SCRAM_ERROR', side: 'remote', rfc: 'RFC 5802 §5.1', name: 'SaslError' })
    expect(error.message).toContain('(no-resources)')
  })
})
