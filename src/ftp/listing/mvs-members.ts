/**
 * The lines of z/OS (MVS) for what is in a partitioned data set: members with or without the statistics of its editor, and programs
 * (load modules).
 *
 *      Name     VV.MM   Created       Changed      Size  Init   Mod   Id
 *     MAIN      01.03 2002/09/12 2002/10/11 09:37    11    11     0 MARTHA
 *     OTHER
 *     └─ name   version            └─ time ─────┘    records        └─ owner
 *
 *      Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode
 *     MAIN      00B308   000411          00 FO             RN RU            31    ANY
 *     START     00B308   000411 MAIN     00 FO             RN RU            31    ANY
 *     └─ name   └ octets, hexadecimal
 *
 * A member without statistics is a name and nothing else, as a warning of one word would be. So neither format is tried before its
 * heading has come, unless the caller named it, and such a name has to be one of z/OS: up to eight letters, digits, `$`, `#` and `@`.
 *
 * Deviations: the size of a member is undefined, since it counts records and no octets; it is the fact `mvs.records`.
 */
import { byteClass, DIGIT, HEX_VALUE, isAllText, parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { listedTime, parseClock, parseDay } from './dates.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { beginsWith, splitWords, type ListingFormat } from './line.ts'

/** Members of a partitioned data set of z/OS. */
export const MVS_MEMBERS: ListingFormat = {
  name: 'mvs-members',
  parse: parseMember,
  announce: (octets, from, to) => (beginsWith(octets, from, to, ['Name', 'VV.MM']) ? MVS_MEMBERS : undefined),
}

/** Programs in a load library of z/OS. */
export const MVS_MODULES: ListingFormat = {
  name: 'mvs-modules',
  parse: parseModule,
  announce: (octets, from, to) => (beginsWith(octets, from, to, ['Name', 'Size', 'TTR']) ? MVS_MODULES : undefined),
}

const MEMBER_NAME = byteClass('$#@', [0x30, 0x39], [0x41, 0x5a])

function isMemberName(text: string): boolean {
  return text.length <= 8 && isAllText(MEMBER_NAME, text)
}

function parseMember(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const words = splitWords(octets, from, to, 10).map((word) => word.text)
  const [name = '', version, , changed = '', clockWord = '', records = '', , , owner] = words
  if (name === '' || !isMemberName(name)) return undefined
  if (version === undefined) return new ListedEntry({ name, type: 'file' }, reference)
  const day = parseDay(changed, '/', 'ymd')
  const clock = parseClock(clockWord)
  if (day === undefined || clock === undefined || parseDecimal(records) === undefined || words.length > 9)
    return undefined
  return new ListedEntry(
    {
      name,
      type: 'file',
      time: listedTime(day, clock),
      owner: owner === undefined ? undefined : decodeOctets(owner),
      facts: `mvs.version=${version};mvs.records=${records}`,
    },
    reference,
  )
}

function parseModule(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const [name, size = '', place = '', fourth = '', fifth = ''] = splitWords(octets, from, to, 5).map(
    (word) => word.text,
  )
  const octetsCount = parseHex(size)
  if (name === undefined || !isMemberName(name) || octetsCount === undefined || parseHex(place) === undefined)
    return undefined
  // The name of the member that this is another name of, if any, stands before a column of two digits that is always there.
  const isAlias = fifth.length === 2 && isAllText(DIGIT, fifth)
  const facts = isAlias ? `mvs.alias-of=${fourth}` : ''
  return new ListedEntry({ name, type: 'file', size: octetsCount, facts }, reference)
}

/** `6*8HEXDIG` */
function parseHex(text: string): number | undefined {
  if (text.length < 6 || text.length > 8) return undefined
  let value = 0
  for (let index = 0; index < text.length; index++) {
    const digit = HEX_VALUE[text.charCodeAt(index)] as number
    if (digit === 255) return undefined
    value = value * 16 + digit
  }
  return value
}
