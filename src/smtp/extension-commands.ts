/** The arguments of the commands that extensions bring, and of those that ask about users. */
import { DIGIT, isAllText, parseDecimal, upperAscii } from '../net/ascii.ts'
import { refused, withoutTrailingSpace } from './command-context.ts'
import type { CommandContext, ParsedCommand } from './command-context.ts'
import type { Bdat } from './events.ts'
import { isMechanism, parseDomain } from './grammar.ts'
import { parsePeerAttributes } from './peer-attributes.ts'
import { decodeBase64 } from './sasl/base64.ts'
import { isAscii } from './utf8.ts'

/** The word behind the argument of VRFY and EXPN that says that the answer may be UTF-8. */
const UTF8_FLAG = ' SMTPUTF8'

/**
 *     bdat-cmd    = "BDAT" SP chunk-size [ SP end-marker ] CR LF        ; RFC 3030 §2
 *     chunk-size  = 1*DIGIT
 *     end-marker  = "LAST"
 *
 * More octets than can be counted are as many as can be: nobody sends them.
 */
export function parseBdat(argument: string): ParsedCommand {
  const [size = '', marker, ...rest] = argument.split(' ')
  const isLast = marker !== undefined && upperAscii(marker) === 'LAST'
  const isWellFormed = size !== '' && isAllText(DIGIT, size) && (marker === undefined || isLast) && rest.length === 0
  if (!isWellFormed) return refused('SMTP_CHUNK_SIZE')
  return { command: { type: 'bdat', size: parseDecimal(size) ?? Number.MAX_SAFE_INTEGER, isLast } }
}

/**
 * The chunk that follows a line that says so, whatever becomes of the command; `unmeasured` where it does not say how long it is, and
 * `undefined` for any other line.
 */
export function chunkBehind(line: string): Bdat | 'unmeasured' | undefined {
  const text = withoutTrailingSpace(line)
  if (upperAscii(text.slice(0, 4)) !== 'BDAT' || (text.length > 4 && text.charAt(4) !== ' ')) return undefined
  const { command } = parseBdat(text.slice(5))
  return typeof command !== 'string' && command.type === 'bdat' ? command : 'unmeasured'
}

/**
 *     auth-command      = "AUTH" SP sasl-mech [SP initial-response] *(CRLF [base64]) [CRLF cancel-response] CRLF
 *     initial-response  = base64 / "="                                  ; RFC 4954 §8
 */
export function parseAuth(argument: string): ParsedCommand {
  const [name = '', text, ...rest] = argument.split(' ')
  if (!isMechanism(upperAscii(name)) || rest.length > 0) return refused('SMTP_AUTH_MECHANISM')
  const mechanism = upperAscii(name)
  if (text === undefined) return { command: { type: 'auth', mechanism } }
  const initialResponse = text === '=' ? Buffer.alloc(0) : decodeBase64(text)
  // No octets are written as `=`; here the empty text would be a space too many.
  if (initialResponse === undefined || text === '') return refused('SMTP_AUTH_BASE64')
  return { command: { type: 'auth', mechanism, initialResponse } }
}

/** A line behind a 334: `[base64] / "*"` (RFC 4954 §8). */
export function parseAuthLine(line: string): ParsedCommand {
  if (line === '*') return { command: { type: 'authCancel' } }
  const response = decodeBase64(line)
  return response === undefined ? refused('SMTP_AUTH_BASE64') : { command: { type: 'authResponse', response } }
}

/**
 *     vrfy  = "VRFY" SP String [ SP "SMTPUTF8" ] CRLF                   ; RFC 5321 §4.1.1.6, RFC 6531 §3.7.4
 *     expn  = "EXPN" SP String [ SP "SMTPUTF8" ] CRLF
 *
 * The string is whatever people type, so it is taken as it is.
 */
export function parseInquiry(type: 'vrfy' | 'expn', argument: string, { negotiated }: CommandContext): ParsedCommand {
  const isFlagged = negotiated.has('SMTPUTF8') && upperAscii(argument).endsWith(UTF8_FLAG)
  if (isFlagged) return { command: { type, argument: argument.slice(0, -UTF8_FLAG.length), SMTPUTF8: true } }
  return isAscii(argument) ? { command: { type, argument } } : refused('SMTP_COMMAND_OCTET')
}

/**
 *     etrn         = "ETRN" SP [option-char] node-name CRLF             ; RFC 1985 §5
 *     option-char  = "@" / "#"
 */
export function parseEtrn(argument: string): ParsedCommand {
  const isQueue = argument.startsWith('#')
  const option = isQueue || argument.startsWith('@') ? argument.charAt(0) : ''
  const name = argument.slice(option.length)
  const node = isQueue ? (name === '' || name.includes(' ') ? undefined : name) : parseDomain(name)
  return node === undefined ? refused('SMTP_NODE_NAME') : { command: { type: 'etrn', argument: option + node } }
}

/** The attributes of XCLIENT and XFORWARD. */
export function parseProxied(type: 'xclient' | 'xforward', argument: string): ParsedCommand {
  const attributes = parsePeerAttributes(type, argument)
  return attributes === undefined ? refused('SMTP_PEER_ATTRIBUTE') : { command: { type, attributes } }
}
