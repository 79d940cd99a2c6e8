/**
 * The lines of Nortel's routers (Bay Networks), of which there are two: the system of their own, and VxWorks.
 *
 *     startup.cfg            1014196  06/03/04  Thur.   10:20:03           wfFtp
 *     └─ name                └─ size  └─ day    └ of    └─ time
 *                               month first       the week
 *
 *       size          date       time       name                           VxWorks
 *         2048    Feb-28-1998  05:23:30   images            <DIR>
 *     └─ size     └─ day       └─ time    └─ name           └ directory
 *
 * A name of wfFtp has no spaces. One of VxWorks may have, and loses those that it begins and ends with, since the columns are padded.
 */
import { ALPHA, parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { listedTime, parseClock, parseDay } from './dates.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { beginsWith, skipSpaces, splitWords, type ListingFormat } from './line.ts'

/** Nortel's wfFtp. */
export const WFFTP: ListingFormat = { name: 'wfftp', parse: parseWfftpLine }

/** VxWorks. */
export const VXWORKS: ListingFormat = {
  name: 'vxworks',
  parse: parseVxworksLine,
  announce: (octets, from, to) =>
    beginsWith(octets, from, to, ['size', 'date', 'time', 'name']) ? VXWORKS : undefined,
}

function parseWfftpLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const words = splitWords(octets, from, to, 6).map((word) => word.text)
  const [name = '', sizeWord = '', dayWord = '', weekday = '', clockWord = ''] = words
  const size = parseDecimal(sizeWord)
  const day = parseDay(dayWord, '/', 'mdy')
  const clock = parseClock(clockWord)
  if (size === undefined || day === undefined || clock === undefined || words.length !== 5) return undefined
  if (ALPHA[weekday.charCodeAt(0)] !== 1) return undefined
  return new ListedEntry({ name: decodeOctets(name), type: 'file', size, time: listedTime(day, clock) }, reference)
}

const DIRECTORY = '<DIR>'

function parseVxworksLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const [sizeWord, dayWord, clockWord] = splitWords(octets, from, to, 3)
  const size = parseDecimal(sizeWord?.text ?? '')
  const day = parseDay(dayWord?.text ?? '', '-', 'Mdy')
  const clock = parseClock(clockWord?.text ?? '')
  if (size === undefined || day === undefined || clock === undefined || clockWord === undefined) return undefined
  const rest = octets.slice(skipSpaces(octets, clockWord.to, to), to)
  const isDirectory = rest.endsWith(DIRECTORY)
  const name = isDirectory ? withoutTrailingSpaces(rest.slice(0, -DIRECTORY.length)) : rest
  if (name === '') return undefined
  return new ListedEntry(
    { name: decodeOctets(name), type: isDirectory ? 'directory' : 'file', size, time: listedTime(day, clock) },
    reference,
  )
}

function withoutTrailingSpaces(text: string): string {
  let end = text.length
  while (text.charAt(end - 1) === ' ') end--
  return text.slice(0, end)
}
