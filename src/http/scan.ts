/**
 * The scanner: octets of a head to offsets, and nothing else. Every octet is looked at once and checked against a table; no
 * string is made and no object. What the offsets mean together (framing, routing) is for the files above.
 *
 * One head is one run of `Int32Array` slots from `base` on. The slots are the result and, until the head is complete, also
 * the place where the scan stands, so that it goes on where it stopped when more octets have come. All offsets count from the
 * head's first octet, so a head may be moved (to a larger buffer) between two calls.
 *
 *     slot          request            response           trailers
 *     STATE, AT     where the scan stands: a state below, and the next octet to look at
 *     LINE          where the current field line begins
 *     FIELDS        how many field lines are complete
 *     BITS          which fields of interest were seen, and what was forgiven
 *     MINOR         minor version      minor version
 *     FIRST_END     end of method
 *     SECOND_START  start of target    start of reason
 *     SECOND_END    end of target      end of reason
 *     STATUS                           status code
 *     FIELD_SLOTS + 4n                 name start, name end, value start, value end of field line n, without OWS
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
import { COLON, CR, DIGIT, HEX_VALUE, LF, LOWER, SP } from '../net/ascii.ts'
import { IS_OWS, OBS_TEXT, TARGET_OCTET, TCHAR, VALUE_OCTET } from './grammar.ts'
import type { Leniency, Limits } from './limits.ts'

/** The slots in front of the field lines; see the table above. */
export const STATE = 0
/** The next octet to look at, or the offending one. */
export const AT = 1
/** Where the current field line begins. */
export const LINE = 2
/** How many field lines are complete. */
export const FIELDS = 3
/** Fields of interest and forgiven faults, as bits. */
export const BITS = 4
/** The minor version: 1 for HTTP/1.1. */
export const MINOR = 5
/** End of the method. */
export const FIRST_END = 6
/** Start of the target or of the reason phrase. */
export const SECOND_START = 7
/** End of the target or of the reason phrase. */
export const SECOND_END = 8
/** The status code. */
export const STATUS = 9
/** The first slot of the first field line. */
export const FIELD_SLOTS = 10
/** Slots of one field line. */
export const SLOTS_PER_FIELD = 4

/** How many slots a head of at most `maxFields` field lines needs. */
export function slotsFor(maxFields: number): number {
  return FIELD_SLOTS + SLOTS_PER_FIELD * maxFields
}

/** Bit: Host was seen. A field seen twice sets the same bit again, `REPEATED` higher. */
export const HOST = 1
/** Bit: Content-Length was seen. */
export const CONTENT_LENGTH = 2
/** Bit: Transfer-Encoding was seen. */
export const TRANSFER_ENCODING = 4
/** Bit: Connection was seen. */
export const CONNECTION = 8
/** Bit: Expect was seen. */
export const EXPECT = 16
/** Bit: Upgrade was seen. */
export const UPGRADE = 32
/** How much higher the bit of a field stands that was seen more than once. */
export const REPEATED = 8
/** Bit: a folded line was forgiven. */
export const FOLDED: number = 1 << 16
/** Bit: a bare LF was forgiven. */
export const BARE_LF: number = 1 << 17
/** Bit: an absent reason phrase, and the space before it, were forgiven. */
export const REASON_ABSENT: number = 1 << 18
/** Bit: octets from 0x80 up in the target were forgiven. */
export const TARGET_OBS_TEXT: number = 1 << 19

const METHOD = 0
const TARGET = 1
const VERSION = 2
const STATUS_LINE = 3
const REASON = 4
const FIELD_LINE = 5
const NAME = 6
const BEFORE_VALUE = 7
const VALUE = 8

/** The answer that the head is not complete; call again when more octets have come. */
export const NEED_MORE = 0

const FAULTS = [
  'HTTP_BARE_CR',
  'HTTP_BARE_LF',
  'HTTP_METHOD',
  'HTTP_METHOD_LONG',
  'HTTP_TARGET',
  'HTTP_TARGET_LONG',
  'HTTP_VERSION',
  'HTTP_VERSION_UNKNOWN',
  'HTTP_STATUS',
  'HTTP_REASON',
  'HTTP_REASON_LONG',
  'HTTP_FIELD_NAME',
  'HTTP_FIELD_SPACE',
  'HTTP_FIELD_VALUE',
  'HTTP_FIELD_FOLD',
  'HTTP_FIELD_INDENT',
  'HTTP_FIELD_LONG',
  'HTTP_FIELDS_MANY',
  'HTTP_HEAD_LONG',
] as const

/** The faults that a scan can end with. */
export type ScanFault = (typeof FAULTS)[number]

/** The error code of a negative answer. */
export function faultCode(answer: number): ScanFault {
  return FAULTS[-1 - answer] as ScanFault
}

/** Where a head is scanned to, and by which rules. */
export interface Scan {
  /** The slots; `slotsFor(limits.maxFields)` of them from `base` on. */
  slots: Int32Array
  /** The first slot of this head. */
  base: number
  /** Octets that the head may have with its empty line. */
  maxBytes: number
  /** The other limits. */
  readonly limits: Pick<Limits, 'maxEmptyLines' | 'maxMethodBytes' | 'maxTargetBytes' | 'maxFieldBytes' | 'maxFields'>
  /** What is forgiven. */
  readonly leniency: Pick<
    Leniency,
    'bareLfEndsLine' | 'foldBecomesSpace' | 'targetMayHoldObsText' | 'reasonMayBeAbsent'
  >
}

/** Readies the slots for another head. */
export function startScan(scan: Scan, kind: 'request' | 'response' | 'trailers'): void {
  scan.slots.fill(0, scan.base, scan.base + FIELD_SLOTS)
  scan.slots[scan.base + STATE] = kind === 'request' ? METHOD : kind === 'response' ? STATUS_LINE : FIELD_LINE
}

/**
 * Scans `bytes[from, end)`, whose first octet is the head's first.
 *
 * @returns the head's length with its empty line, `NEED_MORE`, or a fault
 */
export function scanHead(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  // Nothing beyond the limit is ever looked at, so the limit's fault does not hang on how much happened to be there.
  const stop = end - from > scan.maxBytes ? from + scan.maxBytes : end
  const state = scan.slots[scan.base + STATE] as number
  let answer = 1
  if (state < STATUS_LINE) answer = scanRequestLine(bytes, from, stop, scan)
  else if (state < FIELD_LINE) answer = scanStatusLine(bytes, from, stop, scan)
  if (answer > 0) answer = scanFields(bytes, from, stop, scan)
  return answer === NEED_MORE && stop - from === scan.maxBytes ? refuse(scan, 'HTTP_HEAD_LONG', scan.maxBytes) : answer
}

/**
 *     request-line = method SP request-target SP HTTP-version
 */
function scanRequestLine(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  let at = from + (slots[base + AT] as number)
  if (slots[base + STATE] === METHOD) {
    while (at < end && TCHAR[bytes[at] as number] === 1) at++
    const max = scan.limits.maxMethodBytes
    if (at - from > max) return refuse(scan, 'HTTP_METHOD_LONG', max)
    if (at === end) return pause(scan, METHOD, at - from)
    if (bytes[at] !== SP || at === from) return refuse(scan, 'HTTP_METHOD', at - from)
    slots[base + FIRST_END] = at - from
    slots[base + SECOND_START] = ++at - from
    slots[base + STATE] = TARGET
  }
  if (slots[base + STATE] === TARGET) {
    const next = scanTarget(bytes, from, at, end, scan)
    if (next <= 0) return next
  }
  return scanVersion(bytes, from, end, scan)
}

/**
 *     request-target = origin-form / absolute-form / authority-form / asterisk-form
 *
 * Here only its octets: those of a URI without a fragment, and `{` `|` `}` `^` and the backtick, which browsers send unencoded
 * (WHATWG URL). Which form it has, and whether the method may use that, is said in `target.ts`.
 */
function scanTarget(bytes: Uint8Array, from: number, start: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  const first = from + (slots[base + SECOND_START] as number)
  let at = start
  for (;;) {
    while (at < end && TARGET_OCTET[bytes[at] as number] === 1) at++
    const max = scan.limits.maxTargetBytes
    if (at - first > max) return refuse(scan, 'HTTP_TARGET_LONG', first - from + max)
    if (at === end) return pause(scan, TARGET, at - from)
    const byte = bytes[at] as number
    if (byte === PERCENT) {
      if (at + 1 < end && HEX_VALUE[bytes[at + 1] as number] === 255) break
      if (at + 2 >= end) return pause(scan, TARGET, at - from)
      if (HEX_VALUE[bytes[at + 2] as number] === 255) break
      at += 3
    } else if (byte >= OBS_TEXT && scan.leniency.targetMayHoldObsText) {
      slots[base + BITS] = (slots[base + BITS] as number) | TARGET_OBS_TEXT
      at++
    } else break
  }
  const byte = bytes[at]
  // `GET /` and the end of the line is HTTP/0.9, which has no version to be wrong.
  if (byte === CR || byte === LF) return refuse(scan, 'HTTP_VERSION', at - from)
  if (byte !== SP || at === first) return refuse(scan, 'HTTP_TARGET', at - from)
  slots[base + SECOND_END] = at - from
  return at + 1 - from
}

const PERCENT = 0x25
const ZERO = 0x30
const ONE = 0x31
const HTTP_VERSION = Buffer.from('HTTP/1.1', 'latin1')

/**
 *     HTTP-version = HTTP-name "/" DIGIT "." DIGIT
 *
 * and the end of the line. Eight octets: a pause begins them anew.
 */
function scanVersion(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  const first = from + (slots[base + SECOND_END] as number) + 1
  for (let index = 0; index < 8; index++) {
    if (first + index === end) return pause(scan, VERSION, 0)
    if (!isVersionOctet(index, bytes[first + index] as number))
      return refuse(scan, 'HTTP_VERSION', first + index - from)
  }
  if (bytes[first + 5] !== ONE) return refuse(scan, 'HTTP_VERSION_UNKNOWN', first + 5 - from)
  slots[base + MINOR] = (bytes[first + 7] as number) - 0x30
  return endLine(bytes, from, first + 8, end, scan, 'HTTP_VERSION', VERSION)
}

/** Whether `byte` may be octet `index` of `HTTP/1.1`; which digits are spoken is asked when all eight are there. */
function isVersionOctet(index: number, byte: number): boolean {
  return byte === HTTP_VERSION[index] || ((index === 5 || index === 7) && DIGIT[byte] === 1)
}

/**
 *     status-line = HTTP-version SP status-code SP [ reason-phrase ]
 *
 * The fixed part is twelve octets, `HTTP/1.1 200`: a pause begins them anew.
 */
function scanStatusLine(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  if (slots[base + STATE] === STATUS_LINE) {
    for (let index = 0; index < 12; index++) {
      if (from + index === end) return pause(scan, STATUS_LINE, 0)
      const fault = statusLineFault(index, bytes, from)
      if (fault !== undefined) return refuse(scan, fault, fault === 'HTTP_VERSION_UNKNOWN' ? 5 : index)
    }
    slots[base + MINOR] = (bytes[from + 7] as number) - 0x30
    slots[base + STATUS] =
      (bytes[from + 9] as number) * 100 + (bytes[from + 10] as number) * 10 + (bytes[from + 11] as number) - 0x30 * 111
    slots[base + AT] = 12
    slots[base + STATE] = REASON
  }
  return scanReason(bytes, from, end, scan)
}

/** Why octet `index` cannot stand in `HTTP/1.1 200`, if it cannot. */
function statusLineFault(index: number, bytes: Uint8Array, from: number): ScanFault | undefined {
  const byte = bytes[from + index] as number
  if (index < 8) return isVersionOctet(index, byte) ? undefined : 'HTTP_VERSION'
  if (index === 8) return bytes[from + 5] !== ONE ? 'HTTP_VERSION_UNKNOWN' : byte === SP ? undefined : 'HTTP_VERSION'
  // status-code = 3DIGIT, and RFC 9110 §15 has no class 0.
  return DIGIT[byte] === 1 && (index > 9 || byte !== ZERO) ? undefined : 'HTTP_STATUS'
}

/**
 *     reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )
 *
 * with the space before it and the end of the line behind it.
 */
function scanReason(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  const behindCode = from + 12
  let at = from + (slots[base + AT] as number)
  if (at === end) return pause(scan, REASON, at - from)
  if (at === behindCode && bytes[at] !== SP) {
    if (!scan.leniency.reasonMayBeAbsent) return refuse(scan, 'HTTP_STATUS', at - from)
    slots[base + BITS] = (slots[base + BITS] as number) | REASON_ABSENT
    slots[base + SECOND_START] = at - from
    slots[base + SECOND_END] = at - from
    return endLine(bytes, from, at, end, scan, 'HTTP_STATUS', REASON)
  }
  while (at < end && VALUE_OCTET[bytes[at] as number] === 1) at++
  const max = scan.limits.maxFieldBytes
  if (at - behindCode > max) return refuse(scan, 'HTTP_REASON_LONG', 12 + max)
  slots[base + SECOND_START] = 13
  slots[base + SECOND_END] = at - from
  return endLine(bytes, from, at, end, scan, 'HTTP_REASON', REASON)
}

/** The end of a start line at `at`; where something else stands there, that is fault `code`. */
function endLine(
  bytes: Uint8Array,
  from: number,
  at: number,
  end: number,
  scan: Scan,
  code: ScanFault,
  state: number,
): number {
  const next = behindLine(bytes, from, at, end, scan, code)
  if (next < 0) return next
  pause(scan, next === NEED_MORE ? state : FIELD_LINE, next === NEED_MORE ? at - from : next)
  return next
}

/** The offset behind the line end at `at`, `NEED_MORE` where it is not whole, or fault `code` where it is none. */
function behindLine(bytes: Uint8Array, from: number, at: number, end: number, scan: Scan, code: ScanFault): number {
  if (at === end) return NEED_MORE
  const byte = bytes[at]
  if (byte === CR) {
    if (at + 1 === end) return NEED_MORE
    return bytes[at + 1] === LF ? at + 2 - from : refuse(scan, 'HTTP_BARE_CR', at - from)
  }
  if (byte !== LF) return refuse(scan, code, at - from)
  if (!scan.leniency.bareLfEndsLine) return refuse(scan, 'HTTP_BARE_LF', at - from)
  scan.slots[scan.base + BITS] = (scan.slots[scan.base + BITS] as number) | BARE_LF
  return at + 1 - from
}

/** Field lines up to and with the empty line. */
function scanFields(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  let at = from + (slots[base + AT] as number)
  let state = slots[base + STATE] as number
  for (;;) {
    if (state === FIELD_LINE) {
      if (at === end) return pause(scan, FIELD_LINE, at - from)
      const byte = bytes[at] as number
      if (byte === CR || byte === LF) {
        const next = behindLine(bytes, from, at, end, scan, 'HTTP_BARE_LF')
        return next === NEED_MORE ? pause(scan, FIELD_LINE, at - from) : next
      }
      if (IS_OWS[byte] === 1) state = reopenLine(scan, at - from)
      else if (slots[base + FIELDS] === scan.limits.maxFields) return refuse(scan, 'HTTP_FIELDS_MANY', at - from)
      else state = NAME
      if (state < 0) return state
      if (state === NAME) slots[base + LINE] = at - from
    }
    const next = scanFieldLine(bytes, from, at, end, scan, state)
    if (next <= 0) return next
    at = from + next
    state = FIELD_LINE
  }
}

/**
 *     field-line = field-name ":" OWS field-value OWS
 *
 * from `state` on, with its line end.
 */
function scanFieldLine(bytes: Uint8Array, from: number, start: number, end: number, scan: Scan, state: number): number {
  const { slots, base } = scan
  const slot = base + FIELD_SLOTS + SLOTS_PER_FIELD * (slots[base + FIELDS] as number)
  const line = from + (slots[base + LINE] as number)
  const max = scan.limits.maxFieldBytes
  let at = start
  if (state === NAME) {
    while (at < end && TCHAR[bytes[at] as number] === 1) at++
    if (at - line > max) return refuse(scan, 'HTTP_FIELD_LONG', line + max - from)
    if (at === end) return pause(scan, NAME, at - from)
    if (bytes[at] !== COLON || at === line) return refuseName(scan, bytes[at] as number, at - from)
    slots[slot] = line - from
    slots[slot + 1] = at - from
    noteField(slots, base, bytes, line, at)
    at++
  }
  if (state !== VALUE) {
    while (at < end && IS_OWS[bytes[at] as number] === 1) at++
    if (at - line > max) return refuse(scan, 'HTTP_FIELD_LONG', line + max - from)
    if (at === end) return pause(scan, BEFORE_VALUE, at - from)
    slots[slot + 2] = at - from
  }
  while (at < end && VALUE_OCTET[bytes[at] as number] === 1) at++
  if (at - line > max) return refuse(scan, 'HTTP_FIELD_LONG', line + max - from)
  const next = behindLine(bytes, from, at, end, scan, 'HTTP_FIELD_VALUE')
  if (next === NEED_MORE) return pause(scan, VALUE, at - from)
  if (next < 0) return next
  // Trailing OWS is no part of the value. CR and LF stand inside a value only where a fold was forgiven.
  const first = from + (slots[slot + 2] as number)
  while (at > first && (bytes[at - 1] as number) <= SP) at--
  slots[slot + 3] = at - from
  slots[base + FIELDS] = (slots[base + FIELDS] as number) + 1
  return next
}

/** A line that begins with white space: the fold of the last one where that is forgiven. Returns the state, or a fault. */
function reopenLine(scan: Scan, at: number): number {
  const { slots, base } = scan
  const fields = slots[base + FIELDS] as number
  if (fields === 0) return refuse(scan, 'HTTP_FIELD_INDENT', at)
  if (!scan.leniency.foldBecomesSpace) return refuse(scan, 'HTTP_FIELD_FOLD', at)
  const slot = base + FIELD_SLOTS + SLOTS_PER_FIELD * (fields - 1)
  slots[base + FIELDS] = fields - 1
  slots[base + BITS] = (slots[base + BITS] as number) | FOLDED
  return slots[slot + 2] === slots[slot + 3] ? BEFORE_VALUE : VALUE
}

/** A name that does not end in a colon. White space before the colon has a section, and a history, of its own. */
function refuseName(scan: Scan, byte: number, at: number): number {
  const isSpace = IS_OWS[byte] === 1 && at > (scan.slots[scan.base + LINE] as number)
  return refuse(scan, isSpace ? 'HTTP_FIELD_SPACE' : 'HTTP_FIELD_NAME', at)
}

const HOST_NAME = Buffer.from('host', 'latin1')
const EXPECT_NAME = Buffer.from('expect', 'latin1')
const UPGRADE_NAME = Buffer.from('upgrade', 'latin1')
const CONNECTION_NAME = Buffer.from('connection', 'latin1')
const CONTENT_LENGTH_NAME = Buffer.from('content-length', 'latin1')
const TRANSFER_ENCODING_NAME = Buffer.from('transfer-encoding', 'latin1')

/** Sets the bit of a field of interest, and the higher one where it was set before. */
function noteField(slots: Int32Array, base: number, bytes: Uint8Array, from: number, to: number): void {
  const bit = bitOf(bytes, from, to)
  if (bit === 0) return
  const bits = slots[base + BITS] as number
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

/** Notes where to go on. */
function pause(scan: Scan, state: number, at: number): number {
  scan.slots[scan.base + STATE] = state
  scan.slots[scan.base + AT] = at
  return NEED_MORE
}

/** Notes the offending octet. */
function refuse(scan: Scan, code: ScanFault, at: number): number {
  scan.slots[scan.base + AT] = at
  return -1 - FAULTS.indexOf(code)
}
