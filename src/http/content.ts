/**
 * The content of a message for people: slices as they come, or all of it at once. Nothing is read before somebody asks, and not
 * asking is the backpressure. It knows no octets of HTTP; where the slices come from, its source says.
 */
import { HttpLimitError } from './errors.ts'

/** Where content comes from. */
export interface ContentSource {
  /** The next slice, or `undefined` at the end. Rejects where the message breaks off or is broken. */
  pull(): Promise<Uint8Array | undefined>
  /** Nobody will ask for the rest; `reason` is there where it was too much. */
  cancel(reason?: Error): void
}

/** The content of one message, to be read once. */
export class ContentReader implements AsyncIterable<Uint8Array> {
  readonly #source: ContentSource
  readonly #maxBytes: number
  #state: 'unread' | 'reading' | 'over' = 'unread'

  /** @internal `maxBytes` is what `bytes`, `text` and `json` collect at most. */
  constructor(source: ContentSource, maxBytes: number) {
    this.#source = source
    this.#maxBytes = maxBytes
  }

  /**
   * The slices, each valid until the next one is asked for. Leaving the loop early gives the rest up. Throws a `TypeError` where the
   * content was asked for before.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    if (this.#state !== 'unread') throw new TypeError('The content was read before')
    this.#state = 'reading'
    return { next: () => this.#next(), return: () => this.#cancel() }
  }

  /**
   * All of it, copied into one piece of at most `maxBytes` octets (default: the limit `maxCollectedBytes`). Rejects with an
   * `HttpLimitError` where it is longer.
   */
  async bytes(maxBytes: number = this.#maxBytes): Promise<Buffer> {
    const slices: Uint8Array[] = []
    let length = 0
    for await (const slice of this) {
      length += slice.length
      if (length > maxBytes) throw this.#refuse(maxBytes)
      slices.push(slice)
    }
    return Buffer.concat(slices)
  }

  /** The same as text in UTF-8, without a byte order mark. */
  async text(maxBytes?: number): Promise<string> {
    return new TextDecoder().decode(await this.bytes(maxBytes))
  }

  /** The same as JSON. Rejects with a `SyntaxError` where it is none. */
  async json(maxBytes?: number): Promise<unknown> {
    return JSON.parse(await this.text(maxBytes))
  }

  /** Gives up whatever was not read. */
  cancel(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#source.cancel()
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#state === 'over') return { done: true, value: undefined }
    const value = await this.#source.pull()
    if (value !== undefined) return { done: false, value }
    this.#state = 'over'
    return { done: true, value: undefined }
  }

  #refuse(maxBytes: number): Error {
    const error = new HttpLimitError('HTTP_CONTENT_LONG', 'maxCollectedBytes', maxBytes)
    this.#state = 'over'
    this.#source.cancel(error)
    return error
  }

  #cancel(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.cancel()
    return Promise.resolve({ done: true, value: undefined })
  }
}
