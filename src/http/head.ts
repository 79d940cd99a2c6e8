/**
 * Reads heads and trailer sections out of a window: joins what TCP cut, skips empty lines before a request, and keeps the slots of
 * the scan. It knows when a head is complete and which octet broke it, and not what the head means. RFC 9112 §2.2.
 *
 *     start    before the head's first octet
 *     head     within it; the scan goes on where it stopped
 *     refused  it is none; nothing is read any more
 */
import { CR, LF } from '../net/ascii.ts'
import type { HttpErrorCode } from './errors.ts'
import { Fields } from './fields.ts'
import { methodOf } from './grammar.ts'
import type { Leniency, Limits } from './limits.ts'
import { scanHead } from './scan.ts'
import { AT, BARE_LF, faultCode, FIELDS, FIRST_END, NEED_MORE, note, slotsFor, startScan } from './slots.ts'
import type { Scan } from './slots.ts'
import type { Window } from './window.ts'

const POOL_SLOTS = 4096
/**
 * Slots of many heads side by side, as `Buffer` does for small buffers: one array for dozens of heads. A head is scanned behind the
 * last one that was kept, and is kept when it is complete. One that is not keeps all the slots that it may come to need, because
 * the next head of another connection is scanned behind it; what it did not need goes back if nobody was.
 */
let pool = new Int32Array(POOL_SLOTS)
let kept = 0

/** Reads one head after the other. */
export class HeadReader {
  /** Octets examined since the beginning. */
  work = 0
  readonly #kind: 'request' | 'response' | 'trailers'
  readonly #scan: Scan
  readonly #slots: number
  #state: 'start' | 'head' | 'refused' = 'start'
  #emptyLines = 0
  /** What was forgiven before the head's first octet, as bits. */
  #forgiven = 0
  /** The method of a head that was refused. */
  #refusedMethod: string | undefined

  constructor(kind: 'request' | 'response' | 'trailers', maxBytes: number, limits: Limits, leniency: Leniency) {
    this.#kind = kind
    this.#scan = { slots: pool, base: 0, maxBytes, limits, leniency }
    this.#slots = slotsFor(limits.maxFields)
  }

  /**
   * The length of the head that the window begins with, `NEED_MORE`, or an error code. In the first case the window still stands
   * before the head, in the last before the offending octet.
   */
  read(window: Window): number | HttpErrorCode {
    if (this.#state === 'start') {
      const answer = this.#skipEmptyLines(window)
      if (answer !== undefined) return answer
      this.#reserve()
    }
    const scan = this.#scan
    const before = scan.slots[scan.base + AT] as number
    let length = scanHead(window.bytes, window.from, window.end, scan)
    while (length === NEED_MORE && window.extend()) length = scanHead(window.bytes, window.from, window.end, scan)
    this.work += (scan.slots[scan.base + AT] as number) - before + 1
    if (length > 0) this.#keep()
    else if (length === NEED_MORE) this.#goOn()
    else {
      this.refuse(window)
      window.skip(scan.slots[scan.base + AT] as number)
      return faultCode(length)
    }
    return length
  }

  /** The head that the window begins with is refused. Its method is kept: the slots will be those of somebody else's head. */
  refuse(window: Window): void {
    this.#refusedMethod = this.#scannedMethod(window)
    this.#state = 'refused'
  }

  /** The method of a request whose head is incomplete or refused; `undefined` where it was not read up to its space. */
  method(window: Window): string | undefined {
    return this.#state === 'head' ? this.#scannedMethod(window) : this.#refusedMethod
  }

  /** A slot of the head that was read last. */
  slot(index: number): number {
    return this.#scan.slots[this.#scan.base + index] as number
  }

  /** The fields of the head that was read last; `text` is that head. */
  fields(text: string): Fields {
    return new Fields(text, this.#scan.slots, this.#scan.base)
  }

  #scannedMethod(window: Window): string | undefined {
    const length = this.slot(FIRST_END)
    return length === 0 ? undefined : methodOf(window.text(length), length)
  }

  /**
   * A server ought to ignore an empty line before a request: old clients send one behind a body. `undefined` when a head
   * begins here.
   */
  #skipEmptyLines(window: Window): typeof NEED_MORE | HttpErrorCode | undefined {
    for (;;) {
      if (window.from === window.end && !window.extend()) return NEED_MORE
      const byte = window.bytes[window.from]
      if (this.#kind !== 'request' || (byte !== CR && byte !== LF)) return undefined
      if (byte === LF && !this.#scan.leniency.bareLfEndsLine) return 'HTTP_BARE_LF'
      if (byte === CR && window.end - window.from < 2 && !window.extend()) return NEED_MORE
      if (byte === CR && window.bytes[window.from + 1] !== LF) return 'HTTP_BARE_CR'
      if (++this.#emptyLines > this.#scan.limits.maxEmptyLines) return 'HTTP_EMPTY_LINES'
      if (byte === LF) this.#forgiven = BARE_LF
      const length = byte === CR ? 2 : 1
      this.work += length
      window.skip(length)
    }
  }

  #reserve(): void {
    if (pool.length - kept < this.#slots) {
      // Twice what the largest head needs: else, where limits are wide, every small head would have a large pool of its own.
      pool = new Int32Array(Math.max(POOL_SLOTS, 2 * this.#slots))
      kept = 0
    }
    this.#scan.slots = pool
    this.#scan.base = kept
    startScan(this.#scan, this.#kind)
    note(this.#scan, this.#forgiven)
  }

  /** The head is complete: the next one is scanned behind it. */
  #keep(): void {
    const { slots, base } = this.#scan
    const reserved = this.#state === 'head' ? this.#slots : 0
    if (slots === pool && base + reserved === kept) kept = base + slotsFor(slots[base + FIELDS] as number)
    this.#state = 'start'
    this.#emptyLines = 0
    this.#forgiven = 0
  }

  /** The head goes on when more octets have come: until then its slots are nobody else's. */
  #goOn(): void {
    if (this.#state === 'start') kept += this.#slots
    this.#state = 'head'
  }
}
