/**
 * A section of fields, headers or trailers, as it came: order and case kept, nothing merged, nothing keyed by a name from the
 * wire (`__proto__` is a name like any other). The section's text is one string, and names and values are cut out of
 * it; those that the head before had too are the same strings. RFC 9110 §5, §6.3, §6.5.
 */
import { LOWER } from '../net/ascii.ts'
import { localError } from './errors.ts'
import { isFieldValue, isToken } from './grammar.ts'
import { DEFAULT_LIMITS, STRICT } from './limits.ts'
import type { LastHead } from './last-head.ts'
import { scanHead } from './scan.ts'
import { BITS, FIELD_SLOTS, FIELDS, FOLDED, SLOTS_PER_FIELD, slotsFor, startScan } from './slots.ts'
import type { Scan } from './slots.ts'

/** Field lines in order: what can be sent. `Fields`, `Headers`, `Map` and arrays of pairs all are. */
export type FieldLines = Iterable<readonly [name: string, value: string]>

/** The same, or an object: `{ range: 'bytes=0-99', 'set-cookie': ['a=1', 'b=2'] }`. */
export type FieldsInit = FieldLines | Readonly<Record<string, string | readonly string[]>>

/** Field lines of either. */
export function linesOf(init: FieldsInit): FieldLines {
  if (isLines(init)) return init
  return Object.entries(init).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : value.map((item) => [name, item] as const),
  )
}

/** Whether these are field lines already. */
export function isLines(init: FieldsInit): init is FieldLines {
  return Symbol.iterator in init
}

/** The fields of one section, in order. */
export class Fields implements Iterable<readonly [name: string, value: string]> {
  /** How many field lines there are. */
  readonly size: number
  /** Which fields of interest are there, as bits of `slots.ts`. */
  readonly bits: number
  readonly #strings: readonly string[]

  /** @internal Names and values in turn, which are not to be written to any more. */
  constructor(strings: readonly string[], bits: number) {
    this.size = strings.length / 2
    this.bits = bits
    this.#strings = strings
  }

  /** The same view of field lines of one's own. Throws an `HttpError` (`local`) where a line cannot be written. */
  static from(lines: FieldLines): Fields {
    let text = ''
    let count = 0
    for (const [name, value] of lines) {
      if (!isToken(name) || !isFieldValue(value)) throw localError('HTTP_SEND_FIELD')
      text += `${name}:${value}\r\n`
      count++
    }
    const bytes = Buffer.from(`${text}\r\n`, 'latin1')
    const limits = { ...DEFAULT_LIMITS, maxFields: count, maxFieldBytes: bytes.length }
    const scan = { slots: new Int32Array(slotsFor(count)), base: 0, maxBytes: bytes.length, limits, leniency: STRICT }
    startScan(scan, 'trailers')
    scanHead(bytes, 0, bytes.length, scan)
    return new Fields(cutStrings(text, scan), scan.slots[BITS] as number)
  }

  /** Whether a field of this name is there. Names are compared without case. */
  has(name: string): boolean {
    return this.#find(name, 0) !== -1
  }

  /**
   * The value of the field, or `undefined`. Values of several lines are joined by `, ` in their order, as RFC 9110 §5.3 allows for
   * lists; for Set-Cookie, which is no list, use `getAll`. Octets from 0x80 up are the characters U+0080 to U+00FF.
   */
  get(name: string): string | undefined {
    let index = this.#find(name, 0)
    if (index === -1) return undefined
    let value = this.valueAt(index)
    for (index = this.#find(name, index + 1); index !== -1; index = this.#find(name, index + 1)) {
      value += `, ${this.valueAt(index)}`
    }
    return value
  }

  /** The values of all lines of this name, in order. */
  getAll(name: string): string[] {
    const values: string[] = []
    for (let index = this.#find(name, 0); index !== -1; index = this.#find(name, index + 1)) {
      values.push(this.valueAt(index))
    }
    return values
  }

  /** The name in line `index`, as it was written. */
  nameAt(index: number): string {
    return this.#stringAt(index, 0)
  }

  /** The value in line `index`, without the white space around it. */
  valueAt(index: number): string {
    return this.#stringAt(index, 1)
  }

  /** Names and values of all lines in turn, in an array of one's own: the quickest way to have them all. */
  raw(): string[] {
    return this.#strings.slice()
  }

  /** Name and value of every line, in order. */
  *[Symbol.iterator](): Generator<readonly [name: string, value: string]> {
    for (let index = 0; index < this.size; index++) yield [this.nameAt(index), this.valueAt(index)]
  }

  #stringAt(index: number, part: 0 | 1): string {
    if (index < 0 || index >= this.size) throw new RangeError(`There are ${this.size} field lines`)
    return this.#strings[2 * index + part] as string
  }

  /** The first line from `index` on whose name is `name`, or -1. */
  #find(name: string, index: number): number {
    for (; index < this.size; index++) if (isSame(this.#strings[2 * index] as string, name)) return index
    return -1
  }
}

/** Whether `name`, whose characters are octets, is `wanted`: without case. */
function isSame(name: string, wanted: string): boolean {
  if (name.length !== wanted.length) return false
  if (name === wanted) return true
  for (let index = 0; index < name.length; index++) {
    if (LOWER[name.charCodeAt(index)] !== LOWER[wanted.charCodeAt(index)]) return false
  }
  return true
}

/**
 * Names and values in turn, cut out of the text of a head that was scanned; as far as the last head had them at the same place, they are
 * there already.
 */
export function cutStrings(text: string, scan: Scan, last?: LastHead): string[] {
  const { slots, base } = scan
  const lines = slots[base + FIELDS] as number
  const unfolded = ((slots[base + BITS] as number) & FOLDED) === 0 ? text : unfold(text)
  const old = last?.strings
  let known = last?.known ?? 0
  let knownNames = last?.knownNames ?? 0
  const strings = new Array<string>(2 * lines)
  for (let line = 0, slot = base + FIELD_SLOTS; line < lines; line++, slot += SLOTS_PER_FIELD) {
    const isKnownName = (knownNames & 1) === 1
    strings[2 * line] = isKnownName ? (old?.[2 * line] as string) : unfolded.slice(slots[slot], slots[slot + 1])
    const isKnown = (known & 1) === 1
    strings[2 * line + 1] = isKnown ? (old?.[2 * line + 1] as string) : unfolded.slice(slots[slot + 2], slots[slot + 3])
    known >>>= 1
    knownNames >>>= 1
  }
  return strings
}

/** A section without fields. */
export const NO_FIELDS: Fields = Fields.from([])

/** Each fold, with the white space that makes it one, as spaces octet for octet: the offsets stay what they are (RFC 9112 §5.2). */
function unfold(text: string): string {
  return text.replace(/\r?\n[ \t]+/g, (fold) => ' '.repeat(fold.length))
}
