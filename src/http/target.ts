/**
 * Where a request goes: the four forms of a request target, and the authority that Host names. Pure, total functions from
 * text to a value or `undefined`; the octets of a target were checked by the scanner. RFC 9112 §3.2, RFC 3986 §3.
 */
import { byteClass, COLON, HEX_VALUE, isAllText, lowerAscii, parseDecimal } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import { TARGET_OCTET } from './grammar.ts'

/** The form of a request target (RFC 9112 §3.2.1 to §3.2.4). */
export type TargetForm = 'origin' | 'absolute' | 'authority' | 'asterisk'

/** A host and, where it is given, a port. */
export interface Authority {
  /** As it was written; an IPv6 address stands in brackets. */
  readonly host: string
  /** The port; `undefined` where none is given, or an empty one. */
  readonly port: number | undefined
}

/** An absolute-form target in its parts. */
export interface AbsoluteTarget {
  /** In lower case: `http`. */
  readonly scheme: string
  /** As it was written: `a.test:80`. */
  readonly authority: string
  /** Path and query, at least `/`. */
  readonly path: string
}

/**
 * The form of `target`, or `undefined` where `method` may not use it: asterisk-form is for OPTIONS alone, authority-form for
 * CONNECT alone, and CONNECT has no other.
 */
export function formOf(method: string, target: string): TargetForm | undefined {
  if (method === 'CONNECT') return isTunnelTarget(target) ? 'authority' : undefined
  if (target.charCodeAt(0) === 0x2f) return 'origin'
  if (target === '*') return method === 'OPTIONS' ? 'asterisk' : undefined
  return parseAbsolute(target) === undefined ? undefined : 'absolute'
}

/** Whether every octet of `text` may stand in a request target, and every percent sign begins an encoded octet. */
export function isTargetText(text: string): boolean {
  return text !== '' && behindEncoded(TARGET_OCTET, text, 0, text.length) === text.length
}

/** authority-form = uri-host ":" port. A server MUST reject a CONNECT whose port is empty or invalid (RFC 9110 §9.3.6). */
function isTunnelTarget(target: string): boolean {
  const port = parseAuthority(target)?.port
  return port !== undefined && port > 0
}

const SCHEME_START: ByteClass = byteClass([0x41, 0x5a], [0x61, 0x7a])
const SCHEME: ByteClass = byteClass('+-.', [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])

/**
 *     absolute-form = absolute-URI
 *     absolute-URI  = scheme ":" hier-part [ "?" query ]
 *
 * Of the hier-parts only `"//" authority path-abempty`: nobody fetches `mailto:` over HTTP, and `a:80` must not pass for a
 * scheme. An empty host (RFC 9110 §4.2.1) and userinfo (§4.2.4) are refused.
 */
export function parseAbsolute(target: string): AbsoluteTarget | undefined {
  const colon = target.indexOf('://')
  if (colon < 1 || SCHEME_START[target.charCodeAt(0)] !== 1) return undefined
  const scheme = target.slice(0, colon)
  if (!isAllText(SCHEME, scheme)) return undefined
  const rest = target.slice(colon + 3)
  const slash = rest.search(/[/?]/)
  const authority = slash === -1 ? rest : rest.slice(0, slash)
  if (parseAuthority(authority) === undefined) return undefined
  const path = slash === -1 ? '/' : rest.slice(slash)
  return { scheme: lowerAscii(scheme), authority, path: path.startsWith('/') ? path : `/${path}` }
}

/** reg-name = *( unreserved / pct-encoded / sub-delims ), without the comma: a comma in a Host is two hosts that something on the way joined. */
const REG_NAME: ByteClass = byteClass("-._~!$&'()*+;=", [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])

/**
 *     Host     = uri-host [ ":" port ]
 *     uri-host = IP-literal / IPv4address / reg-name
 *     port     = *DIGIT
 *
 * Never empty, without userinfo, the port at most 65,535. IPvFuture is refused: there is none.
 */
export function parseAuthority(text: string): Authority | undefined {
  const end =
    text.charCodeAt(0) === OPENING_BRACKET ? behindLiteral(text) : behindEncoded(REG_NAME, text, 0, text.length)
  if (end === 0) return undefined
  if (end === text.length) return { host: text, port: undefined }
  if (text.charCodeAt(end) !== COLON) return undefined
  const host = text.slice(0, end)
  const digits = text.slice(end + 1)
  if (digits === '') return { host, port: undefined }
  const port = parseDecimal(digits, 65_535)
  return port === undefined ? undefined : { host, port }
}

/** Whether `text` from `from` up to `to` is an authority that is a name alone, without a port. Not empty, as no Host may be. */
export function isRegName(text: string, from: number, to: number): boolean {
  return from < to && behindEncoded(REG_NAME, text, from, to) === to
}

const OPENING_BRACKET = 0x5b
const PERCENT = 0x25

/** The index behind the IP-literal that `text` begins with; zero where it is none. */
function behindLiteral(text: string): number {
  const end = text.indexOf(']') + 1
  return isIpv6(text.slice(1, end - 1)) ? end : 0
}

/** The index of the first character of `text` from `from` on that is neither an octet of the class nor part of a pct-encoded = "%" HEXDIG HEXDIG, or `to`. */
function behindEncoded(octets: ByteClass, text: string, from: number, to: number): number {
  let index = from
  while (index < to) {
    const unit = text.charCodeAt(index)
    if (unit <= 0xff && octets[unit] === 1) index++
    else if (unit === PERCENT && isHexDigit(text, index + 1) && isHexDigit(text, index + 2)) index += 3
    else break
  }
  return index
}

function isHexDigit(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit <= 0xff && HEX_VALUE[unit] !== 255
}

const HEXDIG: ByteClass = byteClass([0x30, 0x39], [0x41, 0x46], [0x61, 0x66])

/**
 *     IPv6address = 8 groups of 1*4HEXDIG between colons, the last two also as an IPv4address,
 *                   and once "::" for one group of zeros or more
 */
export function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  let groups = 0
  for (const [index, half] of halves.entries()) {
    if (half === '' && halves.length === 2) continue
    const count = countGroups(half, index === halves.length - 1)
    if (count === undefined) return false
    groups += count
  }
  return halves.length === 2 ? groups <= 7 : groups === 8
}

/** How many groups of 16 bits stand in `half`; an IPv4address at its end counts two, where it is `last`. */
function countGroups(half: string, isLast: boolean): number | undefined {
  const groups = half.split(':')
  const last = groups.at(-1) as string
  const hasIpv4 = isLast && last.includes('.')
  if (hasIpv4 && !isIpv4(last)) return undefined
  const hex = hasIpv4 ? groups.slice(0, -1) : groups
  if (!hex.every((group) => group.length >= 1 && group.length <= 4 && isAllText(HEXDIG, group))) return undefined
  return hex.length + (hasIpv4 ? 2 : 0)
}

/** IPv4address = dec-octet "." dec-octet "." dec-octet "." dec-octet, without leading zeros. */
function isIpv4(text: string): boolean {
  const octets = text.split('.')
  return octets.length === 4 && octets.every(isDecOctet)
}

function isDecOctet(text: string): boolean {
  return parseDecimal(text, 255) !== undefined && (text.length === 1 || !text.startsWith('0'))
}
