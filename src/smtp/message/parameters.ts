/**
 * Parameters behind a value of MIME (RFC 2045 §5.1), and what RFC 2231 makes of them: values in pieces (§3), in a charset (§4), and both.
 *
 *     parameters  = *( [CFWS] ";" [CFWS] [ parameter ] )
 *     parameter   = attribute "=" value                       value = token / quoted-string
 *     attribute   = name [ "*" piece ] [ "*" ]                piece = "0" / (%x31-39 *DIGIT)
 *
 *     filename*0*=utf-8''J%C3%B6rg; filename*1=" and others.pdf"        →  filename: Jörg and others.pdf
 *
 * Where a value is given in more than one way, `name*` counts before `name*0`, and that before `name`: so senders give a plain value to
 * readers that do not know RFC 2231. Of the same way twice, the first counts. Pieces count from 0 up to the first that is missing.
 * `name*999999=` makes nothing but a violation: a piece has to be one of as many as there may be parameters.
 *
 * Deviations, for what is sent every day: a value without quotes may have spaces and tspecials up to the next semicolon
 * (`filename=my file(1).pdf`), and an empty parameter is none.
 */
import { byteClass, DQUOTE, lowerAscii, parseDecimal, SEMICOLON } from '../../net/ascii.ts'
import { decodeCharset, decodeUnnamed, withoutControls } from './charset.ts'
import type { MimeViolationCode } from './errors.ts'
import { unescapeOctets } from './escapes.ts'
import type { Cursor } from './structured.ts'

const EQUALS = 0x3d
const OPEN = 0x28
const PERCENT = 0x25
/** What a name is read over: all but `;`, `=` and white space. */
const NAME = byteClass([0x21, 0x3a], [0x3c, 0x3c], [0x3e, 0xff])
/** What a value without quotes is read over. A parenthesis may begin a comment, so it is looked at. */
const UNQUOTED = byteClass([0x00, 0x08], [0x0a, 0x1f], [0x21, 0x27], [0x29, 0x3a], [0x3c, 0xff])

/** Parameters by name, in lower case. */
export type MimeParameters = ReadonlyMap<string, string>

/** A parameter whose name has a star in it, as it stands there. */
interface Starred {
  readonly attribute: string
  readonly value: string
}

/** A piece of a value. */
interface Piece {
  readonly value: string
  /** Whether it is in percent-encoded octets. */
  readonly isExtended: boolean
}

/** A value in the ways of RFC 2231. */
interface Given {
  extended: string | undefined
  readonly pieces: (Piece | undefined)[]
}

/** Reads all parameters from the cursor to the end of its text. What is wrong goes into `violations`. */
export function readParameters(cursor: Cursor, maxParameters: number, violations: MimeViolationCode[]): MimeParameters {
  const parameters = new Map<string, string>()
  const starred: Starred[] = []
  for (let count = 0; ; count++) {
    if (!skipToParameter(cursor, violations)) break
    if (count === maxParameters) {
      violations.push('MIME_PARAMETERS_MANY')
      break
    }
    const fault = readParameter(cursor, parameters, starred)
    if (fault !== undefined) violations.push(fault)
  }
  if (starred.length > 0) addStarred(parameters, starred, maxParameters, violations)
  return parameters
}

/** Goes behind the next semicolon that has a parameter behind it. False at the end of the text. */
function skipToParameter(cursor: Cursor, violations: MimeViolationCode[]): boolean {
  for (;;) {
    cursor.skipCfws()
    if (cursor.isAtEnd) return false
    if (cursor.take(SEMICOLON)) {
      cursor.skipCfws()
      if (!cursor.isAtEnd && cursor.code !== SEMICOLON) return true
    } else {
      violations.push('MIME_PARAMETER')
      const next = cursor.text.indexOf(';', cursor.at)
      cursor.at = next === -1 ? cursor.text.length : next
    }
  }
}

/** Reads one parameter, and puts it where it belongs. Returns what is wrong with it. */
function readParameter(
  cursor: Cursor,
  parameters: Map<string, string>,
  starred: Starred[],
): MimeViolationCode | undefined {
  const attribute = lowerAscii(cursor.run(NAME))
  cursor.skipCfws()
  if (attribute === '' || !cursor.take(EQUALS)) return 'MIME_PARAMETER'
  const value = readValue(cursor)
  if (attribute.includes('*')) starred.push({ attribute, value })
  else if (parameters.has(attribute)) return 'MIME_PARAMETER_REPEATED'
  else parameters.set(attribute, value)
  return undefined
}

function readValue(cursor: Cursor): string {
  cursor.skipCfws()
  if (cursor.code === DQUOTE) return cursor.quotedString()
  const from = cursor.at
  let to = from
  while (!cursor.isAtEnd && cursor.code !== SEMICOLON) {
    if (cursor.run(UNQUOTED) !== '') to = cursor.at
    // A comment stands where white space may (RFC 2045 §5.1, and `Invoice(1).pdf` has none).
    else if (cursor.code === OPEN && cursor.at === to) to = ++cursor.at
    else cursor.skipCfws()
  }
  return cursor.text.slice(from, to)
}

/** Puts values of RFC 2231 together, and in the place of plain ones. */
function addStarred(
  parameters: Map<string, string>,
  starred: readonly Starred[],
  maxPieces: number,
  violations: MimeViolationCode[],
): void {
  const given = new Map<string, Given>()
  for (const one of starred) {
    const fault = keep(given, one, maxPieces)
    if (fault !== undefined) violations.push(fault)
  }
  for (const [name, ways] of given) {
    const value = valueOf(ways)
    if (value !== undefined) parameters.set(name, value)
    else if (!parameters.has(name)) violations.push('MIME_PARAMETER')
  }
}

/** Puts a value where its attribute says that it belongs. */
function keep(
  given: Map<string, Given>,
  { attribute, value }: Starred,
  maxPieces: number,
): MimeViolationCode | undefined {
  const star = attribute.indexOf('*')
  const name = attribute.slice(0, star)
  const section = attribute.slice(star + 1)
  const isExtended = section.endsWith('*')
  const piece = pieceOf(isExtended ? section.slice(0, -1) : section, maxPieces)
  if (piece === undefined && section !== '') return 'MIME_PARAMETER'
  const ways = given.get(name) ?? { extended: undefined, pieces: [] }
  given.set(name, ways)
  if (piece === undefined) {
    if (ways.extended !== undefined) return 'MIME_PARAMETER_REPEATED'
    ways.extended = value
    return undefined
  }
  if (ways.pieces[piece] !== undefined) return 'MIME_PARAMETER_REPEATED'
  ways.pieces[piece] = { value, isExtended }
  return undefined
}

/** The number of a piece, where it is one of so many and has no zeros before it (RFC 2231 §3). */
function pieceOf(digits: string, maxPieces: number): number | undefined {
  if (digits.length > 1 && digits.startsWith('0')) return undefined
  return parseDecimal(digits, maxPieces - 1)
}

/** The value that counts, or `undefined` where there are pieces without a first one. */
function valueOf({ extended, pieces }: Given): string | undefined {
  if (extended !== undefined) return joined([{ value: extended, isExtended: true }])
  const missing = pieces.findIndex((piece) => piece === undefined)
  const present = missing === -1 ? pieces : pieces.slice(0, missing)
  return present.length > 0 ? joined(present as Piece[]) : undefined
}

/**
 *     extended-value = [charset] "'" [language] "'" *(ext-octet / attribute-char)      ; RFC 2231 §7
 *
 * The first piece names the charset, for all of them. Octets are put together before they are decoded: a character may be cut in two.
 */
function joined(pieces: readonly Piece[]): string {
  const [first] = pieces as [Piece]
  const marked = first.isExtended ? /^([^']*)'[^']*'/.exec(first.value) : null
  const rest = marked === null ? first.value : first.value.slice(marked[0].length)
  if (pieces.every(({ isExtended }) => !isExtended)) return pieces.map(({ value }) => value).join('')
  const octets = Buffer.concat(
    pieces.map(({ value, isExtended }, index) => {
      const text = index === 0 ? rest : value
      // ext-octet = "%" 2HEXDIG
      return isExtended ? unescapeOctets(text, PERCENT) : Buffer.from(text, 'utf8')
    }),
  )
  const charset = marked?.[1] ?? ''
  return withoutControls(decodeCharset(charset, octets) ?? decodeUnnamed(octets))
}
