/**
 * Mailboxes and paths: who sent a message, and whom it is for (RFC 5321 §4.1.2).
 *
 * A path is kept decoded: the local-part without quotes, the domain in lower case, the source route gone. It is written by quoting
 * that again, so nothing that came in is ever passed on as it came: `"a@x> ORCPT=b"@y.test` is one mailbox here, and leaves as one.
 */
import { BACKSLASH, DQUOTE, lowerAscii } from '../net/ascii.ts'
import { parseAddressLiteral, parseDomain, parseLocalPart, writeLocalPart } from './grammar.ts'
import { isLonger } from './utf8.ts'
import type { Charset } from './utf8.ts'

/** RFC 5321 §4.5.3.1.3: 256 octets with the angle brackets. */
const MAX_MAILBOX = 254

const RIGHT_ANGLE = 0x3e
const BARE = '<postmaster>'

/** A mailbox. */
export interface Path {
  /**
   * Decoded: `a b` for `"a b"@x.test`. Case is kept; whether it matters is for the mailbox's own host to say. What is not ASCII is there
   * only where the message has SMTPUTF8 (RFC 6531).
   */
  readonly localPart: string
  /**
   * In lower case and A-labels, or an address literal as `[192.0.2.1]`. Empty for `<postmaster>` alone, which has no domain.
   */
  readonly domain: string
}

/** The path of MAIL: `null` is the null reverse-path `<>` that notifications have, to which nothing is ever returned. */
export type ReversePath = Path | null

/** The bare `<postmaster>`, which every server takes (RFC 5321 §4.5.1). */
export const POSTMASTER: Path = Object.freeze({ localPart: 'postmaster', domain: '' })

/**
 *     Mailbox  = Local-part "@" ( Domain / address-literal )
 *
 * `undefined` for anything else, and for a mailbox of more than 254 octets.
 */
export function parseMailbox(text: string, charset: Charset = 'ascii'): Path | undefined {
  if (isLonger(text, MAX_MAILBOX, charset)) return undefined
  const at = text.startsWith('"') ? indexOfQuoteEnd(text) : text.indexOf('@')
  if (at === -1 || text.charAt(at) !== '@') return undefined
  const localPart = parseLocalPart(text.slice(0, at), charset)
  const host = parseHost(text.slice(at + 1), charset)
  return localPart === undefined || host === undefined ? undefined : { localPart, domain: host }
}

/** `( Domain / address-literal )`: what names a host in a mailbox, and in EHLO (RFC 5321 §4.1.1.1). */
export function parseHost(text: string, charset: Charset = 'ascii'): string | undefined {
  return text.startsWith('[') ? parseAddressLiteral(text) : parseDomain(text, charset)
}

/**
 * The path of MAIL, with its brackets.
 *
 *     Reverse-path  = Path / "<>"
 *     Path          = "<" [ A-d-l ":" ] Mailbox ">"
 *     A-d-l         = At-domain *( "," At-domain )
 *
 * The source route must be recognised and is dropped (RFC 5321 §4.1.1.3, appendix C).
 */
export function parseReversePath(text: string, charset: Charset = 'ascii'): ReversePath | undefined {
  return text === '<>' ? null : parsePath(text, charset)
}

/**
 * The path of RCPT, with its brackets.
 *
 *     "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path
 *
 * The bare postmaster is taken in any case of letters, and is the only mailbox that needs no domain (RFC 5321 §4.1.1.3).
 */
export function parseForwardPath(text: string, charset: Charset = 'ascii'): Path | undefined {
  return text.length === BARE.length && lowerAscii(text) === BARE ? POSTMASTER : parsePath(text, charset)
}

function parsePath(text: string, charset: Charset): Path | undefined {
  if (!text.startsWith('<') || !text.endsWith('>')) return undefined
  const inner = text.slice(1, -1)
  if (!inner.startsWith('@')) return parseMailbox(inner, charset)
  const colon = inner.indexOf(':')
  const route = inner.slice(0, colon === -1 ? 0 : colon).split(',')
  const isRoute = route.every((hop) => hop.startsWith('@') && parseDomain(hop.slice(1), charset) !== undefined)
  return isRoute ? parseMailbox(inner.slice(colon + 1), charset) : undefined
}

/**
 * The length of the path that `text` begins with: up to and with the `>` that stands outside of quotes. -1 where there is none.
 *
 *     <"a> SIZE=1"@x.test> SIZE=2
 *                         ^ the path ends here
 */
export function pathLength(text: string): number {
  let state: 'plain' | 'quoted' | 'escaped' = 'plain'
  for (let index = 0; index < text.length; index++) {
    const octet = text.charCodeAt(index)
    switch (state) {
      case 'plain':
        if (octet === RIGHT_ANGLE) return index + 1
        if (octet === DQUOTE) state = 'quoted'
        break
      case 'quoted':
        if (octet === DQUOTE) state = 'plain'
        else if (octet === BACKSLASH) state = 'escaped'
        break
      case 'escaped':
        state = 'quoted'
    }
  }
  return -1
}

/** The index just behind the quoted string that `text` begins with, or -1 where it does not end. */
function indexOfQuoteEnd(text: string): number {
  for (let index = 1; index < text.length; index++) {
    const character = text.charAt(index)
    if (character === '"') return index + 1
    if (character === '\\') index++
  }
  return -1
}

/** A mailbox as it is sent, with the least quoting: `"a b"@x.test`. `undefined` where it cannot be sent. */
export function writeMailbox(path: Path, charset: Charset = 'ascii'): string | undefined {
  if (path.domain === '') return lowerAscii(path.localPart) === 'postmaster' ? 'postmaster' : undefined
  const localPart = writeLocalPart(path.localPart, charset)
  const host = parseHost(path.domain)
  if (localPart === undefined || host === undefined) return undefined
  const text = `${localPart}@${host}`
  return isLonger(text, MAX_MAILBOX, charset) ? undefined : text
}

/** A path as it is sent: `<"a b"@x.test>`, or `<>` for the null reverse-path. `undefined` where it cannot be sent. */
export function writePath(path: ReversePath, charset: Charset = 'ascii'): string | undefined {
  if (path === null) return '<>'
  const mailbox = writeMailbox(path, charset)
  return mailbox === undefined ? undefined : `<${mailbox}>`
}

/**
 * An address as a person writes it, `a@x.test` or `<a@x.test>`, as a path; the empty text and `<>` are the null reverse-path.
 * A display name is not taken: `Joe <joe@x.test>` belongs into a header field.
 */
export function parseAddress(text: string, charset: Charset = 'ascii'): ReversePath | undefined {
  if (text === '' || text === '<>') return null
  return parseForwardPath(text.startsWith('<') ? text : `<${text}>`, charset)
}
