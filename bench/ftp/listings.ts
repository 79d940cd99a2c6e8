/**
 * Listings, beside basic-ftp's parsers: from octets to name, type, size and what else a row says. Before they
 * are timed both have to find the same names, types and sizes; of MLSD the times, too, which that one makes as it reads.
 */
import { deepStrictEqual } from 'node:assert'
import { parseList } from 'basic-ftp/dist/parseList.js'
import { DEFAULT_LIMITS } from '../../src/ftp/limits.ts'
import type { ListedEntry } from '../../src/ftp/listing/entry.ts'
import { LIST_FORMATS, MLSD_FORMATS } from '../../src/ftp/listing/format.ts'
import type { ListingFormat } from '../../src/ftp/listing/line.ts'
import { ListingReader } from '../../src/ftp/listing/reader.ts'
import { waysToCut } from '../suite.ts'
import type { Case, Suite } from '../suite.ts'
import { mlsdList, unixList } from './fixtures.ts'

const REFERENCE = { nowMs: Date.UTC(2026, 0, 1), serverOffsetMinutes: 0 }

function byWireline(pieces: readonly Buffer[], formats: readonly ListingFormat[]): ListedEntry[] {
  const reader = new ListingReader(formats, REFERENCE, DEFAULT_LIMITS)
  const entries: ListedEntry[] = []
  for (const piece of pieces) {
    reader.push(piece)
    for (let entry = reader.next(); entry !== undefined; entry = reader.next()) entries.push(entry)
  }
  reader.end()
  return entries
}

function byBasicFtp(pieces: readonly Buffer[]): ReturnType<typeof parseList> {
  return parseList(Buffer.concat(pieces).toString('utf8'))
}

function proven(pieces: readonly Buffer[], formats: readonly ListingFormat[], hasTimes: boolean): void {
  const ours = byWireline(pieces, formats).map(({ name, type, size, modified }) => [
    name,
    type === 'directory',
    size ?? 0,
    hasTimes ? modified?.getTime() : 0,
  ])
  const theirs = byBasicFtp(pieces).map(({ name, isDirectory, size, modifiedAt }) => [
    name,
    isDirectory,
    size,
    hasTimes ? modifiedAt?.getTime() : 0,
  ])
  deepStrictEqual(ours, theirs)
}

interface Kind {
  readonly name: string
  readonly bytes: (entries: number) => Buffer
  readonly formats: readonly ListingFormat[]
  readonly hasTimes: boolean
  readonly atLeast: number
  readonly notes?: string
}

const UNIX: Kind = { name: 'Unix LIST', bytes: unixList, formats: LIST_FORMATS, hasTimes: false, atLeast: 1.5 }
const MLSD: Kind = {
  name: 'MLSD',
  bytes: mlsdList,
  formats: MLSD_FORMATS,
  hasTimes: true,
  atLeast: 6,
  notes:
    'A line is compared with the one before it, the first one with the last one of the listing before. What is left is the entry, its name and the values that differ.',
}

/** A directory of so many entries, whole and as TCP has it; a small one is no longer than a segment. */
function cases({ name, bytes, formats, hasTimes, atLeast, notes }: Kind, entries: number): Case[] {
  const ways = Object.entries(waysToCut(bytes(entries))).filter(([way, { length }]) => way === 'whole' || length > 1)
  return ways.map(([way, pieces]): Case => {
    proven(pieces, formats, hasTimes)
    return {
      kind: 'call',
      name: `${name}, ${entries.toLocaleString('en')} entries, ${way}`,
      rival: 'basic-ftp',
      goals: [{ contender: 'wireline', rival: 'basic-ftp', atLeast }],
      ...(notes !== undefined && way === 'in segments' && { notes }),
      contenders: {
        wireline: () => byWireline(pieces, formats).length,
        'basic-ftp': () => byBasicFtp(pieces).length,
      },
    }
  })
}

/** The cases. */
export const suite: Suite = {
  title: 'FTP listings',
  about: 'From octets to name, type, size and what else a row says.',
  cases: [UNIX, MLSD].flatMap((kind) => [10, 200, 10_000].flatMap((entries) => cases(kind, entries))),
}
