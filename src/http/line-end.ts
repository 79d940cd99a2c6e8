/** Runs of octets, names that are known, and ends of lines: what start lines and field lines stand on. RFC 9112 §2.2. */
import { CR, LF } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import { BARE_LF, NEED_MORE, note, refuse } from './slots.ts'
import type { Scan, ScanFault } from './slots.ts'

const EACH_1 = 0x01010101
const EACH_20 = 0x20202020
const EACH_80 = 0x80808080

/**
 * The index of the first octet from `at` that is not of the class, or `end`. Eight octets per turn: one comparison with `end` for
 * all of them, and none of them is looked at twice.
 */
export function behindRun(table: ByteClass, bytes: Uint8Array, at: number, end: number): number {
  for (const last = end - 8; at <= last; at += 8) {
    if (table[bytes[at] as number] === 0) return at
    if (table[bytes[at + 1] as number] === 0) return at + 1
    if (table[bytes[at + 2] as number] === 0) return at + 2
    if (table[bytes[at + 3] as number] === 0) return at + 3
    if (table[bytes[at + 4] as number] === 0) return at + 4
    if (table[bytes[at + 5] as number] === 0) return at + 5
    if (table[bytes[at + 6] as number] === 0) return at + 6
    if (table[bytes[at + 7] as number] === 0) return at + 7
  }
  while (at < end && table[bytes[at] as number] === 1) at++
  return at
}

/**
 * Of octets in words: an index up to which from `at` on all are %x20-7E, as most of a value is, and which is near to the first that is not. An octet from
 * %x7F up has its highest bit, or gets it when one is added; one below %x20 gets it when that is taken away.
 */
export function behindPlain(words: DataView, at: number, end: number): number {
  for (const last = end - 8; at <= last; at += 8) {
    const first = words.getInt32(at, true)
    const second = words.getInt32(at + 4, true)
    const unusual = (first + EACH_1) | (first - EACH_20) | (second + EACH_1) | (second - EACH_20)
    if ((unusual & EACH_80) !== 0) return at
  }
  return at
}

/**
 * The offset (from the head's first octet) behind the line end at `at`, `NEED_MORE` where it is not whole, or fault `code` where
 * something else stands there.
 */
export function behindLine(
  bytes: Uint8Array,
  from: number,
  at: number,
  end: number,
  scan: Scan,
  code: ScanFault,
): number {
  if (at === end) return NEED_MORE
  const byte = bytes[at]
  if (byte === CR) {
    if (at + 1 === end) return NEED_MORE
    return bytes[at + 1] === LF ? at + 2 - from : refuse(scan, 'HTTP_BARE_CR', at - from)
  }
  if (byte !== LF) return refuse(scan, code, at - from)
  if (!scan.leniency.bareLfEndsLine) return refuse(scan, 'HTTP_BARE_LF', at - from)
  note(scan, BARE_LF)
  return at + 1 - from
}

/**
 * Whether a name with its colon is the same in both. One of less than four octets is left to the table. The last word lies over the one before it, so
 * that no octet is left over.
 */
export function isSameName(words: DataView, at: number, others: DataView, other: number, octets: number): boolean {
  if (octets < 8) {
    const last = octets - 4
    return (
      last >= 0 &&
      words.getInt32(at, true) === others.getInt32(other, true) &&
      words.getInt32(at + last, true) === others.getInt32(other + last, true)
    )
  }
  const last = octets - 8
  for (let index = 0; index < last; index += 8) {
    if (words.getFloat64(at + index, true) !== others.getFloat64(other + index, true)) return false
  }
  return words.getFloat64(at + last, true) === others.getFloat64(other + last, true)
}
