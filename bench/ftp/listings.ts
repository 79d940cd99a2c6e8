/**
 * Listings of ten thousand entries, beside basic-ftp's parsers: from octets to name, type, size and what else a row says. Before they
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
import { MLSD_LIST, UNIX_LIST } from './fixtures.ts'

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

function cases(name: string, bytes: Buffer, formats: readonly ListingFormat[], hasTimes: boolean): Case[] {
  return Object.entries(waysToCut(bytes)).map(([way, pieces]): Case => {
    proven(pieces, formats, hasTimes)
    return {
      kind: 'call',
      name: `${name}, 10,000 entries, ${way}`,
      rival: 'basic-ftp',
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
  cases: [...cases('Unix LIST', UNIX_LIST, LIST_FORMATS, false), ...cases('MLSD', MLSD_LIST, MLSD_FORMATS, true)],
}
