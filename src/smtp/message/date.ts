/**
 * Dates (RFC 5322 §3.3), with the obsolete zones and years of §4.3 and comments wherever white space may be.
 *
 *     date-time = [ day-of-week "," ] day month year hour ":" minute [ ":" second ] zone
 *
 * The day of the week is read and not believed. Pure and total; a date that does not exist is none.
 */
import { lowerAscii, parseDecimal } from '../../net/ascii.ts'
import { Cursor } from './structured.ts'

const DATE_TIME =
  /^(?:[a-z]{3,9} ?,? ?)?([0-9]{1,2}) ?([a-z]{3}) ?([0-9]{2,4}) ([0-9]{1,2}) ?: ?([0-9]{2})(?: ?: ?([0-9]{2}))? ?([+-][0-9]{4}|[a-z]{1,5})?$/i
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** Hours east of Greenwich (RFC 5322 §4.3). Of the others, and of the military ones, nobody knows what was meant: they are +0000. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ['est', -5],
  ['edt', -4],
  ['cst', -6],
  ['cdt', -5],
  ['mst', -7],
  ['mdt', -6],
  ['pst', -8],
  ['pdt', -7],
])
/** Longer than any date is, its comments left out. */
const MAX_DATE = 64

/** The point in time that a Date field names, or `undefined`. */
export function parseDate(text: string): Date | undefined {
  // Nearly all are as they should be; only for others all white space has to be looked at.
  const parts = DATE_TIME.exec(text) ?? DATE_TIME.exec(withoutComments(text))
  if (parts === null) return undefined
  const [, day = '', month = '', year = '', hour = '', minute = '', second = '0', zone = '+0000'] = parts
  const fields = [number(day), number(hour), number(minute), Math.min(number(second), 59)] as const
  const monthIndex = MONTHS.indexOf(lowerAscii(month))
  const isTime = fields[1] < 24 && fields[2] < 60 && number(second) <= 60
  // Date.UTC would make the 30th of February the 2nd of March.
  const date = new Date(Date.UTC(fullYear(year), monthIndex, ...fields))
  if (monthIndex === -1 || !isTime || date.getUTCDate() !== fields[0]) return undefined
  return new Date(date.getTime() - offsetOf(zone) * 60_000)
}

function number(digits: string): number {
  return parseDecimal(digits) as number
}

/** `obs-year`: two digits are of 2000 to 2049 or of 1950 to 1999, three count from 1900 (RFC 5322 §4.3). */
function fullYear(digits: string): number {
  const year = number(digits)
  if (digits.length === 4) return year
  return year + (digits.length === 2 && year < 50 ? 2000 : 1900)
}

/** Minutes east of Greenwich. */
function offsetOf(zone: string): number {
  if (!/^[+-]/.test(zone)) return 60 * (ZONES.get(lowerAscii(zone)) ?? 0)
  const minutes = 60 * number(zone.slice(1, 3)) + number(zone.slice(3))
  return zone.startsWith('-') ? -minutes : minutes
}

/** The words of a text with one space between them, up to a length. */
function withoutComments(text: string): string {
  const cursor = new Cursor(text)
  let words = ''
  while (words.length < MAX_DATE) {
    if (cursor.skipCfws() && words !== '') words += ' '
    if (cursor.isAtEnd) break
    words += cursor.text.charAt(cursor.at++)
  }
  return words.endsWith(' ') ? words.slice(0, -1) : words
}
