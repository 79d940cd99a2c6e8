/**
 * Replies: three digits for the machine, an enhanced status code for the diagnosis, lines of text for people (RFC 5321 §4.2, RFC
 * 2034). Here they are made and told apart; `parser.ts` reads them and `writer.ts` writes them.
 *
 * The code's first digit is all that a client acts on (§4.3.2), so it has names here.
 */
import { byteClass } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import { NetError, ReplyError } from '../net/errors.ts'
import { errorRow } from './errors.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Fault, Reply } from './events.ts'
import type { Delivery, Known } from './fate.ts'

/** What the first digit of a reply's code says (RFC 5321 §4.2.1). */
export type Severity = 'success' | 'intermediate' | 'transient' | 'permanent'

const SEVERITIES: readonly (Severity | undefined)[] = [
  undefined,
  undefined,
  'success',
  'intermediate',
  'transient',
  'permanent',
]

/** What kind of answer a reply is, by its first digit. A code that cannot be on the wire is `permanent`: the safe side. */
export function severity(reply: Reply): Severity {
  return SEVERITIES[Math.floor(reply.code / 100)] ?? 'permanent'
}

/** Whether a reply says yes: 2yz. */
export function isSuccess(reply: Reply): boolean {
  return severity(reply) === 'success'
}

/** Whether a reply says no, for now or for good: 4yz or 5yz. */
export function isRefusal(reply: Reply): boolean {
  return !isSuccess(reply) && severity(reply) !== 'intermediate'
}

/** A reply, as it is. The text is sent as it stands, and what cannot be sent is refused by `writeReply`. */
export function reply(code: number, enhanced: string | undefined, ...text: readonly string[]): Reply {
  return { type: 'reply', code, ...(enhanced !== undefined && { enhanced }), text: text.length === 0 ? [''] : text }
}

/** A reply that never changes, whose octets are made but once (`writeReply`). */
export function constant(code: number, enhanced: string | undefined, text: string): Reply {
  return Object.freeze({ ...reply(code, enhanced), text: Object.freeze([text]) })
}

/** The same without an enhanced status code, for a session that does not have them. */
export function withoutEnhanced({ type, code, text }: Reply): Reply {
  return { type, code, text }
}

/** The refusal that goes with an error of the table. */
export function refusalFor(code: SmtpErrorCode): Reply {
  const { hint = 421, enhanced, text } = errorRow(code)
  return reply(hint, enhanced, text)
}

/** The event that says so. */
export function faultOf(code: SmtpErrorCode): Fault {
  return { type: 'fault', code, reply: refusalFor(code) }
}

/**
 * A refusal by a handler, to be returned or thrown:
 *
 *     rcpt: ({ path }) => path.domain === 'example.test' || refuse(550, '5.1.1', 'No such mailbox')
 */
export class Refusal extends NetError {
  /** What is answered. */
  readonly reply: Reply

  constructor(refusal: Reply) {
    super('SMTP_REFUSED', `${refusal.code} ${refusal.text.join(' ')}`)
    this.reply = refusal
  }
}

/** Octets of text that fit on a line of 512 with code, separator, the longest enhanced code and CRLF (RFC 5321 §4.5.3.1.5). */
const MAX_TEXT = 490

/** HT, SP and printable ASCII. */
const TEXTSTRING: ByteClass = byteClass('\t', [0x20, 0x7e])

/**
 * Makes a refusal. `text` may be anything, a mailbox's name or an error's message: what a reply cannot carry is replaced, lines of it
 * become lines of the reply, and long ones are cut. Throws a `RangeError` where the code is none of 4yz and 5yz.
 */
export function refuse(code: number, enhanced: string | undefined, text = ''): Refusal {
  if (!Number.isInteger(code) || code < 400 || code > 559) throw new RangeError(`${code} is no refusal`)
  return new Refusal(reply(code, enhanced, ...presentable(text)))
}

/** Any text as lines that a reply may have. */
export function presentable(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map((line) => replaceUnprintable(line).slice(0, MAX_TEXT))
}

/** The text with `?` for each character that is no printable ASCII: what a terminal or a log may show of a peer's words. */
function replaceUnprintable(text: string): string {
  return Array.from(text, (character) => (TEXTSTRING[character.charCodeAt(0)] === 1 ? character : '?')).join('')
}

/** A refusal that a client met: `reply` is the server's, `command` what it answers. */
export class SmtpReplyError extends ReplyError<Reply> implements Known {
  /** What was refused: a command's verb, `greeting`, or `message` for what was answered to its end. */
  readonly command: string
  /** Nobody: had the server taken the message for anybody, that would be a result. */
  readonly accepted: readonly Delivery[] = []
  /** What became of recipients, where they were refused before: each with what was said to it. */
  readonly refused: readonly Delivery[]
  /** Of all others the server has not heard, or it has forgotten them. */
  readonly fate = 'unsent'

  constructor(command: string, refused: Reply, recipients: readonly Delivery[] = []) {
    const said = [refused.code, refused.enhanced, presentable(refused.text.join(' '))]
    super(
      'SMTP_REPLY',
      `The server answered ${command} with ${said.filter((part) => part !== undefined).join(' ')}`,
      refused,
    )
    this.command = command
    this.refused = recipients
  }

  /** Whether the same may succeed later: 4yz (RFC 5321 §4.2.1). */
  get isTransient(): boolean {
    return severity(this.reply) === 'transient'
  }
}
