/**
 * One line of a listing, read by one format, and what it was read to in one line of text:
 *
 *     rowBy(DOS)('05-22-97  08:08AM                  828 a b')     'file 828 1997-05-22T08:08 | a b'
 */
import type { ListedEntry, Reference } from '../../src/ftp/listing/entry.ts'
import type { ListingFormat } from '../../src/ftp/listing/line.ts'

/** What lines are read against: March 10, 2026, by UTC. */
export const REFERENCE: Reference = { nowMs: Date.UTC(2026, 2, 10), serverOffsetMinutes: 0 }

/** Reads lines by one format; `undefined` for a line that is none. There is something before and behind each, as in a chunk. */
export function entryBy(format: ListingFormat): (line: string) => ListedEntry | undefined {
  return (line) => {
    const octets = `before\n${Buffer.from(line).toString('latin1')}\r\nbehind -> x`
    const to = octets.length - '\r\nbehind -> x'.length
    return format.parse(octets, 'before\n'.length, to, REFERENCE, Buffer.from(octets, 'latin1'))
  }
}

/** The same, as `type size time owner:group mode {facts} | name -> target`, without what the line does not say. */
export function rowBy(format: ListingFormat): (line: string) => string | undefined {
  return (line) => {
    const entry = entryBy(format)(line)
    return entry === undefined ? undefined : shown(entry)
  }
}

function shown(entry: ListedEntry): string {
  const { type, size, owner, group, mode, target } = entry
  const facts = [...entry.facts].map(([name, value]) => `${name}=${value}`).join(' ')
  const told = [
    type,
    size,
    timeOf(entry),
    owner === undefined ? undefined : group === undefined ? owner : `${owner}:${group}`,
    mode?.toString(8),
    facts === '' ? undefined : `{${facts}}`,
  ]
  return `${told.filter((each) => each !== undefined).join(' ')} | ${entry.name}${target === undefined ? '' : ` -> ${target}`}`
}

/** As exact as it is, in the form of ISO 8601; `Z` where it is by UTC. */
function timeOf({ time }: ListedEntry): string | undefined {
  if (time === undefined) return undefined
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${time.year ?? '-'}-${two(time.month)}-${two(time.day)}`
  const minute = `${day}T${two(time.hour)}:${two(time.minute)}`
  const second = `${minute}:${two(time.second)}`
  const forms = { day, minute, second, millisecond: `${second}.${String(time.millisecond).padStart(3, '0')}` }
  return `${forms[time.precision]}${time.zone === 'utc' ? 'Z' : ''}`
}
