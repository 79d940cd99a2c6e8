/**
 * The lines of IBM i (OS/400, AS/400): objects of its libraries, and files of its stream file system.
 *
 *     MARTHA           4019 04/03/18 18:58:16 *STMF      invitation.zip
 *     MARTHA          36864 04/03/24 14:06:34 *DIR       letters/
 *     QPGMR                                   *MEM       SOURCES.FILE/MAIN.MBR
 *     └─ owner         size └─ time ────────┘ └─ type    └─ name: all behind the type
 *
 *     entry = owner SP size SP day SP clock SP "*" type SP name / owner SP "*MEM" SP name
 *     day   = yy "/" mm "/" dd / mm "/" dd "/" yy / dd "/" mm "/" yy / dd "." mm "." yy / yy "-" mm "-" dd
 *
 * How a day is written is a setting of the server (DATFMT), and nothing in a listing tells which: `04/03/05` is three different days.
 * So it is read in the order that the caller named (year, month, day if none was), and in the others only where it is no day in
 * that one.
 *
 * Deviations: a directory's `/` at the end, and what is before the last `/` of an absolute path, are no part of the name. The type is
 * the fact `as400.type`.
 */
import { parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { listedTime, parseClock, parseDay, type DateOrder, type Day } from './dates.ts'
import { ListedEntry, type EntryType, type Reference } from './entry.ts'
import { skipSpaces, splitWords, type ListingFormat, type Word } from './line.ts'

/** IBM i that writes the year first. */
export const AS400: ListingFormat = as400('as400', ['ymd', 'mdy', 'dmy'])

/** IBM i that writes the month first, as in America. */
export const AS400_MDY: ListingFormat = as400('as400-mdy', ['mdy', 'dmy', 'ymd'])

/** IBM i that writes the day first. */
export const AS400_DMY: ListingFormat = as400('as400-dmy', ['dmy', 'mdy', 'ymd'])

function as400(name: string, orders: readonly DateOrder[]): ListingFormat {
  return { name, parse: (octets, from, to, reference) => parseAs400Line(octets, from, to, reference, orders) }
}

/** The types of objects that are like files or like directories. A file of the system (`*FILE`) has members, unless it is an archive. */
const TYPES: ReadonlyMap<string, EntryType> = new Map<string, EntryType>([
  ['*STMF', 'file'],
  ['*DSTMF', 'file'],
  ['*DOC', 'file'],
  ['*DIR', 'directory'],
  ['*DDIR', 'directory'],
  ['*LIB', 'directory'],
  ['*FLR', 'directory'],
  ['*FILE', 'directory'],
  ['*SYMLNK', 'link'],
])

function parseAs400Line(
  octets: string,
  from: number,
  to: number,
  reference: Reference,
  orders: readonly DateOrder[],
): ListedEntry | undefined {
  const [owner, second, third, fourth, fifth] = splitWords(octets, from, to, 5)
  if (owner === undefined || second === undefined) return undefined
  if (second.text === '*MEM') {
    const member = nameBehind(octets, second, to)
    const facts = 'as400.type=*MEM'
    if (member === '') return undefined
    return new ListedEntry(
      { name: decodeOctets(member), type: 'file', owner: decodeOctets(owner.text), facts },
      reference,
    )
  }
  const size = parseDecimal(second.text)
  const day = findDay(third?.text ?? '', orders)
  const clock = parseClock(fourth?.text ?? '')
  const isTyped = fifth !== undefined && fifth.text.startsWith('*') && fifth.text !== '*MEM'
  if (size === undefined || day === undefined || clock === undefined || !isTyped) return undefined
  const path = nameBehind(octets, fifth, to)
  const type = typeOf(fifth.text, path)
  const name = lastOf(path)
  if (name === '') return undefined
  return new ListedEntry(
    {
      name: decodeOctets(name),
      type,
      size,
      time: listedTime(day, clock),
      owner: decodeOctets(owner.text),
      facts: `as400.type=${fifth.text}`,
    },
    reference,
  )
}

function nameBehind(octets: string, word: Word, to: number): string {
  return octets.slice(skipSpaces(octets, word.to, to), to)
}

function findDay(text: string, orders: readonly DateOrder[]): Day | undefined {
  for (const order of orders) {
    const day = parseDay(text, '/', order)
    if (day !== undefined) return day
  }
  return parseDay(text, '.', 'dmy') ?? parseDay(text, '-', 'ymd')
}

function typeOf(word: string, path: string): EntryType {
  return word === '*FILE' && path.endsWith('.SAVF') ? 'file' : (TYPES.get(word) ?? 'other')
}

/** `letters/` without its slash, and of `/home/martha/x` the `x`. */
function lastOf(path: string): string {
  const trimmed = path.endsWith('/') ? path.slice(0, -1) : path
  return path.startsWith('/') ? trimmed.slice(trimmed.lastIndexOf('/') + 1) : trimmed
}
