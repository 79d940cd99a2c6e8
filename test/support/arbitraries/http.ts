/**
 * HTTP/1.1, built from its grammar: exchanges as events, and messages as the octets that they are on the wire, with every freedom that
 * the grammar leaves (case, white space, chunk extensions, leading zeros, empty lines).
 */
import fc from 'fast-check'
import type { ClientOut, RequestHead, ServerOut } from '../../../src/http/events.ts'
import { evilText, textOf } from './octets.ts'

const TOKEN = "!#$%&'*+-.^_`|~09AZaz"

/** Names that frame, route or end: they are put in where they belong, and never by chance. */
const MEANINGFUL = /^(content-length|transfer-encoding|connection|host|upgrade|expect|te|trailer|keep-alive|date)$/i

const token = textOf(TOKEN, { minLength: 1, maxLength: 8 })
const fieldName = fc
  .oneof(token, fc.constantFrom('X-A', '__proto__', 'constructor', 'Set-Cookie'))
  .filter((name) => !MEANINGFUL.test(name))
const fieldValue = textOf('ab,;="\\ \t\x80\xff(:', { maxLength: 12 }).map((text) =>
  text.replaceAll(/^[ \t]+|[ \t]+$/g, ''),
)

/** Field lines without a meaning for the framing. */
const fields: fc.Arbitrary<[string, string][]> = fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 4 })
const slices: fc.Arbitrary<Buffer[]> = fc.array(
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 4 },
)

const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'QUERY', 'X-METHOD')
const target = fc.oneof(
  textOf("abc/-._~!$&'()*+,;=:@?%41", { maxLength: 16 }).map((path) => `/${path.replaceAll('%', '%41')}`),
  fc.constantFrom('/', '/?', 'http://a/', 'http://a:80/b?c'),
)
const authority = fc.constantFrom('a', 'a.test:8080', '[::1]', '127.0.0.1:1')

/** Content, and the fields that frame it: a length, or the chunked coding. */
interface Body {
  readonly framing: [string, string][]
  readonly content: Buffer[]
  readonly trailers: [string, string][]
}

const NO_BODY: Body = { framing: [], content: [], trailers: [] }

const body: fc.Arbitrary<Body> = fc.oneof(
  slices.map((content): Body => ({
    framing: [['Content-Length', String(Buffer.concat(content).length)]],
    content,
    trailers: [],
  })),
  fc
    .tuple(slices, fields)
    .map(([content, trailers]): Body => ({ framing: [['Transfer-Encoding', 'chunked']], content, trailers })),
)

/** A request, the response to it, and whether the connection ends with them. */
interface Exchange {
  readonly asked: ClientOut[]
  readonly answered: ServerOut[]
}

function unitsOf<Head>(head: Head, { content, trailers }: Body): (Head | (ClientOut & ServerOut))[] {
  return [head, ...content.map((bytes) => ({ type: 'content', bytes }) as const), { type: 'end', trailers } as const]
}

const request: fc.Arbitrary<{ head: RequestHead; body: Body }> = fc
  .tuple(method, target, authority, fields, fc.oneof(fc.constant(NO_BODY), body))
  .map(([name, path, host, lines, sent]) => {
    const headers = [['Host', path.startsWith('http') ? 'a' : host] as const, ...lines, ...sent.framing]
    return { head: { type: 'request', method: name, target: path, headers }, body: sent }
  })

const STATUSES: readonly (readonly [number, string])[] = [
  [200, 'OK'],
  [201, 'Created'],
  [204, 'No Content'],
  [304, 'Not Modified'],
  [404, 'Not Found'],
  [599, 'Odd'],
]

const exchange: fc.Arbitrary<Exchange> = fc
  .tuple(request, fc.constantFrom(...STATUSES), fields, body, fc.nat(2))
  .map(([asked, [status, reason], lines, sent, interim]) => {
    const hasNone = asked.head.method === 'HEAD' || status === 204 || status === 304
    const answer = hasNone ? NO_BODY : sent
    const head: ServerOut = { type: 'response', status, reason, headers: [...lines, ...answer.framing] }
    const hint: ServerOut = { type: 'informational', status: 103, reason: 'Early Hints', headers: lines }
    return {
      asked: unitsOf(asked.head, asked.body) as ClientOut[],
      answered: [...Array.from({ length: interim }, () => hint), ...(unitsOf(head, answer) as ServerOut[])],
    }
  })

/** What a client says on one connection, and what the server answers behind the end of each request. */
interface Dialogue {
  readonly client: ClientOut[]
  readonly server: []
  readonly answers: ServerOut[][]
}

function dialogueOf(all: readonly Exchange[]): Dialogue {
  return {
    client: all.flatMap(({ asked }) => asked),
    server: [],
    answers: all.map(({ answered }) => answered),
  }
}

/** Exchanges on one connection. */
export const exchanges: fc.Arbitrary<Dialogue> = fc.array(exchange, { minLength: 1, maxLength: 4 }).map(dialogueOf)

/** A tunnel that is opened, or an offer of another protocol that is taken, behind content or none. */
const departure: fc.Arbitrary<Exchange> = fc.oneof(
  fc.tuple(fc.constantFrom('a.test:443', '[::1]:1'), fields).map(([host, headers]): Exchange => {
    const head: RequestHead = { type: 'request', method: 'CONNECT', target: host, headers: [['Host', host]] }
    return {
      asked: unitsOf(head, NO_BODY) as ClientOut[],
      answered: [{ type: 'response', status: 200, reason: 'OK', headers }],
    }
  }),
  fc.tuple(request, token, fields).map(([{ head, body: sent }, protocol, lines]): Exchange => {
    const offer: [string, string][] = [
      ['Connection', 'upgrade'],
      ['Upgrade', protocol],
    ]
    const offering: RequestHead = { ...head, headers: [...head.headers, ...offer] }
    return {
      asked: unitsOf(offering, sent) as ClientOut[],
      answered: [{ type: 'informational', status: 101, reason: 'Switching Protocols', headers: [...lines, ...offer] }],
    }
  }),
)

/** Exchanges on one connection, behind which it is another protocol's. */
export const departures: fc.Arbitrary<Dialogue> = fc
  .tuple(fc.array(exchange, { maxLength: 3 }), departure)
  .map(([before, last]) => dialogueOf([...before, last]))

/** An exchange with things in it that nobody should say. */
export const hostileExchange: fc.Arbitrary<Dialogue> = fc
  .tuple(
    fc.record({
      method: fc.oneof(method, evilText),
      target: fc.oneof(
        target,
        evilText.map((text) => `/${text}`),
      ),
    }),
    fc.array(fc.tuple(fc.oneof(fieldName, evilText), fc.oneof(fieldValue, evilText)), { maxLength: 2 }),
    fc.oneof(fc.constantFrom('OK', ''), evilText),
    fc.array(fc.tuple(evilText, evilText), { maxLength: 1 }),
  )
  .map(([{ method: name, target: path }, lines, reason, trailers]) => ({
    client: [
      {
        type: 'request',
        method: name,
        target: path,
        headers: [['Host', 'a'], ...lines, ['Transfer-Encoding', 'chunked']],
      },
      { type: 'end', trailers },
    ],
    server: [],
    answers: [
      [
        { type: 'response', status: 200, reason, headers: [...lines, ['Transfer-Encoding', 'chunked']] },
        { type: 'end', trailers },
      ],
    ],
  }))

/** An offer of what is no protocol's name, and the answer that it is taken, or something else. */
export const hostileDeparture: fc.Arbitrary<Dialogue> = fc
  .tuple(fc.oneof(token, evilText), fc.oneof(token, evilText), evilText)
  .map(([offered, taken, reason]) => ({
    client: [
      {
        type: 'request',
        method: 'GET',
        target: '/',
        headers: [
          ['Host', 'a'],
          ['Connection', 'upgrade'],
          ['Upgrade', offered],
        ],
      },
      { type: 'end' },
    ],
    server: [],
    answers: [
      [
        {
          type: 'informational',
          status: 101,
          reason,
          headers: [
            ['Connection', 'upgrade'],
            ['Upgrade', taken],
          ],
        },
      ],
    ],
  }))

/** White space where the grammar allows any. */
const ows = textOf(' \t', { maxLength: 3 })

/** A section of field lines as octets, with odd case and white space. */
function section(lines: readonly (readonly [string, string])[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      ...lines.map(([name, value]) =>
        fc
          .tuple(ows, ows, fc.boolean())
          .map(([before, behind, isUpper]) => `${isUpper ? name.toUpperCase() : name}:${before}${value}${behind}\r\n`),
      ),
    )
    .map((all) => all.join(''))
}

const chunkExtension = fc.oneof(
  fc
    .constantFrom('', ';', ' ; ')
    .chain((semicolon) => (semicolon === '' ? fc.constant('') : token.map((name) => semicolon + name))),
  fc.tuple(token, token).map(([name, value]) => `;${name}=${value}`),
  token.map((name) => `;${name} = "q \\" \\\\ ;\t"`),
)

/** A body as octets; an empty slice would end a chunked one. */
function bodyOctets({ framing, content, trailers }: Body): fc.Arbitrary<Buffer> {
  if (framing[0]?.[0] !== 'Transfer-Encoding') return fc.constant(Buffer.concat(content))
  const chunks = content.map((bytes) =>
    fc.tuple(fc.nat(3), fc.boolean(), chunkExtension).map(([zeros, isUpper, extension]) => {
      const size = '0'.repeat(zeros) + bytes.length.toString(16)
      return Buffer.concat([
        Buffer.from(`${isUpper ? size.toUpperCase() : size}${extension}\r\n`),
        bytes,
        Buffer.from('\r\n'),
      ])
    }),
  )
  return fc
    .tuple(fc.tuple(...chunks), chunkExtension, section(trailers))
    .map(([all, extension, trailer]) =>
      Buffer.concat([...all, Buffer.from(`0${extension}\r\n${trailer}\r\n`, 'latin1')]),
    )
}

/** Pipelined requests as octets. */
export const requestOctets: fc.Arbitrary<Buffer> = fc
  .array(
    fc
      .tuple(request, fc.nat(2))
      .chain(([{ head, body: sent }, emptyLines]) =>
        fc
          .tuple(section([...head.headers]), bodyOctets(sent))
          .map(([lines, octets]) =>
            Buffer.concat([
              Buffer.from(
                `${'\r\n'.repeat(emptyLines)}${head.method} ${head.target} HTTP/1.1\r\n${lines}\r\n`,
                'latin1',
              ),
              octets,
            ]),
          ),
      ),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) => Buffer.concat(all))

/** What a client says so that `responseOctets` answers it. */
export const ASKED: readonly ClientOut[] = [
  { type: 'request', method: 'GET', target: '/', headers: [['Host', 'a']] },
  { type: 'end' },
  { type: 'request', method: 'GET', target: '/', headers: [['Host', 'a']] },
  { type: 'end' },
]

/** Two responses as octets, each behind up to two interim ones; the second may end with its connection. */
export const responseOctets: fc.Arbitrary<Buffer> = fc
  .tuple(
    response(body),
    response(
      fc.oneof(
        body,
        slices.map((content): Body => ({ framing: [], content, trailers: [] })),
      ),
    ),
  )
  .map((all) => Buffer.concat(all))

function response(bodies: fc.Arbitrary<Body>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.constantFrom('200 OK', '404 ', '599 x \x80'), fc.nat(2), fields, bodies)
    .chain(([status, interim, lines, sent]) =>
      fc.tuple(section([...lines, ...sent.framing]), bodyOctets(sent)).map(([text, octets]) => {
        const head = `${'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'.repeat(interim)}HTTP/1.1 ${status}\r\n${text}\r\n`
        return Buffer.concat([Buffer.from(head, 'latin1'), octets])
      }),
    )
}

/** Octets and strings that mean something in a message. */
export const MARKS: readonly string[] = [
  ...[
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Host: b\r\n',
    'Connection: close\r\n',
    'Upgrade: x\r\n',
  ],
  ...[
    '\r\n ',
    '\r\n\r\n',
    '0\r\n\r\n',
    '5\r\n',
    ':',
    ' :',
    ';',
    '"',
    '%',
    '#',
    'HTTP/1.0',
    'HTTP/1.1',
    '101 ',
    'CONNECT a:1 ',
  ],
]
