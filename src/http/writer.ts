/**
 * The serializer, the parser's mirror: what it writes, our own strict parser reads back as the same event, and so does everybody
 * else. Names, values, targets and reasons are checked octet by octet, so that no CR, LF or NUL of a handler's making can
 * end a line that it should not (response splitting, RFC 9112 §11.1). It throws `HttpError`s of side `local` and then has written
 * nothing. Whether something may be sent now is for `machine.ts`.
 *
 * Servers say the same again and again, so the section and the response that were written last are remembered: what was checked and written
 * once is not checked and written again where all that it hangs on is equal.
 */
import { lowerAscii } from '../net/ascii.ts'
import { ERRORS, localError } from './errors.ts'
import type { HttpErrorCode } from './errors.ts'
import type { Informational, ReceivedRequest, RequestHead, ResponseHead, Version } from './events.ts'
import { isLines } from './fields.ts'
import type { FieldsInit } from './fields.ts'
import { decideFraming } from './framing.ts'
import type { FramedMessage, Framing } from './framing.ts'
import { isFieldValue, isMiscased, isReason, isSameName, isToken, parseTokens, trimOws } from './grammar.ts'
import { STRICT } from './limits.ts'
import { CONNECTION, CONTENT_LENGTH, DATE, EXPECT, HOST, REPEATED, TE, TRANSFER_ENCODING, UPGRADE } from './slots.ts'
import { reasonOf } from './status.ts'
import { formOf, isTargetText, parseAuthority } from './target.ts'

/** A section of fields as it will be written, and what it says about framing and the connection. */
export interface WrittenFields {
  /** The field lines, each with its line end. */
  readonly text: string
  /** Which fields of interest are there, as bits of `slots.ts`. */
  readonly bits: number
  /** The values of Content-Length. */
  readonly lengths: readonly string[]
  /** The values of Transfer-Encoding. */
  readonly codings: readonly string[]
  /** The connection options, in lower case. */
  readonly options: readonly string[]
  /** The value of Host. */
  readonly host: string | undefined
  /** The value of Upgrade. */
  readonly upgrade: string | undefined
  /** The value of Expect. */
  readonly expect: string | undefined
  /** The value of TE. */
  readonly te: string | undefined
}

/** Octets of one kind, as few slices as copying nothing large allows. */
export type Slices = readonly Uint8Array[]

const NO_VALUES: readonly string[] = Object.freeze([])

/** A section that is being written, line by line. */
class Section implements WrittenFields {
  /** Names and values in turn. */
  readonly strings: string[] = []
  text = ''
  bits = 0
  lengths: readonly string[] = NO_VALUES
  codings: readonly string[] = NO_VALUES
  options: readonly string[] = NO_VALUES
  host: string | undefined = undefined
  upgrade: string | undefined = undefined
  expect: string | undefined = undefined
  te: string | undefined = undefined

  add(name: string, value: string): void {
    if (!isToken(name)) throw localError('HTTP_SEND_FIELD', 'a name is not a token')
    if (!isFieldValue(value)) throw localError('HTTP_SEND_FIELD', `the value of ${name} is not a field value`)
    this.text += `${name}: ${value}\r\n`
    this.strings.push(name, value)
    const bit = bitOf(name)
    if (bit !== 0) this.#note(bit, value)
  }

  #note(bit: number, value: string): void {
    this.bits |= bit | ((this.bits & bit) << REPEATED)
    if (bit === HOST) this.host = value
    else if (bit === UPGRADE) this.upgrade = value
    else if (bit === EXPECT) this.expect = value
    else if (bit === CONTENT_LENGTH) this.lengths = [...this.lengths, value]
    else if (bit === TRANSFER_ENCODING) this.codings = [...this.codings, value]
    else if (bit === CONNECTION) this.options = [...this.options, ...optionsIn(value)]
    else if (bit === TE) this.te = value
  }
}

/** Longer sections are not remembered. */
const MAX_REMEMBERED = 1024

/** The section that was written last. */
let lastSection = new Section()

/** The field lines of a section, checked. */
export function writeFields(fields: FieldsInit): WrittenFields {
  if (isSaid(fields, lastSection.strings)) return lastSection
  const section = writeSection(fields)
  if (section.text.length <= MAX_REMEMBERED) lastSection = section
  return section
}

/** Whether these are the names and values of `strings`. What can perhaps be looked at only once is not. */
function isSaid(fields: FieldsInit, strings: readonly string[]): boolean {
  let at = 0
  if (isList(fields)) {
    for (const [name, value] of fields) if (strings[at++] !== name || strings[at++] !== value) return false
  } else {
    if (isLines(fields)) return false
    for (const name of Object.keys(fields)) if (strings[at++] !== name || strings[at++] !== fields[name]) return false
  }
  return at === strings.length
}

function isList(fields: FieldsInit): fields is readonly (readonly [name: string, value: string])[] {
  return Array.isArray(fields)
}

function writeSection(fields: FieldsInit): Section {
  const section = new Section()
  if (isLines(fields)) {
    for (const [name, value] of fields) section.add(name, value)
    return section
  }
  for (const name of Object.keys(fields)) {
    const value = fields[name] as string | readonly string[]
    if (typeof value === 'string') section.add(name, value)
    else for (const item of value) section.add(name, item)
  }
  return section
}

function optionsIn(value: string): string[] {
  const options = parseTokens(value)
  if (options === undefined) throw localError('HTTP_SEND_FIELD', 'Connection is not a list of tokens')
  return options
}

/** The bit of a field of interest; 0 for any other. */
function bitOf(name: string): number {
  switch (name.length) {
    case 2:
      return isSameName(name, 'te') ? TE : 0
    case 4:
      return isSameName(name, 'host') ? HOST : isSameName(name, 'date') ? DATE : 0
    case 6:
      return isSameName(name, 'expect') ? EXPECT : 0
    case 7:
      return isSameName(name, 'upgrade') ? UPGRADE : 0
    case 10:
      return isSameName(name, 'connection') ? CONNECTION : 0
    case 14:
      return isSameName(name, 'content-length') ? CONTENT_LENGTH : 0
    case 17:
      return isSameName(name, 'transfer-encoding') ? TRANSFER_ENCODING : 0
    default:
      return 0
  }
}

/** What a head decides. */
interface Decided {
  /** How the body has to be framed. */
  readonly framing: Framing
  /** Whether no other message may follow in this direction: `close` was said, or the body ends with the connection. */
  readonly isLast: boolean
}

/** A request head as octets, and what it decides. */
export interface WrittenRequest extends Decided {
  /** The head. */
  readonly slices: Slices
  /** Whether it offers to leave HTTP, and how. */
  readonly offer: 'none' | 'upgrade' | 'tunnel'
}

/**
 *     request-line = method SP request-target SP HTTP-version
 *
 * with its header section. Host has to be there, once and valid (RFC 9112 §3.2).
 */
export function writeRequest(head: RequestHead): WrittenRequest {
  const { method, target } = head
  if (!isToken(method) || isMiscased(method)) throw localError('HTTP_SEND_START', 'the method is no token, or miscased')
  if (!isTargetText(target) || formOf(method, target) === undefined) {
    throw localError('HTTP_SEND_START', 'the target is none that this method may use')
  }
  const fields = writeFields(head.headers)
  const { lengths, codings, options } = fields
  const framing = demandFraming(
    decideFraming({ role: 'request', method, status: 0, minor: 1, lengths, codings }, RULES),
  )
  demand(isSingleHost(fields), 'HTTP_SEND_FIELD', 'Host is not there once, or invalid')
  // "A client MUST NOT generate a 100-continue expectation in a request that does not include content."
  const isExpectable = isSameName(fields.expect ?? '', '100-continue') && framing.kind !== 'none'
  demand(fields.expect === undefined || isExpectable, 'HTTP_SEND_FIELD', 'Expect is for 100-continue with content')
  const isUpgrade = fields.upgrade !== undefined
  demand(!isUpgrade || options.includes('upgrade'), 'HTTP_SEND_FIELD', 'Upgrade needs its connection option')
  demand(isTeSendable(fields), 'HTTP_SEND_FIELD', 'TE needs its connection option, and does not name chunked')
  if (method === 'TRACE') demandHarmless(fields, framing)
  const text = `${method} ${target} HTTP/1.1\r\n${fields.text}\r\n`
  const offer = method === 'CONNECT' ? 'tunnel' : isUpgrade ? 'upgrade' : 'none'
  return { slices: [Buffer.from(text, 'latin1')], framing, isLast: options.includes('close'), offer }
}

function isSingleHost({ bits, host }: WrittenFields): boolean {
  return host !== undefined && (bits & (HOST << REPEATED)) === 0 && parseAuthority(host) !== undefined
}

/** TE is for the next server alone, so Connection names it; that chunked is understood goes without saying (RFC 9112 §7.4). */
function isTeSendable({ te, options }: WrittenFields): boolean {
  return te === undefined || (options.includes('te') && !/(?:^|[ \t,])chunked(?:$|[ \t,;])/i.test(te))
}

/** What a TRACE says comes back in the content of its response, where scripts can read it (RFC 9110 §9.3.8). */
function demandHarmless({ text }: WrittenFields, framing: Framing): void {
  demand(framing.kind === 'none', 'HTTP_SEND_FRAMING', 'TRACE has no content')
  const isSecret = /^(?:authorization|proxy-authorization|cookie):/im.test(text)
  demand(!isSecret, 'HTTP_SEND_FIELD', 'TRACE carries no credentials')
}

/**
 * An interim response to `request`. It has no framing; a 101 names protocols that the client offered, and no other one
 * (RFC 9110 §7.8).
 */
export function writeInformational(head: Informational, request: ReceivedRequest): Slices {
  demand(head.status < 200, 'HTTP_SEND_START', 'an interim response has a status of 1xx')
  const fields = writeFields(head.headers)
  demand((fields.bits & FRAMING) === 0, 'HTTP_SEND_FRAMING', 'an interim response has no framing fields')
  if (head.status === 101) {
    demand(isOffered(fields.upgrade, request), 'HTTP_SEND_FIELD', '101 names no protocol that was offered')
    demand(fields.options.includes('upgrade'), 'HTTP_SEND_FIELD', 'Upgrade needs its connection option')
  }
  return [Buffer.from(`${statusLine(head.status, head.reason)}${fields.text}\r\n`, 'latin1')]
}

function isOffered(upgrade: string | undefined, request: ReceivedRequest): boolean {
  const offered = lowerAscii(request.headers.get('upgrade') ?? '')
    .split(',')
    .map(trimOws)
  return (
    upgrade !== undefined &&
    lowerAscii(upgrade)
      .split(',')
      .every((protocol) => offered.includes(trimOws(protocol)))
  )
}

/** A response head as text, one character for each octet, and what it decides. */
export interface WrittenResponse extends Decided {
  /** The head. */
  readonly text: string
}

/** What a final response head says. */
export interface FinalHead extends Omit<ResponseHead, 'type' | 'headers'> {
  /** The header section, in any shape that a handler may give it. */
  readonly headers: FieldsInit
}

/** What a final response hangs on besides its own head. */
export interface ResponseContext {
  /** The version of the request; where it could not be read the oldest one, because nothing is known of the client. */
  readonly version: Version
  /** The method of the request, as far as it could be read. */
  readonly method: string | undefined
  /** Whether the connection is to outlive the response. */
  readonly isPersistent: boolean
  /** The Date, where there is a clock. */
  readonly date: string | undefined
}

/**
 * A final response. What its head does not say of the date, of the length of its body and of the life of the connection is added
 * (RFC 9110 §6.6.1, RFC 9112 §6.3, §9.3).
 */
export function writeResponse(head: FinalHead, context: ResponseContext): WrittenResponse {
  demand(head.status >= 200, 'HTTP_SEND_START', 'a final response has a status of 200 or more')
  const fields = writeFields(head.headers)
  if (lastResponse !== undefined && isLike(lastResponse, head, context, fields)) return lastResponse.written
  const written = writeHead(head, context, fields)
  // Not the head itself: it is its maker's, who may write another one into it.
  const { status, reason, length } = head
  if (fields === lastSection) lastResponse = { ...context, status, reason, length, fields, written }
  return written
}

/** The response that was written last, with all that it hangs on. */
let lastResponse: LastResponse | undefined

interface LastResponse extends ResponseContext {
  readonly status: number
  readonly reason: string | undefined
  readonly length: number | undefined
  readonly fields: WrittenFields
  readonly written: WrittenResponse
}

/** Whether a response is that one once more. */
function isLike(last: LastResponse, head: FinalHead, context: ResponseContext, fields: WrittenFields): boolean {
  return (
    last.fields === fields &&
    last.status === head.status &&
    last.reason === head.reason &&
    last.length === head.length &&
    last.version === context.version &&
    last.method === context.method &&
    last.isPersistent === context.isPersistent &&
    last.date === context.date
  )
}

function writeHead(head: FinalHead, context: ResponseContext, fields: WrittenFields): WrittenResponse {
  const { method = 'GET', version, date } = context
  const { framing, line } = responseFraming(head, method, version, fields)
  const isLast = !context.isPersistent || fields.options.includes('close') || framing.kind === 'close'
  let own = line
  if (date !== undefined && (fields.bits & DATE) === 0) own += `Date: ${date}\r\n`
  if (framing.kind !== 'tunnel') own += connectionLine(isLast, version, fields.options)
  const text = `${statusLine(head.status, head.reason)}${fields.text}${own}\r\n`
  return { text, framing, isLast }
}

/** What the peer has to be told about the life of the connection: that it ends, or to one of HTTP/1.0 that it does not. */
function connectionLine(isLast: boolean, version: Version, options: readonly string[]): string {
  if (isLast) return options.includes('close') ? '' : 'Connection: close\r\n'
  return version === '1.1' || options.includes('keep-alive') ? '' : 'Connection: keep-alive\r\n'
}

interface ResponseFraming {
  readonly framing: Framing
  /** The field line that says so, where the head does not. */
  readonly line: string
}

/** The framing of a response. */
function responseFraming(head: FinalHead, method: string, version: Version, fields: WrittenFields): ResponseFraming {
  const { status, length } = head
  // Nearly always the length is known, nothing is said about it, and nothing is odd about the method or the status.
  const isPlain = (fields.bits & FRAMING) === 0 && isLength(length) && isFramedByItself(method, status)
  return isPlain ? knownLength(length) : decidedFraming(head, method, version, fields)
}

/** Whether neither the method of the request nor the status has a say in how the response is framed. */
function isFramedByItself(method: string, status: number): boolean {
  return method !== 'HEAD' && method !== 'CONNECT' && status !== 204 && status !== 205 && status !== 304
}

function isLength(length: number | undefined): length is number {
  return Number.isSafeInteger(length) && (length as number) >= 0
}

function knownLength(length: number): ResponseFraming {
  const framing: Framing = length === 0 ? NO_CONTENT : { kind: 'length', length }
  return { framing, line: `Content-Length: ${length}\r\n` }
}

/** The framing of a response of any kind, by the rules that its reader goes by. */
function decidedFraming(head: FinalHead, method: string, version: Version, fields: WrittenFields): ResponseFraming {
  const { status, length } = head
  const { bits, codings } = fields
  const isBare = status === 204 || (method === 'CONNECT' && status < 300)
  demand(!isBare || (bits & FRAMING) === 0, 'HTTP_SEND_FRAMING', 'this response has no framing fields')
  demand(codings.length === 0 || version === '1.1', 'HTTP_SEND_FRAMING', 'HTTP/1.0 has no transfer codings')
  const added = (bits & FRAMING) === 0 && !isBare && status !== 304 && length !== undefined ? [String(length)] : []
  const lengths = added.length > 0 ? added : fields.lengths
  // What is said of a body that is not sent (HEAD, 304) has to be true of the one that is not.
  const described = responseRule({ method: 'GET', status: 200, lengths, codings })
  const framing = responseRule({ method, status, lengths, codings })
  if (status === 205) {
    // "A server MUST NOT generate content in a 205 response": it says so, instead of leaving it to the end of the connection.
    demand(described.kind === 'none' || described.kind === 'close', 'HTTP_SEND_FRAMING', '205 has no content')
    return { framing: NO_CONTENT, line: (bits & FRAMING) === 0 ? 'Content-Length: 0\r\n' : '' }
  }
  if (added.length > 0) return { framing, line: `Content-Length: ${added[0]}\r\n` }
  if (framing.kind !== 'close' || version === '1.0') return { framing, line: '' }
  return { framing: CHUNKED, line: 'Transfer-Encoding: chunked\r\n' }
}

function responseRule(message: Pick<FramedMessage, 'method' | 'status' | 'lengths' | 'codings'>): Framing {
  const { method, status, lengths, codings } = message
  return demandFraming(decideFraming({ role: 'response', minor: 1, method, status, lengths, codings }, RULES))
}

const FRAMING = CONTENT_LENGTH | TRANSFER_ENCODING
const NO_CONTENT: Framing = Object.freeze({ kind: 'none' })
const CHUNKED: Framing = Object.freeze({ kind: 'chunked' })
const RULES = { leniency: STRICT, limits: { maxBodyBytes: Number.MAX_SAFE_INTEGER } }

/**
 *     status-line = HTTP-version SP status-code SP [ reason-phrase ]
 *
 * The space stands there before an absent reason too. RFC 9112 §4.
 */
function statusLine(status: number, reason?: string): string {
  if (reason !== undefined) return writeStatusLine(status, reason)
  return (STATUS_LINES[status] ??= writeStatusLine(status, reasonOf(status)))
}

function writeStatusLine(status: number, reason: string): string {
  const isStatus = Number.isInteger(status) && status >= 100 && status <= 999
  demand(isStatus && isReason(reason), 'HTTP_SEND_START', 'the status or its reason cannot be written')
  return `HTTP/1.1 ${status} ${reason}\r\n`
}

/** Status lines with the standard reason, by their status, each made when it is first written. */
const STATUS_LINES = new Array<string | undefined>(1000)

function demandFraming(framing: Framing | HttpErrorCode): Framing {
  if (typeof framing === 'string') throw localError('HTTP_SEND_FRAMING', ERRORS[framing].text)
  return framing
}

function demand(isMet: boolean, code: HttpErrorCode, detail: string): void {
  if (!isMet) throw localError(code, detail)
}
