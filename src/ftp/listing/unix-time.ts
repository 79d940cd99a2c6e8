/**
 * What lines of Unix have before the name: a size, a time, and one space. NetWare, MacOS and Connect:Enterprise write the same, so
 * this is all that they share.
 *
 *     time = month day ( year / clock ) / day month ( year / clock ) / yyyy-mm-dd clock
 *
 *     Aug 22  2000      22 Aug 14:05      2000-08-22 14:05      26. Juli, 20:10      8月 3日 2003年
 *
 * with months in any language of `months.ts`, or in Japanese. Read in place, not word by word: most lines of most listings pass here.
 */
import { COLON, DIGIT, DOT, HYPHEN, SP } from '../../net/ascii.ts'
import { isDate } from '../grammar.ts'
import type { ListedTime } from './entry.ts'
import { readNumber, skipSpaces, wordEnd } from './line.ts'
import { monthNamed } from './months.ts'

/** A value, and where what is behind it begins. */
interface Read<Value> {
  readonly value: Value
  readonly end: number
}

/** The size, the time, and where they stand. */
export interface Dated {
  /** Where the size begins, or the two numbers of a device in its place. */
  readonly sizeFrom: number
  /** `undefined` for a device, and for a number that is not exact. */
  readonly size: number | undefined
  /** The time. */
  readonly time: ListedTime
  /** Where the space is before the name. */
  readonly end: number
}

/** The first words that are a size and a time, with a space behind; `undefined` where there are none. */
export function findDate(octets: string, from: number, to: number): Dated | undefined {
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
  const comma = skipDigits(octets, from, to)
  if (comma === to || comma === from || octets.charCodeAt(comma) !== COMMA) return comma === to && from < to
  return comma + 1 < to && skipDigits(octets, comma + 1, to) === to
}

/** Where the next octet is that is no digit, or `to`. */
function skipDigits(octets: string, from: number, to: number): number {
  let at = from
  while (at < to && DIGIT[octets.charCodeAt(at)] === 1) at++
  return at
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
  const { month, day } = date
  const { hour, minute } = clock ?? MIDNIGHT
  const precision = clock === undefined ? 'day' : 'minute'
  return {
    value: { year, month, day, hour, minute, second: 0, millisecond: 0, precision, zone: 'server' },
    end: thirdEnd,
  }
}

/** A day without a year may be February 29. */
export const LEAP_YEAR = 2000
const MIDNIGHT = { hour: 0, minute: 0 }

/** `yyyy-mm-dd clock` */
function readIsoTime(octets: string, from: number, clockFrom: number, clockEnd: number): Read<ListedTime> | undefined {
  const year = readNumber(octets, from, from + 4)
  const month = readNumber(octets, from + 5, from + 7)
  const day = readNumber(octets, from + 8, from + 10)
  const clock = readClock(octets, clockFrom, clockEnd)
  if (year === undefined || month === undefined || day === undefined || clock === undefined) return undefined
  if (!isDate(year, month, day)) return undefined
  const { hour, minute } = clock
  return {
    value: { year, month, day, hour, minute, second: 0, millisecond: 0, precision: 'minute', zone: 'server' },
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
    letters(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2)),
    index + 1,
  ]),
)

function letters(first: number, second: number, third: number): number {
  return (first << 16) | (second << 8) | third | 0x202020
}

/** The month, 1 to 12, of an English name's three octets, in either case. */
export function englishMonth(first: number, second: number, third: number): number | undefined {
  return MONTHS.get(letters(first, second, third))
}

/** An English month at once; what is no number may be another language's, with a comma behind it as in `26. Juli, 20:10`. */
function readMonth(octets: string, from: number, to: number): number | undefined {
  const english =
    to - from === 3
      ? englishMonth(octets.charCodeAt(from), octets.charCodeAt(from + 1), octets.charCodeAt(from + 2))
      : undefined
  if (english !== undefined || DIGIT[octets.charCodeAt(from)] === 1) return english
  return monthNamed(octets.slice(from, octets.charCodeAt(to - 1) === COMMA ? to - 1 : to))
}

/** `,` 0x2C. */
export const COMMA = 0x2c

/** `1*2DIGIT [ "." ]` */
function readDay(octets: string, from: number, to: number): number | undefined {
  const end = octets.charCodeAt(to - 1) === DOT ? to - 1 : to
  return end - from > 2 ? undefined : readNumber(octets, from, end)
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

/** `1*2DIGIT ":" 2DIGIT`; 24:00 is the end of a day, as some servers have it. */
function readClock(
  octets: string,
  from: number,
  to: number,
): { readonly hour: number; readonly minute: number } | undefined {
  const colon = octets.charCodeAt(from + 1) === COLON ? from + 1 : from + 2
  if (octets.charCodeAt(colon) !== COLON || to - colon !== 3) return undefined
  const hour = readNumber(octets, from, colon)
  const minute = readNumber(octets, colon + 1, to)
  return hour === undefined || minute === undefined || hour * 60 + minute > DAY_MINUTES || minute > 59
    ? undefined
    : { hour, minute }
}

const DAY_MINUTES = 24 * 60
