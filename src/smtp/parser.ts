/**
 * Bytes to events, for both roles: a server's commands (`CommandParser`) and a client's replies (`ReplyParser`). Each reads from a
 * queue that its machine owns, one unit per call, and keeps nothing back that belongs to the next.
 *
 * The two treat a broken line differently, as the protocol does. A server answers it and goes on with the next line (RFC 5321
 * §4.3.2), so a fault is an event. A client cannot: the reply that it was waiting for has not come, and every later one would be
 * taken for another's, so a fault is thrown and is the end.
 *
 * Content is not lines: `data.ts` reads it from the same queue.
 */
import { CRLF } from '../net/ascii.ts'
import type { ByteQueue } from '../net/bytes.ts'
import { LineReader } from '../net/lines.ts'
import type { LineFault } from '../net/lines.ts'
import { isOtherProtocol, parseAuthLine, parseCommand } from './commands.ts'
import type { CommandContext } from './commands.ts'
import { SmtpError, SmtpLimitError } from './errors.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Command, Fault, Reply, Violation } from './events.ts'
import { enhancedCodeLength, parseReplyLine } from './grammar.ts'
import type { Leniency, Limits } from './limits.ts'
import { faultOf } from './reply.ts'
import { MAX_BASE64 } from './sasl/base64.ts'

const COMMAND_FAULTS: Readonly<Record<LineFault['fault'], SmtpErrorCode>> = {
  tooLong: 'SMTP_COMMAND_TOO_LONG',
  bareCr: 'SMTP_COMMAND_BARE_CR',
  bareLf: 'SMTP_COMMAND_BARE_LF',
}

const RESPONSE_FAULTS: Readonly<Record<LineFault['fault'], SmtpErrorCode>> = {
  ...COMMAND_FAULTS,
  tooLong: 'SMTP_AUTH_TOO_LONG',
}

/** Reads a client's commands. */
export class CommandParser {
  readonly #queue: ByteQueue
  readonly #lines: LineReader
  /** Lines of base64 are longer than commands may be (RFC 4954 §4). */
  readonly #responses: LineReader
  /** What was read behind a violation, while that is being told. */
  readonly #due: Command[] = []
  #lastLine = ''

  constructor(queue: ByteQueue, limits: Limits) {
    const { maxCommandLineBytes } = limits
    this.#queue = queue
    const strict = { bareLf: 'refuse', bareCr: 'refuse' } as const
    this.#lines = new LineReader(queue, { maxLineBytes: maxCommandLineBytes, ...strict })
    this.#responses = new LineReader(queue, { maxLineBytes: MAX_BASE64 + CRLF.length, ...strict })
  }

  /** The line that the last event was read from, without its CRLF, one character per octet; empty for one that was cut off. */
  get lastLine(): string {
    return this.#lastLine
  }

  /** Whether a line has begun and not ended. */
  get isMidLine(): boolean {
    return this.#lines.isMidLine || this.#responses.isDiscarding
  }

  /**
   * The next command, or what is wrong with the line; `undefined` where more bytes are needed. Throws `SMTP_OTHER_PROTOCOL` at
   * a line of HTTP: what follows it was chosen by a web page, and may be commands (a cross-protocol attack).
   */
  next(context: CommandContext): Command | Fault | Violation | undefined {
    if (this.#due.length > 0) return this.#due.shift()
    // The rest of a response that was refused is no command.
    this.#responses.discardRefused()
    if (this.#responses.isDiscarding) return undefined
    const { offset } = this.#queue
    // One string for the line; all that is made of it are slices.
    const text = this.#lines.nextText()
    if (text === undefined) return this.#nextFault()
    this.#lastLine = text
    const { command, violation } = parseCommand(text, context)
    if (typeof command === 'string') return this.#refuse(command, offset)
    if (violation === undefined) return command
    this.#due.push(command)
    return { type: 'violation', code: violation }
  }

  /** What is wrong with a line that has no text; `undefined` where it is not whole. */
  #nextFault(): Fault | undefined {
    const line = this.#lines.next()
    if (line?.type !== 'fault') return undefined
    this.#lastLine = ''
    return faultOf(COMMAND_FAULTS[line.fault])
  }

  /** The next line of an exchange of SASL, or what is wrong with it; `undefined` where more bytes are needed. */
  nextResponse(): Command | Fault | undefined {
    const line = this.#responses.next()
    if (line === undefined) return undefined
    this.#lastLine = ''
    if (line.type === 'fault') return faultOf(RESPONSE_FAULTS[line.fault])
    this.#lastLine = line.bytes.toString('latin1')
    const { command } = parseAuthLine(this.#lastLine)
    return typeof command === 'string' ? faultOf(command) : command
  }

  /** A line that is no command of SMTP's may be one of HTTP's */
  #refuse(code: SmtpErrorCode, offset: number): Fault {
    if (isOtherProtocol(this.#lastLine)) throw new SmtpError('SMTP_OTHER_PROTOCOL', { offset })
    return faultOf(code)
  }
}

const REPLY_FAULTS: Readonly<Record<Exclude<LineFault['fault'], 'tooLong'>, SmtpErrorCode>> = {
  bareCr: 'SMTP_REPLY_BARE_CR',
  bareLf: 'SMTP_REPLY_BARE_LF',
}

/** Reads a server's replies. */
export class ReplyParser {
  readonly #lines: LineReader
  readonly #limits: Limits
  readonly #leniency: Leniency
  /** The lines of a reply that is not whole yet. */
  #text: string[] = []
  #code = 0

  constructor(queue: ByteQueue, limits: Limits, leniency: Leniency) {
    this.#limits = limits
    this.#leniency = leniency
    this.#lines = new LineReader(queue, {
      maxLineBytes: limits.maxReplyLineBytes,
      bareLf: leniency.replyBareLf === 'accept' ? 'endsLine' : 'refuse',
      bareCr: 'refuse',
    })
  }

  /** Whether a reply has begun and not ended. */
  get isMidReply(): boolean {
    return this.#text.length > 0 || this.#lines.isMidLine
  }

  /**
   * The next reply, whole; `undefined` where more bytes are needed. Throws where a line is no line of a reply, where the lines have
   * different codes (`250-ok` and `550 no` are no answer, and least of all a good one), and past the limits.
   */
  next(): Reply | undefined {
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      if (line.type === 'fault') throw this.#lineError(line)
      const { offset } = line
      const parsed = parseReplyLine(line.bytes.toString('latin1'), this.#leniency.replyCode === 'accept')
      if (parsed === undefined) throw new SmtpError('SMTP_REPLY_SYNTAX', { offset })
      if (this.#text.length > 0 && parsed.code !== this.#code) throw new SmtpError('SMTP_REPLY_CODES', { offset })
      this.#code = parsed.code
      this.#text.push(parsed.text)
      if (!parsed.continues) return this.#finish()
      const { maxReplyLines } = this.#limits
      if (this.#text.length >= maxReplyLines) {
        throw new SmtpLimitError('SMTP_REPLY_LINES_MANY', 'maxReplyLines', maxReplyLines, { offset })
      }
    }
    return undefined
  }

  /** What is wrong with the framing of a line. */
  #lineError({ fault, offset }: LineFault): SmtpError | SmtpLimitError {
    if (fault !== 'tooLong') return new SmtpError(REPLY_FAULTS[fault], { offset })
    const { maxReplyLineBytes } = this.#limits
    return new SmtpLimitError('SMTP_REPLY_LINE_TOO_LONG', 'maxReplyLineBytes', maxReplyLineBytes, { offset })
  }

  /** The reply, with the enhanced status code that its lines begin with in a place of its own. */
  #finish(): Reply {
    const code = this.#code
    const lines = this.#text
    this.#text = []
    const first = lines[0] as string
    const prefix = first.slice(0, enhancedCodeLength(first, code))
    if (prefix === '') return { type: 'reply', code, text: lines }
    const enhanced = prefix.endsWith(' ') ? prefix.slice(0, -1) : prefix
    return { type: 'reply', code, enhanced, text: lines.map((line) => withoutPrefix(line, enhanced)) }
  }
}

/** A line without the enhanced code of the reply's first; some servers put it there alone, and some have another further down. */
function withoutPrefix(line: string, enhanced: string): string {
  if (line === enhanced) return ''
  return line.startsWith(`${enhanced} `) ? line.slice(enhanced.length + 1) : line
}
