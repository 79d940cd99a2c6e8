/**
 * The corpus of real listing lines with the entries that they stand for. It holds other projects' data under their licences, so it is
 * not part of this repository: tests read it where it lies, and say so where it does not.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PATH = fileURLToPath(new URL('../../../shared/corpora/ftp/listings.json', import.meta.url))

/** What a line must be read to; `null` asserts nothing, but for a year, where it means that the line has none. */
export interface ExpectedEntry {
  readonly name: string
  readonly type: 'file' | 'dir' | 'link' | 'unknown' | null
  readonly size: number | null
  readonly target: string | null
  /** JSON of the letters or the numbers of user, group and the others. */
  readonly perms: string | null
  readonly owner: string | null
  readonly group: string | null
  readonly date: {
    readonly year: number | null
    readonly month: number
    readonly day: number
    readonly hour?: number
    readonly minute?: number
    readonly second?: number
  } | null
  readonly links?: number | null
}

/** One case of the corpus. */
export interface ListingCase {
  readonly id: string
  readonly corpus: string
  /** The kind of server, where the source says it. */
  readonly hint: string | null
  readonly lines: readonly string[]
  readonly expect?: ExpectedEntry
  readonly expectAll?: readonly ExpectedEntry[]
  readonly reject?: boolean
  readonly rawOnly?: boolean
  readonly note?: string
}

/** The cases, or `undefined` where the corpus is not there; then it is said so, loudly. */
export function listingCases(): readonly ListingCase[] | undefined {
  if (existsSync(PATH)) return (JSON.parse(readFileSync(PATH, 'utf8')) as { cases: ListingCase[] }).cases
  console.warn(`SKIPPED: the tests on the corpus of listings, which is not at ${PATH}`)
  return undefined
}

/** How well one source of the corpus is read. */
export interface ListingCount {
  readonly corpus: string
  /** Entries of which something is asserted. */
  readonly entries: number
  /** Those of which every asserted field is right. */
  readonly right: number
  /** Lines that are none, and must not become entries. */
  readonly toRefuse: number
  readonly refused: number
}
