/**
 * The last head of a connection, for the next one to be compared with. Clients say the same again and again: of the fields of a request hardly
 * one differs from those of the request before. HTTP/2 sends numbers for them; HTTP/1.1 sends them in full, but octets that begin
 * where a field line begins and are those of a line that was read need not be judged again, and their strings are there already.
 *
 * Kept are a copy of the octets, and the strings; where the lines lie is still in the slots (`known-lines.ts`). Equal is what is equal octet for
 * octet, and nothing means anything else than it would without this. What is kept is bounded: a head that is longer, or in which anything was
 * forgiven, is not remembered, and a long one only to be compared as a whole. For the text of a head lives as long as a string cut out of it, so that
 * somebody who changes one line at a time makes us keep 30 texts of 4 KiB: not much more than a single head may take that is not complete yet.
 */

/** Longer heads are not remembered. */
const MAX_OCTETS = 16_384
/** The lines of longer heads are not compared one by one. */
const MAX_OCTETS_BY_LINE = 4096
/** Nor are those of heads with more field lines: there is a bit for each. */
const MAX_LINES = 30
/** Octets from which on a call into C++ takes less than a loop. */
const WORTH_A_CALL = 128

/** After so many heads in a row of which not one line was known, only the names of the next one are compared, but for every sixteenth: to see whether that has changed. */
const PATIENCE = 4
const STRANGERS_BETWEEN = 16

const NOTHING: Buffer = Buffer.alloc(0)
const NO_STRINGS: readonly string[] = Object.freeze([])

/** What is remembered of a head, and which of its lines the next head has too. */
export class LastHead {
  /** Octets of the head with its empty line; zero where none is remembered. */
  length = 0
  /** How many field lines it has that are compared one by one: all or none. */
  lines = 0
  /** Its fields of interest, as bits of `slots.ts`. */
  bits = 0
  /** Its names and values in turn. */
  strings: readonly string[] = NO_STRINGS
  /** Its octets in words. */
  words: DataView = new DataView(NOTHING.buffer, 0, 0)
  /** Whether the next head is to be compared with it, and not its names alone. */
  isFamiliar = false
  /** Which lines of the head that is being read are those of this one: bit n for line n. */
  known = 0
  /** Which lines have at least the same name. */
  knownNames = 0
  /** Heads in a row without a line that was known. */
  #strangers = 0
  #octets: Buffer = NOTHING

  /** Another head begins: nothing of it is known yet. */
  begin(): void {
    this.known = 0
    this.knownNames = 0
  }

  /** Whether a head of so many lines is known to have the lines of this one, and no others. */
  isWhole(lines: number): boolean {
    return lines > 0 && lines === this.lines && this.known === (1 << lines) - 1
  }

  /** Whether a head of so many lines is known to have the names of this one, and no others. */
  hasNames(lines: number): boolean {
    return lines > 0 && lines === this.lines && this.knownNames === (1 << lines) - 1
  }

  /** Whether line `line` is one of the lines of this head. */
  isKnown(line: number): boolean {
    return line < MAX_LINES && ((this.known >>> line) & 1) === 1
  }

  /** Line `line` goes on in the next one, and is not what it was. */
  disown(line: number): void {
    this.known &= ~(1 << line)
  }

  /**
   * How many octets from `bytes[at]` on are those of this head from `offset` on, before `end` and the end of this head.
   * Octets of a head are never all zero, so that as numbers they are equal only where they are the same; a pair that is no number is
   * compared one by one.
   */
  equalRun(bytes: Uint8Array, words: DataView | undefined, at: number, end: number, offset: number): number {
    const octets = this.#octets
    const limit = Math.min(end, at + this.length - offset)
    const shift = offset - at
    let index = at
    if (words !== undefined) {
      const own = this.words
      const last = limit - 8
      while (index <= last && words.getFloat64(index, true) === own.getFloat64(index + shift, true)) index += 8
    }
    while (index < limit && bytes[index] === octets[index + shift]) index++
    return index - at
  }

  /** The same where none of these octets differs, by one call into C++: quickest where heads are repeated. Zero where it does not pay, or one differs. */
  equalAll(bytes: Buffer, at: number, end: number, offset: number): number {
    const octets = Math.min(end - at, this.length - offset)
    if (octets < WORTH_A_CALL) return 0
    return bytes.compare(this.#octets, offset, offset + octets, at, at + octets) === 0 ? octets : 0
  }

  /** Remembers the head of `length` octets at `bytes[from]`, if it is one to be remembered. */
  remember(bytes: Buffer, from: number, length: number, bits: number, strings: readonly string[]): void {
    this.#strangers = this.known === 0 ? this.#strangers + 1 : 0
    this.isFamiliar = this.#strangers <= PATIENCE || this.#strangers % STRANGERS_BETWEEN === 0
    if (length > MAX_OCTETS) return this.forget()
    if (this.#octets.length < length) this.#makeRoom(length)
    bytes.copy(this.#octets, 0, from, from + length)
    const lines = strings.length / 2
    this.lines = length > MAX_OCTETS_BY_LINE || lines > MAX_LINES ? 0 : lines
    this.length = length
    this.bits = bits
    this.strings = strings
  }

  /** There is no last head any more. */
  forget(): void {
    this.length = 0
    this.lines = 0
    this.bits = 0
    this.strings = NO_STRINGS
  }

  #makeRoom(length: number): void {
    const octets = Buffer.allocUnsafe(Math.min(MAX_OCTETS, length + (length >> 2)))
    this.#octets = octets
    this.words = new DataView(octets.buffer, octets.byteOffset, octets.length)
  }
}
