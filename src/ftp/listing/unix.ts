/**
 * The lines of `ls -l`, which most servers send for LIST. No RFC has them (RFC 959 §4.1.3 leaves the format open), so they are read
 * as they are met, and written in the one way that every client reads.
 *
 *     -rw-r--r--   1 root     staff      80284 Aug 22  2000 a file.zip
 *     │└─ mode ─┘  │ └─ ownership ─┘     size  └── time ──┘ └─ name: all behind one space
 *     type         links
 *
 * Owner and group may hold spaces and numbers, and so may the name. Certain is only the date: the first words that are one, with a
 * size before them and a space behind. So the line is walked word by word from the left until such a place is found, once, and
 * what is before it is taken apart from there. There is no regular expression, whose way back a server could make long.
 *
 *     time = month day ( year / clock ) / day month ( year / clock ) / yyyy-mm-dd clock
 *
 * with months in English (`Aug`), or in Japanese (`8月 3日 2003年`).
 */
import { COLON, DIGIT, HYPHEN, isAllText, parseDecimal, SP } from '../../net/ascii.ts'
import { isDate } from '../grammar.ts'
import { decodeOctets } from '../text.ts'
import { ListedEntry, type EntryType, type ListedTime, type Reference } from './entry.ts'

/** A value, and where what is behind it begins. */
interface Read<Value> {
  readonly value: Value
  readonly end: number
}

/** The entry that `octets[from, to)` is, or `undefined` where it is none. */
export function parseUnixLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const start = skipSpaces(octets, from, to)
  const type = TYPES[octets.charAt(start)]
  const mode = readMode(octets, start + 1)
  if (type === undefined || mode === undefined) return undefined
  const links = readLinks(octets, start + 10, to)
  const dated = links === undefined ? undefined : findDate(octets, links.end, to)
  if (links === undefined || dated === undefined) return undefined
  const { owner, group } = readOwnership(octets, links.end, dated.sizeFrom)
  const text = octets.slice(dated.end + 1, to)
  const arrow = type === 'link' ? text.indexOf(' -> ') : -1
  const name = arrow === -1 ? text : text.slice(0, arrow)
  if (name === '') return undefined
  return new ListedEntry(
    {
      name: decodeOctets(name),
      type,
      size: dated.size,
      time: dated.time,
      mode,
      owner,
      group,
      links: links.value,
      target: arrow === -1 ? undefined : decodeOctets(text.slice(arrow + ' -> '.length)),
    },
    reference,
  )
}

const TYPES: Readonly<Record<string, EntryType>> = {
  '-': 'file',
  f: 'file',
  d: 'directory',
  l: 'link',
  b: 'other',
  c: 'other',
  p: 'other',
  s: 'other',
}

const LETTER_R = 0x72
const LETTER_W = 0x77

function skipSpaces(octets: string, from: number, to: number): number {
  let at = from
  while (at < to && octets.charCodeAt(at) === SP) at++
  return at
}

function wordEnd(octets: string, from: number, to: number): number {
  let at = from
  while (at < to && octets.charCodeAt(at) !== SP) at++
  return at
}

/** What a letter in the third, sixth and ninth place says: 1 for execution, 2 for the special bit of that place, 255 for no letter. */
const EXECUTION: Uint8Array = new Uint8Array(256).fill(255)
for (const [letter, bits] of Object.entries({ '-': 0, x: 1, s: 3, t: 3, S: 2, T: 2, l: 2, L: 2 }))
  EXECUTION[letter.charCodeAt(0)] = bits

/**
 * `rwxr-xr-x` as `0o755`, with setuid, setgid and sticky; `undefined` where the nine octets are no permissions. Some servers leave
 * the last hyphen out.
 */
function readMode(octets: string, from: number): number | undefined {
  let permissions = 0
  let special = 0
  for (let who = 0; who < 3; who++) {
    const at = from + 3 * who
    const read = octets.charCodeAt(at)
    const write = octets.charCodeAt(at + 1)
    const isLeftOut = who === 2 && octets.charCodeAt(at + 2) === SP
    const execution = isLeftOut ? 0 : (EXECUTION[octets.charCodeAt(at + 2)] ?? 255)
    if ((read !== LETTER_R && read !== HYPHEN) || (write !== LETTER_W && write !== HYPHEN) || execution === 255)
      return undefined
    permissions = permissions * 8 + (read === LETTER_R ? 4 : 0) + (write === LETTER_W ? 2 : 0) + (execution & 1)
    special = special * 2 + (execution >> 1)
  }
  return special * 0o1000 + permissions
}

/**
 * The number of links behind the mode, and behind a mark for further attributes (`+`, `.`, `@`), which may stand directly before it.
 * One server writes the word `folder` in its place.
 */
function readLinks(octets: string, from: number, to: number): Read<number | undefined> | undefined {
  const mark = octets.charAt(from)
  const at = skipSpaces(octets, mark === '+' || mark === '.' || mark === '@' ? from + 1 : from, to)
  const end = wordEnd(octets, at, to)
  const value = readNumber(octets, at, end)
  if (value === undefined && octets.slice(at, end) !== 'folder') return undefined
  return { value, end }
}

/** All of `octets[from, to)` as a number. */
function readNumber(octets: string, from: number, to: number): number | undefined {
  return parseDecimal(octets.slice(from, to))
}

/** The size, the time, and where they stand. */
interface Dated {
  readonly sizeFrom: number
  readonly size: number | undefined
  readonly time: ListedTime
  readonly end: number
}

/** The first words that are a size and a time, with a space behind. */
function findDate(octets: string, from: number, to: number): Dated | undefined {
  let sizeFrom = skipSpaces(octets, from, to)
  let sizeTo = wordEnd(octets, sizeFrom, to)
  for (let at = skipSpaces(octets, sizeTo, to); at < to; at = skipSpaces(octets, sizeTo, to)) {
    const time = isSize(octets, sizeFrom, sizeTo) ? readTime(octets, at, to) : undefined
    if (time !== undefined && octets.charCodeAt(time.end) === SP) {
      const device = deviceFrom(octets, sizeFrom)
      return { sizeFrom: device, size: readNumber(octets, device, sizeTo), time: time.value, end: time.end }
    }
    sizeFrom = at
    sizeTo = wordEnd(octets, at, to)
  }
  return undefined
}

/** `1*DIGIT [ "," 1*DIGIT ]`: a size, or the two numbers of a device. */
function isSize(octets: string, from: number, to: number): boolean {
  if (DIGIT[octets.charCodeAt(from)] !== 1) return false
  const [size = '', minor = '0', ...more] = octets.slice(from, to).split(',')
  return more.length === 0 && minor !== '' && isAllText(DIGIT, size) && isAllText(DIGIT, minor)
}

/** Where a device's numbers begin when they are two words: `0, 27`. */
function deviceFrom(octets: string, from: number): number {
  let at = from
  while (at > 0 && octets.charCodeAt(at - 1) === SP) at--
  if (octets.charAt(at - 1) !== ',') return from
  at--
  while (at > 0 && DIGIT[octets.charCodeAt(at - 1)] === 1) at--
  return at
}

/** Owner and group: two words; or two runs of words with two spaces or more between them; or one word for the owner alone. */
function readOwnership(
  octets: string,
  from: number,
  to: number,
): { readonly owner: string | undefined; readonly group: string | undefined } {
  const start = skipSpaces(octets, from, to)
  let end = to
  while (end > start && octets.charCodeAt(end - 1) === SP) end--
  if (start === end) return { owner: undefined, group: undefined }
  const words = octets.slice(start, end)
  const wide = words.indexOf('  ')
  const gap = wide === -1 ? wordEnd(words, 0, words.length) : wide
  const group = skipSpaces(words, gap, words.length)
  return {
    owner: decodeOctets(words.slice(0, gap)),
    group: group === words.length ? undefined : decodeOctets(words.slice(group)),
  }
}

/** The time that begins with the word at `from`, if one does. */
function readTime(octets: string, from: number, to: number): Read<ListedTime> | undefined {
  const firstEnd = wordEnd(octets, from, to)
  const secondFrom = skipSpaces(octets, firstEnd, to)
  const secondEnd = wordEnd(octets, secondFrom, to)
  const isIso =
    firstEnd - from === 10 && octets.charCodeAt(from + 4) === HYPHEN && octets.charCodeAt(from + 7) === HYPHEN
  if (isIso) return readIsoTime(octets, from, secondFrom, secondEnd)
  const date = readMonthAndDay(octets, from, firstEnd, secondFrom, secondEnd)
  if (date === undefined) return undefined
  const thirdFrom = skipSpaces(octets, secondEnd, to)
  const thirdEnd = wordEnd(octets, thirdFrom, to)
  const clock = readClock(octets, thirdFrom, thirdEnd)
  const year = clock === undefined ? readYear(octets, thirdFrom, thirdEnd) : undefined
  if ((clock === undefined && year === undefined) || !isDate(year ?? LEAP_YEAR, date.month, date.day)) return undefined
  const { hour, minute } = clock ?? MIDNIGHT
  const precision = clock === undefined ? 'day' : 'minute'
  return { value: { year, ...date, hour, minute, second: 0, millisecond: 0, precision, zone: 'server' }, end: thirdEnd }
}

/** A day without a year may be February 29. */
const LEAP_YEAR = 2000
const MIDNIGHT = { hour: 0, minute: 0 }

/** `yyyy-mm-dd clock` */
function readIsoTime(octets: string, from: number, clockFrom: number, clockEnd: number): Read<ListedTime> | undefined {
  const year = readNumber(octets, from, from + 4)
  const month = readNumber(octets, from + 5, from + 7)
  const day = readNumber(octets, from + 8, from + 10)
  const clock = readClock(octets, clockFrom, clockEnd)
  if (year === undefined || month === undefined || day === undefined || clock === undefined) return undefined
  if (!isDate(year, month, day)) return undefined
  return {
    value: { year, month, day, ...clock, second: 0, millisecond: 0, precision: 'minute', zone: 'server' },
    end: clockEnd,
  }
}

/** The octets of 月, 日 and 年 in UTF-8. */
const JAPANESE = { month: '\u00e6\u009c\u0088', day: '\u00e6\u0097\u00a5', year: '\u00e5\u00b9\u00b4' } as const

/** `month day`, `day month`, or both in Japanese. */
function readMonthAndDay(
  octets: string,
  from: number,
  to: number,
  nextFrom: number,
  nextTo: number,
): { readonly month: number; readonly day: number } | undefined {
  const named = readMonth(octets, from, to)
  const month = named ?? readMonth(octets, nextFrom, nextTo) ?? readMarked(octets, from, to, JAPANESE.month)
  if (month === undefined) return undefined
  const day =
    named !== undefined
      ? readDay(octets, nextFrom, nextTo)
      : (readDay(octets, from, to) ?? readMarked(octets, nextFrom, nextTo, JAPANESE.day))
  return day === undefined ? undefined : { month, day }
}

/** Months by their three letters in lower case, put together to a number. */
const MONTHS: ReadonlyMap<number, number> = new Map(
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map((name, index) => [
    letters(name, 0),
    index + 1,
  ]),
)

function letters(text: string, from: number): number {
  const lower = (at: number): number => text.charCodeAt(from + at) | 0x20
  return (lower(0) << 16) | (lower(1) << 8) | lower(2)
}

function readMonth(octets: string, from: number, to: number): number | undefined {
  return to - from === 3 ? MONTHS.get(letters(octets, from)) : undefined
}

function readDay(octets: string, from: number, to: number): number | undefined {
  return to - from > 2 ? undefined : readNumber(octets, from, to)
}

/** A number with a mark behind it: `8月`. */
function readMarked(octets: string, from: number, to: number, mark: string): number | undefined {
  return octets.startsWith(mark, to - mark.length) ? readNumber(octets, from, to - mark.length) : undefined
}

/** Four digits, or the same with 年. */
function readYear(octets: string, from: number, to: number): number | undefined {
  const year = readMarked(octets, from, to, JAPANESE.year) ?? readNumber(octets, from, to)
  return year !== undefined && year >= 1000 && year <= 9999 ? year : undefined
}

/** `1*2DIGIT ":" 2DIGIT` */
function readClock(
  octets: string,
  from: number,
  to: number,
): { readonly hour: number; readonly minute: number } | undefined {
  const colon = octets.charCodeAt(from + 1) === COLON ? from + 1 : from + 2
  if (octets.charCodeAt(colon) !== COLON || to - colon !== 3) return undefined
  const hour = readNumber(octets, from, colon)
  const minute = readNumber(octets, colon + 1, to)
  return hour === undefined || minute === undefined || hour > 23 || minute > 59 ? undefined : { hour, minute }
}

/** What a row of `ls -l` tells. */
export interface UnixRow {
  /** The name; CR, LF and NUL are shown as question marks, since they would begin another row. */
  readonly name: string
  /** What it is. */
  readonly type: 'file' | 'directory' | 'other'
  /** Octets. */
  readonly size: number
  /** When it was last changed, in milliseconds since 1970. */
  readonly modifiedMs: number
}

const MODES = { file: '-rw-r--r--', directory: 'drwxr-xr-x', other: 's---------' } as const
const HALF_YEAR_MS = 182 * 86_400_000
const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The row of an entry, without its line end: by UTC, and with the year in place of the clock where it is not of this half year. */
export function writeUnixLine({ name, type, size, modifiedMs }: UnixRow, nowMs: number): string {
  const date = new Date(modifiedMs)
  const day = String(date.getUTCDate()).padStart(2)
  const isRecent = modifiedMs > nowMs - HALF_YEAR_MS && modifiedMs <= nowMs
  const clock = isRecent ? date.toISOString().slice(11, 16) : ` ${date.getUTCFullYear()}`
  const month = MONTH_NAMES[date.getUTCMonth()] ?? ''
  // oxlint-disable-next-line no-control-regex -- exactly these control characters are meant
  const shown = name.replace(/[\0\r\n]/g, '?')
  return `${MODES[type]} 1 ftp ftp ${String(size).padStart(12)} ${month} ${day} ${clock} ${shown}`
}
