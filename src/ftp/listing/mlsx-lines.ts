/**
 * The lines of one MLSD listing, each compared with the one before. A server writes the same facts in the same order for every entry, and
 * of most of them the same values; octets that begin where a fact begins, and equal those of a fact that was read, are not judged again.
 *
 *     line before   modify=20260101120000;perm=adfr;size=951;type=file;UNIX.owner=1000; a.txt
 *     this line     modify=20260101130500;perm=flcd;type=dir;UNIX.owner=1000; b
 *                          another value  another   ^size   another   known
 *                                         value   is left out  value
 *
 * What the facts of the line before said stays where it is, in `#facts`, and only what another value says is put in its place. A fact that
 * is left out is taken back, and one that was not there is put in: those behind it are compared as before.
 *
 * It changes no meaning: octets are equal or they are not. A line in which two facts speak of the same thing, as `UNIX.owner` and
 * `UNIX.ownername` do, is read by itself and not remembered, for which of them counts hangs on both; and so is one of more facts than any
 * server writes. Octets of a chunk are there until the next one comes, so that the facts of its last line are copied before. They are still
 * there when the next listing begins: servers are few, and its first line is read by the last one of the listing before.
 */
import { SEMICOLON, SP } from '../../net/ascii.ts'
import { decodeStretch } from '../text.ts'
import { ListedEntry, type Reference } from './entry.ts'
import type { ListingFormat } from './line.ts'
import { FIELDS, readFact, subjectOf, unsaid, withdraw, type Facts, type Subject } from './mlsx-facts.ts'
import { Spare } from './spare.ts'

const EQUALS = 0x3d
/** Octets of a word. */
const WORD = 8
/** In place of an index: the line is malformed; it is one to be read by itself. */
const [NO_LINE, ALONE] = [-1, -2]
/** Facts of a line that are remembered. */
const MAX_FACTS = 30

/** Octets of the last line's facts that are kept from one chunk, or listing, to the next. */
const MAX_KEPT_BYTES = 512

/** Octets, and the same in words. */
interface View {
  readonly bytes: Buffer
  readonly words: DataView
}

function viewOf(bytes: Buffer): View {
  return { bytes, words: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
}

const NO_VIEW = viewOf(Buffer.alloc(0))

/** A fact of the last line. */
interface KnownFact {
  readonly subject: Subject
  /** The field of an entry of which it speaks, as a bit. */
  readonly field: number
  /** Octets of its name. */
  readonly nameLength: number
  /** All its octets, with the semicolon. */
  length: number
}

/** Reads the lines of a listing in turn, and those of the next. */
export class MlsxLines implements ListingFormat {
  /** `mlsx`, or `facts` where a line without facts is none: where LIST was asked for, any line that begins with a space would be one. */
  readonly name: 'mlsx' | 'facts'
  /** The facts of the last line, in order; none where there was no line, or none to be remembered. */
  readonly #known: KnownFact[] = []
  /** What they said. */
  #facts: Facts = unsaid()
  /** The fields of which they speak. */
  #said = 0
  /** The octets that are being read, in both forms and in words. */
  #octets = ''
  #view: View = NO_VIEW
  /** The octets in which the facts of the last line stand, and where. */
  #lastWords: DataView = NO_VIEW.words
  readonly #kept: View = viewOf(Buffer.allocUnsafe(MAX_KEPT_BYTES))
  #lastFrom = 0
  #lastTo = 0

  constructor(name: 'mlsx' | 'facts') {
    this.name = name
  }

  /** The entry that `octets[from, to)` is, or `undefined` where it is none; `bytes` are the same octets. */
  parse(octets: string, from: number, to: number, reference: Reference, bytes: Buffer): ListedEntry | undefined {
    if (octets !== this.#octets || bytes !== this.#view.bytes) this.#turnTo(octets, bytes)
    let space = this.#readFacts(from, to)
    if (space === ALONE) space = this.#readAlone(from, to)
    if (space === NO_LINE || space >= to - 1 || (space === from && this.name === 'facts')) {
      this.#known.length = 0
      return undefined
    }
    const facts = octets.slice(from, space)
    const name = decodeStretch(octets, space + 1, to, bytes)
    const { type, role, size, time, mode, owner, group, target } = this.#facts
    this.#lastWords = this.#view.words
    this.#lastFrom = from
    this.#lastTo = space
    return new ListedEntry({ name, type, role, size, time, mode, owner, group, target, facts }, reference)
  }

  /** The listing is over: what its last line said is kept for the first line of the next. */
  end(): void {
    this.#keepLast()
    this.#octets = ''
    SPARES[this.name].giveBack(this)
  }

  /** The next lines stand in other octets. */
  #turnTo(octets: string, bytes: Buffer): void {
    this.#keepLast()
    this.#octets = octets
    if (bytes !== this.#view.bytes) this.#view = viewOf(bytes)
  }

  /** The octets of the last line are about to go: those of its facts are copied, or forgotten where they are too many. */
  #keepLast(): void {
    if (this.#lastWords === this.#kept.words) return
    const length = this.#lastTo - this.#lastFrom
    if (length > MAX_KEPT_BYTES) this.#known.length = 0
    this.#kept.bytes.write(this.#octets.slice(this.#lastFrom, this.#lastTo), 'latin1')
    this.#lastWords = this.#kept.words
    this.#lastFrom = 0
    this.#lastTo = length
  }

  /** Reads the facts of a line by those of the last one. Returns where the space behind them stands. */
  #readFacts(from: number, to: number): number {
    const { bytes, words } = this.#view
    const known = this.#known
    const lastWords = this.#lastWords
    const lastTo = this.#lastTo
    let last = this.#lastFrom
    let at = from
    let index = 0
    if (known.length === 0) {
      this.#facts = unsaid()
      this.#said = 0
    }
    while (index < known.length) {
      const same = behindEqual(words, at, to, lastWords, last, lastTo)
      let fact = known[index] as KnownFact
      while (at + fact.length <= same) {
        at += fact.length
        last += fact.length
        if (++index === known.length) break
        fact = known[index] as KnownFact
      }
      if (index === known.length) break
      const value = at + fact.nameLength + 1
      if (same < value && !isEqual(words, at, to, lastWords, last, fact.nameLength + 1)) {
        const next = this.#amend(index, at, to, last)
        if (next < 0) return next
        if (next === at) last += fact.length
        else index++
        at = next
        continue
      }
      const end = factEdge(bytes, SEMICOLON, same < value ? value : same, to)
      withdraw(this.#facts, fact.subject)
      if (end === to || !readFact(this.#facts, fact.subject, this.#octets, value, end, bytes)) return NO_LINE
      last += fact.length
      fact.length = end + 1 - at
      at = end + 1
      index++
    }
    while (at >= 0 && at < to && bytes[at] !== SP) at = this.#insert(index++, at, to)
    return at
  }

  /** Another name stands at `at` than that of fact `index`, or none. Returns `at` where that fact is left out, else where the next begins. */
  #amend(index: number, at: number, to: number, last: number): number {
    const known = this.#known
    const { subject, field, length } = known[index] as KnownFact
    const next = known[index + 1]
    const isNext =
      next !== undefined && isEqual(this.#view.words, at, to, this.#lastWords, last + length, next.nameLength + 1)
    if (!isNext && this.#view.bytes[at] !== SP) return this.#insert(index, at, to)
    withdraw(this.#facts, subject)
    this.#said &= ~field
    for (let behind = index + 1; behind < known.length; behind++) known[behind - 1] = known[behind] as KnownFact
    known.pop()
    return at
  }

  /** A fact that the last line had not stands at `at`, before what was its fact `index`. Returns where the next begins. */
  #insert(index: number, at: number, to: number): number {
    const { bytes } = this.#view
    const known = this.#known
    const equals = factEdge(bytes, EQUALS, at, to)
    const end = factEdge(bytes, SEMICOLON, equals, to)
    if (end === to) return NO_LINE
    const subject = subjectOf(bytes, at, equals)
    const field = FIELDS[subject]
    if (known.length === MAX_FACTS || (this.#said & field) !== 0) return ALONE
    this.#said |= field
    const fact = { subject, field, nameLength: equals - at, length: end + 1 - at }
    for (let behind = known.push(fact) - 1; behind > index; behind--) known[behind] = known[behind - 1] as KnownFact
    known[index] = fact
    return readFact(this.#facts, subject, this.#octets, equals + 1, end, bytes) ? end + 1 : NO_LINE
  }

  /** Reads the facts of a line that is not to be remembered. Returns where the space behind them stands. */
  #readAlone(from: number, to: number): number {
    const { bytes } = this.#view
    this.#known.length = 0
    this.#facts = unsaid()
    let at = from
    while (at < to && bytes[at] !== SP) {
      const equals = factEdge(bytes, EQUALS, at, to)
      const end = factEdge(bytes, SEMICOLON, equals, to)
      const isRead =
        end < to && readFact(this.#facts, subjectOf(bytes, at, equals), this.#octets, equals + 1, end, bytes)
      if (!isRead) return NO_LINE
      at = end + 1
    }
    return at
  }
}

/**
 * How far the octets of `words` from `at` on are those of `lastWords` from `last` on: to `to`, or `lastTo`, at the most. Where a word differs,
 * up to that word; which of its octets differ nobody has to know.
 */
function behindEqual(
  words: DataView,
  at: number,
  to: number,
  lastWords: DataView,
  last: number,
  lastTo: number,
): number {
  const shift = last - at
  const end = to < lastTo - shift ? to : lastTo - shift
  const lastWord = end - WORD
  let same = at
  while (same <= lastWord && isEqualWord(words, same, lastWords, same + shift)) same += WORD
  // What is left is less than a word: the last one begins before it.
  const isEqual = same > lastWord && lastWord >= at && isEqualWord(words, lastWord, lastWords, lastWord + shift)
  return isEqual ? end : same
}

/**
 * Whether eight octets are equal, seen as a number of 64 bits. Numbers that are equal have equal octets, but for zero, which has a sign; that
 * one, and what is no number, is taken for different.
 */
function isEqualWord(words: DataView, at: number, lastWords: DataView, last: number): boolean {
  const word = words.getFloat64(at, true)
  return word === lastWords.getFloat64(last, true) && word !== 0
}

/** Whether `words` has `length` octets between `at` and `to` that are those of `lastWords` from `last` on. */
function isEqual(words: DataView, at: number, to: number, lastWords: DataView, last: number, length: number): boolean {
  if (length > to - at) return false
  for (let index = 0; index < length; index++)
    if (words.getUint8(at + index) !== lastWords.getUint8(last + index)) return false
  return true
}

/** Where the next `edge` of a fact stands, or `to` where a space or a semicolon comes before it. */
function factEdge(bytes: Buffer, edge: number, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const octet = bytes[at]
    if (octet === edge) return at
    if (octet === SP || octet === SEMICOLON) return to
  }
  return to
}

/**
 * They outlive every listing, and so do the shapes of their objects: code that was optimised for a shape is thrown away when a full
 * collection finds no object of it.
 */
const SPARES: Readonly<Record<MlsxLines['name'], Spare<MlsxLines>>> = {
  mlsx: new Spare(() => new MlsxLines('mlsx')),
  facts: new Spare(() => new MlsxLines('facts')),
}

/** A reader for the lines of one listing: the one that has read the last listing, if it is free. */
export function beginLines(name: MlsxLines['name']): MlsxLines {
  return SPARES[name].take()
}

/** The entry of a line that comes alone, as `parse` has it. */
export function readLineAlone(
  name: MlsxLines['name'],
  ...line: Parameters<ListingFormat['parse']>
): ListedEntry | undefined {
  const lines = beginLines(name)
  const entry = lines.parse(...line)
  lines.end()
  return entry
}
