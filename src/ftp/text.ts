/**
 * Text that is octets underneath. Names on an FTP server are octets: UTF-8 if the server is good (RFC 2640 §3.1), anything if
 * it is old, and what came off the wire must go back onto it unchanged (RFC 3659 §7.3). People want strings.
 *
 * So text is decoded as UTF-8, and each octet that is not UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF, as in Python's
 * `surrogateescape` (PEP 383). No valid UTF-8 decodes to a lone surrogate, so the two never meet: any octets decode to a
 * string, that string encodes to the same octets, and two different names are never the same string. Above all, an overlong
 * `C0 AE` stays two escaped octets and never becomes the dot that a path check looked for.
 *
 * Octets on their way through a parser are held one per character ("octet strings", latin1): one native call makes a chunk
 * into a string, and everything after that is `charCodeAt` and `substring`.
 */
import { isUtf8 } from 'node:buffer'

/** U+DC80 stands for the octet 0x80, U+DCFF for 0xFF. */
const ESCAPE = 0xdc00
const ESCAPED_RUN = /([\udc80-\udcff]+)/u
const LONE_SURROGATE = /\p{Surrogate}/u

/** Any octets as text; see the head of this file. */
export function decodeText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : decodeMixed(bytes)
}

/** The same for an octet string. The common case, all of it ASCII, costs one look at each character. */
export function decodeOctets(octets: string): string {
  for (let index = 0; index < octets.length; index++)
    if (octets.charCodeAt(index) > 0x7f) return decodeText(Buffer.from(octets, 'latin1'))
  return octets
}

/** The same for `octets[from, to)`, whose octets are in `bytes`, too: an octet of a buffer is looked at faster than a character. */
export function decodeStretch(octets: string, from: number, to: number, bytes: Buffer): string {
  for (let at = from; at < to; at++) if ((bytes[at] as number) > 0x7f) return decodeText(bytes.subarray(from, to))
  return octets.slice(from, to)
}

/**
 * The octets of text, or `undefined` for a text that stands for none: one with a lone surrogate that is no escaped octet, or
 * whose escaped octets would together be UTF-8 (which decodes to something else).
 */
export function encodeText(text: string): Buffer | undefined {
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text, 'utf8')
  // Split by a group, the runs of escaped octets stand at the odd indices.
  const parts = text
    .split(ESCAPED_RUN)
    .map((part, index) => (index % 2 === 1 ? unescape(part) : Buffer.from(part, 'utf8')))
  const bytes = Buffer.concat(parts)
  return decodeText(bytes) === text ? bytes : undefined
}

function unescape(run: string): Buffer {
  return Buffer.from(Array.from(run, (escaped) => escaped.charCodeAt(0) - ESCAPE))
}

/** UTF-8 with other octets in between, escaped one by one. */
function decodeMixed(bytes: Buffer): string {
  let text = ''
  let index = 0
  while (index < bytes.length) {
    const length = sequenceLength(bytes, index)
    if (length === 0) text += String.fromCharCode(ESCAPE + (bytes[index] as number))
    else text += bytes.toString('utf8', index, index + length)
    index += Math.max(length, 1)
  }
  return text
}

/** The length of the UTF-8 sequence at `index`, or 0 where there is none. */
function sequenceLength(bytes: Buffer, index: number): number {
  const lead = bytes[index] as number
  if (lead < 0x80) return 1
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  const end = index + length
  return end <= bytes.length && isUtf8(bytes.subarray(index, end)) ? length : 0
}
