/**
 * What a line of a listing is to a format: the interface of formats, and the words of a line.
 *
 * Formats see octet strings (`text.ts`) in place: `octets[from, to)` is the line, without its line end. Most of them put blanks
 * between columns and nothing else, so they are read word by word. There is no regular expression in any format, and no way back:
 * a line is looked at a fixed number of times, whatever a server puts into it.
 *
 * The two formats that nearly all listings are in look at the `bytes` behind the string instead, the same octets at the same places:
 * V8 reads an octet of a buffer in a fifth of the instructions that it needs for a character of a string.
 */
import { SP } from '../../net/ascii.ts'
import type { ListedEntry, Reference } from './entry.ts'

/**
 * What a line that is no entry says of those behind it: the format in which they are, if it is their heading; or `continued`, if
 * it is the beginning of an entry, to be read again together with the next line.
 */
export type Announcement = ListingFormat | 'continued'

/** One way of writing a listing. */
export interface ListingFormat {
  /** Its name: `unix`. */
  readonly name: string
  /**
   * The entry that `octets[from, to)` is, an octet string without its line end; `undefined` where the line is none in this format.
   * `bytes` are the same octets as `octets`.
   * Total: no line makes it throw, and its time is linear in the line.
   */
  parse(octets: string, from: number, to: number, reference: Reference, bytes: Buffer): ListedEntry | undefined
  /** The same format for one listing, of whose lines it remembers something; absent where each line is read by itself. */
  begin?(): ListingFormat
  /** That listing is over, and another one may begin with what is remembered. */
  end?(): void
  /** What the line says of those behind it, if it says anything in this format. Asked only where no format found an entry. */
  announce?(octets: string, from: number, to: number): Announcement | undefined
}

/** A word, and where in the line it stands. */
export interface Word {
  /** Its octets. */
  readonly text: string
  /** Where it begins. */
  readonly from: number
  /** Where the space behind it is, or the end of the line. */
  readonly to: number
}

/** Where the next octet is that is no space, or `to`. */
export function skipSpaces(octets: string, from: number, to: number): number {
  let at = from
  while (at < to && octets.charCodeAt(at) === SP) at++
  return at
}

/** Where the next space is, or `to`. */
export function wordEnd(octets: string, from: number, to: number): number {
  let at = from
  while (at < to && octets.charCodeAt(at) !== SP) at++
  return at
}

/** All of `octets[from, to)` as a number (`1*DIGIT`), or `undefined` where it is none, or none that is exact. */
export function readNumber(octets: string, from: number, to: number): number | undefined {
  if (from >= to) return undefined
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = octets.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value > Number.MAX_SAFE_INTEGER ? undefined : value
}

/** Permissions in octal, seven digits at most: `0644`. */
export function parseOctal(value: string): number | undefined {
  if (value === '') return undefined
  let mode = 0
  for (let index = 0; index < value.length; index++) {
    const digit = value.charCodeAt(index) - 0x30
    if (digit < 0 || digit > 7 || index > 6) return undefined
    mode = mode * 8 + digit
  }
  return mode
}

/** The first words of `octets[from, to)`, at most `limit` of them. */
export function splitWords(octets: string, from: number, to: number, limit: number): Word[] {
  const words: Word[] = []
  for (let at = skipSpaces(octets, from, to); at < to && words.length < limit;) {
    const end = wordEnd(octets, at, to)
    words.push({ text: octets.slice(at, end), from: at, to: end })
    at = skipSpaces(octets, end, to)
  }
  return words
}

/** Whether the first words of `octets[from, to)` are these: how headings are known, whose columns move from version to version. */
export function beginsWith(octets: string, from: number, to: number, words: readonly string[]): boolean {
  const found = splitWords(octets, from, to, words.length)
  return words.every((word, index) => found[index]?.text === word)
}
