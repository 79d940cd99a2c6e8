/**
 * Where the body of a message ends. It is decided here, once, for messages that come and for messages that go, from the role of
 * the message, the method (of the request that a response answers), the status, the version and the two framing fields.
 * Two programs that decide this differently for the same octets are what request smuggling needs. RFC 9112 §6.
 */
import { DIGIT, isAllText, parseDecimal } from '../net/ascii.ts'
import type { HttpErrorCode } from './errors.ts'
import { isSameName, trimOws } from './grammar.ts'
import type { Leniency } from './limits.ts'

/**
 * How a body is framed:
 *
 *     none      there is none
 *     length    as many octets as Content-Length says, one at least
 *     chunked   the chunked transfer coding says
 *     close     everything up to the end of the connection (responses alone)
 *     tunnel    behind the head another protocol begins (2xx to CONNECT)
 */
export type Framing =
  { readonly kind: 'none' | 'chunked' | 'close' | 'tunnel' } | { readonly kind: 'length'; readonly length: number }

const NONE: Framing = Object.freeze({ kind: 'none' })
const CHUNKED: Framing = Object.freeze({ kind: 'chunked' })
const CLOSE: Framing = Object.freeze({ kind: 'close' })
const TUNNEL: Framing = Object.freeze({ kind: 'tunnel' })

/** What the framing of a message hangs on. */
export interface FramedMessage {
  /** Whether it is a request or a response to one. */
  readonly role: 'request' | 'response'
  /** The method of the request, also for a response. */
  readonly method: string
  /** The status of a response; 0 for a request. */
  readonly status: number
  /** The minor version: 0 for HTTP/1.0. */
  readonly minor: number
  /** The values of all Content-Length lines. */
  readonly lengths: readonly string[]
  /** The values of all Transfer-Encoding lines. */
  readonly codings: readonly string[]
}

/** What the framing may forgive, and how long a body may be. */
export interface FramingRules {
  readonly leniency: Pick<Leniency, 'equalContentLengths' | 'codingBeatsContentLength'>
  readonly limits: { readonly maxBodyBytes: number }
}

/**
 * The framing of a message, or the code of the error that forbids to read it. The numbers are those of RFC 9112 §6.3.
 */
export function decideFraming(message: FramedMessage, rules: FramingRules): Framing | HttpErrorCode {
  const { role, method, status, lengths, codings } = message
  if (role === 'response') {
    // 1. No body, whatever the fields say: they describe the body that another request would have got.
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return NONE
    // 2.
    if (method === 'CONNECT' && status < 300) return TUNNEL
  }
  if (codings.length > 0) {
    // 3. The classic of request smuggling: two programs on the way, each believing another of the two fields.
    if (lengths.length > 0 && !rules.leniency.codingBeatsContentLength) return 'HTTP_LENGTH_AND_CODING'
    // A sender of 1.0 does not know the coding: something on the way passed it on without looking (§6.1).
    if (message.minor === 0) return 'HTTP_CODING_VERSION'
    // 4.
    return codingFault(codings) ?? CHUNKED
  }
  // 5. and 6.
  if (lengths.length > 0) return lengthFraming(lengths, rules)
  // 7. and 8.
  return role === 'request' ? NONE : CLOSE
}

/**
 *     Transfer-Encoding = #transfer-coding
 *
 * `chunked`, once and last. Any other coding before it is not implemented. Where chunked is not the last one, a response could be read up to
 * the end of the connection, but nobody could decode what was read: it is refused like a request. Empty elements are
 * refused, because not everybody on the way ignores them.
 */
function codingFault(lines: readonly string[]): HttpErrorCode | undefined {
  const codings = lines.join(',').split(',').map(trimOws)
  const last = codings.length - 1
  if (codings.findIndex((coding) => isSameName(coding, 'chunked')) !== last || codings.includes(''))
    return 'HTTP_CODING'
  return last === 0 ? undefined : 'HTTP_CODING_UNKNOWN'
}

/**
 *     Content-Length = 1*DIGIT
 */
function lengthFraming(lines: readonly string[], rules: FramingRules): Framing | HttpErrorCode {
  const [first] = lines
  // Nearly always there is one line with one number.
  const length = lines.length === 1 && first !== undefined ? normalLength(first) : undefined
  if (length === undefined) return repeatedFraming(lines, rules)
  const octets = parseDecimal(length, rules.limits.maxBodyBytes)
  if (octets === undefined) return 'HTTP_BODY_LONG'
  return octets === 0 ? NONE : { kind: 'length', length: octets }
}

/** Several lines, or a list in one, which may be forgiven where all values are one; or no number at all. */
function repeatedFraming(lines: readonly string[], rules: FramingRules): Framing | HttpErrorCode {
  const lengths = lines
    .join(',')
    .split(',')
    .map((value) => normalLength(trimOws(value)))
  const [first] = lengths
  if (first === undefined || lengths.includes(undefined)) return 'HTTP_LENGTH'
  const isForgiven = rules.leniency.equalContentLengths && lengths.every((length) => length === first)
  return isForgiven ? lengthFraming([first], rules) : 'HTTP_LENGTH_REPEATED'
}

/** A number that would not fit in 63 bits overflows somewhere on the way, and is no length at all. */
const MAX_DIGITS = 19

/** The digits without leading zeros (`010` is ten), or `undefined` where these are no digits, or too many. */
function normalLength(text: string): string | undefined {
  if (text === '' || !isAllText(DIGIT, text)) return undefined
  const digits = text.startsWith('0') ? text.replace(/^0+(?=.)/, '') : text
  return digits.length > MAX_DIGITS ? undefined : digits
}
