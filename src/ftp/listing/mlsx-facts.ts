/**
 * The facts of MLST and MLSD that have a place in an entry (RFC 3659 §7.5): what a name speaks of, and what a value says of it. All that
 * is known of lines stands in `mlsx-lines.ts`.
 *
 * Deviations: `sizd` is taken for `size`, since one server writes it for directories; links are `OS.unix=slink:target`, as ProFTPD and
 * Pure-FTPd write them.
 */
import { COLON, LOWER } from '../../net/ascii.ts'
import { readTimeValue } from '../grammar.ts'
import { decodeStretch } from '../text.ts'
import { readDecimal } from './columns.ts'
import type { EntryType, ListedTime } from './entry.ts'
import { parseOctal } from './line.ts'

/** Names of facts, and values of `type`, in lower case. */
const [TYPE, SIZE, SIZD, MODIFY] = [word('type'), word('size'), word('sizd'), word('modify')]
const [UNIX_UID, UNIX_GID, UNIX_MODE] = [word('unix.uid'), word('unix.gid'), word('unix.mode')]
const [UNIX_OWNER, UNIX_GROUP] = [word('unix.owner'), word('unix.group')]
const [UNIX_OWNERNAME, UNIX_GROUPNAME] = [word('unix.ownername'), word('unix.groupname')]
const [FILE, CDIR, PDIR] = [word('file'), word('cdir'), word('pdir')]
/** `dir` and the semicolon behind it. */
const DIR = word('dir;')
const [SLINK, SYMLINK] = [word('os.unix=slink'), word('os.unix=symlink')]

/** A word of four octets or more, in lower case: all of it, and its first and its last four octets as numbers. */
interface Word {
  readonly lower: Buffer
  readonly first: number
  readonly last: number
}

function word(text: string): Word {
  const lower = Buffer.from(text, 'latin1')
  return { lower, first: fourAt(lower, 0), last: fourAt(lower, lower.length - 4) }
}

/** What the facts of one line say, as far as it has a place in an entry. */
export interface Facts {
  type: EntryType
  role: 'entry' | 'current' | 'parent'
  size: number | undefined
  time: ListedTime | undefined
  mode: number | undefined
  owner: string | undefined
  group: string | undefined
  target: string | undefined
}

/** What a fact speaks of. `other`: what has no place in an entry. */
export type Subject = 'type' | 'size' | 'time' | 'mode' | 'owner' | 'ownerName' | 'group' | 'groupName' | 'other'

/** The field of an entry of which each speaks, as a bit; two may speak of the same. */
export const FIELDS: Readonly<Record<Subject, number>> = {
  type: 1,
  size: 2,
  time: 4,
  mode: 8,
  owner: 16,
  ownerName: 16,
  group: 32,
  groupName: 32,
  other: 0,
}

/** A line without facts. */
export function unsaid(): Facts {
  return {
    type: 'unknown',
    role: 'entry',
    size: undefined,
    time: undefined,
    mode: undefined,
    owner: undefined,
    group: undefined,
    target: undefined,
  }
}

/** What the fact of the name `bytes[from, to)` speaks of. */
export function subjectOf(bytes: Buffer, from: number, to: number): Subject {
  // The lengths differ, or nearly: one comparison finds the fact, and none is needed to find that it is another.
  switch (to - from) {
    case 4:
      if (isWord(bytes, from, TYPE)) return 'type'
      return isWord(bytes, from, SIZE) || isWord(bytes, from, SIZD) ? 'size' : 'other'
    case 6:
      return isWord(bytes, from, MODIFY) ? 'time' : 'other'
    case 8:
      if (isWord(bytes, from, UNIX_UID)) return 'owner'
      return isWord(bytes, from, UNIX_GID) ? 'group' : 'other'
    case 9:
      return isWord(bytes, from, UNIX_MODE) ? 'mode' : 'other'
    case 10:
      if (isWord(bytes, from, UNIX_OWNER)) return 'owner'
      return isWord(bytes, from, UNIX_GROUP) ? 'group' : 'other'
    case 14:
      if (isWord(bytes, from, UNIX_OWNERNAME)) return 'ownerName'
      return isWord(bytes, from, UNIX_GROUPNAME) ? 'groupName' : 'other'
    default:
      return 'other'
  }
}

/**
 * Puts what the value `octets[from, to)` says in its place; `false` where it is malformed. A fact without a value says nothing. A name
 * counts more than a number.
 */
export function readFact(
  facts: Facts,
  subject: Subject,
  octets: string,
  from: number,
  to: number,
  bytes: Buffer,
): boolean {
  if (from === to) return true
  switch (subject) {
    case 'type':
      readType(facts, octets, from, to, bytes)
      return true
    case 'size':
      facts.size = readDecimal(bytes, from, to)
      return true
    case 'time':
      facts.time = readTimeValue(bytes, from, to)
      return facts.time !== undefined
    case 'mode':
      facts.mode = parseOctal(octets.slice(from, to))
      return true
    case 'owner':
      facts.owner ??= decodeStretch(octets, from, to, bytes)
      return true
    case 'group':
      facts.group ??= decodeStretch(octets, from, to, bytes)
      return true
    case 'ownerName':
      facts.owner = decodeStretch(octets, from, to, bytes)
      return true
    case 'groupName':
      facts.group = decodeStretch(octets, from, to, bytes)
      return true
    case 'other':
      return true
  }
}

/** Takes back what was said of a subject. */
export function withdraw(facts: Facts, subject: Subject): void {
  switch (subject) {
    case 'type':
      facts.type = 'unknown'
      facts.role = 'entry'
      facts.target = undefined
      return
    case 'size':
      facts.size = undefined
      return
    case 'time':
      facts.time = undefined
      return
    case 'mode':
      facts.mode = undefined
      return
    case 'owner':
    case 'ownerName':
      facts.owner = undefined
      return
    case 'group':
    case 'groupName':
      facts.group = undefined
      return
    case 'other':
  }
}

/** Whether `word` stands at `from` in either case: by its first and its last four octets, which are all that most words have. */
function isWord(bytes: Buffer, from: number, { lower, first, last }: Word): boolean {
  const tail = lower.length - 4
  if (fourAt(bytes, from) !== first || fourAt(bytes, from + tail) !== last) return false
  for (let index = 4; index < tail; index++) if (LOWER[bytes[from + index] as number] !== lower[index]) return false
  return true
}

/** Four octets as one number, letters among them in lower case. */
function fourAt(bytes: Buffer, at: number): number {
  const first = bytes[at] as number
  const second = bytes[at + 1] as number
  const third = bytes[at + 2] as number
  const fourth = bytes[at + 3] as number
  return (first << 24) | (second << 16) | (third << 8) | fourth | 0x20202020
}

/** `"File" / "cdir" / "pdir" / "dir" / "OS." os-name "=" os-kind`, in either case (RFC 3659 §7.5.1). */
function readType(facts: Facts, octets: string, from: number, to: number, bytes: Buffer): void {
  if (isValue(bytes, from, to, FILE)) facts.type = 'file'
  else if (isValue(bytes, from, to + 1, DIR)) facts.type = 'directory'
  else if (isValue(bytes, from, to, CDIR) || isValue(bytes, from, to, PDIR)) {
    facts.type = 'directory'
    facts.role = isValue(bytes, from, to, CDIR) ? 'current' : 'parent'
  } else {
    const behind = from + SLINK.lower.length
    const isSlink = isWord(bytes, from, SLINK)
    facts.type = isSlink || isValue(bytes, from, to, SYMLINK) ? 'link' : 'other'
    if (isSlink && bytes[behind] === COLON) facts.target = decodeStretch(octets, behind + 1, to, bytes)
  }
}

/** Whether `bytes[from, to)` is `word`, in either case. */
function isValue(bytes: Buffer, from: number, to: number, word: Word): boolean {
  return to - from === word.lower.length && isWord(bytes, from, word)
}
