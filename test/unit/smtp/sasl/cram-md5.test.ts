import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cramMd5Client, cramMd5Server } from '../../../../src/smtp/sasl/cram-md5.ts'
import type { Credentials, Verdict } from '../../../../src/smtp/sasl/mechanism.ts'
import { saslprep } from '../../../../src/smtp/sasl/saslprep.ts'
import { codeOf, converse, octets } from './dialogue.ts'

const TIM = { user: 'tim', password: 'tanstaaftanstaaf' }
/** RFC 2195 §2. */
const CHALLENGE = '<1896.697170952@postoffice.reston.mci.net>'
const DIGEST = 'b913a602c7eda7a495b4e6e7334d3890'

function known(password: string): (credentials: Credentials) => Verdict {
  return (credentials) =>
    credentials.type === 'secret' ? { type: 'secret', identity: credentials.user, password } : { type: 'rejected' }
}

function asked(response: string): ReturnType<typeof cramMd5Server> {
  const server = cramMd5Server({ hostname: 'postoffice.reston.mci.net', unique: '1896.697170952' })
  server.start(undefined)
  server.respond(octets(response))
  return server
}

describe('CRAM-MD5', () => {
  it('goes as in RFC 2195 §2', async () => {
    const server = cramMd5Server({ hostname: 'postoffice.reston.mci.net', unique: '1896.697170952' })
    const outcome = await converse(cramMd5Client(TIM), server, known(TIM.password))
    expect(outcome.lines).toEqual([`S: ${CHALLENGE}`, `C: tim ${DIGEST}`])
    expect(outcome.asked).toEqual([{ type: 'secret', user: 'tim' }])
    expect(outcome.step).toEqual({ type: 'success', identity: 'tim' })
  })

  it('hashes a password of more than 64 octets first', async () => {
    const password = 'long enough to be hashed before it becomes a key, which MD5 does from 65 octets on'
    const outcome = await converse(
      cramMd5Client({ user: 'tim', password }),
      cramMd5Server({ hostname: 'x.test' }),
      known(password),
    )
    expect(outcome.step.type).toBe('success')
  })

  it('never asks the same twice', () => {
    const challenges = Array.from({ length: 50 }, () => {
      const step = cramMd5Server({ hostname: 'x.test' }).start(undefined)
      return step.type === 'challenge' ? step.bytes.toString('latin1') : ''
    })
    expect(new Set(challenges).size).toBe(50)
    for (const challenge of challenges) expect(challenge).toMatch(/^<\d+\.\d+@x\.test>$/)
  })

  it('refuses an initial response (RFC 4954 §4)', () => {
    for (const bytes of [octets(''), octets(`tim ${DIGEST}`)]) {
      expect(cramMd5Server({ hostname: 'x.test' }).start(bytes)).toEqual({
        type: 'failure',
        reason: 'SASL_INITIAL_RESPONSE',
      })
    }
  })

  it.each([
    ['nothing', ''],
    ['a name alone', 'tim'],
    ['a digest alone', DIGEST],
    ['upper case', `tim ${DIGEST.toUpperCase()}`],
    ['a digest too short', `tim ${DIGEST.slice(1)}`],
    ['a digest too long', `tim ${DIGEST}0`],
    ['two spaces behind', `tim ${DIGEST} `],
    ['a line end behind', `tim ${DIGEST}\r\n`],
    ['a tab in between', `tim\t${DIGEST}`],
    ['a letter that is no digit', `tim g${DIGEST.slice(1)}`],
  ])('refuses %s', (_, response) => {
    const server = cramMd5Server({ hostname: 'x.test' })
    server.start(undefined)
    expect(server.respond(octets(response))).toEqual({ type: 'failure', reason: 'SASL_CRAM_SYNTAX' })
  })

  it.each([` ${DIGEST}`, `\xff ${DIGEST}`, `t\0 ${DIGEST}`])('refuses the name in %j', (response) => {
    const server = cramMd5Server({ hostname: 'x.test' })
    server.start(undefined)
    const step = server.respond(Buffer.from(response, 'latin1'))
    expect(step).toEqual({ type: 'failure', reason: 'SASL_PREPARATION' })
  })

  it('tells a wrong password, an unknown user and a password that cannot be prepared alike', () => {
    const failure = { type: 'failure', reason: 'SASL_CREDENTIALS' }
    const response = `tim ${DIGEST}`
    expect(asked(response).verified({ type: 'secret', identity: 'tim', password: 'wrong' })).toEqual(failure)
    expect(asked(response).verified({ type: 'rejected' })).toEqual(failure)
    expect(asked(response).verified({ type: 'secret', identity: 'tim', password: 'a\0b' })).toEqual(failure)
    // The digest of no password at all opens nothing either.
    const empty = createHmac('md5', '').update(CHALLENGE).digest('hex')
    expect(asked(`tim ${empty}`).verified({ type: 'rejected' })).toEqual(failure)
    expect(asked(`tim ${empty}`).verified({ type: 'secret', identity: 'tim', password: '' })).toEqual(failure)
    expect(asked(response).verified({ type: 'secret', identity: 'Tim', password: TIM.password })).toEqual({
      type: 'success',
      identity: 'Tim',
    })
  })

  it.each([
    ['nothing', ''],
    ['no angle brackets', '1896@x.test'],
    ['no host', '<1896@>'],
    ['no unique part', '<@x.test>'],
    ['no at sign', '<1896.x.test>'],
    ['two at signs', '<1896@a@b>'],
    ['a space', '<1896 1@x.test>'],
    ['an octet above 0x7F (CVE-2007-1558)', '<1896\u00ff@x.test>'],
    ['a control character', '<1896@x.test\x01>'],
    ['something behind', '<1896@x.test>x'],
    ['something in front', 'x<1896@x.test>'],
    ['a bracket inside', '<18>96@x.test>'],
  ])('hashes no challenge that is no msg-id: %s', async (_, challenge) => {
    const client = cramMd5Client(TIM)
    client.start()
    expect(await codeOf(() => client.respond(octets(challenge)), TIM.password)).toBe('SASL_CRAM_CHALLENGE')
    expect(await codeOf(() => client.respond(octets(CHALLENGE)))).toBe('SASL_TURN (local)')
    expect(await codeOf(() => client.succeed())).toBe('SASL_SUCCESS_EARLY')
  })

  it('answers one challenge only', async () => {
    const client = cramMd5Client(TIM)
    client.start()
    await client.respond(octets(CHALLENGE))
    expect(await codeOf(() => client.respond(octets(CHALLENGE)))).toBe('SASL_CHALLENGE')
  })

  it('carries any name and password that can be prepared', async () => {
    const text = fc
      .string({ unit: fc.constantFrom(...'ab =,:@<>é½語😀'.split(/(?:)/u)), minLength: 1, maxLength: 12 })
      .filter((candidate) => saslprep(candidate, 'query') !== undefined)
    await fc.assert(
      fc.asyncProperty(text, text, async (user, password) => {
        const server = cramMd5Server({ hostname: '[192.0.2.1]' })
        const outcome = await converse(cramMd5Client({ user, password }), server, known(password))
        expect(outcome.step).toEqual({ type: 'success', identity: saslprep(user, 'query') })
      }),
    )
  })
})
