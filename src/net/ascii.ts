/**
 * Octets by name and by class. All three protocols are written in US-ASCII octets; this file is their alphabet, and knows
 * nothing of their words.
 *
 * A class is a table of 256 entries, one load per octet: `if (TCHAR[byte] === 0)`. Nothing here uses `\s`, `trim`, `toLowerCase` or
 * `Number` on bytes of the network: each of those knows more characters than ASCII does, and each has been a vulnerability.
 */

/** NUL, 0x00. */
export const NUL = 0x00
/** Horizontal tab, 0x09. */
export const HTAB = 0x09
/** Line feed, 0x0A. */
export const LF = 0x0a
/** Carriage return, 0x0D. */
export const CR = 0x0d
/** Space, 0x20. */
export const SP = 0x20
/** `"` 0x22. */
export const DQUOTE = 0x22
/** `-` 0x2D. */
export const HYPHEN = 0x2d
/** `.` 0x2E. */
export const DOT = 0x2e
/** `:` 0x3A. */
export const COLON = 0x3a
/** `;` 0x3B. */
export const SEMICOLON = 0x3b
/** `\` 0x5C. */
export const BACKSLASH = 0x5c
/** Delete, 0x7F. */
export const DEL = 0x7f

/** CRLF as bytes. Never written to. */
export const CRLF: Buffer = Buffer.from('\r\n', 'latin1')

/** A class of octets: 1 for a member, 0 for any other. */
export type ByteClass = Uint8Array

/**
 * Builds a class from members: single characters, and inclusive ranges of octets.
 *
 *     byteClass('-_', [0x30, 0x39])      // hyphen, underscore and the digits
 */
export function byteClass(...members: readonly (string | readonly [number, number])[]): ByteClass {
  const table = new Uint8Array(256)
  for (const member of members) {
    if (typeof member === 'string') for (const byte of Buffer.from(member, 'latin1')) table[byte] = 1
    else table.fill(1, member[0], member[1] + 1)
  }
  return table
}

/** DIGIT = %x30-39 (RFC 5234 B.1). */
export const DIGIT: ByteClass = byteClass([0x30, 0x39])
/** ALPHA = %x41-5A / %x61-7A (RFC 5234 B.1). */
export const ALPHA: ByteClass = byteClass([0x41, 0x5a], [0x61, 0x7a])
/** ALPHA / DIGIT. */
export const ALNUM: ByteClass = byteClass([0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])
/** VCHAR = %x21-7E (RFC 5234 B.1). */
export const VCHAR: ByteClass = byteClass([0x21, 0x7e])
/** CTL = %x00-1F / %x7F (RFC 5234 B.1). */
export const CTL: ByteClass = byteClass([0x00, 0x1f], [0x7f, 0x7f])

/** The value of a hexadecimal digit of either case; 255 for any other octet. */
export const HEX_VALUE: Uint8Array = hexValues()

function hexValues(): Uint8Array {
  const table = new Uint8Array(256).fill(255)
  for (let digit = 0; digit < 16; digit++) {
    const [lower, upper] = Buffer.from(digit.toString(16) + digit.toString(16).toUpperCase(), 'latin1')
    table[lower as number] = digit
    table[upper as number] = digit
  }
  return table
}

/** The octet with an ASCII upper-case letter made lower-case; any other octet as it is. */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
)

/** Whether every octet of `bytes[from, to)` is of the class; true for an empty stretch. */
export function isAll(table: ByteClass, bytes: Uint8Array, from = 0, to: number = bytes.length): boolean {
  for (let index = from; index < to; index++) if (table[bytes[index] as number] === 0) return false
  return true
}

/** Whether every character of `text` is an octet of the class; a character above U+00FF is not. */
export function isAllText(table: ByteClass, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0xff || table[unit] === 0) return false
  }
  return true
}

/** ASCII letters made lower-case and nothing else: U+212A (Kelvin sign) does not become `k`. */
export function lowerAscii(text: string): string {
  if (!hasUnit(text, 0x41, 0x5a)) return text
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** ASCII letters made upper-case and nothing else: `ß` and `ı` stay what they are. */
export function upperAscii(text: string): string {
  if (!hasUnit(text, 0x61, 0x7a)) return text
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}

/** Most text has the case that it is wanted in, and to see that costs less than to set up a replacement. */
function hasUnit(text: string, from: number, to: number): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= from && unit <= to) return true
  }
  return false
}

/**
 * `1*DIGIT` as a number, or `undefined` where the text is empty, has anything but digits, or is more than `max`
 * (2^53 - 1 at most, so that the result is always exact).
 */
export function parseDecimal(text: string, max: number = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text.length === 0) return undefined
  let value = 0
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
    if (value > max) return undefined
  }
  return value
}

/** Whether an octet is white space within a line: `WSP = SP / HTAB` (RFC 5234 §B.1). No octet is none. */
export function isBlank(octet: number | undefined): boolean {
  return octet === SP || octet === HTAB
}
