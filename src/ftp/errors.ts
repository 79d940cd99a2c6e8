/**
 * All that can go wrong with FTP: code, text, rule and the reply code to answer with. Each text stands here and nowhere
 * else, and none of them holds an octet of the wire. The code is the contract; see `net/errors.ts` for the family.
 *
 * Most faults of a client are answered and forgotten: FTP's control connection finds its feet again at the next CRLF. A machine
 * throws (and is dead) only where the peer speaks another language or none.
 */
import { LimitError, ProtocolError } from '../net/errors.ts'
import type { ProtocolErrorOptions } from '../net/errors.ts'

/** FTP's errors: code to text, rule and the reply code to answer with. */
export const ERRORS = {
  // Command lines
  FTP_LINE_TOO_LONG: { text: 'The command line is too long', rfc: 'RFC 959 §5.3', hint: 500 },
  FTP_BARE_LF: { text: 'A line ends in CR LF, not in LF alone', rfc: 'RFC 959 §5.3', hint: 500 },
  FTP_BARE_CR: { text: 'A CR in a line is written CR NUL', rfc: 'RFC 2640 §3.1', hint: 500 },
  FTP_NUL: { text: 'A NUL stands in the line', rfc: 'RFC 3659 §2.1', hint: 501 },
  FTP_VERB: { text: 'The line does not begin with a command', rfc: 'RFC 959 §5.3', hint: 500 },
  FTP_FOREIGN_PROTOCOL: { text: 'The client speaks another protocol, not FTP', rfc: 'RFC 959 §5.3', hint: 421 },
  FTP_TRUNCATED: { text: 'The connection ended in the middle of a line', rfc: 'RFC 959 §5.3' },

  FTP_TLS_LEFTOVER: { text: 'Octets stand behind the word that begins or ends TLS', rfc: 'RFC 4217 §15', hint: 421 },

  // Replies
  FTP_REPLY_SYNTAX: { text: 'The reply does not begin with a code of three digits', rfc: 'RFC 959 §4.2' },
  FTP_REPLY_BARE_LF: { text: "A reply's line ends in LF without CR", rfc: 'RFC 959 §4.2' },
  FTP_REPLY_NUL: { text: 'A NUL stands in the reply', rfc: 'RFC 854' },
  FTP_REPLY_TOO_LONG: { text: 'The reply is longer than a limit', rfc: 'RFC 959 §4.2' },
  FTP_REPLY_CLASS: { text: 'The reply is of a class that the command does not have', rfc: 'RFC 959 §6' },
  FTP_REPLY_UNASKED: { text: 'The reply answers nothing', rfc: 'RFC 959 §5.4' },

  // What our own side may not send
  FTP_COMMAND_NOW: { text: 'This command cannot be sent now', rfc: 'RFC 959 §6' },
  FTP_COMMAND_TEXT: { text: 'The command cannot be written: CR, LF, NUL or a broken character', rfc: 'RFC 959 §5.3' },
  FTP_REPLY_UNOWED: { text: 'No command waits for this reply', rfc: 'RFC 959 §5.4' },
  FTP_REPLY_FORBIDDEN: { text: 'The command does not have this reply', rfc: 'RFC 959 §5.4' },
  FTP_REPLY_TEXT: { text: 'The reply cannot be written: CR, LF, NUL or a code within', rfc: 'RFC 959 §4.2' },

  FTP_SECURITY_STATE: { text: 'TLS cannot begin or end now', rfc: 'RFC 4217 §4' },

  // Data connections, and what replies must hold
  FTP_DATA_STATE: { text: 'The data connection is not in a state for this', rfc: 'RFC 959 §3.2' },
  FTP_PASSIVE_REPLY: { text: 'The reply names no port to connect to', rfc: 'RFC 1123 §4.1.2.6' },
  FTP_NO_DATA_CONNECTION: { text: 'The data connection cannot be established', rfc: 'RFC 959 §5.4', hint: 425 },
  FTP_TRANSFER_SLOW: { text: 'The data connection is too slow', rfc: 'RFC 959 §5.2', hint: 426 },
  FTP_PATH_REPLY: { text: 'The reply holds no path in quotes', rfc: 'RFC 959 §5.4' },
  FTP_VALUE_REPLY: { text: 'The reply does not hold the value it must', rfc: 'RFC 3659 §3.1' },
  FTP_LISTING: { text: 'The listing is in no known format', rfc: 'RFC 959 §4.1.3' },
  FTP_LISTING_TOO_LONG: { text: 'The listing, or a line of it, is longer than a limit', rfc: 'RFC 3659 §7.2' },
  FTP_FEATURE_MISSING: { text: 'The server does not offer this', rfc: 'RFC 2389 §3.2' },
  FTP_RESTART_TEXT: { text: 'A transfer of text cannot begin in the middle', rfc: 'RFC 3659 §5.1' },
  FTP_URL: { text: 'This is no URL of an FTP server', rfc: 'RFC 1738 §3.2' },
} as const

/** The codes of FTP's errors: the contract. */
export type FtpErrorCode = keyof typeof ERRORS

/** A broken rule of FTP, by the peer or by a call of ours (`side`). */
export class FtpError extends ProtocolError {
  declare readonly code: FtpErrorCode

  constructor(code: FtpErrorCode, options: ProtocolErrorOptions = {}) {
    super(code, ERRORS[code], options)
  }
}

/** More of something legal than a limit allows. */
export class FtpLimitError extends LimitError {
  declare readonly code: FtpErrorCode

  constructor(code: FtpErrorCode, limit: string, max: number, options: ProtocolErrorOptions = {}) {
    super(code, ERRORS[code], limit, max, options)
  }
}

/** The error for a call of ours that the protocol does not allow. */
export function localError(code: FtpErrorCode, detail?: string): FtpError {
  return new FtpError(code, { side: 'local', ...(detail !== undefined && { detail }) })
}
