/**
 * Field lines up to and with the empty line, octet by octet: the larger part of every head. See `scan.ts` for the contract.
 * RFC 9112 §5.
 */
import * as ascii from '../net/ascii.ts'
import * as grammar from './grammar.ts'
import { passKnown } from './known-lines.ts'
import * as lineEnd from './line-end.ts'
import * as layout from './slots.ts'
import type { Scan } from './slots.ts'

// Taken out of their modules: an imported binding is looked up anew with every octet, a constant of this module is not.
const { COLON, CR, LF, LOWER, SP } = ascii
const { IS_OWS, TCHAR, VALUE_OCTET } = grammar
const { behindLine, behindPlain, behindRun, isSameName } = lineEnd
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
  slotsFor,
  STATE,
  TRANSFER_ENCODING,
  UPGRADE,
  VALUE,
} = layout

/** Not an answer to anybody outside, and the number of no fault: something stands here that few heads have. */
const UNUSUAL = -128
/** The same: there may be more lines. */
const GO_ON = -129
const COLON_OCTETS = 1

/**
 * Field lines, the empty line behind them, and which of the fields are of interest. Lines that the last head had too are passed by `passKnown`, the
 * usual ones read by `scanLines`, names that the last head had there too at once; whatever that leaves is judged by `judgeUnusual`.
 */
export function scanFields(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  const { base, last } = scan
  let answer = GO_ON as number
  while (answer === GO_ON) {
    const isKnowable = last?.isFamiliar === true && scan.slots[base + STATE] === FIELD_LINE
    const lines = isKnowable ? passKnown(bytes, from, end, scan, last) : scan.limits.maxFields
    answer = scanLines(bytes, from, end, scan, lines)
    if (answer === UNUSUAL) answer = judgeUnusual(bytes, from, end, scan)
  }
  if (answer <= 0) return answer
  if (last?.hasNames(scan.slots[base + FIELDS] as number) === true) note(scan, last.bits)
  else noteFields(bytes, from, scan)
  return answer
}

/**
 *     field-line = field-name ":" OWS field-value OWS
 *
 * over and over, and the empty line. Most of the time that a head takes goes here, so the loop calls nothing but what is made part of it:
 * behind any other call, all that is known about the two arrays has to be found out anew. What it finds stands in variables of its own, and
 * is written back where it stops: at the latest when the head has so many `lines`.
 */
function scanLines(bytes: Uint8Array, from: number, end: number, scan: Scan, lines: number): number {
  const { slots, base, words, last } = scan
  const { maxFieldBytes } = scan.limits
  const firstSlot = base + FIELD_SLOTS
  const lastWords = last?.words
  // Before this slot, those that are not written yet hold the lines of the last head.
  const behindLast = last === undefined ? 0 : firstSlot + SLOTS_PER_FIELD * last.lines
  let knownNames = 0
  const lastSlot = Math.min(firstSlot + SLOTS_PER_FIELD * lines, slots.length)
  let slot = firstSlot + SLOTS_PER_FIELD * (slots[base + FIELDS] as number)
  let state = slots[base + STATE] as number
  let at = from + (slots[base + AT] as number)
  let line = from + (slots[base + LINE] as number)
  let answer: number = NEED_MORE
  while (at < end) {
    if (state === FIELD_LINE) {
      if (TCHAR[bytes[at] as number] === 0 || slot === lastSlot) {
        answer = bytes[at] === CR && at + 1 < end && bytes[at + 1] === LF ? at + 2 - from : UNUSUAL
        break
      }
      line = at
      state = NAME
      if (slot < behindLast && words !== undefined && lastWords !== undefined) {
        const name = slots[slot] as number
        const octets = (slots[slot + 1] as number) - name + COLON_OCTETS
        if (octets <= end - at && isSameName(words, at, lastWords, name, octets)) {
          at += octets - COLON_OCTETS
          knownNames |= 1 << ((slot - firstSlot) / SLOTS_PER_FIELD)
        }
      }
    }
    if (state === NAME) {
      at = behindRun(TCHAR, bytes, at, end)
      if (at === end) break
      if (bytes[at] !== COLON) {
        answer = UNUSUAL
        break
      }
      slots[slot] = line - from
      slots[slot + 1] = at - from
      at++
      state = BEFORE_VALUE
    }
    if (state === BEFORE_VALUE) {
      while (at < end && IS_OWS[bytes[at] as number] === 1) at++
      if (at === end) break
      slots[slot + 2] = at - from
      state = VALUE
    }
    if (words !== undefined) at = behindPlain(words, at, end)
    at = behindRun(VALUE_OCTET, bytes, at, end)
    if (at === end) break
    if (bytes[at] !== CR || at + 1 === end || bytes[at + 1] !== LF || at - line > maxFieldBytes) {
      answer = UNUSUAL
      break
    }
    slots[slot + 3] = behindValue(bytes, from, slot, slots, at) - from
    slot += SLOTS_PER_FIELD
    at += 2
    state = FIELD_LINE
  }
  // Of all that may be wrong with a line, its length is asked first: whatever else it was stands behind the first octet too many.
  if (state !== FIELD_LINE && at - line > maxFieldBytes) {
    at = line + maxFieldBytes
    answer = faultAnswer('HTTP_FIELD_LONG')
  }
  if (last !== undefined) last.knownNames |= knownNames
  slots[base + STATE] = state
  slots[base + AT] = at - from
  slots[base + LINE] = line - from
  slots[base + FIELDS] = (slot - firstSlot) / SLOTS_PER_FIELD
  return answer
}

/**
 * The end of a value without trailing OWS. LF stands inside one only where a fold was forgiven: then the last line is nothing but OWS, and the
 * value ends where it ended before. To go on from there, line by line, would be quadratic in a value of such folds.
 */
function behindValue(bytes: Uint8Array, from: number, slot: number, slots: Int32Array, lineEnd: number): number {
  const start = from + (slots[slot + 2] as number)
  let end = lineEnd
  while (end > start && (bytes[end - 1] as number) <= SP) {
    if (bytes[end - 1] === LF) return from + (slots[slot + 3] as number)
    end--
  }
  return end
}

/** What `scanLines` stopped at: an answer, or `GO_ON`. */
function judgeUnusual(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  const at = from + (slots[base + AT] as number)
  const byte = bytes[at] as number
  switch (slots[base + STATE]) {
    case FIELD_LINE:
      if (byte === CR || byte === LF) return behindLine(bytes, from, at, end, scan, 'HTTP_BARE_LF')
      if (IS_OWS[byte] === 1) return judgeFold(scan)
      if (slots[base + FIELDS] === scan.limits.maxFields) return faultAnswer('HTTP_FIELDS_MANY')
      return TCHAR[byte] === 1 ? makeRoom(scan) : faultAnswer('HTTP_FIELD_NAME')
    case NAME:
      // White space before the colon has a section, and a history, of its own.
      return faultAnswer(IS_OWS[byte] === 1 ? 'HTTP_FIELD_SPACE' : 'HTTP_FIELD_NAME')
    default:
      return judgeLineEnd(bytes, from, at, end, scan)
  }
}

/** The head goes on behind the lines that were to be read, or behind the last slots that there are. */
function makeRoom(scan: Scan): number {
  const { slots, base } = scan
  if (base + slotsFor((slots[base + FIELDS] as number) + 1) > slots.length) {
    scan.slots = new Int32Array(base + slotsFor(scan.limits.maxFields))
    scan.slots.set(slots)
  }
  return GO_ON
}

/** A line that begins with white space: it goes on with the last one, where that is forgiven and there is one. */
function judgeFold(scan: Scan): number {
  const { slots, base } = scan
  if (slots[base + FIELDS] === 0) return faultAnswer('HTTP_FIELD_INDENT')
  if (!scan.leniency.foldBecomesSpace) return faultAnswer('HTTP_FIELD_FOLD')
  note(scan, FOLDED)
  const fields = (slots[base + FIELDS] as number) - 1
  scan.last?.disown(fields)
  const slot = base + FIELD_SLOTS + SLOTS_PER_FIELD * fields
  slots[base + FIELDS] = fields
  slots[base + STATE] = slots[slot + 2] === slots[slot + 3] ? BEFORE_VALUE : VALUE
  return GO_ON
}

/** A value that does not end in CRLF, or not yet. */
function judgeLineEnd(bytes: Uint8Array, from: number, at: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  const next = behindLine(bytes, from, at, end, scan, 'HTTP_FIELD_VALUE')
  if (next <= 0) return next
  const fields = slots[base + FIELDS] as number
  const slot = base + FIELD_SLOTS + SLOTS_PER_FIELD * fields
  slots[slot + 3] = behindValue(bytes, from, slot, slots, at) - from
  slots[base + FIELDS] = fields + 1
  slots[base + STATE] = FIELD_LINE
  slots[base + AT] = next
  return GO_ON
}

const HOST_NAME = Buffer.from('host', 'latin1')
const EXPECT_NAME = Buffer.from('expect', 'latin1')
const UPGRADE_NAME = Buffer.from('upgrade', 'latin1')
const CONNECTION_NAME = Buffer.from('connection', 'latin1')
const CONTENT_LENGTH_NAME = Buffer.from('content-length', 'latin1')
const TRANSFER_ENCODING_NAME = Buffer.from('transfer-encoding', 'latin1')
const NAMES_OF_INTEREST = [
  HOST_NAME,
  EXPECT_NAME,
  UPGRADE_NAME,
  CONNECTION_NAME,
  CONTENT_LENGTH_NAME,
  TRANSFER_ENCODING_NAME,
]

/**
 * For each first octet of a name the lengths, as bits, that the names of interest have which begin with it: nearly all other names need no
 * further look. Lengths from 32 up fall together with smaller ones.
 */
const LENGTHS_BY_INITIAL = new Int32Array(256)
for (const name of NAMES_OF_INTEREST) {
  const initial = name[0] as number
  for (const octet of [initial, initial - 0x20])
    LENGTHS_BY_INITIAL[octet] = (LENGTHS_BY_INITIAL[octet] as number) | (1 << name.length)
}

/** Notes which fields of interest a complete section has, the line of the first one of each, and which there is more than one of. */
function noteFields(bytes: Uint8Array, from: number, scan: Scan): void {
  const { slots, base } = scan
  const fields = slots[base + FIELDS] as number
  let bits = slots[base + BITS] as number
  for (let field = 0, slot = base + FIELD_SLOTS; field < fields; field++, slot += SLOTS_PER_FIELD) {
    const start = from + (slots[slot] as number)
    const length = from + (slots[slot + 1] as number) - start
    const lengths = LENGTHS_BY_INITIAL[bytes[start] as number] as number
    if (((lengths >>> length) & 1) === 0) continue
    const bit = bitOf(bytes, start, length)
    if (bit === 0) continue
    if ((bits & bit) === 0) slots[base + INTEREST + 31 - Math.clz32(bit)] = field
    bits |= bit | ((bits & bit) << REPEATED)
  }
  slots[base + BITS] = bits
}

function bitOf(bytes: Uint8Array, from: number, length: number): number {
  switch (length) {
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
