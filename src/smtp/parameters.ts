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
 *
 * A new extension adds a member to `Parameters` and a row to `PARAMETERS`, and nothing else. What a value means for a session (a SIZE
 * beyond the limit) is the machine's to say.
 */
import { DIGIT, isAllText, parseDecimal, upperAscii } from '../net/ascii.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { ExtensionKeyword } from './extensions.ts'
import { isEsmtpValue, isKeyword } from './grammar.ts'

/** The parameters of a command, by keyword in upper case. */
export interface Parameters {
  /** Octets of the message, or an estimate of them (RFC 1870 §6). */
  readonly SIZE?: number
  /** Whether lines of content may hold octets above 0x7F (RFC 6152 §2). */
  readonly BODY?: '7BIT' | '8BITMIME'
}

/** The extensions that hold in a session, by keyword in upper case: a set, or a client's `Capabilities`. */
export interface Offered {
  /** Whether this one does. */
  has(keyword: string): boolean
}

/** What the registry knows of a parameter. */
export interface ParameterRow<Value> {
  /** The command that it belongs to. */
  readonly on: 'mail' | 'rcpt'
  /** The extension that must be offered for it. */
  readonly extension: ExtensionKeyword
  /** The value read; `undefined` where it is malformed. A parameter without `=` has the value `undefined`. */
  readonly parse: (value: string | undefined) => Value | undefined
  /** The value written; `undefined` where it cannot be. */
  readonly write: (value: Value) => string | undefined
}

/** The registry. */
export const PARAMETERS: { readonly [Keyword in keyof Parameters]-?: ParameterRow<Required<Parameters>[Keyword]> } =
  Object.freeze({
    SIZE: { on: 'mail', extension: 'SIZE', parse: parseSize, write: writeSize },
    BODY: { on: 'mail', extension: '8BITMIME', parse: parseBody, write: (value) => parseBody(value) },
  })

/** All keywords of the registry. */
const KEYWORDS = Object.keys(PARAMETERS) as (keyof Parameters)[]

/**
 * `size-value = 1*20DIGIT` (RFC 1870 §3). Twenty digits are more than a number can hold exactly; what is beyond is as good as the
 * largest exact one, since no limit lies there.
 */
function parseSize(value: string | undefined): number | undefined {
  if (value === undefined || value === '' || value.length > 20 || !isAllText(DIGIT, value)) return undefined
  return parseDecimal(value) ?? Number.MAX_SAFE_INTEGER
}

function writeSize(value: number): string | undefined {
  return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined
}

/** `body-value = "7BIT" / "8BITMIME"`, in any case of letters (RFC 6152 §2). */
function parseBody(value: string | undefined): '7BIT' | '8BITMIME' | undefined {
  const upper = upperAscii(value ?? '')
  return upper === '7BIT' || upper === '8BITMIME' ? upper : undefined
}

/**
 * The parameters of a command, or why it is refused.
 *
 *     Mail-parameters  = esmtp-param *(SP esmtp-param)
 *     esmtp-param      = esmtp-keyword ["=" esmtp-value]
 *
 * `text` is what follows the path and its space; the empty text has no parameters.
 */
export function parseParameters(text: string, on: 'mail' | 'rcpt', offered: Offered): Parameters | SmtpErrorCode {
  const parameters: { -readonly [Keyword in keyof Parameters]: unknown } = {}
  if (text === '') return {}
  for (const parameter of text.split(' ')) {
    const equals = parameter.indexOf('=')
    const name = equals === -1 ? parameter : parameter.slice(0, equals)
    const value = equals === -1 ? undefined : parameter.slice(equals + 1)
    if (!isKeyword(name) || (value !== undefined && !isEsmtpValue(value))) return 'SMTP_PARAMETER_SYNTAX'
    // A search of the list, never a look-up by the peer's name: `__proto__` is a legal-looking key and no parameter.
    const keyword = KEYWORDS.find((known) => known === upperAscii(name))
    const row = keyword && PARAMETERS[keyword]
    if (keyword === undefined || row?.on !== on || !offered.has(row.extension)) return 'SMTP_PARAMETER_UNKNOWN'
    if (Object.hasOwn(parameters, keyword)) return 'SMTP_PARAMETER_REPEATED'
    parameters[keyword] = row.parse(value)
    if (parameters[keyword] === undefined) return 'SMTP_PARAMETER_VALUE'
  }
  return parameters as Parameters
}

/**
 * The parameters as they are sent, each with a space before it. Otherwise the code of what is wrong: `SMTP_NOT_OFFERED` where the
 * server does not offer an extension that one of them needs (a client must not send it then, RFC 5321 §4.1.1.3).
 */
export function writeParameters(
  parameters: Parameters,
  on: 'mail' | 'rcpt',
  offered: Offered,
): { readonly text: string } | SmtpErrorCode {
  let text = ''
  for (const [name, value] of Object.entries(parameters) as [string, unknown][]) {
    if (value === undefined) continue
    const keyword = KEYWORDS.find((known) => known === name)
    const row: ParameterRow<unknown> | undefined = keyword && (PARAMETERS[keyword] as ParameterRow<unknown>)
    if (row?.on !== on) return 'SMTP_SEND_PARAMETER'
    if (!offered.has(row.extension)) return 'SMTP_NOT_OFFERED'
    const written = row.write(value)
    if (written === undefined) return 'SMTP_SEND_PARAMETER'
    text += ` ${keyword}=${written}`
  }
  return { text }
}
