/** SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: both ends, against the RFC, one another and liars. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeBase64 } from '../../../../src/smtp/sasl/base64.ts'
import type { ChannelBindings } from '../../../../src/smtp/sasl/channel-binding.ts'
import type { ClientMechanism, Credentials, ServerMechanism, Verdict } from '../../../../src/smtp/sasl/mechanism.ts'
import { saslprep } from '../../../../src/smtp/sasl/saslprep.ts'
import { scramClient } from '../../../../src/smtp/sasl/scram-client.ts'
import type { ScramBinding } from '../../../../src/smtp/sasl/scram-client.ts'
import { scramCredentials } from '../../../../src/smtp/sasl/scram-keys.ts'
import type { ScramCredentials } from '../../../../src/smtp/sasl/scram-keys.ts'
import { scramServer } from '../../../../src/smtp/sasl/scram-server.ts'
import type { ScramName } from '../../../../src/smtp/sasl/scram-server.ts'
import { codeOf, converse, octets } from './dialogue.ts'

/** RFC 7677 §3. */
const CLIENT_NONCE = 'rOprNGfwEbeRWgbNEkqO'
const SERVER_NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
const NONCE = CLIENT_NONCE + SERVER_NONCE
const SALT = 'W22ZaJ0SNY7soEsUEjb6gQ=='
const CLIENT_FIRST = `n,,n=user,r=${CLIENT_NONCE}`
const SERVER_FIRST = `r=${NONCE},s=${SALT},i=4096`
const PROOF = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
const CLIENT_FINAL = `c=biws,r=${NONCE},p=${PROOF}`
const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

const IMPOSSIBLE: ScramBinding = { type: 'impossible' }
const NOT_OFFERED: ScramBinding = { type: 'notOffered' }
const CHANNEL = Buffer.from(Array.from({ length: 32 }, (_, index) => index))
const EXPORTER: ChannelBindings = { 'tls-exporter': CHANNEL }
const BOUND: ScramBinding = { type: 'bound', to: { type: 'tls-exporter', bytes: CHANNEL } }
const REJECTED: Verdict = { type: 'rejected' }

let stored: ScramCredentials
beforeAll(async () => {
  stored = await scramCredentials('pencil', decodeBase64(SALT), 4096)
})

/** Knows everybody, with one password, and lets them be whom they want. */
function judge(credentials: ScramCredentials): (asked: Credentials) => Verdict {
  return (asked) =>
    asked.type === 'scram' ? { type: 'scram', identity: asked.authzid ?? asked.user, credentials } : REJECTED
}

function newClient(binding: ScramBinding = IMPOSSIBLE, maxIterations?: number): ClientMechanism {
  return scramClient({ user: 'user', password: 'pencil', binding, nonce: CLIENT_NONCE, maxIterations })
}

function newServer(name: ScramName = 'SCRAM-SHA-256', channelBindings: ChannelBindings = {}): ServerMechanism {
  return scramServer({ name, channelBindings, nonce: SERVER_NONCE })
}

/** A server that has sent its first message. */
function serverAtFinal(first: string = CLIENT_FIRST, verdict?: Verdict): ServerMechanism {
  const server = newServer()
  expect(server.start(octets(first)).type).toBe('verify')
  server.verified(verdict ?? { type: 'scram', identity: 'user', credentials: stored })
  return server
}

/** A client that has sent its first message. */
function clientAtFirst(maxIterations?: number): ClientMechanism {
  const client = newClient(IMPOSSIBLE, maxIterations)
  client.start()
  return client
}

describe('SCRAM-SHA-256', () => {
  it('goes as in RFC 7677 §3, with the last word as a challenge', async () => {
    for (const beginning of ['initialResponse', 'emptyChallenge'] as const) {
      const outcome = await converse(newClient(), newServer(), judge(stored), beginning)
      expect(outcome.lines).toEqual([
        `C: ${CLIENT_FIRST}`,
        `S: ${SERVER_FIRST}`,
        `C: ${CLIENT_FINAL}`,
        `S: ${SERVER_FINAL}`,
        'C: ',
      ])
      expect(outcome.asked).toEqual([{ type: 'scram', user: 'user', authzid: undefined }])
      expect(outcome.step).toEqual({ type: 'success', identity: 'user' })
    }
  })

  it('stores what Python derives from the same password', () => {
    expect(stored.storedKey.toString('base64')).toBe('WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=')
    expect(stored.serverKey.toString('base64')).toBe('wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=')
  })

  it('says what Python says, bound, escaped, in UTF-8 and for somebody else', async () => {
    const password = 'p\u00e4ss=w\u00f6rd'
    const credentials = await scramCredentials(password, octets('0123456789abcdef'), 5000)
    const client = scramClient({
      user: 'jos\u00e9,=',
      password,
      authzid: 'boss,x',
      binding: BOUND,
      nonce: 'clientnonce',
    })
    const server = scramServer({ name: 'SCRAM-SHA-256-PLUS', channelBindings: EXPORTER, nonce: 'servernonce' })
    const outcome = await converse(client, server, judge(credentials))
    expect(outcome.lines).toEqual([
      'C: p=tls-exporter,a=boss=2Cx,n=jos\u00e9=2C=3D,r=clientnonce',
      'S: r=clientnonceservernonce,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=5000',
      'C: c=cD10bHMtZXhwb3J0ZXIsYT1ib3NzPTJDeCwAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw==,' +
        'r=clientnonceservernonce,p=g87OhEWArJFkg94aDpv01vHa5/bgKgKRuSp5lXSiZQI=',
      'S: v=y0RwZsbgnHPkctwQZ6Sqz6rEWfy/pVu18dIxhEppniI=',
      'C: ',
    ])
    expect(outcome.asked).toEqual([{ type: 'scram', user: 'jos\u00e9,=', authzid: 'boss,x' }])
    expect(outcome.step).toEqual({ type: 'success', identity: 'boss,x' })
  })

  it('carries any name and password that can be prepared', async () => {
    const text = fc
      .string({ unit: fc.constantFrom(...'ab =,:@é½語ßא'.split(/(?:)/u)), minLength: 1, maxLength: 12 })
      .filter((candidate) => saslprep(candidate, 'stored') !== undefined)
    await fc.assert(
      fc.asyncProperty(text, text, fc.boolean(), async (user, password, isBound) => {
        const credentials = await scramCredentials(password, octets('salt'), 4096)
        const client = scramClient({ user, password, binding: isBound ? BOUND : IMPOSSIBLE })
        const name = isBound ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256'
        const outcome = await converse(client, scramServer({ name, channelBindings: EXPORTER }), judge(credentials))
        expect(outcome.step).toEqual({ type: 'success', identity: saslprep(user, 'query') })
      }),
      { numRuns: 40 },
    )
  })

  it('refuses a wrong password, without a last word', async () => {
    const client = scramClient({ user: 'user', password: 'pen', binding: IMPOSSIBLE })
    const outcome = await converse(client, newServer(), judge(stored))
    expect(outcome.step).toEqual({ type: 'failure', reason: 'SASL_CREDENTIALS' })
    expect(outcome.lines.at(-1)).toMatch(/^C: c=biws/)
    expect(await codeOf(() => client.succeed())).toBe('SASL_SUCCESS_EARLY')
  })

  it('never uses a nonce twice', () => {
    const client = (): string => String(scramClient({ user: 'u', password: 'p', binding: IMPOSSIBLE }).start())
    expect(new Set(Array.from({ length: 50 }, client)).size).toBe(50)
    const server = (): string => {
      const mechanism = scramServer({ name: 'SCRAM-SHA-256' })
      mechanism.start(octets(CLIENT_FIRST))
      const step = mechanism.verified({ type: 'scram', identity: 'user', credentials: stored })
      return step.type === 'challenge' ? step.bytes.toString('latin1') : ''
    }
    expect(new Set(Array.from({ length: 50 }, server)).size).toBe(50)
  })
})

describe('a server that is asked for a user who does not exist', () => {
  const decoy = { secret: Buffer.alloc(32, 7), iterations: 4096 }

  function firstWord(name: string, secret: Buffer = decoy.secret): string {
    const server = scramServer({ name: 'SCRAM-SHA-256', decoy: { ...decoy, secret }, nonce: 'S' })
    server.start(octets(`n,,n=${name},r=C`))
    const step = server.verified(REJECTED)
    return step.type === 'challenge' ? step.bytes.toString('latin1') : step.type
  }

  it('shows a salt that looks like any, is always the same, and hangs on the name and the secret', () => {
    expect(firstWord('ghost')).toMatch(/^r=CS,s=[\w+/]{22}==,i=4096$/)
    expect(firstWord('ghost')).toBe(firstWord('ghost'))
    expect(firstWord('gho\u00adst')).toBe(firstWord('ghost'))
    expect(firstWord('ghost')).not.toBe(firstWord('other'))
    expect(firstWord('ghost')).not.toBe(firstWord('ghost', Buffer.alloc(32, 8)))
  })

  it('fails at the end, as for a wrong password', async () => {
    const client = scramClient({ user: 'ghost', password: 'pencil', binding: IMPOSSIBLE })
    const outcome = await converse(client, scramServer({ name: 'SCRAM-SHA-256', decoy }), () => REJECTED)
    expect(outcome.step).toEqual({ type: 'failure', reason: 'SASL_CREDENTIALS' })
    expect(outcome.lines).toHaveLength(3)
  })

  it('has a decoy of its own where none is given', () => {
    const server = scramServer({ name: 'SCRAM-SHA-256' })
    server.start(octets('n,,n=ghost,r=C'))
    expect(server.verified(REJECTED)).toMatchObject({ type: 'challenge' })
  })
})

describe('what the server makes of client-first', () => {
  it.each([
    ['nothing', '', 'SASL_SCRAM_SYNTAX'],
    ['no header', 'n=user,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['an unknown flag', 'x,,n=user,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['a flag in upper case', 'N,,n=user,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['no name', 'n,,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['an empty name', 'n,,n=,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['no nonce', 'n,,n=user', 'SASL_SCRAM_SYNTAX'],
    ['an empty nonce', 'n,,n=user,r=', 'SASL_SCRAM_SYNTAX'],
    ['nothing behind the header', 'n,,', 'SASL_SCRAM_SYNTAX'],
    ['another order', 'n,,r=abc,n=user', 'SASL_SCRAM_SYNTAX'],
    ['a comma at the end', 'n,,n=user,r=abc,', 'SASL_SCRAM_SYNTAX'],
    ['two nonces', 'n,,n=user,r=abc,r=def', 'SASL_SCRAM_SYNTAX'],
    ['two names', 'n,,n=user,n=root,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['a second name behind', 'n,,n=user,r=abc,n=root', 'SASL_SCRAM_SYNTAX'],
    ['a name in upper case', 'n,,N=user,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['an equals sign that begins no escape', 'n,,n=a=b,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['an escape in lower case', 'n,,n=a=2cb,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['half of an escape', 'n,,n=a=2,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['a NUL in the name', 'n,,n=a\0b,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['a NUL in an extension', 'n,,n=a,r=abc,x=a\0', 'SASL_SCRAM_SYNTAX'],
    ['a space in the nonce', 'n,,n=user,r=a c', 'SASL_SCRAM_SYNTAX'],
    ['a nonce above ASCII', 'n,,n=user,r=\u00fc', 'SASL_SCRAM_SYNTAX'],
    ['an extension without a value', 'n,,n=user,r=abc,x=', 'SASL_SCRAM_SYNTAX'],
    ['an extension without a letter', 'n,,n=user,r=abc,1=x', 'SASL_SCRAM_SYNTAX'],
    ['an extension of two letters', 'n,,n=user,r=abc,xy=x', 'SASL_SCRAM_SYNTAX'],
    ['a line end in front', '\r\nn,,n=user,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['a byte order mark', '\ufeffn,,n=user,r=abc', 'SASL_SCRAM_SYNTAX'],
    ['a mandatory extension', 'n,,m=x,n=user,r=abc', 'SASL_SCRAM_EXTENSION'],
    ['a mandatory extension behind', 'n,,n=user,r=abc,m=x', 'SASL_SCRAM_EXTENSION'],
    ['a name that cannot be prepared', 'n,,n=a\x07,r=abc', 'SASL_PREPARATION'],
    ['a name of soft hyphens', 'n,,n=\u00ad,r=abc', 'SASL_PREPARATION'],
    ['an identity that cannot be prepared', 'n,a=\r\n,n=user,r=abc', 'SASL_PREPARATION'],
    ['a binding to nothing', 'p=tls-exporter,,n=user,r=abc', 'SASL_CHANNEL_BINDING'],
  ])('refuses %s', (_, message, reason) => {
    expect(newServer().start(octets(message))).toEqual({ type: 'failure', reason })
  })

  it('refuses what is no UTF-8', () => {
    const step = newServer().start(Buffer.from('n,,n=\xff,r=abc', 'latin1'))
    expect(step).toEqual({ type: 'failure', reason: 'SASL_SCRAM_SYNTAX' })
  })

  it.each([
    ['n,,n=user,r=abc,x=y,Z==,', 'failure'],
    ['n,,n=user,r=abc,x=y,Z==', 'verify'],
    ['n,,n=\u00fc,r=!"#~', 'verify'],
    ['n,a=user,n=user,r=abc', 'verify'],
  ])('answers %j by %s', (message, type) => {
    expect(newServer().start(octets(message)).type).toBe(type)
  })

  it('hashes the name as it came, though it looks up the prepared one', async () => {
    const server = newServer()
    const step = server.start(octets(`n,,n=\u2168\u00ad,r=${CLIENT_NONCE}`))
    expect(step).toMatchObject({ credentials: { user: 'IX' } })
  })
})

describe('what the server makes of client-final', () => {
  it.each([
    ['nothing', '', 'SASL_SCRAM_SYNTAX'],
    ['no proof', `c=biws,r=${NONCE}`, 'SASL_SCRAM_SYNTAX'],
    ['no nonce', `c=biws,p=${PROOF}`, 'SASL_SCRAM_SYNTAX'],
    ['no binding', `r=${NONCE},p=${PROOF}`, 'SASL_SCRAM_SYNTAX'],
    ['a proof alone', `p=${PROOF}`, 'SASL_SCRAM_SYNTAX'],
    ['another order', `r=${NONCE},c=biws,p=${PROOF}`, 'SASL_SCRAM_SYNTAX'],
    ['something behind the proof', `${CLIENT_FINAL},x=y`, 'SASL_SCRAM_SYNTAX'],
    ['two proofs', `${CLIENT_FINAL},p=${PROOF}`, 'SASL_SCRAM_SYNTAX'],
    ['two nonces', `c=biws,r=${NONCE},r=${NONCE},p=${PROOF}`, 'SASL_SCRAM_SYNTAX'],
    ['a proof that is no base64', `c=biws,r=${NONCE},p=${PROOF.slice(0, -1)}`, 'SASL_SCRAM_SYNTAX'],
    ['a binding that is no base64', `c=bi!s,r=${NONCE},p=${PROOF}`, 'SASL_SCRAM_SYNTAX'],
    ['a mandatory extension', `c=biws,r=${NONCE},m=x,p=${PROOF}`, 'SASL_SCRAM_EXTENSION'],
    ['a mandatory extension in place of the proof', `c=biws,r=${NONCE},m=x`, 'SASL_SCRAM_EXTENSION'],
    ['the nonce of the client alone', `c=biws,r=${CLIENT_NONCE},p=${PROOF}`, 'SASL_SCRAM_NONCE'],
    ['a nonce with something behind', `c=biws,r=${NONCE}x,p=${PROOF}`, 'SASL_SCRAM_NONCE'],
    ['another nonce', `c=biws,r=x${NONCE.slice(1)},p=${PROOF}`, 'SASL_SCRAM_NONCE'],
    ['another header than at first', `c=eSws,r=${NONCE},p=${PROOF}`, 'SASL_CHANNEL_BINDING'],
    ['a header with octets behind', `c=biwsAA==,r=${NONCE},p=${PROOF}`, 'SASL_CHANNEL_BINDING'],
    ['a proof of another length', `c=biws,r=${NONCE},p=AAAA`, 'SASL_CREDENTIALS'],
    ['a proof with one bit turned', `c=biws,r=${NONCE},p=e${PROOF.slice(1)}`, 'SASL_CREDENTIALS'],
    ['a proof of zeros', `c=biws,r=${NONCE},p=${'A'.repeat(43)}=`, 'SASL_CREDENTIALS'],
    ['an extension that was not hashed', `c=biws,r=${NONCE},x=y,p=${PROOF}`, 'SASL_CREDENTIALS'],
  ])('refuses %s', (_, message, reason) => {
    expect(serverAtFinal().respond(octets(message))).toEqual({ type: 'failure', reason })
  })

  it('refuses what is no UTF-8', () => {
    const message = Buffer.from(CLIENT_FINAL.replace(',p=', ',x=\xff,p='), 'latin1')
    expect(serverAtFinal().respond(message)).toEqual({ type: 'failure', reason: 'SASL_SCRAM_SYNTAX' })
  })

  it('is answered with the last word, which wants an empty response', () => {
    const step = serverAtFinal().respond(octets(CLIENT_FINAL))
    expect(step).toEqual({ type: 'challenge', bytes: octets(SERVER_FINAL) })
    for (const [response, end] of [
      ['', { type: 'success', identity: 'user' }],
      ['x', { type: 'failure', reason: 'SASL_SCRAM_SYNTAX' }],
    ] as const) {
      const server = serverAtFinal()
      server.respond(octets(CLIENT_FINAL))
      expect(server.respond(octets(response))).toEqual(end)
    }
  })

  it('lets nobody act as somebody whom the host application did not name, and says so only to who has the password', async () => {
    const careless = (): Verdict => ({ type: 'scram', identity: 'user', credentials: stored })
    const login = { user: 'user', authzid: 'boss', binding: IMPOSSIBLE }
    const right = await converse(scramClient({ ...login, password: 'pencil' }), newServer(), careless)
    expect(right.step).toEqual({ type: 'failure', reason: 'SASL_AUTHORIZATION' })
    const wrong = await converse(scramClient({ ...login, password: 'pen' }), newServer(), careless)
    expect(wrong.step).toEqual({ type: 'failure', reason: 'SASL_CREDENTIALS' })
  })
})

describe('channel binding (RFC 5802 §6)', () => {
  const other: ChannelBindings = { 'tls-exporter': Buffer.alloc(32) }
  const plus = 'SCRAM-SHA-256-PLUS'
  const bare = 'SCRAM-SHA-256'

  it.each<[string, ScramName, ChannelBindings, ScramBinding, string]>([
    ['n to a server that cannot', bare, {}, IMPOSSIBLE, 'success'],
    ['n to a server that could', bare, EXPORTER, IMPOSSIBLE, 'success'],
    ['y to a server that cannot', bare, {}, NOT_OFFERED, 'success'],
    ['y to a server that could: the offer was hidden', bare, EXPORTER, NOT_OFFERED, 'SASL_SCRAM_DOWNGRADE'],
    ['p to the same channel', plus, EXPORTER, BOUND, 'success'],
    ['p to another channel: somebody is in the middle', plus, other, BOUND, 'SASL_CHANNEL_BINDING'],
    ['p to a kind that the server has not', plus, { 'tls-server-end-point': CHANNEL }, BOUND, 'SASL_CHANNEL_BINDING'],
    ['p without PLUS', bare, EXPORTER, BOUND, 'SASL_CHANNEL_BINDING'],
    ['n with PLUS', plus, EXPORTER, IMPOSSIBLE, 'SASL_CHANNEL_BINDING'],
    ['y with PLUS', plus, EXPORTER, NOT_OFFERED, 'SASL_SCRAM_DOWNGRADE'],
  ])('%s', async (_, name, channelBindings, binding, end) => {
    const { step } = await converse(newClient(binding), newServer(name, channelBindings), judge(stored))
    expect(step.type === 'failure' ? step.reason : step.type).toBe(end)
  })

  it('binds to the end point too', async () => {
    const to = { type: 'tls-server-end-point', bytes: CHANNEL } as const
    const channelBindings = { 'tls-server-end-point': CHANNEL, 'tls-exporter': Buffer.alloc(32) }
    const client = newClient({ type: 'bound', to })
    expect(client.name).toBe(plus)
    const outcome = await converse(client, newServer(plus, channelBindings), judge(stored))
    expect(outcome.step.type).toBe('success')
    expect(outcome.lines[0]).toMatch(/^C: p=tls-server-end-point,,/)
  })

  it.each(['tls-unique', 'constructor', 'TLS-EXPORTER'])('knows no %s', (channel) => {
    const step = newServer(plus, EXPORTER).start(octets(`p=${channel},,n=user,r=abc`))
    expect(step).toEqual({ type: 'failure', reason: 'SASL_CHANNEL_BINDING' })
  })
})

describe('what the client makes of server-first', () => {
  it.each([
    ['nothing', '', 'SASL_SCRAM_SYNTAX'],
    ['another order', `s=${SALT},r=${NONCE},i=4096`, 'SASL_SCRAM_SYNTAX'],
    ['no iteration count', `r=${NONCE},s=${SALT}`, 'SASL_SCRAM_SYNTAX'],
    ['no salt', `r=${NONCE},i=4096`, 'SASL_SCRAM_SYNTAX'],
    ['an empty salt', `r=${NONCE},s=,i=4096`, 'SASL_SCRAM_SYNTAX'],
    ['a salt that is no base64', `r=${NONCE},s=W22,i=4096`, 'SASL_SCRAM_SYNTAX'],
    ['a count with a leading zero', `r=${NONCE},s=${SALT},i=04096`, 'SASL_SCRAM_SYNTAX'],
    ['a count of zero', `r=${NONCE},s=${SALT},i=0`, 'SASL_SCRAM_SYNTAX'],
    ['a negative count', `r=${NONCE},s=${SALT},i=-4096`, 'SASL_SCRAM_SYNTAX'],
    ['a count in another notation', `r=${NONCE},s=${SALT},i=5e3`, 'SASL_SCRAM_SYNTAX'],
    ['a count with a space', `r=${NONCE},s=${SALT},i= 4096`, 'SASL_SCRAM_SYNTAX'],
    ['a count of 20 digits', `r=${NONCE},s=${SALT},i=99999999999999999999`, 'SASL_SCRAM_SYNTAX'],
    ['two counts', `${SERVER_FIRST},i=4097`, 'SASL_SCRAM_SYNTAX'],
    ['a nonce with a space', `r=${NONCE} x,s=${SALT},i=4096`, 'SASL_SCRAM_SYNTAX'],
    ['an error in place of it', 'e=other-error', 'SASL_SCRAM_SYNTAX'],
    ['a mandatory extension', `m=x,${SERVER_FIRST}`, 'SASL_SCRAM_EXTENSION'],
    ['a nonce that is not ours', `r=x${NONCE},s=${SALT},i=4096`, 'SASL_SCRAM_NONCE'],
    ['our nonce and nothing more', `r=${CLIENT_NONCE},s=${SALT},i=4096`, 'SASL_SCRAM_NONCE'],
    ['a part of our nonce', `r=${CLIENT_NONCE.slice(1)},s=${SALT},i=4096`, 'SASL_SCRAM_NONCE'],
    ['a count that is too low', `r=${NONCE},s=${SALT},i=4095`, 'SASL_SCRAM_ITERATIONS'],
    ['a count of one', `r=${NONCE},s=${SALT},i=1`, 'SASL_SCRAM_ITERATIONS'],
    ['a count that keeps us busy', `r=${NONCE},s=${SALT},i=1000001`, 'SASL_SCRAM_ITERATIONS'],
    ['a count that keeps us busy for ever', `r=${NONCE},s=${SALT},i=2147483647`, 'SASL_SCRAM_ITERATIONS'],
  ])('refuses %s', async (_, challenge, code) => {
    const client = clientAtFirst()
    expect(await codeOf(() => client.respond(octets(challenge)), 'pencil')).toBe(code)
    expect(await codeOf(() => client.respond(octets(SERVER_FIRST)))).toBe('SASL_TURN (local)')
    expect(await codeOf(() => client.succeed())).toBe('SASL_SUCCESS_EARLY')
  })

  it('refuses what is no UTF-8', async () => {
    const challenge = Buffer.from(`${SERVER_FIRST},x=\xff`, 'latin1')
    expect(await codeOf(() => clientAtFirst().respond(challenge))).toBe('SASL_SCRAM_SYNTAX')
  })

  it('passes over extensions, and hashes them', async () => {
    const answer = await clientAtFirst().respond(octets(`${SERVER_FIRST},x=\u00fc`))
    expect(answer.bytes.toString()).not.toBe(CLIENT_FINAL)
    expect(answer.bytes.toString()).toMatch(/^c=biws,r=/)
  })

  it('lets the caller say how high a count may be', async () => {
    const challenge = octets(`r=${NONCE},s=${SALT},i=4097`)
    expect(await codeOf(() => clientAtFirst(4096).respond(challenge))).toBe('SASL_SCRAM_ITERATIONS')
    expect((await clientAtFirst(4097).respond(challenge)).type).toBe('response')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('takes no limit of %d, which is none', (limit) => {
    expect(() => newClient(IMPOSSIBLE, limit)).toThrow(RangeError)
  })

  it('derives its keys on another thread, and takes nothing else meanwhile', async () => {
    const client = clientAtFirst()
    let isDone = false
    const answer = client.respond(octets(SERVER_FIRST)).finally(() => (isDone = true))
    await Promise.resolve()
    expect(isDone).toBe(false)
    expect(await codeOf(() => client.respond(octets(SERVER_FIRST)))).toBe('SASL_TURN (local)')
    expect(await codeOf(() => client.succeed())).toBe('SASL_SUCCESS_EARLY')
    expect((await answer).bytes.toString()).toBe(CLIENT_FINAL)
  })
})

describe('what the client makes of server-final', () => {
  async function clientAtFinal(): Promise<ClientMechanism> {
    const client = clientAtFirst()
    await client.respond(octets(SERVER_FIRST))
    return client
  }

  it.each([
    ['nothing', '', 'SASL_SCRAM_SYNTAX'],
    ['a verifier that is no base64', 'v=6rri', 'SASL_SERVER_SIGNATURE'],
    ['an empty verifier', 'v=', 'SASL_SCRAM_SYNTAX'],
    ['a verifier with a space', `${SERVER_FINAL} `, 'SASL_SCRAM_SYNTAX'],
    ['the first message again', SERVER_FIRST, 'SASL_SCRAM_SYNTAX'],
    ['two verifiers', `${SERVER_FINAL},${SERVER_FINAL}`, 'SASL_SCRAM_SYNTAX'],
    ['a mandatory extension', `${SERVER_FINAL},m=x`, 'SASL_SCRAM_EXTENSION'],
    ['another signature: an impostor', `v=7${SERVER_FINAL.slice(3)}`, 'SASL_SERVER_SIGNATURE'],
    ['our own proof, sent back', `v=${PROOF}`, 'SASL_SERVER_SIGNATURE'],
    ['an error', 'e=invalid-proof', 'SASL_SCRAM_ERROR'],
    ['an error and a verifier', `e=other-error,${SERVER_FINAL}`, 'SASL_SCRAM_SYNTAX'],
  ])('refuses %s', async (_, challenge, code) => {
    const client = await clientAtFinal()
    expect(await codeOf(() => client.respond(octets(challenge)), 'pencil')).toBe(code)
    expect(await codeOf(() => client.succeed())).toBe('SASL_SUCCESS_EARLY')
    expect(await codeOf(() => client.respond(octets(SERVER_FINAL)))).toBe('SASL_TURN (local)')
  })

  it('refuses what is no UTF-8', async () => {
    const client = await clientAtFinal()
    const challenge = Buffer.from(`${SERVER_FINAL},x=\xff`, 'latin1')
    expect(await codeOf(() => client.respond(challenge))).toBe('SASL_SCRAM_SYNTAX')
  })

  it('names errors that it knows, and repeats no others', async () => {
    for (const [error, told] of [
      ['channel-bindings-dont-match,x=y', 'channel-bindings-dont-match'],
      ['call +1 555 0100 to unlock', 'other-error'],
    ]) {
      const client = await clientAtFinal()
      await expect(client.respond(octets(`e=${error}`))).rejects.toThrow(`(${told})`)
    }
  })

  it('believes no success before the signature, and no challenge behind it', async () => {
    const hasty = await clientAtFinal()
    expect(await codeOf(() => hasty.succeed())).toBe('SASL_SUCCESS_EARLY')

    const client = await clientAtFinal()
    expect(await client.respond(octets(`${SERVER_FINAL},x=y`))).toEqual({ type: 'response', bytes: octets('') })
    expect(await codeOf(() => client.respond(octets(SERVER_FINAL)))).toBe('SASL_CHALLENGE')

    const patient = await clientAtFinal()
    await patient.respond(octets(SERVER_FINAL))
    patient.succeed()
    expect(await codeOf(() => patient.succeed())).toBe('SASL_SUCCESS_EARLY')
  })
})

describe('scramCredentials', () => {
  it('makes a salt of its own, and takes its time', async () => {
    const [one, other] = await Promise.all([scramCredentials('pencil'), scramCredentials('pencil')])
    expect(one.salt).toHaveLength(16)
    expect(one.salt.equals(other.salt)).toBe(false)
    expect(one.iterations).toBe(100_000)
    expect(one.storedKey.equals(one.serverKey)).toBe(false)
  })

  it('prepares the password', async () => {
    const salt = octets('salt')
    const [one, other] = await Promise.all([
      scramCredentials('\u2168\u00ad', salt, 4096),
      scramCredentials('IX', salt, 4096),
    ])
    expect(one).toEqual(other)
  })

  it.each(['', 'a\0b', '\u00ad', '😀'])('refuses the password %j', async (password) => {
    expect(await codeOf(() => scramCredentials(password))).toBe('SASL_PREPARATION (local)')
  })

  it('refuses numbers that are no protection', async () => {
    for (const iterations of [0, 4095, 4096.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(scramCredentials('pencil', octets('salt'), iterations)).rejects.toThrow(RangeError)
    }
    await expect(scramCredentials('pencil', octets(''), 4096)).rejects.toThrow(RangeError)
  })

  it('is refused by the client too where it cannot be prepared', async () => {
    const login = { user: 'user', binding: IMPOSSIBLE }
    expect(await codeOf(() => scramClient({ ...login, password: '😀' }))).toBe('SASL_PREPARATION (local)')
    expect(await codeOf(() => scramClient({ ...login, password: 'p', user: 'a\0' }))).toBe('SASL_PREPARATION (local)')
    expect(await codeOf(() => scramClient({ ...login, password: 'p', authzid: '' }))).toBe('SASL_PREPARATION (local)')
  })
})
