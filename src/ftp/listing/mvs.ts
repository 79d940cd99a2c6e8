/**
 * The lines of z/OS (MVS): data sets. They stand under a heading, and their columns run into one another when a number is long.
 *
 *     Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
 *     SAVE00 3390   2004/06/23  1    1  FB     128  6144  PS  MARTHA.LETTERS
 *     SAVE01 3390   2011/08/25  2 ++++  FB     904 18080  PO  MARTHA.SOURCES
 *     SAVE01 3390   **NONE**    115807  FB   29600 29600  PS  MARTHA.PICTURES
 *     V43525 Tape                                             MARTHA.BACKUP
 *     Migrated                                                MARTHA.ATTIC
 *     Pseudo Directory                                        MARTHA.OLD
 *     └ volume, unit, and what is known of the data set ──────┘ └─ name
 *
 * So it is read from the right: name, organisation, block size, record length and format; before them the day, the third word. A
 * line that says why nothing is known has fixed words in place of all that.
 *
 * A partitioned data set is a directory of members. Deviations: no size, for tracks and records are no octets; and no time, for the
 * day is that of the last use, not of the last change. Both are facts: `mvs.referred`, `mvs.recfm`, `mvs.lrecl`, `mvs.dsorg`.
 */
import { parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { parseDay } from './dates.ts'
import { ListedEntry, type EntryType, type Reference } from './entry.ts'
import { beginsWith, splitWords, type ListingFormat } from './line.ts'

/** Data sets of z/OS. */
export const MVS_DATA_SETS: ListingFormat = {
  name: 'mvs-data-sets',
  parse: parseDataSet,
  announce: (octets, from, to) => (beginsWith(octets, from, to, HEADING) ? MVS_DATA_SETS : undefined),
}

const HEADING = ['Volume', 'Unit', 'Referred']

/** What stands before the name where nothing else is known; a volume and a unit may stand before it. */
const REMARKS: ReadonlyMap<string, EntryType> = new Map<string, EntryType>([
  ['Migrated', 'unknown'],
  ['Not Direct Access Device', 'unknown'],
  ['Error determining attributes', 'unknown'],
  ['Not Mounted', 'unknown'],
  ['Tape', 'file'],
  ['Pseudo Directory', 'directory'],
  ['VSAM', 'other'],
  ['GDG', 'other'],
  ['User catalog connector', 'other'],
])

/** A row has ten words, or nine where the extents and the tracks in use have run into one. */
const MIN_WORDS = 9
const MAX_WORDS = 10

function parseDataSet(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const words = splitWords(octets, from, to, MAX_WORDS + 1).map((word) => word.text)
  const name = words.at(-1)
  if (name === undefined || words.length > MAX_WORDS) return undefined
  const type = remarkOf(words.slice(0, -1))
  if (type !== undefined) return new ListedEntry({ name: decodeOctets(name), type }, reference)
  const [recfm, lrecl = '', blksz = '', dsorg = ''] = words.slice(-5)
  const referred = words[2] ?? ''
  const isRow =
    words.length >= MIN_WORDS &&
    parseDecimal(lrecl) !== undefined &&
    parseDecimal(blksz) !== undefined &&
    (referred === '**NONE**' || parseDay(referred, '/', 'ymd') !== undefined)
  if (!isRow) return undefined
  return new ListedEntry(
    {
      name: decodeOctets(name),
      type: dsorg.startsWith('PO') ? 'directory' : 'file',
      facts: `mvs.referred=${referred};mvs.recfm=${recfm};mvs.lrecl=${lrecl};mvs.dsorg=${dsorg}`,
    },
    reference,
  )
}

function remarkOf(words: readonly string[]): EntryType | undefined {
  return [0, 1, 2].map((skipped) => REMARKS.get(words.slice(skipped).join(' '))).find((type) => type !== undefined)
}
