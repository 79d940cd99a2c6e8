/**
 * HTTP dates (RFC 9110 §5.6.7): whole seconds, always in GMT, in one form that is written and three that are read.
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT       IMF-fixdate, the one that is written
 *     Sunday, 06-Nov-94 08:49:37 GMT      rfc850-date, obsolete
 *     Sun Nov  6 08:49:37 1994            asctime-date, obsolete
 *
 * Names of days and months are case-sensitive, as the section says. The name of the day must be one, but that it is the
 * right one for the date is not asked: the section makes nothing of it, and a wrong one harms nobody.
 */

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

const DAY = `(?:${DAYS.join('|')})`
const LONG_DAY = '(?:Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday)'
const MONTH = `(?<month>${MONTHS.join('|')})`
const TIME = '(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})'

/** IMF-fixdate = day-name "," SP 2DIGIT SP month SP 4DIGIT SP time-of-day SP GMT. */
const IMF_FIXDATE = new RegExp(`^${DAY}, (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT$`)
/** rfc850-date = day-name-l "," SP 2DIGIT "-" month "-" 2DIGIT SP time-of-day SP GMT. */
const RFC850_DATE = new RegExp(`^${LONG_DAY}, (?<day>[0-9]{2})-${MONTH}-(?<year>[0-9]{2}) ${TIME} GMT$`)
/** asctime-date = day-name SP month SP ( 2DIGIT / ( SP DIGIT ) ) SP time-of-day SP 4DIGIT. */
const ASCTIME_DATE = new RegExp(`^${DAY} ${MONTH} (?<day>[0-9]{2}| [0-9]) ${TIME} (?<year>[0-9]{4})$`)

const LONGEST_DATE = 'Wednesday, 06-Nov-94 08:49:37 GMT'.length

/**
 * The IMF-fixdate of a time, in milliseconds since 1970 (UTC); the fraction of the second is dropped.
 *
 *     formatHttpDate(784111777_000)       // 'Sun, 06 Nov 1994 08:49:37 GMT'
 */
export function formatHttpDate(timeMs: number): string {
  return new Date(timeMs).toUTCString()
}

/**
 * The time of an HTTP date in any of the three forms, in milliseconds since 1970 (UTC), or `undefined` where the text is
 * none. A two-digit year is taken for the one that lies at most 50 years after `nowMs` (RFC 9110 §5.6.7, a MUST).
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  if (text.length > LONGEST_DATE) return undefined
  const match = IMF_FIXDATE.exec(text) ?? RFC850_DATE.exec(text) ?? ASCTIME_DATE.exec(text)
  const parts = match?.groups as DateParts | undefined
  if (parts === undefined) return undefined
  const year = parts.year.length === 2 ? fullYear(Number(parts.year), nowMs) : Number(parts.year)
  const month = MONTHS.indexOf(parts.month)
  const day = Number(parts.day)
  const [hour, minute, second] = [Number(parts.hour), Number(parts.minute), Number(parts.second)]
  // 60 is the leap second that the grammar allows; it counts as the first second of the next minute.
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const midnight = Date.UTC(year, month, day)
  const isRealDay = new Date(midnight).getUTCDate() === day && new Date(midnight).getUTCMonth() === month
  return isRealDay ? midnight + ((hour * 60 + minute) * 60 + second) * 1000 : undefined
}

interface DateParts {
  readonly day: string
  readonly month: (typeof MONTHS)[number]
  readonly year: string
  readonly hour: string
  readonly minute: string
  readonly second: string
}

function fullYear(twoDigits: number, nowMs: number): number {
  const now = new Date(nowMs).getUTCFullYear()
  const year = now - (now % 100) + twoDigits
  return year > now + 50 ? year - 100 : year
}
