/**
 * Two ways of writing any characters within a parameter's value: xtext for octets (RFC 3461 §4), and unitext for characters (RFC 6533 §3).
 * Pure and total, as `grammar.ts` is.
 */
import { byteClass, HEX_VALUE, isAllText } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import { isInternational } from './utf8.ts'
import type { Charset } from './utf8.ts'

const XCHAR: ByteClass = byteClass([0x21, 0x2a], [0x2c, 0x3c], [0x3e, 0x7e])
const UPPER_HEX: ByteClass = byteClass([0x30, 0x39], [0x41, 0x46])
const QCHAR: ByteClass = byteClass([0x21, 0x2a], [0x2c, 0x3c], [0x3e, 0x5b], [0x5d, 0x7e])

/**
 * Text out of its xtext form: octets, one per character.
 *
 *     xtext    = *( xchar / hexchar )
 *     xchar    = any ASCII CHAR between "!" (33) and "~" (126) inclusive, except for "+" and "="
 *     hexchar  = "+" followed by two upper case hexadecimal digits
 *
 * What comes out may hold any octet, CR and LF too: `+0D+0A` is an attack on whoever passes it on (RFC 3461 §4).
 */
export function parseXtext(text: string): string | undefined {
  let decoded = ''
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index)
    if (character === '+') {
      const hex = text.slice(index + 1, index + 3)
      if (hex.length !== 2 || !isAllText(UPPER_HEX, hex)) return undefined
      decoded += String.fromCharCode(hexValue(hex, 0) * 16 + hexValue(hex, 1))
      index += 2
    } else if (isAllText(XCHAR, character)) decoded += character
    else return undefined
  }
  return decoded
}

function hexValue(text: string, index: number): number {
  return HEX_VALUE[text.charCodeAt(index)] as number
}

/** Text in its xtext form; `undefined` where a character is no octet. */
export function writeXtext(decoded: string): string | undefined {
  let text = ''
  for (let index = 0; index < decoded.length; index++) {
    const octet = decoded.charCodeAt(index)
    if (octet > 0xff) return undefined
    text += XCHAR[octet] === 1 ? decoded.charAt(index) : `+${octet.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

/**
 * Text out of its unitext form, in which an address of the type `utf-8` is written.
 *
 *     utf-8-addr-xtext     = 1*(QCHAR / EmbeddedUnicodeChar)
 *     utf-8-addr-unitext   = 1*(QUCHAR / EmbeddedUnicodeChar)
 *     QCHAR                = %x21-2a / %x2c-3c / %x3e-5b / %x5d-7e
 *     QUCHAR               = QCHAR / UTF8-2 / UTF8-3 / UTF8-4        ; where the charset is `utf8`
 *     EmbeddedUnicodeChar  = "\x{" HEXPOINT "}"                      ; 2 to 6 upper-case digits, without zeros in front
 *
 * HEXPOINT has no printable ASCII but the five characters that must be written so, and no surrogate; nor has what comes out.
 */
export function parseUnitext(text: string, charset: Charset): string | undefined {
  let decoded = ''
  for (let rest = text; rest !== '';) {
    const [embedded, digits = ''] = /^\\x\{([0-9A-F]{2,6})\}/.exec(rest) ?? []
    const character = embedded === undefined ? String.fromCodePoint(rest.codePointAt(0) as number) : hexPoint(digits)
    if (character === undefined) return undefined
    if (embedded === undefined && !isPlain(character, charset)) return undefined
    decoded += character
    rest = rest.slice(embedded?.length ?? character.length)
  }
  return isInternational(decoded) ? decoded : undefined
}

/** Text in its unitext form. */
export function writeUnitext(decoded: string, charset: Charset): string {
  return Array.from(decoded, (character) => {
    if (isPlain(character, charset)) return character
    const digits = (character.codePointAt(0) as number).toString(16).toUpperCase()
    return `\\x{${digits.padStart(2, '0')}}`
  }).join('')
}

/** Whether a character stands for itself. */
function isPlain(character: string, charset: Charset): boolean {
  return character > '\x7f' ? charset === 'utf8' : isAllText(QCHAR, character)
}

/** The character of a HEXPOINT. */
function hexPoint(digits: string): string | undefined {
  const codePoint = Buffer.from(digits.padStart(6, '0'), 'hex').readUIntBE(0, 3)
  const isShortest = digits === codePoint.toString(16).toUpperCase().padStart(2, '0')
  if (!isShortest || codePoint > 0x10ffff) return undefined
  const character = String.fromCodePoint(codePoint)
  return isAllText(QCHAR, character) ? undefined : character
}
