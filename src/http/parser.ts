/**
 * The parsers: push octets, pull events. A parser knows one direction of one connection: heads, content, ends, one message
 * behind the other. What the other direction says about it, whether the connection persists and whose turn it is, is for
 * `machine.ts`. RFC 9112.
 *
 *     head -> body -> end -> head      content, and then the end
 *     head -> end -> head              a message without a body
 *     head -> head                     an interim response
 *     head -> tunnel                   2xx to CONNECT: what follows is no HTTP
 *
 * `next()` answers with an event, or `undefined` where more octets are needed. It throws an `HttpError` (or `HttpLimitError`) where
 * they cannot be HTTP, and then throws the same one for ever. A head is one event, and is not shown before all of it was
 * judged, its framing too.
 */
import type { Unit } from '../net/machine.ts'
import { CloseDecoder, END, LengthDecoder } from './body.ts'
import type { BodyDecoder } from './body.ts'
import { ChunkedDecoder } from './chunked.ts'
import { remoteError } from './errors.ts'
import type { HttpErrorCode } from './errors.ts'
import type {
  Content,
  ReceivedEnd,
  ReceivedInformational,
  ReceivedRequest,
  ReceivedResponse,
  Warning,
} from './events.ts'
import { NO_FIELDS } from './fields.ts'
import type { Fields } from './fields.ts'
import { decideFraming } from './framing.ts'
import type { Framing } from './framing.ts'
import { isMiscased, isSameName, methodOf, parseOptions } from './grammar.ts'
import { HeadReader } from './head.ts'
import { REQUEST_LENIENCY, RESPONSE_LENIENCY, withLeniency, withLimits } from './limits.ts'
import type { Leniency, Limits } from './limits.ts'
import {
  BARE_LF,
  CONNECTION,
  CONTENT_LENGTH,
  EXPECT,
  FIELD_SLOTS,
  FIRST_END,
  FOLDED,
  FORGIVEN,
  HOST,
  MINOR,
  NEED_MORE,
  REASON_ABSENT,
  REPEATED,
  SECOND_END,
  SECOND_START,
  SLOTS_PER_FIELD,
  STATUS,
  TARGET_OBS_TEXT,
  TARGET_UNENCODED,
  TRANSFER_ENCODING,
} from './slots.ts'
import { formOf, isRegName, parseAuthority } from './target.ts'
import type { TargetForm } from './target.ts'
import { Window } from './window.ts'

/** What a parser may be told. */
export interface ParserOptions {
  /** Limits other than the default ones. */
  readonly limits?: Partial<Limits>
  /** What to forgive other than the role's default. */
  readonly leniency?: Partial<Leniency>
}

const EMPTY_END: ReceivedEnd = Object.freeze({ type: 'end', trailers: NO_FIELDS })
const NO_VALUES: readonly string[] = Object.freeze([])
const NO_CODES: readonly HttpErrorCode[] = Object.freeze([])

/** What both roles' parsers have in common: all but what a head means. */
abstract class MessageParser<Head extends Unit & { readonly framing?: Framing; readonly headers: Fields }> {
  /** The limits in force. */
  readonly limits: Limits
  /** The leniency in force. */
  readonly leniency: Leniency
  readonly #window = new Window()
  readonly #kind: 'request' | 'response'
  /** Made with the first head, and anew behind a rest. */
  #reader: HeadReader | undefined
  /** Octets that readers had examined that are no more. */
  #formerWork = 0
  #state: 'head' | 'body' | 'end' | 'tunnel' = 'head'
  #body: BodyDecoder | undefined
  #isEnded = false
  #bodyWork = 0
  #error: Error | undefined
  /** A head, or an end, behind the warnings about it. */
  #waiting: (Head | ReceivedEnd | Warning)[] = []
  /** Octets of the stream before the message that is being read. */
  #messageOffset = 0

  constructor(kind: 'request' | 'response', defaults: Leniency, options: ParserOptions) {
    this.limits = withLimits(options.limits)
    this.leniency = withLeniency(defaults, options.leniency)
    this.#kind = kind
  }

  /** Octets received and not yet part of an event. */
  get bufferedBytes(): number {
    return this.#window.length
  }

  /** Octets examined since the beginning. */
  get work(): number {
    return this.#formerWork + (this.#reader?.work ?? 0) + this.#bodyWork
  }

  /** Octets of the stream before the next event. */
  get offset(): number {
    return this.#window.offset
  }

  /** Whether the peer has ended its side, and all that it sent was taken. */
  get isAtEnd(): boolean {
    return this.#isEnded && this.#state === 'head' && this.#window.length === 0
  }

  /** Takes octets, by reference: content is handed out as views of them. */
  push(bytes: Uint8Array): void {
    this.#window.push(bytes)
  }

  /** Nothing will follow what was pushed. */
  pushEnd(): void {
    this.#isEnded = true
  }

  /** Lets go of what it keeps of the last head, where it stands between messages: nothing may come for long. */
  rest(): void {
    if (this.#state !== 'head' || this.#reader?.isBetweenHeads !== true) return
    this.#formerWork += this.#reader.work
    this.#reader = undefined
    this.last = undefined
  }

  /** Takes what was received behind the last event. */
  takeLeftover(): Buffer {
    return this.#window.takeAll()
  }

  /** @internal The next event. */
  protected pull(): Head | Content | ReceivedEnd | Warning | undefined {
    if (this.#error !== undefined) throw this.#error
    if (this.#waiting.length > 0) return this.#waiting.shift()
    switch (this.#state) {
      case 'head':
        return this.#readHead()
      case 'body':
        return this.#readBody(this.#body as BodyDecoder)
      case 'end':
        this.#state = 'head'
        return EMPTY_END
      case 'tunnel':
        return undefined
    }
  }

  /** @internal The method of a head that is incomplete or refused. */
  protected get unfinishedMethod(): string | undefined {
    return this.#reader?.method(this.#window)
  }

  /** @internal The last head that was read; `undefined` where its meaning hangs on something that has changed since. */
  protected last: Head | undefined

  /** @internal What the head that the reader has read means, or the rule that it breaks. */
  protected abstract head(reader: HeadReader): Head | HttpErrorCode

  /** @internal The last head, as an event of its own. */
  protected abstract again(last: Head): Head

  #readHead(): Head | Warning | undefined {
    const window = this.#window
    const reader = (this.#reader ??= this.#makeReader())
    const length = reader.read(window)
    if (typeof length === 'string') return this.#refuse(length)
    if (length === NEED_MORE) {
      return this.#isEnded && window.length > 0 ? this.#refuse('HTTP_CUT_SHORT') : undefined
    }
    const { last } = this
    const head = reader.likeness === 'whole' && last !== undefined ? this.again(last) : this.head(reader)
    if (typeof head === 'string') {
      reader.refuse(window)
      return this.#refuse(head, partAt(head, reader))
    }
    this.last = head
    this.#messageOffset = window.offset
    window.skip(length)
    this.#begin(head.framing)
    return this.#warn(forgivenIn(reader), head)
  }

  #makeReader(): HeadReader {
    return new HeadReader(this.#kind, this.limits.maxHeadBytes, this.limits, this.leniency)
  }

  /** An event, or the first of the warnings that go before it. */
  #warn<Event extends Head | ReceivedEnd>(codes: readonly HttpErrorCode[], event: Event): Event | Warning {
    if (codes.length === 0) return event
    const offset = this.#messageOffset
    this.#waiting = [...codes.map((code): Warning => ({ type: 'warning', code, offset })), event]
    return this.#waiting.shift() as Warning
  }

  /** Makes ready for what follows the head. */
  #begin(framing: Framing | undefined): void {
    switch (framing?.kind) {
      case undefined:
        return
      case 'none':
        this.#state = 'end'
        return
      case 'tunnel':
        this.#state = 'tunnel'
        return
      case 'length':
        this.#body = new LengthDecoder(framing.length)
        break
      case 'chunked':
        this.#body = new ChunkedDecoder(this.limits, this.leniency)
        break
      case 'close':
        this.#body = new CloseDecoder(this.limits.maxBodyBytes)
    }
    this.#state = 'body'
  }

  #readBody(body: BodyDecoder): Content | ReceivedEnd | Warning | undefined {
    const { offset } = this.#window
    const answer = body.next(this.#window, this.#isEnded)
    this.#bodyWork += this.#window.offset - offset + 1
    if (answer === undefined) return undefined
    if (answer === END) {
      this.#state = 'head'
      this.#body = undefined
      const { trailers } = body
      return trailers === NO_FIELDS ? EMPTY_END : this.#warn(codesOf(trailers.bits, ''), { type: 'end', trailers })
    }
    return typeof answer === 'string' ? this.#refuse(answer) : { type: 'content', bytes: answer }
  }

  /** `part` is how far behind the octets consumed the offending part begins. */
  #refuse(code: HttpErrorCode, part = 0): never {
    this.#error = remoteError(code, this.limits, this.#window.offset + part)
    throw this.#error
  }
}

/** The field that an error in the meaning of a head is about. */
const FIELD_AT_FAULT: Readonly<Partial<Record<HttpErrorCode, number>>> = {
  HTTP_HOST_REPEATED: HOST,
  HTTP_HOST: HOST,
  HTTP_CONNECTION: CONNECTION,
  HTTP_EXPECTATION: EXPECT,
  HTTP_LENGTH: CONTENT_LENGTH,
  HTTP_LENGTH_REPEATED: CONTENT_LENGTH,
  HTTP_BODY_LONG: CONTENT_LENGTH,
  HTTP_LENGTH_AND_CODING: TRANSFER_ENCODING,
  HTTP_CODING: TRANSFER_ENCODING,
  HTTP_CODING_UNKNOWN: TRANSFER_ENCODING,
  HTTP_CODING_VERSION: TRANSFER_ENCODING,
}

/** Where in a head the part begins that an error is about: the target, the first line of a field, or else the head itself. */
function partAt(code: HttpErrorCode, reader: HeadReader): number {
  if (code === 'HTTP_TARGET_FORM' || code === 'HTTP_TARGET_AUTHORITY') return reader.slot(SECOND_START)
  const bit = FIELD_AT_FAULT[code]
  if (bit === undefined) return 0
  return reader.slot(FIELD_SLOTS + SLOTS_PER_FIELD * reader.lineOf(bit))
}

/** Which rules a head has broken that were forgiven. */
function forgivenIn(reader: HeadReader): readonly HttpErrorCode[] {
  const { bits } = reader.fields
  if ((bits & (FORGIVEN | CONTENT_LENGTH)) === 0) return NO_CODES
  return codesOf(bits, (bits & CONTENT_LENGTH) === 0 ? '' : reader.firstOf(CONTENT_LENGTH))
}

const TARGET_FORGIVEN = TARGET_OBS_TEXT | TARGET_UNENCODED

/** The rules that these bits say were forgiven; `length` is the first Content-Length. */
function codesOf(bits: number, length: string): HttpErrorCode[] {
  const codes: HttpErrorCode[] = []
  if ((bits & TARGET_FORGIVEN) !== 0) codes.push('HTTP_TARGET')
  if ((bits & REASON_ABSENT) !== 0) codes.push('HTTP_STATUS')
  if ((bits & BARE_LF) !== 0) codes.push('HTTP_BARE_LF')
  if ((bits & FOLDED) !== 0) codes.push('HTTP_FIELD_FOLD')
  if ((bits & CONTENT_LENGTH) === 0) return codes
  if ((bits & TRANSFER_ENCODING) !== 0) codes.push('HTTP_LENGTH_AND_CODING')
  else if (isRepeated(bits, CONTENT_LENGTH) || length.includes(',')) codes.push('HTTP_LENGTH_REPEATED')
  return codes
}

/** The connection options of a head, or `undefined` where Connection is no list of tokens. */
function optionsOf(reader: HeadReader): readonly string[] | undefined {
  const { fields } = reader
  const { bits } = fields
  if ((bits & CONNECTION) === 0) return NO_VALUES
  return parseOptions(isRepeated(bits, CONNECTION) ? fields.getAll('connection').join() : reader.firstOf(CONNECTION))
}

/** The values of a field of interest: nearly always there is none or one, and then no name has to be looked for. */
function valuesOf(reader: HeadReader, bit: number, name: string): readonly string[] {
  const { fields } = reader
  if ((fields.bits & bit) === 0) return NO_VALUES
  return isRepeated(fields.bits, bit) ? fields.getAll(name) : [reader.firstOf(bit)]
}

function isRepeated(bits: number, bit: number): boolean {
  return (bits & (bit << REPEATED)) !== 0
}

/** Parses what a client sends. */
export class RequestParser extends MessageParser<ReceivedRequest> {
  constructor(options: ParserOptions = {}) {
    super('request', REQUEST_LENIENCY, options)
  }

  /**
   * The method of a request whose head has not come whole, or was refused, as soon as that much of it is there: the refusal of a HEAD
   * has no content either (RFC 9110 §9.3.2).
   */
  get method(): string | undefined {
    return this.unfinishedMethod
  }

  /** The next event, or `undefined` where more octets are needed. Throws `HttpError`, and then for ever. */
  next(): ReceivedRequest | Content | ReceivedEnd | Warning | undefined {
    return this.pull()
  }

  /** @internal */
  protected override head(reader: HeadReader): ReceivedRequest | HttpErrorCode {
    const { text, fields: headers } = reader
    const method = methodOf(text, reader.slot(FIRST_END))
    const target = text.slice(reader.slot(SECOND_START), reader.slot(SECOND_END))
    const minor = reader.slot(MINOR)
    if (isMiscased(method)) return 'HTTP_METHOD_CASE'
    const form = formOf(method, target)
    if (form === undefined)
      return method === 'CONNECT' || target.includes('://') ? 'HTTP_TARGET_AUTHORITY' : 'HTTP_TARGET_FORM'
    const version = minor === 0 ? '1.0' : '1.1'
    const { last } = this
    if (reader.likeness === 'fields' && last?.version === version) return requestLike(last, method, target, form)
    const options = optionsOf(reader)
    if (options === undefined) return 'HTTP_CONNECTION'
    const fault = this.#hostFault(reader, minor) ?? expectationFault(headers, minor)
    if (fault !== undefined) return fault
    const lengths = valuesOf(reader, CONTENT_LENGTH, 'content-length')
    const codings = valuesOf(reader, TRANSFER_ENCODING, 'transfer-encoding')
    const framing = decideFraming({ role: 'request', method, status: 0, minor, lengths, codings }, this)
    if (typeof framing === 'string') return framing
    return { type: 'request', method, target, version, headers, form, options, framing }
  }

  /** @internal */
  protected override again(last: ReceivedRequest): ReceivedRequest {
    return requestLike(last, last.method, last.target, last.form)
  }

  /**
   * A server MUST answer 400 to a request of HTTP/1.1 without Host, and to any with more than one or an invalid one. An
   * absolute-form target does not excuse it, though Host is ignored then (RFC 9112 §3.2, §3.2.2).
   */
  #hostFault(reader: HeadReader, minor: number): HttpErrorCode | undefined {
    const { bits } = reader.fields
    if ((bits & HOST) === 0) return minor === 0 ? undefined : 'HTTP_HOST_MISSING'
    if (isRepeated(bits, HOST)) return 'HTTP_HOST_REPEATED'
    const line = reader.lineOf(HOST)
    if (reader.isKnown(line)) return undefined
    const slot = FIELD_SLOTS + SLOTS_PER_FIELD * line
    if (isRegName(reader.text, reader.slot(slot + 2), reader.slot(slot + 3))) return undefined
    if (parseAuthority(reader.firstOf(HOST)) === undefined) return 'HTTP_HOST'
    return undefined
  }
}

/** A request with the fields of another one. A copy with changes would be made by a call, and be of another shape than all others. */
function requestLike(last: ReceivedRequest, method: string, target: string, form: TargetForm): ReceivedRequest {
  const { version, headers, options, framing } = last
  return { type: 'request', method, target, version, headers, form, options, framing }
}

/** An expectation that nobody can meet is 417; HTTP/1.0 has none, and whatever it says is ignored (RFC 9110 §10.1.1). */
function expectationFault(headers: Fields, minor: number): HttpErrorCode | undefined {
  if ((headers.bits & EXPECT) === 0 || minor === 0) return undefined
  return isSameName(headers.get('expect') as string, '100-continue') ? undefined : 'HTTP_EXPECTATION'
}

/** Parses what a server sends. */
export class ResponseParser extends MessageParser<ReceivedResponse | ReceivedInformational> {
  #method = 'GET'

  constructor(options: ParserOptions = {}) {
    super('response', RESPONSE_LENIENCY, options)
  }

  /**
   * The next event, or `undefined` where more octets are needed. Throws `HttpError`, and then for ever. `method` is the
   * method of the request that is answered: it decides whether the response has a body.
   */
  next(method: string): ReceivedResponse | ReceivedInformational | Content | ReceivedEnd | Warning | undefined {
    if (method !== this.#method) this.last = undefined
    this.#method = method
    return this.pull()
  }

  /** @internal */
  protected override again(last: ReceivedResponse | ReceivedInformational): ReceivedResponse | ReceivedInformational {
    return { ...last }
  }

  /** @internal */
  protected override head(reader: HeadReader): ReceivedResponse | ReceivedInformational | HttpErrorCode {
    const { text, fields: headers } = reader
    const minor = reader.slot(MINOR)
    const status = reader.slot(STATUS)
    const reason = text.slice(reader.slot(SECOND_START), reader.slot(SECOND_END))
    const options = optionsOf(reader)
    if (options === undefined) return 'HTTP_CONNECTION'
    const version = minor === 0 ? '1.0' : '1.1'
    if (status < 200) return { type: 'informational', status, reason, version, headers, options }
    const lengths = valuesOf(reader, CONTENT_LENGTH, 'content-length')
    const codings = valuesOf(reader, TRANSFER_ENCODING, 'transfer-encoding')
    const framing = decideFraming({ role: 'response', method: this.#method, status, minor, lengths, codings }, this)
    if (typeof framing === 'string') return framing
    return { type: 'response', status, reason, version, headers, options, framing }
  }
}
