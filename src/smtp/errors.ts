/**
 * All that can go wrong with SMTP: code, text, rule and the reply to answer with. Each text stands here and nowhere else,
 * and none of them holds an octet of the wire. The code is the contract; see `net/errors.ts` for the family.
 *
 * A command or a message that a server refuses is an event (`fault`), made of a row's `hint`, `enhanced` and `text`. What is
 * thrown is what ends the connection: bytes that can no longer be trusted, and a call of ours that the protocol forbids.
 */
import { LimitError, ProtocolError } from '../net/errors.ts'
import type { ErrorRow, ProtocolErrorOptions } from '../net/errors.ts'

/** A row with the enhanced status code (RFC 3463) that goes with its reply code. */
export interface SmtpErrorRow extends ErrorRow {
  /** Such as `5.5.2`. */
  readonly enhanced?: string
}

/** SMTP's errors: code to text, RFC section and reply. */
export const ERRORS = {
  // Command lines
  SMTP_COMMAND_TOO_LONG: { text: 'Line too long', rfc: 'RFC 5321 §4.5.3.1.9', hint: 500, enhanced: '5.5.2' },
  SMTP_COMMAND_BARE_CR: { text: 'A CR without its LF', rfc: 'RFC 5321 §2.3.8', hint: 500, enhanced: '5.5.2' },
  SMTP_COMMAND_BARE_LF: { text: 'A LF without its CR', rfc: 'RFC 5321 §2.3.8', hint: 500, enhanced: '5.5.2' },
  SMTP_COMMAND_UNKNOWN: { text: 'Command not recognized', rfc: 'RFC 5321 §4.2.4', hint: 500, enhanced: '5.5.1' },
  SMTP_COMMAND_NOT_IMPLEMENTED: {
    text: 'Command not implemented',
    rfc: 'RFC 5321 §4.2.4',
    hint: 502,
    enhanced: '5.5.1',
  },
  SMTP_COMMAND_OCTET: {
    text: 'Invalid character in the command',
    rfc: 'RFC 5321 §4.1.2',
    hint: 501,
    enhanced: '5.5.2',
  },
  SMTP_COMMAND_UNTRUSTED: {
    text: 'This command is for trusted peers alone',
    rfc: 'RFC 5321 §7.3',
    hint: 550,
    enhanced: '5.7.0',
  },
  SMTP_SEQUENCE: { text: 'Bad sequence of commands', rfc: 'RFC 5321 §4.1.4', hint: 503, enhanced: '5.5.1' },

  // Arguments
  SMTP_ARGUMENT_MISSING: { text: 'An argument is missing', rfc: 'RFC 5321 §4.1.1', hint: 501, enhanced: '5.5.4' },
  SMTP_ARGUMENT_FORBIDDEN: {
    text: 'No argument is allowed here',
    rfc: 'RFC 5321 §4.1.1',
    hint: 501,
    enhanced: '5.5.4',
  },
  SMTP_HELLO_NAME: {
    text: 'Not a domain or an address literal',
    rfc: 'RFC 5321 §4.1.1.1',
    hint: 501,
    enhanced: '5.5.4',
  },
  SMTP_REVERSE_PATH: { text: 'Bad reverse-path', rfc: 'RFC 5321 §4.1.2', hint: 501, enhanced: '5.1.7' },
  SMTP_FORWARD_PATH: { text: 'Bad forward-path', rfc: 'RFC 5321 §4.1.2', hint: 501, enhanced: '5.1.3' },
  SMTP_SPACE_AFTER_COLON: { text: 'A space behind the colon', rfc: 'RFC 5321 §3.3', hint: 501, enhanced: '5.5.4' },

  SMTP_UTF8_SENDER: { text: 'The address needs SMTPUTF8', rfc: 'RFC 6531 §3.5', hint: 550, enhanced: '5.6.7' },
  SMTP_UTF8_RECIPIENT: { text: 'The address needs SMTPUTF8', rfc: 'RFC 6531 §3.5', hint: 553, enhanced: '5.6.7' },
  SMTP_NODE_NAME: { text: 'Not a domain or the name of a queue', rfc: 'RFC 1985 §5', hint: 501, enhanced: '5.5.4' },
  SMTP_PEER_ATTRIBUTE: { text: 'Bad attribute of a peer', rfc: 'RFC 5321 §4.1.1', hint: 501, enhanced: '5.5.4' },

  // TLS and authentication
  SMTP_TLS_REQUIRED: { text: 'Must issue a STARTTLS command first', rfc: 'RFC 3207 §4', hint: 530, enhanced: '5.7.0' },
  SMTP_TLS_ACTIVE: { text: 'TLS is active already', rfc: 'RFC 3207 §4.2', hint: 503, enhanced: '5.5.1' },
  SMTP_AUTH_REQUIRED: { text: 'Authentication required', rfc: 'RFC 4954 §6', hint: 530, enhanced: '5.7.0' },
  SMTP_AUTH_AGAIN: { text: 'Authenticated already', rfc: 'RFC 4954 §4', hint: 503, enhanced: '5.5.1' },
  SMTP_AUTH_MECHANISM: { text: 'Mechanism not offered', rfc: 'RFC 4954 §4', hint: 504, enhanced: '5.5.4' },
  SMTP_AUTH_ENCRYPTION: {
    text: 'Encryption required for requested authentication mechanism',
    rfc: 'RFC 4954 §6',
    hint: 538,
    enhanced: '5.7.11',
  },
  SMTP_AUTH_BASE64: { text: 'Not base64', rfc: 'RFC 4954 §4', hint: 501, enhanced: '5.5.2' },
  SMTP_AUTH_TOO_LONG: {
    text: 'Authentication exchange line is too long',
    rfc: 'RFC 4954 §4',
    hint: 500,
    enhanced: '5.5.6',
  },
  SMTP_AUTH_CANCELLED: { text: 'Authentication cancelled', rfc: 'RFC 4954 §4', hint: 501, enhanced: '5.7.0' },

  // Parameters
  SMTP_PARAMETER_SYNTAX: { text: 'Malformed parameter', rfc: 'RFC 5321 §4.1.2', hint: 501, enhanced: '5.5.4' },
  SMTP_PARAMETER_REPEATED: { text: 'Parameter given twice', rfc: 'RFC 1870 §6', hint: 501, enhanced: '5.5.4' },
  SMTP_PARAMETER_VALUE: { text: 'Bad value of a parameter', rfc: 'RFC 5321 §4.1.1.11', hint: 501, enhanced: '5.5.4' },
  SMTP_PARAMETER_CONFLICT: {
    text: 'Parameters that exclude each other',
    rfc: 'RFC 4865 §4',
    hint: 501,
    enhanced: '5.5.4',
  },
  SMTP_PARAMETER_UNKNOWN: { text: 'Parameter not recognized', rfc: 'RFC 5321 §4.1.1.11', hint: 555, enhanced: '5.5.4' },

  // Transactions
  SMTP_DELIVER_BY: { text: 'The time to deliver in is too short', rfc: 'RFC 2852 §4.1', hint: 555, enhanced: '5.5.4' },
  SMTP_HOLD_TOO_LONG: { text: 'Cannot be held for so long', rfc: 'RFC 4865 §4.2', hint: 501, enhanced: '5.5.4' },
  SMTP_RECIPIENTS_MANY: { text: 'Too many recipients', rfc: 'RFC 5321 §4.5.3.1.10', hint: 452, enhanced: '4.5.3' },
  SMTP_DOMAINS_MANY: { text: 'Too many domains in this session', rfc: 'RFC 9422 §4.3', hint: 452, enhanced: '4.5.3' },
  SMTP_TRANSACTIONS_MANY: {
    text: 'Too many messages in this session',
    rfc: 'RFC 9422 §4.1',
    hint: 421,
    enhanced: '4.7.0',
  },
  SMTP_RECIPIENTS_NONE: { text: 'No valid recipients', rfc: 'RFC 5321 §3.3', hint: 554, enhanced: '5.5.1' },
  SMTP_MESSAGE_TOO_BIG: { text: 'Message too big', rfc: 'RFC 1870 §6.1', hint: 552, enhanced: '5.3.4' },

  // Content
  SMTP_BARE_CR: { text: 'The message has a CR without its LF', rfc: 'RFC 5321 §2.3.8', hint: 554, enhanced: '5.6.0' },
  SMTP_BARE_LF: { text: 'The message has a LF without its CR', rfc: 'RFC 5321 §4.1.1.4', hint: 554, enhanced: '5.6.0' },
  SMTP_NUL: { text: 'The message has a NUL', rfc: 'RFC 5321 §4.1.1.4', hint: 554, enhanced: '5.6.0' },
  SMTP_TEXT_LINE_TOO_LONG: {
    text: 'The message has a line that is too long',
    rfc: 'RFC 5321 §4.5.3.1.6',
    hint: 554,
    enhanced: '5.6.0',
  },

  SMTP_MESSAGE_ABANDONED: { text: 'The client has given up the message between two chunks', rfc: 'RFC 3030 §2' },

  // What ends a connection to a server
  SMTP_CHUNK_SIZE: {
    text: 'Malformed BDAT: where the next command begins cannot be known',
    rfc: 'RFC 3030 §2',
    hint: 501,
    enhanced: '5.5.4',
  },
  SMTP_EARLY_TALK: {
    text: 'Commands were sent before the reply that they must wait for',
    rfc: 'RFC 2920 §3.1',
    hint: 554,
    enhanced: '5.5.0',
  },
  SMTP_OTHER_PROTOCOL: { text: 'This is an SMTP server', rfc: 'RFC 5321 §4.1.1', hint: 421, enhanced: '4.7.0' },
  SMTP_DISCARDED_TOO_MUCH: {
    text: 'The refused message does not end',
    rfc: 'RFC 5321 §3.8',
    hint: 421,
    enhanced: '4.5.0',
  },
  SMTP_CUT_SHORT: { text: 'The connection ended inside a command, a message or a reply', rfc: 'RFC 5321 §3.8' },

  // What a client may not believe
  SMTP_REPLY_SYNTAX: { text: 'The reply is malformed', rfc: 'RFC 5321 §4.2' },
  SMTP_REPLY_BARE_CR: { text: 'The reply has a CR without its LF', rfc: 'RFC 5321 §2.3.8' },
  SMTP_REPLY_BARE_LF: { text: 'The reply has a LF without its CR', rfc: 'RFC 5321 §2.3.8' },
  SMTP_REPLY_CODES: { text: 'The lines of the reply have different codes', rfc: 'RFC 5321 §4.2.1' },
  SMTP_REPLY_LINE_TOO_LONG: { text: 'A line of the reply is too long', rfc: 'RFC 5321 §4.5.3.1.5' },
  SMTP_REPLY_LINES_MANY: { text: 'The reply has too many lines', rfc: 'RFC 5321 §4.5.3.1.5' },
  SMTP_REPLY_UNASKED: { text: 'A reply came that answers nothing', rfc: 'RFC 5321 §4.2' },
  SMTP_REPLY_WRONG: { text: 'The reply cannot answer this command', rfc: 'RFC 5321 §4.3.2' },

  SMTP_TLS_LEFTOVER: { text: 'Octets stand behind the reply to STARTTLS', rfc: 'RFC 3207 §4.2' },

  // What our own side may not send
  SMTP_SEND_TURN: { text: 'This may not be sent now', rfc: 'RFC 5321 §4.3.1' },
  SMTP_SEND_REPLY: { text: 'The reply cannot be written as SMTP', rfc: 'RFC 5321 §4.2' },
  SMTP_SEND_CODE: { text: 'This code may not answer this command', rfc: 'RFC 5321 §4.3.2' },
  SMTP_SEND_COMMAND: { text: 'The command cannot be written as SMTP', rfc: 'RFC 5321 §4.1.1' },
  SMTP_SEND_PATH: { text: 'The address cannot be written as SMTP', rfc: 'RFC 5321 §4.1.2' },
  SMTP_SEND_PARAMETER: { text: 'The parameter cannot be written as SMTP', rfc: 'RFC 5321 §4.1.2' },
  SMTP_SEND_8BIT: { text: 'Octets above 0x7F need BODY=8BITMIME', rfc: 'RFC 6152 §3' },
  SMTP_SEND_BINARY: { text: 'Content of any octets goes in chunks alone', rfc: 'RFC 3030 §3' },
  SMTP_SEND_CHUNK: { text: 'The chunk is longer than was announced', rfc: 'RFC 3030 §2' },
  SMTP_SEND_REQUIRETLS: {
    text: 'REQUIRETLS needs TLS with a server whose certificate was verified',
    rfc: 'RFC 8689 §4.2.1',
  },
  SMTP_SEND_RECIPIENTS: {
    text: 'The server takes fewer recipients at once, and content that comes in pieces can be sent only once',
    rfc: 'RFC 9422 §4.2',
  },
  SMTP_SESSION_FULL: { text: 'The server takes no more of this in one session', rfc: 'RFC 9422 §4' },
  SMTP_NOT_OFFERED: { text: 'The server does not offer the extension that this needs', rfc: 'RFC 5321 §4.1.1.3' },
} as const

/** The codes of SMTP's errors: the contract. */
export type SmtpErrorCode = keyof typeof ERRORS

/** The row of a code. */
export function errorRow(code: SmtpErrorCode): SmtpErrorRow {
  return ERRORS[code]
}

/** A broken rule of SMTP, by the peer or by a call of ours. */
export class SmtpError extends ProtocolError {
  declare readonly code: SmtpErrorCode

  constructor(code: SmtpErrorCode, options: ProtocolErrorOptions = {}) {
    super(code, errorRow(code), options)
  }
}

/** More of something legal than a limit allows. */
export class SmtpLimitError extends LimitError {
  declare readonly code: SmtpErrorCode

  constructor(code: SmtpErrorCode, limit: string, max: number, options: ProtocolErrorOptions = {}) {
    super(code, errorRow(code), limit, max, options)
  }
}

/** An error of our own side: a call that the protocol forbids. */
export function localError(code: SmtpErrorCode, detail?: string): SmtpError {
  return new SmtpError(code, { side: 'local', ...(detail !== undefined && { detail }) })
}
