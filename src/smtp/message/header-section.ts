/**
 * A header section as it came: order and case kept, nothing merged, nothing keyed by a name from outside (`__proto__` is a name like
 * any other). It is a view: the section is one string with a character per octet, and names and values are cut out of it when somebody
 * asks. RFC 5322 §2.2, RFC 6532.
 *
 * A value has no line ends, whatever stood there: folds are undone (§2.2.3), and a NUL or CR that stood alone is a space. So no
 * value can become two fields, or a field and a body, in a message that is made from it.
 */
import { LOWER } from '../../net/ascii.ts'
import { parseAddresses } from './address-list.ts'
import type { Address } from './address-list.ts'
import { charactersOf } from './charset.ts'
import { decodeWords } from './encoded-word.ts'
import { DEFAULT_MESSAGE_LIMITS } from './limits.ts'
import type { MessageLimits } from './limits.ts'

/** Numbers for each field: where its name begins and ends, where its value does, in octets from the start of the section. */
export const SLOTS_PER_FIELD = 4

/** All but what can stand in a value as it is. */
const UNUSUAL = /[^\t\x20-\x7e]/
const FOLD = /\r?\n(?=[ \t])/g
const LINE_BREAKING = /[\0\r\n]/g

/** The fields of a message or a part, in order. */
export class HeaderSection implements Iterable<readonly [name: string, value: string]> {
  /** How many fields there are. */
  readonly size: number
  readonly #text: string
  readonly #slots: readonly number[]
  readonly #limits: MessageLimits

  /** @internal The view of a section. `text` has a character per octet, `slots` are never written again. */
  constructor(text: string, slots: readonly number[], limits: MessageLimits = DEFAULT_MESSAGE_LIMITS) {
    this.size = slots.length / SLOTS_PER_FIELD
    this.#text = text
    this.#slots = slots
    this.#limits = limits
  }

  /** The section as it came, a character per octet, without the empty line. */
  get raw(): string {
    return this.#text
  }

  /** Whether a field of this name is there. Names are compared without case. */
  has(name: string): boolean {
    return this.indexOf(name) !== -1
  }

  /** The value of the first field of this name, or `undefined`. Encoded words are left as they are. */
  get(name: string): string | undefined {
    const index = this.indexOf(name)
    return index === -1 ? undefined : this.valueAt(index)
  }

  /** The values of all fields of this name, in order. */
  getAll(name: string): string[] {
    const values: string[] = []
    for (let index = this.indexOf(name); index !== -1; index = this.indexOf(name, index + 1)) {
      values.push(this.valueAt(index))
    }
    return values
  }

  /** The first field of this name for people to read: with its encoded words decoded (RFC 2047). For text such as Subject. */
  text(name: string): string | undefined {
    const value = this.get(name)
    return value === undefined ? undefined : decodeWords(value, this.#limits)
  }

  /** The addresses of all fields of this name, in order; none where there is no such field. For From, To and their like. */
  addresses(name: string): Address[] {
    const addresses: Address[] = []
    for (const value of this.getAll(name))
      for (const address of parseAddresses(value, this.#limits)) addresses.push(address)
    return addresses
  }

  /** The line of the first field of this name from line `from` on, or -1. */
  indexOf(name: string, from = 0): number {
    const slots = this.#slots
    for (let index = from, slot = SLOTS_PER_FIELD * from; index < this.size; index++, slot += SLOTS_PER_FIELD) {
      const start = slots[slot] as number
      if ((slots[slot + 1] as number) - start === name.length && this.#isNameAt(start, name)) return index
    }
    return -1
  }

  /** The name of field `index`, as it was written. */
  nameAt(index: number): string {
    const slot = this.#slotOf(index)
    return this.#text.slice(this.#slots[slot], this.#slots[slot + 1])
  }

  /**
   * The value of field `index` in one line, without the white space around it. Octets above 0x7F are UTF-8 (RFC 6532 §3.1), or
   * windows-1252 where they cannot be.
   */
  valueAt(index: number): string {
    const value = this.rawAt(index)
    if (!UNUSUAL.test(value)) return value
    return charactersOf(value.replace(FOLD, '').replace(LINE_BREAKING, ' '))
  }

  /** The value of field `index` as it came: with its folds, a character per octet. */
  rawAt(index: number): string {
    const slot = this.#slotOf(index)
    return this.#text.slice(this.#slots[slot + 2], this.#slots[slot + 3])
  }

  /** Name and value of every field, in order. */
  *[Symbol.iterator](): Generator<readonly [name: string, value: string]> {
    for (let index = 0; index < this.size; index++) yield [this.nameAt(index), this.valueAt(index)]
  }

  #slotOf(index: number): number {
    if (!(index >= 0 && index < this.size)) throw new RangeError(`There are ${this.size} fields`)
    return SLOTS_PER_FIELD * index
  }

  #isNameAt(start: number, name: string): boolean {
    for (let index = 0; index < name.length; index++) {
      if (LOWER[this.#text.charCodeAt(start + index)] !== LOWER[name.charCodeAt(index)]) return false
    }
    return true
  }
}

/** The section of a part that has no fields. All of these are one. */
export const NO_FIELDS: HeaderSection = new HeaderSection('', [])
