/**
 * A message, from octets to events: headers, parts, and their content decoded (RFC 5322, RFC 2045, RFC 2046). Without any I/O: octets are
 * pushed as they come, events are pulled, and nothing is kept but what may become something else.
 *
 *     header     the header section of a message or a part
 *     content    the body of a leaf
 *     outside    what is before the first part of a multipart, and behind its last: not content of anything
 *     over       all was told
 *
 *     header ── leaf ──────> content ──┐
 *        ^ ^─── message (its header)   │ delimiter: all parts inside end
 *        │ └─── multipart ─> outside ──┤
 *        └──────── next part ──────────┤
 *                  outside <── last ───┘
 *
 * Parts that are open lie on a stack, and nothing calls itself, so a message nested a hundred thousand times ends at a limit and not in the
 * stack of the machine. Memory is bounded by a header section, and by a line that may be a delimiter.
 *
 * Why this is not a `Machine`: nobody is answered, so there is nothing to send. It keeps the laws that are left: 1 (however the octets are
 * cut, the events are the same, but for the cuts between `content` events), 3, 5, 6 and 8.
 */
import { isUtf8 } from 'node:buffer'
import { Boundaries, DelimiterSearch } from './boundary.ts'
import type { Delimiter, Stretch } from './boundary.ts'
import { MimeError, MimeLimitError } from './errors.ts'
import type { MimeViolationCode } from './errors.ts'
import type { MimeEnd, MimeEvent, MimePart } from './events.ts'
import { hasHeaderControls, HeaderLines } from './header-lines.ts'
import { HeaderSection, NO_FIELDS } from './header-section.ts'
import { mergeMessageLimits } from './limits.ts'
import type { MessageLimits } from './limits.ts'
import { describe } from './part.ts'
import type { Violations } from './part.ts'
import type { TransferDecoder } from './transfer-decoder.ts'
import { transferDecoder } from './transfer-decoding.ts'
import { Window } from './window.ts'

/** How a message is read. */
export interface MessageParserOptions {
  /** Replaces some of `DEFAULT_MESSAGE_LIMITS`. */
  readonly limits?: Partial<MessageLimits>
  /** Which broken rules are errors: the first one is thrown. Default `nothing`: each is told, and forgiven. */
  readonly refuse?: 'nothing' | 'everything' | readonly MimeViolationCode[]
  /** Whether a `message/rfc822` is opened, with parts of its own, or kept as its octets, to be stored as a file. Default `open`. */
  readonly messages?: 'open' | 'keep'
}

/** A part that has begun. */
interface OpenPart {
  readonly part: MimePart
  /** Of a multipart. */
  readonly boundary: string | undefined
  /** How many parts have begun in it. */
  parts: number
  /** What was told of it. */
  readonly told: Violations
}

/** Content is decoded in pieces of so many octets at most: what is decoded of them stays in a cache. */
const PIECE_BYTES = 48 * 1024
const END: MimeEnd = Object.freeze({ type: 'end' })
const ROOT: readonly number[] = Object.freeze([])

/** Reads one message. */
export class MessageParser {
  readonly #limits: MessageLimits
  readonly #refuse: NonNullable<MessageParserOptions['refuse']>
  readonly #messages: 'open' | 'keep'
  readonly #window = new Window()
  #input: 'open' | 'over' | 'tooBig' = 'open'
  #state: 'header' | 'content' | 'outside' | 'over' = 'header'
  /** What was read and not yet told. */
  readonly #due: MimeEvent[] = []
  #error: Error | undefined

  /** The parts around the next octet, the message first. */
  readonly #open: OpenPart[] = []
  readonly #boundaries = new Boundaries<OpenPart>()
  readonly #search = new DelimiterSearch<OpenPart>(this.#boundaries)
  #header: HeaderLines
  /** What the search has found in front, as far as it was not passed. */
  #stretch: Stretch<OpenPart> | undefined
  #decoder: TransferDecoder = transferDecoder('7bit')
  #partCount = 0
  #messageDepth = 0
  #work = 0

  constructor(options: MessageParserOptions = {}) {
    this.#limits = mergeMessageLimits(options.limits)
    this.#refuse = options.refuse ?? 'nothing'
    this.#messages = options.messages ?? 'open'
    this.#header = new HeaderLines(this.#boundaries, this.#limits)
  }

  /** Octets pushed and not yet read. */
  get bufferedBytes(): number {
    return this.#window.length
  }

  /** Octets looked at so far, each look counted. */
  get work(): number {
    return this.#work + this.#header.work + this.#search.work
  }

  /**
   * Takes octets. They are kept by reference: views in events alias them, and are valid for as long as they are not written over. Throws a
   * `MimeError` behind `pushEnd`.
   */
  push(bytes: Uint8Array): void {
    if (this.#input === 'over') throw new MimeError('MIME_PUSHED_BEHIND_END', { side: 'local' })
    const room = this.#limits.maxMessageBytes - this.#window.offset - this.#window.length
    if (bytes.length > room) this.#input = 'tooBig'
    // What fits is read all the same: where the error is thrown must not hang on how the octets were cut.
    this.#window.push(bytes.length > room ? bytes.subarray(0, room) : bytes)
  }

  /** There are no more octets. */
  pushEnd(): void {
    if (this.#input === 'open') this.#input = 'over'
  }

  /**
   * The next event, or `undefined` where more octets are needed, and behind `end`. Throws a `MimeLimitError`, or a `MimeError` for a broken
   * rule that is to be refused; then it throws the same for ever.
   */
  next(): MimeEvent | undefined {
    if (this.#error !== undefined) throw this.#error
    try {
      return this.#next()
    } catch (error) {
      this.#error = error as Error
      throw error
    }
  }

  #next(): MimeEvent | undefined {
    for (;;) {
      const due = this.#due.shift()
      if (due !== undefined) return due
      if (this.#state === 'over') return undefined
      const isRead = this.#state === 'header' ? this.#readHeader() : this.#readBody()
      if (isRead) continue
      if (this.#input !== 'tooBig') return undefined
      const { maxMessageBytes } = this.#limits
      throw new MimeLimitError('MIME_MESSAGE_TOO_BIG', 'maxMessageBytes', maxMessageBytes)
    }
  }

  /** Reads a header section, where it is there. */
  #readHeader(): boolean {
    const { bytes, from } = this.#window
    const lines = this.#header
    const end = lines.read(bytes, from, this.#input === 'over')
    if (end === undefined) return false
    const text = bytes.toString('latin1', from, from + end.length)
    this.#window.skip(end.bodyAt)
    this.#work += lines.work
    this.#header = new HeaderLines(this.#boundaries, this.#limits)
    judgeOctets(text, lines.violations)
    const header = text === '' ? NO_FIELDS : new HeaderSection(text, lines.slots, this.#limits)
    this.#beginPart(header, lines.violations)
    this.#search.begin()
    return true
  }

  /** The part begins whose header this is. */
  #beginPart(header: HeaderSection, violations: Violations): void {
    const parent = this.#open.at(-1)
    const depth = this.#open.length
    const { maxParts, maxDepth } = this.#limits
    if (++this.#partCount > maxParts) throw new MimeLimitError('MIME_PARTS_MANY', 'maxParts', maxParts)
    if (depth > maxDepth) throw new MimeLimitError('MIME_TOO_DEEP', 'maxDepth', maxDepth)
    const parentType = parent?.part.contentType.mediaType
    const surroundings = { parentType, messages: this.#messagesHere() }
    const described = describe(header, surroundings, this.#limits, violations)
    const { kind, contentType, disposition, transferEncoding, boundary } = described
    const path = parent === undefined ? ROOT : parent.part.path.concat(++parent.parts)
    const part: MimePart = {
      type: 'part',
      kind,
      header,
      contentType,
      disposition,
      transferEncoding,
      path,
      depth,
      parentType,
    }
    const open: OpenPart = { part, boundary, parts: 0, told: violations }
    if (boundary !== undefined && this.#boundaries.open(boundary, open) === 'repeated') {
      violations.add('MIME_BOUNDARY_REPEATED')
    }
    this.#open.push(open)
    this.#due.push(part)
    for (const code of violations) this.#announce(part, code)
    this.#enter(part)
  }

  #messagesHere(): 'open' | 'keep' | 'tooDeep' {
    return this.#messageDepth < this.#limits.maxMessageDepth ? this.#messages : 'tooDeep'
  }

  /** What comes behind the header of this part. */
  #enter({ kind, transferEncoding }: MimePart): void {
    switch (kind) {
      case 'leaf':
        this.#decoder = transferDecoder(transferEncoding)
        this.#state = 'content'
        return
      case 'multipart':
        this.#state = 'outside'
        return
      case 'message':
        this.#messageDepth++
        this.#state = 'header'
    }
  }

  /** Reads some octets that belong to no header, or a delimiter. */
  #readBody(): boolean {
    const stretch = this.#stretch ?? this.#searchOn()
    const { content, delimiter } = stretch
    if (content > 0) {
      const count = this.#readContent(content)
      const { delimiterBytes, isBareLf } = stretch
      this.#stretch = { content: content - count, delimiterBytes, delimiter, isBareLf }
      return true
    }
    this.#stretch = undefined
    if (delimiter !== undefined) this.#pass(delimiter, stretch)
    else if (this.#input === 'over') this.#finish()
    else return false
    return true
  }

  #searchOn(): Stretch<OpenPart> {
    return this.#search.next(this.#window.bytes, this.#window.from, this.#input === 'over')
  }

  /** Reads up to so many octets, and says how many it were. */
  #readContent(most: number): number {
    const { bytes, from } = this.#window
    const isPlain = this.#state === 'outside' || this.#decoder.isIdentity
    const count = isPlain ? most : Math.min(most, PIECE_BYTES)
    this.#window.skip(count)
    if (this.#state === 'outside') return count
    this.#work += isPlain ? 0 : 2 * count
    const decoded = this.#decoder.decode(count === bytes.length ? bytes : bytes.subarray(from, from + count))
    if (decoded.length > 0) this.#due.push({ type: 'content', bytes: decoded })
    return count
  }

  /** Goes behind a delimiter: it ends all parts in its multipart, and begins another, or ends the multipart itself. */
  #pass({ multipart, kind }: Delimiter<OpenPart>, { delimiterBytes, isBareLf }: Stretch<OpenPart>): void {
    this.#window.skip(delimiterBytes)
    while (this.#open.at(-1) !== multipart) this.#closeLast('cut')
    if (isBareLf) this.#tell(multipart, 'MIME_BARE_LF')
    if (kind === 'close') this.#closeLast('closed')
    this.#state = kind === 'close' ? 'outside' : 'header'
    // The line end of this delimiter is the one before the next.
    this.#search.begin()
  }

  /** The innermost part is over. */
  #closeLast(how: 'closed' | 'cut'): void {
    const open = this.#open.pop() as OpenPart
    const { kind, path } = open.part
    if (kind === 'leaf') this.#endContent(open)
    if (kind === 'message') this.#messageDepth--
    if (open.boundary !== undefined) {
      this.#boundaries.close(open.boundary)
      if (how === 'cut') this.#tell(open, 'MIME_MULTIPART_UNCLOSED')
    }
    this.#due.push({ type: 'partEnd', path })
  }

  #endContent(open: OpenPart): void {
    const bytes = this.#decoder.end()
    if (bytes.length > 0) this.#due.push({ type: 'content', bytes })
    const { fault } = this.#decoder
    if (fault !== undefined) this.#tell(open, fault)
  }

  /** The message is over, and all parts with it. */
  #finish(): void {
    while (this.#open.length > 0) this.#closeLast('cut')
    this.#due.push(END)
    this.#state = 'over'
  }

  /** Tells of a broken rule, once for a part. */
  #tell({ part, told }: OpenPart, code: MimeViolationCode): void {
    if (told.has(code)) return
    told.add(code)
    this.#announce(part, code)
  }

  #announce({ path }: MimePart, code: MimeViolationCode): void {
    const isRefused = this.#refuse === 'everything' || (this.#refuse !== 'nothing' && this.#refuse.includes(code))
    if (isRefused) throw new MimeError(code, { offset: this.#window.offset })
    this.#due.push({ type: 'violation', code, path })
  }
}

/** Octets that a header must not have: what they are read as is said in `header-section.ts`. */
function judgeOctets(text: string, violations: Violations): void {
  if (hasHeaderControls(text)) violations.add('MIME_HEADER_CONTROL')
  // In UTF-8 a character of U+0080 to U+00FF takes two octets: the same length means that there is none.
  if (Buffer.byteLength(text, 'utf8') === text.length) return
  if (!isUtf8(Buffer.from(text, 'latin1'))) violations.add('MIME_HEADER_CHARSET')
}
