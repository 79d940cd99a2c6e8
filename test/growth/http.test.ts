/** How the cost of HTTP grows: linear, for what everybody sends and for what nobody should. */
import { grow, growing, reading, type Bounds } from '../support/growth.ts'
import { describe } from 'vitest'
import type { ClientOut } from '../../src/http/events.ts'
import { STRICT, type Leniency, type Limits } from '../../src/http/limits.ts'
import { ClientMachine, ServerMachine } from '../../src/http/machine.ts'
import { HTTP_CLIENT, HTTP_SERVER } from '../support/roles/http.ts'

/** Limits that 100,000 header lines do not reach. */
const WIDE: Partial<Limits> = {
  maxFields: 110_000,
  maxHeadBytes: 4 * 1024 * 1024,
  maxTrailerBytes: 4 * 1024 * 1024,
  maxFieldBytes: 4 * 1024 * 1024,
  maxTargetBytes: 4 * 1024 * 1024,
  maxMethodBytes: 4 * 1024 * 1024,
  maxEmptyLines: 1_000_000,
  maxChunkExtensionBytes: 4 * 1024 * 1024,
  maxInterimResponses: 1_000_000,
}
const FORGIVING = Object.fromEntries(Object.keys(STRICT).map((name) => [name, true])) as Partial<Leniency>
const OPTIONS = { limits: WIDE, leniency: FORGIVING }

const BOUNDS: Bounds = {
  perOctet: {
    whole: { work: 2, code: 1500, octets: 12 },
    'in segments': { work: 2, code: 1500, octets: 12 },
    'octet by octet': { work: 3, code: 10_000, octets: 16 },
  },
  once: { work: 1024, code: 65_536, octets: 65_536 },
}
/**
 * A pool of slots for the lines that two heads may have is made now and then, of 16 octets for each line; and the buffer of a head that is cut
 * doubles, so it may just have doubled.
 */
const WIDE_BOUNDS: Bounds = { ...BOUNDS, once: { ...BOUNDS.once, octets: 2 * 16 * 110_000 + 1024 * 1024 } }

const ASKED: readonly ClientOut[] = [
  { type: 'request', method: 'GET', target: '/', headers: [['Host', 'a']] },
  { type: 'end' },
]

const SERVER = reading(HTTP_SERVER)
const WIDE_SERVER = reading({ ...HTTP_SERVER, create: () => new ServerMachine(OPTIONS) })
const CLIENT = reading(HTTP_CLIENT, ASKED)
const WIDE_CLIENT = reading({ ...HTTP_CLIENT, create: () => new ClientMachine(OPTIONS) }, ASKED)

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: a\r\n'
const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n'
const BROWSERS = `${GET}User-Agent: ${'Mozilla/5.0 '.repeat(8)}\r\nAccept: */*\r\nCookie: ${'a=b; '.repeat(60)}\r\n\r\n`
const HUGE = `${GET}${`X: ${'y'.repeat(400)}\r\n`.repeat(20)}\r\n`

describe('requests, one behind the other', () => {
  const read = growing(SERVER)
  grow(
    [
      read('small heads', '', `${GET}\r\n`),
      read('heads as browsers send them', '', BROWSERS),
      read('heads of a hundred lines', '', `${GET}${'X: y\r\n'.repeat(99)}\r\n`),
      read('small contents by length', '', `${POST}Content-Length: 5\r\n\r\nhello`),
      read('small contents in chunks', '', `${POST}${CHUNKED}5\r\nhello\r\n0\r\n\r\n`),
      read('contents with trailers', '', `${POST}${CHUNKED}0\r\nA: b\r\nC: d\r\n\r\n`),
      read('empty lines before each', '', `\r\n\r\n${GET}\r\n`),
      read('commas in Connection', '', `${GET}Connection: ${'a,'.repeat(400)}\r\n\r\n`),
      read('Connection on every line', '', `${GET}${'Connection: a, b\r\n'.repeat(90)}\r\n`),
      read('commas in Upgrade', '', `${GET}Connection: upgrade\r\nUpgrade: ${','.repeat(800)}\r\n\r\n`),
    ],
    BOUNDS,
  )
  const wide = growing(WIDE_SERVER)
  grow([growing(SERVER, { size: 64 * 1024 })('huge heads', '', HUGE)], BOUNDS)
  grow([wide('small heads where large ones may come', '', `${GET}\r\n`)], WIDE_BOUNDS)
})

describe('one request', () => {
  const wide = growing(WIDE_SERVER)
  const lines = growing(WIDE_SERVER, { size: 125_000 })
  grow(
    [
      lines('100,000 header lines', GET, 'X:y\r\n', '\r\n'),
      lines('100,000 header lines that never end', GET, 'X:y\r\n'),
      lines('100,000 lines of trailers', `${POST}${CHUNKED}0\r\n`, 'X:y\r\n', '\r\n'),
      wide('Connection on every line', GET, 'Connection:a\r\n', '\r\n'),
      wide('equal lengths', POST, 'Content-Length: 5\r\n', '\r\n'),
      wide('commas in Connection', `${GET}Connection: `, 'a,', 'b\r\n\r\n'),
      wide('commas in Content-Length', `${POST}Content-Length: 5`, ',5', '\r\n\r\n'),
      wide('zeros in Content-Length', `${POST}Content-Length: `, '0', '5\r\n\r\n'),
      wide('folds', `${GET}X: y\r\n`, ' z\r\n', '\r\n'),
      wide('folds of nothing', `${GET}X:\r\n`, ' \r\n', '\r\n'),
      wide('folds that end in white space', `${GET}X: y\r\n`, ' \t \r\n', '\r\n'),
      wide('a long target', 'GET /', 'a%20', ' HTTP/1.1\r\nHost: a\r\n\r\n'),
      wide('a long host', 'GET / HTTP/1.1\r\nHost: a', '.a', '\r\n\r\n'),
      wide('a long method', '', 'A'),
      wide('a long name', GET, 'x'),
      wide('a long value', `${GET}X: `, 'y', '\r\n\r\n'),
      wide('a value of white space', `${GET}X: `, ' \t', 'y\r\n\r\n'),
      wide('empty lines', '', '\r\n'),
      wide('bare line feeds', '', '\n'),
    ],
    WIDE_BOUNDS,
  )
})

describe('one request that is refused when it is whole', () => {
  const refused = growing(WIDE_SERVER, { outcome: 'refused' })
  grow(
    [
      refused('codings on every line', POST, 'Transfer-Encoding: gzip\r\n', CHUNKED),
      refused('codings in a list', `${POST}Transfer-Encoding: `, 'gzip, ', 'chunked\r\n\r\n'),
      refused('commas in Transfer-Encoding', `${POST}Transfer-Encoding: `, ',', 'chunked\r\n\r\n'),
      refused('different lengths', POST, 'Content-Length: 5\r\nContent-Length: 6\r\n', '\r\n'),
      refused('Host on every line', GET, 'Host:a\r\n', '\r\n'),
      refused('brackets in Host', 'GET / HTTP/1.1\r\nHost: ', '[:', '\r\n\r\n'),
      refused('colons in a target', 'CONNECT ', ':', ' HTTP/1.1\r\nHost: a\r\n\r\n'),
      refused('spaces behind a value', `${GET}X: y`, ' ', '\0'),
    ],
    WIDE_BOUNDS,
  )
})

describe('content', () => {
  const read = growing(SERVER)
  const wide = growing(WIDE_SERVER)
  const answered = growing(CLIENT)
  grow(
    [
      read('by length', `${POST}Content-Length: 1099511627776\r\n\r\n`, 'a'),
      read('chunks of one octet', POST + CHUNKED, '1\r\na\r\n'),
      wide('chunks of one octet with extensions', POST + CHUNKED, '1;a="b\\"c"\r\na\r\n', '0\r\n\r\n'),
      read('one chunk', `${POST}${CHUNKED}7fffffff\r\n`, 'a'),
      read('chunks of 1 KiB', POST + CHUNKED, `400\r\n${'a'.repeat(1024)}\r\n`),
      wide('a long extension', `${POST}${CHUNKED}1`, ';a=b', '\r\na\r\n0\r\n\r\n'),
      wide('a long quoted extension', `${POST}${CHUNKED}1;a="`, '\\"', '"\r\na\r\n0\r\n\r\n'),
      answered('up to the end of the connection', `${OK}\r\n`, 'a'),
      answered('chunks of one octet, answered', OK + CHUNKED, '1\r\na\r\n'),
    ],
    WIDE_BOUNDS,
  )
})

describe('responses', () => {
  const wide = growing(WIDE_CLIENT)
  const lines = growing(WIDE_CLIENT, { size: 125_000 })
  grow(
    [
      wide('folds', `${OK}X: y\r\n`, ' z\r\n', '\r\n'),
      lines('100,000 header lines', OK, 'X:y\r\n', '\r\n'),
      wide('interim responses', '', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'),
      wide('a long reason', 'HTTP/1.1 200 ', 'a', '\r\n\r\n'),
      wide('commas in Connection', `${OK}Connection: `, 'a,', 'b\r\n\r\n'),
    ],
    WIDE_BOUNDS,
  )
})

describe('what breaks a limit', () => {
  const limited = growing(SERVER, { outcome: 'limited', size: 160 * 1024 })
  const answered = growing(CLIENT, { outcome: 'limited', size: 160 * 1024 })
  grow(
    [
      limited('100,000 header lines', GET, 'X:y\r\n'),
      growing(SERVER, { outcome: 'limited', size: 600 * 1024 })('long header lines', GET, `X: ${'y'.repeat(8000)}\r\n`),
      limited('a long target', 'GET /', 'a'),
      limited('a long method', '', 'A'),
      limited('a long value', `${GET}X: `, 'y'),
      limited('a long extension', `${POST}${CHUNKED}1;`, 'a'),
      limited('many extensions', POST + CHUNKED, `1;${'a'.repeat(200)}\r\na\r\n`),
      limited('trailers', `${POST}${CHUNKED}0\r\n`, 'X:y\r\n'),
      limited('empty lines', '', '\r\n'),
      answered('100,000 header lines, answered', OK, 'X:y\r\n'),
      answered('folds', `${OK}X: y\r\n`, ' z\r\n'),
      answered('a long reason', 'HTTP/1.1 200 ', 'a'),
      answered('interim responses', '', 'HTTP/1.1 100 Continue\r\n\r\n'),
    ],
    BOUNDS,
  )
})
