/** A response as the caller of a client sees it. RFC 9110 §15. */
import type { Socket } from '../net/socket.ts'
import type { ContentReader } from './content.ts'
import { localError } from './errors.ts'
import type { ReceivedInformational, ReceivedResponse, Version } from './events.ts'
import { NO_FIELDS } from './fields.ts'
import type { Fields } from './fields.ts'

/**
 * A response whose head has come; its content is read from the connection when it is asked for. The connection is used for the
 * next request when the content was read to the end; whoever does not want it says `cancel()`, or disposes of the response.
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
  readonly #takeOver: (() => Socket) | undefined
  #trailers: Fields = NO_FIELDS

  /** @internal */
  constructor(head: ReceivedResponse | ReceivedInformational, body: ContentReader, takeOver?: () => Socket) {
    this.status = head.status
    this.reason = head.reason
    this.version = head.version
    this.headers = head.headers
    this.body = body
    this.#takeOver = takeOver
  }

  /** Whether the status is one of success, 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  /** The trailer section, once the content was read to the end. */
  get trailers(): Fields {
    return this.#trailers
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
   * the caller from now on. Throws an `HttpError` (`local`) behind any other response.
   */
  takeOver(): Socket {
    if (this.#takeOver === undefined) throw localError('HTTP_SEND_STATE', 'this response does not leave HTTP')
    return this.#takeOver()
  }

  /** Gives up whatever was not read. */
  cancel(): void {
    this.body.cancel()
  }

  /** Gives up whatever was not read, as `cancel` does. */
  [Symbol.asyncDispose](): Promise<void> {
    this.cancel()
    return Promise.resolve()
  }

  /** @internal */
  setTrailers(trailers: Fields): void {
    this.#trailers = trailers
  }
}
