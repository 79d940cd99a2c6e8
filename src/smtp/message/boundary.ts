/**
 * Where the parts of a multipart end (RFC 2046 §5.1.1):
 *
 *     delimiter       = CRLF "--" boundary                    ; or at the very front of a body
 *     close-delimiter = delimiter "--"
 *     both are followed by transport-padding CRLF             ; transport-padding = *LWSP-char
 *
 *     Q m F z CRLF - - B 1 SP CRLF                the CRLF before belongs to the delimiter, and not to the content
 *            ^hit  ^line       ^line end
 *
 * A body is searched for LF and two hyphens, natively, so lines are not looked at one by one, and no boundary slows down another. What
 * stands behind such a place is a line: it is a delimiter only if it is one of the boundaries that are open, whole (`--B1` is not
 * `--B10`). All that are open are looked up at once, so a hundred nested multiparts cost no more than one.
 *
 * The boundary of a multipart outside ends all parts inside (§5.1.2). Where an inner one has the same boundary, the inner one counts.
 */
import { CR, isBlank, LF } from '../../net/ascii.ts'

const HYPHEN = 0x2d
const LF_HYPHENS: Buffer = Buffer.from('\n--', 'latin1')
/** Octets of white space that may stand behind a delimiter: as many as fill a line (RFC 5322 §2.1.1). */
const MAX_PADDING_BYTES = 998
/** Two hyphens before a boundary, two behind it. */
const HYPHENS_BYTES = 4

/** A line that is a delimiter. */
export interface Delimiter<Multipart> {
  /** Whose it is. */
  readonly multipart: Multipart
  /** Whether it is the last one. */
  readonly kind: 'next' | 'close'
}

/** A boundary that is open, over the one with the same text that it hides. */
interface Open<Multipart> {
  readonly multipart: Multipart
  readonly hidden: Open<Multipart> | undefined
}

/** The boundaries of all multiparts that are open, as octets: a character for each. */
export class Boundaries<Multipart> {
  readonly #open = new Map<string, Open<Multipart>>()
  /** The longest that has been open. */
  #longest = 0

  /** Whether there is any. */
  get isEmpty(): boolean {
    return this.#open.size === 0
  }

  /** The longest line that can be a delimiter, without its line end. */
  get maxLineBytes(): number {
    return this.#longest + HYPHENS_BYTES + MAX_PADDING_BYTES
  }

  /** Opens one, and says whether its text is new. */
  open(boundary: string, multipart: Multipart): 'new' | 'repeated' {
    const hidden = this.#open.get(boundary)
    this.#open.set(boundary, { multipart, hidden })
    this.#longest = Math.max(this.#longest, boundary.length)
    return hidden === undefined ? 'new' : 'repeated'
  }

  /** Closes the one that was opened last with this text. */
  close(boundary: string): void {
    const hidden = this.#open.get(boundary)?.hidden
    if (hidden === undefined) this.#open.delete(boundary)
    else this.#open.set(boundary, hidden)
  }

  /** What the line `bytes[from, to)` is, which must begin with two hyphens and have no line end; `undefined` for no delimiter. */
  match(bytes: Buffer, from: number, to: number): Delimiter<Multipart> | undefined {
    if (to - from > this.maxLineBytes) return undefined
    let end = to
    while (isBlank(bytes[end - 1])) end--
    const text = bytes.toString('latin1', from + 2, end)
    const next = this.#open.get(text)
    if (next !== undefined) return { multipart: next.multipart, kind: 'next' }
    const closed = text.endsWith('--') ? this.#open.get(text.slice(0, -2)) : undefined
    return closed && { multipart: closed.multipart, kind: 'close' }
  }
}

/** Whether a line begins with two hyphens. */
export function beginsWithHyphens(bytes: Buffer, line: number): boolean {
  return bytes[line] === HYPHEN && bytes[line + 1] === HYPHEN
}

/** What a search found: so many octets of content, and what stands behind them. */
export interface Stretch<Multipart> {
  /** Octets from where the search began that are content for certain. */
  readonly content: number
  /** Octets from there to behind the delimiter, with its line end; 0 where there is none, or none yet. */
  readonly delimiterBytes: number
  /** What the delimiter is. */
  readonly delimiter: Delimiter<Multipart> | undefined
  /** Whether its line ends in LF without CR. */
  readonly isBareLf: boolean
}

/** Searches bodies for delimiters. */
export class DelimiterSearch<Multipart> {
  readonly #boundaries: Boundaries<Multipart>
  /** Where in a line the next octet stands. */
  #place: 'lineStart' | 'text' = 'text'
  /** Octets of the line that may be a delimiter in which there is no LF. */
  #searched = 0
  /** Octets looked at. */
  work = 0

  constructor(boundaries: Boundaries<Multipart>) {
    this.#boundaries = boundaries
  }

  /** The next octet begins a line, of a body or behind a delimiter: it may be another one's. */
  begin(): void {
    this.#place = 'lineStart'
  }

  /** Searches `bytes` from `from` on. Where `isLast` is not set, what may become a delimiter is neither content nor one. */
  next(bytes: Buffer, from: number, isLast: boolean): Stretch<Multipart> {
    if (this.#boundaries.isEmpty) return contentTo(bytes.length - from)
    let at = from
    if (this.#place === 'lineStart') {
      if (!isLast && bytes.length - from < 2 && isHyphens(bytes, from)) return contentTo(0)
      if (beginsWithHyphens(bytes, from)) {
        const stretch = this.#judge(bytes, from, from, from, isLast)
        if (stretch !== undefined) return stretch
      }
      this.#place = 'text'
    }
    for (;;) {
      const hit = bytes.indexOf(LF_HYPHENS, at)
      this.work += (hit === -1 ? bytes.length : hit) - at
      if (hit === -1) return contentTo(bytes.length - from - (isLast ? 0 : undecided(bytes, from)))
      const content = hit > from && bytes[hit - 1] === CR ? hit - 1 : hit
      const stretch = this.#judge(bytes, from, content, hit + 1, isLast)
      if (stretch !== undefined) return stretch
      at = hit + 1
    }
  }

  /** What the line at `line` makes of the content before it; `undefined` where it is no delimiter. */
  #judge(bytes: Buffer, from: number, content: number, line: number, isLast: boolean): Stretch<Multipart> | undefined {
    const known = content === from ? this.#searched : 0
    const lf = bytes.indexOf(LF, line + known)
    this.work += (lf === -1 ? bytes.length : lf) - line - known
    if (lf === -1 && !isLast) {
      const length = bytes.length - line
      // A CR at its end is not of the line.
      this.#searched = length
      return length > this.#boundaries.maxLineBytes + 1 ? this.#forget() : contentTo(content - from)
    }
    this.#searched = 0
    const end = lf === -1 ? bytes.length : lf
    const isBareLf = bytes[end - 1] !== CR
    const delimiter = this.#boundaries.match(bytes, line, isBareLf ? end : end - 1)
    if (delimiter === undefined) return undefined
    const next = lf === -1 ? end : lf + 1
    return { content: content - from, delimiterBytes: next - content, delimiter, isBareLf: isBareLf && lf !== -1 }
  }

  #forget(): undefined {
    this.#searched = 0
  }
}

function contentTo<Multipart>(content: number): Stretch<Multipart> {
  return { content, delimiterBytes: 0, delimiter: undefined, isBareLf: false }
}

/** Whether all there is are hyphens: none, or one. */
function isHyphens(bytes: Buffer, from: number): boolean {
  return from === bytes.length || bytes[from] === HYPHEN
}

/** How many octets at the end may be the beginning of a delimiter: `CR`, `CR LF`, `CR LF -`, or these without their CR. */
function undecided(bytes: Buffer, from: number): number {
  const end = bytes.length
  const hyphens = bytes[end - 1] === HYPHEN ? 1 : 0
  const lf = bytes[end - 1 - hyphens] === LF ? 1 : 0
  if (hyphens > lf) return 0
  const cr = bytes[end - 1 - hyphens - lf] === CR ? 1 : 0
  return Math.min(hyphens + lf + cr, end - from)
}
