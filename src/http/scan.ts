/**
 * The scanner: octets of a head to offsets, and nothing else. Every octet is checked against a table; no string is made and no
 * object. What the offsets mean together (framing, routing) is for the files above; where they are written, `slots.ts`
 * says. The start lines stand in `start-line.ts`, the field lines in `field-lines.ts`.
 *
 * States, in the order in which a head passes them. A state that meets the end of the octets is entered again at the same
 * octet; a CR is left where it is until the octet behind it is there.
 *
 *     METHOD -> TARGET -> VERSION --+                                                (request)
 *     STATUS_LINE -> REASON --------+-> FIELD_LINE -> NAME -> BEFORE_VALUE -> VALUE  (and back to FIELD_LINE)
 *                                       ^ a trailer section starts here; the empty line ends all three
 *
 * The answer is the length of the head, or `NEED_MORE` (zero), or a fault below zero: `faultCode` names it, and slot AT is the
 * offending octet. Which fault it is hangs on the octets alone and never on how TCP cut them: it is the earliest octet that
 * cannot stand where it stands, a limit counting as the first octet beyond it. RFC 9112 §2 to §5.
 */
import { scanFields } from './field-lines.ts'
import * as layout from './slots.ts'
import type { Scan } from './slots.ts'
import { scanRequestLine, scanStatusLine } from './start-line.ts'

// Taken out of their modules: an imported binding is looked up anew with every octet, a constant of this module is not.
const { AT, FIELD_LINE, NEED_MORE, refuse, STATE, STATUS_LINE } = layout

/**
 * Scans `bytes[from, end)`, whose first octet is the head's first.
 *
 * @returns the head's length with its empty line, `NEED_MORE`, or a fault
 */
export function scanHead(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  // Nothing beyond the limit is ever looked at, so the limit's fault does not hang on how much happened to be there.
  const stop = end - from > scan.maxBytes ? from + scan.maxBytes : end
  const state = scan.slots[scan.base + STATE] as number
  let answer = scan.slots[scan.base + AT] as number
  if (state < STATUS_LINE) answer = scanRequestLine(bytes, from, stop, scan)
  else if (state < FIELD_LINE) answer = scanStatusLine(bytes, from, stop, scan)
  if (state >= FIELD_LINE || answer > 0) answer = scanFields(bytes, from, stop, scan)
  return answer === NEED_MORE && stop - from === scan.maxBytes ? refuse(scan, 'HTTP_HEAD_LONG', scan.maxBytes) : answer
}
