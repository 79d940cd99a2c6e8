/**
 * A transcript of what crossed the wire, for people: one line per protocol line, `C:` for the client's and `S:` for the
 * server's, as the RFCs print their examples. The connection that writes it knows which octets are secret and which are content;
 * this file knows how a line looks.
 *
 *     a1 S: 220 mx.example.test ESMTP
 *     a1 C: AUTH PLAIN ****
 *     a1 C: … 4096 octets
 *
 * What a peer sent is shown with its control octets escaped, so that no terminal obeys it, and cut when it is long.
 */
import { asBuffer } from './bytes.ts'

/** Takes finished lines, without a line end. */
export type TranscriptSink = (line: string) => void

/** Settings of a transcript. */
export interface TranscriptOptions {
  /** Stands before each line, to tell connections apart. */
  readonly label?: string
}

/** Characters of a line that are shown. */
const MAX_SHOWN = 500

/** Writes one connection's lines to a sink. */
export class Transcript {
  readonly #sink: TranscriptSink
  readonly #prefix: string
  #contentSide: 'C' | 'S' = 'C'
  #contentOctets = 0

  constructor(sink: TranscriptSink, options: TranscriptOptions = {}) {
    this.#sink = sink
    this.#prefix = options.label === undefined ? '' : `${escapeControls(options.label)} `
  }

  /** One line; a line end at its end is left out. */
  line(side: 'C' | 'S', text: Uint8Array | string): void {
    this.#endContent()
    this.#write(side, shown(text))
  }

  /** A line of which only `visible` may be seen: `secret('C', 'PASS')` gives `C: PASS ****`. */
  secret(side: 'C' | 'S', visible: string): void {
    this.#endContent()
    this.#write(side, `${shown(visible)} ****`)
  }

  /** Content that is counted instead of shown; consecutive pieces of one side become one line when it ends. */
  content(side: 'C' | 'S', octets: number): void {
    if (side !== this.#contentSide) this.#endContent()
    this.#contentSide = side
    this.#contentOctets += octets
  }

  /** Writes what is still being counted. */
  close(): void {
    this.#endContent()
  }

  #endContent(): void {
    const octets = this.#contentOctets
    if (octets === 0) return
    this.#contentOctets = 0
    this.#write(this.#contentSide, `… ${octets} ${octets === 1 ? 'octet' : 'octets'}`)
  }

  #write(side: 'C' | 'S', text: string): void {
    this.#sink(`${this.#prefix}${side}: ${text}`)
  }
}

/** Four octets at most make a character of UTF-8, so this many octets are enough for all that is shown. */
const MAX_DECODED = 4 * MAX_SHOWN

function shown(text: Uint8Array | string): string {
  const whole = typeof text === 'string' ? text : asBuffer(text).toString('utf8', 0, MAX_DECODED)
  const line = withoutLineEnd(whole)
  const length =
    typeof text === 'string' ? line.length : Math.max(line.length, text.length - (whole.length - line.length))
  return length <= MAX_SHOWN && line.length <= MAX_SHOWN
    ? escapeControls(line)
    : `${escapeControls(line.slice(0, MAX_SHOWN))}…`
}

function withoutLineEnd(text: string): string {
  if (text.endsWith('\r\n')) return text.slice(0, -2)
  return text.endsWith('\n') ? text.slice(0, -1) : text
}

// Control characters drive terminals, format characters turn the order of text around or hide, U+2028 and U+2029 end lines.
const UNSHOWABLE = /[\p{Cc}\p{Cf}\u2028\u2029\\]/gu
const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\r': '\\r', '\n': '\\n', '\t': '\\t' }

function escapeControls(text: string): string {
  return text.replace(UNSHOWABLE, (character) => SHORT[character] ?? escapeCode(character.codePointAt(0) ?? 0))
}

function escapeCode(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
