/**
 * SASLprep (RFC 4013): two spellings of one name, or of one password, become the same octets. `ﬁ` typed on one keyboard
 * and `fi` on another, a soft hyphen that nobody sees, Ⅸ and IX: without it the right password is refused.
 *
 * The decision, for every mechanism of this folder: names and passwords are prepared, on both ends, always. SCRAM demands it
 * (RFC 5802 §2.2), for PLAIN it is recommended (RFC 4616 §2) and for the authorization identity it is a SHOULD (RFC 4954 §4);
 * and one password must work in all of them. Tokens are not prepared: they are no text for people. A prepared string has no
 * control characters, so that no CR or LF of a name reaches a log or a header field.
 *
 * Unicode 3.2 is what SASLprep is made of, and the result must not hang on the version that this Node knows: code points that 3.2 did
 * not assign are passed round the normalization. Everything else is normalized alike by all versions (Unicode's stability policy).
 */
import { has, LCAT, MAPPED_TO_NOTHING, NON_ASCII_SPACES, PROHIBITED, RANDALCAT, UNASSIGNED } from './saslprep-tables.ts'
import type { CodePoints } from './saslprep-tables.ts'

/**
 * What the string is for (RFC 3454 §7): `query` for one that is compared with what is stored, `stored` for one that is kept or hashed. A
 * stored string may have no unassigned code points, as later versions might prepare them otherwise.
 */
export type Purpose = 'query' | 'stored'

/** Printable ASCII is prepared as it is. */
const PREPARED_ALREADY = /^[ -~]+$/

/**
 * The prepared string, or `undefined` where SASLprep forbids it, or where nothing is left of it: with neither may anybody
 * authenticate (RFC 4616 §2).
 *
 *     saslprep('I\u00ADX', 'query')      // 'IX'
 *     saslprep('\u0007', 'query')        // undefined
 */
export function saslprep(text: string, purpose: Purpose): string | undefined {
  if (PREPARED_ALREADY.test(text)) return text
  const mapped = map(text)
  if (purpose === 'stored' && hasAny(mapped, UNASSIGNED)) return undefined
  const prepared = normalize(mapped)
  if (prepared === '' || PROHIBITED.some((set) => hasAny(prepared, set)) || !isBidiSound(prepared)) return undefined
  return prepared
}

/** RFC 4013 §2.1. U+200B is in both tables: it becomes a space, as elsewhere. */
function map(text: string): string {
  let mapped = ''
  for (const character of text) {
    const codePoint = character.codePointAt(0) as number
    if (has(NON_ASCII_SPACES, codePoint)) mapped += ' '
    else if (!has(MAPPED_TO_NOTHING, codePoint)) mapped += character
  }
  return mapped
}

/** RFC 4013 §2.2: form KC, stretch by stretch between unassigned code points, which compose with nothing. */
function normalize(text: string): string {
  let normalized = ''
  let stretch = ''
  for (const character of text) {
    if (has(UNASSIGNED, character.codePointAt(0) as number)) {
      normalized += stretch.normalize('NFKC') + character
      stretch = ''
    } else stretch += character
  }
  return normalized + stretch.normalize('NFKC')
}

/**
 * RFC 3454 §6: a string that is written from right to left has nothing in it that is written from left to right, and begins
 * and ends in such a character. What one sees of any other string need not be what it is.
 */
function isBidiSound(text: string): boolean {
  if (!hasAny(text, RANDALCAT)) return true
  const characters = Array.from(text)
  return !hasAny(text, LCAT) && isRightToLeft(characters[0]) && isRightToLeft(characters.at(-1))
}

function isRightToLeft(character: string | undefined): boolean {
  return character !== undefined && hasAny(character, RANDALCAT)
}

function hasAny(text: string, set: CodePoints): boolean {
  for (const character of text) if (has(set, character.codePointAt(0) as number)) return true
  return false
}
