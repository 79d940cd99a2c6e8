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
import { parseDecimal, SEMICOLON, SP } from '../../net/ascii.ts'
import { parseTimeValue, writeTimeValue } from '../grammar.ts'
import { decodeOctets } from '../text.ts'
import { ListedEntry, type EntryType, type ListedTime, type Reference } from './entry.ts'

const EQUALS = 0x3d
const SLINK = 'os.unix=slink'

/** What the facts of one line say, as far as it has a place in an entry. */
interface Facts {
  type: EntryType
  role: 'entry' | 'current' | 'parent'
  size: number | undefined
  time: ListedTime | undefined
  mode: number | undefined
  owner: string | undefined
  group: string | undefined
  target: string | undefined
}

/** The entry that `octets[from, to)` is, or `undefined` where it is none. */
export function parseMlsxLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const space = indexWithin(octets, SP, from, to)
  if (space >= to - 1) return undefined
  const facts: Facts = {
    type: 'unknown',
    role: 'entry',
    size: undefined,
    time: undefined,
    mode: undefined,
    owner: undefined,
    group: undefined,
    target: undefined,
  }
  for (let at = from; at < space;) {
    const end = indexWithin(octets, SEMICOLON, at, space)
    const equals = indexWithin(octets, EQUALS, at, end)
    if (end === space || equals === end) return undefined
    if (!readFact(facts, octets, at, equals, end)) return undefined
    at = end + 1
  }
  const name = decodeOctets(octets.slice(space + 1, to))
  return new ListedEntry({ name, ...facts, facts: octets.slice(from, space) }, reference)
}

/** The first `unit` in `octets[from, to)`, or `to`. Not `indexOf`, which would look through the lines behind this one. */
function indexWithin(octets: string, unit: number, from: number, to: number): number {
  let at = from
  while (at < to && octets.charCodeAt(at) !== unit) at++
  return at
}

/** Puts one fact in its place; `false` where it is malformed. A fact without a value says nothing. */
function readFact(facts: Facts, octets: string, from: number, equals: number, end: number): boolean {
  if (equals + 1 === end) return true
  // The lengths differ, or nearly: one comparison finds the fact, and none is needed to find that it is another.
  switch (equals - from) {
    case 4:
      if (isWord(octets, from, 'type')) readType(facts, octets.slice(equals + 1, end))
      else if (isWord(octets, from, 'size') || isWord(octets, from, 'sizd'))
        facts.size = parseDecimal(octets.slice(equals + 1, end))
      return true
    case 6:
      if (!isWord(octets, from, 'modify')) return true
      facts.time = parseTimeValue(octets.slice(equals + 1, end))
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
function readType(facts: Facts, value: string): void {
  const isWhole = (word: string): boolean => value.length === word.length && isWord(value, 0, word)
  if (isWhole('file')) facts.type = 'file'
  else if (isWhole('dir')) facts.type = 'directory'
  else if (isWhole('cdir') || isWhole('pdir')) {
    facts.type = 'directory'
    facts.role = isWord(value, 0, 'c') ? 'current' : 'parent'
  } else facts.type = isWord(value, 0, SLINK) || isWhole('os.unix=symlink') ? 'link' : 'other'
  if (isWord(value, 0, `${SLINK}:`)) facts.target = decodeOctets(value.slice(SLINK.length + 1))
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
export const FACTS = ['type', 'size', 'modify', 'perm'] as const

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
}

/** The line of an entry, with the `selected` facts and without its line end. */
export function writeMlsxLine(facts: MlsxFacts, name: string, selected: ReadonlySet<FactName>): string {
  let line = ''
  if (selected.has('type')) line += `type=${facts.type};`
  if (selected.has('size') && facts.size !== undefined) line += `size=${facts.size};`
  if (selected.has('modify')) line += `modify=${writeTimeValue(facts.modified)};`
  if (selected.has('perm')) line += `perm=${facts.perm};`
  return `${line} ${name}`
}
