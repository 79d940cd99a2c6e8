/**
 * The lines of servers that list what `stat` gave them, in numbers.
 *
 *     0100644   500  101   12345    1123456789       a letter.txt
 *     └─ mode   └ user     └─ size  └─ time, in      └─ name: all behind the time
 *        in octal   └ group            seconds since 1970
 *
 * The first digits of the mode are the type: 010 a file, 004 a directory, 012 a link.
 */
import { parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { timeSinceEpoch } from './dates.ts'
import { ListedEntry, type EntryType, type Reference } from './entry.ts'
import { parseOctal, splitWords, type ListingFormat } from './line.ts'

/** Unix in numbers. */
export const UNIX_NUMERIC: ListingFormat = { name: 'unix-numeric', parse: parseNumericLine }

/** The type is what is left when the twelve bits of the permissions are gone. */
const TYPES: ReadonlyMap<number, EntryType> = new Map<number, EntryType>([
  [0o10, 'file'],
  [0o4, 'directory'],
  [0o12, 'link'],
])

function parseNumericLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const words = splitWords(octets, from, to, 6)
  const [modeWord = '', user = '', group = '', sizeWord = '', timeWord = ''] = words.map((word) => word.text)
  const mode = modeWord.length === 7 ? parseOctal(modeWord) : undefined
  const size = parseDecimal(sizeWord)
  const time = timeSinceEpoch(timeWord)
  const isOwner = parseDecimal(user) !== undefined && parseDecimal(group) !== undefined
  if (mode === undefined || size === undefined || time === undefined || !isOwner) return undefined
  const nameFrom = words[5]?.from
  if (nameFrom === undefined) return undefined
  return new ListedEntry(
    {
      name: decodeOctets(octets.slice(nameFrom, to)),
      type: TYPES.get(mode >> 12) ?? 'other',
      size,
      time,
      mode: mode & 0o7777,
      owner: user,
      group,
    },
    reference,
  )
}
