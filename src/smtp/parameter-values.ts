/**
 * The values of parameters, each as its extension has it: a reader, total and strict, and a writer that mirrors it. A reader is given what
 * stands behind `=`, or `undefined` where nothing does; both return `undefined` for what the grammar does not have. Those of DSN stand
 * in `dsn-values.ts`.
 */
import { DIGIT, isAllText, parseDecimal, upperAscii } from '../net/ascii.ts'
import { parseMailbox, writeMailbox } from './address.ts'
import type { ReversePath } from './address.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'
import { parseXtext, writeXtext } from './xtext.ts'

/** What content may hold. */
export type Body = '7BIT' | '8BITMIME' | 'BINARYMIME'

/** By when a message must be delivered, and what then (RFC 2852 §4). */
export interface By {
  /** Seconds from now, up to nine digits of them. Zero and less only with `N`: the time was up on the way. */
  readonly seconds: number
  /** Whether it is returned when the time is up, or goes on and the sender is notified. */
  readonly mode: 'N' | 'R'
  /** Whether the sender is told of each relay, too. */
  readonly trace: boolean
}

/** A parameter that is only there or not has no value: `SMTPUTF8` (RFC 6531 §3.4), `REQUIRETLS` (RFC 8689 §2). */
export function parseFlag(value: string | undefined): true | undefined {
  return value === undefined ? true : undefined
}

/**
 * `size-value = 1*20DIGIT` (RFC 1870 §3). Twenty digits are more than a number can hold exactly; what is beyond is as good as the
 * largest exact one, since no limit lies there.
 */
export function parseSize(value: string | undefined): number | undefined {
  if (value === undefined || value === '' || value.length > 20 || !isAllText(DIGIT, value)) return undefined
  return parseDecimal(value) ?? Number.MAX_SAFE_INTEGER
}

/** The same written. */
export function writeSize(value: number): string | undefined {
  return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined
}

/** `body-value = "7BIT" / "8BITMIME" / "BINARYMIME"`, in any case of letters (RFC 6152 §2, RFC 3030 §3). */
export function parseBody(value: string | undefined): Body | undefined {
  const upper = upperAscii(value ?? '')
  return upper === '7BIT' || upper === '8BITMIME' || upper === 'BINARYMIME' ? upper : undefined
}

/** `auth-value = "<>" / xtext` of a mailbox (RFC 4954 §5), which is UTF-8 where it is not ASCII. */
export function parseAuth(value: string | undefined): ReversePath | undefined {
  if (value === '<>') return null
  const octets = parseXtext(value ?? '')
  const text = octets === undefined ? undefined : decodeUtf8(octets)
  return text === undefined ? undefined : parseMailbox(text, 'utf8')
}

/** The same written. */
export function writeAuth(value: ReversePath): string | undefined {
  if (value === null) return '<>'
  const mailbox = writeMailbox(value, 'utf8')
  return mailbox === undefined ? undefined : writeXtext(encodeUtf8(mailbox))
}

/**
 *     by-value  = by-time ";" by-mode [by-trace]
 *     by-time   = ["-" / "+"] 1*9digit        ; a negative or zero value is not allowed with a by-mode of "R"
 *     by-mode   = "N" / "R"
 *     by-trace  = "T"
 */
export function parseBy(value: string | undefined): By | undefined {
  const [, sign, digits = '', mode, trace] = /^([-+]?)([0-9]{1,9});([NR])(T?)$/.exec(upperAscii(value ?? '')) ?? []
  const magnitude = parseDecimal(digits)
  if (magnitude === undefined) return undefined
  // Not minus zero, which would not equal what is written of it.
  const seconds = sign === '-' && magnitude > 0 ? -magnitude : magnitude
  if (mode !== 'N' && seconds <= 0) return undefined
  return { seconds, mode: mode === 'N' ? 'N' : 'R', trace: trace === 'T' }
}

/** The same written. */
export function writeBy({ seconds, mode, trace }: By): string | undefined {
  const text = `${seconds};${mode}${trace ? 'T' : ''}`
  return parseBy(text) === undefined ? undefined : text
}

/** `future-release-integer = %x31-39 *8DIGIT` (RFC 4865 §3), in seconds. */
export function parseHoldFor(value: string | undefined): number | undefined {
  return value !== undefined && /^[1-9][0-9]{0,8}$/.test(value) ? parseDecimal(value) : undefined
}

/** The same written. */
export function writeHoldFor(value: number): string | undefined {
  const text = String(value)
  return parseHoldFor(text) === undefined ? undefined : text
}

/**
 * A date and time of UTC in whole seconds: `2026-01-31T08:00:00Z` (RFC 4865 §3, RFC 3339 §5.6). Fractions of a second and the second
 * 60 are refused: no queue works so exactly, and the letters are capitals, as RFC 3339 asks of those who write them.
 */
export function parseHoldUntil(value: string | undefined): string | undefined {
  if (value === undefined || !/^[0-9]{4}(?:-[0-9]{2}){2}T[0-9]{2}(?::[0-9]{2}){2}Z$/.test(value)) return undefined
  const milliseconds = Date.parse(value)
  // The 30th of February is another day to JavaScript, and no day to us.
  const isDay = !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString() === value.replace('Z', '.000Z')
  return isDay ? value : undefined
}

/** `priority-value = (["-"] NZDIGIT) / "0"` (RFC 6710 §8). */
export function parsePriority(value: string | undefined): number | undefined {
  if (value === undefined || !/^(?:0|-?[1-9])$/.test(value)) return undefined
  return value.startsWith('-') ? -(parseDecimal(value.slice(1)) as number) : parseDecimal(value)
}

/** The same written. */
export function writePriority(value: number): string | undefined {
  return parsePriority(String(value)) === undefined ? undefined : String(value)
}
