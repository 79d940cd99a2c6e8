/**
 * The lines of `dir` on MS-DOS and Windows, as IIS, Windows CE and many embedded servers send them.
 *
 *     05-22-97  08:08AM                  828 notes from may.txt
 *     12-05-1996  17:03       <DIR>          pictures
 *     2026-03-10  17:03       <JUNCTION>     recent [D:\pictures]
 *     └─ day ──┘  └ time      └ size or kind └─ name
 *
 *     day  = month "-" day "-" year / year "-" month "-" day
 *     time = hour ":" minute [ "AM" / "PM" ]
 *     size = 1*DIGIT *( "," 3DIGIT )
 *
 * Behind a size stands one space, and all behind it is the name. The column behind a kind has a width that differs from server to
 * server, so a directory's name loses the spaces that it begins with. The day has the month first, as in America: no server is
 * known that has the day first, and a line that could only be read so is refused.
 */
import { parseDecimal, upperAscii } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { parseClock, parseDay, listedTime, type Clock } from './dates.ts'
import { ListedEntry, type EntryType, type Reference } from './entry.ts'
import { skipSpaces, splitWords, type ListingFormat } from './line.ts'

/** `dir` of DOS and Windows. */
export const DOS: ListingFormat = { name: 'dos', parse: parseDosLine }

/** What stands in the place of a size. */
const KINDS: ReadonlyMap<string, EntryType> = new Map<string, EntryType>([
  ['<DIR>', 'directory'],
  ['<SYMLINK>', 'link'],
  ['<SYMLINKD>', 'link'],
  ['<JUNCTION>', 'link'],
])

function parseDosLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const [dayWord, clockWord, sizeWord] = splitWords(octets, from, to, 3)
  if (dayWord === undefined || clockWord === undefined || sizeWord === undefined) return undefined
  const day = parseDay(dayWord.text, '-', 'mdy') ?? parseDay(dayWord.text, '-', 'ymd')
  const clock = parseTwelveHours(clockWord.text)
  const kind = KINDS.get(sizeWord.text)
  const size = parseGrouped(sizeWord.text)
  const nameFrom = kind === undefined ? sizeWord.to + 1 : skipSpaces(octets, sizeWord.to, to)
  if (day === undefined || clock === undefined || (kind ?? size) === undefined || nameFrom >= to) return undefined
  const { name, target } =
    kind === 'link' ? splitTarget(octets.slice(nameFrom, to)) : { name: octets.slice(nameFrom, to) }
  return new ListedEntry(
    {
      name: decodeOctets(name),
      type: kind ?? 'file',
      size,
      time: listedTime(day, clock),
      target: target === undefined ? undefined : decodeOctets(target),
    },
    reference,
  )
}

/** `08:08AM`, or a clock of 24 hours. */
function parseTwelveHours(text: string): Clock | undefined {
  const half = upperAscii(text.slice(-2))
  if (half !== 'AM' && half !== 'PM') return parseClock(text)
  const clock = parseClock(text.slice(0, -2))
  if (clock === undefined || clock.hour < 1 || clock.hour > 12) return undefined
  return { ...clock, hour: (clock.hour % 12) + (half === 'PM' ? 12 : 0) }
}

/** `9730` or `9,730` */
function parseGrouped(text: string): number | undefined {
  const groups = text.split(',')
  const isGrouped = groups.every(
    (group, index) => group.length === 3 || (index === 0 && group.length < 3 && group !== ''),
  )
  return groups.length === 1 || isGrouped ? parseDecimal(groups.join('')) : undefined
}

/** `name [target]`, as a junction is shown. */
function splitTarget(text: string): { readonly name: string; readonly target?: string } {
  const bracket = text.endsWith(']') ? text.indexOf(' [') : -1
  return bracket < 1 ? { name: text } : { name: text.slice(0, bracket), target: text.slice(bracket + 2, -1) }
}
