/**
 * The incremental parsers of the control connection: bytes in as TCP cut them, units out, the same for every cut.
 *
 *     bytes -> raw queue -> Telnet (`telnet.ts`) -> lines -> commands  (`CommandParser`, a server's)
 *                                                 -> lines -> replies   (`ReplyParser`, a client's)
 *
 * Both pull: a stretch is taken through the Telnet layer only when the lines before it are used up, so that a Telnet command is told
 * behind the line that was finished before it, however the two arrived.
 *
 * A server's lines are cut by the common `LineReader`: strict CRLF, a cap, and the way back to the next line after a fault. A client's
 * are cut here. They need no way back (a server that breaks the rules is left), and they come by the thousand: each stretch is made
 * an octet string once (`text.ts`), and a line is then a `substring`, which copies nothing.
 *
 * What a unit means, and whether it may come now, is for `machine.ts`.
 */
import { isAscii } from 'node:buffer'
import { CR, LF, NUL } from '../net/ascii.ts'
import { asBuffer, ByteQueue } from '../net/bytes.ts'
import { LineReader, type Line, type LineFault } from '../net/lines.ts'
import { FtpError, FtpLimitError, type FtpErrorCode } from './errors.ts'
import type { ReplyText } from './events.ts'
import { parseCommandLine } from './grammar.ts'
import type { Leniency, Limits } from './limits.ts'
import { ReplyReader } from './reply.ts'
import { TelnetDecoder, type Interrupt, type TelnetOption } from './telnet.ts'
import { decodeText } from './text.ts'

/** A command line that is one by its form. */
export interface ParsedCommand {
  /** The discriminant. */
  readonly type: 'parsed'
  /** The code in upper case. */
  readonly verb: string
  /** What stood behind the one space. */
  readonly argument: string | undefined
}

/** A line that is no command. The next line is read as if it had not been. */
export interface CommandFault {
  /** The discriminant. */
  readonly type: 'fault'
  /** What is wrong with it. */
  readonly code: FtpErrorCode
}

/** An ABOR whose LF was sent as urgent data, which Node does not deliver: so does Python's ftplib. */
const URGENT_ABOR: Buffer = Buffer.from('ABOR\r', 'latin1')

/** How a TLS ClientHello begins: a handshake record, of version 3.something (RFC 8446 §5.1). No command does. */
const TLS_RECORD: Buffer = Buffer.from([0x16, 0x03])

const LINE_FAULTS: { readonly [Fault in LineFault['fault']]: FtpErrorCode } = {
  tooLong: 'FTP_LINE_TOO_LONG',
  bareLf: 'FTP_BARE_LF',
  bareCr: 'FTP_BARE_CR',
}

/**
 * Reads a client's commands. Throws on no input.
 *
 *     line      lines are read as they come
 *     abor      `ABOR CR` was taken for a command at its CR, since its LF may be lost; if it is not, it comes now, and is dropped
 */
export class CommandParser {
  readonly #raw = new ByteQueue()
  readonly #telnet = new TelnetDecoder()
  readonly #octets = new ByteQueue()
  readonly #lines: LineReader
  readonly #before: number
  #state: 'line' | 'abor' = 'line'

  /** `before` is where in the stream this parser begins: so many octets, without Telnet, were read by others. */
  constructor(limits: Limits, leniency: Leniency, before = 0) {
    this.#before = before
    this.#lines = new LineReader(this.#octets, {
      maxLineBytes: limits.maxCommandBytes,
      bareLf: leniency.commandBareLf === 'accept' ? 'endsLine' : 'refuse',
      bareCr: 'keep',
    })
  }

  /** Octets received and not part of a unit yet. */
  get bufferedBytes(): number {
    return this.#raw.length + this.#octets.length
  }

  /** Whether a FIN would now cut something in two. */
  get isMidUnit(): boolean {
    return this.#telnet.isMidCommand || this.#lines.isMidLine
  }

  /** Whether nothing has begun that is not over: a new parser would read on in the same way. */
  get isAtRest(): boolean {
    return this.bufferedBytes === 0 && this.#state === 'line' && this.#telnet.isAtRest && !this.#lines.isMidLine
  }

  /** Octets examined. */
  get work(): number {
    return this.#raw.work + this.#octets.work + this.#octets.offset
  }

  /** Octets of the stream, without Telnet, before what comes next. */
  get offset(): number {
    return this.#before + this.#octets.offset
  }

  /** Takes bytes, by reference. */
  push(bytes: Uint8Array): void {
    this.#raw.push(bytes)
  }

  /** The next unit, or `undefined` where more bytes are needed. */
  next(): ParsedCommand | CommandFault | TelnetOption | Interrupt | undefined {
    for (;;) {
      const unit = this.#nextLine()
      if (unit !== undefined) return unit
      const event = this.#telnet.next(this.#raw)
      if (event?.type !== 'octets') return event
      this.#octets.push(event.bytes)
    }
  }

  /** The next line that is whole, as a command or as its fault. */
  #nextLine(): ParsedCommand | CommandFault | undefined {
    const octets = this.#octets
    if (this.#state === 'abor' && octets.length > 0) {
      if (octets.at(0) === LF) octets.skip(1)
      this.#state = 'line'
    }
    if (this.#beginsWithTls()) return { type: 'fault', code: 'FTP_FOREIGN_PROTOCOL' }
    // The rest of a refused line goes first, so that an ABOR behind it is seen wherever TCP has cut.
    this.#lines.discardRefused()
    if (this.#state === 'line' && this.#beginsWithAbor()) {
      octets.skip(URGENT_ABOR.length)
      this.#state = 'abor'
      return { type: 'parsed', verb: 'ABOR', argument: undefined }
    }
    const line = this.#lines.next()
    if (line?.type === 'fault') return { type: 'fault', code: LINE_FAULTS[line.fault] }
    return line === undefined ? undefined : parseLine(line)
  }

  /** The very first octets of a connection, and only those: anywhere else they are part of a line. */
  #beginsWithTls(): boolean {
    const octets = this.#octets
    if (this.offset > 0 || octets.length < TLS_RECORD.length || octets.at(0) !== TLS_RECORD[0]) return false
    return octets.peek(TLS_RECORD.length).equals(TLS_RECORD)
  }

  /** Only at the beginning of a line: while the rest of a bad one is dropped, this is part of that. */
  #beginsWithAbor(): boolean {
    const octets = this.#octets
    const { length } = URGENT_ABOR
    if (octets.length < length || this.#lines.isDiscarding || octets.at(0) !== URGENT_ABOR[0]) return false
    return octets.peek(length).equals(URGENT_ABOR)
  }

  /** Takes all that is not part of a unit yet. */
  takeLeftover(): Buffer {
    return Buffer.concat([this.#octets.takeAll(), this.#raw.takeAll()])
  }
}

/** A line as a command: verb in ASCII, and the argument as text, whatever octets it has. */
function parseLine({ bytes }: Line): ParsedCommand | CommandFault {
  const plain = undoCrNul(bytes)
  if (!Buffer.isBuffer(plain)) return plain
  const command = parseCommandLine(plain.toString('latin1'))
  if (command === undefined) return { type: 'fault', code: 'FTP_VERB' }
  const { verb, argument } = command
  return {
    type: 'parsed',
    verb,
    argument: argument === undefined ? undefined : decodeText(plain.subarray(verb.length + 1)),
  }
}

/** The line with each CR NUL made the CR that it stands for (RFC 2640 §3.1), or its fault: another CR, another NUL. */
function undoCrNul(bytes: Buffer): Buffer | CommandFault {
  if (bytes.indexOf(NUL) === -1 && bytes.indexOf(CR) === -1) return bytes
  const kept: number[] = []
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number
    if (byte === NUL) return { type: 'fault', code: 'FTP_NUL' }
    kept.push(byte)
    if (byte !== CR) continue
    if (bytes[index + 1] !== NUL) return { type: 'fault', code: 'FTP_BARE_CR' }
    index++
  }
  return Buffer.from(kept)
}

const EMPTY: Buffer = Buffer.alloc(0)

/** Reads a server's replies. Throws an `FtpError` where they are none. */
export class ReplyParser {
  readonly #raw = new ByteQueue()
  readonly #telnet = new TelnetDecoder()
  readonly #reader: ReplyReader
  readonly #limits: Limits
  readonly #leniency: Leniency
  /** The stretch that is being read, the same as an octet string, and how far it is read. */
  #bytes: Buffer = EMPTY
  #text = ''
  #at = 0
  /** Whether the stretch is ASCII without NUL, so that its lines are text as they stand. */
  #isPlain = true
  /** What earlier stretches had of the line. */
  #begun: string[] = []
  #begunLength = 0
  #work = 0

  constructor(limits: Limits, leniency: Leniency) {
    this.#limits = limits
    this.#leniency = leniency
    this.#reader = new ReplyReader(limits)
  }

  /** Octets received and not part of a unit yet. */
  get bufferedBytes(): number {
    return this.#raw.length + this.#text.length - this.#at + this.#begunLength
  }

  /** Whether a FIN would now cut something in two. */
  get isMidUnit(): boolean {
    return this.#telnet.isMidCommand || this.#begunLength > 0 || this.#at < this.#text.length || this.#reader.isMidReply
  }

  /** Octets examined. */
  get work(): number {
    return this.#raw.work + this.#work
  }

  /** Takes bytes, by reference. */
  push(bytes: Uint8Array): void {
    this.#raw.push(bytes)
  }

  /** The next unit, or `undefined` where more bytes are needed. */
  next(): ReplyText | TelnetOption | Interrupt | undefined {
    for (;;) {
      const reply = this.#readLines()
      if (reply !== undefined) return reply
      const event = this.#telnet.next(this.#raw)
      if (event?.type !== 'octets') return event
      this.#begin(event.bytes)
    }
  }

  /** Takes all that is not part of a unit yet. */
  takeLeftover(): Buffer {
    const begun = Buffer.from(this.#begun.join(''), 'latin1')
    const leftover = Buffer.concat([begun, this.#bytes.subarray(this.#at), this.#raw.takeAll()])
    this.#begun = []
    this.#begunLength = 0
    this.#begin(EMPTY)
    return leftover
  }

  /** Takes up the next stretch; the one before is read to its end. */
  #begin(bytes: Buffer): void {
    this.#bytes = asBuffer(bytes)
    this.#text = bytes.toString('latin1')
    this.#at = 0
    this.#isPlain = isAscii(bytes) && bytes.indexOf(NUL) === -1
    this.#work += bytes.length
  }

  /** Reads the stretch's lines up to one that completes a reply; keeps the beginning of a line at the end. */
  #readLines(): ReplyText | undefined {
    const text = this.#text
    for (let lf = text.indexOf('\n', this.#at); lf !== -1; lf = text.indexOf('\n', this.#at)) {
      this.#checkLength(lf + 1 - this.#at)
      const isWhole = this.#begunLength === 0
      const line = isWhole ? this.#cut(text, this.#at, lf) : this.#finish(text.slice(this.#at, lf))
      this.#at = lf + 1
      const reply = this.#reader.next(line, isWhole && this.#isPlain)
      if (reply !== undefined) return reply
    }
    if (this.#at < text.length) {
      this.#checkLength(text.length - this.#at)
      this.#begun.push(text.slice(this.#at))
      this.#begunLength += text.length - this.#at
      this.#at = text.length
    }
    return undefined
  }

  /** A line is refused as soon as it is too long, not when it has ended (A15). */
  #checkLength(more: number): void {
    const { maxReplyLineBytes } = this.#limits
    if (this.#begunLength + more > maxReplyLineBytes)
      throw new FtpLimitError('FTP_REPLY_TOO_LONG', 'maxReplyLineBytes', maxReplyLineBytes)
  }

  /** The line that began in an earlier stretch and ends here, before its LF. */
  #finish(rest: string): string {
    const line = this.#begun.join('') + rest
    this.#work += line.length
    this.#begun = []
    this.#begunLength = 0
    return this.#cut(line, 0, line.length)
  }

  /** `text[from, lf)` without the CR that belongs to the LF behind it. */
  #cut(text: string, from: number, lf: number): string {
    if (lf > from && text.charCodeAt(lf - 1) === CR) return text.slice(from, lf - 1)
    if (this.#leniency.replyBareLf === 'refuse') throw new FtpError('FTP_REPLY_BARE_LF')
    return text.slice(from, lf)
  }
}
