/**
 * All that can be wrong with a message: code, text and rule, each once. See `net/errors.ts` for the family.
 *
 * A message that is read is there already: nobody can be asked to send a better one. So a broken rule is told (a `violation` event) and
 * reading goes on in the way that the row's text says, unless the program has asked for it to be refused. What is thrown always is more
 * of something than a limit allows.
 */
import { LimitError, ProtocolError } from '../../net/errors.ts'
import type { ErrorRow, ProtocolErrorOptions } from '../../net/errors.ts'

/** More than a limit allows, and calls that cannot be: thrown. */
export const MIME_ERRORS = {
  MIME_MESSAGE_TOO_BIG: { text: 'The message is too big', rfc: 'RFC 1870 §6.1' },
  MIME_HEADER_TOO_BIG: { text: 'A header section is too big', rfc: 'RFC 5322 §2.2' },
  MIME_FIELDS_MANY: { text: 'A header section has too many fields', rfc: 'RFC 5322 §3.6' },
  MIME_PARTS_MANY: { text: 'The message has too many parts', rfc: 'RFC 2046 §5.1' },
  MIME_TOO_DEEP: { text: 'The parts are nested too deep', rfc: 'RFC 2046 §5.1' },
  MIME_PUSHED_BEHIND_END: { text: 'There are octets behind the end', rfc: 'RFC 5322 §2.1' },
} as const

/** Rules that a message may break: told and forgiven, or refused where the program says so. */
export const MIME_VIOLATIONS = {
  // Lines and fields
  MIME_BARE_LF: { text: 'A line of a header, or a delimiter, ends in LF without CR', rfc: 'RFC 5322 §2.3' },
  MIME_HEADER_CONTROL: { text: 'A header has a NUL or a CR without LF: read as a space', rfc: 'RFC 5322 §2.2' },
  MIME_HEADER_CHARSET: { text: 'A header has octets that are no UTF-8: read as windows-1252', rfc: 'RFC 6532 §3.1' },
  MIME_HEADER_LINE: { text: 'A line of a header is no field: the body begins with it', rfc: 'RFC 5322 §2.2' },
  MIME_HEADER_CUT: { text: 'A delimiter stands inside of a header: it ends it', rfc: 'RFC 2046 §5.1.1' },
  MIME_MBOX_LINE: { text: 'The line of an mbox stands before the header: skipped', rfc: 'RFC 4155 §A' },
  MIME_FIELD_REPEATED: { text: 'A field of MIME is there twice: the first counts', rfc: 'RFC 2045 §3' },

  // Content-Type and its like
  MIME_CONTENT_TYPE: { text: 'Malformed Content-Type: read as text/plain', rfc: 'RFC 2045 §5.2' },
  MIME_DISPOSITION: { text: 'Malformed Content-Disposition: ignored', rfc: 'RFC 2183 §2' },
  MIME_PARAMETER: { text: 'Malformed parameter: what cannot be read of it is ignored', rfc: 'RFC 2045 §5.1' },
  MIME_PARAMETER_REPEATED: { text: 'A parameter is there twice: the first counts', rfc: 'RFC 2045 §5.1' },
  MIME_PARAMETERS_MANY: { text: 'A field has too many parameters: the rest is ignored', rfc: 'RFC 2231 §3' },

  // Multiparts and messages
  MIME_BOUNDARY_MISSING: { text: 'A multipart without a boundary: kept as it is', rfc: 'RFC 2046 §5.1.1' },
  MIME_BOUNDARY_SYNTAX: { text: 'A boundary as it must not be: too long, or of other octets', rfc: 'RFC 2046 §5.1.1' },
  MIME_BOUNDARY_REPEATED: {
    text: 'A multipart has the boundary of one around it: the inner one counts',
    rfc: 'RFC 2046 §5.1.2',
  },
  MIME_MULTIPART_UNCLOSED: { text: 'A multipart without its closing delimiter', rfc: 'RFC 2046 §5.1.1' },
  MIME_MESSAGE_CLOSED: { text: 'A message within so many others: kept as it is', rfc: 'RFC 2046 §5.2.1' },

  // Transfer encodings
  MIME_TRANSFER_ENCODING: { text: 'Unknown transfer encoding: kept as it is', rfc: 'RFC 2045 §6.4' },
  MIME_COMPOSITE_ENCODING: { text: 'A multipart or a message must not be encoded', rfc: 'RFC 2045 §6.4' },
  MIME_BASE64: { text: 'Octets in base64 that are none: skipped', rfc: 'RFC 2045 §6.8' },
  MIME_QUOTED_PRINTABLE: { text: 'A `=` that begins nothing: kept as it is', rfc: 'RFC 2045 §6.7' },
} as const

/** The code of a rule that a message may break. */
export type MimeViolationCode = keyof typeof MIME_VIOLATIONS

/** The codes of all that can be wrong with a message: the contract. */
export type MimeErrorCode = keyof typeof MIME_ERRORS | MimeViolationCode

const ROWS: Readonly<Record<MimeErrorCode, ErrorRow>> = { ...MIME_ERRORS, ...MIME_VIOLATIONS }

/** A rule broken that was to be refused, or a call that cannot be. */
export class MimeError extends ProtocolError {
  declare readonly code: MimeErrorCode

  constructor(code: MimeErrorCode, options: ProtocolErrorOptions = {}) {
    super(code, ROWS[code], options)
  }
}

/** More of something legal than a limit allows. */
export class MimeLimitError extends LimitError {
  declare readonly code: MimeErrorCode

  constructor(code: MimeErrorCode, limit: string, max: number, options: ProtocolErrorOptions = {}) {
    super(code, ROWS[code], limit, max, options)
  }
}
