import { describe, expect, it } from 'vitest'
import {
  DEFAULT_EXTENSIONS,
  deliverByMinimum,
  ehloLines,
  EXTENSIONS,
  futureReleaseLimits,
  offerable,
  offeredMechanismNames,
  parseCapabilities,
  serverLimits,
  sizeLimit,
} from '../../../src/smtp/extensions.ts'
import type { Capabilities, Circumstances } from '../../../src/smtp/extensions.ts'
import { DEFAULT_LIMITS } from '../../../src/smtp/limits.ts'

const BARE: Circumstances = {
  protocol: 'smtp',
  security: 'none',
  mechanisms: [],
  peer: 'stranger',
  futureRelease: undefined,
  minDeliverBySeconds: 60,
  maxRecipientDomains: undefined,
  limits: { ...DEFAULT_LIMITS, maxMessageBytes: 1000 },
}

/** What is offered of all that there is, as it is offered. */
function offer(circumstances: Partial<Circumstances>, wanted = EXTENSIONS): string[] {
  const all = { ...BARE, ...circumstances }
  return ehloLines(offerable(wanted, all), all)
}

describe('the lines of an EHLO reply', () => {
  it('name what makes sense', () => {
    expect(offer({})).toEqual([
      ...['PIPELINING', 'SIZE 1000', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'CHUNKING', 'BINARYMIME', 'DSN'],
      ...['LIMITS MAILMAX=1000 RCPTMAX=1000', 'DELIVERBY 60', 'MT-PRIORITY', 'EXPN', 'ETRN', 'HELP'],
    ])
    expect(offer({}, [])).toEqual([])
    expect(offer({ limits: { ...DEFAULT_LIMITS, maxRecipients: 5_000_000 } })).toContain(
      'LIMITS MAILMAX=1000 RCPTMAX=999999',
    )
    expect(offer({ limits: { ...DEFAULT_LIMITS, maxTransactions: 5 }, maxRecipientDomains: 1 })).toContain(
      'LIMITS MAILMAX=5 RCPTMAX=1000 RCPTDOMAINMAX=1',
    )
  })

  it.each<[Partial<Circumstances>, string]>([
    [{ security: 'offered' }, 'STARTTLS'],
    [{ security: 'active' }, 'REQUIRETLS'],
    [{ mechanisms: ['SCRAM-SHA-256', 'PLAIN'] }, 'AUTH SCRAM-SHA-256 PLAIN'],
    [
      { protocol: 'submission', futureRelease: { seconds: 86_400, until: '2026-12-31T00:00:00Z' } },
      'FUTURERELEASE 86400 2026-12-31T00:00:00Z',
    ],
    [{ peer: 'trusted' }, 'XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT'],
    [{ peer: 'trusted' }, 'XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE'],
  ])('with %j have %s', (circumstances, line) => {
    expect(offer({})).not.toContain(line)
    expect(offer(circumstances)).toContain(line)
  })

  it('have nothing whose ground is missing', () => {
    expect(offer({}, ['SMTPUTF8'])).toEqual([])
    expect(offer({}, ['BINARYMIME', '8BITMIME'])).toEqual(['8BITMIME'])
    expect(offer({}, ['BINARYMIME', 'CHUNKING'])).toEqual(['CHUNKING'])
    expect(offer({ futureRelease: { seconds: 1, until: '2026-12-31T00:00:00Z' } })).not.toContain('FUTURERELEASE')
    expect(offer({ protocol: 'submission' }, ['FUTURERELEASE'])).toEqual([])
  })

  it('of LMTP have two that it must have', () => {
    expect(offer({ protocol: 'lmtp' }, [])).toEqual(['PIPELINING', 'ENHANCEDSTATUSCODES'])
  })

  it('promise nothing that nobody has promised', () => {
    expect(offer({}, DEFAULT_EXTENSIONS)).not.toContain('DSN')
    expect(DEFAULT_EXTENSIONS.every((keyword) => EXTENSIONS.includes(keyword))).toBe(true)
  })
})

describe('parseCapabilities', () => {
  it('reads the lines behind the first', () => {
    const capabilities = parseCapabilities(['mx.test', 'size 1000', 'PIPELINING', 'AUTH PLAIN LOGIN'])
    expect([...capabilities]).toEqual([
      ['SIZE', ['1000']],
      ['PIPELINING', []],
      ['AUTH', ['PLAIN', 'LOGIN']],
    ])
  })

  it('takes no keyword from the first line', () => {
    expect(parseCapabilities(['mx.test greets SMTPUTF8 fans']).size).toBe(0)
    expect(parseCapabilities(['SMTPUTF8', '8BITMIME']).has('SMTPUTF8')).toBe(false)
  })

  it('passes over what is no line of the list, and over what comes twice', () => {
    const capabilities = parseCapabilities([
      'mx',
      '',
      ' DSN',
      'X_Y',
      'DSN  a',
      'CHUNKING \u00e9',
      '-A',
      'SIZE 1',
      'SIZE 2',
      '__proto__',
    ])
    expect([...capabilities]).toEqual([['SIZE', ['1']]])
  })
})

it('reads the size limit', () => {
  const limitOf = (...lines: string[]): number | undefined => sizeLimit(parseCapabilities(['mx', ...lines]))
  expect(limitOf('SIZE 1000')).toBe(1000)
  for (const line of ['SIZE', 'SIZE 0', 'SIZE x', 'SIZE 99999999999999999999', 'DSN'])
    expect(limitOf(line), line).toBeUndefined()
})

describe('what a client reads out of it', () => {
  const offering = (...lines: string[]): Capabilities => parseCapabilities(['mx', ...lines])

  it('the mechanisms', () => {
    expect(offeredMechanismNames(offering('AUTH plain Scram-Sha-256'))).toEqual(['PLAIN', 'SCRAM-SHA-256'])
    expect(offeredMechanismNames(offering())).toEqual([])
  })

  it('the limits, and none that is malformed', () => {
    expect(serverLimits(offering('LIMITS mailmax=20 RCPTMAX=100 RCPTDOMAINMAX=1'))).toEqual({
      MAILMAX: 20,
      RCPTMAX: 100,
      RCPTDOMAINMAX: 1,
    })
    expect(serverLimits(offering('LIMITS MAILMAX=0 RCPTMAX=1000000 FOO=1 RCPTDOMAINMAX=5 RCPTDOMAINMAX=6'))).toEqual({
      RCPTDOMAINMAX: 5,
    })
    expect(serverLimits(offering())).toEqual({})
  })

  it.each([
    [[], undefined],
    [['DELIVERBY'], 0],
    [['DELIVERBY 240'], 240],
    [['DELIVERBY 240,X'], 240],
    [['DELIVERBY x'], 0],
  ])('%j as the least time to deliver', (lines, seconds) => {
    expect(deliverByMinimum(offering(...lines))).toBe(seconds)
  })

  it('how long mail is held', () => {
    const until = '2026-12-31T00:00:00Z'
    expect(futureReleaseLimits(offering(`FUTURERELEASE 60 ${until}`))).toEqual({ seconds: 60, until })
    for (const line of ['FUTURERELEASE', 'FUTURERELEASE 0 2026-12-31T00:00:00Z', 'FUTURERELEASE 60 soon', 'DSN'])
      expect(futureReleaseLimits(offering(line)), line).toBeUndefined()
  })
})
