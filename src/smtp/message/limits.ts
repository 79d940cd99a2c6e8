/**
 * How much of everything a message may have. Numbers and names only. Each limit is finite, and each says what becomes of more: an error, or
 * a reading that stops there and says so.
 *
 * Not limited, because nothing grows with it: the length of a body's line (content is passed on as it comes), the depth of comments (a
 * number is counted up and down), and decoded octets (no decoder gives more octets than it is given).
 */
import { finite } from '../limits.ts'

/** How much of anything a message may have. */
export interface MessageLimits {
  /** Octets of a message. Default 50 MiB, as `Limits.maxMessageBytes` has it for a server. An error. */
  readonly maxMessageBytes: number
  /** Octets of a header section, with the empty line. Default 1 MiB, as Exim (`header_maxsize`). An error. */
  readonly maxHeaderBytes: number
  /** Fields of a header section. Default 2,000: trace fields and signatures of a long way are some 200. An error. */
  readonly maxFields: number
  /** Parts of all sorts in a message, siblings and nested ones together. Default 10,000; few parsers have any. An error. */
  readonly maxParts: number
  /** How deep parts are nested, multiparts and messages together. Default 100, as Postfix (`mime_nesting_limit`). An error. */
  readonly maxDepth: number
  /** Messages within one another that are opened. Default 10, as postal-mime. A deeper one is told, and kept as its octets. */
  readonly maxMessageDepth: number
  /** Octets of a boundary. Default 2,048, as Postfix; RFC 2046 §5.1.1 says 70, and more than that is told. A longer one is no boundary. */
  readonly maxBoundaryBytes: number
  /** Parameters of a field, each piece of RFC 2231 §3 counted. Default 128: a file name of 255 characters takes 40. The rest is ignored, and that is told. */
  readonly maxParameters: number
  /** Encoded words of a text. Default 1,000: some 50 KiB of text. The rest is left as it stands. */
  readonly maxEncodedWords: number
  /** Mailboxes of a field, those in groups among them. Default 10,000. The rest is left out. */
  readonly maxAddresses: number
}

/** The limits where nothing else is said. */
export const DEFAULT_MESSAGE_LIMITS: MessageLimits = Object.freeze({
  maxMessageBytes: 50 * 1024 * 1024,
  maxHeaderBytes: 1024 * 1024,
  maxFields: 2000,
  maxParts: 10_000,
  maxDepth: 100,
  maxMessageDepth: 10,
  maxBoundaryBytes: 2048,
  maxParameters: 128,
  maxEncodedWords: 1000,
  maxAddresses: 10_000,
})

/** The limits with some of them replaced. Throws a `RangeError` where one is not a number from 1 up, or not finite. */
export function mergeMessageLimits(given: Partial<MessageLimits> = {}): MessageLimits {
  return Object.freeze({ ...DEFAULT_MESSAGE_LIMITS, ...finite(given) })
}
