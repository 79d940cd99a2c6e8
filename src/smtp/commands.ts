/**
 * Command lines: a verb and what follows it (RFC 5321 §4.1.1). One registry says of each verb whether it takes an argument and how that
 * is read; the answers that hang on the line alone are decided here, for all verbs in the same order:
 *
 *     not a verb that anyone has                       500 SMTP_COMMAND_UNKNOWN
 *     a verb that we do not implement, or not offer    502 SMTP_COMMAND_NOT_IMPLEMENTED
 *     a control or an octet above 0x7F in the line     501 SMTP_COMMAND_OCTET
 *     an argument where none may be, or none           501 SMTP_ARGUMENT_FORBIDDEN, SMTP_ARGUMENT_MISSING
 *     an argument that is malformed                    501 by its kind, 555 for an unknown parameter
 *
 * Whether the command may come now is not asked here; that is the table of `states.ts`.
 */
import { byteClass, isAllText, lowerAscii, upperAscii } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import { parseForwardPath, parseHost, parseReversePath, pathLength } from './address.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Command } from './events.ts'
import type { ExtensionKeyword } from './extensions.ts'
import type { Leniency } from './limits.ts'
import { parseParameters } from './parameters.ts'
import type { Offered } from './parameters.ts'

/** What a line is read against. */
export interface CommandContext {
  /** The extensions that this server has: they bring commands. */
  readonly offered: Offered
  /** Those that hold in this session, since EHLO; none after HELO. They bring parameters. */
  readonly negotiated: Offered
  /** Which broken rules are forgiven. */
  readonly leniency: Leniency
}

/** A line, read. */
export interface ParsedCommand {
  /** The command, or why there is none. */
  readonly command: Command | SmtpErrorCode
  /** What was forgiven on the way. */
  readonly violation?: SmtpErrorCode
}

/** What the registry knows of a verb. */
interface CommandRow {
  /** Whether something must, may or must not follow the verb. */
  readonly argument: 'required' | 'optional' | 'none'
  /** The extension that must be offered for it, where one must. */
  readonly extension?: ExtensionKeyword
  /** Reads the argument. */
  readonly parse: (argument: string, context: CommandContext) => ParsedCommand
}

/** SP, HT and printable ASCII: all that a command may hold where no extension says otherwise (RFC 5321 §4.1.2). */
const COMMAND_TEXT: ByteClass = byteClass('\t', [0x20, 0x7e])

const COMMANDS: ReadonlyMap<string, CommandRow> = new Map<string, CommandRow>([
  ['EHLO', { argument: 'required', parse: (argument, context) => parseHello('ehlo', argument, context) }],
  ['HELO', { argument: 'required', parse: (argument, context) => parseHello('helo', argument, context) }],
  ['MAIL', { argument: 'required', parse: parseMail }],
  ['RCPT', { argument: 'required', parse: parseRcpt }],
  ['DATA', { argument: 'none', parse: () => ({ command: { type: 'data' } }) }],
  ['RSET', { argument: 'none', parse: () => ({ command: { type: 'rset' } }) }],
  // The argument of NOOP means nothing, and is not kept (§4.1.1.9).
  ['NOOP', { argument: 'optional', parse: () => ({ command: { type: 'noop' } }) }],
  ['QUIT', { argument: 'none', parse: () => ({ command: { type: 'quit' } }) }],
  ['VRFY', { argument: 'required', parse: (argument) => ({ command: { type: 'vrfy', argument } }) }],
  ['HELP', { argument: 'optional', extension: 'HELP', parse: (argument) => ({ command: { type: 'help', argument } }) }],
])

/** The verbs that are implemented, for HELP. */
export const VERBS: readonly string[] = Object.freeze([...COMMANDS.keys()])

/** Verbs of SMTP's RFCs that are recognised and not implemented: 502, not 500 (RFC 5321 §4.2.4). LHLO is not one of SMTP's. */
const NOT_IMPLEMENTED: ReadonlySet<string> = new Set([
  'EXPN', // RFC 5321 §4.1.1.7
  'STARTTLS', // RFC 3207
  'AUTH', // RFC 4954
  'BDAT', // RFC 3030
  'ETRN', // RFC 1985
  'ATRN', // RFC 2645
  'BURL', // RFC 4468
  'TURN', // RFC 821
  'SEND',
  'SOML',
  'SAML',
])

/**
 * A line without its CRLF as a command. Trailing white space is tolerated (RFC 5321 §4.1.1), a leading one is not. The verb is
 * compared in ASCII: U+212A does not make a `k`, and `__proto__` finds nothing.
 */
export function parseCommand(line: string, context: CommandContext): ParsedCommand {
  const text = withoutTrailingSpace(line)
  const space = text.indexOf(' ')
  const verb = space === -1 ? text : text.slice(0, space)
  // Most say it in capitals, and need not wait for those who do not.
  const row = COMMANDS.get(verb) ?? COMMANDS.get(upperAscii(verb))
  if (row === undefined) return refused(unknown(upperAscii(verb)))
  if (row.extension !== undefined && !context.offered.has(row.extension)) return refused('SMTP_COMMAND_NOT_IMPLEMENTED')
  if (!isAllText(COMMAND_TEXT, text)) return refused('SMTP_COMMAND_OCTET')
  const argument = space === -1 ? '' : text.slice(space + 1)
  if (argument === '' && row.argument === 'required') return refused('SMTP_ARGUMENT_MISSING')
  if (argument !== '' && row.argument === 'none') return refused('SMTP_ARGUMENT_FORBIDDEN')
  return row.parse(argument, context)
}

function unknown(verb: string): SmtpErrorCode {
  return NOT_IMPLEMENTED.has(verb) ? 'SMTP_COMMAND_NOT_IMPLEMENTED' : 'SMTP_COMMAND_UNKNOWN'
}

/** Verbs of HTTP: a browser was made to talk to us, and what follows is headers and a body of somebody's choice. */
const HTTP_REQUEST = /^(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) .* HTTP\/[0-9]/

/** Whether a line is of another protocol, so that nothing behind it can be meant for us. */
export function isOtherProtocol(line: string): boolean {
  return HTTP_REQUEST.test(line)
}

function withoutTrailingSpace(line: string): string {
  let end = line.length
  while (end > 0 && (line.charAt(end - 1) === ' ' || line.charAt(end - 1) === '\t')) end--
  return line.slice(0, end)
}

/**
 *     ehlo  = "EHLO" SP ( Domain / address-literal ) CRLF
 *     helo  = "HELO" SP Domain CRLF
 *
 * A literal is taken behind HELO too, as everybody does. Whether the name is the client's own is not asked (§4.1.4).
 */
function parseHello(type: 'ehlo' | 'helo', argument: string, { leniency }: CommandContext): ParsedCommand {
  const domain = parseHost(argument)
  if (domain !== undefined) return { command: { type, domain } }
  if (leniency.helloName === 'refuse') return refused('SMTP_HELLO_NAME')
  return { command: { type, domain: lowerAscii(argument) }, violation: 'SMTP_HELLO_NAME' }
}

/** `mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF` */
function parseMail(argument: string, context: CommandContext): ParsedCommand {
  const clause = parseClause('FROM:', argument, 'SMTP_REVERSE_PATH', context)
  if (typeof clause === 'string') return refused(clause)
  const path = parseReversePath(clause.path)
  if (path === undefined) return refused('SMTP_REVERSE_PATH')
  const parameters = parseParameters(clause.parameters, 'mail', context.negotiated)
  if (typeof parameters === 'string') return refused(parameters)
  return { ...clause.forgiven, command: { type: 'mail', path, parameters } }
}

/** `rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters] CRLF` */
function parseRcpt(argument: string, context: CommandContext): ParsedCommand {
  const clause = parseClause('TO:', argument, 'SMTP_FORWARD_PATH', context)
  if (typeof clause === 'string') return refused(clause)
  const path = parseForwardPath(clause.path)
  if (path === undefined) return refused('SMTP_FORWARD_PATH')
  const parameters = parseParameters(clause.parameters, 'rcpt', context.negotiated)
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

function refused(code: SmtpErrorCode): ParsedCommand {
  return { command: code }
}
