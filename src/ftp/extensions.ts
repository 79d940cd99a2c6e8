/**
 * The grammar of the parameters that later documents brought, or that none did: ranges, dates and facts to be set, hashes, virtual
 * hosts, languages, and what stands behind SITE. Pure, total functions as in `grammar.ts`, and beside each its mirror where a
 * client writes it.
 *
 * RFC 959 §4.1.3 (ALLO), RFC 2640 §4.1 (LANG), RFC 7151 §3.1 (HOST), draft-somers-ftp-mfxx-04 (MFMT, MFCT, MFF), draft-bryan-ftp-range-08
 * (RANG), draft-bryan-ftpext-hash-02 (HASH); XCRC and its kin and the commands of SITE are written down nowhere.
 */
import { ALNUM, ALPHA, isAllText, lowerAscii, parseDecimal, upperAscii } from '../net/ascii.ts'
import { canonicalHost } from './address.ts'
import { dateOf, parseTimeValue, writeTimeValue } from './grammar.ts'

/** How much room an upload wants: ALLO's parameter. */
export interface Allocation {
  /** Octets of the file. */
  readonly octets: number
  /** Octets of its largest record or page, of files that have any. */
  readonly recordSize: number | undefined
}

/** `allocation = decimal [ SP "R" SP decimal ]` (RFC 959 §5.3.1). */
export function parseAllocation(text: string): Allocation | undefined {
  const [first = '', letter, second = '', ...more] = text.split(' ')
  const octets = parseDecimal(first)
  if (octets === undefined || more.length > 0) return undefined
  if (letter === undefined) return { octets, recordSize: undefined }
  const recordSize = parseDecimal(second)
  return upperAscii(letter) === 'R' && recordSize !== undefined ? { octets, recordSize } : undefined
}

/** The mirror of `parseAllocation`. */
export function writeAllocation({ octets, recordSize }: Allocation): string {
  return recordSize === undefined ? String(octets) : `${octets} R ${recordSize}`
}

/** Some octets of a file. */
export interface ByteRange {
  /** The first. */
  readonly from: number
  /** The last, itself included; `undefined` for all to the end. */
  readonly to: number | undefined
}

/**
 * `range = start SP end`, both inclusive, and `1 0` for the whole file again (draft-bryan-ftp-range-08 §3). Every other range that ends
 * before it begins is none.
 */
export function parseRange(text: string): ByteRange | undefined {
  if (text === '1 0') return { from: 0, to: undefined }
  const [first = '', last = '', ...more] = text.split(' ')
  const from = parseDecimal(first)
  const to = parseDecimal(last)
  return from === undefined || to === undefined || to < from || more.length > 0 ? undefined : { from, to }
}

/** The mirror of `parseRange`; a range without an end can only be written where it is the whole file. */
export function writeRange({ from, to }: ByteRange): string {
  return to === undefined ? '1 0' : `${from} ${to}`
}

/** A moment and a path: MFMT's and MFCT's parameter. */
export interface DatedPath {
  /** The moment. */
  readonly date: Date
  /** The path. */
  readonly path: string
}

/** `time-val SP pathname` (draft-somers-ftp-mfxx-04 §3.1). */
export function parseDatedPath(text: string): DatedPath | undefined {
  const space = text.indexOf(' ')
  const time = space === -1 ? undefined : parseTimeValue(text.slice(0, space))
  const path = text.slice(space + 1)
  return time === undefined || path === '' ? undefined : { date: dateOf(time), path }
}

/** The mirror of `parseDatedPath`, in whole seconds. */
export function writeDatedPath({ date, path }: DatedPath): string {
  return `${writeTimeValue(date)} ${path}`
}

/** Facts to be set, and a path: MFF's parameter. */
export interface FactChanges {
  /** The facts in the order in which they stand, their names in lower case. */
  readonly facts: readonly { readonly name: string; readonly value: string }[]
  /** The path. */
  readonly path: string
}

/** `1*( fact "=" value ";" ) SP pathname` (draft-somers-ftp-mfxx-04 §5.1). */
export function parseFactChanges(text: string): FactChanges | undefined {
  const end = text.indexOf('; ')
  const path = text.slice(end + 2)
  if (end === -1 || path === '') return undefined
  const facts: { name: string; value: string }[] = []
  for (const fact of text.slice(0, end).split(';')) {
    const equals = fact.indexOf('=')
    if (equals < 1 || fact.includes(' ')) return undefined
    facts.push({ name: lowerAscii(fact.slice(0, equals)), value: fact.slice(equals + 1) })
  }
  return { facts, path }
}

/** The mirror of `parseFactChanges`. */
export function writeFactChanges({ facts, path }: FactChanges): string {
  return `${facts.map(({ name, value }) => `${name}=${value};`).join('')} ${path}`
}

/** What XCRC and its kin are asked to hash. */
export interface HashedPath {
  /** The file. */
  readonly path: string
  /** Its octets. */
  readonly range: ByteRange
}

const WHOLE: ByteRange = Object.freeze({ from: 0, to: undefined })

/**
 *     hashed-path = path / <"> *( any but <"> / <"> <"> ) <"> [ SP start [ SP end ] ]
 *
 * The end is the octet behind the last one, as the servers have it that invented this. Only behind a path in quotes can there be numbers:
 * elsewhere they are part of a name.
 */
export function parseHashedPath(text: string): HashedPath | undefined {
  if (!text.startsWith('"')) return { path: text, range: WHOLE }
  let end = text.indexOf('"', 1)
  while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2)
  const path = text.slice(1, Math.max(end, 1)).replaceAll('""', '"')
  if (path === '') return undefined
  const rest = text.slice(end + 1)
  if (rest === '') return { path, range: WHOLE }
  const [nothing, first = '', last, ...more] = rest.split(' ')
  const from = parseDecimal(first)
  if (nothing !== '' || from === undefined || more.length > 0) return undefined
  if (last === undefined) return { path, range: { from, to: undefined } }
  const behind = parseDecimal(last)
  return behind === undefined || behind <= from ? undefined : { path, range: { from, to: behind - 1 } }
}

/** The mirror of `parseHashedPath`. */
export function writeHashedPath({ path, range: { from, to } }: HashedPath): string {
  const end = to === undefined ? '' : ` ${to + 1}`
  const numbers = from === 0 && to === undefined ? '' : ` ${from}${end}`
  return numbers === '' && !path.startsWith('"') ? path : `"${path.replaceAll('"', '""')}"${numbers}`
}

/**
 *     hostname = domain / IPv4address / "[" IPv6address "]"      ; RFC 7151 §3.1
 *
 * In lower case, and an address in its one spelling.
 */
export function parseHostName(text: string): string | undefined {
  if (text.startsWith('[')) {
    const host = text.endsWith(']') ? canonicalHost(text.slice(1, -1)) : undefined
    return host === undefined ? undefined : `[${host}]`
  }
  const isName = text.length <= 253 && text.split('.').every(isLabel)
  return isName ? lowerAscii(text) : undefined
}

/** `label = let-dig [ *( let-dig / "-" ) let-dig ]`, 63 octets at most (RFC 1034 §3.5, RFC 1123 §2.1). */
function isLabel(text: string): boolean {
  const letters = text.replaceAll('-', '')
  return (
    letters !== '' && text.length <= 63 && isAllText(ALNUM, letters) && !text.startsWith('-') && !text.endsWith('-')
  )
}

/** `language-tag = 1*8ALPHA *( "-" 1*8( ALPHA / DIGIT ) )` (RFC 2640 §4.1, RFC 5646), in lower case. */
export function parseLanguageTag(text: string): string | undefined {
  const [primary = '', ...rest] = text.split('-')
  const isTag = isSubtag(ALPHA, primary) && rest.every((subtag) => isSubtag(ALNUM, subtag))
  return isTag ? lowerAscii(text) : undefined
}

function isSubtag(letters: Uint8Array, text: string): boolean {
  return text.length >= 1 && text.length <= 8 && isAllText(letters, text)
}

/** `mode = 3*4OCTAL-DIGIT`, of which the first of four is 0: the nine bits of Unix's modes, and none of the dangerous three. */
export function parseMode(text: string): number | undefined {
  const digits = text.length === 4 && text.startsWith('0') ? text.slice(1) : text
  if (digits.length !== 3) return undefined
  let mode = 0
  for (const digit of digits) {
    if (digit < '0' || digit > '7') return undefined
    mode = mode * 8 + digit.charCodeAt(0) - 0x30
  }
  return mode
}

/**
 *     UTIME-parameter = minute-time SP path / path SP time-val SP time-val SP time-val SP "UTC"
 *
 * The two forms in which clients send SITE UTIME; of the second's three times (access, change, creation) the middle one counts. Seconds may
 * be missing from the first.
 */
export function parseSetTime(text: string): DatedPath | undefined {
  const words = text.split(' ')
  const modified = words.at(-3)
  if (words.length >= 5 && words.at(-1) === 'UTC' && modified !== undefined) {
    const time = parseTimeValue(modified)
    return time === undefined ? undefined : { date: dateOf(time), path: words.slice(0, -4).join(' ') }
  }
  const [time = '', ...path] = words
  return parseDatedPath(`${time.length === 12 ? `${time}00` : time} ${path.join(' ')}`)
}
