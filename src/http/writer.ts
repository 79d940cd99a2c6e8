/**
 * The serializer, the parser's mirror: what it writes, our own strict parser reads back as the same event, and so does everybody
 * else. Names, values, targets and reasons are checked octet by octet, so that no CR, LF or NUL of a handler's making can
 * end a line that it should not (response splitting, RFC 9112 §11.1). It throws `HttpError`s of side `local` and then has written
 * nothing. Whether something may be sent now is for `machine.ts`.
 */
import { lowerAscii } from '../net/ascii.ts'
import { ERRORS, localError } from './errors.ts'
import type { HttpErrorCode } from './errors.ts'
import type { Informational, ReceivedRequest, RequestHead, ResponseHead, Version } from './events.ts'
import type { FieldLines } from './fields.ts'
import { decideFraming } from './framing.ts'
import type { Framing } from './framing.ts'
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

/** The field lines of a section, checked. */
export function writeFields(lines: FieldLines): WrittenFields {
  let text = ''
  let bits = 0
  let host: string | undefined
  let upgrade: string | undefined
  let expect: string | undefined
  let te: string | undefined
  const lengths: string[] = []
  const codings: string[] = []
  const options: string[] = []
  for (const [name, value] of lines) {
    if (!isToken(name)) throw localError('HTTP_SEND_FIELD', 'a name is not a token')
    if (!isFieldValue(value)) throw localError('HTTP_SEND_FIELD', `the value of ${name} is not a field value`)
    text += `${name}: ${value}\r\n`
    const bit = bitOf(name)
    bits |= bit | ((bits & bit) << REPEATED)
    if (bit === HOST) host = value
    else if (bit === UPGRADE) upgrade = value
    else if (bit === EXPECT) expect = value
    else if (bit === CONTENT_LENGTH) lengths.push(value)
    else if (bit === TRANSFER_ENCODING) codings.push(value)
    else if (bit === CONNECTION) options.push(...optionsIn(value))
    else if (bit === TE) te = value
  }
  return { text, bits, lengths, codings, options, host, upgrade, expect, te }
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

/** A head as octets, and what it decides. */
export interface WrittenHead {
  /** The head. */
  readonly slices: Slices
  /** How the body has to be framed. */
  readonly framing: Framing
  /** Whether no other message may follow in this direction: `close` was said, or the body ends with the connection. */
  readonly isLast: boolean
}

/** A request head as octets, and what it decides. */
export interface WrittenRequest extends WrittenHead {
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
export function writeResponse(head: ResponseHead, context: ResponseContext): WrittenHead {
  demand(head.status >= 200, 'HTTP_SEND_START', 'a final response has a status of 200 or more')
  const { method = 'GET', version, date } = context
  const fields = writeFields(head.headers)
  const { framing, line } = responseFraming(head, method, version, fields)
  const isLast = !context.isPersistent || fields.options.includes('close') || framing.kind === 'close'
  let own = line
  if (date !== undefined && (fields.bits & DATE) === 0) own += `Date: ${date}\r\n`
  if (framing.kind !== 'tunnel') own += connectionLine(isLast, version, fields.options)
  const text = `${statusLine(head.status, head.reason)}${fields.text}${own}\r\n`
  return { slices: [Buffer.from(text, 'latin1')], framing, isLast }
}

/** What the peer has to be told about the life of the connection: that it ends, or to one of HTTP/1.0 that it does not. */
function connectionLine(isLast: boolean, version: Version, options: readonly string[]): string {
  if (isLast) return options.includes('close') ? '' : 'Connection: close\r\n'
  return version === '1.1' || options.includes('keep-alive') ? '' : 'Connection: keep-alive\r\n'
}

/** The framing of a response, and the field line that says so where the head does not. */
function responseFraming(
  { status, length }: ResponseHead,
  method: string,
  version: Version,
  { bits, lengths, codings }: WrittenFields,
): { readonly framing: Framing; readonly line: string } {
  const isBare = status === 204 || (method === 'CONNECT' && status < 300)
  demand(!isBare || (bits & FRAMING) === 0, 'HTTP_SEND_FRAMING', 'this response has no framing fields')
  demand(codings.length === 0 || version === '1.1', 'HTTP_SEND_FRAMING', 'HTTP/1.0 has no transfer codings')
  const added = (bits & FRAMING) === 0 && !isBare && status !== 304 && length !== undefined ? [String(length)] : []
  const message = { role: 'response', minor: 1, lengths: [...lengths, ...added], codings } as const
  // What is said of a body that is not sent (HEAD, 304) has to be true of the one that is not.
  const described = demandFraming(decideFraming({ ...message, method: 'GET', status: 200 }, RULES))
  const framing = demandFraming(decideFraming({ ...message, method, status }, RULES))
  if (status === 205) {
    // "A server MUST NOT generate content in a 205 response": it says so, instead of leaving it to the end of the connection.
    demand(described.kind === 'none' || described.kind === 'close', 'HTTP_SEND_FRAMING', '205 has no content')
    return { framing: NO_CONTENT, line: (bits & FRAMING) === 0 ? 'Content-Length: 0\r\n' : '' }
  }
  if (added.length > 0) return { framing, line: `Content-Length: ${added[0]}\r\n` }
  if (framing.kind !== 'close' || version === '1.0') return { framing, line: '' }
  return { framing: CHUNKED, line: 'Transfer-Encoding: chunked\r\n' }
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
function statusLine(status: number, reason: string = reasonOf(status)): string {
  const isStatus = Number.isInteger(status) && status >= 100 && status <= 999
  demand(isStatus && isReason(reason), 'HTTP_SEND_START', 'the status or its reason cannot be written')
  return `HTTP/1.1 ${status} ${reason}\r\n`
}

function demandFraming(framing: Framing | HttpErrorCode): Framing {
  if (typeof framing === 'string') throw localError('HTTP_SEND_FRAMING', ERRORS[framing].text)
  return framing
}

function demand(isMet: boolean, code: HttpErrorCode, detail: string): void {
  if (!isMet) throw localError(code, detail)
}
