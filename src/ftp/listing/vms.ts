/**
 * The lines of `DIRECTORY` on OpenVMS: HP's UCX, MultiNet, TCPware, CMU.
 *
 *     Directory SYS$USERS:[MARTHA]
 *
 *     NOTES.TXT;3             9/12          2-JUN-1998 07:32:04  [STAFF,MARTHA]    (RWED,RWED,RE,)
 *     A_RATHER_LONG_NAME_OF_A_FILE.LIS;1
 *                            14/15         24-JUL-2002 14:35:40  [STAFF,MARTHA]    (RWED,RWED,RE,)
 *     └─ name;version         └ blocks      └─ time ───────────┘ └─ group, owner   └─ protection: system,
 *                               used/allocated                                        owner, group, world
 *
 *     Total of 2 files, 23/27 blocks.
 *
 *     entry      = name ";" version 1*( SP word )
 *     word       = blocks [ "/" blocks ] / day / clock / "[" [ group "," ] owner [ "]" ] / "(" 4 protections ")"
 *
 * Servers put the words in several orders and leave some out; blocks and a day are always there. A name too long for its column
 * has a line of its own. A file that may not be looked at has an error in place of all (`%RMS-E-PRV, ...`).
 *
 * Deviations: the version is no part of the name (a name without one is the newest), and is the fact `vms.version`. The size is
 * that of the used blocks of 512 octets, of which the last need not be full: the file may be up to 511 octets shorter.
 */
import { byteClass, DIGIT, isAllText, parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { listedTime, parseClock, parseDay, type Clock, type Day } from './dates.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { splitWords, type Announcement, type ListingFormat } from './line.ts'

/** OpenVMS. */
export const VMS: ListingFormat = { name: 'vms', parse: parseVmsLine, announce: announceVms }

const BLOCK_BYTES = 512

/** What the words behind a name say. */
interface Row {
  size?: number
  day?: Day
  clock?: Clock
  owner?: string
  group?: string | undefined
}

/** No row has more words than these: name, blocks, day, clock, owner, protection. */
const MAX_WORDS = 6

function parseVmsLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const [first, ...words] = splitWords(octets, from, to, MAX_WORDS + 1)
  const file = parseFileName(first?.text ?? '')
  const row: Row = {}
  const isRefused = words[0]?.text.startsWith('%') === true
  const isRow =
    words.length < MAX_WORDS &&
    words.every((word) => readWord(row, word.text)) &&
    row.size !== undefined &&
    row.day !== undefined
  if (file === undefined || (!isRow && !isRefused)) return undefined
  return new ListedEntry(
    {
      name: decodeOctets(file.name),
      type: file.name.endsWith('.DIR') || file.name.endsWith('.dir') ? 'directory' : 'file',
      size: row.size,
      time: row.day === undefined ? undefined : listedTime(row.day, row.clock),
      owner: row.owner,
      group: row.group,
      facts: `vms.version=${file.version}`,
    },
    reference,
  )
}

/** `NOTES.TXT;3` */
function parseFileName(text: string): { readonly name: string; readonly version: string } | undefined {
  const semicolon = text.lastIndexOf(';')
  const version = text.slice(semicolon + 1)
  if (semicolon < 1 || version === '' || !isAllText(DIGIT, version)) return undefined
  return { name: text.slice(0, semicolon), version }
}

/** Puts one word in its place; `false` where it is none of those, or there is one of its kind already. */
function readWord(row: Row, text: string): boolean {
  if (text.startsWith('[')) return row.owner === undefined && readOwner(row, text)
  if (text.startsWith('(')) return isProtection(text)
  const clock = parseClock(text)
  const day = parseDay(text, '-', 'dMy')
  const size = parseBlocks(text)
  if (size !== undefined && row.size === undefined) row.size = size
  else if (day !== undefined && row.day === undefined) row.day = day
  else if (clock !== undefined && row.clock === undefined) row.clock = clock
  else return false
  return true
}

/** `9/12`, `9`, or `4KB` */
function parseBlocks(text: string): number | undefined {
  if (text.endsWith('KB')) return multiplied(text.slice(0, -2), 1024)
  const [used = '', allocated = '0', ...more] = text.split('/')
  return more.length > 0 || parseDecimal(allocated) === undefined ? undefined : multiplied(used, BLOCK_BYTES)
}

function multiplied(text: string, unit: number): number | undefined {
  const count = parseDecimal(text, Math.floor(Number.MAX_SAFE_INTEGER / unit))
  return count === undefined ? undefined : count * unit
}

/** What identifiers of VMS consist of; of numbers there are octal ones, and `*` for any. */
const IDENTIFIER = byteClass('$_*', [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])

/** `[STAFF,MARTHA]`, `[MARTHA]`, or what is left of either when the column is full: `[AP_HTTPD,APACHE$WWW` */
function readOwner(row: Row, text: string): boolean {
  const names = text.slice(1, text.endsWith(']') ? -1 : text.length).split(',')
  if (names.length > 2 || !names.every((name) => name !== '' && isAllText(IDENTIFIER, name))) return false
  row.owner = names.at(-1) as string
  row.group = names.length === 2 ? names[0] : undefined
  return true
}

const PROTECTION = byteClass('RWED,')

function isProtection(text: string): boolean {
  return text.endsWith(')') && isAllText(PROTECTION, text.slice(1, -1))
}

/** `Directory DISK:[NAME]` and `Total of 2 files` are of this format; a name alone goes on in the next line. */
function announceVms(octets: string, from: number, to: number): Announcement | undefined {
  const [first, second, third] = splitWords(octets, from, to, 3)
  if (first?.text === 'Directory' && second !== undefined && third === undefined) return VMS
  if (first?.text === 'Total' || first?.text === 'Grand') return VMS
  return second === undefined && parseFileName(first?.text ?? '') !== undefined ? 'continued' : undefined
}
