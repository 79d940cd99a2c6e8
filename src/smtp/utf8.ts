/**
 * Text above ASCII, as SMTPUTF8 brings it (RFC 6531): octets of a line to characters, and which of those a name may have. Text of the wire
 * is decoded here or nowhere, and what is no UTF-8 is refused: a replacement character would make two names one.
 */

/** Which characters a name may have: `utf8` where the transaction has SMTPUTF8. */
export type Charset = 'ascii' | 'utf8'

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The characters of a text that has one octet per character; `undefined` where the octets are no UTF-8 (RFC 3629 §4). */
export function decodeUtf8(octets: string): string | undefined {
  if (isAscii(octets)) return octets
  try {
    return DECODER.decode(Buffer.from(octets, 'latin1'))
  } catch {
    return undefined
  }
}

/** The octets of a text in UTF-8, one per character. */
export function encodeUtf8(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** Whether a text is longer than so many octets. In ASCII each character is one, and nothing has to be counted. */
export function isLonger(text: string, maxBytes: number, charset: Charset): boolean {
  return text.length > maxBytes || (charset === 'utf8' && Buffer.byteLength(text, 'utf8') > maxBytes)
}

/** Whether there is nothing but ASCII in a text. */
export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false
  return true
}

/** The controls of C1, the two other ends of a line, and half of a surrogate pair. */
const FORBIDDEN = /[\u0080-\u009f\u2028\u2029\p{Cs}]/u

/**
 * Whether all that is above ASCII in a text is `UTF8-non-ascii` (RFC 6531 §3.3) without controls and line ends, which that has and which
 * would end a line for whoever reads a log or a header (RFC 5198 §2).
 */
export function isInternational(text: string): boolean {
  return !FORBIDDEN.test(text)
}
