/**
 * A section of fields, headers or trailers, as it came: order and case kept, nothing merged, nothing keyed by a name from the
 * wire (`__proto__` is a name like any other). It is a view: the section's text is one string, and names and values
 * are cut out of it when somebody asks. RFC 9110 §5, §6.3, §6.5.
 */
import { LOWER } from '../net/ascii.ts'
import { localError } from './errors.ts'
import { isFieldValue, isToken } from './grammar.ts'
import { DEFAULT_LIMITS, STRICT } from './limits.ts'
import { scanHead } from './scan.ts'
import { BITS, FIELD_SLOTS, FIELDS, FOLDED, INTEREST, SLOTS_PER_FIELD, slotsFor, startScan } from './slots.ts'

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
  readonly #text: string
  readonly #slots: Int32Array
  readonly #base: number

  /** @internal The view of a complete scan. `text` is the head from its first octet, `slots` are never written again. */
  constructor(text: string, slots: Int32Array, base: number) {
    this.size = slots[base + FIELDS] as number
    this.bits = slots[base + BITS] as number
    this.#slots = slots
    this.#base = base + FIELD_SLOTS
    this.#text = (this.bits & FOLDED) === 0 ? text : unfold(text)
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
    return new Fields(text, scan.slots, 0)
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

  /** @internal The value of the first line of the field of interest whose bit is set in `bits`. */
  firstOf(bit: number): string {
    return this.valueAt(this.#slots[this.#base - FIELD_SLOTS + INTEREST + 31 - Math.clz32(bit)] as number)
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
    const slot = this.#slotOf(index)
    return this.#text.slice(this.#slots[slot], this.#slots[slot + 1])
  }

  /** The value in line `index`, without the white space around it. */
  valueAt(index: number): string {
    const slot = this.#slotOf(index)
    return this.#text.slice(this.#slots[slot + 2], this.#slots[slot + 3])
  }

  /** Name and value of every line, in order. */
  *[Symbol.iterator](): Generator<readonly [name: string, value: string]> {
    for (let index = 0; index < this.size; index++) yield [this.nameAt(index), this.valueAt(index)]
  }

  #slotOf(index: number): number {
    if (index < 0 || index >= this.size) throw new RangeError(`There are ${this.size} field lines`)
    return this.#base + SLOTS_PER_FIELD * index
  }

  /** The first line from `index` on whose name is `name`, or -1. */
  #find(name: string, index: number): number {
    const slots = this.#slots
    for (; index < this.size; index++) {
      const slot = this.#base + SLOTS_PER_FIELD * index
      const start = slots[slot] as number
      if ((slots[slot + 1] as number) - start === name.length && this.#isNameAt(start, name)) return index
    }
    return -1
  }

  #isNameAt(start: number, name: string): boolean {
    for (let index = 0; index < name.length; index++) {
      if (LOWER[this.#text.charCodeAt(start + index)] !== LOWER[name.charCodeAt(index)]) return false
    }
    return true
  }
}

/** A section without fields. */
export const NO_FIELDS: Fields = Fields.from([])

/** Each fold, with the white space that makes it one, as spaces octet for octet: the offsets stay what they are (RFC 9112 §5.2). */
function unfold(text: string): string {
  return text.replace(/\r?\n[ \t]+/g, (fold) => ' '.repeat(fold.length))
}
