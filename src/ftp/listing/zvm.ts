/**
 * The lines of z/VM (VM/CMS): files of a minidisk or of the shared file system.
 *
 *     LETTERS  TEXT     V        65      107        2 2005-10-04 15:28:42 060191
 *     PICTURES DIR      -         -        -        - 2005-10-04 15:28:42 -
 *     └ name   └ type   │        └ record └ records   └─ time             └─ label of the disk
 *                       format     length      └ blocks
 *
 * What has two words there is one to FTP: `LETTERS.TEXT`. Records of fixed length (F) make the size exact; of varying length (V) the
 * number given is that of the longest, and the size is not known.
 */
import { parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { listedTime, parseClock, parseDay } from './dates.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { splitWords, type ListingFormat } from './line.ts'

/** z/VM. */
export const ZVM: ListingFormat = { name: 'zvm', parse: parseZvmLine }

/** No row has more words than these; the label may be missing. */
const MAX_WORDS = 9

function parseZvmLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const words = splitWords(octets, from, to, MAX_WORDS + 1).map((word) => word.text)
  const [name = '', type = '', format = '', length = '', records = '', blocks = '', dayWord = '', clockWord = ''] =
    words
  const day = parseDay(dayWord, '-', 'ymd')
  const clock = parseClock(clockWord)
  if (day === undefined || clock === undefined || words.length > MAX_WORDS) return undefined
  const time = listedTime(day, clock)
  if (format === '-') {
    if (type !== 'DIR') return undefined
    return new ListedEntry({ name: decodeOctets(name), type: 'directory', time }, reference)
  }
  const [lengthOfOne, count] = [parseDecimal(length), parseDecimal(records)]
  const isFile = (format === 'F' || format === 'V') && parseDecimal(blocks) !== undefined
  if (!isFile || lengthOfOne === undefined || count === undefined) return undefined
  const size = format === 'F' && Number.isSafeInteger(lengthOfOne * count) ? lengthOfOne * count : undefined
  return new ListedEntry({ name: decodeOctets(`${name}.${type}`), type: 'file', size, time }, reference)
}
