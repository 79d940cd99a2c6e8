/**
 * Decoders of bodies: framed octets in, content out. Each reads from a window and answers with a slice of content (a view), with
 * `END`, or with `undefined` where more octets are needed; what they cannot read is an error code. Which decoder a
 * message gets was decided in `framing.ts`. RFC 9112 §6, §7.1.
 */
import type { HttpErrorCode } from './errors.ts'
import { NO_FIELDS } from './fields.ts'
import type { Fields } from './fields.ts'
import type { Window } from './window.ts'

/** The answer that the body is over; its octets are consumed, and none behind it. */
export const END = 'end'

/** What a decoder answers; an error code where the body cannot be read. */
export type BodyAnswer = Buffer | typeof END | HttpErrorCode | undefined

/** Reads one body. */
export interface BodyDecoder {
  /** The next slice. `isEnded` says that nothing will follow what is in the window. */
  next(window: Window, isEnded: boolean): BodyAnswer
  /** The trailer section, once the body is over. */
  readonly trailers: Fields
}

/** Content-Length: so many octets, and not one more. */
export class LengthDecoder implements BodyDecoder {
  readonly trailers: Fields = NO_FIELDS
  #remaining: number

  constructor(length: number) {
    this.#remaining = length
  }

  next(window: Window, isEnded: boolean): BodyAnswer {
    if (this.#remaining === 0) return END
    const slice = takeSome(window, this.#remaining)
    if (slice === undefined) return isEnded ? 'HTTP_CUT_SHORT' : undefined
    this.#remaining -= slice.length
    return slice
  }
}

/**
 * Everything up to the end of the connection. Nobody can tell whether that is the end of the body or of the connection alone,
 * which is why no request may be framed so (RFC 9112 §6.3).
 */
export class CloseDecoder implements BodyDecoder {
  readonly trailers: Fields = NO_FIELDS
  #remaining: number

  constructor(maxBytes: number) {
    this.#remaining = maxBytes
  }

  next(window: Window, isEnded: boolean): BodyAnswer {
    // One octet beyond the limit is enough to tell that it was passed.
    const slice = takeSome(window, Math.max(1, this.#remaining))
    if (slice === undefined) return isEnded ? END : undefined
    if (this.#remaining === 0) return 'HTTP_BODY_LONG'
    this.#remaining -= slice.length
    return slice
  }
}

/** Up to `max` octets that lie in one piece, or `undefined` where there are none. */
export function takeSome(window: Window, max: number): Buffer | undefined {
  if (window.from === window.end && !window.extend()) return undefined
  return window.take(Math.min(max, window.end - window.from))
}
