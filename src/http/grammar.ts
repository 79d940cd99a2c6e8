/**
 * The words of HTTP: classes of octets, tokens, lists, numbers and dates. Pure, total functions from text to a value or
 * `undefined`. Text here is latin1, one character per octet, so that a class of octets is a class of characters. What
 * a request target and a Host may be stands in `target.ts`. RFC 9110 §5.5, §5.6; RFC 9112 §3, §5.
 */
import { byteClass, isAllText, isBlank, lowerAscii, upperAscii } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'

/** The first octet of obs-text = %x80-FF: opaque, neither UTF-8 nor any other text (RFC 9110 §5.5). */
export const OBS_TEXT = 0x80

/** OWS = *( SP / HTAB ); no other octet is white space in HTTP (RFC 9110 §5.6.3). */
export const IS_OWS: ByteClass = byteClass(' \t')

/** tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA */
export const TCHAR: ByteClass = byteClass("!#$%&'*+-.^_`|~", [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])

/** field-vchar / SP / HTAB, with field-vchar = VCHAR / obs-text (RFC 9110 §5.5). */
export const VALUE_OCTET: ByteClass = byteClass('\t ', [0x21, 0x7e], [OBS_TEXT, 0xff])

/**
 * What may stand in a request target, but for the percent sign, which is looked at with the two octets behind it: the octets of
 * RFC 3986 without the fragment's `#`.
 */
export const TARGET_OCTET: ByteClass = byteClass("-._~:/?[]@!$&'()*+,;=", [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])

/** Five octets that no URI may hold, and that browsers send as they are (WHATWG URL). */
export const UNENCODED_OCTET: ByteClass = byteClass('{}|^`')

/** qdtext = HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text */
export const QDTEXT: ByteClass = byteClass('\t !', [0x23, 0x5b], [0x5d, 0x7e], [OBS_TEXT, 0xff])

/** token = 1*tchar */
export function isToken(text: string): boolean {
  return text.length > 0 && isAllText(TCHAR, text)
}

/**
 *     field-value = *field-content
 *
 * Without white space at its ends: that would be OWS, and the reader would not see it.
 */
export function isFieldValue(text: string): boolean {
  return isAllText(VALUE_OCTET, text) && !isBlank(text.charCodeAt(0)) && !isBlank(text.charCodeAt(text.length - 1))
}

/** reason-phrase = 1*( HTAB / SP / VCHAR / obs-text ), or nothing. */
export function isReason(text: string): boolean {
  return isAllText(VALUE_OCTET, text)
}

/**
 *     Connection = #connection-option
 *     #element => [ element ] *( OWS "," OWS [ element ] )
 *
 * A list of tokens in lower case. Empty elements are ignored, as RFC 9110 §5.6.1.2 says. `undefined` where an element is no
 * token.
 */
export function parseTokens(text: string): string[] | undefined {
  const tokens: string[] = []
  for (const element of text.split(',')) {
    const token = trimOws(element)
    if (token === '') continue
    if (!isToken(token)) return undefined
    tokens.push(lowerAscii(token))
  }
  return tokens
}

const KEEP_ALIVE: readonly string[] = Object.freeze(['keep-alive'])
const CLOSE: readonly string[] = Object.freeze(['close'])

/** The options of a Connection field: `parseTokens`, with the two values that nearly all have made beforehand. */
export function parseOptions(text: string): readonly string[] | undefined {
  return text === 'keep-alive' ? KEEP_ALIVE : text === 'close' ? CLOSE : parseTokens(text)
}

/** The text without SP and HTAB at its ends. Never `trim`, which knows white space that HTTP does not. */
export function trimOws(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

/**
 * Whether `text` is the name `lower`, which is given in lower case: ASCII letters folded and nothing else (RFC 9110 §5.1).
 */
export function isSameName(text: string, lower: string): boolean {
  if (text.length !== lower.length) return false
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    const folded = unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit
    if (folded !== lower.charCodeAt(index)) return false
  }
  return true
}

/** Methods of RFC 9110 §9 and RFC 5789, the commonest first. */
const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE']

/** The first `length` characters of a head as a method: the constant of that name where it is a standard one. */
export function methodOf(head: string, length: number): string {
  for (const method of METHODS) if (method.length === length && beginsWith(head, method)) return method
  return head.slice(0, length)
}

/** As `startsWith`, which calls out of what V8 compiles, and takes five times as long for a few letters. */
function beginsWith(text: string, start: string): boolean {
  let index = 0
  while (index < start.length && text.charCodeAt(index) === start.charCodeAt(index)) index++
  return index === start.length
}

/**
 * Whether `method` is a standard one in the wrong case. Methods have case, so `get` is an unknown method; but a framework that folds it
 * to `GET`, as `Request` does, has then walked past every filter that looked for GET.
 */
export function isMiscased(method: string): boolean {
  return !METHODS.includes(method) && METHODS.includes(upperAscii(method))
}
