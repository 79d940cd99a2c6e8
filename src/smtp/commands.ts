/**
 * Command lines: a verb and what follows it (RFC 5321 §4.1.1). One registry says of each verb who has it, whether it takes an argument
 * and how that is read; the answers that hang on the line alone are decided here, for all verbs in the same order:
 *
 *     not a verb that anyone has                       500 SMTP_COMMAND_UNKNOWN
 *     a verb that we do not implement, or not offer    502 SMTP_COMMAND_NOT_IMPLEMENTED, 550 SMTP_COMMAND_UNTRUSTED,
 *                                                      538 SMTP_AUTH_ENCRYPTION, 503 SMTP_TLS_ACTIVE
 *     a control or an octet above 0x7F in the line     501 SMTP_COMMAND_OCTET
 *     an argument where none may be, or none           501 SMTP_ARGUMENT_FORBIDDEN, SMTP_ARGUMENT_MISSING
 *     a verb that EHLO must go before                  503 SMTP_SEQUENCE
 *     an argument that is malformed                    501 by its kind, 555 for an unknown parameter
 *
 * Whether the command may come now is not asked here; that is the table of `states.ts`.
 */
import { byteClass, isAllText, lowerAscii, upperAscii } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import { parseHost } from './address.ts'
import { refused, withoutTrailingSpace } from './command-context.ts'
import type { CommandContext, ParsedCommand } from './command-context.ts'
import { parseMail, parseRcpt } from './envelope-commands.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Hello, Plain } from './events.ts'
import { parseAuth, parseBdat, parseEtrn, parseInquiry, parseProxied } from './extension-commands.ts'
import type { ExtensionKeyword, Protocol } from './extensions.ts'
import type { Offered } from './parameters.ts'
import { decodeUtf8, isInternational } from './utf8.ts'

export { chunkBehind, parseAuthLine } from './extension-commands.ts'
export type { CommandContext, ParsedCommand } from './command-context.ts'

/** What the registry knows of a verb. */
interface CommandRow {
  /** Whether something must, may or must not follow the verb. */
  readonly argument: 'required' | 'optional' | 'none'
  /** Which protocols have it. Default: all. */
  readonly in?: readonly Protocol[]
  /** The extension that must be offered for it, where one must. */
  readonly extension?: ExtensionKeyword
  /** What is answered where that is not offered. Default `SMTP_COMMAND_NOT_IMPLEMENTED`. */
  readonly refusal?: (context: CommandContext) => SmtpErrorCode
  /** Whether EHLO must have gone before, which alone makes the extension hold. Default `anyTime`. */
  readonly when?: 'anyTime' | 'negotiated'
  /** Whether UTF-8 may be in it where SMTPUTF8 was negotiated. Default `ascii`. */
  readonly charset?: 'ascii' | 'utf8'
  /** Reads the argument. */
  readonly parse: (argument: string, context: CommandContext) => ParsedCommand
}

/** SP, HT and printable ASCII: all that a command may hold where no extension says otherwise (RFC 5321 §4.1.2). */
const COMMAND_TEXT: ByteClass = byteClass('\t', [0x20, 0x7e])
/** The same with all that may be UTF-8. */
const COMMAND_OCTETS: ByteClass = byteClass('\t', [0x20, 0x7e], [0x80, 0xff])

const SMTP: readonly Protocol[] = ['smtp', 'submission']

const COMMANDS: ReadonlyMap<string, CommandRow> = new Map<string, CommandRow>([
  ['EHLO', { argument: 'required', in: SMTP, parse: hello('ehlo') }],
  ['HELO', { argument: 'required', in: SMTP, parse: hello('helo') }],
  // RFC 2033 §4.1: instead of both, and nowhere else.
  ['LHLO', { argument: 'required', in: ['lmtp'], parse: hello('lhlo') }],
  ['MAIL', { argument: 'required', charset: 'utf8', parse: parseMail }],
  ['RCPT', { argument: 'required', charset: 'utf8', parse: parseRcpt }],
  ['DATA', { argument: 'none', parse: plain('data') }],
  ['BDAT', { argument: 'required', extension: 'CHUNKING', when: 'negotiated', parse: parseBdat }],
  ['RSET', { argument: 'none', parse: plain('rset') }],
  // The argument of NOOP means nothing, and is not kept (§4.1.1.9).
  ['NOOP', { argument: 'optional', parse: plain('noop') }],
  ['QUIT', { argument: 'none', parse: plain('quit') }],
  ['VRFY', { argument: 'required', charset: 'utf8', parse: inquiry('vrfy') }],
  ['EXPN', { argument: 'required', charset: 'utf8', extension: 'EXPN', parse: inquiry('expn') }],
  ['HELP', { argument: 'optional', extension: 'HELP', parse: (argument) => ({ command: { type: 'help', argument } }) }],
  [
    'STARTTLS',
    { argument: 'none', extension: 'STARTTLS', refusal: noTls, when: 'negotiated', parse: plain('starttls') },
  ],
  ['AUTH', { argument: 'required', extension: 'AUTH', refusal: noAuth, when: 'negotiated', parse: parseAuth }],
  ['ETRN', { argument: 'required', extension: 'ETRN', parse: parseEtrn }],
  ['XCLIENT', { argument: 'required', extension: 'XCLIENT', refusal: untrusted, parse: proxied('xclient') }],
  ['XFORWARD', { argument: 'required', extension: 'XFORWARD', refusal: untrusted, parse: proxied('xforward') }],
])

/** Verbs of SMTP's RFCs that are recognised and not implemented: 502, not 500 (RFC 5321 §4.2.4). */
const NOT_IMPLEMENTED: ReadonlySet<string> = new Set([
  'ATRN', // RFC 2645
  'BURL', // RFC 4468
  'TURN', // RFC 821
  'SEND',
  'SOML',
  'SAML',
])

/** The verbs that a server has, for HELP. */
export function verbs({ protocol, offered }: { readonly protocol: Protocol; readonly offered: Offered }): string[] {
  return Array.from(COMMANDS)
    .filter(([, row]) => isKnown(row, protocol) && (row.extension === undefined || offered.has(row.extension)))
    .map(([verb]) => verb)
}

function isKnown(row: CommandRow, protocol: Protocol): boolean {
  return row.in?.includes(protocol) ?? true
}

/**
 * A line without its CRLF as a command. Trailing white space is tolerated (RFC 5321 §4.1.1), a leading one is not. The verb is
 * compared in ASCII: U+212A does not make a `k`, and `__proto__` finds nothing.
 */
export function parseCommand(line: string, context: CommandContext): ParsedCommand {
  const octets = withoutTrailingSpace(line)
  const space = octets.indexOf(' ')
  const verb = space === -1 ? octets : octets.slice(0, space)
  // Most say it in capitals, and need not wait for those who do not.
  const row = COMMANDS.get(verb) ?? COMMANDS.get(upperAscii(verb))
  if (row === undefined || !isKnown(row, context.protocol)) return refused(unknown(upperAscii(verb)))
  if (row.extension !== undefined && !context.offered.has(row.extension)) {
    return refused(row.refusal?.(context) ?? 'SMTP_COMMAND_NOT_IMPLEMENTED')
  }
  const text = readText(octets, row, context)
  if (text === undefined) return refused('SMTP_COMMAND_OCTET')
  const argument = space === -1 ? '' : text.slice(space + 1)
  if (argument === '' && row.argument === 'required') return refused('SMTP_ARGUMENT_MISSING')
  if (argument !== '' && row.argument === 'none') return refused('SMTP_ARGUMENT_FORBIDDEN')
  const isNegotiated = row.extension === undefined || context.negotiated.has(row.extension)
  if (row.when === 'negotiated' && !isNegotiated) return refused('SMTP_SEQUENCE')
  return row.parse(argument, context)
}

/** The line's characters: ASCII, or UTF-8 where it may be and is. What is above ASCII is no space, so the verb ends where it did. */
function readText(octets: string, row: CommandRow, { negotiated }: CommandContext): string | undefined {
  if (isAllText(COMMAND_TEXT, octets)) return octets
  const mayBeUtf8 = row.charset === 'utf8' && negotiated.has('SMTPUTF8') && isAllText(COMMAND_OCTETS, octets)
  const text = mayBeUtf8 ? decodeUtf8(octets) : undefined
  return text !== undefined && isInternational(text) ? text : undefined
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

/**
 *     ehlo  = "EHLO" SP ( Domain / address-literal ) CRLF
 *     helo  = "HELO" SP Domain CRLF
 *
 * A literal is taken behind HELO too, as everybody does. Whether the name is the client's own is not asked (§4.1.4).
 */
function hello(type: Hello['type']): CommandRow['parse'] {
  return (argument, { leniency }) => {
    const domain = parseHost(argument)
    if (domain !== undefined) return { command: { type, domain } }
    if (leniency.helloName === 'refuse') return refused('SMTP_HELLO_NAME')
    return { command: { type, domain: lowerAscii(argument) }, violation: 'SMTP_HELLO_NAME' }
  }
}

function plain(type: Plain['type']): CommandRow['parse'] {
  return () => ({ command: { type } })
}

function untrusted(): SmtpErrorCode {
  return 'SMTP_COMMAND_UNTRUSTED'
}

function noTls({ security }: CommandContext): SmtpErrorCode {
  return security === 'active' ? 'SMTP_TLS_ACTIVE' : 'SMTP_COMMAND_NOT_IMPLEMENTED'
}

/** Where TLS is all that it takes, the client is told so (RFC 4954 §6). */
function noAuth({ mechanismsUnderTls }: CommandContext): SmtpErrorCode {
  return mechanismsUnderTls.length > 0 ? 'SMTP_AUTH_ENCRYPTION' : 'SMTP_COMMAND_NOT_IMPLEMENTED'
}

function inquiry(type: 'vrfy' | 'expn'): CommandRow['parse'] {
  return (argument, context) => parseInquiry(type, argument, context)
}

function proxied(type: 'xclient' | 'xforward'): CommandRow['parse'] {
  return (argument) => parseProxied(type, argument)
}
