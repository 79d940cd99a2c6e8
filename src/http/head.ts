/**
 * Reads heads and trailer sections out of a window: joins what TCP cut, skips empty lines before a request, keeps the slots of the scan, and remembers the last
 * head. It knows when a head is complete and which octet broke it, and not what the head means. RFC 9112 §2.2.
 *
 *     start    before the head's first octet
 *     again    within it; so far it is the last head once more
 *     head     within it; the scan goes on where it stopped
 *     refused  it is none; nothing is read any more
 *
 * And how the head that was read last is like the one before it:
 *
 *     new      some of its field lines are others
 *     fields   its field lines are the same
 *     whole    all of it is the same
 */
import { CR, LF } from '../net/ascii.ts'
import type { HttpErrorCode } from './errors.ts'
import { cutStrings, Fields, NO_FIELDS } from './fields.ts'
import { methodOf } from './grammar.ts'
import { LastHead } from './last-head.ts'
import type { Leniency, Limits } from './limits.ts'
import { scanHead } from './scan.ts'
import {
  AT,
  BARE_LF,
  BITS,
  faultCode,
  FIELDS,
  FIRST_END,
  FORGIVEN,
  INTEREST,
  NEED_MORE,
  note,
  SECOND_END,
  slotsFor,
  startScan,
} from './slots.ts'
import type { Scan } from './slots.ts'
import type { Window } from './window.ts'

/** Field lines for which every connection has slots from its first head on. */
const USUAL_LINES = 30
/** Octets from which on words save more than they cost. */
const WORTH_WORDS = 128

/** Reads one head after the other. */
export class HeadReader {
  /** Octets examined since the beginning. */
  work = 0
  /** How the head that was read last is like the one before. */
  likeness: 'new' | 'fields' | 'whole' = 'new'
  readonly #kind: 'request' | 'response' | 'trailers'
  readonly #last = new LastHead()
  readonly #scan: Scan
  #fields: Fields = NO_FIELDS
  #text = ''
  #state: 'start' | 'again' | 'head' | 'refused' = 'start'
  /** How many octets of the head are those of the last one, as far as it is the same. */
  #same = 0
  #emptyLines = 0
  /** What was forgiven before the head's first octet, as bits. */
  #forgiven = 0
  /** The method of a head that was refused. */
  #refusedMethod: string | undefined

  constructor(kind: 'request' | 'response' | 'trailers', maxBytes: number, limits: Limits, leniency: Leniency) {
    this.#kind = kind
    const slots = new Int32Array(slotsFor(Math.min(limits.maxFields, USUAL_LINES)))
    this.#scan = { slots, base: 0, maxBytes, limits, leniency, words: undefined, last: this.#last }
  }

  /**
   * The length of the head that the window begins with, `NEED_MORE`, or an error code. In the first case the window still stands
   * before the head, in the last before the offending octet.
   */
  read(window: Window): number | HttpErrorCode {
    if (this.#state === 'start') {
      const answer = this.#skipEmptyLines(window)
      if (answer !== undefined) return answer
    }
    if (this.#state !== 'head') {
      const answer = this.#readAgain(window)
      if (answer !== undefined) return answer
      this.#begin()
    }
    const before = this.slot(AT)
    let length = this.#scanOn(window)
    while (length === NEED_MORE && window.extend()) length = this.#scanOn(window)
    this.work += this.slot(AT) - before + 1
    if (length > 0) this.#keep(window, length)
    else if (length === NEED_MORE) this.#state = 'head'
    else {
      this.refuse(window)
      window.skip(this.slot(AT))
      return faultCode(length)
    }
    return length
  }

  /** The head that the window begins with is refused. Its method is kept: nobody will ask for its octets any more. */
  refuse(window: Window): void {
    this.#refusedMethod = this.#scannedMethod(window)
    this.#state = 'refused'
  }

  /** The method of a request whose head is incomplete or refused; `undefined` where it was not read up to its space. */
  method(window: Window): string | undefined {
    if (this.#state === 'again') return this.#same > this.slot(FIRST_END) ? this.#scannedMethod(window) : undefined
    return this.#state === 'head' ? this.#scannedMethod(window) : this.#refusedMethod
  }

  /** Whether no octet has come that counts for the next head, not even of an empty line before it. */
  get isBetweenHeads(): boolean {
    return this.#state === 'start' && this.#emptyLines === 0 && this.#forgiven === 0
  }

  /** A slot of the head that was read last. */
  slot(index: number): number {
    return this.#scan.slots[index] as number
  }

  /** The fields of the head that was read last. */
  get fields(): Fields {
    return this.#fields
  }

  /** The value of the first line of the field of interest whose bit this is, which has to be there. */
  firstOf(bit: number): string {
    return this.#fields.valueAt(this.lineOf(bit))
  }

  /** Which line is the first one of the field of interest whose bit this is. */
  lineOf(bit: number): number {
    return this.slot(INTEREST + 31 - Math.clz32(bit))
  }

  /** Whether a line of the head that was read last is one of the head before it, which was judged. */
  isKnown(line: number): boolean {
    return this.#last.isKnown(line)
  }

  /** The text of the head that was read last: of its start line alone, where the fields are those of the head before. */
  get text(): string {
    return this.#text
  }

  #scanOn(window: Window): number {
    this.#scan.words = window.words(WORTH_WORDS)
    return scanHead(window.bytes, window.from, window.end, this.#scan)
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

  /**
   * The length of the last head where it stands here once more: then its slots are right as they are. `NEED_MORE` where that may still
   * be; what is the beginning of a head can be no fault, and not all of one. `undefined` where this is another head.
   */
  #readAgain(window: Window): number | undefined {
    const last = this.#last
    if (last.length === 0 || !last.isFamiliar || this.#forgiven !== 0) return undefined
    do {
      const at = window.from + this.#same
      const run =
        (this.likeness === 'whole' && last.equalAll(window.bytes, at, window.end, this.#same)) ||
        last.equalRun(window.bytes, window.words(WORTH_WORDS), at, window.end, this.#same)
      this.work += run
      this.#same += run
      if (this.#same === last.length) return this.#repeat()
      if (at + run < window.end) return undefined
    } while (window.extend())
    this.#state = 'again'
    return NEED_MORE
  }

  /** The last head has come once more. */
  #repeat(): number {
    this.likeness = 'whole'
    this.#state = 'start'
    this.#same = 0
    this.#emptyLines = 0
    return this.#last.length
  }

  #begin(): void {
    this.#same = 0
    this.#last.begin()
    startScan(this.#scan, this.#kind)
    note(this.#scan, this.#forgiven)
  }

  /** The head is complete: its strings are made, and the next one will be compared with it. */
  #keep(window: Window, length: number): void {
    const last = this.#last
    const bits = this.slot(BITS)
    const isSame = bits === last.bits && last.isWhole(this.slot(FIELDS))
    this.likeness = isSame ? 'fields' : 'new'
    this.#text = window.text(isSame ? this.slot(SECOND_END) : length)
    const strings = isSame ? last.strings : cutStrings(this.#text, this.#scan, last)
    if (!isSame) this.#fields = new Fields(strings, bits)
    if ((bits & FORGIVEN) === 0) last.remember(window.bytes, window.from, length, bits, strings)
    else last.forget()
    this.#state = 'start'
    this.#emptyLines = 0
    this.#forgiven = 0
  }
}
