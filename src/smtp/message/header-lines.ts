/**
 * Field lines up to and with the empty line, from octets to slots (`header-section.ts`). RFC 5322 §2.2, §4.5.
 *
 *     fields     = *( field-name *WSP ":" unstructured CRLF )          ; *WSP before the colon is of §4.5
 *     field-name = 1*ftext                                             ; %d33-57 / %d59-126
 *
 * A section may end in other ways than by the empty line, and then the next octet is of the body: by a line that is no field (so do
 * Postfix and Python), by a delimiter of a multipart around it, and with the input. A line counts when it is whole; what is known of the
 * lines before it is kept, so each is looked at once, as it may be cut.
 */
import { byteClass, COLON, CR, LF, isBlank } from '../../net/ascii.ts'
import { beginsWithHyphens } from './boundary.ts'
import type { Boundaries } from './boundary.ts'
import { MimeLimitError } from './errors.ts'
import type { MimeViolationCode } from './errors.ts'
import { SLOTS_PER_FIELD } from './header-section.ts'
import type { MessageLimits } from './limits.ts'

const FTEXT = byteClass([0x21, 0x39], [0x3b, 0x7e])
const MBOX_LINE: Buffer = Buffer.from('From ', 'latin1')

/** Where a section ends. */
export interface SectionEnd {
  /** Octets of its fields, with their line ends. */
  readonly length: number
  /** Octets up to the body. */
  readonly bodyAt: number
}

/** What a line is. */
type LineKind = 'empty' | 'field' | 'fold' | 'mbox' | 'delimiter' | 'body'

/** Reads one section. */
export class HeaderLines {
  /** Offsets of names and values, from the start of the section. */
  readonly slots: number[] = []
  /** What was wrong with it. */
  readonly violations: Set<MimeViolationCode> = new Set()
  readonly #boundaries: Boundaries<unknown>
  readonly #limits: MessageLimits
  /** Offset of the first line that was not looked at. */
  #line = 0
  /** Octets in which its LF was looked for. */
  #searched = 0

  constructor(boundaries: Boundaries<unknown>, limits: MessageLimits) {
    this.#boundaries = boundaries
    this.#limits = limits
  }

  /** Octets that were looked at. */
  get work(): number {
    return this.#line + this.#searched
  }

  /**
   * Reads on in the section that begins at `start`. `isLast`: there is nothing behind `bytes`. `undefined` where more is needed. Throws a
   * `MimeLimitError` for a section with too many octets or fields.
   */
  read(bytes: Buffer, start: number, isLast: boolean): SectionEnd | undefined {
    for (;;) {
      const line = start + this.#line
      const lf = bytes.indexOf(LF, line + this.#searched)
      this.#demandRoom((lf === -1 ? bytes.length - 1 : lf) - start)
      if (lf === -1 && !isLast) {
        this.#searched = bytes.length - line
        return undefined
      }
      const next = lf === -1 ? bytes.length : lf + 1
      const isCrlf = lf > line && bytes[lf - 1] === CR
      const end = lf === -1 ? next : isCrlf ? lf - 1 : lf
      const kind = lf === -1 && line === end ? 'body' : this.#readLine(bytes, start, line, end)
      if (kind === 'delimiter' || kind === 'body') return { length: this.#line, bodyAt: this.#line }
      if (!isCrlf && lf !== -1) this.violations.add('MIME_BARE_LF')
      if (kind === 'empty') return { length: this.#line, bodyAt: next - start }
      this.#line = next - start
      this.#searched = 0
    }
  }

  #demandRoom(last: number): void {
    const { maxHeaderBytes, maxFields } = this.#limits
    if (last >= maxHeaderBytes) throw new MimeLimitError('MIME_HEADER_TOO_BIG', 'maxHeaderBytes', maxHeaderBytes)
    if (this.slots.length > SLOTS_PER_FIELD * maxFields) {
      throw new MimeLimitError('MIME_FIELDS_MANY', 'maxFields', maxFields)
    }
  }

  /** Says what `bytes[line, end)` is, and keeps what it is to the section. */
  #readLine(bytes: Buffer, start: number, line: number, end: number): LineKind {
    const { slots } = this
    if (line === end) return 'empty'
    if (isBlank(bytes[line]) && slots.length > 0) {
      this.#extend(bytes, start, line, end)
      return 'fold'
    }
    if (beginsWithHyphens(bytes, line) && this.#boundaries.match(bytes, line, end) !== undefined) {
      this.violations.add('MIME_HEADER_CUT')
      return 'delimiter'
    }
    let at = line
    while (FTEXT[bytes[at] as number] === 1) at++
    const nameEnd = at
    while (isBlank(bytes[at])) at++
    if (bytes[at] !== COLON || nameEnd === line) return this.#judgeOther(bytes, line)
    at++
    while (isBlank(bytes[at])) at++
    slots.push(line - start, nameEnd - start, at - start, behindValue(bytes, at, end) - start)
    return 'field'
  }

  /** A line that goes on with the field before (RFC 5322 §2.2.3). */
  #extend(bytes: Buffer, start: number, line: number, end: number): void {
    const { slots } = this
    const last = slots.length - SLOTS_PER_FIELD
    const to = behindValue(bytes, line, end)
    if (to === line) return
    if (slots[last + 2] === slots[last + 3]) {
      let at = line
      while (isBlank(bytes[at])) at++
      slots[last + 2] = at - start
    }
    slots[last + 3] = to - start
  }

  /** A line that is no field: of an mbox, where it is the first (RFC 4155), else of the body. */
  #judgeOther(bytes: Buffer, line: number): LineKind {
    const isMbox = this.#line === 0 && bytes.subarray(line, line + MBOX_LINE.length).equals(MBOX_LINE)
    this.violations.add(isMbox ? 'MIME_MBOX_LINE' : 'MIME_HEADER_LINE')
    return isMbox ? 'mbox' : 'body'
  }
}

/** The end of a value without trailing white space. */
function behindValue(bytes: Buffer, from: number, end: number): number {
  while (end > from && isBlank(bytes[end - 1])) end--
  return end
}

/** Whether there is a NUL, or a CR that is not before a LF, in the section `text`. */
export function hasHeaderControls(text: string): boolean {
  return text.includes('\0') || /\r(?!\n)/.test(text)
}
