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
 * server writes. Chunks belong to whoever pushed them, so that the facts of the last line of one are copied before the next is read.
 */
import { SEMICOLON, SP } from '../../net/ascii.ts'
import { decodeStretch } from '../text.ts'
import { ListedEntry, type Reference } from './entry.ts'
import type { ListingFormat } from './line.ts'
import { isSameField, readFact, subjectOf, unsaid, withdraw, type Facts, type Subject } from './mlsx-facts.ts'

const EQUALS = 0x3d
/** Octets of a word. */
const WORD = 4
/** In place of an index: the line is malformed; it is one to be read by itself. */
const [NO_LINE, ALONE] = [-1, -2]
/** Facts of a line that are remembered. */
const MAX_FACTS = 30

/** Octets of the last line's facts that are kept from one chunk to the next. */
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
  /** Octets of its name. */
  readonly nameLength: number
  /** All its octets, with the semicolon. */
  length: number
}

/** Reads the lines of one listing, in turn. */
export class MlsxLines implements ListingFormat {
  /** `mlsx`, or `facts` where a line without facts is none: where LIST was asked for, any line that begins with a space would be one. */
  readonly name: 'mlsx' | 'facts'
  /** The facts of the last line, in order; none where there was no line, or none to be remembered. */
  readonly #known: KnownFact[] = []
  /** What they said. */
  #facts: Facts = unsaid()
  /** The octets that are being read, in both forms and in words. */
  #octets = ''
  #view: View = NO_VIEW
  /** The view before it, which may come again. */
  #otherView: View = NO_VIEW
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
    const facts = this.#facts
    facts.name = decodeStretch(octets, space + 1, to, bytes)
    facts.facts = octets.slice(from, space)
    this.#lastWords = this.#view.words
    this.#lastFrom = from
    this.#lastTo = space
    return new ListedEntry(facts, reference)
  }

  /** Lets go of what was read, so that no octets outlive their listing. */
  forget(): void {
    this.#known.length = 0
    this.#facts = unsaid()
    this.#octets = ''
    this.#view = NO_VIEW
    this.#otherView = NO_VIEW
    this.#lastWords = NO_VIEW.words
  }

  /** The next lines stand in other octets; those of the last line's facts are kept. */
  #turnTo(octets: string, bytes: Buffer): void {
    const { facts } = this.#facts
    if (facts.length > MAX_KEPT_BYTES) this.#known.length = 0
    this.#kept.bytes.write(facts, 'latin1')
    this.#lastWords = this.#kept.words
    this.#lastFrom = 0
    this.#lastTo = facts.length
    const view = this.#otherView.bytes === bytes ? this.#otherView : viewOf(bytes)
    this.#otherView = this.#view
    this.#view = view
    this.#octets = octets
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
    if (known.length === 0) this.#facts = unsaid()
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
      const equals = at + fact.nameLength
      if (same <= equals) {
        const next = this.#amend(index, at, to, last)
        if (next < 0) return next
        if (next === at) last += fact.length
        else index++
        at = next
        continue
      }
      const end = factEdge(bytes, SEMICOLON, same, to)
      withdraw(this.#facts, fact.subject)
      if (end === to || !readFact(this.#facts, fact.subject, this.#octets, equals + 1, end, bytes)) return NO_LINE
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
    const { subject, length } = known[index] as KnownFact
    const next = known[index + 1]
    const isNext =
      next !== undefined &&
      behindEqual(this.#view.words, at, to, this.#lastWords, last + length, this.#lastTo) > at + next.nameLength
    if (!isNext && this.#view.bytes[at] !== SP) return this.#insert(index, at, to)
    withdraw(this.#facts, subject)
    known.splice(index, 1)
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
    if (known.length === MAX_FACTS || known.some((fact) => isSameField(fact.subject, subject))) return ALONE
    known.splice(index, 0, { subject, nameLength: equals - at, length: end + 1 - at })
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

/** Where the octets of `words` from `at` on cease to be those of `lastWords` from `last` on: at `to`, or `lastTo`, at the latest. */
function behindEqual(
  words: DataView,
  at: number,
  to: number,
  lastWords: DataView,
  last: number,
  lastTo: number,
): number {
  const shift = last - at
  const end = Math.min(to, lastTo - shift)
  let same = at
  while (same <= end - WORD && words.getInt32(same, true) === lastWords.getInt32(same + shift, true)) same += WORD
  while (same < end && words.getUint8(same) === lastWords.getUint8(same + shift)) same++
  return same
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
