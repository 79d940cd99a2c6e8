/**
 * SMTP, built from its grammar: sessions as events, and what crosses the wire as octets, with every freedom that the grammar leaves
 * (case, quoting, source routes, blanks at the end).
 */
import fc from 'fast-check'
import type { Path, ReversePath } from '../../../src/smtp/address.ts'
import { writePath } from '../../../src/smtp/address.ts'
import type { ClientEvent, Command, Reply } from '../../../src/smtp/events.ts'
import { evilText, textOf } from './octets.ts'

const label = textOf('abz09', { minLength: 1, maxLength: 6 })
const domain = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.')),
  fc.constantFrom('a-b.test', '[192.0.2.1]', '[IPv6:2001:db8::1]'),
)
/** Decoded local parts: dot-strings, and those that only quotes can hold. */
const localPart = fc.oneof(
  fc
    .array(textOf("aZ0!#$%&'*+-/=?^_`{|}~", { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 })
    .map((atoms) => atoms.join('.')),
  textOf('a .@<>"\\,:;()[] ', { minLength: 1, maxLength: 8 }),
)
const path: fc.Arbitrary<Path> = fc.record({ localPart, domain })
const reversePath: fc.Arbitrary<ReversePath> = fc.oneof(path, fc.constant(null))

/** Content: any lines, dots at the beginning of many of them. Always whole lines: no octet is added on the way. */
const content: fc.Arbitrary<Buffer> = fc
  .array(fc.tuple(fc.constantFrom('', '.', '..', '...'), textOf('ab. \t;MAILQUIT', { maxLength: 20 })), {
    maxLength: 6,
  })
  .map((lines) => Buffer.from(lines.map((parts) => `${parts.join('')}\r\n`).join('')))

/** The same content in slices of any size, none of them empty. */
const slices: fc.Arbitrary<Buffer[]> = fc
  .tuple(content, fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }))
  .map(([bytes, lengths]) => {
    const parts: Buffer[] = []
    let from = 0
    for (const length of [...lengths, bytes.length]) {
      if (from < bytes.length) parts.push(bytes.subarray(from, from + length))
      from += length
    }
    return parts
  })

const parameters = fc.record({ SIZE: fc.nat(1000), BODY: fc.constantFrom('7BIT', '8BITMIME') }, { requiredKeys: [] })

const plain = (type: 'data' | 'rset' | 'noop' | 'quit'): Command => ({ type })

const transaction: fc.Arbitrary<ClientEvent[]> = fc
  .tuple(
    reversePath,
    parameters,
    fc.array(path, { minLength: 1, maxLength: 4 }),
    fc.oneof(slices, fc.constant(undefined)),
  )
  .map(([from, extra, to, body]): ClientEvent[] => [
    { type: 'mail', path: from, parameters: extra },
    ...to.map((recipient) => ({ type: 'rcpt', path: recipient, parameters: {} }) as const),
    ...(body === undefined
      ? [plain('rset')]
      : [plain('data'), ...body.map((bytes) => ({ type: 'content', bytes }) as const), { type: 'endOfData' } as const]),
  ])

const between: fc.Arbitrary<ClientEvent[]> = fc.oneof(
  fc.constantFrom<ClientEvent[]>([plain('noop')], [plain('rset')], [{ type: 'help', argument: '' }], []),
  textOf('joe@.<> ', { minLength: 1, maxLength: 8 })
    .filter((text) => text.trim() === text)
    .map((argument): ClientEvent[] => [{ type: 'vrfy', argument }]),
)

const evilPath: fc.Arbitrary<Path> = fc.record({ localPart: evilText, domain: fc.oneof(domain, evilText) })
const EHLO_ANSWER: Reply = { type: 'reply', code: 250, text: ['mx.example.test', 'PIPELINING', '8BITMIME', 'SIZE'] }

/** A whole session of a client: EHLO, transactions, QUIT. */
export const session: fc.Arbitrary<ClientEvent[]> = fc
  .tuple(domain, between, fc.array(fc.tuple(transaction, between), { maxLength: 3 }))
  .map(([name, first, transactions]) => [
    { type: 'ehlo', domain: name },
    ...first,
    ...transactions.flat(2),
    plain('quit'),
  ])

/** A session with things in it that nobody should say. */
export const hostileSession: fc.Arbitrary<{ client: ClientEvent[]; server: Reply[]; answers: Reply[][] }> = fc
  .tuple(
    fc.oneof(
      fc.record({ type: fc.constantFrom('ehlo' as const, 'helo' as const), domain: evilText }),
      fc.record({ type: fc.constantFrom('vrfy' as const, 'help' as const), argument: evilText }),
      fc.record({ type: fc.constant('mail' as const), path: evilPath, parameters: fc.constant({}) }),
      fc.record({ type: fc.constant('rcpt' as const), path: evilPath, parameters: fc.constant({}) }),
    ),
    fc.record({
      type: fc.constant('reply' as const),
      code: fc.constantFrom(220, 250, 354, 25, 2500, -250, 2.5),
      enhanced: fc.oneof(fc.constantFrom('2.1.0', '2.1', '5.0.0'), evilText),
      text: fc.array(evilText, { maxLength: 3 }),
    }),
  )
  .map(([said, answered]) => ({
    client: [
      { type: 'ehlo', domain: 'a.test' },
      ...(said.type === 'rcpt' ? [{ type: 'mail', path: null, parameters: {} } as const] : []),
      said,
    ],
    server: [{ type: 'reply', code: 220, text: ['mx.example.test'] }],
    answers: [[EHLO_ANSWER], [answered], [answered]],
  }))

/** The octets of a session, with verbs in odd case and blanks at the end of lines. */
export const sessionOctets: fc.Arbitrary<Buffer> = session.chain((events) =>
  fc
    .tuple(
      ...events.map((event) =>
        fc
          .tuple(fc.boolean(), fc.constantFrom('', ' ', '\t '))
          .map(([isLower, blanks]) => octetsOf(event, isLower, blanks)),
      ),
    )
    .map((all) => Buffer.concat(all)),
)

function octetsOf(event: ClientEvent, isLower: boolean, blanks: string): Buffer {
  const line = (verb: string, argument = ''): Buffer =>
    Buffer.from(`${isLower ? verb.toLowerCase() : verb}${argument}${blanks}\r\n`, 'latin1')
  switch (event.type) {
    case 'ehlo':
    case 'helo':
      return line(event.type.toUpperCase(), ` ${event.domain}`)
    case 'mail':
      return line(
        'MAIL FROM:',
        [writePath(event.path) ?? '<>', ...Object.entries(event.parameters).map((pair) => pair.join('='))].join(' '),
      )
    case 'rcpt':
      return line('RCPT TO:', writePath(event.path) ?? '<postmaster>')
    case 'vrfy':
    case 'help':
      return line(event.type.toUpperCase(), event.argument === '' ? '' : ` ${event.argument}`)
    case 'content':
      // Whole lines or parts of them: a dot that a slice begins with may stand anywhere. So be it: these are octets, not promises.
      return Buffer.from(event.bytes)
    case 'endOfData':
      return Buffer.from('.\r\n')
    default:
      return line(event.type.toUpperCase())
  }
}

/** What a client says so that `replyOctets` answers it. */
export const ASKED: readonly ClientEvent[] = [{ type: 'ehlo', domain: 'a.test' }, plain('noop'), plain('quit')]

/** The octets with which a server answers `ASKED`: greeting and replies, on one line or several, with any text. */
export const replyOctets: fc.Arbitrary<Buffer> = fc
  .tuple(
    ...[220, 250, 250, 221].map((code) =>
      fc
        .array(textOf('ab .-2150\t\x80', { maxLength: 12 }), { minLength: 1, maxLength: 4 })
        .map((lines) =>
          lines.map((line, index) => `${code}${index === lines.length - 1 ? ' ' : '-'}${line}\r\n`).join(''),
        ),
    ),
  )
  .map((replies) => Buffer.from(replies.join(''), 'latin1'))

/** Octets and strings that mean something in a session. */
export const MARKS: readonly string[] = [
  ...['\r\n.\r\n', '\n.\n', '\r.\r', '.\r\n', '..', '\r\n.', '.\r', '\0.'],
  ...[
    'DATA\r\n',
    'RSET\r\n',
    'MAIL FROM:<',
    'RCPT TO:<',
    '<>',
    '> SIZE=1',
    '"',
    '\\',
    '250-',
    '354 \r\n',
    '421 \r\n',
    'GET / HTTP/1.1\r\n',
  ],
]
