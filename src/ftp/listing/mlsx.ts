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
 * All that is behind the first space is the name, further spaces too. How lines are read stands in `mlsx-lines.ts`, and what facts mean
 * in `mlsx-facts.ts`.
 */
import { writeTimeValue } from '../grammar.ts'
import type { ListedEntry, Reference } from './entry.ts'
import { readLineAlone } from './mlsx-lines.ts'

/** The entry that `octets[from, to)` is, or `undefined` where it is none; `bytes` are the same octets. */
export function parseMlsxLine(
  octets: string,
  from: number,
  to: number,
  reference: Reference,
  bytes: Buffer,
): ListedEntry | undefined {
  return readLineAlone('mlsx', octets, from, to, reference, bytes)
}

/** The facts that a server of ours can tell, in the order in which it does. */
export const FACTS = ['type', 'size', 'modify', 'perm', 'UNIX.mode'] as const

/** One of `FACTS`. */
export type FactName = (typeof FACTS)[number]

/** All of them: what is selected where nothing was (RFC 3659 §7.9). One set for all sessions. */
export const ALL_FACTS: ReadonlySet<FactName> = new Set(FACTS)

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
