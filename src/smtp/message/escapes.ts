/** Octets written as a character and two digits: `=C3` in encoded words (RFC 2047 §4.2), `%C3` in parameters (RFC 2231 §4). */
import { HEX_VALUE } from '../../net/ascii.ts'

/** The octets that a text stands for, in which `escape` begins one. Where it begins none it is a character like others. */
export function unescapeOctets(text: string, escape: number): Buffer {
  const octets = Buffer.from(text, 'utf8')
  let length = 0
  for (let at = 0; at < octets.length; at++) {
    const high = octets[at] === escape ? digit(octets[at + 1]) : NONE
    const low = high === NONE ? NONE : digit(octets[at + 2])
    const isEscaped = low !== NONE
    octets[length++] = isEscaped ? high * 16 + low : (octets[at] as number)
    if (isEscaped) at += 2
  }
  return octets.subarray(0, length)
}

/** What no digit has. */
const NONE = 255

function digit(octet: number | undefined): number {
  return octet === undefined ? NONE : (HEX_VALUE[octet] as number)
}
