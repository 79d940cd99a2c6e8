/**
 * What a proxy tells of the client that it speaks for: the attributes of XCLIENT and XFORWARD, two commands of Postfix's that other servers
 * and swaks have too (XCLIENT_README, XFORWARD_README). To be believed of trusted peers alone: whoever may say XCLIENT may say that it is
 * anybody.
 *
 *     xclient-command    = "XCLIENT" 1*( SP attribute-name "=" attribute-value )
 *     xforward-command   = "XFORWARD" 1*( SP attribute-name "=" attribute-value )
 *     attribute-value    = xtext                       ; "[UNAVAILABLE]", and "[TEMPUNAVAIL]" for "ask again later"
 */
import { byteClass, isAllText, lowerAscii, parseDecimal, upperAscii } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import { parseHost } from './address.ts'
import { parseXtext, writeXtext } from './xtext.ts'

/** What the proxy does not know, or could not find out now. */
export type Unavailable = '[UNAVAILABLE]' | '[TEMPUNAVAIL]'

/** What a proxy says of its client. */
export interface PeerAttributes {
  /** The client's name, as the DNS has it. */
  readonly NAME?: string
  /** Its address: `192.0.2.1`, `2001:db8::1`. */
  readonly ADDR?: string
  /** Its port. */
  readonly PORT?: number | Unavailable
  /** What it speaks. */
  readonly PROTO?: 'SMTP' | 'ESMTP' | Unavailable
  /** How it has named itself. */
  readonly HELO?: string
  /** As whom it has authenticated itself (XCLIENT). */
  readonly LOGIN?: string
  /** The address that it was connected to (XCLIENT). */
  readonly DESTADDR?: string
  /** And the port (XCLIENT). */
  readonly DESTPORT?: number | Unavailable
  /** What the proxy calls the message (XFORWARD). */
  readonly IDENT?: string
  /** Whether the message comes from within (XFORWARD). */
  readonly SOURCE?: 'LOCAL' | 'REMOTE' | Unavailable
}

type Attribute = keyof PeerAttributes

/** The attributes of each command, as they are offered in the reply to EHLO. */
export const ATTRIBUTES: Readonly<Record<'xclient' | 'xforward', readonly Attribute[]>> = Object.freeze({
  xclient: ['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'LOGIN', 'DESTADDR', 'DESTPORT'],
  xforward: ['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'IDENT', 'SOURCE'],
} as const)

/** Longest value, decoded (XFORWARD_README). */
const MAX_VALUE = 255

/** No blank, control or octet above 0x7F: all of this ends up in headers and logs. */
const GRAPHIC: ByteClass = byteClass([0x21, 0x7e])

/** The attributes of a command; `undefined` where one is unknown, malformed or given twice. */
export function parsePeerAttributes(type: 'xclient' | 'xforward', text: string): PeerAttributes | undefined {
  const attributes: { -readonly [Name in Attribute]?: unknown } = {}
  for (const attribute of text.split(' ')) {
    const equals = attribute.indexOf('=')
    const name = ATTRIBUTES[type].find((known) => known === upperAscii(attribute.slice(0, Math.max(0, equals))))
    const value = name && parseValue(name, attribute.slice(equals + 1))
    if (name === undefined || value === undefined || Object.hasOwn(attributes, name)) return undefined
    attributes[name] = value
  }
  return attributes as PeerAttributes
}

/** The same written; `undefined` where it cannot be. */
export function writePeerAttributes(type: 'xclient' | 'xforward', attributes: PeerAttributes): string | undefined {
  const given = Object.entries(attributes) as [Attribute, unknown][]
  const text = given.map(([name, value]) => `${name}=${writeValue(name, String(value))}`).join(' ')
  const read = parsePeerAttributes(type, text)
  const isMirrored = read !== undefined && given.every(([name, value]) => read[name] === value)
  return isMirrored ? text : undefined
}

function parseValue(name: Attribute, text: string): string | number | undefined {
  const decoded = parseXtext(text)
  if (decoded === undefined || decoded === '' || decoded.length > MAX_VALUE || !isAllText(GRAPHIC, decoded)) {
    return undefined
  }
  const upper = upperAscii(decoded)
  if (upper === '[UNAVAILABLE]' || upper === '[TEMPUNAVAIL]') return upper
  switch (name) {
    case 'ADDR':
    case 'DESTADDR':
      return parseAddr(decoded)
    case 'PORT':
    case 'DESTPORT':
      return parseDecimal(decoded, 65_535)
    case 'PROTO':
      return upper === 'SMTP' || upper === 'ESMTP' ? upper : undefined
    case 'SOURCE':
      return upper === 'LOCAL' || upper === 'REMOTE' ? upper : undefined
    default:
      return decoded
  }
}

function writeValue(name: Attribute, text: string): string {
  const isIpv6 = (name === 'ADDR' || name === 'DESTADDR') && text.includes(':')
  return writeXtext(isIpv6 ? `IPV6:${text}` : text) ?? ''
}

/** `IPv4-address / "IPV6:" IPv6-address`; the tag is that of an address literal. */
function parseAddr(text: string): string | undefined {
  const literal = parseHost(`[${text}]`)?.slice(1, -1)
  return literal !== undefined && lowerAscii(literal).startsWith('ipv6:') ? literal.slice(5) : literal
}
