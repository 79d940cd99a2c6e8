/**
 * The parameters of MAIL and RCPT: `MAIL FROM:<a@x.test> SIZE=1000 BODY=8BITMIME` (RFC 5321 §4.1.1.11). One registry says of each
 * to which command it belongs, which extension brings it, and how its value is read and written; whether a parameter is answered
 * 501 (malformed, repeated, bad value) or 555 (unknown here) is decided once, for all of them:
 *
 *     not `keyword ["=" value]`                        501 SMTP_PARAMETER_SYNTAX
 *     not in the registry, of the other command, or
 *     of an extension that is not offered              555 SMTP_PARAMETER_UNKNOWN
 *     given twice                                      501 SMTP_PARAMETER_REPEATED
 *     a value that `parse` does not know               501 SMTP_PARAMETER_VALUE
 *     beside one that it excludes                      501 SMTP_PARAMETER_CONFLICT
 *
 * A new extension adds a member to `Parameters` and a row to `PARAMETERS`, and nothing else. The values are read in
 * `parameter-values.ts` and `dsn-values.ts`; what one means for a session (a SIZE beyond the limit) is the machine's to say.
 */
import { upperAscii } from '../net/ascii.ts'
import type { ReversePath } from './address.ts'
import { parseEnvid, parseNotify, parseOrcpt, parseRet, writeEnvid, writeNotify, writeOrcpt } from './dsn-values.ts'
import type { Notify, OriginalRecipient } from './dsn-values.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { ExtensionKeyword } from './extensions.ts'
import { isEsmtpValue, isKeyword } from './grammar.ts'
import {
  parseAuth,
  parseBody,
  parseBy,
  parseFlag,
  parseHoldFor,
  parseHoldUntil,
  parsePriority,
  parseSize,
  writeAuth,
  writeBy,
  writeHoldFor,
  writePriority,
  writeSize,
} from './parameter-values.ts'
import type { Body, By } from './parameter-values.ts'
import type { Charset } from './utf8.ts'

/** The parameters of a command, by keyword in upper case. */
export interface Parameters {
  /** MAIL: octets of the message, or an estimate of them (RFC 1870 §6). */
  readonly SIZE?: number
  /** MAIL: what the content may hold: ASCII, octets above 0x7F (RFC 6152 §2), or anything, in chunks alone (RFC 3030 §3). */
  readonly BODY?: Body
  /** MAIL: addresses and headers of this message may be UTF-8 (RFC 6531 §3.4). */
  readonly SMTPUTF8?: true
  /** MAIL: how much of the message a notification shall bring back (RFC 3461 §4.3). */
  readonly RET?: 'FULL' | 'HDRS'
  /** MAIL: what the sender calls this transaction (RFC 3461 §4.4): printable ASCII, decoded. */
  readonly ENVID?: string
  /** MAIL: who has submitted the message, says the client; `null` for nobody it knows (RFC 4954 §5). To be believed of a trusted one. */
  readonly AUTH?: ReversePath
  /** MAIL: to be passed on over verified TLS alone (RFC 8689 §2). */
  readonly REQUIRETLS?: true
  /** MAIL: by when it must be delivered (RFC 2852 §4). */
  readonly BY?: By
  /** MAIL: seconds to hold the message back (RFC 4865 §4). */
  readonly HOLDFOR?: number
  /** MAIL: until when to hold it back, such as `2026-01-31T08:00:00Z` (RFC 4865 §4). */
  readonly HOLDUNTIL?: string
  /** MAIL: how urgent it is, from -9 to 9 (RFC 6710 §4.1). */
  readonly 'MT-PRIORITY'?: number
  /** RCPT: what to notify the sender of (RFC 3461 §4.1). */
  readonly NOTIFY?: Notify
  /** RCPT: whom the message was first sent to (RFC 3461 §4.2). */
  readonly ORCPT?: OriginalRecipient
}

/** The extensions that hold in a session, by keyword in upper case: a set, or a client's `Capabilities`. */
export interface Offered {
  /** Whether this one does. */
  has(keyword: string): boolean
}

/** What the registry knows of a parameter. */
interface ParameterRow<Value> {
  /** The command that it belongs to. */
  readonly on: 'mail' | 'rcpt'
  /** The extension that must be offered for it. */
  readonly extension: ExtensionKeyword
  /** The extension that must be offered for this value besides, where one must. */
  readonly extensionOf?: (value: Value) => ExtensionKeyword | undefined
  /** Another parameter that it does not stand beside. */
  readonly excludes?: keyof Parameters
  /** The value read; `undefined` where it is malformed. A parameter without `=` has the value `undefined`. */
  readonly parse: (value: string | undefined, charset: Charset) => Value | undefined
  /** The value written, or `true` for a parameter without one; `undefined` where it cannot be. */
  readonly write: (value: Value, charset: Charset) => string | true | undefined
}

/** A row for each parameter. */
type Registry = {
  readonly [Keyword in keyof Parameters]-?: ParameterRow<Exclude<Parameters[Keyword], undefined>>
}

const binary = (value: Body): ExtensionKeyword | undefined => (value === 'BINARYMIME' ? 'BINARYMIME' : undefined)

/** The registry. */
export const PARAMETERS: Registry = Object.freeze<Registry>({
  SIZE: { on: 'mail', extension: 'SIZE', parse: parseSize, write: writeSize },
  BODY: {
    on: 'mail',
    extension: '8BITMIME',
    extensionOf: binary,
    parse: parseBody,
    write: (value) => parseBody(value),
  },
  SMTPUTF8: { on: 'mail', extension: 'SMTPUTF8', parse: parseFlag, write: () => true },
  RET: { on: 'mail', extension: 'DSN', parse: parseRet, write: (value) => parseRet(value) },
  ENVID: { on: 'mail', extension: 'DSN', parse: parseEnvid, write: writeEnvid },
  AUTH: { on: 'mail', extension: 'AUTH', parse: parseAuth, write: writeAuth },
  REQUIRETLS: { on: 'mail', extension: 'REQUIRETLS', parse: parseFlag, write: () => true },
  BY: { on: 'mail', extension: 'DELIVERBY', parse: parseBy, write: writeBy },
  HOLDFOR: {
    on: 'mail',
    extension: 'FUTURERELEASE',
    excludes: 'HOLDUNTIL',
    parse: parseHoldFor,
    write: writeHoldFor,
  },
  HOLDUNTIL: { on: 'mail', extension: 'FUTURERELEASE', parse: parseHoldUntil, write: (value) => parseHoldUntil(value) },
  'MT-PRIORITY': { on: 'mail', extension: 'MT-PRIORITY', parse: parsePriority, write: writePriority },
  NOTIFY: { on: 'rcpt', extension: 'DSN', parse: parseNotify, write: writeNotify },
  ORCPT: { on: 'rcpt', extension: 'DSN', parse: parseOrcpt, write: writeOrcpt },
})

/** The same rows, for a value of which only its own row knows what it is. */
const ROWS = PARAMETERS as Readonly<Record<keyof Parameters, ParameterRow<unknown>>>

/** All keywords of the registry. */
const KEYWORDS = Object.keys(PARAMETERS) as (keyof Parameters)[]

/**
 * The parameters of a command, or why it is refused.
 *
 *     Mail-parameters  = esmtp-param *(SP esmtp-param)
 *     esmtp-param      = esmtp-keyword ["=" esmtp-value]
 *
 * `text` is what follows the path and its space; the empty text has no parameters.
 */
export function parseParameters(
  text: string,
  on: 'mail' | 'rcpt',
  offered: Offered,
  charset: Charset = 'ascii',
): Parameters | SmtpErrorCode {
  const parameters: { -readonly [Keyword in keyof Parameters]: unknown } = {}
  if (text === '') return {}
  for (const parameter of text.split(' ')) {
    const equals = parameter.indexOf('=')
    const name = equals === -1 ? parameter : parameter.slice(0, equals)
    const value = equals === -1 ? undefined : parameter.slice(equals + 1)
    if (!isKeyword(name) || (value !== undefined && !isEsmtpValue(value, charset))) return 'SMTP_PARAMETER_SYNTAX'
    // A search of the list, never a look-up by the peer's name: `__proto__` is a legal-looking key and no parameter.
    const keyword = KEYWORDS.find((known) => known === upperAscii(name))
    const row = keyword && ROWS[keyword]
    if (keyword === undefined || row?.on !== on || !offered.has(row.extension)) return 'SMTP_PARAMETER_UNKNOWN'
    if (Object.hasOwn(parameters, keyword)) return 'SMTP_PARAMETER_REPEATED'
    parameters[keyword] = row.parse(value, charset)
    if (parameters[keyword] === undefined) return 'SMTP_PARAMETER_VALUE'
    const needed = row.extensionOf?.(parameters[keyword])
    if (needed !== undefined && !offered.has(needed)) return 'SMTP_PARAMETER_VALUE'
  }
  return hasConflict(parameters) ? 'SMTP_PARAMETER_CONFLICT' : (parameters as Parameters)
}

function hasConflict(parameters: object): boolean {
  return KEYWORDS.some((keyword) => {
    const { excludes } = ROWS[keyword]
    return excludes !== undefined && Object.hasOwn(parameters, keyword) && Object.hasOwn(parameters, excludes)
  })
}

/**
 * The parameters as they are sent, each with a space before it. Otherwise the code of what is wrong: `SMTP_NOT_OFFERED` where the
 * server does not offer an extension that one of them needs (a client must not send it then, RFC 5321 §4.1.1.3).
 */
export function writeParameters(
  parameters: Parameters,
  on: 'mail' | 'rcpt',
  offered: Offered,
  charset: Charset = 'ascii',
): { readonly text: string } | SmtpErrorCode {
  let text = ''
  for (const [name, value] of Object.entries(parameters) as [string, unknown][]) {
    if (value === undefined) continue
    const keyword = KEYWORDS.find((known) => known === name)
    const row = keyword && ROWS[keyword]
    if (row?.on !== on) return 'SMTP_SEND_PARAMETER'
    const needed = row.extensionOf?.(value) ?? row.extension
    if (!offered.has(row.extension) || !offered.has(needed)) return 'SMTP_NOT_OFFERED'
    const written = row.write(value, charset)
    if (written === undefined) return 'SMTP_SEND_PARAMETER'
    text += written === true ? ` ${keyword}` : ` ${keyword}=${written}`
  }
  return hasConflict(parameters) ? 'SMTP_SEND_PARAMETER' : { text }
}
