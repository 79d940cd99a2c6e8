/**
 * The grammar of FTP's command line, of the commands' parameters and of the texts in replies that have a fixed form. Pure,
 * total functions: a text to a value, or `undefined` where the text is not of the form; and beside each its mirror.
 *
 * What a parameter means, and whether it is supported, is said elsewhere: `TYPE E` is grammar (and answered 504), `TYPE X` is none
 * (501). Addresses have a file of their own (`address.ts`), and so do names (`path.ts`) and listings (`listing/`).
 *
 * Texts are given as octet strings (see `text.ts`) or as ASCII, which is the same here: digits, letters and marks.
 *
 * RFC 959 §5.3, RFC 2389 §4, RFC 2428 §3, RFC 3659 §2.3, §3 and §5.
 */
import { ALNUM, ALPHA, DIGIT, DOT, isAll, isAllText, parseDecimal, upperAscii } from '../net/ascii.ts'

/** A command line, cut in two. */
export interface CommandLine {
  /** The command's code in upper case: `RETR`. */
  readonly verb: string
  /** All behind the one space, untouched; `undefined` where there is no space. */
  readonly argument: string | undefined
}

/** No command of any RFC or server has a longer code (`XSHA512` has seven letters). */
const MAX_VERB_LENGTH = 12

/**
 *     command = verb [ SP argument ]           ; the CRLF is gone already
 *     verb    = ALPHA *( ALPHA / DIGIT )
 *
 * RFC 959 §5.3 speaks of four alphabetic characters at most; later commands have more, and digits. Exactly one space separates:
 * every other one belongs to the argument, since a name may begin and end with spaces (RFC 3659 §2.2).
 */
export function parseCommandLine(line: string): CommandLine | undefined {
  const space = line.indexOf(' ')
  const verb = space === -1 ? line : line.slice(0, space)
  if (verb.length > MAX_VERB_LENGTH || !isVerb(verb)) return undefined
  return { verb: upperAscii(verb), argument: space === -1 ? undefined : line.slice(space + 1) }
}

/** Whether a text can be a command's code. */
export function isVerb(text: string): boolean {
  return text.length > 0 && ALPHA[text.charCodeAt(0)] === 1 && isAllText(ALNUM, text)
}

/** How data are represented (RFC 959 §3.1.1): TYPE's parameter. */
export type DataType =
  | { readonly code: 'A' | 'E'; readonly format: 'N' | 'T' | 'C' }
  | { readonly code: 'I' }
  | { readonly code: 'L'; readonly byteSize: number }

/**
 *     type-code = "A" [ SP form-code ] / "E" [ SP form-code ] / "I" / "L" SP byte-size
 *     form-code = "N" / "T" / "C"
 *     byte-size = 1..255
 *
 * Letters in either case (RFC 959 §5.3). Without a form-code it is N again, whatever it was (§4.1.2).
 */
export function parseDataType(text: string): DataType | undefined {
  const code = upperAscii(text.slice(0, 1))
  const parameter = text.length === 1 ? undefined : text[1] === ' ' ? text.slice(2) : ''
  if (code === 'I') return parameter === undefined ? { code } : undefined
  if (code === 'L') {
    const byteSize = parseDecimal(parameter ?? '', 255)
    return byteSize === undefined || byteSize === 0 ? undefined : { code, byteSize }
  }
  if (code !== 'A' && code !== 'E') return undefined
  const format = upperAscii(parameter ?? 'N')
  return format === 'N' || format === 'T' || format === 'C' ? { code, format } : undefined
}

/** The mirror of `parseDataType`: `A N` is written `A`. */
export function writeDataType(type: DataType): string {
  if (type.code === 'I') return 'I'
  if (type.code === 'L') return `L ${type.byteSize}`
  return type.format === 'N' ? type.code : `${type.code} ${type.format}`
}

/** How data are put into octets (RFC 959 §3.4): MODE's parameter; stream, block or compressed. */
export type TransferMode = 'S' | 'B' | 'C'

/** `mode-code = "S" / "B" / "C"`, in either case. */
export function parseTransferMode(text: string): TransferMode | undefined {
  const code = upperAscii(text)
  return code === 'S' || code === 'B' || code === 'C' ? code : undefined
}

/** How a file is structured (RFC 959 §3.1.2): STRU's parameter; file, record or page. */
export type FileStructure = 'F' | 'R' | 'P'

/** `structure-code = "F" / "R" / "P"`, in either case. */
export function parseFileStructure(text: string): FileStructure | undefined {
  const code = upperAscii(text)
  return code === 'F' || code === 'R' || code === 'P' ? code : undefined
}

/** EPSV's parameter: the network protocol's number (1 is IPv4, 2 is IPv6), or `ALL`. */
export type ExtendedPassive = number | 'ALL'

/** `net-prt / "ALL"` (RFC 2428 §3), where net-prt is an address family's number (RFC 1700). */
export function parseExtendedPassive(text: string): ExtendedPassive | undefined {
  return upperAscii(text) === 'ALL' ? 'ALL' : parseDecimal(text, 65_535)
}

/** `marker = 1*DIGIT` (RFC 3659 §5.3), up to 2^53 - 1; in octets, as all stream mode transfers are. */
export function parseOffset(text: string): number | undefined {
  return parseDecimal(text)
}

/** `mechanism-name`: a registered name, in either case (RFC 2228 §3). Which are supported is for AUTH to say: 504. */
export function parseMechanism(text: string): string | undefined {
  return text.includes(' ') ? undefined : upperAscii(text)
}

/** `PBSZ SP decimal-integer`, up to 2^32 - 1; 0 means a stream, as TLS is one (RFC 4217 §9). */
export function parseBufferSize(text: string): number | undefined {
  return parseDecimal(text, 0xffff_ffff)
}

/** `prot-code = "C" / "S" / "E" / "P"`. Another letter is a level that is not known, which is 504 (RFC 2228 §3). */
export function parseProtectionLevel(text: string): string | undefined {
  return text.length === 1 && isAllText(ALPHA, text) ? upperAscii(text) : undefined
}

/** A command and what is to be set for it: OPTS's parameter. */
export interface CommandOptions {
  /** The command that is to be told, in upper case: `MLST`. */
  readonly name: string
  /** What it is told, where there is anything: `size;modify;`. */
  readonly options: string | undefined
}

/** `command-name [ SP command-options ]` (RFC 2389 §4). */
export function parseCommandOptions(text: string): CommandOptions | undefined {
  const line = parseCommandLine(text)
  return line === undefined ? undefined : { name: line.verb, options: line.argument }
}

/** What LIST, NLST and STAT are asked: a path, and before it letters for `ls`, which the RFC does not know. */
export interface ListArgument {
  /** The letters of all options: `al`. */
  readonly options: string
  /** What is to be listed; `undefined` for the working directory. */
  readonly path: string | undefined
}

/**
 *     list-argument = *( "-" 1*ALPHA SP ) [ "-" 1*ALPHA / path ]
 *
 * Outside any RFC, but browsers and old clients send `LIST -a` and `LIST -al dir`. Options are taken from the front alone; in the
 * middle of an argument a `-x` is part of a name. What begins with a hyphen can be listed as `./-x`.
 */
export function parseListArgument(text: string): ListArgument {
  let options = ''
  let rest = text
  for (;;) {
    const end = rest.indexOf(' ')
    const token = end === -1 ? rest : rest.slice(0, end)
    if (token.length < 2 || !token.startsWith('-') || !isAllText(ALNUM, token.slice(1))) break
    options += token.slice(1)
    rest = end === -1 ? '' : rest.slice(end + 1)
  }
  return { options, path: rest === '' ? undefined : rest }
}

const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** A moment, in the fields of the calendar. */
export interface CalendarTime {
  /** 0 to 9999. */
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly day: number
  /** 0 to 23. */
  readonly hour: number
  /** 0 to 59. */
  readonly minute: number
  /** 0 to 60: a leap second is the first second of the next minute. */
  readonly second: number
  /** 0 to 999. */
  readonly millisecond: number
}

/** A moment as RFC 3659 writes it. */
export interface TimeValue extends CalendarTime {
  /** How exact it is. */
  readonly precision: 'second' | 'millisecond'
  /** Always UTC (RFC 3659 §2.3). */
  readonly zone: 'utc'
}

/**
 *     time-val = 14DIGIT [ "." 1*DIGIT ]       ; YYYYMMDDHHMMSS, and a fraction of the second
 *
 * Of a fraction the milliseconds are kept (RFC 3659 §2.3).
 */
export function parseTimeValue(text: string): TimeValue | undefined {
  const bytes = Buffer.from(text, 'utf8')
  return readTimeValue(bytes, 0, bytes.length)
}

/** The same for `bytes[from, to)`, in place: a listing has one in each of its lines. */
export function readTimeValue(bytes: Buffer, from: number, to: number): TimeValue | undefined {
  const behind = from + 14
  const hasFraction = to > behind
  if (to < behind) return undefined
  if (hasFraction && (bytes[behind] !== DOT || to === behind + 1 || !isAll(DIGIT, bytes, behind + 1, to)))
    return undefined
  const year = twoDigits(bytes, from) * 100 + twoDigits(bytes, from + 2)
  const month = twoDigits(bytes, from + 4)
  const day = twoDigits(bytes, from + 6)
  const hour = twoDigits(bytes, from + 8)
  const minute = twoDigits(bytes, from + 10)
  const second = twoDigits(bytes, from + 12)
  if (year > 9999 || !isDate(year, month, day) || hour > 23 || minute > 59 || second > 60) return undefined
  const millisecond = hasFraction ? thousandths(bytes, behind + 1, to) : 0
  const precision = hasFraction ? 'millisecond' : 'second'
  return { year, month, day, hour, minute, second, millisecond, precision, zone: 'utc' }
}

/** `2DIGIT` as a number; where it is none, one that makes any time wrong. */
function twoDigits(bytes: Buffer, at: number): number {
  const tens = (bytes[at] as number) - 0x30
  const units = (bytes[at + 1] as number) - 0x30
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : NO_TIME
}

/** More than any hour, minute or second; a year with it has more than four digits. */
const NO_TIME = 1_000_000

/** The first three digits behind the dot; where there are fewer, `5` is 500. */
function thousandths(bytes: Buffer, from: number, to: number): number {
  let value = 0
  for (let at = from; at < from + 3; at++) value = value * 10 + (at < to ? (bytes[at] as number) - 0x30 : 0)
  return value
}

/** The moment, by a clock that is `offsetMinutes` ahead of UTC. */
export function dateOf(time: CalendarTime, offsetMinutes = 0): Date {
  const date = new Date(0)
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(time.year, time.month - 1, time.day)
  date.setUTCHours(time.hour, time.minute - offsetMinutes, time.second, time.millisecond)
  return date
}

/** The mirror of `parseTimeValue`, of a moment in whole seconds: no precision is made up (RFC 3659 §2.3). The year has four digits. */
export function writeTimeValue(date: Date): string {
  const time = date.toISOString()
  return `${time.slice(0, 4)}${time.slice(5, 7)}${time.slice(8, 10)}${time.slice(11, 13)}${time.slice(14, 16)}${time.slice(17, 19)}`
}

/** Whether there is such a day, in the calendar of today. */
export function isDate(year: number, month: number, day: number): boolean {
  const days = DAYS_OF_MONTH[month - 1]
  if (days === undefined || day < 1 || day > days) return false
  return month !== 2 || day !== 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))
}

/**
 *     quoted = <"> *( any but <"> / <"> <"> ) <">      ; then SP and commentary, or nothing
 *
 * The text of a 257 reply (RFC 959 §5.4 and Appendix II): a path in quotes, a quote in it doubled.
 */
export function parseQuotedPath(text: string): string | undefined {
  if (!text.startsWith('"')) return undefined
  for (let end = text.indexOf('"', 1); end !== -1; end = text.indexOf('"', end + 2)) {
    if (text[end + 1] === '"') continue
    const isEnd = end + 1 === text.length || text[end + 1] === ' '
    return isEnd ? text.slice(1, end).replaceAll('""', '"') : undefined
  }
  return undefined
}

/** The mirror of `parseQuotedPath`, without commentary. */
export function writeQuotedPath(path: string): string {
  return `"${path.replaceAll('"', '""')}"`
}
