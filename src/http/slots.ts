/**
 * Where the scanner writes what it finds. One head is one run of `Int32Array` slots from `base` on: the result and, until the
 * head is complete, also the place where the scan stands, so that it goes on where it stopped when more octets have come. All
 * offsets count from the head's first octet, so a head may be moved (to a larger buffer) between two calls.
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
 *     INTEREST + k  which field line is the first one of the field of interest with bit k
 *     FIELD_SLOTS + 4n                 name start, name end, value start, value end of field line n, without OWS
 */
import type { HttpErrorCode } from './errors.ts'
import type { LastHead } from './last-head.ts'
import type { Leniency, Limits } from './limits.ts'

/** Where the scan stands. */
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
/** Which field line is the first Host, and behind it the same for the other fields of interest, in the order of their bits. */
export const INTEREST = 10
/** The first slot of the first field line. */
export const FIELD_SLOTS = 16
/** Slots of one field line. */
export const SLOTS_PER_FIELD = 4

/** How many slots a head of at most `maxFields` field lines needs. */
export function slotsFor(maxFields: number): number {
  return FIELD_SLOTS + SLOTS_PER_FIELD * maxFields
}

/** State: within the method. */
export const METHOD = 0
/** State: within the target. */
export const TARGET = 1
/** State: within the version of a request, or the end of its line. */
export const VERSION = 2
/** State: within the version and code of a response. */
export const STATUS_LINE = 3
/** State: within the reason phrase, or the end of its line. */
export const REASON = 4
/** State: where a field line, or the empty line, begins. */
export const FIELD_LINE = 5
/** State: within a field name. */
export const NAME = 6
/** State: within the white space before a value. */
export const BEFORE_VALUE = 7
/** State: within a value, or the end of its line. */
export const VALUE = 8

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
/** Bit: Date is there; only the writer asks. */
export const DATE = 64
/** Bit: TE is there; only the writer asks. */
export const TE = 128
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
/** Bit: octets in the target were forgiven that ought to be percent-encoded. */
export const TARGET_UNENCODED: number = 1 << 20
/** Bits of all that may be forgiven in a head before its meaning is looked at. */
export const FORGIVEN: number = FOLDED | BARE_LF | REASON_ABSENT | TARGET_OBS_TEXT | TARGET_UNENCODED

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
export function faultCode(answer: number): HttpErrorCode {
  return FAULTS[-1 - answer] as ScanFault
}

/** The negative answer that stands for an error code. */
export function faultAnswer(code: ScanFault): number {
  return -1 - FAULTS.indexOf(code)
}

/** Where a head is scanned to, and by which rules. */
export interface Scan {
  /** The slots; `slotsFor(limits.maxFields)` of them from `base` on. Where there are fewer, larger ones take their place when they are full. */
  slots: Int32Array
  /** The first slot of this head. */
  base: number
  /** Octets that the head may have with its empty line. */
  readonly maxBytes: number
  /** The other limits. */
  readonly limits: Limits
  /** What is forgiven. */
  readonly leniency: Leniency
  /** The same octets in words, at the same indices: values are read faster so. To make a view pays for itself from about 500 octets on, a copy to where one is from 100. */
  words?: DataView | undefined
  /** @internal The head before this one, whose field lines the slots still hold. */
  last?: LastHead | undefined
}

/** Readies the slots for another head. The others are written before they are read. */
export function startScan(scan: Scan, kind: 'request' | 'response' | 'trailers'): void {
  const { slots, base } = scan
  slots[base + STATE] = kind === 'request' ? METHOD : kind === 'response' ? STATUS_LINE : FIELD_LINE
  slots[base + AT] = 0
  slots[base + FIRST_END] = 0
  slots[base + LINE] = 0
  slots[base + FIELDS] = 0
  slots[base + BITS] = 0
}

/** Notes that more octets are needed, and where to go on when they are there. */
export function pause(scan: Scan, state: number, at: number): typeof NEED_MORE {
  scan.slots[scan.base + STATE] = state
  scan.slots[scan.base + AT] = at
  return NEED_MORE
}

/** Notes the offending octet. */
export function refuse(scan: Scan, code: ScanFault, at: number): number {
  return stop(scan, faultAnswer(code), at)
}

/** The same, where the answer is known already. */
export function stop(scan: Scan, answer: number, at: number): number {
  scan.slots[scan.base + AT] = at
  return answer
}

/** Sets a bit. */
export function note(scan: Scan, bit: number): void {
  scan.slots[scan.base + BITS] = (scan.slots[scan.base + BITS] as number) | bit
}
