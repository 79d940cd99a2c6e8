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

/** Content: text is sent as UTF-8. */
export type MessageContent = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/** A message to send. */
export interface OutgoingMessage {
  /** The sender: `a@x.test`; the empty text or `null` where nobody wants to hear of it. */
  readonly from: string | ReversePath
  /** The recipients, one or several. */
  readonly to: string | Path | readonly (string | Path)[]
  /** The message, header and all. */
  readonly message: MessageContent
  /** How content that comes in pieces is declared. Default `8BITMIME` where the server offers it. */
  readonly body?: '7BIT' | '8BITMIME'
  /** The size of content that comes in pieces, in octets with CRLFs, where it is known. */
  readonly size?: number
  /** Gives up: the connection is cut, since a message that has begun cannot be taken back otherwise. */
  readonly signal?: AbortSignal
}

/** A message that is ready to be sent. */
export interface PreparedMessage {
  /** The sender. */
  readonly from: ReversePath
  /** The recipients, each with its address as it will be sent. */
  readonly to: readonly { readonly path: Path; readonly address: string }[]
  /** The parameters of MAIL. */
  readonly parameters: Parameters
  /** The content, in pieces. */
  readonly pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

/**
 * Makes a message ready for a server that offers this. Throws an `SmtpError` of our side: `SMTP_SEND_PATH` for an address that is none
 * or that is not ASCII, `SMTP_RECIPIENTS_NONE`, `SMTP_BARE_CR`, `SMTP_BARE_LF` and `SMTP_NUL` where the policy refuses the content,
 * `SMTP_NOT_OFFERED` for octets above 0x7F without 8BITMIME, `SMTP_MESSAGE_TOO_BIG` for more than the server takes.
 */
export function prepare(message: OutgoingMessage, offered: Capabilities, policy: ContentPolicy): PreparedMessage {
  const from = typeof message.from === 'string' ? parseAddress(message.from) : message.from
  if (from === undefined || writePath(from) === undefined) throw localError('SMTP_SEND_PATH', 'from')
  const to = recipients(message.to)
  if (to.length === 0) throw localError('SMTP_RECIPIENTS_NONE')
  const content = typeof message.message === 'string' ? Buffer.from(message.message) : message.message
  if (!(content instanceof Uint8Array)) {
    const body = message.body ?? (offered.has('8BITMIME') ? '8BITMIME' : '7BIT')
    return { from, to, parameters: parametersFor(offered, body, message.size), pieces: octets(content) }
  }
  const body = isAscii(content) ? '7BIT' : '8BITMIME'
  return { from, to, parameters: parametersFor(offered, body, canonicalSize(content, policy)), pieces: [content] }
}

function recipients(to: OutgoingMessage['to']): { readonly path: Path; readonly address: string }[] {
  const all = typeof to === 'string' || 'localPart' in to ? [to] : to
  return all.map((recipient, index) => {
    const path = typeof recipient === 'string' ? parseAddress(recipient) : recipient
    const written = path === undefined || path === null ? undefined : writePath(path)
    if (path === undefined || path === null || written === undefined) throw localError('SMTP_SEND_PATH', `to ${index}`)
    return { path, address: written.slice(1, -1) }
  })
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
