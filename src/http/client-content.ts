/**
 * The content of a request: given once, asked for once or several times. A repeat on another connection and a redirect that keeps
 * the method both need it again; what can be read only once is good for that as long as nobody has begun to read it. With the
 * content go its trailers, which are asked for when all of it has been read.
 */
import { linesOf } from './fields.ts'
import type { FieldLines, FieldsInit } from './fields.ts'

/**
 * What is sent as content. A string goes as UTF-8; an iterable is read slice by slice, as the server takes them, and can be read once;
 * a function is called for an iterable each time that the content is needed.
 */
export type RequestContent = string | Uint8Array | AsyncIterable<Uint8Array> | (() => AsyncIterable<Uint8Array>)

/** Fields to send behind the content; a function is called when the content has gone. */
export type RequestTrailers = FieldsInit | (() => FieldsInit)

/** Content on its way out. */
export class OutgoingContent {
  readonly #source: Exclude<RequestContent, string>
  readonly #trailers: RequestTrailers | undefined
  #state: 'untouched' | 'taken' = 'untouched'

  constructor(content: RequestContent, trailers?: RequestTrailers) {
    this.#source = typeof content === 'string' ? Buffer.from(content) : content
    this.#trailers = trailers
  }

  /** Whether trailers follow, which only chunked content can have. */
  get hasTrailers(): boolean {
    return this.#trailers !== undefined
  }

  /** The trailers, once the content was read. */
  get trailers(): FieldLines | undefined {
    const trailers = this.#trailers
    if (trailers === undefined) return undefined
    return linesOf(typeof trailers === 'function' ? trailers() : trailers)
  }

  /** Its octets, where they are known before anything is sent. */
  get length(): number | undefined {
    return this.#source instanceof Uint8Array ? this.#source.length : undefined
  }

  /** Whether it can still be sent from its beginning. */
  get isWhole(): boolean {
    return this.#state === 'untouched' || this.#source instanceof Uint8Array || typeof this.#source === 'function'
  }

  /** The content from its beginning, in one piece or slice by slice. */
  take(): Uint8Array | AsyncIterable<Uint8Array> {
    this.#state = 'taken'
    return typeof this.#source === 'function' ? this.#source() : this.#source
  }
}
