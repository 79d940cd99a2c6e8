/**
 * The columns of a line, octet by octet: where a run of spaces, of digits or of anything else ends. The same as `line.ts` has for octet
 * strings, for the formats whose lines come by the thousand.
 */
import { DIGIT, SP } from '../../net/ascii.ts'

/** Where the next octet is that is no space, or `to`. */
export function behindSpaces(bytes: Buffer, from: number, to: number): number {
  let at = from
  while (at < to && bytes[at] === SP) at++
  return at
}

/** Where the next space is, or `to`. */
export function behindWord(bytes: Buffer, from: number, to: number): number {
  let at = from
  while (at < to && bytes[at] !== SP) at++
  return at
}

/** Where the next octet is that is no digit, or `to`. */
export function behindDigits(bytes: Buffer, from: number, to: number): number {
  let at = from
  while (at < to && DIGIT[bytes[at] as number] === 1) at++
  return at
}

/** All of `bytes[from, to)` as a number (`1*DIGIT`), or `undefined` where it is none, or none that is exact. */
export function readDecimal(bytes: Buffer, from: number, to: number): number | undefined {
  if (from >= to || behindDigits(bytes, from, to) < to) return undefined
  let value = 0
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at] as number) - 0x30
  return value > Number.MAX_SAFE_INTEGER ? undefined : value
}
