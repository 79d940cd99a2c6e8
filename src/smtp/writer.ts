/**
 * Events to bytes, the parser's mirror. Everything is made from its decoded form and checked against the grammar first: an address,
 * a name or a text that cannot be written is refused (`SMTP_SEND_...`, our side), so no value of a caller's becomes a second
 * command, a second line, or the end of a message.
 */
import { upperAscii } from '../net/ascii.ts'
import { parseHost, writePath } from './address.ts'
import type { ReversePath } from './address.ts'
import type { ParsedCommand } from './command-context.ts'
import { localError } from './errors.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Auth, Bdat, Command, Inquiry, Reply } from './events.ts'
import { parseEtrn } from './extension-commands.ts'
import { isEnhancedCode, isMechanism, isTextstring } from './grammar.ts'
import { writeParameters } from './parameters.ts'
import type { Offered, Parameters } from './parameters.ts'
import { writePeerAttributes } from './peer-attributes.ts'
import { encodeBase64, MAX_BASE64 } from './sasl/base64.ts'
import { isInternational } from './utf8.ts'
import type { Charset } from './utf8.ts'

/** RFC 5321 §4.5.3.1.5, without the CRLF. */
const MAX_REPLY_LINE = 510

/** A challenge of SASL: the space stays where it is empty (RFC 4954 §4). */
const CHALLENGE = 334
const MAX_CHALLENGE_LINE = MAX_BASE64 + '334 '.length

/** RFC 5321 §4.5.3.1.4, without the CRLF: an initial response must fit (RFC 4954 §4). */
const MAX_COMMAND_LINE = 510

/**
 * A command with its CRLF. `charset` is that of the transaction, for RCPT. Throws `SMTP_NOT_OFFERED` for what needs an extension that is not
 * among those `offered`, and `SMTP_SEND_...` for what cannot be written.
 */
export function writeCommand(command: Command, offered: Offered, charset: Charset = 'ascii'): Buffer {
  return Buffer.from(`${commandText(command, offered, charset)}\r\n`, 'utf8')
}

function commandText(command: Command, offered: Offered, charset: Charset): string {
  const verb = upperAscii(command.type)
  switch (command.type) {
    case 'ehlo':
    case 'helo':
    case 'lhlo':
      return `${verb} ${parseHost(command.domain) ?? refused('SMTP_SEND_COMMAND')}`
    case 'mail': {
      const own = command.parameters.SMTPUTF8 === true ? 'utf8' : 'ascii'
      return `${verb} FROM:${pathText(command.path, own)}${parametersText(command.parameters, 'mail', offered, own)}`
    }
    case 'rcpt': {
      const parameters = parametersText(command.parameters, 'rcpt', offered, charset)
      return `${verb} TO:${pathText(command.path, charset)}${parameters}`
    }
    case 'bdat':
      return needs('CHUNKING', offered, bdatText(command))
    case 'starttls':
      return needs('STARTTLS', offered, verb)
    case 'auth':
      return needs('AUTH', offered, authText(command))
    case 'authResponse':
      return base64Text(command.response)
    case 'authCancel':
      return '*'
    case 'vrfy':
    case 'expn':
      return `${verb} ${inquiryText(command, offered)}`
    case 'help':
      return command.argument === '' ? verb : `${verb} ${argumentText(command.argument)}`
    case 'etrn':
      return needs('ETRN', offered, `${verb} ${asRead(command.argument, parseEtrn(command.argument))}`)
    case 'xclient':
    case 'xforward': {
      const attributes = writePeerAttributes(command.type, command.attributes)
      return needs(verb, offered, `${verb} ${attributes ?? refused('SMTP_SEND_COMMAND')}`)
    }
    default:
      return verb
  }
}

/** A text that may be sent only where an extension is offered. */
function needs(keyword: string, offered: Offered, text: string): string {
  return offered.has(keyword) ? text : refused('SMTP_NOT_OFFERED')
}

function bdatText({ size, isLast }: Bdat): string {
  const isCount = Number.isSafeInteger(size) && size >= 0
  return isCount ? `BDAT ${size}${isLast ? ' LAST' : ''}` : refused('SMTP_SEND_COMMAND')
}

/** An initial response is left out of a line that it would make too long, and is to be sent behind a 334 (RFC 4954 §4). */
function authText({ mechanism, initialResponse }: Auth): string {
  if (!isMechanism(mechanism)) return refused('SMTP_SEND_COMMAND')
  if (initialResponse === undefined) return `AUTH ${mechanism}`
  const text = `AUTH ${mechanism} ${initialResponse.length === 0 ? '=' : encodeBase64(initialResponse)}`
  return text.length > MAX_COMMAND_LINE ? refused('SMTP_SEND_COMMAND') : text
}

function base64Text(response: Buffer): string {
  const text = encodeBase64(response)
  return text.length > MAX_BASE64 ? refused('SMTP_SEND_COMMAND') : text
}

/** The last word must not be taken for the flag. */
function inquiryText({ type, argument, SMTPUTF8 }: Inquiry, offered: Offered): string {
  if (type === 'expn' && !offered.has('EXPN')) return refused('SMTP_NOT_OFFERED')
  if (SMTPUTF8 === true) {
    const isText = isPrintableText(argument) && argument !== '' && isInternational(argument)
    return needs('SMTPUTF8', offered, isText ? `${argument} SMTPUTF8` : refused('SMTP_SEND_COMMAND'))
  }
  return / SMTPUTF8$/i.test(argument)
    ? refused('SMTP_SEND_COMMAND')
    : argumentText(argument) || refused('SMTP_SEND_COMMAND')
}

/** An argument that reads as a command. */
function asRead(argument: string, { command }: ParsedCommand): string {
  return typeof command === 'string' ? refused('SMTP_SEND_COMMAND') : argument
}

function pathText(path: ReversePath, charset: Charset): string {
  return writePath(path, charset) ?? refused('SMTP_SEND_PATH')
}

function parametersText(parameters: Parameters, on: 'mail' | 'rcpt', offered: Offered, charset: Charset): string {
  const written = writeParameters(parameters, on, offered, charset)
  return typeof written === 'string' ? refused(written) : written.text
}

/** An argument that reads back as itself: printable, and without the space at an end that a reader may take away. */
function argumentText(argument: string): string {
  return isTextstring(argument) && isPrintableText(argument) ? argument : refused('SMTP_SEND_COMMAND')
}

function isPrintableText(argument: string): boolean {
  return isTextstring(argument.replace(/[^\0-\x7f]+/g, '')) && !/^[ \t]|[ \t]$/.test(argument)
}

/**
 * A reply with its CRLFs: the code on every line, the enhanced code too (RFC 2034 §4), `-` behind all codes but the last. Throws
 * `SMTP_SEND_REPLY` where the code is none, the enhanced code is of another class or stands with 3yz, or a line holds what a reply may
 * not (a CR least of all) or is longer than 512 octets, or than base64 may be where it is a challenge (RFC 4954 §4).
 */
export function writeReply(answer: Reply): Buffer {
  const known = WRITTEN.get(answer)
  if (known !== undefined) return known
  const bytes = replyBytes(answer)
  if (Object.isFrozen(answer) && Object.isFrozen(answer.text)) WRITTEN.set(answer, bytes)
  return bytes
}

/** The octets of replies that cannot change: nearly all that a server says are the same few. */
const WRITTEN = new WeakMap<Reply, Buffer>()

function replyBytes({ code, enhanced, text }: Reply): Buffer {
  const isCode = Number.isInteger(code) && code >= 200 && code < 600 && Math.floor(code / 10) % 10 <= 5
  if (!isCode || text.length === 0) return refused('SMTP_SEND_REPLY')
  if (enhanced !== undefined && !isEnhancedCode(enhanced, code)) return refused('SMTP_SEND_REPLY')
  const last = text.length - 1
  let written = ''
  for (const [index, words] of text.entries()) {
    const said = enhanced === undefined ? words : words === '' ? enhanced : `${enhanced} ${words}`
    const isBare = index === last && said === '' && code !== CHALLENGE
    const line = isBare ? String(code) : `${code}${index < last ? '-' : ' '}${said}`
    if (!isTextstring(said) || line.length > (code === CHALLENGE ? MAX_CHALLENGE_LINE : MAX_REPLY_LINE))
      return refused('SMTP_SEND_REPLY')
    written += `${line}\r\n`
  }
  return Buffer.from(written, 'latin1')
}

function refused(code: SmtpErrorCode): never {
  throw localError(code)
}
