/**
 * The words that structured fields are made of (RFC 5322 §3.2): white space with comments, quoted strings, and runs of other characters. A
 * cursor walks over the text once, from left to right. Nothing here calls itself: comments in comments are a number that is
 * counted up and down, so `((((((` is as cheap as any other text.
 *
 * All of it is total. What is not closed ends with the text.
 */
import { BACKSLASH, byteClass, DQUOTE, isBlank } from '../../net/ascii.ts'
import type { ByteClass } from '../../net/ascii.ts'

const OPEN = 0x28
const CLOSE = 0x29
/** What a comment and a quoted string have to be looked at for. */
const QUOTED_PAIR = /\\([^])/g

/** A place in a text that has no line ends. */
export class Cursor {
  /** The text. */
  readonly text: string
  /** Index of the next character. */
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** Whether the text is over. */
  get isAtEnd(): boolean {
    return this.at >= this.text.length
  }

  /** The code of the next character; NaN behind the end, which equals nothing. */
  get code(): number {
    return this.text.charCodeAt(this.at)
  }

  /** Goes behind the next character where it is this one. */
  take(code: number): boolean {
    if (this.code !== code) return false
    this.at++
    return true
  }

  /**
   * `CFWS = (1*([FWS] comment) [FWS]) / FWS`, or nothing: goes behind it.
   *
   * Returns whether there was any.
   */
  skipCfws(): boolean {
    const from = this.at
    for (let code = this.code; ; code = this.code) {
      if (isBlank(code)) this.at++
      else if (code === OPEN) this.comment()
      else return this.at > from
    }
  }

  /**
   * `comment = "(" *([FWS] ccontent) [FWS] ")"`, where `ccontent` may be a comment: its text, without the outermost parentheses. The
   * cursor must stand before one.
   */
  comment(): string {
    const from = this.at + 1
    let depth = 0
    do {
      const code = this.code
      if (code === OPEN) depth++
      else if (code === CLOSE) depth--
      else if (code === BACKSLASH) this.at++
      this.at++
    } while (depth > 0 && !this.isAtEnd)
    return unescaped(this.text.slice(from, depth === 0 ? this.at - 1 : this.text.length))
  }

  /** `quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE`: what is meant by it. The cursor must stand before one. */
  quotedString(): string {
    const from = ++this.at
    for (; !this.isAtEnd; this.at++) {
      const code = this.code
      if (code === DQUOTE) return unescaped(this.text.slice(from, this.at++))
      if (code === BACKSLASH) this.at++
    }
    return unescaped(this.text.slice(from))
  }

  /** All characters from here on that are of the class, or above U+00FF; none where the next one is not. */
  run(table: ByteClass): string {
    const { text, at } = this
    let end = at
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end)
      if (code <= 0xff && table[code] === 0) break
    }
    this.at = end
    return text.slice(at, end)
  }
}

/** `quoted-pair = "\" (VCHAR / WSP)`: the character behind each backslash, for both. */
function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(QUOTED_PAIR, '$1') : text
}

/** `token = 1*<any (US-ASCII) CHAR except SPACE, CTLs, or tspecials>` (RFC 2045 §5.1). */
export const TOKEN: ByteClass = byteClass("!#$%&'*+-.^_`{|}~", [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])
