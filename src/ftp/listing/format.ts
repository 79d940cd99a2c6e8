/**
 * The formats of listings, behind one interface and in the order in which they are tried. A server says nowhere which of them it
 * writes; the first line that only one of them can be, tells.
 */
import { SP } from '../../net/ascii.ts'
import type { ListedEntry, Reference } from './entry.ts'
import { parseMlsxLine } from './mlsx.ts'
import { parseUnixLine } from './unix.ts'

/** One way of writing a line. */
export interface ListingFormat {
  /** Its name: `unix`. */
  readonly name: string
  /**
   * The entry that `octets[from, to)` is, an octet string without its line end; `undefined` where the line is none in this format.
   * Total: no line makes it throw, and its time is linear in the line.
   */
  parse(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined
}

/** MLSD and MLST (RFC 3659 §7). */
export const MLSX: ListingFormat = { name: 'mlsx', parse: parseMlsxLine }

/** `ls -l`. */
export const UNIX: ListingFormat = { name: 'unix', parse: parseUnixLine }

/**
 * Facts where nobody asked for them: some servers answer LIST in the format of MLSD. A line without facts is none here, or every
 * line that begins with a space would be one.
 */
const FACTS: ListingFormat = {
  name: 'facts',
  parse: (octets, from, to, reference) =>
    octets.charCodeAt(from) === SP ? undefined : parseMlsxLine(octets, from, to, reference),
}

/** What a server may send for LIST, the likeliest first, and each before those that would take its lines for something else. */
export const LIST_FORMATS: readonly ListingFormat[] = [UNIX, FACTS]

/** What a server may send for MLSD. */
export const MLSD_FORMATS: readonly ListingFormat[] = [MLSX]
