/**
 * Octets to characters, by the names that mail has for its charsets (RFC 2046 §4.1.2, RFC 2047 §2). What a name means is said by the
 * Encoding Standard, as browsers have it: `iso-8859-1` is windows-1252, `gb2312` is GBK.
 *
 * Names come from outside, so they are looked up in a list, and nothing is made for one that is not in it. UTF-7 is not: text in it is
 * ASCII to every filter and something else to the reader, which is all that it is used for today.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { lowerAscii } from '../../net/ascii.ts'
import { isAscii as isAsciiText } from '../utf8.ts'

/** What is decoded here, without a `TextDecoder`. */
const UTF8 = new Set(['utf-8', 'utf8', 'unicode-1-1-utf-8'])
const WINDOWS_1252 = new Set(
  'iso-8859-1 iso8859-1 iso_8859-1 latin1 l1 windows-1252 cp1252 x-cp1252 ansi_x3.4-1968 us-ascii ascii'.split(' '),
)
/** What `TextDecoder` decodes, and mail has. */
const OTHERS = new Set(
  [
    'iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-8-i iso-8859-9',
    'iso-8859-10 iso-8859-11 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 latin2 latin3 latin4 latin5 latin6',
    'windows-874 windows-1250 windows-1251 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 windows-1258',
    'cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 koi8-r koi8-u koi8-ru ibm866 cp866 tis-620 macintosh',
    'x-mac-cyrillic gbk gb2312 gb_2312-80 gb18030 x-gbk big5 big5-hkscs x-x-big5 euc-jp x-euc-jp iso-2022-jp',
    'shift_jis shift-jis sjis x-sjis windows-31j ms_kanji euc-kr ks_c_5601-1987 windows-949 utf-16 utf-16le utf-16be',
  ].flatMap((names) => names.split(' ')),
)

/** One for each name that was needed: as many as the list has at most. `undefined` where this Node knows less of them. */
const DECODERS = new Map<string, TextDecoder | undefined>()

function decoderOf(name: string): TextDecoder | undefined {
  if (!DECODERS.has(name)) DECODERS.set(name, makeDecoder(name))
  return DECODERS.get(name)
}

function makeDecoder(name: string): TextDecoder | undefined {
  try {
    return new TextDecoder(name)
  } catch {
    return undefined
  }
}

/** Characters of windows-1252 for 0x80 to 0x9F; the five that it has not are controls of C1, as in the Encoding Standard. */
const C1 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/** A text with a character per octet as windows-1252, in which every octet is some character. */
function asWindows1252(octets: string): string {
  return octets.replace(/[\x80-\x9f]/g, (octet) => C1.charAt(octet.charCodeAt(0) - 0x80))
}

/** Whether there is a charset of this name that can be decoded. */
export function isCharset(name: string): boolean {
  const label = lowerAscii(name)
  return UTF8.has(label) || WINDOWS_1252.has(label) || (OTHERS.has(label) && decoderOf(label) !== undefined)
}

/** The characters of octets in the charset of this name, or `undefined` where the name is not known. Never throws; what is malformed becomes U+FFFD. */
export function decodeCharset(name: string, bytes: Buffer): string | undefined {
  const label = lowerAscii(name)
  const isUtf8Name = UTF8.has(label)
  if ((isUtf8Name || WINDOWS_1252.has(label)) && isAscii(bytes)) return bytes.toString('latin1')
  if (isUtf8Name) return bytes.toString('utf8')
  // What says that it is ASCII and has octets above is as good as nameless.
  if (label === 'us-ascii' || label === 'ascii') return decodeUnnamed(bytes)
  if (WINDOWS_1252.has(label)) return asWindows1252(bytes.toString('latin1'))
  return OTHERS.has(label) ? decoderOf(label)?.decode(bytes) : undefined
}

/** The characters of octets of which nobody has said what they are: UTF-8 where they can be, else windows-1252. */
export function decodeUnnamed(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : asWindows1252(bytes.toString('latin1'))
}

/** The same for a text that has a character per octet. */
export function charactersOf(octets: string): string {
  return isAsciiText(octets) ? octets : decodeUnnamed(Buffer.from(octets, 'latin1'))
}

/** Controls but HTAB, DEL, and what some take for the end of a line. */
const CONTROL = /[^\t\x20-\x7e\xa0-\u2027\u202a-\uffff]/
const CONTROLS = new RegExp(CONTROL, 'g')

/** Whether there is a control in a text. */
export function hasControls(text: string): boolean {
  return CONTROL.test(text)
}

/**
 * A text that was decoded, with each control in it made a space: `=?utf-8?Q?=0D=0ABcc:?=` must not become a field of the message that is
 * made from it, and NUL must not end a name.
 */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, ' ')
}
