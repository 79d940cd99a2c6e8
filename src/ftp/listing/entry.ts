/**
 * What a client knows of a file from one line of a listing, whatever format the line had. A listing says less than it seems to: a
 * line of `ls` has a time of the server's own zone, to the minute or the day, and of the last half year without the year. So a
 * time is kept as it was written, with how exact it is, and made a `Date` only when it is asked for.
 */
import { lowerAscii } from '../../net/ascii.ts'
import { dateOf, type CalendarTime } from '../grammar.ts'

/** What a name stands for. `unknown` is what a server does not say. */
export type EntryType = 'file' | 'directory' | 'link' | 'other' | 'unknown'

/** A moment, as a listing writes it; an hour of 24 is the end of the day. */
export interface ListedTime extends Omit<CalendarTime, 'year'> {
  /** `undefined` where the line has none: within the last half year. */
  readonly year: number | undefined
  /** How exact it is. */
  readonly precision: 'millisecond' | 'second' | 'minute' | 'day'
  /** Whose clock it is by: UTC's (MLSD, RFC 3659 §2.3), or the server's own. */
  readonly zone: 'utc' | 'server'
}

/** What lines are read against. */
export interface Reference {
  /** The time of the listing, in milliseconds since 1970: which year is meant. */
  readonly nowMs: number
  /** How far the server's clock is ahead of UTC, in minutes. */
  readonly serverOffsetMinutes: number
}

/** What a line says. */
export interface EntryFields {
  readonly name: string
  readonly type: EntryType
  readonly size?: number | undefined
  readonly time?: ListedTime | undefined
  readonly mode?: number | undefined
  readonly owner?: string | undefined
  readonly group?: string | undefined
  readonly links?: number | undefined
  readonly target?: string | undefined
  readonly facts?: string
  readonly role?: 'entry' | 'current' | 'parent'
}

const DAY_MS = 86_400_000

/** One entry of a listing. */
export class ListedEntry {
  /**
   * The name as the server wrote it. It may be anything: `..`, a path, a name that means something else on this machine. Never
   * build a local path from it without a check (`isName`).
   */
  readonly name: string
  /** What it is. */
  readonly type: EntryType
  /** Its size in octets, where the line says so and the number is exact. Of VMS it is that of the blocks in use. */
  readonly size: number | undefined
  /** When it was last changed, as the line has it. */
  readonly time: ListedTime | undefined
  /** The permission bits of Unix, such as `0o644`. */
  readonly mode: number | undefined
  /** The owner's name or number. */
  readonly owner: string | undefined
  /** The group's name or number. */
  readonly group: string | undefined
  /** How many names the file has. */
  readonly links: number | undefined
  /** Where a link leads, as the server wrote it. */
  readonly target: string | undefined
  /** Whether the line names an entry, or the listed directory itself or its parent (RFC 3659 §7.5.1). */
  readonly role: 'entry' | 'current' | 'parent'
  readonly #facts: string
  readonly #reference: Reference

  constructor(fields: EntryFields, reference: Reference) {
    this.name = fields.name
    this.type = fields.type
    this.size = fields.size
    this.time = fields.time
    this.mode = fields.mode
    this.owner = fields.owner
    this.group = fields.group
    this.links = fields.links
    this.target = fields.target
    this.role = fields.role ?? 'entry'
    this.#facts = fields.facts ?? ''
    this.#reference = reference
  }

  /**
   * When it was last changed: exact for MLSD, else to `time.precision`, with the year that is meant and by the server's clock
   * as the reference has it (UTC unless the client was told otherwise).
   */
  get modified(): Date | undefined {
    const { time } = this
    if (time === undefined) return undefined
    const { nowMs, serverOffsetMinutes } = this.#reference
    const offset = time.zone === 'utc' ? 0 : serverOffsetMinutes
    const year = time.year ?? new Date(nowMs).getUTCFullYear()
    const date = dateOf({ ...time, year }, offset)
    // A day of grace: clocks and zones differ.
    const isNextYear = time.year === undefined && date.getTime() > nowMs + DAY_MS
    return isNextYear ? dateOf({ ...time, year: year - 1 }, offset) : date
  }

  /** All facts of an MLSx line by their names in lower case; of other formats what has no place above, such as `vms.version`. */
  get facts(): ReadonlyMap<string, string> {
    const facts = new Map<string, string>()
    for (const fact of this.#facts.split(';')) {
      const equals = fact.indexOf('=')
      if (equals !== -1) facts.set(lowerAscii(fact.slice(0, equals)), fact.slice(equals + 1))
    }
    return facts
  }
}
