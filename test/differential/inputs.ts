/**
 * What both parsers are given besides the vectors: messages built from the grammar, the same with wounds, and the same with lines
 * put in between their own. Octets at random hardly ever get past a start line; a line in the wrong place gets to where parsers part.
 */
import fc from 'fast-check'
import { MARKS, requestOctets, responseOctets } from '../support/arbitraries/http.ts'
import { mutated } from '../support/arbitraries/octets.ts'
import type { Input } from '../support/http-reading.ts'
import { octetsOf, VECTORS } from '../support/http-vectors.ts'

/** Lines that frame, route or end; and lines that are none. */
const LINES: readonly string[] = [
  ...['Content-Length: 5', 'Content-Length: 5, 5', 'Content-Length: +5', 'Content-Length:', 'Content-Length: 5\t'],
  ...['Content-Length : 5', 'Content-Length: 0', 'Transfer-Encoding: chunked', 'Transfer-Encoding: gzip, chunked'],
  ...['Transfer-Encoding: chunked, gzip', 'Transfer-Encoding: chunked\t', 'Transfer-Encoding:', 'Host: b', 'Host:'],
  ...[
    'Host: a b',
    'Connection: close',
    'Connection: close\t',
    'Connection: keep-alive',
    'Connection: keep-alive, close',
  ],
  ...['Connection: x, close ', 'Connection: x close', 'Connection: close;x', 'Connection: closed', 'Connection: ,'],
  ...['Connection: upgrade', 'Connection: upgrade, close', 'Upgrade: x', 'Upgrade:', 'Upgrade: ,', 'Expect: x'],
  ...['Expect: 100-continue', 'Proxy-Connection: close', 'Proxy-Connection: keep-alive', 'TE: trailers', 'Trailer: X'],
  ...[
    ' fold',
    '\tfold',
    ' ',
    'X',
    'X:',
    ':',
    'x y: z',
    'X: \x00',
    'X: \x01',
    'X: \x7f',
    'X: \x80',
    '\x80: x',
    'X: a\rb',
    'X: a\nb',
  ],
  ...['GET / HTTP/1.0', 'HTTP/1.0 200 OK', 'HTTP/1.1 100 x', 'HTTP/1.1 101 x', 'HTTP/1.1 204 x', 'HTTP/1.1 304 x', ''],
]

/** The octets with one to three of the lines in them, each between two lines or in place of one. */
function interlined(input: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const insertion = fc.record({ at: fc.nat(), line: fc.constantFrom(...LINES), replaces: fc.boolean() })
  return fc
    .tuple(input, fc.array(insertion, { minLength: 1, maxLength: 3 }))
    .map(([bytes, insertions]) =>
      insertions.reduce((text, { at, line, replaces }) => {
        const lines = text.split('\n')
        lines.splice(at % lines.length, replaces ? 1 : 0, `${line}\r`)
        return lines.join('\n')
      }, bytes.toString('latin1')),
    )
    .map((text) => Buffer.from(text, 'latin1'))
}

/**
 * Without what is known to part the two in nearly every message: tabs behind values, methods that Node does not know, spaces in chunk
 * extensions. What else there is would hardly be seen behind them.
 */
function plain(input: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return input.map((bytes) => {
    const text = bytes.toString('latin1').replaceAll('\t', ' ').replaceAll('X-METHOD', 'M-SEARCH')
    return Buffer.from(text.replaceAll(' = "', '="').replaceAll(' ; ', ';'), 'latin1')
  })
}

function ofVectors(role: Input['role']): fc.Arbitrary<Buffer> {
  const all = VECTORS.filter((vector) => vector.role === role).map(octetsOf)
  return fc.constantFrom(...all.filter(({ length }) => length < 3000))
}

function octets(role: Input['role'], grammar: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const vectors = ofVectors(role)
  const good = plain(grammar)
  return fc.oneof(
    ...[good, mutated(good, MARKS), mutated(grammar, MARKS), mutated(vectors, MARKS)],
    ...[interlined(good), interlined(vectors), interlined(vectors)],
  )
}

function inputs(role: Input['role'], grammar: fc.Arbitrary<Buffer>): fc.Arbitrary<Input> {
  const method = role === 'request' ? fc.constant('GET') : fc.constantFrom('GET', 'GET', 'HEAD')
  return fc
    .record({ bytes: octets(role, grammar), method, eof: fc.boolean() })
    .map(({ bytes, ...rest }) => ({ role, pieces: [bytes], ...rest }))
}

/** Messages of either role. */
export const generated: fc.Arbitrary<Input> = fc.oneof(
  inputs('request', requestOctets),
  inputs('response', responseOctets),
)
