/**
 * Where a line of content may end: at a CR and at a LF, the edges between which no octet concerns the framing. Content is read from edge to
 * edge, and what lies between is looked at four octets at a time, with one question to all four: is one of them less than 0x0E?
 *
 *     octets              e    n    d    CR
 *     word                65   6E   64   0D
 *     word - 0E0E0E0E     57   60   55   FF      what was less has borrowed, and has its high bit set
 *     & ~word             12   00   11   F2      what had its high bit before (UTF-8) does not count
 *     & 80808080          00   00   00   80
 *
 * Among the few octets less than 0x0E only the tab is common in mail, and the four are then looked at one by one.
 *
 * `Buffer#indexOf` is faster over long stretches and slower over lines: a call costs as much as a hundred octets here, and each line would
 * need two, because a bare CR can stand before a LF and a bare LF before a CR.
 */
import { CR, LF } from '../net/ascii.ts'

/** Octets of a word. */
const WORD = 4
/** The first octet above CR, four times. */
const ABOVE_CR = 0x0e0e0e0e
const HIGH_BITS = 0x80808080

/** A chunk, as the search wants it. */
export function wordsOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/** The index of the first CR or LF at or behind `from`, or the chunk's length where there is none. `words` is `wordsOf(chunk)`. */
export function indexOfEdge(chunk: Buffer, words: DataView, from: number): number {
  const { length } = chunk
  let at = from
  while (at < length) {
    at = skipText(words, at, length - 4 * WORD)
    const end = Math.min(at + WORD, length)
    for (; at < end; at++) if (chunk[at] === CR || chunk[at] === LF) return at
  }
  return length
}

/** The index of the first word from `from` on with an octet that may be an edge, or one beyond `last`. */
function skipText(words: DataView, from: number, last: number): number {
  let at = from
  while (at <= last) {
    if (mayHaveEdge(words.getInt32(at, true))) return at
    if (mayHaveEdge(words.getInt32(at + WORD, true))) return at + WORD
    if (mayHaveEdge(words.getInt32(at + 2 * WORD, true))) return at + 2 * WORD
    if (mayHaveEdge(words.getInt32(at + 3 * WORD, true))) return at + 3 * WORD
    at += 4 * WORD
  }
  return at
}

function mayHaveEdge(word: number): boolean {
  return ((word - ABOVE_CR) & ~word & HIGH_BITS) !== 0
}
