/**
 * Field lines that the last head had at the same place. The scanner is an automaton: from the beginning of a line, the octets that led it
 * somewhere in the last head lead it there again. So it is put where the octets begin to differ, and goes on from there.
 *
 *     last head   Host: a.test CR LF Accept: text/html CR LF Cookie: a=1; b=2 CR LF
 *     this head   Host: a.test CR LF Accept: image/png CR LF ...
 *                 known              known   ^               the next line is compared anew
 *
 * Line n is compared with line n alone. Slots are where they were, so that what is known has only to be shifted where the start line has
 * another length; the line n of the last head is read before the one of this head is written over it. RFC 9112 §5.
 */
import type { LastHead } from './last-head.ts'
import * as layout from './slots.ts'
import type { Scan } from './slots.ts'

const { AT, BEFORE_VALUE, FIELD_SLOTS, FIELDS, LINE, SLOTS_PER_FIELD, STATE, VALUE } = layout

/** Octets of the empty line: the last line ends where it begins. */
const EMPTY_LINE = 2

/**
 * From the beginning of a line on, passes the lines that are known, and what is known of the one behind them.
 *
 * @returns how many lines are to be read before another comparison is worth while: all, where two in a row are not known
 */
export function passKnown(bytes: Uint8Array, from: number, end: number, scan: Scan, last: LastHead): number {
  const { slots, base } = scan
  const { maxFields } = scan.limits
  let line = slots[base + FIELDS] as number
  if (line >= last.lines) return maxFields
  let slot = base + FIELD_SLOTS + SLOTS_PER_FIELD * line
  const at = slots[base + AT] as number
  const start = slots[slot] as number
  const shift = at - start
  const same = start + last.equalRun(bytes, scan.words, from + at, end, start)
  let behind = start
  while (line < last.lines) {
    const next = line + 1 < last.lines ? (slots[slot + SLOTS_PER_FIELD] as number) : last.length - EMPTY_LINE
    if (next > same) break
    if (shift !== 0) shiftLine(slots, slot, shift)
    last.known |= 1 << line
    last.knownNames |= 1 << line
    behind = next
    line++
    slot += SLOTS_PER_FIELD
  }
  slots[base + FIELDS] = line
  slots[base + AT] = behind + shift
  if (line === last.lines) return maxFields
  // With its colon: without that it may be a longer name.
  if (same > (slots[slot + 1] as number)) {
    last.knownNames |= 1 << line
    shiftLine(slots, slot, shift)
    passPart(scan, slot, behind + shift, same + shift)
  }
  return behind === start && !last.isKnown(line - 1) ? maxFields : line + 1
}

function shiftLine(slots: Int32Array, slot: number, shift: number): void {
  slots[slot] = (slots[slot] as number) + shift
  slots[slot + 1] = (slots[slot + 1] as number) + shift
  slots[slot + 2] = (slots[slot + 2] as number) + shift
  slots[slot + 3] = (slots[slot + 3] as number) + shift
}

/** Puts the scan within the line at `slot`, whose octets are known before `same`: behind its colon, or within its value. */
function passPart(scan: Scan, slot: number, line: number, same: number): void {
  const { slots, base } = scan
  const valueStart = slots[slot + 2] as number
  const valueEnd = slots[slot + 3] as number
  const isWithinValue = same > valueStart && valueEnd > valueStart
  slots[base + LINE] = line
  slots[base + STATE] = isWithinValue ? VALUE : BEFORE_VALUE
  slots[base + AT] = isWithinValue ? Math.min(same, valueEnd) : (slots[slot + 1] as number) + 1
}
