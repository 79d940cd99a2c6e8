/**
 * What a client is given to send: addresses and content as a person has them, made ready before anything is said to the server, so that a
 * message which cannot be sent is an error and not half a transaction.
 *
 * Content that is there as a whole is measured: its size in canonical lines (RFC 1870 §5), and whether it has octets above 0x7F. Of
 * content that comes in pieces neither is known, unless the caller says so.
 */
import { isAscii } from 'node:buffer'
import { parseAddress, writePath } from './address.ts'
import type { Path, ReversePath } from './address.ts'
import { DotEncoder } from './data.ts'
import { localError } from './errors.ts'
import { sizeLimit } from './extensions.ts'
import type { Capabilities } from './extensions.ts'
import type { ContentPolicy } from './limits.ts'
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
  /** How content that comes in pieces is declared. Default `8BITMIME` where the server offers it. */
  readonly body?: '7BIT' | '8BITMIME'
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
}

/**
 * Makes a message ready for a server that offers this. Throws an `SmtpError` of our side: `SMTP_SEND_PATH` for an address that is none
 * or that is not ASCII, `SMTP_RECIPIENTS_NONE`, `SMTP_BARE_CR`, `SMTP_BARE_LF` and `SMTP_NUL` where the policy refuses the content,
 * `SMTP_NOT_OFFERED` for octets above 0x7F without 8BITMIME and for a parameter of an extension that is not there,
 * `SMTP_SEND_PARAMETER` for one that cannot be written, `SMTP_MESSAGE_TOO_BIG` for more than the server takes.
 */
export function prepare(message: OutgoingMessage, offered: Capabilities, policy: ContentPolicy): PreparedMessage {
  const from = typeof message.from === 'string' ? parseAddress(message.from) : message.from
  if (from === undefined || writePath(from) === undefined) throw localError('SMTP_SEND_PATH', 'from')
  const to = recipients(message.to)
  if (to.length === 0) throw localError('SMTP_RECIPIENTS_NONE')
  const { body, size, ...content } = contentOf(message, offered, policy)
  const parameters = { ...parametersFor(offered, body, size), ...message.parameters }
  // Whatever cannot be written is found out now, and not between two commands.
  writeCommand({ type: 'mail', path: from, parameters }, offered)
  for (const recipient of to) writeCommand({ type: 'rcpt', ...recipient }, offered)
  return { from, to, parameters, ...content }
}

/** Content, and what has to be said of it. */
interface PreparedContent extends Pick<PreparedMessage, 'pieces' | 'source'> {
  readonly body: '7BIT' | '8BITMIME'
  readonly size: number | undefined
}

function contentOf(message: OutgoingMessage, offered: Capabilities, policy: ContentPolicy): PreparedContent {
  const content = typeof message.message === 'string' ? Buffer.from(message.message) : message.message
  if (!(content instanceof Uint8Array)) {
    const body = message.body ?? (offered.has('8BITMIME') ? '8BITMIME' : '7BIT')
    return { body, size: message.size, pieces: octets(content), source: 'stream' }
  }
  const body = isAscii(content) ? '7BIT' : '8BITMIME'
  return { body, size: canonicalSize(content, policy), pieces: [content], source: 'whole' }
}

function recipients(to: OutgoingMessage['to']): PreparedRecipient[] {
  const all = isOne(to) ? [to] : to
  return all.map((recipient, index) => {
    const { address, parameters = {} } =
      typeof recipient === 'object' && 'address' in recipient ? recipient : { address: recipient }
    const path = typeof address === 'string' ? parseAddress(address) : address
    const written = path === undefined || path === null ? undefined : writePath(path)
    if (path === undefined || path === null || written === undefined) throw localError('SMTP_SEND_PATH', `to ${index}`)
    return { path, address: written.slice(1, -1), parameters }
  })
}

function isOne(to: OutgoingMessage['to']): to is Addressee {
  return typeof to === 'string' || 'localPart' in to || 'address' in to
}

/** The parameters of MAIL that the server knows and the message needs. */
function parametersFor(offered: Capabilities, body: '7BIT' | '8BITMIME', size: number | undefined): Parameters {
  if (body === '8BITMIME' && !offered.has('8BITMIME')) throw localError('SMTP_NOT_OFFERED', '8BITMIME')
  if (size !== undefined && size > (sizeLimit(offered) ?? size)) throw localError('SMTP_MESSAGE_TOO_BIG')
  return {
    ...(size !== undefined && offered.has('SIZE') && { SIZE: size }),
    ...(body === '8BITMIME' && { BODY: body }),
  }
}

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
