/**
 * Framing of CRLF lines, as SMTP commands, FTP commands and both protocols' replies have them. A line ends at CR LF and
 * nowhere else, unless the policy says that a bare LF ends it too; what the line means is its protocol's business.
 *
 * States, by name:
 *
 *     line        collecting octets up to CR LF, or up to a fault
 *     discarding  after a fault: everything up to the next line end is dropped, in constant memory
 *
 * A fault is reported once per line, and which fault it is hangs on its position in the stream and never on how TCP cut
 * it: of two, the earlier one. A peer that sends only LFs is told at the first of them instead of being left to wait.
 *
 * The reader works on a `ByteQueue` that its protocol owns, so that the protocol can go over to another framing (SMTP
 * content, a TLS handshake) behind any line with nothing lost.
 */
import { CR, LF } from './ascii.ts'
import type { ByteQueue } from './bytes.ts'

/** What a line may be. */
export interface LinePolicy {
  /** The longest line, in octets with its line end. */
  readonly maxLineBytes: number
  /** LF without CR before it: a fault, or a line end (some hand-typed clients). */
  readonly bareLf: 'refuse' | 'endsLine'
  /** CR without LF behind it: a fault, or an octet of the line (FTP writes a CR in a name as CR NUL). */
  readonly bareCr: 'refuse' | 'keep'
}

/** A line without its line end. */
export interface Line {
  /** The discriminant. */
  readonly type: 'line'
  /** The octets before the line end; a view with the lifetime that `ByteQueue` gives. */
  readonly bytes: Buffer
  /** Octets of the stream before the line. */
  readonly offset: number
  /** What ended it; a bare LF only under the policy `endsLine`. */
  readonly endedBy: 'crlf' | 'lf'
}

/** A line that was refused. Its rest, up to the next line end, is dropped. */
export interface LineFault {
  /** The discriminant. */
  readonly type: 'fault'
  /** What was wrong with it. */
  readonly fault: 'tooLong' | 'bareCr' | 'bareLf'
  /** Octets of the stream before the offending one. */
  readonly offset: number
}

/** Cuts a byte queue into lines. */
export class LineReader {
  readonly #queue: ByteQueue
  readonly #policy: LinePolicy
  #state: 'line' | 'discarding' = 'line'

  constructor(queue: ByteQueue, policy: LinePolicy) {
    this.#queue = queue
    this.#policy = policy
  }

  /** Whether a line has begun and not ended: what a FIN would cut in two. */
  get isMidLine(): boolean {
    return this.#state === 'discarding' || this.#queue.length > 0
  }

  /** Whether the queue's front is the rest of a line that was refused, and not the beginning of one. */
  get isDiscarding(): boolean {
    return this.#state === 'discarding'
  }

  /** The next line or fault, or `undefined` where more bytes are needed. */
  next(): Line | LineFault | undefined {
    this.discardRefused()
    return this.#state === 'line' ? this.#readLine() : undefined
  }

  /**
   * The next line as text, one character per octet, where it is whole, ends in CRLF and has no fault; `undefined` for all else, which `next`
   * tells and which is still there. For whoever makes text of each line.
   */
  nextText(): string | undefined {
    this.discardRefused()
    if (this.#state === 'discarding') return undefined
    const queue = this.#queue
    const lf = queue.indexOf(LF, this.#policy.maxLineBytes)
    if (lf < 1 || queue.at(lf - 1) !== CR) return undefined
    const text = queue.peekText(lf - 1)
    if (this.#policy.bareCr === 'refuse' && text.includes('\r')) return undefined
    queue.work += text.length
    queue.skip(lf + 1)
    return text
  }

  #readLine(): Line | LineFault | undefined {
    const queue = this.#queue
    const { maxLineBytes, bareLf } = this.#policy
    const lf = queue.indexOf(LF, maxLineBytes)
    if (lf === -1) return queue.length < maxLineBytes ? undefined : this.#refuseTooLong()
    const endsInCrlf = lf > 0 && queue.at(lf - 1) === CR
    const length = endsInCrlf ? lf - 1 : lf
    const offset = queue.offset
    const bytes = queue.peek(length)
    queue.skip(lf + 1)
    const bareCr = this.#indexOfBareCr(bytes)
    if (!endsInCrlf && bareLf === 'refuse') this.#state = 'discarding'
    if (bareCr !== -1) return { type: 'fault', fault: 'bareCr', offset: offset + bareCr }
    if (this.#state === 'discarding') return { type: 'fault', fault: 'bareLf', offset: offset + lf }
    return { type: 'line', bytes, offset, endedBy: endsInCrlf ? 'crlf' : 'lf' }
  }

  /** The limit is reached without a line end. A bare CR before it is the earlier fault. */
  #refuseTooLong(): LineFault {
    const { maxLineBytes } = this.#policy
    const offset = this.#queue.offset
    const bytes = this.#queue.peek(maxLineBytes)
    const bareCr = this.#indexOfBareCr(bytes.subarray(0, -1))
    this.#state = 'discarding'
    // A CR at the very end may be half of the line end that the discarding looks for: it stays.
    this.#queue.skip(bytes.at(-1) === CR ? maxLineBytes - 1 : maxLineBytes)
    return bareCr === -1
      ? { type: 'fault', fault: 'tooLong', offset: offset + maxLineBytes }
      : { type: 'fault', fault: 'bareCr', offset: offset + bareCr }
  }

  #indexOfBareCr(bytes: Buffer): number {
    if (this.#policy.bareCr === 'keep') return -1
    this.#queue.work += bytes.length
    return bytes.indexOf(CR)
  }

  /**
   * Drops what there is of a line that was refused, up to and with its end; `next` does so by itself. For whoever looks at the
   * beginning of the next line before `next` does.
   */
  discardRefused(): void {
    if (this.#state === 'line') return
    const queue = this.#queue
    for (let lf = queue.indexOf(LF); lf !== -1; lf = queue.indexOf(LF)) {
      const isEnd = this.#policy.bareLf === 'endsLine' || (lf > 0 && queue.at(lf - 1) === CR)
      queue.skip(lf + 1)
      if (isEnd) {
        this.#state = 'line'
        return
      }
    }
    if (queue.length > 0) queue.skip(queue.at(queue.length - 1) === CR ? queue.length - 1 : queue.length)
  }
}
