/**
 * Base64 as SASL has it in SMTP: the canonical form and no other. A decoder that forgives lets two texts mean the same octets, and
 * a filter that reads the one lets the other pass.
 *
 *     base64          = base64-terminal / ( 1*(4base64-char) [base64-terminal] )
 *     base64-terminal = (2base64-char "==") / (3base64-char "=")          RFC 4954 §8
 *
 * Characters outside the alphabet, white space, padding that is missing, too long or in the middle, and bits behind the last octet that
 * are not zero MUST be refused (RFC 4954 §4, RFC 4648 §3.5). SCRAM has the same form inside its messages (RFC 5802 §2.1). `=` for an
 * empty initial response and `*` for a cancelled exchange are words of SMTP, and not of this file.
 */

/** The longest text that is read, in octets: what RFC 4954 §4 holds to be enough for all mechanisms. Longer is 500 5.5.6. */
export const MAX_BASE64 = 12_288

/** The octets in canonical base64; empty for none. */
export function encodeBase64(bytes: Buffer): string {
  return bytes.toString('base64')
}

/** The octets that the text stands for, or `undefined` where it is not canonical or longer than `MAX_BASE64`. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length > MAX_BASE64) return undefined
  // Node forgives everything; but only the canonical text is what the octets encode to.
  const bytes = Buffer.from(text, 'base64')
  return encodeBase64(bytes) === text ? bytes : undefined
}
