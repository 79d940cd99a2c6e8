/** A response as the caller of a client sees it. RFC 9110 §15. */
import type { Socket } from '../net/socket.ts'
import { ContentReader } from './content.ts'
import type { ContentSource } from './content.ts'
import type { ReceivedInformational, ReceivedResponse, Version } from './events.ts'
import type { Fields } from './fields.ts'

/** The exchange that a response belongs to. */
export interface ResponseSource extends ContentSource {
  /** What was asked for: without the fragment, if it was no redirect that led there. */
  readonly url: URL
  /** How many redirects led there. */
  readonly redirects: number
  /** The most that `bytes`, `text` and `json` collect, in octets. */
  readonly maxCollectedBytes: number
  /** The trailer section, once the content was read to the end. */
  readonly trailers: Fields
  /** Calls `callback` when nothing more will come of the exchange: at once, where that is so already. */
  whenOver(callback: () => void): void
  /** As `ClientResponse` has it. */
  takeOver(): Socket
}

/**
 * A response whose head has come; its content is read from the connection when it is asked for. The connection is used for the
 * next request when the content was read to the end; whoever does not want it says `cancel()`, or disposes of the response. A
 * response that is forgotten loses its connection too, when the timeout `unreadMs` is over.
 */
export class ClientResponse implements AsyncDisposable {
  /** The status code: 200 to 999, or 101 where an offer to upgrade was taken. */
  readonly status: number
  /** The reason phrase, for humans. */
  readonly reason: string
  /** The version that the server speaks. */
  readonly version: Version
  /** The header section. */
  readonly headers: Fields
  /** The content: slices when it is iterated, or `bytes()`, `text()` and `json()`. */
  readonly body: ContentReader
  readonly #source: ResponseSource

  /** @internal */
  constructor(head: ReceivedResponse | ReceivedInformational, source: ResponseSource) {
    this.status = head.status
    this.reason = head.reason
    this.version = head.version
    this.headers = head.headers
    this.body = new ContentReader(source, source.maxCollectedBytes)
    this.#source = source
  }

  /** Whether the status is one of success, 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  /** Where the response comes from: the URL of the request, or the one that the last redirect led to. */
  get url(): URL {
    return this.#source.url
  }

  /** How many redirects led there. */
  get redirects(): number {
    return this.#source.redirects
  }

  /** The trailer section, once the content was read to the end. */
  get trailers(): Fields {
    return this.#source.trailers
  }

  /** All of the content; see `ContentReader.bytes`. */
  bytes(maxBytes?: number): Promise<Buffer> {
    return this.body.bytes(maxBytes)
  }

  /** All of the content as text in UTF-8. */
  text(maxBytes?: number): Promise<string> {
    return this.body.text(maxBytes)
  }

  /** All of the content as JSON. */
  json(maxBytes?: number): Promise<unknown> {
    return this.body.json(maxBytes)
  }

  /**
   * Behind 101, or 2xx to CONNECT: the socket, with what the server has sent behind its response to be read first. It belongs to
   * the caller from now on. Throws an `HttpError` (`local`) behind any other response, and the second time.
   */
  takeOver(): Socket {
    return this.#source.takeOver()
  }

  /** Gives up whatever was not read; of a socket that was not taken over, too. */
  cancel(): void {
    this.body.cancel()
    this.#source.cancel()
  }

  /** Gives up whatever was not read, as `cancel` does. */
  [Symbol.asyncDispose](): Promise<void> {
    this.cancel()
    return Promise.resolve()
  }

  /** @internal As `ResponseSource` has it. */
  whenOver(callback: () => void): void {
    this.#source.whenOver(callback)
  }
}
