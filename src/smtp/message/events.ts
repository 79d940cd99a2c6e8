/**
 * What a message is told as, in the order in which it stands there:
 *
 *     message        = part
 *     part           = 'part' *'content' 'partEnd'        ; kind 'leaf'
 *                    / 'part' *part 'partEnd'             ; kind 'multipart', or 'message' with exactly one
 *
 * with `violation` events wherever a rule was broken, and `end` behind all. Views in events alias the octets that were pushed, and are valid
 * for as long as the pusher leaves these alone.
 */
import type { ContentType, Disposition } from './content-type.ts'
import type { MimeViolationCode } from './errors.ts'
import type { HeaderSection } from './header-section.ts'

/** What a part is made of: content, parts, or one message with a header of its own. */
export type PartKind = 'leaf' | 'multipart' | 'message'

/** How content was encoded (RFC 2045 §6.1): one of these, or a name that nobody knows, in lower case. */
export type TransferEncoding = '7bit' | '8bit' | 'binary' | 'base64' | 'quoted-printable' | (string & {})

/** A part begins: its header has been read. The message itself is the first of them. */
export interface MimePart {
  /** The discriminant. */
  readonly type: 'part'
  /** What it is made of. A multipart that cannot be opened is a leaf. */
  readonly kind: PartKind
  /** Its fields. */
  readonly header: HeaderSection
  /** Its Content-Type; where it has none that can be read, `text/plain`, or `message/rfc822` within a `multipart/digest`. */
  readonly contentType: ContentType
  /** Its Content-Disposition, or `undefined`. */
  readonly disposition: Disposition | undefined
  /** How its content is encoded; what comes in `content` events is decoded. */
  readonly transferEncoding: TransferEncoding
  /** Its place: none for the message, `[1, 2]` for the second part of its first part; the message in a `message` is `[..., 1]`. */
  readonly path: readonly number[]
  /** How many parts are around it. */
  readonly depth: number
  /** The Content-Type of the part around it, such as `multipart/mixed`; `undefined` for the message. */
  readonly parentType: string | undefined
}

/** Octets of a leaf, decoded; never empty. How they are cut into events says nothing. */
export interface MimeContent {
  /** The discriminant. */
  readonly type: 'content'
  /** The octets: a view where nothing had to be decoded. */
  readonly bytes: Buffer
}

/** A part ends, and with it all parts in it. */
export interface MimePartEnd {
  /** The discriminant. */
  readonly type: 'partEnd'
  /** Of which part. */
  readonly path: readonly number[]
}

/** A rule was broken, and forgiven. Each kind is told once for a part; what is wrong with content is told behind it. */
export interface MimeViolation {
  /** The discriminant. */
  readonly type: 'violation'
  /** Which rule; `MIME_VIOLATIONS` has its text. */
  readonly code: MimeViolationCode
  /** In which part. */
  readonly path: readonly number[]
}

/** The message is over. */
export interface MimeEnd {
  /** The discriminant. */
  readonly type: 'end'
}

/** All that a message is told as. */
export type MimeEvent = MimePart | MimeContent | MimePartEnd | MimeViolation | MimeEnd
