/**
 * All that can go wrong with HTTP/1.1: code, text, rule and the status to answer with. Each text stands here and nowhere
 * else, and none of them holds a byte of the wire. The code is the contract; see `net/errors.ts` for the family.
 *
 * `hint` is the status with which a server answers (RFC 9110 §15.5, §15.6); for rules that only a response can break it is what
 * a gateway answers (502, 504). Codes with a `limit` are `HttpLimitError`s.
 */
import { LimitError, ProtocolError } from '../net/errors.ts'
import type { ErrorRow, ProtocolErrorOptions } from '../net/errors.ts'
import type { Limits } from './limits.ts'

/** A row that names the limit which was passed, where it was one. */
interface HttpErrorRow extends ErrorRow {
  readonly limit?: keyof Limits
}

/** HTTP's errors: code to text, RFC section and status to answer with. */
export const ERRORS = {
  // Lines and octets
  HTTP_BARE_CR: { text: 'A CR stands without its LF', rfc: 'RFC 9112 §2.2', hint: 400 },
  HTTP_BARE_LF: { text: 'A LF stands without its CR', rfc: 'RFC 9112 §2.2', hint: 400 },
  HTTP_EMPTY_LINES: {
    text: 'Too many empty lines before the request',
    rfc: 'RFC 9112 §2.2',
    hint: 400,
    limit: 'maxEmptyLines',
  },
  HTTP_CUT_SHORT: { text: 'The connection ended inside a message', rfc: 'RFC 9112 §8', hint: 400 },

  // The request line
  HTTP_METHOD: { text: 'The method is not a token followed by one space', rfc: 'RFC 9112 §3.1', hint: 400 },
  HTTP_METHOD_CASE: { text: 'The method is a standard one in the wrong case', rfc: 'RFC 9110 §9.1', hint: 501 },
  HTTP_METHOD_LONG: {
    text: 'The method is longer than any that is known',
    rfc: 'RFC 9112 §3',
    hint: 501,
    limit: 'maxMethodBytes',
  },
  HTTP_TARGET: { text: 'The request target holds an octet that no URI may hold', rfc: 'RFC 9112 §3.2', hint: 400 },
  HTTP_TARGET_LONG: { text: 'The request target is too long', rfc: 'RFC 9112 §3', hint: 414, limit: 'maxTargetBytes' },
  HTTP_TARGET_FORM: {
    text: 'The request target has no form that this method may use',
    rfc: 'RFC 9112 §3.2',
    hint: 400,
  },
  HTTP_TARGET_AUTHORITY: { text: 'The authority in the request target is invalid', rfc: 'RFC 9110 §4.2', hint: 400 },
  HTTP_VERSION: { text: 'The HTTP version is malformed', rfc: 'RFC 9112 §2.3', hint: 400 },
  HTTP_VERSION_UNKNOWN: { text: 'The major version of HTTP is not 1', rfc: 'RFC 9110 §15.6.6', hint: 505 },

  // The status line
  HTTP_STATUS: { text: 'The status code is not three digits from 100 up', rfc: 'RFC 9112 §4', hint: 502 },
  HTTP_REASON: { text: 'The reason phrase holds a control octet', rfc: 'RFC 9112 §4', hint: 502 },
  HTTP_REASON_LONG: { text: 'The status line is too long', rfc: 'RFC 9112 §4', hint: 502, limit: 'maxFieldBytes' },

  // Field lines
  HTTP_FIELD_NAME: { text: 'A field name is not a token followed by a colon', rfc: 'RFC 9112 §5.1', hint: 400 },
  HTTP_FIELD_SPACE: { text: 'White space stands before a colon', rfc: 'RFC 9112 §5.1', hint: 400 },
  HTTP_FIELD_VALUE: { text: 'A field value holds a control octet', rfc: 'RFC 9110 §5.5', hint: 400 },
  HTTP_FIELD_FOLD: { text: 'A field line is folded', rfc: 'RFC 9112 §5.2', hint: 400 },
  HTTP_FIELD_INDENT: { text: 'White space stands before the first field line', rfc: 'RFC 9112 §2.2', hint: 400 },
  HTTP_FIELD_LONG: { text: 'A field line is too long', rfc: 'RFC 9110 §5.4', hint: 431, limit: 'maxFieldBytes' },
  HTTP_FIELDS_MANY: { text: 'There are too many field lines', rfc: 'RFC 9110 §5.4', hint: 431, limit: 'maxFields' },
  HTTP_HEAD_LONG: {
    text: 'The head of the message is too long',
    rfc: 'RFC 9110 §5.4',
    hint: 431,
    limit: 'maxHeadBytes',
  },

  // Fields that decide where the message goes and how the connection lives
  HTTP_HOST_MISSING: { text: 'The request has no Host', rfc: 'RFC 9112 §3.2', hint: 400 },
  HTTP_HOST_REPEATED: { text: 'The request has more than one Host', rfc: 'RFC 9112 §3.2', hint: 400 },
  HTTP_HOST: { text: 'The Host is not a host with an optional port', rfc: 'RFC 9112 §3.2', hint: 400 },
  HTTP_CONNECTION: { text: 'Connection is not a list of tokens', rfc: 'RFC 9110 §7.6.1', hint: 400 },
  HTTP_EXPECTATION: { text: 'The only expectation is 100-continue', rfc: 'RFC 9110 §10.1.1', hint: 417 },

  // Framing
  HTTP_LENGTH: { text: 'Content-Length is not a decimal number', rfc: 'RFC 9112 §6.3', hint: 400 },
  HTTP_LENGTH_REPEATED: { text: 'Content-Length is given more than once', rfc: 'RFC 9112 §6.3', hint: 400 },
  HTTP_LENGTH_AND_CODING: {
    text: 'Both Content-Length and Transfer-Encoding are given',
    rfc: 'RFC 9112 §6.1',
    hint: 400,
  },
  HTTP_BODY_LONG: { text: 'The body is too long', rfc: 'RFC 9110 §15.5.14', hint: 413, limit: 'maxBodyBytes' },
  HTTP_REQUEST_SLOW: {
    text: 'The content of the request comes too slowly',
    rfc: 'RFC 9110 §15.5.9',
    hint: 408,
    limit: 'minRequestRate',
  },
  HTTP_RESPONSE_SLOW: {
    text: 'The content of the response comes too slowly',
    rfc: 'RFC 9112 §9.5',
    hint: 504,
    limit: 'minResponseRate',
  },
  HTTP_CONTENT_LONG: {
    text: 'The content is longer than what may be collected',
    rfc: 'RFC 9110 §15.5.14',
    hint: 413,
    limit: 'maxCollectedBytes',
  },
  HTTP_CODING: { text: 'The last transfer coding is not chunked, applied once', rfc: 'RFC 9112 §6.3', hint: 400 },
  HTTP_CODING_UNKNOWN: { text: 'A transfer coding is not implemented', rfc: 'RFC 9112 §6.1', hint: 501 },
  HTTP_CODING_VERSION: { text: 'A message of HTTP/1.0 has a transfer coding', rfc: 'RFC 9112 §6.1', hint: 400 },

  // The chunked coding
  HTTP_CHUNK_SIZE: { text: 'A chunk size is not a hexadecimal number', rfc: 'RFC 9112 §7.1', hint: 400 },
  HTTP_CHUNK_LONG: { text: 'A chunk is too long', rfc: 'RFC 9112 §7.1', hint: 413, limit: 'maxChunkBytes' },
  HTTP_CHUNK_END: { text: 'The data of a chunk does not end in CR LF', rfc: 'RFC 9112 §7.1', hint: 400 },
  HTTP_CHUNK_EXTENSION: { text: 'A chunk extension is malformed', rfc: 'RFC 9112 §7.1.1', hint: 400 },
  HTTP_CHUNK_EXTENSIONS_LONG: {
    text: 'The chunk extensions are too long',
    rfc: 'RFC 9112 §7.1.1',
    hint: 413,
    limit: 'maxChunkExtensionBytes',
  },
  HTTP_TRAILER_FIELD: { text: 'A trailer names a field that frames or routes', rfc: 'RFC 9110 §6.5.1', hint: 400 },
  HTTP_TRAILERS_LONG: {
    text: 'The trailer section is too long',
    rfc: 'RFC 9110 §5.4',
    hint: 431,
    limit: 'maxTrailerBytes',
  },

  // What a client may not believe
  HTTP_SURPLUS: { text: 'Octets came that answer no request', rfc: 'RFC 9112 §9.2', hint: 502 },
  HTTP_INTERIM_MANY: {
    text: 'Too many interim responses',
    rfc: 'RFC 9110 §15.2',
    hint: 502,
    limit: 'maxInterimResponses',
  },
  HTTP_SWITCH_UNASKED: { text: '101 answers a request that did not ask to switch', rfc: 'RFC 9110 §7.8', hint: 502 },

  // Where a client does not follow
  HTTP_REDIRECT: { text: 'The response redirects, and no redirect was wanted', rfc: 'RFC 9110 §15.4' },
  HTTP_REDIRECT_LOCATION: { text: 'Location is not one reference to a URL of HTTP', rfc: 'RFC 9110 §10.2.2' },
  HTTP_REDIRECT_LOOP: { text: 'The redirects lead in a circle', rfc: 'RFC 9110 §15.4' },
  HTTP_REDIRECT_MANY: { text: 'There are too many redirects', rfc: 'RFC 9110 §15.4', limit: 'maxRedirects' },
  HTTP_REDIRECT_DOWNGRADE: { text: 'The redirect leads from https to http', rfc: 'RFC 9110 §15.4' },
  HTTP_REDIRECT_CONTENT: {
    text: 'The redirect wants the content again, which could be read only once',
    rfc: 'RFC 9110 §15.4',
  },

  // What our own side may not send
  HTTP_SEND_STATE: { text: 'This may not be sent now', rfc: 'RFC 9112 §9.3' },
  HTTP_SEND_START: { text: 'The start line cannot be written as HTTP', rfc: 'RFC 9112 §3' },
  HTTP_SEND_FIELD: { text: 'A field cannot be written as HTTP', rfc: 'RFC 9110 §5' },
  HTTP_SEND_FRAMING: { text: 'The framing fields contradict the message', rfc: 'RFC 9112 §6' },
  HTTP_SEND_LENGTH: { text: 'The content has another length than Content-Length says', rfc: 'RFC 9110 §8.6' },
} as const

/** The codes of HTTP's errors: the contract. */
export type HttpErrorCode = keyof typeof ERRORS

/** A broken rule of HTTP, by the peer or by a call of ours. */
export class HttpError extends ProtocolError {
  declare readonly code: HttpErrorCode

  constructor(code: HttpErrorCode, options: ProtocolErrorOptions = {}) {
    super(code, ERRORS[code], options)
  }
}

/** More of something legal than a limit allows. */
export class HttpLimitError extends LimitError {
  declare readonly code: HttpErrorCode

  constructor(code: HttpErrorCode, limit: keyof Limits, max: number, options: ProtocolErrorOptions = {}) {
    super(code, ERRORS[code], limit, max, options)
  }
}

/** The error for a rule that the peer broke `offset` octets into the stream: a limit error where its row names a limit. */
export function remoteError(code: HttpErrorCode, limits: Limits, offset: number): HttpError | HttpLimitError {
  const { limit }: HttpErrorRow = ERRORS[code]
  return limit === undefined
    ? new HttpError(code, { offset })
    : new HttpLimitError(code, limit, limits[limit], { offset })
}

/** The error for a call of ours that cannot be sent. */
export function localError(code: HttpErrorCode, detail?: string): HttpError {
  return new HttpError(code, detail === undefined ? { side: 'local' } : { side: 'local', detail })
}
