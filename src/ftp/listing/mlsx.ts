/**
 * The lines of MLST and MLSD: facts for programs (RFC 3659 §7). Read for a client, written for a server.
 *
 *     type=file;size=951;modify=20150813175250;perm=adfr; welcome.msg
 *     └──────────────────── facts ────────────────────┘ │ └─ name ──┘
 *                                                       one space
 *
 *     entry = [ facts ] SP pathname
 *     facts = 1*( fact ";" )
 *     fact  = factname "=" value            ; no SP and no ";" in either
 *
 * All that is behind the first space is the name, further spaces too. Deviations: `sizd` is taken for `size`, since one server
 * writes it for directories; links are `OS.unix=slink:target`, as ProFTPD and Pure-FTPd write them.
 */
import { COLON, LOWER, SEMICOLON, SP } from '../../net/ascii.ts'
import { readTimeValue, writeTimeValue } from '../grammar.ts'
import { decodeStretch } from '../text.ts'
import { ListedEntry, type EntryType, type ListedTime, type Reference } from './entry.ts'
import { readDecimal } from './columns.ts'

const EQUALS = 0x3d

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
interface Facts {
  name: string
  type: EntryType
  role: 'entry' | 'current' | 'parent'
  size: number | undefined
  time: ListedTime | undefined
  mode: number | undefined
  owner: string | undefined
  group: string | undefined
  target: string | undefined
  facts: string
}

/** The entry that `octets[from, to)` is, or `undefined` where it is none; `bytes` are the same octets. */
export function parseMlsxLine(
  octets: string,
  from: number,
  to: number,
  reference: Reference,
  bytes: Buffer,
): ListedEntry | undefined {
  const facts: Facts = {
    name: '',
    type: 'unknown',
    role: 'entry',
    size: undefined,
    time: undefined,
    mode: undefined,
    owner: undefined,
    group: undefined,
    target: undefined,
    facts: '',
  }
  let at = from
  while (at < to && bytes[at] !== SP) {
    const equals = factEdge(bytes, EQUALS, at, to)
    const end = factEdge(bytes, SEMICOLON, equals, to)
    if (end === to || !readFact(facts, octets, at, equals, end, bytes)) return undefined
    at = end + 1
  }
  if (at >= to - 1) return undefined
  facts.name = decodeStretch(octets, at + 1, to, bytes)
  facts.facts = octets.slice(from, at)
  return new ListedEntry(facts, reference)
}

/** Where the next `edge` of a fact stands, or `to` where a space or a semicolon comes before it. */
function factEdge(bytes: Buffer, edge: number, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const octet = bytes[at]
    if (octet === edge) return at
    if (octet === SP || octet === SEMICOLON) return to
  }
  return to
}

/**
 * Puts one fact in its place, with its name in `octets[from, equals)` and its value behind that; `false` where it is malformed. A fact
 * without a value says nothing.
 */
function readFact(facts: Facts, octets: string, from: number, equals: number, end: number, bytes: Buffer): boolean {
  const valueFrom = equals + 1
  if (valueFrom === end) return true
  // The lengths differ, or nearly: one comparison finds the fact, and none is needed to find that it is another.
  switch (equals - from) {
    case 4:
      if (isWord(bytes, from, TYPE)) readType(facts, octets, valueFrom, end, bytes)
      else if (isWord(bytes, from, SIZE) || isWord(bytes, from, SIZD)) facts.size = readDecimal(bytes, valueFrom, end)
      return true
    case 6:
      if (!isWord(bytes, from, MODIFY)) return true
      facts.time = readTimeValue(bytes, valueFrom, end)
      return facts.time !== undefined
    case 8:
      if (isWord(bytes, from, UNIX_UID)) facts.owner ??= decodeStretch(octets, valueFrom, end, bytes)
      else if (isWord(bytes, from, UNIX_GID)) facts.group ??= decodeStretch(octets, valueFrom, end, bytes)
      return true
    case 9:
      if (isWord(bytes, from, UNIX_MODE)) facts.mode = parseOctal(octets.slice(valueFrom, end))
      return true
    case 10:
      if (isWord(bytes, from, UNIX_OWNER)) facts.owner ??= decodeStretch(octets, valueFrom, end, bytes)
      else if (isWord(bytes, from, UNIX_GROUP)) facts.group ??= decodeStretch(octets, valueFrom, end, bytes)
      return true
    case 14:
      if (isWord(bytes, from, UNIX_OWNERNAME)) facts.owner = decodeStretch(octets, valueFrom, end, bytes)
      else if (isWord(bytes, from, UNIX_GROUPNAME)) facts.group = decodeStretch(octets, valueFrom, end, bytes)
      return true
    default:
      return true
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

/** Permissions in octal, seven digits at most: `0644`. */
export function parseOctal(value: string): number | undefined {
  if (value === '') return undefined
  let mode = 0
  for (let index = 0; index < value.length; index++) {
    const digit = value.charCodeAt(index) - 0x30
    if (digit < 0 || digit > 7 || index > 6) return undefined
    mode = mode * 8 + digit
  }
  return mode
}

/** The facts that a server of ours can tell, in the order in which it does. */
export const FACTS = ['type', 'size', 'modify', 'perm', 'UNIX.mode'] as const

/** One of `FACTS`. */
export type FactName = (typeof FACTS)[number]

/** What is told of an entry. */
export interface MlsxFacts {
  /** RFC 3659 §7.5.1: `file`, `dir`, `cdir`, `OS.unix=other`. */
  readonly type: string
  /** Octets; `undefined` where it has no size. */
  readonly size: number | undefined
  /** When it was last changed. */
  readonly modified: Date
  /** The letters of §7.5.5. */
  readonly perm: string
  /** The nine lowest bits of Unix's modes; absent where the storage has none. */
  readonly mode?: number | undefined
}

/** The line of an entry, with the `selected` facts and without its line end. */
export function writeMlsxLine(facts: MlsxFacts, name: string, selected: ReadonlySet<FactName>): string {
  let line = ''
  if (selected.has('type')) line += `type=${facts.type};`
  if (selected.has('size') && facts.size !== undefined) line += `size=${facts.size};`
  if (selected.has('modify')) line += `modify=${writeTimeValue(facts.modified)};`
  if (selected.has('perm')) line += `perm=${facts.perm};`
  if (selected.has('UNIX.mode') && facts.mode !== undefined)
    line += `UNIX.mode=0${facts.mode.toString(8).padStart(3, '0')};`
  return `${line} ${name}`
}
