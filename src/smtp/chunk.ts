/**
 * The content of BDAT: octets that are counted and not searched for an end (RFC 3030 §2). No line ends it and no dot is added to it, so
 * nothing in it can be taken for a command, whoever wrote it; all hangs on the count. One decoder reads all chunks of a message.
 *
 *     between ──begin──> within ──the last octet──> between        `endOfChunk`
 *                          └──── of the last chunk ──> over        `endOfData`
 *
 * Text is sent in lines that end in CRLF, in chunks too: what has bare CRs, bare LFs or NULs is refused or repaired by the same policy as
 * behind DATA, because whoever passes the message on will need lines. A line may be cut by a chunk's end, and so may a CRLF. BINARYMIME
 * is passed on octet by octet.
 */
import { ByteQueue } from '../net/bytes.ts'
import { DotDecoder } from './data.ts'
import type { DecoderOptions } from './data.ts'
import type { Bdat, Content, ContentFault, EndOfChunk, EndOfData, Violation } from './events.ts'
import type { Body } from './parameter-values.ts'

/** Where a decoder of chunks stands. */
export type ChunkState = 'between' | 'within' | 'over'

/** What a decoder of chunks tells. */
export type ChunkEvent = Content | ContentFault | Violation | EndOfChunk | EndOfData

const END_OF_CHUNK: EndOfChunk = Object.freeze({ type: 'endOfChunk' })
const END_OF_DATA: EndOfData = Object.freeze({ type: 'endOfData' })
const NOTHING: Buffer = Buffer.alloc(0)

/** Takes the chunks of one message out of a queue; what follows a chunk stays there. */
export class ChunkDecoder {
  readonly #queue: ByteQueue
  readonly #body: Body
  readonly #maxBytes: number
  /** What has been counted off and not yet been looked at. */
  readonly #counted = new ByteQueue()
  readonly #lines: DotDecoder
  #state: ChunkState = 'between'
  #isLast = false
  /** Octets of the chunk that have not come. */
  #left = 0
  /** Octets of a binary message that were told. */
  #bytes = 0
  #size: 'fits' | 'tooBig' | 'told' = 'fits'
  /** What the end of the message has brought. */
  #rest: Buffer = NOTHING

  constructor(queue: ByteQueue, options: DecoderOptions & { readonly body: Body }) {
    this.#queue = queue
    this.#body = options.body
    this.#maxBytes = options.maxMessageBytes
    this.#lines = new DotDecoder(this.#counted, { ...options, dots: 'plain' })
  }

  /** Where it stands. */
  get state(): ChunkState {
    return this.#state
  }

  /** Whether the chunk that was begun last is the last of the message. */
  get isLast(): boolean {
    return this.#isLast
  }

  /** A chunk begins. */
  begin({ size, isLast }: Bdat): void {
    this.#state = 'within'
    this.#left = size
    this.#isLast = isLast
  }

  /** What comes next, or `undefined` where more bytes are needed. Content is never empty. */
  next(): ChunkEvent | undefined {
    for (;;) {
      const event = this.#body === 'BINARYMIME' ? this.#takeBinary() : this.#takeText()
      if (event !== undefined) return event
      if (this.#left === 0 && this.#state === 'within') this.#endChunk()
      if (this.#state === 'between') return END_OF_CHUNK
      if (this.#state === 'within' && this.#count() === 0) return undefined
    }
  }

  /** Counts off what has come of the chunk. */
  #count(): number {
    const bytes = this.#queue.takeSome(this.#left)
    this.#left -= bytes.length
    this.#counted.push(bytes)
    return bytes.length
  }

  #endChunk(): void {
    this.#state = this.#isLast ? 'over' : 'between'
    if (this.#isLast) this.#rest = this.#lines.finish()
  }

  /** Lines, and the end behind the last chunk's. */
  #takeText(): ChunkEvent | undefined {
    const looked = this.#counted.work
    const event = this.#takeRest() ?? this.#lines.next()
    this.#queue.work += this.#counted.work - looked
    return event
  }

  #takeRest(): Content | undefined {
    if (this.#rest.length === 0) return undefined
    const bytes = this.#rest
    this.#rest = NOTHING
    return { type: 'content', bytes }
  }

  /** Octets as they are, up to the most that a message may have; the fault comes once, and what follows it is dropped. */
  #takeBinary(): ChunkEvent | undefined {
    const bytes = this.#counted.takeSome()
    const room = this.#maxBytes - this.#bytes
    this.#bytes += Math.min(bytes.length, room)
    if (bytes.length > room && this.#size === 'fits') this.#size = 'tooBig'
    if (room > 0 && bytes.length > 0) return { type: 'content', bytes: bytes.subarray(0, room) }
    if (this.#size !== 'tooBig') return this.#state === 'over' ? END_OF_DATA : undefined
    this.#size = 'told'
    return { type: 'contentFault', code: 'SMTP_MESSAGE_TOO_BIG', offset: this.#bytes }
  }
}
