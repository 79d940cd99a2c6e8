/**
 * The start lines of requests and responses, octet by octet. See `scan.ts` for the contract. RFC 9112 §3, §4.
 */
import * as ascii from '../net/ascii.ts'
import * as grammar from './grammar.ts'
import * as lineEnd from './line-end.ts'
import * as layout from './slots.ts'
import type { Scan, ScanFault } from './slots.ts'

// Taken out of their modules: an imported binding is looked up anew with every octet, a constant of this module is not.
const { CR, DIGIT, HEX_VALUE, LF, SP } = ascii
const { OBS_TEXT, TARGET_OCTET, TCHAR, UNENCODED_OCTET, VALUE_OCTET } = grammar
const { behindLine, behindRun } = lineEnd
const {
  AT,
  faultAnswer,
  FIELD_LINE,
  FIRST_END,
  METHOD,
  MINOR,
  NEED_MORE,
  note,
  pause,
  REASON,
  REASON_ABSENT,
  refuse,
  stop,
  SECOND_END,
  SECOND_START,
  STATE,
  STATUS,
  STATUS_LINE,
  TARGET,
  TARGET_OBS_TEXT,
  TARGET_UNENCODED,
  VERSION,
} = layout

const PERCENT = 0x25
const ZERO = 0x30
const ONE = 0x31
const HTTP_VERSION = Buffer.from('HTTP/1.1', 'latin1')

/**
 *     request-line = method SP request-target SP HTTP-version
 *
 * The target is its octets here: those of a URI without a fragment. Which form it has, and whether the method may use that, is said in
 * `target.ts`.
 *
 * One long function on purpose: it runs once per request, and a call costs as much as ten octets.
 */
export function scanRequestLine(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  const { maxMethodBytes, maxTargetBytes } = scan.limits
  let state = slots[base + STATE] as number
  let at = from + (slots[base + AT] as number)
  if (state === METHOD) {
    while (at < end && TCHAR[bytes[at] as number] === 1) at++
    if (at - from > maxMethodBytes) return refuse(scan, 'HTTP_METHOD_LONG', maxMethodBytes)
    if (at === end) return pause(scan, METHOD, at - from)
    if (bytes[at] !== SP || at === from) return refuse(scan, 'HTTP_METHOD', at - from)
    slots[base + FIRST_END] = at - from
    slots[base + SECOND_START] = ++at - from
    state = TARGET
  }
  const target = from + (slots[base + SECOND_START] as number)
  while (state === TARGET) {
    at = behindRun(TARGET_OCTET, bytes, at, end)
    if (at - target > maxTargetBytes) return refuse(scan, 'HTTP_TARGET_LONG', target - from + maxTargetBytes)
    if (at === end) return pause(scan, TARGET, at - from)
    if (bytes[at] !== SP) {
      const width = widthInTarget(bytes, at, end, scan)
      if (width === NEED_MORE) return pause(scan, TARGET, at - from)
      if (width < 0) return stop(scan, width, at - from)
      at += width
      continue
    }
    if (at === target) return refuse(scan, 'HTTP_TARGET', at - from)
    slots[base + SECOND_END] = at - from
    state = VERSION
  }
  at = from + (slots[base + SECOND_END] as number) + 1
  if (isVersion11(bytes, at, end) && bytes[at + 8] === CR && end - at >= 10 && bytes[at + 9] === LF) {
    slots[base + MINOR] = 1
    slots[base + STATE] = FIELD_LINE
    return (slots[base + AT] = at + 10 - from)
  }
  return scanVersion(bytes, from, at, end, scan)
}

/**
 * How many octets belong together in a target at `at`, where no ordinary one stands: three of a pct-encoded one, one that ought to be
 * encoded where that is forgiven. Zero where they have not all come, or a fault.
 */
function widthInTarget(bytes: Uint8Array, at: number, end: number, scan: Scan): number {
  const byte = bytes[at] as number
  if (byte === PERCENT) {
    for (let index = 1; index < 3; index++) {
      if (at + index === end) return NEED_MORE
      if (HEX_VALUE[bytes[at + index] as number] === 255) return faultAnswer('HTTP_TARGET')
    }
    return 3
  }
  if (UNENCODED_OCTET[byte] === 1 && scan.leniency.targetMayHoldUnencoded) {
    note(scan, TARGET_UNENCODED)
    return 1
  }
  if (byte >= OBS_TEXT && scan.leniency.targetMayHoldObsText) {
    note(scan, TARGET_OBS_TEXT)
    return 1
  }
  // `GET /` and the end of the line is HTTP/0.9, which has no version to be wrong.
  return faultAnswer(byte === CR || byte === LF ? 'HTTP_VERSION' : 'HTTP_TARGET')
}

/**
 *     HTTP-version = HTTP-name "/" DIGIT "." DIGIT
 *
 * and the end of the line. Eight octets from `first` on: a pause begins them anew.
 */
function scanVersion(bytes: Uint8Array, from: number, first: number, end: number, scan: Scan): number {
  for (let index = 0; index < 8; index++) {
    const at = first + index
    if (at === end) return pause(scan, VERSION, 0)
    if (!isVersionOctet(index, bytes[at] as number)) return refuse(scan, 'HTTP_VERSION', at - from)
  }
  if (bytes[first + 5] !== ONE) return refuse(scan, 'HTTP_VERSION_UNKNOWN', first + 5 - from)
  scan.slots[scan.base + MINOR] = (bytes[first + 7] as number) - ZERO
  return endLine(bytes, from, first + 8, end, scan, 'HTTP_VERSION', VERSION)
}

/** Whether the eight octets from `at` on are there and are `HTTP/1.1`, as they nearly always are. */
function isVersion11(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    end - at >= 8 &&
    bytes[at] === 0x48 &&
    bytes[at + 1] === 0x54 &&
    bytes[at + 2] === 0x54 &&
    bytes[at + 3] === 0x50 &&
    bytes[at + 4] === 0x2f &&
    bytes[at + 5] === ONE &&
    bytes[at + 6] === 0x2e &&
    bytes[at + 7] === ONE
  )
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
export function scanStatusLine(bytes: Uint8Array, from: number, end: number, scan: Scan): number {
  const { slots, base } = scan
  if (slots[base + STATE] === STATUS_LINE) {
    for (let index = isVersion11(bytes, from, end) ? 8 : 0; index < 12; index++) {
      if (from + index === end) return pause(scan, STATUS_LINE, 0)
      const fault = statusLineFault(index, bytes, from)
      if (fault !== undefined) return refuse(scan, fault, fault === 'HTTP_VERSION_UNKNOWN' ? 5 : index)
    }
    slots[base + MINOR] = (bytes[from + 7] as number) - ZERO
    slots[base + STATUS] =
      (bytes[from + 9] as number) * 100 + (bytes[from + 10] as number) * 10 + (bytes[from + 11] as number) - ZERO * 111
    pause(scan, REASON, 12)
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
    note(scan, REASON_ABSENT)
    slots[base + SECOND_START] = at - from
    slots[base + SECOND_END] = at - from
    return endLine(bytes, from, at, end, scan, 'HTTP_STATUS', REASON)
  }
  at = behindRun(VALUE_OCTET, bytes, at, end)
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
  if (next === NEED_MORE) return pause(scan, state, at - from)
  if (next > 0) pause(scan, FIELD_LINE, next)
  return next
}
