/**
 * Field lines up to and with the empty line, octet by octet: the larger part of every head. See `scan.ts` for the contract.
 * RFC 9112 §5.
 */
import * as ascii from '../net/ascii.ts'
import * as grammar from './grammar.ts'
import * as lineEnd from './line-end.ts'
import * as layout from './slots.ts'
import type { Scan } from './slots.ts'

// Taken out of their modules: an imported binding is looked up anew with every octet, a constant of this module is not.
const { COLON, CR, LF, LOWER, SP } = ascii
const { IS_OWS, TCHAR, VALUE_OCTET } = grammar
const { behindLine, behindRun } = lineEnd
const {
  AT,
  BEFORE_VALUE,
  BITS,
  CONNECTION,
  CONTENT_LENGTH,
  EXPECT,
  faultAnswer,
  FIELD_LINE,
  FIELD_SLOTS,
  FIELDS,
  FOLDED,
  HOST,
  INTEREST,
  LINE,
  NAME,
  NEED_MORE,
  note,
  REPEATED,
  SLOTS_PER_FIELD,
  STATE,
  TRANSFER_ENCODING,
  UPGRADE,
  VALUE,
} = layout

/**
 *     field-line = field-name ":" OWS field-value OWS
 *
 * over and over, and the empty line. What the loop finds stands in its own variables and is written back where it stops: at the end of
 * the octets, of the section, or of our patience.
 */
export function scanFields(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  const { maxFieldBytes, maxFields } = scan.limits
  let state = slots[base + STATE] as number
  let at = from + (slots[base + AT] as number)
  let line = from + (slots[base + LINE] as number)
  let fields = slots[base + FIELDS] as number
  let answer: number = NEED_MORE
  while (at < end) {
    let slot = base + FIELD_SLOTS + SLOTS_PER_FIELD * fields
    if (state === FIELD_LINE) {
      const byte = bytes[at] as number
      if (byte === CR || byte === LF) {
        answer = behindLine(bytes, from, at, end, scan, 'HTTP_BARE_LF')
        break
      }
      if (IS_OWS[byte] === 1) {
        answer = foldFault(fields, scan)
        if (answer < 0) break
        fields--
        slot -= SLOTS_PER_FIELD
        state = slots[slot + 2] === slots[slot + 3] ? BEFORE_VALUE : VALUE
      } else {
        line = at
        state = NAME
        if (fields === maxFields) answer = faultAnswer('HTTP_FIELDS_MANY')
        if (answer < 0) break
      }
    }
    if (state === NAME) {
      while (at < end && TCHAR[bytes[at] as number] === 1) at++
      if (at === end || at - line > maxFieldBytes) break
      if (bytes[at] !== COLON || at === line) {
        answer = nameFault(bytes[at] as number, at === line)
        break
      }
      slots[slot] = line - from
      slots[slot + 1] = at - from
      if (((LENGTHS_OF_INTEREST >>> (at - line)) & 1) === 1) noteField(scan, bytes, line, at, fields)
      at++
      state = BEFORE_VALUE
    }
    if (state === BEFORE_VALUE) {
      while (at < end && IS_OWS[bytes[at] as number] === 1) at++
      if (at === end || at - line > maxFieldBytes) break
      slots[slot + 2] = at - from
      state = VALUE
    }
    at = behindRun(VALUE_OCTET, bytes, at, end)
    if (at === end || at - line > maxFieldBytes) break
    let next = at + 2
    if (bytes[at] !== CR || next > end || bytes[at + 1] !== LF) {
      answer = behindLine(bytes, from, at, end, scan, 'HTTP_FIELD_VALUE')
      if (answer <= 0) break
      next = from + answer
      answer = NEED_MORE
    }
    // Trailing OWS is no part of the value. CR and LF stand inside one only where a fold was forgiven, and are OWS then.
    const value = from + (slots[slot + 2] as number)
    while (at > value && (bytes[at - 1] as number) <= SP) at--
    slots[slot + 3] = at - from
    at = next
    fields++
    state = FIELD_LINE
  }
  if (answer === NEED_MORE && state > FIELD_LINE && at - line > maxFieldBytes) {
    at = line + maxFieldBytes
    answer = faultAnswer('HTTP_FIELD_LONG')
  }
  slots[base + STATE] = state
  slots[base + AT] = at - from
  slots[base + LINE] = line - from
  slots[base + FIELDS] = fields
  return answer
}

/** A line that begins with white space: it goes on with the last one, where that is forgiven and there is one. */
function foldFault(fields: number, scan: Scan): number {
  if (fields === 0) return faultAnswer('HTTP_FIELD_INDENT')
  if (!scan.leniency.foldBecomesSpace) return faultAnswer('HTTP_FIELD_FOLD')
  note(scan, FOLDED)
  return NEED_MORE
}

/** A name that does not end in a colon. White space before the colon has a section, and a history, of its own. */
function nameFault(byte: number, isEmpty: boolean): number {
  return faultAnswer(IS_OWS[byte] === 1 && !isEmpty ? 'HTTP_FIELD_SPACE' : 'HTTP_FIELD_NAME')
}

const HOST_NAME = Buffer.from('host', 'latin1')
const EXPECT_NAME = Buffer.from('expect', 'latin1')
const UPGRADE_NAME = Buffer.from('upgrade', 'latin1')
const CONNECTION_NAME = Buffer.from('connection', 'latin1')
const CONTENT_LENGTH_NAME = Buffer.from('content-length', 'latin1')
const TRANSFER_ENCODING_NAME = Buffer.from('transfer-encoding', 'latin1')
/** The lengths of the six names as bits: most names need no further look. Lengths from 32 up fall together with smaller ones. */
const LENGTHS_OF_INTEREST = (1 << 4) | (1 << 6) | (1 << 7) | (1 << 10) | (1 << 14) | (1 << 17)

/** Sets the bit of a field of interest and notes its line; where the bit was set before, sets the higher one. */
function noteField(scan: Scan, bytes: Uint8Array, from: number, to: number, field: number): void {
  const { slots, base } = scan
  const bit = bitOf(bytes, from, to)
  const bits = slots[base + BITS] as number
  if (bit !== 0 && (bits & bit) === 0) slots[base + INTEREST + 31 - Math.clz32(bit)] = field
  slots[base + BITS] = bits | bit | ((bits & bit) << REPEATED)
}

function bitOf(bytes: Uint8Array, from: number, to: number): number {
  switch (to - from) {
    case 4:
      return isName(HOST_NAME, bytes, from) ? HOST : 0
    case 6:
      return isName(EXPECT_NAME, bytes, from) ? EXPECT : 0
    case 7:
      return isName(UPGRADE_NAME, bytes, from) ? UPGRADE : 0
    case 10:
      return isName(CONNECTION_NAME, bytes, from) ? CONNECTION : 0
    case 14:
      return isName(CONTENT_LENGTH_NAME, bytes, from) ? CONTENT_LENGTH : 0
    case 17:
      return isName(TRANSFER_ENCODING_NAME, bytes, from) ? TRANSFER_ENCODING : 0
    default:
      return 0
  }
}

/** Names are compared with ASCII letters folded and nothing else: `_` is not `-`, and no Unicode letter is an ASCII one. */
function isName(name: Uint8Array, bytes: Uint8Array, from: number): boolean {
  for (let index = 0; index < name.length; index++) {
    if (LOWER[bytes[from + index] as number] !== name[index]) return false
  }
  return true
}
