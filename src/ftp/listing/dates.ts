/**
 * Dates and times of day as other systems than Unix write them: three numbers in some order, and `hh:mm` with more or less behind
 * it. Whole words in, values out, and `undefined` for what is none: `25:00`, February 30.
 */
import { parseDecimal } from '../../net/ascii.ts'
import { isDate } from '../grammar.ts'
import type { ListedTime } from './entry.ts'
import { monthNamed } from './months.ts'

/** A day of the calendar. */
export interface Day {
  /** 0 to 9999. */
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly day: number
}

/** A time of day, and how exact it is. */
export type Clock = Pick<ListedTime, 'hour' | 'minute' | 'second' | 'millisecond' | 'precision'>

/** What the three parts of a date are, `M` being a month's name: `dMy` is `13-FEB-2002`. */
export type DateOrder = 'ymd' | 'mdy' | 'dmy' | 'dMy' | 'Mdy'

/** No date above is longer: `28-Sept.-1998`. */
const MAX_DATE_LENGTH = 16

/** The day that a text of three parts in a certain order is. */
export function parseDay(text: string, separator: '-' | '/' | '.', order: DateOrder): Day | undefined {
  if (text.length > MAX_DATE_LENGTH) return undefined
  const parts = text.split(separator)
  const part = (unit: string): string => parts[order.indexOf(unit)] ?? ''
  const year = fullYear(part('y'))
  const month = twoDigits(part('m')) ?? monthNamed(part('M'))
  const day = twoDigits(part('d'))
  if (parts.length !== 3 || year === undefined || month === undefined || day === undefined) return undefined
  return isDate(year, month, day) ? { year, month, day } : undefined
}

/**
 * A year of four digits; of two, which are of 1970 to 2069; or of three, which are the years since 1900, as of servers that print
 * `tm_year` as it is.
 */
function fullYear(text: string): number | undefined {
  const year = parseDecimal(text)
  if (year === undefined || text.length === 1 || text.length > 4) return undefined
  if (text.length === 4) return year
  return text.length === 2 && year < 70 ? 2000 + year : 1900 + year
}

function twoDigits(text: string): number | undefined {
  return text.length > 2 ? undefined : parseDecimal(text)
}

/** `1*2DIGIT ":" 2DIGIT [ ":" 2DIGIT [ "." 1*3DIGIT ] ]`: the smallest unit that is written is how exact it is. */
export function parseClock(text: string): Clock | undefined {
  if (text.length > MAX_DATE_LENGTH) return undefined
  const dot = text.indexOf('.')
  const parts = (dot === -1 ? text : text.slice(0, dot)).split(':')
  const [hour, minute, second] = parts.map((part, index) =>
    index > 0 && part.length !== 2 ? undefined : twoDigits(part),
  )
  const fraction = dot === -1 ? 0 : thousandths(text.slice(dot + 1))
  if (hour === undefined || minute === undefined || fraction === undefined || hour > 23 || minute > 59) return undefined
  if (parts.length === 2)
    return dot === -1 ? { hour, minute, second: 0, millisecond: 0, precision: 'minute' } : undefined
  if (parts.length !== 3 || second === undefined || second > 59) return undefined
  return { hour, minute, second, millisecond: fraction, precision: dot === -1 ? 'second' : 'millisecond' }
}

/** `47` of `.47` as 470. */
function thousandths(text: string): number | undefined {
  return text.length > 3 ? undefined : parseDecimal(text.padEnd(text === '' ? 0 : 3, '0'))
}

/** A day, and where it is known a time of that day, by the server's clock. */
export function listedTime(day: Day, clock: Clock = MIDNIGHT): ListedTime {
  return { ...day, ...clock, zone: 'server' }
}

const MIDNIGHT: Clock = { hour: 0, minute: 0, second: 0, millisecond: 0, precision: 'day' }

/** A moment as the seconds since 1970, by UTC. */
export function timeSinceEpoch(text: string): ListedTime | undefined {
  const seconds = parseDecimal(text, LAST_SECOND)
  if (seconds === undefined) return undefined
  const date = new Date(seconds * 1000)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: 0,
    precision: 'second',
    zone: 'utc',
  }
}

/** The last second of the year 9999: behind it a date has no four digits. */
const LAST_SECOND = 253_402_300_799
