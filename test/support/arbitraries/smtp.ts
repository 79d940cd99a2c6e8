/**
 * SMTP, built from its grammar: sessions as events, and what crosses the wire as octets, with every freedom that the grammar leaves
 * (case, quoting, source routes, blanks at the end).
 */
import fc from 'fast-check'
import type { Path, ReversePath } from '../../../src/smtp/address.ts'
import { writePath } from '../../../src/smtp/address.ts'
import type { ClientEvent, Command, Mail, Rcpt, Reply } from '../../../src/smtp/events.ts'
import { EXTENSIONS } from '../../../src/smtp/extensions.ts'
import { writeParameters } from '../../../src/smtp/parameters.ts'
import type { Parameters } from '../../../src/smtp/parameters.ts'
import { withoutEnhanced } from '../../../src/smtp/reply.ts'
import { writeCommand } from '../../../src/smtp/writer.ts'
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

/** Printable ASCII, blanks too, and what xtext must encode. */
const presentable = textOf('aZ0 +=;@"<>', { minLength: 1, maxLength: 12 })
function charactersOf(characters: readonly string[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 6 }).map((some) => some.join(''))
}

/** Local parts with characters above ASCII. */
const utf8LocalPart = charactersOf(['a', '.', '\u00fc', '\u6f22', '"', ' '])
const utf8Path: fc.Arbitrary<Path> = fc.record({ localPart: utf8LocalPart, domain })

const mailParameters: fc.Arbitrary<Parameters> = fc.record(
  {
    SIZE: fc.nat(1000),
    BODY: fc.constantFrom('7BIT' as const, '8BITMIME' as const),
    RET: fc.constantFrom('FULL' as const, 'HDRS' as const),
    ENVID: presentable,
    AUTH: fc.oneof(reversePath, utf8Path),
    BY: fc.record({
      seconds: fc.integer({ min: 1, max: 999_999_999 }),
      mode: fc.constantFrom('N', 'R'),
      trace: fc.boolean(),
    }),
    'MT-PRIORITY': fc.integer({ min: -9, max: 9 }),
  },
  { requiredKeys: [] },
)

const rcptParameters: fc.Arbitrary<Parameters> = fc.record(
  {
    NOTIFY: fc.oneof(
      fc.constant('NEVER' as const),
      fc.subarray(['SUCCESS', 'FAILURE', 'DELAY'] as const, { minLength: 1 }),
    ),
    ORCPT: fc.oneof(
      fc.record({ type: fc.constantFrom('rfc822', 'x400'), address: presentable }),
      fc.record({
        type: fc.constant('utf-8'),
        address: charactersOf(['a', '+', '=', '\\', '\u00fc', '\u{1f600}']),
      }),
    ),
  },
  { requiredKeys: [] },
)

/** Sender and recipients, in ASCII or above it. */
const envelope: fc.Arbitrary<ClientEvent[]> = fc
  .boolean()
  .chain((isUtf8) =>
    fc
      .tuple(
        isUtf8 ? utf8Path : reversePath,
        mailParameters,
        fc.array(fc.tuple(isUtf8 ? utf8Path : path, rcptParameters), { minLength: 1, maxLength: 4 }),
      )
      .map(([from, extra, to]): ClientEvent[] => [
        { type: 'mail', path: from, parameters: isUtf8 ? { ...extra, SMTPUTF8: true } : extra },
        ...to.map(([recipient, more]) => ({ type: 'rcpt', path: recipient, parameters: more }) as const),
      ]),
  )

const plain = (type: 'data' | 'rset' | 'noop' | 'quit'): Command => ({ type })

const stretch = (bytes: Buffer): ClientEvent => ({ type: 'content', bytes })

/** A message behind DATA. */
const dotted = (body: readonly Buffer[]): ClientEvent[] => [plain('data'), ...body.map(stretch), { type: 'endOfData' }]

/** The same in chunks, the last of which is empty or not (RFC 3030). */
function chunked(body: readonly Buffer[], isLastEmpty: boolean): ClientEvent[] {
  const chunks = isLastEmpty || body.length === 0 ? [...body, Buffer.alloc(0)] : body
  return chunks.flatMap((bytes, index): ClientEvent[] => {
    const isLast = index === chunks.length - 1
    return [
      { type: 'bdat', size: bytes.length, isLast },
      ...(bytes.length === 0 ? [] : [stretch(bytes)]),
      { type: isLast ? 'endOfData' : 'endOfChunk' },
    ]
  })
}

/** A CR that ends a chunk is told with the LF of the next; here each event shall be told as it was said. */
function withWholeLineEnds(body: readonly Buffer[]): Buffer[] {
  const parts: Buffer[] = []
  for (const part of body) {
    const last = parts.at(-1)
    if (last?.at(-1) === 0x0d) parts[parts.length - 1] = Buffer.concat([last, part])
    else parts.push(part)
  }
  return parts
}

const message: fc.Arbitrary<ClientEvent[]> = fc.oneof(
  slices.map(dotted),
  fc.tuple(slices, fc.boolean()).map(([body, isLastEmpty]) => chunked(withWholeLineEnds(body), isLastEmpty)),
  fc.constant<ClientEvent[]>([plain('rset')]),
)

/** Any octets, in chunks. */
const binaryMessage: fc.Arbitrary<ClientEvent[]> = fc
  .tuple(path, fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { maxLength: 3 }), fc.boolean())
  .map(([to, body, isLastEmpty]): ClientEvent[] => [
    { type: 'mail', path: null, parameters: { BODY: 'BINARYMIME' } },
    { type: 'rcpt', path: to, parameters: {} },
    ...chunked(
      body.map((bytes) => Buffer.from(bytes)),
      isLastEmpty,
    ),
  ])

const transaction: fc.Arbitrary<ClientEvent[]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(envelope, message).map((parts) => parts.flat()) },
  binaryMessage,
)

const octetsOfSasl = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes))

/** A login in one step or in two, one that is given up, or none. */
const login: fc.Arbitrary<ClientEvent[]> = fc.oneof(
  fc.constantFrom<ClientEvent[]>([], [{ type: 'auth', mechanism: 'LOGIN' }, { type: 'authCancel' }]),
  octetsOfSasl.map((initialResponse): ClientEvent[] => [{ type: 'auth', mechanism: 'PLAIN', initialResponse }]),
  octetsOfSasl.map((response): ClientEvent[] => [
    { type: 'auth', mechanism: 'PLAIN' },
    { type: 'authResponse', response },
  ]),
)

const between: fc.Arbitrary<ClientEvent[]> = fc.oneof(
  fc.constantFrom<ClientEvent[]>([plain('noop')], [plain('rset')], [{ type: 'help', argument: '' }], []),
  fc.constantFrom<ClientEvent[]>(
    [{ type: 'expn', argument: 'staff' }],
    [{ type: 'vrfy', argument: 'j\u00fcrgen', SMTPUTF8: true }],
    [{ type: 'etrn', argument: '@x.test' }],
    [{ type: 'xforward', attributes: { ADDR: '192.0.2.1', PORT: 25, SOURCE: 'LOCAL' } }],
  ),
  textOf('joe@.<> ', { minLength: 1, maxLength: 8 })
    .filter((text) => text.trim() === text)
    .map((argument): ClientEvent[] => [{ type: 'vrfy', argument }]),
)

const evilPath: fc.Arbitrary<Path> = fc.record({ localPart: evilText, domain: fc.oneof(domain, evilText) })
const EHLO_ANSWER: Reply = { type: 'reply', code: 250, text: ['mx.example.test', 'PIPELINING', '8BITMIME', 'SIZE'] }

/** A whole session of a client: EHLO, transactions, QUIT. */
export const session: fc.Arbitrary<ClientEvent[]> = sessionOf('ehlo')

/** A whole session of a client of LMTP. */
export const lmtpSession: fc.Arbitrary<ClientEvent[]> = sessionOf('lhlo')

function sessionOf(hello: 'ehlo' | 'lhlo'): fc.Arbitrary<ClientEvent[]> {
  return fc
    .tuple(domain, login, between, fc.array(fc.tuple(transaction, between), { maxLength: 3 }))
    .map(([name, auth, first, transactions]) => [
      { type: hello, domain: name },
      ...auth,
      ...first,
      ...transactions.flat(2),
      plain('quit'),
    ])
}

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
  .map(([said, reply]) => {
    // A server says no enhanced code to a hello, whatever it is given (RFC 2034 §4).
    const answered = said.type === 'ehlo' || said.type === 'helo' ? withoutEnhanced(reply) : reply
    return {
      client: [
        { type: 'ehlo', domain: 'a.test' },
        ...(said.type === 'rcpt' ? [{ type: 'mail', path: null, parameters: {} } as const] : []),
        said,
      ],
      server: [{ type: 'reply', code: 220, text: ['mx.example.test'] }],
      answers: [[EHLO_ANSWER], [answered], [answered]],
    }
  })

/** The octets of a session, with verbs in odd case and blanks at the end of lines. */
export const sessionOctets: fc.Arbitrary<Buffer> = spelled(session)

/** The same of LMTP. */
export const lmtpSessionOctets: fc.Arbitrary<Buffer> = spelled(lmtpSession)

function spelled(sessions: fc.Arbitrary<ClientEvent[]>): fc.Arbitrary<Buffer> {
  return sessions.chain((events) =>
    fc
      .tuple(
        ...events.map((event, index) =>
          fc
            .tuple(fc.boolean(), fc.constantFrom('', ' ', '\t '))
            .map(([isLower, blanks]) => octetsOf(event, isLower, blanks, isChunk(events, index))),
        ),
      )
      .map((all) => Buffer.concat(all)),
  )
}

/** Whether what stands here belongs to a chunk: octets that nothing was put into, and no dot behind them. */
function isChunk(events: readonly ClientEvent[], index: number): boolean {
  const { type } = events.slice(0, index).findLast((event) => event.type !== 'content') ?? plain('noop')
  return type === 'bdat'
}

function octetsOf(event: ClientEvent, isLower: boolean, blanks: string, isInChunk: boolean): Buffer {
  const line = (verb: string, argument = ''): Buffer =>
    Buffer.from(`${isLower ? verb.toLowerCase() : verb}${argument}${blanks}\r\n`, 'utf8')
  switch (event.type) {
    case 'ehlo':
    case 'helo':
      return line(event.type.toUpperCase(), ` ${event.domain}`)
    case 'mail':
      return line('MAIL FROM:', (writePath(event.path, 'utf8') ?? '<>') + parametersOf(event))
    case 'rcpt':
      return line('RCPT TO:', (writePath(event.path, 'utf8') ?? '<postmaster>') + parametersOf(event))
    case 'bdat':
      return line('BDAT', ` ${event.size}${event.isLast ? ' LAST' : ''}`)
    case 'endOfChunk':
      return Buffer.alloc(0)
    case 'auth':
    case 'authResponse':
    case 'authCancel':
    case 'expn':
    case 'etrn':
    case 'xclient':
    case 'xforward':
      return writeCommand(event, new Set(EXTENSIONS))
    case 'vrfy':
    case 'help':
      return line(event.type.toUpperCase(), event.argument === '' ? '' : ` ${event.argument}`)
    case 'content':
      // Whole lines or parts of them: a dot that a slice begins with may stand anywhere. So be it: these are octets, not promises.
      return Buffer.from(event.bytes)
    case 'endOfData':
      return Buffer.from(isInChunk ? '' : '.\r\n')
    default:
      return line(event.type.toUpperCase())
  }
}

/** The parameters, as they are written. */
function parametersOf({ type, parameters }: Mail | Rcpt): string {
  const written = writeParameters(parameters, type, new Set(EXTENSIONS))
  return typeof written === 'string' ? '' : written.text
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
    'BDAT 5\r\n',
    'BDAT 0 LAST\r\n',
    'BDAT ',
    'AUTH PLAIN\r\n',
    '*\r\n',
    'STARTTLS\r\n',
    'XCLIENT ADDR=192.0.2.1\r\n',
    ' SMTPUTF8',
    ' ORCPT=utf-8;\\x{FC}',
    '421 \r\n',
    'GET / HTTP/1.1\r\n',
  ],
]
