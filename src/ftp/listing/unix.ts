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
 * The date itself, and the size before it, is another file's: `unix-time.ts`. Rows of the usual form are tried first, by `unix-row.ts`,
 * which is five times as fast and understands nothing else.
 */
import { HYPHEN, SP } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { ListedEntry, type EntryType, type Reference } from './entry.ts'
import { readNumber, skipSpaces, wordEnd, type ListingFormat } from './line.ts'
import { readUsualRow } from './unix-row.ts'
import { findDate } from './unix-time.ts'

/** `ls -l`. */
export const UNIX: ListingFormat = {
  name: 'unix',
  parse: (octets, from, to, reference, bytes) =>
    readUsualRow(octets, from, to, reference, bytes) ?? parseUnixLine(octets, from, to, reference),
  announce: (octets, from) => (octets.startsWith('total ', from) ? UNIX : undefined),
}

/** The entry that `octets[from, to)` is, of whatever form, or `undefined` where it is none. */
export function parseUnixLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const start = skipSpaces(octets, from, to)
  const type = TYPES[octets.charAt(start)]
  const mode = readMode(octets, start + 1)
  if (type === undefined || mode === undefined) return undefined
  const links = readLinks(octets, start + 10, to)
  const dated = links === undefined ? undefined : findDate(octets, links.end, to)
  if (links === undefined || dated === undefined) return undefined
  const ownership = readOwnership(octets, links.end, dated.sizeFrom)
  if (ownership === undefined) return undefined
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
      owner: ownership.owner,
      group: ownership.group,
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

/** What a letter in the third, sixth and ninth place says: 1 for execution, 2 for the special bit of that place, 255 for no letter. */
const EXECUTION: Uint8Array = new Uint8Array(256).fill(255)
for (const [letter, bits] of Object.entries({ '-': 0, x: 1, s: 3, t: 3, S: 2, T: 2, l: 2, L: 2 }))
  EXECUTION[letter.charCodeAt(0)] = bits

/**
 * `rwxr-xr-x` as `0o755`, with setuid, setgid and sticky; `undefined` where the nine octets are no permissions. Some servers leave
 * the last hyphen out.
 */
export function readMode(octets: string, from: number): number | undefined {
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

/** The number of links behind the mode, and behind a mark for further attributes (`+`, `.`, `@`), which may stand directly before it. */
function readLinks(
  octets: string,
  from: number,
  to: number,
): { readonly value: number; readonly end: number } | undefined {
  const mark = octets.charAt(from)
  const at = skipSpaces(octets, mark === '+' || mark === '.' || mark === '@' ? from + 1 : from, to)
  const end = wordEnd(octets, at, to)
  const value = readNumber(octets, at, end)
  return value === undefined ? undefined : { value, end }
}

/**
 * Owner and group: two words; or two runs of words with two spaces or more between them; or one word for the owner alone. Three runs
 * are a line that is not understood.
 */
function readOwnership(
  octets: string,
  from: number,
  to: number,
): { readonly owner: string | undefined; readonly group: string | undefined } | undefined {
  const start = skipSpaces(octets, from, to)
  let end = to
  while (end > start && octets.charCodeAt(end - 1) === SP) end--
  if (start === end) return { owner: undefined, group: undefined }
  const words = octets.slice(start, end)
  const wide = words.indexOf('  ')
  const gap = wide === -1 ? wordEnd(words, 0, words.length) : wide
  const group = skipSpaces(words, gap, words.length)
  if (words.includes('  ', group)) return undefined
  return {
    owner: decodeOctets(words.slice(0, gap)),
    group: group === words.length ? undefined : decodeOctets(words.slice(group)),
  }
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
  /** The nine lowest bits of its mode; what is usual where the storage has none. */
  readonly mode?: number
}

const MODES = { file: '-rw-r--r--', directory: 'drwxr-xr-x', other: 's---------' } as const
const HALF_YEAR_MS = 182 * 86_400_000
const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The row of an entry, without its line end: by UTC, and with the year in place of the clock where it is not of this half year. */
export function writeUnixLine({ name, type, size, modifiedMs, mode }: UnixRow, nowMs: number): string {
  const date = new Date(modifiedMs)
  const day = String(date.getUTCDate()).padStart(2)
  const isRecent = modifiedMs > nowMs - HALF_YEAR_MS && modifiedMs <= nowMs
  const clock = isRecent ? date.toISOString().slice(11, 16) : ` ${date.getUTCFullYear()}`
  const month = MONTH_NAMES[date.getUTCMonth()] ?? ''
  // oxlint-disable-next-line no-control-regex -- exactly these control characters are meant
  const shown = name.replace(/[\0\r\n]/g, '?')
  const modes = mode === undefined ? MODES[type] : `${MODES[type].charAt(0)}${modeText(mode)}`
  return `${modes} 1 ftp ftp ${String(size).padStart(12)} ${month} ${day} ${clock} ${shown}`
}

/** The nine lowest bits of a mode, as `ls` writes them: `rw-r-----`. */
function modeText(mode: number): string {
  return Array.from('rwxrwxrwx', (letter, index) => (((mode >> (8 - index)) & 1) === 1 ? letter : '-')).join('')
}
