/**
 * The chunked transfer coding, every octet of its framing checked. RFC 9112 §7.1.
 *
 *     chunked-body = *chunk last-chunk trailer-section CRLF
 *     chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 *     last-chunk   = 1*("0") [ chunk-ext ] CRLF
 *     chunk-ext    = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS ( token / quoted-string ) ] )
 *
 * States, each named for what is expected next, with the octet that it stands before:
 *
 *     size, digits                           ^5 CR LF            5^ CR LF
 *     nameStart, name, afterName             5;^ a               5; a^ =      5; a ^= b
 *     valueStart, token                      5; a =^ b           5; a = b^ CR LF
 *     quoted, escaped, afterQuoted           5; a = "^b"         5; a = "\^"  5; a = "b"^ CR LF
 *     beforeExtension                        5 ^;                white space that a semicolon must follow
 *     lineFeed                               5 CR ^LF
 *     data, dataCr, dataLf                   ^hello              hello^ CR    hello CR ^LF
 *     trailers, end                          0 CR LF ^           0 CR LF CR LF ^
 *
 * Bare LF ends no line here, under no leniency: what one program takes for the end of a chunk-size line another takes for an
 * extension, and between the two fits a smuggled request.
 */
import { BACKSLASH, CR, DQUOTE, HEX_VALUE, LF, SEMICOLON } from '../net/ascii.ts'
import type { BodyAnswer, BodyDecoder } from './body.ts'
import { END, takeSome } from './body.ts'
import type { HttpErrorCode } from './errors.ts'
import type { Fields } from './fields.ts'
import { NO_FIELDS } from './fields.ts'
import { IS_OWS, QDTEXT, TCHAR, VALUE_OCTET } from './grammar.ts'
import { HeadReader } from './head.ts'
import type { Leniency, Limits } from './limits.ts'
import { BITS, CONTENT_LENGTH, HOST, NEED_MORE, TRANSFER_ENCODING } from './slots.ts'
import type { Window } from './window.ts'

/** States within a chunk-size line; `lineEnd` is behind it. */
type LineState =
  | 'size'
  | 'digits'
  | 'beforeExtension'
  | 'nameStart'
  | 'name'
  | 'afterName'
  | 'valueStart'
  | 'token'
  | 'quoted'
  | 'escaped'
  | 'afterQuoted'
  | 'lineFeed'
  | 'lineEnd'
type State = LineState | 'data' | 'dataCr' | 'dataLf' | 'trailers' | 'end'

const EQUALS = 0x3d
/** With leading zeros: 64 bits. More than that overflows somewhere on the way. */
const MAX_SIZE_DIGITS = 16

/** Fields that say where a message ends or goes. Behind the body they can only be meant for a program that reads them too late. */
const FORBIDDEN_IN_TRAILERS = HOST | CONTENT_LENGTH | TRANSFER_ENCODING

/** The chunked coding of one body. */
export class ChunkedDecoder implements BodyDecoder {
  trailers: Fields = NO_FIELDS
  readonly #limits: Limits
  readonly #leniency: Leniency
  #state: State = 'size'
  /** The size as far as the size line has said it; then the octets of data still to come. */
  #size = 0
  #digits = 0
  #extensionBytes = 0
  #bodyBytes = 0
  #reader: HeadReader | undefined

  constructor(limits: Limits, leniency: Leniency) {
    this.#limits = limits
    this.#leniency = leniency
  }

  next(window: Window, isEnded: boolean): BodyAnswer {
    while (this.#state !== 'end') {
      if (window.from === window.end && !window.extend()) return isEnded ? 'HTTP_CUT_SHORT' : undefined
      switch (this.#state) {
        case 'data':
          return this.#takeData(window)
        case 'dataCr':
          if (window.bytes[window.from] !== CR) return 'HTTP_CHUNK_END'
          window.skip(1)
          this.#state = 'dataLf'
          break
        case 'dataLf':
          if (window.bytes[window.from] !== LF) return 'HTTP_CHUNK_END'
          window.skip(1)
          this.#state = 'size'
          break
        case 'trailers':
          return this.#readTrailers(window) ?? (isEnded ? 'HTTP_CUT_SHORT' : undefined)
        default: {
          const fault = this.#readSizeLine(window, this.#state)
          if (fault !== undefined) return fault
        }
      }
    }
    return END
  }

  #takeData(window: Window): Buffer {
    const slice = takeSome(window, this.#size) as Buffer
    this.#size -= slice.length
    if (this.#size === 0) this.#state = 'dataCr'
    return slice
  }

  /** Reads what there is of a chunk-size line. */
  #readSizeLine(window: Window, from: LineState): HttpErrorCode | undefined {
    const { bytes, end } = window
    let state = from
    let fault: HttpErrorCode | undefined
    let at = window.from
    while (at < end && state !== 'lineEnd' && fault === undefined) {
      const byte = bytes[at] as number
      const next = afterOctet(state, byte)
      fault = next === undefined ? faultAt(state, byte) : this.#note(next, byte)
      if (fault === undefined) at++
      state = next ?? state
    }
    window.skip(at - window.from)
    this.#state = state
    return state === 'lineEnd' ? this.#beginChunk() : fault
  }

  /** Counts the octet that led to `state`. */
  #note(state: LineState, byte: number): HttpErrorCode | undefined {
    if (state === 'digits') {
      this.#size = this.#size * 16 + (HEX_VALUE[byte] as number)
      return ++this.#digits > MAX_SIZE_DIGITS ? 'HTTP_CHUNK_SIZE' : undefined
    }
    if (state === 'lineFeed' || state === 'lineEnd') return undefined
    return ++this.#extensionBytes > this.#limits.maxChunkExtensionBytes ? 'HTTP_CHUNK_EXTENSIONS_LONG' : undefined
  }

  #beginChunk(): HttpErrorCode | undefined {
    this.#digits = 0
    this.#bodyBytes += this.#size
    this.#state = this.#size === 0 ? 'trailers' : 'data'
    // Compared as doubles, which are exact up to 2^53; beyond that any error is smaller than the distance to the limit.
    if (this.#size > this.#limits.maxChunkBytes) return 'HTTP_CHUNK_LONG'
    return this.#bodyBytes > this.#limits.maxBodyBytes ? 'HTTP_BODY_LONG' : undefined
  }

  /** trailer-section = *( field-line CRLF ), and the empty line. */
  #readTrailers(window: Window): HttpErrorCode | typeof END | undefined {
    if (this.#reader === undefined && isEmptyLine(window)) {
      window.skip(2)
      this.#state = 'end'
      return END
    }
    const reader = (this.#reader ??= trailerReader(this.#limits, this.#leniency))
    const length = reader.read(window)
    if (length === NEED_MORE) return undefined
    if (typeof length === 'string') return length === 'HTTP_HEAD_LONG' ? 'HTTP_TRAILERS_LONG' : length
    if ((reader.slot(BITS) & FORBIDDEN_IN_TRAILERS) !== 0) return 'HTTP_TRAILER_FIELD'
    if (length > 2) this.trailers = reader.fields
    window.skip(length)
    this.#state = 'end'
    return END
  }
}

/** Whether the whole empty line is there at once, as it nearly always is: then no reader is needed. */
function isEmptyLine({ bytes, from, end }: Window): boolean {
  return end - from >= 2 && bytes[from] === CR && bytes[from + 1] === LF
}

function trailerReader(limits: Limits, leniency: Leniency): HeadReader {
  return new HeadReader('trailers', limits.maxTrailerBytes, limits, { ...leniency, bareLfEndsLine: false })
}

/** The state behind `byte`, or `undefined` where it cannot stand there. */
function afterOctet(state: LineState, byte: number): LineState | undefined {
  switch (state) {
    case 'size':
      return HEX_VALUE[byte] === 255 ? undefined : 'digits'
    case 'digits':
      return HEX_VALUE[byte] === 255 ? afterElement(byte) : 'digits'
    case 'beforeExtension':
      return byte === SEMICOLON ? 'nameStart' : IS_OWS[byte] === 1 ? 'beforeExtension' : undefined
    case 'nameStart':
      return TCHAR[byte] === 1 ? 'name' : IS_OWS[byte] === 1 ? 'nameStart' : undefined
    case 'name':
      if (TCHAR[byte] === 1) return 'name'
      return IS_OWS[byte] === 1 ? 'afterName' : byte === EQUALS ? 'valueStart' : afterElement(byte)
    case 'afterName':
      if (IS_OWS[byte] === 1) return 'afterName'
      return byte === EQUALS ? 'valueStart' : byte === SEMICOLON ? 'nameStart' : undefined
    case 'valueStart':
      if (IS_OWS[byte] === 1) return 'valueStart'
      return byte === DQUOTE ? 'quoted' : TCHAR[byte] === 1 ? 'token' : undefined
    case 'token':
      return TCHAR[byte] === 1 ? 'token' : afterElement(byte)
    case 'quoted':
      if (QDTEXT[byte] === 1) return 'quoted'
      return byte === DQUOTE ? 'afterQuoted' : byte === BACKSLASH ? 'escaped' : undefined
    case 'escaped':
      return VALUE_OCTET[byte] === 1 ? 'quoted' : undefined
    case 'afterQuoted':
      return afterElement(byte)
    case 'lineFeed':
    case 'lineEnd':
      return byte === LF ? 'lineEnd' : undefined
  }
}

/** Behind a size or a whole extension: another one, or the end of the line. BWS is allowed before a semicolon alone. */
function afterElement(byte: number): LineState | undefined {
  if (byte === CR) return 'lineFeed'
  return byte === SEMICOLON ? 'nameStart' : IS_OWS[byte] === 1 ? 'beforeExtension' : undefined
}

/** What is wrong with `byte` in `state`. */
function faultAt(state: LineState, byte: number): HttpErrorCode {
  if (state === 'lineFeed') return 'HTTP_BARE_CR'
  if (byte === LF) return 'HTTP_BARE_LF'
  return state === 'size' || state === 'digits' ? 'HTTP_CHUNK_SIZE' : 'HTTP_CHUNK_EXTENSION'
}
