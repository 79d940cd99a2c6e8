/**
 * Events to bytes, the parser's mirror. Everything is made from its decoded form and checked against the grammar first: an address,
 * a name or a text that cannot be written is refused (`SMTP_SEND_...`, our side), so no value of a caller's becomes a second
 * command, a second line, or the end of a message.
 */
import { upperAscii } from '../net/ascii.ts'
import { parseHost, writePath } from './address.ts'
import type { ReversePath } from './address.ts'
import { localError } from './errors.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Command, Reply } from './events.ts'
import { isEnhancedCode, isTextstring } from './grammar.ts'
import { writeParameters } from './parameters.ts'
import type { Offered, Parameters } from './parameters.ts'

/** RFC 5321 §4.5.3.1.5, without the CRLF. */
const MAX_REPLY_LINE = 510

/**
 * A command with its CRLF. Throws `SMTP_NOT_OFFERED` for a parameter whose extension is not among those `offered`, and
 * `SMTP_SEND_...` for what cannot be written.
 */
export function writeCommand(command: Command, offered: Offered): Buffer {
  return Buffer.from(`${commandText(command, offered)}\r\n`, 'latin1')
}

function commandText(command: Command, offered: Offered): string {
  const verb = upperAscii(command.type)
  switch (command.type) {
    case 'ehlo':
    case 'helo':
      return `${verb} ${parseHost(command.domain) ?? refused('SMTP_SEND_COMMAND')}`
    case 'mail':
      return `${verb} FROM:${pathText(command.path)}${parametersText(command.parameters, 'mail', offered)}`
    case 'rcpt':
      return `${verb} TO:${pathText(command.path)}${parametersText(command.parameters, 'rcpt', offered)}`
    case 'vrfy':
      return `${verb} ${argumentText(command.argument) || refused('SMTP_SEND_COMMAND')}`
    case 'help':
      return command.argument === '' ? verb : `${verb} ${argumentText(command.argument)}`
    default:
      return verb
  }
}

function pathText(path: ReversePath): string {
  return writePath(path) ?? refused('SMTP_SEND_PATH')
}

function parametersText(parameters: Parameters, on: 'mail' | 'rcpt', offered: Offered): string {
  const written = writeParameters(parameters, on, offered)
  return typeof written === 'string' ? refused(written) : written.text
}

/** An argument that reads back as itself: printable, and without the space at an end that a reader may take away. */
function argumentText(argument: string): string {
  const isReadable = isTextstring(argument) && !/^[ \t]|[ \t]$/.test(argument)
  return isReadable ? argument : refused('SMTP_SEND_COMMAND')
}

/**
 * A reply with its CRLFs: the code on every line, the enhanced code too (RFC 2034 §4), `-` behind all codes but the last. Throws
 * `SMTP_SEND_REPLY` where the code is none, the enhanced code is of another class or stands with 3yz, or a line holds what a reply may
 * not (a CR least of all) or is longer than 512 octets.
 */
export function writeReply({ code, enhanced, text }: Reply): Buffer {
  const isCode = Number.isInteger(code) && code >= 200 && code < 600 && Math.floor(code / 10) % 10 <= 5
  if (!isCode || text.length === 0) return refused('SMTP_SEND_REPLY')
  if (enhanced !== undefined && !isEnhancedCode(enhanced, code)) return refused('SMTP_SEND_REPLY')
  const last = text.length - 1
  let written = ''
  for (const [index, words] of text.entries()) {
    const said = enhanced === undefined ? words : words === '' ? enhanced : `${enhanced} ${words}`
    const line = index < last ? `${code}-${said}` : said === '' ? String(code) : `${code} ${said}`
    if (!isTextstring(said) || line.length > MAX_REPLY_LINE) return refused('SMTP_SEND_REPLY')
    written += `${line}\r\n`
  }
  return Buffer.from(written, 'latin1')
}

function refused(code: SmtpErrorCode): never {
  throw localError(code)
}
