/**
 * What a client is given to send: addresses and content as a person has them, made ready before anything is said to the server, so that a
 * message which cannot be sent is an error and not half a transaction.
 *
 * Content that is there as a whole is measured: its size in canonical lines (RFC 1870 §5), and whether it has octets above 0x7F. Of
 * content that comes in pieces neither is known, unless the caller says so.
 */
import { isAscii } from 'node:buffer'
import { asBuffer } from '../net/bytes.ts'
import { parseAddress, writePath } from './address.ts'
import type { Path, ReversePath } from './address.ts'
import { DotEncoder } from './data.ts'
import { localError } from './errors.ts'
import { deliverByMinimum, futureReleaseLimits, sizeLimit } from './extensions.ts'
import type { Capabilities } from './extensions.ts'
import type { ContentPolicy } from './limits.ts'
import type { Body } from './parameter-values.ts'
import type { Parameters } from './parameters.ts'
import { writeCommand } from './writer.ts'

/** Content: text is sent as UTF-8. */
export type MessageContent = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/** A message to send. */
export interface OutgoingMessage {
  /** The sender: `a@x.test`; the empty text or `null` where nobody wants to hear of it. */
  readonly from: string | ReversePath
  /** The recipients, one or several. */
  readonly to: Addressee | readonly Addressee[]
  /** The message, header and all. */
  readonly message: MessageContent
  /**
   * How content that comes in pieces is declared; default `8BITMIME` where the server offers it. Any content can be declared as
   * `BINARYMIME`: it is sent octet by octet then, whatever its lines are (RFC 3030 §3).
   */
  readonly body?: Body
  /** The size of content that comes in pieces, in octets with CRLFs, where it is known. */
  readonly size?: number
  /** What else MAIL is to say, in the words of the extensions: `{ RET: 'HDRS' }`. What the server does not offer is refused here. */
  readonly parameters?: Parameters
  /** Told of all octets of content so far, with each piece that is handed over. */
  readonly onProgress?: (bytes: number) => void
  /** Gives up: the connection is cut, since a message that has begun cannot be taken back otherwise. */
  readonly signal?: AbortSignal
}

/** A recipient: an address, or one with what its RCPT is to say besides. */
export type Addressee = string | Path | OutgoingRecipient

/** A recipient with parameters. */
export interface OutgoingRecipient {
  /** The address. */
  readonly address: string | Path
  /** What else RCPT is to say, in the words of the extensions: `{ NOTIFY: ['FAILURE'] }`. */
  readonly parameters?: Parameters
}

/** A recipient that is ready. */
export interface PreparedRecipient {
  /** The mailbox. */
  readonly path: Path
  /** The address as it is sent. */
  readonly address: string
  /** The parameters of RCPT. */
  readonly parameters: Parameters
}

/** A message that is ready to be sent. */
export interface PreparedMessage {
  /** The sender. */
  readonly from: ReversePath
  /** The recipients, in order. */
  readonly to: readonly PreparedRecipient[]
  /** The parameters of MAIL. */
  readonly parameters: Parameters
  /** The content, in pieces. */
  readonly pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  /** Whether the content is there as a whole, so that it can be sent more than once. */
  readonly source: 'whole' | 'stream'
  /** What becomes of bare CRs, bare LFs and NULs in it. */
  readonly policy: ContentPolicy
  /** How it is sent: with DATA, or in chunks with BDAT. */
  readonly framing: 'dots' | 'chunks'
}

/** What a message is made ready for. */
export interface Circumstances {
  /** What the server offers. */
  readonly offered: Capabilities
  /** How far it can be trusted to be the one that was meant. */
  readonly security: 'none' | 'unverified' | 'verified'
  /** What becomes of bare CRs, bare LFs and NULs. */
  readonly content: ContentPolicy
  /** Whether content may go in chunks. */
  readonly chunking: 'whenOffered' | 'never'
}

/**
 * Makes a message ready. Throws an `SmtpError` of our side: `SMTP_SEND_PATH` for an address that is none, `SMTP_RECIPIENTS_NONE`, `SMTP_BARE_CR`,
 * `SMTP_BARE_LF` and `SMTP_NUL` where the policy refuses the content, `SMTP_NOT_OFFERED` where it needs an extension that is not there,
 * `SMTP_SEND_PARAMETER` for a parameter that cannot be written, `SMTP_MESSAGE_TOO_BIG`, `SMTP_DELIVER_BY` and `SMTP_HOLD_TOO_LONG`
 * for more than the server takes, `SMTP_SEND_REQUIRETLS` where the connection is not what that needs.
 */
export function prepare(message: OutgoingMessage, circumstances: Circumstances): PreparedMessage {
  const { offered, chunking } = circumstances
  const from = typeof message.from === 'string' ? parseAddress(message.from, 'utf8') : message.from
  if (from === undefined || writePath(from, 'utf8') === undefined) throw localError('SMTP_SEND_PATH', 'from')
  const to = recipients(message.to)
  if (to.length === 0) throw localError('SMTP_RECIPIENTS_NONE')
  const { body, size, isInternational, ...content } = contentOf(message, circumstances)
  const isUtf8 = isInternational || [from, ...to.map(({ path }) => path)].some(hasUtf8)
  const parameters = { ...parametersFor(offered, { body, size, isUtf8 }), ...message.parameters }
  demandSupport(parameters, circumstances)
  // Whatever cannot be written is found out now, and not between two commands.
  writeCommand({ type: 'mail', path: from, parameters }, offered)
  const charset = parameters.SMTPUTF8 === true ? 'utf8' : 'ascii'
  for (const { path, parameters } of to) writeCommand({ type: 'rcpt', path, parameters }, offered, charset)
  const isBinary = parameters.BODY === 'BINARYMIME'
  const framing = isBinary || (chunking === 'whenOffered' && offered.has('CHUNKING')) ? 'chunks' : 'dots'
  return { from, to, parameters, framing, policy: circumstances.content, ...content }
}

/** Content, and what has to be said of it. */
interface PreparedContent extends Pick<PreparedMessage, 'pieces' | 'source'> {
  readonly body: Body
  readonly size: number | undefined
  /** Whether its header has octets above 0x7F (RFC 6532). */
  readonly isInternational: boolean
}

function contentOf(message: OutgoingMessage, { offered, content: policy }: Circumstances): PreparedContent {
  const content = typeof message.message === 'string' ? Buffer.from(message.message) : message.message
  if (!(content instanceof Uint8Array)) {
    const body = message.body ?? (offered.has('8BITMIME') ? '8BITMIME' : '7BIT')
    return { body, size: message.size, pieces: octets(content), source: 'stream', isInternational: false }
  }
  const isPlain = isAscii(content)
  const body = message.body === 'BINARYMIME' ? message.body : isPlain ? '7BIT' : '8BITMIME'
  const size = body === 'BINARYMIME' ? content.length : canonicalSize(content, policy)
  return { body, size, pieces: [content], source: 'whole', isInternational: !isPlain && hasUtf8Header(content) }
}

function recipients(to: OutgoingMessage['to']): PreparedRecipient[] {
  const all = isOne(to) ? [to] : to
  return all.map((recipient, index) => {
    const { address, parameters = {} } =
      typeof recipient === 'object' && 'address' in recipient ? recipient : { address: recipient }
    const path = typeof address === 'string' ? parseAddress(address, 'utf8') : address
    const written = path === undefined || path === null ? undefined : writePath(path, 'utf8')
    if (path === undefined || path === null || written === undefined) throw localError('SMTP_SEND_PATH', `to ${index}`)
    return { path, address: written.slice(1, -1), parameters }
  })
}

function isOne(to: OutgoingMessage['to']): to is Addressee {
  return typeof to === 'string' || 'localPart' in to || 'address' in to
}

/** The parameters of MAIL that the server knows and the message needs. */
function parametersFor(
  offered: Capabilities,
  { body, size, isUtf8 }: { readonly body: Body; readonly size: number | undefined; readonly isUtf8: boolean },
): Parameters {
  if (isUtf8 && !offered.has('SMTPUTF8')) throw localError('SMTP_NOT_OFFERED', 'SMTPUTF8')
  return {
    ...(size !== undefined && offered.has('SIZE') && { SIZE: size }),
    ...(body !== '7BIT' && { BODY: body }),
    ...(isUtf8 && { SMTPUTF8: true }),
  }
}

/** Throws where what the message asks for is more than the server has said that it can do. */
function demandSupport(parameters: Parameters, { offered, security }: Circumstances): void {
  const { BODY, SIZE, BY, HOLDFOR, HOLDUNTIL, REQUIRETLS } = parameters
  if (BODY !== undefined && BODY !== '7BIT' && !offered.has('8BITMIME'))
    throw localError('SMTP_NOT_OFFERED', '8BITMIME')
  if (BODY === 'BINARYMIME' && !offered.has('CHUNKING')) throw localError('SMTP_NOT_OFFERED', 'CHUNKING')
  if (SIZE !== undefined && SIZE > (sizeLimit(offered) ?? SIZE)) throw localError('SMTP_MESSAGE_TOO_BIG')
  // RFC 8689 §4.2.1: over TLS, with a server that is known to be the right one.
  if (REQUIRETLS === true && security !== 'verified') throw localError('SMTP_SEND_REQUIRETLS')
  const minimum = deliverByMinimum(offered)
  if (BY?.mode === 'R' && BY.seconds < (minimum ?? 0)) throw localError('SMTP_DELIVER_BY')
  const longest = futureReleaseLimits(offered)
  const isTooLong = (HOLDFOR ?? 0) > (longest?.seconds ?? Infinity)
  if (isTooLong || (longest !== undefined && HOLDUNTIL !== undefined && isLater(HOLDUNTIL, longest.until))) {
    throw localError('SMTP_HOLD_TOO_LONG')
  }
}

function isLater(time: string, than: string): boolean {
  return Date.parse(time) > Date.parse(than)
}

function hasUtf8(path: ReversePath): boolean {
  return path !== null && !isAscii(Buffer.from(path.localPart + path.domain))
}

const LF = 0x0a
/** `field-name ":"`, or white space for a line that goes on with the field before (RFC 5322 §2.2). */
const FIELD = /^(?:[\x21-\x39\x3b-\x7e]+[ \t]*:|[ \t])/

/** Whether there are octets above 0x7F in the fields that content begins with. What comes behind the first line that is no field is body. */
function hasUtf8Header(content: Uint8Array): boolean {
  const bytes = asBuffer(content)
  let from = 0
  while (from < bytes.length) {
    const end = bytes.indexOf(LF, from)
    const line = bytes.subarray(from, end === -1 ? bytes.length : end + 1)
    if (!FIELD.test(line.toString('latin1', 0, MAX_FIELD_NAME))) return false
    if (!isAscii(line)) return true
    from += line.length
  }
  return false
}

/** Octets of a line in which the name of a field is looked for; more than a line may have (RFC 5322 §2.1.1). */
const MAX_FIELD_NAME = 1000

/** How many octets the content is as lines that end in CRLF. */
function canonicalSize(content: Uint8Array, policy: ContentPolicy): number {
  const encoder = new DotEncoder(policy)
  encoder.encode(content)
  encoder.end()
  return encoder.contentBytes
}

async function* octets(
  content: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of content) yield typeof piece === 'string' ? Buffer.from(piece) : piece
}
