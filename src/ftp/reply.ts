/**
 * Replies: three digits and text, on one line or several (RFC 959 §4.2).
 *
 *     226 Transfer complete                 211-Features:
 *                                            MDTM
 *                                            SIZE
 *                                           211 End
 *
 * A reply on several lines ends at the first line that begins with the same code and a space; whatever stands between, a line
 * with another code too, is text. So one that is written must have no such line in it: the writer refuses it.
 *
 * The reader takes octet strings (see `text.ts`) line by line; what it makes of the stream stands in `parser.ts`.
 */
import { DIGIT } from '../net/ascii.ts'
import { ReplyError } from '../net/errors.ts'
import { FtpError, FtpLimitError, localError } from './errors.ts'
import type { Reply, ReplyText } from './events.ts'
import type { Limits } from './limits.ts'
import { decodeOctets, encodeText } from './text.ts'
import { doubleIac } from './telnet.ts'

/** What the first digit says (RFC 959 §4.2). */
export type ReplyClass = 'preliminary' | 'completion' | 'intermediate' | 'transientNegative' | 'permanentNegative'

/** What the first digit of a code says. */
export function classOf(code: number): ReplyClass {
  if (code < 200) return 'preliminary'
  if (code < 300) return 'completion'
  if (code < 400) return 'intermediate'
  return code < 500 ? 'transientNegative' : 'permanentNegative'
}

/** Whether the reply refuses: 4yz or 5yz. */
export function isNegative(reply: ReplyText): boolean {
  return reply.code >= 400
}

/** Puts lines together to replies. */
export class ReplyReader {
  readonly #limits: Limits
  #state: 'first' | 'inner' = 'first'
  /** The code of the reply that has begun, as it stands at the head of its last line. */
  #code = ''
  #digit = 0
  #lines: string[] = []
  #bytes = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Whether a reply has begun and not ended: what a FIN would cut in two. */
  get isMidReply(): boolean {
    return this.#state === 'inner'
  }

  /**
   * Takes the next line, without its line end: the reply that it completes, or `undefined` where that goes on. `isPlain` says
   * that the line is known to be ASCII without NUL. Throws `FtpError`.
   */
  next(line: string, isPlain: boolean): ReplyText | undefined {
    return this.#state === 'first' ? this.#readFirst(line, isPlain) : this.#readInner(line, isPlain)
  }

  /**
   *     first = code SP text / code "-" text        ; code = %x31-35 2DIGIT
   *
   * Deviation: a code alone is taken for one with an empty text; nothing else can be meant, and several servers send it.
   */
  #readFirst(line: string, isPlain: boolean): ReplyText | undefined {
    const first = line.charCodeAt(0) - 0x30
    const isCode = first >= 1 && first <= 5 && isDigit(line.charCodeAt(1)) && isDigit(line.charCodeAt(2))
    const separator = line.charAt(3)
    if (!isCode || (separator !== ' ' && separator !== '-' && separator !== '')) throw new FtpError('FTP_REPLY_SYNTAX')
    const text = readText(line.slice(4), isPlain)
    if (separator !== '-') return { code: codeOf(line), lines: [text] }
    this.#state = 'inner'
    this.#code = line.slice(0, 3)
    this.#digit = line.charCodeAt(0)
    this.#lines = [text]
    this.#bytes = line.length
    return undefined
  }

  /** Every line behind the first: the last one, or text. */
  #readInner(line: string, isPlain: boolean): ReplyText | undefined {
    const { maxReplyLines, maxReplyBytes } = this.#limits
    this.#bytes += line.length
    if (this.#lines.length >= maxReplyLines)
      throw new FtpLimitError('FTP_REPLY_TOO_LONG', 'maxReplyLines', maxReplyLines)
    if (this.#bytes > maxReplyBytes) throw new FtpLimitError('FTP_REPLY_TOO_LONG', 'maxReplyBytes', maxReplyBytes)
    // Most lines are told from the last one by their first character.
    const isLast =
      line.charCodeAt(0) === this.#digit && line.startsWith(this.#code) && (line.length === 3 || line[3] === ' ')
    this.#lines.push(readText(isLast ? line.slice(4) : line, isPlain))
    if (!isLast) return undefined
    this.#state = 'first'
    return { code: codeOf(line), lines: this.#lines }
  }
}

/** Text as it was meant: CR NUL is CR (RFC 854), octets are text. A NUL that stands for nothing is no text. */
function readText(octets: string, isPlain: boolean): string {
  if (isPlain) return octets
  const text = octets.replaceAll('\r\0', '\r')
  if (text.includes('\0')) throw new FtpError('FTP_REPLY_NUL')
  return decodeOctets(text)
}

function codeOf(line: string): number {
  return line.charCodeAt(0) * 100 + line.charCodeAt(1) * 10 + line.charCodeAt(2) - 0x30 * 111
}

function isDigit(unit: number): boolean {
  return DIGIT[unit] === 1
}

// oxlint-disable-next-line no-control-regex -- exactly these control characters are meant
const UNWRITABLE = /[\0\r\n]/

/**
 * The octets of a reply. Throws an `FtpError` with side `local` where they would not be read back as this reply: a line with CR,
 * LF or NUL in it (A9: a name from a disk may have them), an inner line that begins like a reply, no line at all.
 */
export function writeReply({ code, lines }: ReplyText): Buffer {
  const last = lines.length - 1
  let text = ''
  for (const [index, line] of lines.entries()) {
    const isInner = index > 0 && index < last
    if (UNWRITABLE.test(line) || (isInner && /^[0-9]{3}/.test(line))) throw localError('FTP_REPLY_TEXT')
    text += isInner ? `${line}\r\n` : `${code}${index === last ? ' ' : '-'}${line}\r\n`
  }
  const bytes = encodeText(text)
  if (bytes === undefined || last < 0 || code < 100 || code > 599) throw localError('FTP_REPLY_TEXT')
  return doubleIac(bytes)
}

/** The server refused a command with a well-formed reply: 4yz for now, 5yz for good. */
export class FtpReplyError extends ReplyError<Reply> {
  constructor(reply: Reply) {
    super('FTP_REFUSED', `${reply.to}: ${reply.code} ${reply.lines[0] ?? ''}`, reply)
  }

  /** Whether the same command may succeed later, as it is (RFC 959 §4.2: 4yz). */
  get isTransient(): boolean {
    return this.reply.code < 500
  }
}
