import { describe, expect, it } from 'vitest'
import { literalOf, Trace } from '../../../src/smtp/trace.ts'
import type { TraceOptions } from '../../../src/smtp/trace.ts'

const recipient = (localPart: string): { path: { localPart: string; domain: string }; parameters: object } => ({
  path: { localPart, domain: 'y.test' },
  parameters: {},
})
const OPTIONS: TraceOptions = {
  hostname: 'mx.test',
  address: { family: 'IPv4', host: '192.0.2.7', port: 1 },
  hello: { type: 'ehlo', domain: 'c.test' },
  tls: undefined,
  envelope: { from: { localPart: 'a', domain: 'x.test' }, parameters: {}, recipients: [recipient('b')] },
  date: new Date(2026, 10, 2, 3, 4, 5),
  id: 'abc',
}

/** The time zone of this machine, as it must be written. */
function zone(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`
}

describe('Trace', () => {
  it('writes both lines', () => {
    const trace = new Trace(OPTIONS)
    expect(trace.returnPath).toBe('Return-Path: <a@x.test>\r\n')
    expect(trace.received).toBe(
      'Received: from c.test ([192.0.2.7])\r\n by mx.test with ESMTP id abc\r\n' +
        ` for <b@y.test>; Mon, 2 Nov 2026 03:04:05 ${zone(new Date(2026, 10, 2))}\r\n`,
    )
  })

  it('names senders and recipients above ASCII in UTF-8', async () => {
    const envelope = {
      from: recipient('j\u00fc').path,
      parameters: { SMTPUTF8: true } as const,
      recipients: [recipient('\u6f22')],
    }
    const trace = new Trace({ ...OPTIONS, envelope })
    expect(trace.returnPath).toBe('Return-Path: <j\u00fc@y.test>\r\n')
    for await (const lines of trace.before([]))
      expect(Buffer.from(lines).toString('utf8')).toContain('for <\u6f22@y.test>')
  })

  it.each<[string, Partial<TraceOptions>, RegExp]>([
    ['HELO', { hello: { type: 'helo', domain: 'c.test' } }, / with SMTP id /],
    ['LMTP', { hello: { type: 'lhlo', domain: 'c.test' } }, / with LMTP id /],
    ['a login', { user: 'joe' }, / with ESMTPA id /],
    ['SMTPUTF8', { envelope: { ...OPTIONS.envelope, parameters: { SMTPUTF8: true } } }, / with UTF8SMTP id /],
    [
      'all at once',
      {
        hello: { type: 'lhlo', domain: 'c.test' },
        user: 'joe',
        envelope: { ...OPTIONS.envelope, parameters: { SMTPUTF8: true } },
      },
      / with UTF8LMTPA id /,
    ],
    ['no name', { hello: undefined }, /from \[192\.0\.2\.7\] \(\[192\.0\.2\.7\]\)/],
    ['a literal', { hello: { type: 'ehlo', domain: '[192.0.2.9]' } }, /from \[192\.0\.2\.9\] \(\[192\.0\.2\.7\]\)/],
    ['a name that is none', { hello: { type: 'ehlo', domain: 'x) (' } }, /from \[192\.0\.2\.7\] \(\[192\.0\.2\.7\]\)/],
    ['a Unix socket', { address: { family: 'unix', path: '/x' } }, /from c\.test\r\n/],
    ['neither', { address: { family: 'unix', path: '/x' }, hello: undefined }, /from unknown\r\n/],
    [
      'several recipients',
      { envelope: { ...OPTIONS.envelope, recipients: [recipient('b'), recipient('c')] } },
      /id abc; Mon/,
    ],
    ['IPv6', { address: { family: 'IPv6', host: '2001:db8::1', port: 1 } }, /\(\[IPv6:2001:db8::1\]\)/],
  ])('knows %s', (_, options, pattern) => {
    const { received } = new Trace({ ...OPTIONS, ...options })
    expect(received).toMatch(pattern)
    expect(received).toMatch(/^Received: [^\r\n]*(?:\r\n [^\r\n]+)*\r\n$/)
  })

  it('knows TLS', () => {
    const tls = {
      protocol: 'TLSv1.3',
      cipher: '',
      alpn: undefined,
      servername: undefined,
      isResumed: false,
      isAuthorized: false,
      localCertificate: undefined,
      peerCertificate: undefined,
      exportKeyingMaterial: () => Buffer.alloc(0),
    }
    expect(new Trace({ ...OPTIONS, tls }).received).toContain('with ESMTPS id')
  })

  it('names the null sender, and makes ids and dates of its own', () => {
    const { date: _date, id: _id, ...options } = OPTIONS
    const trace = new Trace({ ...options, envelope: { ...OPTIONS.envelope, from: null } })
    expect(trace.returnPath).toBe('Return-Path: <>\r\n')
    expect(trace.id).toMatch(/^[0-9a-f]{12}$/)
    expect(trace.received).toContain(String(new Date().getFullYear()))
  })

  it('is UTF-8 where an address is', async () => {
    const path = { localPart: 'zoë', domain: 'y.test' }
    const envelope = { ...OPTIONS.envelope, from: path, parameters: { SMTPUTF8: true as const } }
    const pieces: Buffer[] = []
    for await (const piece of new Trace({ ...OPTIONS, envelope }).before([])) pieces.push(Buffer.from(piece))
    expect(Buffer.concat(pieces).toString('utf8')).toContain('Return-Path: <zoë@y.test>')
  })

  it('stands before the content', async () => {
    const pieces: string[] = []
    for await (const piece of new Trace(OPTIONS).before([Buffer.from('x')])) pieces.push(Buffer.from(piece).toString())
    expect(pieces).toHaveLength(2)
    expect(pieces[0]).toMatch(/^Return-Path: .*\r\nReceived: /)
    expect(pieces[1]).toBe('x')
  })
})

it('has literals for what is on a network', () => {
  expect(literalOf({ family: 'IPv4', host: '127.0.0.1', port: 1 })).toBe('[127.0.0.1]')
  expect(literalOf({ family: 'IPv6', host: '::1', port: 1 })).toBe('[IPv6:::1]')
  expect(literalOf({ family: 'IPv6', host: 'fe80::1%eth0', port: 1 })).toBeUndefined()
  expect(literalOf({ family: 'memory', name: 'x' })).toBeUndefined()
})
