/**
 * The content of a message for people: slices as they come, or all of it at once. Nothing is read before somebody asks, and not
 * asking is the backpressure. It knows no octets of HTTP; where the slices come from, its source says.
 */
import { HttpLimitError } from './errors.ts'

/** Where content comes from. */
export interface ContentSource {
  /**
   * The next slice, or `undefined` at the end: a promise only where it has not come yet. Rejects, or throws, where the message breaks off or is
   * broken.
   */
  pull(): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** Nobody will ask for the rest; `reason` is there where it was too much. */
  cancel(reason?: Error): void
}

const UTF8 = new TextDecoder()

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
    this.#begin()
    return { next: () => this.#next(), return: () => this.#cancel() }
  }

  /**
   * All of it, copied into one piece of at most `maxBytes` octets (default: the limit `maxCollectedBytes`). Rejects with an
   * `HttpLimitError` where it is longer.
   */
  async bytes(maxBytes?: number): Promise<Buffer> {
    return Buffer.concat(await this.#collect(maxBytes))
  }

  /** The same as text in UTF-8, without a byte order mark. */
  async text(maxBytes?: number): Promise<string> {
    const slices = await this.#collect(maxBytes)
    return UTF8.decode(slices.length === 1 ? slices[0] : Buffer.concat(slices))
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

  #begin(): void {
    if (this.#state !== 'unread') throw new TypeError('The content was read before')
    this.#state = 'reading'
  }

  /** All slices. Short content has mostly come with its head, and is waited for by nobody. */
  async #collect(maxBytes: number = this.#maxBytes): Promise<Uint8Array[]> {
    this.#begin()
    const slices: Uint8Array[] = []
    let length = 0
    while (this.#state === 'reading') {
      const pulled = this.#source.pull()
      const slice = pulled instanceof Promise ? await pulled : pulled
      if (slice === undefined) {
        this.#state = 'over'
        break
      }
      length += slice.length
      if (length > maxBytes) throw this.#refuse(maxBytes)
      slices.push(slice)
    }
    return slices
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
