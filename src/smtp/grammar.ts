/**
 * The words of SMTP: domains, address literals, local-parts, keywords, and the parts of a reply's line. Pure and total: text
 * in, a value or `undefined` out, nothing thrown. The sentences made of these words stand in `address.ts`, `parameters.ts` and
 * `commands.ts`.
 *
 * What lies above ASCII is in none of the classes here, but where the charset is `utf8` (RFC 6531 §3.3): then the text has been decoded
 * (`utf8.ts`), and names may have such characters. Lengths are counted in octets, as RFC 5321 §4.5.3.1 counts them.
 */
import { domainToASCII, domainToUnicode } from 'node:url'
import { ALNUM, byteClass, DOT, HYPHEN, isAllText, lowerAscii, parseDecimal, SP } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import { isAscii, isInternational, isLonger } from './utf8.ts'
import type { Charset } from './utf8.ts'

const ZERO = 0x30
const UPPER_A = 0x41
const UPPER_Z = 0x5a
/** RFC 5321 §4.5.3.1.1, with the quotes of a quoted form. */
const MAX_LOCAL_PART = 64
/** RFC 5321 §4.5.3.1.2. */
const MAX_DOMAIN = 255
/** RFC 1035 §2.3.4. */
const MAX_LABEL = 63
/** `x:x:x:x:x:x:255.255.255.255` is as long as an IPv6 address can be written. */
const MAX_IPV6 = 45

const LDH: ByteClass = byteClass('-', [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])
/** atext of RFC 5322 §3.2.3: what an Atom is made of. */
export const ATEXT: ByteClass = byteClass("!#$%&'*+-/=?^_`{|}~", [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])
/** Any ASCII graphic or a space: what may stand behind a backslash, and what a decoded local-part may hold. */
const PRINTABLE: ByteClass = byteClass([0x20, 0x7e])
/** HT, SP, printable ASCII. */
const TEXTSTRING: ByteClass = byteClass('\t', [0x20, 0x7e])
const ESMTP_VALUE: ByteClass = byteClass([0x21, 0x3c], [0x3e, 0x7e])
const LOWER_HEX: ByteClass = byteClass([0x30, 0x39], [0x61, 0x66])

/**
 * A domain, in lower case.
 *
 *     Domain      = sub-domain *("." sub-domain)
 *     sub-domain  = Let-dig [Ldh-str]
 *     Ldh-str     = *( ALPHA / DIGIT / "-" ) Let-dig
 *
 * Names are compared without regard to case (RFC 5321 §2.4), so one spelling is made here. An underscore, a dot at the
 * end and an empty label are refused (§4.1.2). A name that is all digits and dots is a domain by this grammar.
 *
 *     sub-domain  =/ U-label        ; RFC 6531 §3.3
 *
 * Under `utf8` that is taken too, and made an A-label, in which names are looked up and compared: one spelling again.
 */
export function parseDomain(text: string, charset: Charset = 'ascii'): string | undefined {
  if (charset === 'utf8' && !isAscii(text)) return parseInternationalDomain(text)
  if (text.length > MAX_DOMAIN) return undefined
  let label = 0
  let spelling: 'lower' | 'mixed' = 'lower'
  for (let index = 0; index <= text.length; index++) {
    const octet = index === text.length ? DOT : text.charCodeAt(index)
    if (octet !== DOT) {
      if (octet > 0x7f || LDH[octet] === 0 || (octet === HYPHEN && label === 0)) return undefined
      if (octet >= UPPER_A && octet <= UPPER_Z) spelling = 'mixed'
      label++
    } else {
      if (label === 0 || label > MAX_LABEL || text.charCodeAt(index - 1) === HYPHEN) return undefined
      label = 0
    }
  }
  return spelling === 'lower' ? text : lowerAscii(text)
}

/** A U-label does not begin or end with a hyphen, and does not look like what it is encoded in (RFC 5891 §4.2.3.1). */
const MISPLACED_HYPHEN = /^-|-$|^..--/u

/**
 * U-labels as A-labels. A U-label is what its A-label says (RFC 5890 §2.3.2.1), so text that maps to something else (capitals, a soft
 * hyphen, full-width letters) is none: two texts that look alike must not be one domain for us and two for a filter.
 */
function parseInternationalDomain(text: string): string | undefined {
  const labels = text.split('.').map((label) => {
    if (isAscii(label)) return label
    const ascii = domainToASCII(label)
    return !MISPLACED_HYPHEN.test(label) && domainToUnicode(ascii) === label ? ascii : ''
  })
  return parseDomain(labels.join('.'))
}

/**
 * An address literal with its brackets, in one spelling: `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
 *
 *     address-literal       = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"
 *     IPv4-address-literal  = Snum 3("." Snum)
 *     IPv6-address-literal  = "IPv6:" IPv6-addr
 *
 * A General-address-literal needs a tag that is registered for it (RFC 5321 §4.1.3). None but IPv6 is, so none is taken.
 */
export function parseAddressLiteral(text: string): string | undefined {
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined
  const inner = lowerAscii(text.slice(1, -1))
  if (inner.startsWith('ipv6:')) return isIpv6(inner.slice(5)) ? `[IPv6:${inner.slice(5)}]` : undefined
  const address = parseIpv4(inner)
  return address === undefined ? undefined : `[${address}]`
}

/** `Snum 3("." Snum)`, each 0 to 255, without the leading zeros that some would read as octal. */
function parseIpv4(text: string): string | undefined {
  const numbers = text.split('.').map((snum) => (snum.length > 3 ? undefined : parseDecimal(snum, 255)))
  return numbers.length === 4 && !numbers.includes(undefined) ? numbers.join('.') : undefined
}

/**
 *     IPv6-full    = IPv6-hex 7(":" IPv6-hex)
 *     IPv6-comp    = [IPv6-hex *5(":" IPv6-hex)] "::" [IPv6-hex *5(":" IPv6-hex)]
 *     IPv6v4-full, IPv6v4-comp: the last two groups written as an IPv4 address
 *
 * Here `::` stands for two groups or more. RFC 4291 lets it stand for one, and RFC 5952 §4.2.2 advises against that.
 */
function isIpv6(text: string): boolean {
  const halves = text.split('::')
  const [left = '', right = ''] = halves
  if (text.length > MAX_IPV6 || halves.length > 2) return false
  if (halves.length === 1) return countGroups(left, 'orIpv4') === 8
  return countGroups(left, 'hexOnly') + countGroups(right, 'orIpv4') <= 6
}

/** How many 16-bit groups the text makes; NaN, which no count equals, where it makes none. An IPv4 address makes two. */
function countGroups(text: string, last: 'hexOnly' | 'orIpv4'): number {
  if (text === '') return 0
  const groups = text.split(':')
  const hasIpv4 = last === 'orIpv4' && parseIpv4(groups.at(-1) as string) !== undefined
  const hex = hasIpv4 ? groups.slice(0, -1) : groups
  if (!hex.every((group) => group.length > 0 && group.length <= 4 && isAllText(LOWER_HEX, group))) return NaN
  return hex.length + (hasIpv4 ? 2 : 0)
}

/**
 * A local-part, decoded: without quotes and backslashes, which are the wire's and not the mailbox's.
 *
 *     Local-part       = Dot-string / Quoted-string
 *     Dot-string       = Atom *("." Atom)
 *     Quoted-string    = DQUOTE *QcontentSMTP DQUOTE
 *     QcontentSMTP     = qtextSMTP / quoted-pairSMTP
 *     quoted-pairSMTP  = %d92 %d32-126
 *     qtextSMTP        = %d32-33 / %d35-91 / %d93-126
 *
 * All quoted forms of one name are the same name (RFC 5321 §4.1.2), and decoding is what makes them equal.
 *
 *     atext / qtextSMTP  =/ UTF8-non-ascii        ; RFC 6531 §3.3, where the charset is `utf8`
 */
export function parseLocalPart(text: string, charset: Charset = 'ascii'): string | undefined {
  if (isLonger(text, MAX_LOCAL_PART, charset) || !isOf(charset, text)) return undefined
  return text.startsWith('"') ? parseQuotedString(text) : isDotString(text) ? text : undefined
}

/** Whether nothing in the text lies outside of the charset. */
function isOf(charset: Charset, text: string): boolean {
  return isAscii(text) || (charset === 'utf8' && isInternational(text))
}

/** The charset has been seen to. */
function isDotString(text: string): boolean {
  let previous = DOT
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index)
    if (character === DOT ? previous === DOT : character <= 0x7f && ATEXT[character] === 0) return false
    previous = character
  }
  return previous !== DOT
}

function parseQuotedString(text: string): string | undefined {
  const inner = text.slice(1, -1)
  if (text.length < 2 || !text.endsWith('"') || !isPrintable(inner)) return undefined
  let decoded = ''
  for (let index = 0; index < inner.length; index++) {
    const character = inner.charAt(index)
    if (character === '"') return undefined
    // Behind a backslash there is ASCII, and something.
    if (character === '\\' && !isAllText(PRINTABLE, inner.charAt(++index) || '\0')) return undefined
    decoded += inner.charAt(index)
  }
  return decoded
}

/** Whether no control is in the text. */
function isPrintable(text: string): boolean {
  return isAllText(PRINTABLE, text.replace(/[^\0-\x7f]+/g, ''))
}

/**
 * The local-part as it is sent: with the least quoting (RFC 5321 §4.1.2). `undefined` where it cannot be sent: a control in it, a
 * character that the charset does not have, or too long.
 *
 * Always made anew from the decoded form. Whoever passes on what came in passes on `"a@x> NOTIFY=NEVER"` unquoted one day.
 */
export function writeLocalPart(decoded: string, charset: Charset = 'ascii'): string | undefined {
  if (!isOf(charset, decoded) || !isPrintable(decoded)) return undefined
  const text = isDotString(decoded) ? decoded : `"${decoded.replace(/["\\]/g, '\\$&')}"`
  return isLonger(text, MAX_LOCAL_PART, charset) ? undefined : text
}

/** `esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")` (RFC 5321 §4.1.2); an `ehlo-keyword` is the same. */
export function isKeyword(text: string): boolean {
  return text.length > 0 && ALNUM[text.charCodeAt(0)] === 1 && isAllText(LDH, text)
}

/** `sasl-mech = 1*20(UPPER / DIGIT / "-" / "_")` (RFC 4954 §8): the name of a mechanism, in upper case. */
export function isMechanism(text: string): boolean {
  return /^[A-Z0-9_-]{1,20}$/.test(text)
}

/**
 * `esmtp-value = 1*(%d33-60 / %d62-126)` (RFC 5321 §4.1.2): no `=`, space or control. `esmtp-value =/ UTF8-non-ascii` (RFC 6531
 * §3.3) where the charset is `utf8`.
 */
export function isEsmtpValue(text: string, charset: Charset = 'ascii'): boolean {
  return text.length > 0 && isOf(charset, text) && isAllText(ESMTP_VALUE, text.replace(/[^\0-\x7f]+/g, ''))
}

/** `*(%d09 / %d32-126)`: what a reply's line may say, or nothing (RFC 5321 §4.2). */
export function isTextstring(text: string): boolean {
  return isAllText(TEXTSTRING, text)
}

/** A line of a reply, taken apart. */
export interface ReplyLine {
  /** Its three digits. */
  readonly code: number
  /** Whether more lines of this reply follow. */
  readonly continues: boolean
  /** What follows the code and its separator. */
  readonly text: string
}

/**
 *     Reply-line  = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
 *     Reply-code  = %x32-35 %x30-35 %x30-39
 *
 * A code alone is taken, with or without the space (RFC 5321 §4.2). Any text is: what a client does hangs on the code.
 * `anySecondDigit` also takes codes such as 571.
 */
export function parseReplyLine(line: string, anySecondDigit = false): ReplyLine | undefined {
  // A line that is too short gives NaN here, which is in no range.
  const [first, second, third] = [line.charCodeAt(0) - ZERO, line.charCodeAt(1) - ZERO, line.charCodeAt(2) - ZERO]
  const isCode =
    first >= 2 && first <= 5 && second >= 0 && second <= (anySecondDigit ? 9 : 5) && third >= 0 && third <= 9
  const separator = line.length === 3 ? SP : line.charCodeAt(3)
  if (!isCode || (separator !== SP && separator !== HYPHEN)) return undefined
  return { code: first * 100 + second * 10 + third, continues: separator === HYPHEN, text: line.slice(4) }
}

/**
 * The length of the enhanced status code at the front of a reply's text, with the space behind it; 0 where there is none, or
 * one of another class than the reply's.
 *
 *     status-code  = ("2" / "4" / "5") "." 1*3DIGIT "." 1*3DIGIT      ; RFC 3463 §2, RFC 2034 §4
 */
export function enhancedCodeLength(text: string, code: number): number {
  const found = /^([245])\.[0-9]{1,3}\.[0-9]{1,3}(?: |$)/.exec(text)
  return found !== null && found[1] === String(code).charAt(0) ? found[0].length : 0
}

/** Whether the text is an enhanced status code of the class that goes with `code`, and nothing else. */
export function isEnhancedCode(text: string, code: number): boolean {
  return !text.endsWith(' ') && enhancedCodeLength(text, code) === text.length && text.length > 0
}
