/**
 * All that can cross the wire in HTTP/1.1, one object per unit. What a client sends is what a server receives: a received head
 * has more to say (a `Fields` view, how it is framed), but can be sent as it is.
 *
 *     request  = request  *content end                      informational = one of 1xx
 *     response = *informational response *content end
 *
 * `end` is always there, also where a message has no body. RFC 9112 §2.1.
 */
import type { HttpErrorCode } from './errors.ts'
import type { FieldLines, Fields } from './fields.ts'
import type { Framing } from './framing.ts'
import type { TargetForm } from './target.ts'

/** The version of a received message. A higher minor version is read as 1.1 (RFC 9110 §6.2); we send 1.1 and nothing else. */
export type Version = '1.0' | '1.1'

/** The head of a request. */
export interface RequestHead {
  /** The discriminant. */
  readonly type: 'request'
  /** A token, as it was written: methods have case. */
  readonly method: string
  /** The request target as it was written. */
  readonly target: string
  /** The header section. */
  readonly headers: FieldLines
}

/** The head of a final response. */
export interface ResponseHead {
  /** The discriminant. */
  readonly type: 'response'
  /** 200 to 999; what is above 599 is treated as 5xx (RFC 9110 §15). */
  readonly status: number
  /** The reason phrase; the standard one where it is not said. */
  readonly reason?: string
  /** The header section. */
  readonly headers: FieldLines
  /** Octets of the content, where they are known and the headers do not say: Content-Length is added then. */
  readonly length?: number
}

/** An interim response (1xx): any number of them go before the final one. */
export interface Informational {
  /** The discriminant. */
  readonly type: 'informational'
  /** 100 to 199. */
  readonly status: number
  /** The reason phrase; the standard one where it is not said. */
  readonly reason?: string
  /** The header section. */
  readonly headers: FieldLines
}

/** A slice of content, without the transfer coding. */
export interface Content {
  /** The discriminant. */
  readonly type: 'content'
  /** One octet at least. A received view aliases what was pushed, and is valid for as long as that is. */
  readonly bytes: Uint8Array
}

/** The end of a message. */
export interface End {
  /** The discriminant. */
  readonly type: 'end'
  /** The trailer section; only a chunked body can have one. */
  readonly trailers?: FieldLines
}

/** A broken rule that was forgiven; it comes before the head that has it, or before the end whose trailers have it. */
export interface Warning {
  /** The discriminant. */
  readonly type: 'warning'
  /** The code that the error would have had. */
  readonly code: HttpErrorCode
  /** Octets of the stream before the message. */
  readonly offset: number
}

/** A request head that was received. */
export interface ReceivedRequest extends RequestHead {
  /** The version that the client speaks. */
  readonly version: Version
  readonly headers: Fields
  /** Which of the four forms the target has. */
  readonly form: TargetForm
  /** The connection options, in lower case (RFC 9110 §7.6.1). */
  readonly options: readonly string[]
  /** How the body is framed. */
  readonly framing: Framing
}

/** A final response head that was received. */
export interface ReceivedResponse extends ResponseHead {
  readonly reason: string
  /** The version that the server speaks. */
  readonly version: Version
  readonly headers: Fields
  /** The connection options, in lower case (RFC 9110 §7.6.1). */
  readonly options: readonly string[]
  /** How the body is framed. */
  readonly framing: Framing
}

/** An interim response that was received. */
export interface ReceivedInformational extends Informational {
  readonly reason: string
  /** The version that the server speaks. */
  readonly version: Version
  readonly headers: Fields
  /** The connection options, in lower case (RFC 9110 §7.6.1). */
  readonly options: readonly string[]
}

/** The end of a message that was received. */
export interface ReceivedEnd extends End {
  readonly trailers: Fields
}

/** What a server receives. */
export type ServerIn = ReceivedRequest | Content | ReceivedEnd | Warning
/** What a server sends. */
export type ServerOut = Informational | ResponseHead | Content | End
/** What a client receives. */
export type ClientIn = ReceivedInformational | ReceivedResponse | Content | ReceivedEnd | Warning
/** What a client sends. */
export type ClientOut = RequestHead | Content | End
