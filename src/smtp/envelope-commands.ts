/** The arguments of MAIL and RCPT: a path behind FROM or TO, and parameters (RFC 5321 §4.1.1.2, §4.1.1.3). */
import { SP, upperAscii } from '../net/ascii.ts'
import { parseForwardPath, parseReversePath, pathLength } from './address.ts'
import { refused } from './command-context.ts'
import type { CommandContext, ParsedCommand } from './command-context.ts'
import type { SmtpErrorCode } from './errors.ts'
import { parseParameters } from './parameters.ts'
import type { Parameters } from './parameters.ts'
import { readPlainPath } from './plain-path.ts'
import { isAscii } from './utf8.ts'

const NO_PARAMETERS: Parameters = Object.freeze({})

/** `mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF` */
export function parseMail(argument: string, context: CommandContext): ParsedCommand {
  return parsePlain('mail', 'FROM:', argument, context) ?? parseAnyMail(argument, context)
}

/** `rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters] CRLF` */
export function parseRcpt(argument: string, context: CommandContext): ParsedCommand {
  return parsePlain('rcpt', 'TO:', argument, context) ?? parseAnyRcpt(argument, context)
}

/** Either with a path as nearly all are, and nothing wrong; `undefined` for any other, which may be right as well. */
function parsePlain(
  type: 'mail' | 'rcpt',
  name: 'FROM:' | 'TO:',
  argument: string,
  { charset, negotiated }: CommandContext,
): ParsedCommand | undefined {
  const plain = argument.startsWith(name) ? readPlainPath(argument, name.length) : undefined
  if (plain === undefined) return undefined
  const { path, end } = plain
  if (end === argument.length) return { command: { type, path, parameters: NO_PARAMETERS } }
  if (argument.charCodeAt(end) !== SP) return undefined
  const parameters = parseParameters(argument.slice(end + 1), type, negotiated, type === 'rcpt' ? charset : 'ascii')
  return typeof parameters === 'string' ? undefined : { command: { type, path, parameters } }
}

/** MAIL by the whole of its grammar. */
export function parseAnyMail(argument: string, context: CommandContext): ParsedCommand {
  const clause = parseClause('FROM:', argument, 'SMTP_REVERSE_PATH', context)
  if (typeof clause === 'string') return refused(clause)
  // The parameters stand behind the path, and say how it is to be read (RFC 6531 §3.4).
  const parameters = parseParameters(clause.parameters, 'mail', context.negotiated)
  const charset = typeof parameters !== 'string' && parameters.SMTPUTF8 === true ? 'utf8' : 'ascii'
  if (charset === 'ascii' && !isAscii(clause.path)) return refused('SMTP_UTF8_SENDER')
  const path = parseReversePath(clause.path, charset)
  if (path === undefined) return refused('SMTP_REVERSE_PATH')
  if (typeof parameters === 'string') return refused(parameters)
  return { ...clause.forgiven, command: { type: 'mail', path, parameters } }
}

/** RCPT by the whole of its grammar. */
export function parseAnyRcpt(argument: string, context: CommandContext): ParsedCommand {
  const { charset, negotiated } = context
  const clause = parseClause('TO:', argument, 'SMTP_FORWARD_PATH', context)
  if (typeof clause === 'string') return refused(clause)
  if (charset === 'ascii' && !isAscii(clause.path)) return refused('SMTP_UTF8_RECIPIENT')
  const path = parseForwardPath(clause.path, charset)
  if (path === undefined) return refused('SMTP_FORWARD_PATH')
  const parameters = parseParameters(clause.parameters, 'rcpt', negotiated, charset)
  if (typeof parameters === 'string') return refused(parameters)
  return { ...clause.forgiven, command: { type: 'rcpt', path, parameters } }
}

/** An argument of MAIL or RCPT, in its parts. */
interface Clause {
  /** The path with its brackets. */
  readonly path: string
  /** What follows the path and a space. */
  readonly parameters: string
  /** What was forgiven. */
  readonly forgiven: { readonly violation?: SmtpErrorCode }
}

/** The parts, or why there are none. No space may stand around the colon (RFC 5321 §3.3). */
function parseClause(
  name: 'FROM:' | 'TO:',
  argument: string,
  fault: SmtpErrorCode,
  { leniency }: CommandContext,
): Clause | SmtpErrorCode {
  if (!argument.startsWith(name) && upperAscii(argument.slice(0, name.length)) !== name) return fault
  const hasSpace = argument.charAt(name.length) === ' '
  if (hasSpace && leniency.spaceAfterColon === 'refuse') return 'SMTP_SPACE_AFTER_COLON'
  const text = argument.slice(name.length + (hasSpace ? 1 : 0))
  const length = pathLength(text)
  if (length === -1) return fault
  const rest = text.slice(length)
  // `<a@x.test>junk`: whatever this is, it is no parameter.
  if (rest !== '' && !rest.startsWith(' ')) return 'SMTP_PARAMETER_SYNTAX'
  const forgiven = hasSpace ? { violation: 'SMTP_SPACE_AFTER_COLON' as const } : {}
  return { path: text.slice(0, length), parameters: rest.slice(1), forgiven }
}
