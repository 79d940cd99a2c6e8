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
import { COLON, SEMICOLON, SP } from '../../net/ascii.ts'
import { readTimeValue, writeTimeValue } from '../grammar.ts'
import { decodeOctets } from '../text.ts'
import { ListedEntry, type EntryType, type ListedTime, type Reference } from './entry.ts'
import { readNumber } from './line.ts'

const EQUALS = 0x3d
const SLINK = 'os.unix=slink'

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

/** The entry that `octets[from, to)` is, or `undefined` where it is none. */
export function parseMlsxLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
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
  while (at < to && octets.charCodeAt(at) !== SP) {
    const equals = factEdge(octets, EQUALS, at, to)
    const end = factEdge(octets, SEMICOLON, equals, to)
    if (end === to || !readFact(facts, octets, at, equals, end)) return undefined
    at = end + 1
  }
  if (at >= to - 1) return undefined
  facts.name = decodeOctets(octets.slice(at + 1, to))
  facts.facts = octets.slice(from, at)
  return new ListedEntry(facts, reference)
}

/**
 * Where the next `edge` of a fact stands, or `to` where a space or a semicolon comes before it. Not `indexOf`, which would look through the
 * lines behind this one.
 */
function factEdge(octets: string, edge: number, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const unit = octets.charCodeAt(at)
    if (unit === edge) return at
    if (unit === SP || unit === SEMICOLON) return to
  }
  return to
}

/** Puts one fact in its place; `false` where it is malformed. A fact without a value says nothing. */
function readFact(facts: Facts, octets: string, from: number, equals: number, end: number): boolean {
  if (equals + 1 === end) return true
  // The lengths differ, or nearly: one comparison finds the fact, and none is needed to find that it is another.
  switch (equals - from) {
    case 4:
      if (isWord(octets, from, 'type')) readType(facts, octets, equals + 1, end)
      else if (isWord(octets, from, 'size') || isWord(octets, from, 'sizd'))
        facts.size = readNumber(octets, equals + 1, end)
      return true
    case 6:
      if (!isWord(octets, from, 'modify')) return true
      facts.time = readTimeValue(octets, equals + 1, end)
      return facts.time !== undefined
    case 8:
      if (isWord(octets, from, 'unix.uid')) facts.owner ??= decodeOctets(octets.slice(equals + 1, end))
      else if (isWord(octets, from, 'unix.gid')) facts.group ??= decodeOctets(octets.slice(equals + 1, end))
      return true
    case 9:
      if (isWord(octets, from, 'unix.mode')) facts.mode = parseOctal(octets.slice(equals + 1, end))
      return true
    case 10:
      if (isWord(octets, from, 'unix.owner')) facts.owner ??= decodeOctets(octets.slice(equals + 1, end))
      else if (isWord(octets, from, 'unix.group')) facts.group ??= decodeOctets(octets.slice(equals + 1, end))
      return true
    case 14:
      if (isWord(octets, from, 'unix.ownername')) facts.owner = decodeOctets(octets.slice(equals + 1, end))
      else if (isWord(octets, from, 'unix.groupname')) facts.group = decodeOctets(octets.slice(equals + 1, end))
      return true
    default:
      return true
  }
}

/** Whether `word`, in lower case, stands at `from` in either case. */
function isWord(octets: string, from: number, word: string): boolean {
  for (let index = 0; index < word.length; index++) {
    const unit = octets.charCodeAt(from + index)
    const lower = unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit
    if (lower !== word.charCodeAt(index)) return false
  }
  return true
}

/** `"File" / "cdir" / "pdir" / "dir" / "OS." os-name "=" os-kind`, in either case (RFC 3659 §7.5.1). */
function readType(facts: Facts, octets: string, from: number, to: number): void {
  if (isValue(octets, from, to, 'file')) facts.type = 'file'
  else if (isValue(octets, from, to, 'dir')) facts.type = 'directory'
  else if (isValue(octets, from, to, 'cdir') || isValue(octets, from, to, 'pdir')) {
    facts.type = 'directory'
    facts.role = isWord(octets, from, 'c') ? 'current' : 'parent'
  } else {
    const behind = from + SLINK.length
    facts.type = isWord(octets, from, SLINK) || isValue(octets, from, to, 'os.unix=symlink') ? 'link' : 'other'
    if (isWord(octets, from, SLINK) && octets.charCodeAt(behind) === COLON)
      facts.target = decodeOctets(octets.slice(behind + 1, to))
  }
}

/** Whether `octets[from, to)` is `word`, in either case. */
function isValue(octets: string, from: number, to: number, word: string): boolean {
  return to - from === word.length && isWord(octets, from, word)
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
