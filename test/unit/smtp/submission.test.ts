import { describe, expect, it } from 'vitest'
import type { TlsInfo } from '../../../src/net/socket.ts'
import type { Path } from '../../../src/smtp/address.ts'
import { parseMailbox } from '../../../src/smtp/address.ts'
import type { Peer } from '../../../src/smtp/peer.ts'
import { refuse } from '../../../src/smtp/reply.ts'
import { submission } from '../../../src/smtp/submission.ts'
import type { SubmissionHandlers, SubmissionOptions } from '../../../src/smtp/submission.ts'

const TLS: TlsInfo = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  alpn: undefined,
  servername: undefined,
  isResumed: false,
  isAuthorized: false,
  localCertificate: undefined,
  peerCertificate: undefined,
  exportKeyingMaterial: () => Buffer.alloc(0),
}

const client = (known: Partial<Peer>): Peer => ({
  address: { family: 'memory', name: 'client' },
  tls: undefined,
  hello: undefined,
  user: undefined,
  name: undefined,
  forwarded: undefined,
  ...known,
})

const program: SubmissionHandlers = { auth: { password: () => true }, message: () => true }

async function mail(
  peer: Partial<Peer>,
  from: string | null,
  options: SubmissionOptions = {},
  handlers: SubmissionHandlers = program,
): Promise<string> {
  const path = from === null ? null : (parseMailbox(from) as Path)
  const said = await submission(handlers, options).mail?.({ peer: client(peer), path, parameters: {} })
  return typeof said === 'object' && 'code' in said
    ? `${said.code} ${'enhanced' in said ? said.enhanced : ''}`
    : String(said)
}

describe('a submission', () => {
  it('is for users under TLS alone', async () => {
    expect(await mail({}, 'joe@x.test')).toBe('530 5.7.0')
    expect(await mail({ tls: TLS }, 'joe@x.test')).toBe('530 5.7.0')
    expect(await mail({ user: 'joe' }, 'joe@x.test')).toBe('530 5.7.0')
    expect(await mail({ tls: TLS, user: 'joe' }, 'joe@x.test')).toBe('undefined')
    expect(await mail({ user: 'joe' }, 'joe@x.test', { allowCleartext: true })).toBe('undefined')
    expect(await mail({}, null)).toBe('530 5.7.0')
  })

  it.each<[user: string, from: string | null, said: string, options?: SubmissionOptions]>([
    ['joe', 'JOE@x.test', 'undefined'],
    ['joe', 'ann@x.test', '550 5.7.1'],
    ['joe@x.test', 'Joe@x.test', 'undefined'],
    ['joe@x.test', 'joe@y.test', '550 5.7.1'],
    ['joe', null, 'undefined'],
    ['joe', 'joe@[192.0.2.1]', 'undefined'],
    ['joe', 'joe@localhost', '554 5.1.8'],
    ['joe', 'joe@x.test', 'undefined', { domains: ['X.test'] }],
    ['joe', 'joe@y.test', '550 5.7.1', { domains: ['x.test'] }],
    ['joe', 'ann@x.test', 'undefined', { maySend: () => true }],
    ['joe', 'ann@x.test', '550 5.7.1', { maySend: async () => false }],
    ['joe', 'ann@x.test', '450 4.7.1', { maySend: () => refuse(450, '4.7.1', 'Not today') }],
  ])('of %s as %s: %s', async (user, from, said, options) => {
    expect(await mail({ tls: TLS, user }, from, options)).toBe(said)
  })

  it('asks the program behind the policy, and only then', async () => {
    const asked: unknown[] = []
    const handlers = { ...program, mail: ({ path }: { path: unknown }): false => (asked.push(path), false) }
    expect(await mail({}, 'joe@x.test', {}, handlers)).toBe('530 5.7.0')
    expect(asked).toEqual([])
    expect(await mail({ tls: TLS, user: 'joe' }, 'joe@x.test', {}, handlers)).toBe('false')
    expect(asked).toHaveLength(1)
  })

  it('goes to domains that are whole', async () => {
    const { rcpt } = submission({ ...program, rcpt: () => false })
    const ask = (to: string): unknown =>
      rcpt?.({
        peer: client({}),
        path: parseMailbox(to) as Path,
        parameters: {},
        envelope: { from: null, parameters: {}, recipients: [] },
      })
    expect(ask('b@sales')).toMatchObject({ code: 554, enhanced: '5.1.2' })
    expect(ask('b@sales.test')).toBe(false)
  })

  it('needs somebody who can log in', () => {
    expect(() => submission({ ...program, auth: {} })).toThrow(RangeError)
  })
})
