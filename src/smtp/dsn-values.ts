/**
 * The values of the parameters that ask for delivery status notifications (RFC 3461 §4), with addresses above ASCII (RFC 6533 §3). Readers
 * and writers as in `parameter-values.ts`.
 */
import { isAllText, lowerAscii, upperAscii, VCHAR } from '../net/ascii.ts'
import { isTextstring } from './grammar.ts'
import { decodeUtf8, isAscii, isInternational } from './utf8.ts'
import type { Charset } from './utf8.ts'
import { parseUnitext, parseXtext, writeUnitext, writeXtext } from './xtext.ts'

/** Longest ENVID, as it is written (RFC 3461 §4.4). */
const MAX_ENVID = 100
/** Longest ORCPT, as it is written (RFC 3461 §5.4). */
const MAX_ORCPT = 500

/** What the sender is to be notified of. */
export type Notify = 'NEVER' | readonly Occasion[]

/** An occasion to notify the sender. */
export type Occasion = 'SUCCESS' | 'FAILURE' | 'DELAY'

/** Whom a message was first sent to. */
export interface OriginalRecipient {
  /** What kind of address it is, in lower case: `rfc822`, `utf-8`, or another system's. */
  readonly type: string
  /** The address, decoded; its case is kept. Printable ASCII, and more only of the type `utf-8`. */
  readonly address: string
}

/** `ret-value = "FULL" / "HDRS"` (RFC 3461 §4.3). */
export function parseRet(value: string | undefined): 'FULL' | 'HDRS' | undefined {
  const upper = upperAscii(value ?? '')
  return upper === 'FULL' || upper === 'HDRS' ? upper : undefined
}

/** `envid-parameter = "ENVID=" xtext`, of printable ASCII and blanks (RFC 3461 §4.4). */
export function parseEnvid(value: string | undefined): string | undefined {
  if (value === undefined || value.length > MAX_ENVID) return undefined
  const decoded = parseXtext(value)
  // No CR and no LF least of all: it is written into the header of a notification.
  return decoded !== undefined && isTextstring(decoded) ? decoded : undefined
}

/** The same written. */
export function writeEnvid(value: string): string | undefined {
  const text = isTextstring(value) ? writeXtext(value) : undefined
  return text === undefined || text === '' || text.length > MAX_ENVID ? undefined : text
}

/**
 *     notify-esmtp-value   = "NEVER" / 1#notify-list-element
 *     notify-list-element  = "SUCCESS" / "FAILURE" / "DELAY"
 *
 * NEVER stands alone (RFC 3461 §4.1). An element that is named twice says no more than once.
 */
export function parseNotify(value: string | undefined): Notify | undefined {
  const upper = upperAscii(value ?? '')
  if (upper === 'NEVER') return upper
  const occasions = upper.split(',')
  return occasions.every(isOccasion) ? [...new Set(occasions)] : undefined
}

/** The same written. */
export function writeNotify(value: Notify): string | undefined {
  const text = typeof value === 'string' ? value : value.join(',')
  return parseNotify(text) === undefined ? undefined : upperAscii(text)
}

function isOccasion(text: string): text is Occasion {
  return text === 'SUCCESS' || text === 'FAILURE' || text === 'DELAY'
}

/** `address-type = atom`: as RFC 822 has it, that is printable ASCII without specials. */
const ADDRESS_TYPE = /^[!#$%&'*+/0-9=?A-Z^_`a-z{|}~-]+$/

/**
 *     orcpt-parameter             = "ORCPT=" original-recipient-address
 *     original-recipient-address  = addr-type ";" xtext
 *
 * An address of the type `utf-8` is written in another way (RFC 6533 §3), in which any character can stand in ASCII. Postfix 3.7 writes
 * one that a client gave it with SMTPUTF8 as `rfc822`, its octets in xtext. Refused, that mail would bounce; so where SMTPUTF8 holds
 * it is taken for what it is, and passed on as `utf-8`.
 */
export function parseOrcpt(value: string | undefined, charset: Charset): OriginalRecipient | undefined {
  const semicolon = value?.indexOf(';') ?? -1
  if (value === undefined || semicolon === -1 || value.length > MAX_ORCPT) return undefined
  const type = lowerAscii(value.slice(0, semicolon))
  const text = value.slice(semicolon + 1)
  const address = type === 'utf-8' ? parseUnitext(text, charset) : parseXtext(text)
  if (!ADDRESS_TYPE.test(type) || address === undefined || address === '') return undefined
  if (type === 'rfc822' && charset === 'utf8' && !isAscii(address)) return parseOctets(address)
  return isAddress(type, address) ? { type, address } : undefined
}

/** An address above ASCII, of octets. */
function parseOctets(octets: string): OriginalRecipient | undefined {
  const address = decodeUtf8(octets)
  if (address === undefined || !isInternational(address)) return undefined
  return isAddress('utf-8', address) ? { type: 'utf-8', address } : undefined
}

/** The same written. */
export function writeOrcpt({ type, address }: OriginalRecipient, charset: Charset): string | undefined {
  const text = type === 'utf-8' ? writeUnitext(address, charset) : writeXtext(address)
  const written = `${type};${text ?? ''}`
  const read = parseOrcpt(written, charset)
  return read?.type === type && read.address === address ? written : undefined
}

/** `printable ASCII` (RFC 3461 §4.2); a blank may stand in a quoted local-part. */
function isAddress(type: string, address: string): boolean {
  const ascii = type === 'utf-8' ? address.replace(/[^\0-\x7f]+/g, '') : address
  return isAllText(VCHAR, ascii.replaceAll(' ', ''))
}
