/**
 * The dot codec: how content is put between DATA and CRLF.CRLF (RFC 5321 §4.5.2). A line that begins with a dot is sent with one more,
 * and the dot at the front of any longer line is taken away again.
 *
 * Here mail is stolen and forged. What ends a message for one server and not for the next lets a sender hide a second message in the
 * first (SMTP smuggling, CVE-2023-51764), so exactly CRLF.CRLF ends it here, a LF never begins a line, and what comes out of the
 * encoder holds no CR and no LF outside of a CRLF. A decoder that hung its end test on a counter once took commands out of content
 * when TCP cut the bytes otherwise; so the position in the input has a name:
 *
 *     lineStart   behind a CRLF, and at the very beginning
 *     dot         CRLF . |            the dot is gone already: it ends the message, or was put there by the encoder
 *     dotCr       CRLF . CR |         one octet from the end; the CR is held back
 *     text        inside of a line
 *     cr          text CR |           the CR is held back: half of a line end, or a bare one
 *     end         CRLF . CRLF |       the message is over, and what follows is the next command
 *
 * Between these edges one search (`edges.ts`) walks from line to line; no octet is touched otherwise. A line is whole where its CR stands
 * just before its LF. A stretch without anything to take away or to put in comes out as a view of what came in; else it is put
 * together, once, in a copy: a chunk gives one piece of content, however many lines of it had dots.
 */
import { CR, CRLF, DOT, LF, NUL, SP } from '../net/ascii.ts'
import { asBuffer } from '../net/bytes.ts'
import type { ByteQueue } from '../net/bytes.ts'
import { Assembly } from './assembly.ts'
import { localError } from './errors.ts'
import type { SmtpErrorCode } from './errors.ts'
import { indexOfEdge, wordsOf } from './edges.ts'
import type { Content, ContentFault, EndOfData, Violation } from './events.ts'
import { REFUSE } from './limits.ts'
import type { ContentPolicy, OctetPolicy } from './limits.ts'

/** Where a decoder stands. */
export type DataState = 'lineStart' | 'dot' | 'dotCr' | 'text' | 'cr' | 'end'

/** What a decoder tells. */
export type DataEvent = Content | ContentFault | Violation | EndOfData

/** What content may be. */
export interface DecoderOptions {
  /** What to do about bare CR, bare LF and NUL. */
  readonly policy: ContentPolicy
  /** The longest line in octets, with its CRLF and without the dot that was added. */
  readonly maxTextLineBytes: number
  /** The most octets of content: with CRLFs, without added dots and without the end (RFC 1870 §5). */
  readonly maxMessageBytes: number
  /**
   * `stuffed`: a dot at the front of a line is the wire's, and a lone one is the end. `plain`: a dot is a dot, and only `finish` ends it;
   * so the lines of chunks are read (RFC 3030). Default `stuffed`.
   */
  readonly dots?: 'stuffed' | 'plain'
}

/** What a decoder does with what it reads. */
type Mode =
  | { readonly is: 'decoding' }
  /** The content before the fault has been told, and the fault is told next. */
  | { readonly is: 'refusing'; readonly code: SmtpErrorCode }
  | { readonly is: 'discarding' }

const DECODING: Mode = Object.freeze({ is: 'decoding' })
const DISCARDING: Mode = Object.freeze({ is: 'discarding' })
/** What may be forgiven, in the order in which it is told. */
const FORGIVABLE = ['SMTP_BARE_CR', 'SMTP_BARE_LF', 'SMTP_NUL'] as const

const NOTHING: Buffer = Buffer.alloc(0)
const SPACE: Buffer = Buffer.of(SP)
const ONE_DOT: Buffer = Buffer.of(DOT)
const LONE_DOT: Buffer = Buffer.from('.\r\n', 'latin1')
const LINE_END_AND_LONE_DOT: Buffer = Buffer.from('\r\n.\r\n', 'latin1')
const END_OF_DATA: EndOfData = Object.freeze({ type: 'endOfData' })

/**
 * Takes content out of a queue, up to and with CRLF.CRLF; what follows stays in the queue.
 *
 * At the first fault it tells it, once and behind exactly the content that stood before the offending octet, and from then on only
 * looks for the end. What was forgiven is told at the end, each kind once.
 */
export class DotDecoder {
  readonly #queue: ByteQueue
  readonly #policy: ContentPolicy
  /** Octets of text that fit on a line. */
  readonly #maxText: number
  readonly #maxBytes: number
  readonly #dots: 'stuffed' | 'plain'
  #state: DataState = 'lineStart'
  #mode: Mode = DECODING
  /** Octets of the present line that lay in earlier chunks. */
  #lineBytes = 0
  /** Octets of content that were told. */
  #bytes = 0
  /** Of the kinds that may be; most messages need nothing forgiven. */
  #forgiven: Set<SmtpErrorCode> | undefined

  constructor(queue: ByteQueue, options: DecoderOptions) {
    this.#queue = queue
    this.#policy = options.policy
    this.#maxText = options.maxTextLineBytes - CRLF.length
    this.#maxBytes = options.maxMessageBytes
    this.#dots = options.dots ?? 'stuffed'
  }

  /** Where it stands. */
  get state(): DataState {
    return this.#state
  }

  /** What comes next, or `undefined` where more bytes are needed. Content is never empty. */
  next(): DataEvent | undefined {
    for (;;) {
      if (this.#mode.is === 'refusing') return this.#tellFault(this.#mode.code)
      if (this.#state === 'end') return this.#tellForgiven() ?? END_OF_DATA
      const chunk = this.#queue.peekSome()
      if (chunk.length === 0) return undefined
      const bytes = this.#decode(chunk)
      this.#bytes += bytes.length
      if (bytes.length > 0) return { type: 'content', bytes }
    }
  }

  /**
   * There is no more than what was decoded: `next` says what is still to be told, and then the end. A CR that was held back is a bare one.
   * What had to be put in its place comes back. Content without a line end behind its last line stays without.
   */
  finish(): Buffer {
    const assembly = new Assembly(NOTHING, SPACE.length)
    if (this.#state === 'cr') this.#offend('SMTP_BARE_CR', assembly)
    this.#state = 'end'
    return this.#checkSize(assembly.finish(0))
  }

  /** From here on the message is of no interest but for its end. */
  #tellFault(code: SmtpErrorCode): ContentFault {
    this.#mode = DISCARDING
    return { type: 'contentFault', code, offset: this.#bytes }
  }

  #tellForgiven(): Violation | undefined {
    const forgiven = this.#forgiven
    const code = forgiven && FORGIVABLE.find((kind) => forgiven.delete(kind))
    return code && { type: 'violation', code }
  }

  #forgive(code: SmtpErrorCode): void {
    this.#forgiven ??= new Set()
    this.#forgiven.add(code)
  }

  /** Walks over a chunk as far as it is content, and takes that from the queue. */
  #decode(chunk: Buffer): Buffer {
    const assembly = new Assembly(chunk, this.#roomFor(chunk.length))
    const mode = this.#mode
    let at = 0
    while (at < chunk.length && this.#state !== 'end') at = this.#step(chunk, at, assembly)
    this.#queue.skip(at)
    // Edges and NUL are looked for, each once.
    this.#queue.work += 2 * at
    return mode === DISCARDING ? NOTHING : this.#checkSize(this.#checkNul(assembly.finish(at)))
  }

  /** The CRLF of a line that was held back is put in before anything is dropped; else only a bare LF becomes more than it was. */
  #roomFor(octets: number): number {
    return this.#policy.bareLf === 'normalize' ? octets + CRLF.length : CRLF.length
  }

  /** Over one edge, or over many lines; returns how far it came. */
  #step(chunk: Buffer, at: number, assembly: Assembly): number {
    const octet = chunk[at]
    switch (this.#state) {
      case 'lineStart':
        this.#state = octet === DOT && this.#dots === 'stuffed' ? 'dot' : 'text'
        return this.#state === 'dot' ? assembly.drop(at, at + 1) : at
      case 'dot':
        this.#state = octet === CR ? 'dotCr' : 'text'
        return octet === CR ? assembly.drop(at, at + 1) : at
      case 'dotCr':
        this.#state = octet === LF ? 'end' : 'text'
        if (octet === LF) return assembly.drop(at, at + 1)
        this.#offend('SMTP_BARE_CR', assembly)
        return at
      case 'cr':
        this.#state = octet === LF ? 'lineStart' : 'text'
        if (octet === LF) return this.#endHeldLine(at, assembly)
        this.#offend('SMTP_BARE_CR', assembly)
        return at
      default:
        return this.#stepText(chunk, at, assembly)
    }
  }

  /** The LF to a CR that was held back: now both are content. */
  #endHeldLine(at: number, assembly: Assembly): number {
    this.#lineBytes = 0
    assembly.put(CRLF)
    return assembly.drop(at, at + 1)
  }

  /** From line to line, as long as each ends in CRLF and the next does not begin with a dot that may be the end. */
  #stepText(chunk: Buffer, from: number, assembly: Assembly): number {
    const { length } = chunk
    const words = wordsOf(chunk)
    let at = from
    while (at < length) {
      const edge = indexOfEdge(chunk, words, at)
      this.#lineBytes += edge - at
      if (this.#lineBytes > this.#maxText) this.#refuseLine(edge, assembly)
      if (edge === length) return length
      if (chunk[edge] === LF || chunk[edge + 1] !== LF) {
        at = this.#oddEdge(edge, chunk[edge] === LF ? 'lf' : 'cr', length, assembly)
        continue
      }
      this.#lineBytes = 0
      at = edge + CRLF.length
      if (at === length) this.#state = 'lineStart'
      if (chunk[at] !== DOT || this.#dots === 'plain') continue
      at = assembly.drop(at, at + 1)
      if (at < length && chunk[at] !== CR) continue
      this.#state = 'dot'
      return at
    }
    return at
  }

  /** A CR or a LF that is not half of a CRLF, or of which that cannot be known yet. */
  #oddEdge(edge: number, octet: 'cr' | 'lf', length: number, assembly: Assembly): number {
    const at = assembly.drop(edge, edge + 1)
    if (octet === 'cr' && at === length) this.#state = 'cr'
    else this.#offend(octet === 'lf' ? 'SMTP_BARE_LF' : 'SMTP_BARE_CR', assembly)
    return at
  }

  /** A bare CR or LF has been dropped: that was the end of the content, or something is put in its place. */
  #offend(code: 'SMTP_BARE_CR' | 'SMTP_BARE_LF', assembly: Assembly): void {
    if (this.#mode !== DECODING) return
    const isLf = code === 'SMTP_BARE_LF'
    if ((isLf ? this.#policy.bareLf : this.#policy.bareCr) === 'refuse') return this.#refuse(code, assembly)
    // Behind a LF the state stays `text`: a line of content begins, but no dot in front of it was added by an encoder.
    assembly.put(isLf ? CRLF : SPACE)
    this.#lineBytes = isLf ? 0 : this.#lineBytes + 1
    this.#forgive(code)
  }

  /** The line that reaches `edge` holds too much; what fits on it is still content. */
  #refuseLine(edge: number, assembly: Assembly): void {
    if (this.#mode !== DECODING) return
    const index = edge - (this.#lineBytes - this.#maxText)
    assembly.drop(index, index)
    this.#refuse('SMTP_TEXT_LINE_TOO_LONG', assembly)
  }

  #refuse(code: SmtpErrorCode, assembly: Assembly): void {
    this.#mode = { is: 'refusing', code }
    assembly.stop()
  }

  /** NUL has no part in the framing, so it is looked for in the content alone. What the walk found behind it came too late. */
  #checkNul(content: Buffer): Buffer {
    const nul = content.indexOf(NUL)
    if (nul === -1) return content
    if (this.#policy.nul === 'normalize') {
      this.#forgive('SMTP_NUL')
      return replaceNul(content)
    }
    this.#mode = { is: 'refusing', code: 'SMTP_NUL' }
    return content.subarray(0, nul)
  }

  /** What is beyond the limit is not told. Every other fault that was found lies behind that. */
  #checkSize(content: Buffer): Buffer {
    const room = this.#maxBytes - this.#bytes
    if (content.length <= room) return content
    this.#mode = { is: 'refusing', code: 'SMTP_MESSAGE_TOO_BIG' }
    return content.subarray(0, room)
  }
}

/**
 * Puts dots before lines, and the end behind them. What comes out ends no message but at its end, for any receiver that follows the
 * RFC and for any that takes a LF or a CR for a line end: there is none in it outside of a CRLF.
 *
 * States: `lineStart`, `text`, and `cr` behind a CR that ended a chunk. For that one the CRLF is written already, and a LF that
 * follows belongs to it.
 */
export class DotEncoder {
  readonly #policy: ContentPolicy
  readonly #framing: 'dots' | 'chunks'
  #state: 'lineStart' | 'text' | 'cr' = 'lineStart'
  #bytes = 0

  /**
   * With `REFUSE` (the default) content is taken as it is or not at all; with `NORMALIZE` bare CRs and LFs become CRLF. For `chunks` (BDAT,
   * RFC 3030 §2) the lines are the same, without dots that are not theirs and without an end.
   */
  constructor(policy: ContentPolicy = REFUSE, framing: 'dots' | 'chunks' = 'dots') {
    this.#policy = policy
    this.#framing = framing
  }

  /** Octets of the message so far, in lines that end in CRLF and without the dots that were put in (RFC 1870 §5). */
  get contentBytes(): number {
    return this.#bytes
  }

  /**
   * The octets to send for this content: a view of it where nothing had to be put in. Throws an `SmtpError` of our side
   * (`SMTP_BARE_CR`, `SMTP_BARE_LF`, `SMTP_NUL`) where the policy refuses it, and has then changed nothing.
   */
  encode(content: Uint8Array): Buffer {
    const chunk = this.#withoutNul(asBuffer(content))
    const { length } = chunk
    const words = wordsOf(chunk)
    // An octet brings one more at most: a dot one before it, a bare LF or CR one behind it.
    const assembly = new Assembly(chunk, length)
    let state = this.#state
    let at = 0
    let dots = 0
    while (at < length) {
      if (state === 'cr') {
        if (chunk[at] === LF) at = assembly.drop(at, at + 1)
        else this.#allow('SMTP_BARE_CR', this.#policy.bareCr)
        state = 'lineStart'
        continue
      }
      if (state === 'lineStart' && chunk[at] === DOT && this.#framing === 'dots') {
        assembly.drop(at, at)
        assembly.put(ONE_DOT)
        dots++
      }
      state = 'text'
      const edge = indexOfEdge(chunk, words, at)
      if (edge === length) break
      state = 'lineStart'
      at = edge + CRLF.length
      const isLf = chunk[edge] === LF
      if (!isLf && chunk[edge + 1] === LF) continue
      if (!isLf && edge === length - 1) state = 'cr'
      else this.#allow(isLf ? 'SMTP_BARE_LF' : 'SMTP_BARE_CR', this.#policy[isLf ? 'bareLf' : 'bareCr'])
      at = assembly.drop(edge, edge + 1)
      assembly.put(CRLF)
    }
    this.#state = state
    const encoded = assembly.finish(length)
    this.#bytes += encoded.length - dots
    return encoded
  }

  /**
   * The end of the message, with a CRLF before it where the last line had none (RFC 5321 §4.1.1.4). The encoder is then ready for the
   * next message. Throws as `encode` does where the content ended in a bare CR.
   */
  end(): Buffer {
    const state = this.#state
    if (state === 'cr') this.#allow('SMTP_BARE_CR', this.#policy.bareCr)
    this.#state = 'lineStart'
    if (state === 'text') this.#bytes += CRLF.length
    if (this.#framing === 'chunks') return state === 'text' ? CRLF : NOTHING
    return state === 'text' ? LINE_END_AND_LONE_DOT : LONE_DOT
  }

  /** A NUL before a dot has fooled receivers that take it for the end of a string: none leaves. */
  #withoutNul(chunk: Buffer): Buffer {
    if (!chunk.includes(NUL)) return chunk
    this.#allow('SMTP_NUL', this.#policy.nul)
    return replaceNul(chunk)
  }

  #allow(code: SmtpErrorCode, policy: OctetPolicy): void {
    if (policy === 'refuse') throw localError(code)
  }
}

/** The same with a space for each NUL: no octet moves, so nothing that was no line end becomes one. */
function replaceNul(content: Buffer): Buffer {
  const copy = Buffer.from(content)
  for (let at = copy.indexOf(NUL); at !== -1; at = copy.indexOf(NUL, at)) copy[at] = SP
  return copy
}
