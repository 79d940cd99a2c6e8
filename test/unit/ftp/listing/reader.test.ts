import { describe, expect, it } from 'vitest'
import { FtpError, FtpLimitError } from '../../../../src/ftp/errors.ts'
import { mergeLimits } from '../../../../src/ftp/limits.ts'
import { FORMATS_NAMED, LIST_FORMATS, MLSD_FORMATS } from '../../../../src/ftp/listing/format.ts'
import type { ListingFormat } from '../../../../src/ftp/listing/line.ts'
import { ListingReader } from '../../../../src/ftp/listing/reader.ts'
import { splits } from '../../../support/splits.ts'

const REFERENCE = { nowMs: Date.UTC(2026, 2, 10), serverOffsetMinutes: 0 }

function read(pieces: readonly Buffer[], formats: readonly ListingFormat[], maxListingLineBytes = 200): string[] {
  const reader = new ListingReader(formats, REFERENCE, mergeLimits({ maxListingLineBytes }))
  const told: string[] = []
  try {
    for (const piece of pieces) {
      reader.push(piece)
      for (let entry = reader.next(); entry !== undefined; entry = reader.next())
        told.push(`${entry.name}:${entry.size ?? ''}`)
    }
    const last = reader.end()
    if (last !== undefined) told.push(`${last.name}:${last.size ?? ''}`)
  } catch (error) {
    expect(error).toSatisfy((thrown) => thrown instanceof FtpError || thrown instanceof FtpLimitError)
    told.push((error as FtpError).code)
  }
  return told
}

const DAY = '2-JUN-1998 07:32'
const MEMBERS = ' Name     VV.MM   Created       Changed'
const SETS = 'Volume Unit    Referred Ext Used'
const ROW = '-rw-r--r-- 1 a b 5 Mar 2 2001'

describe('ListingReader', () => {
  it.each([
    ['nothing', '', LIST_FORMATS, []],
    ['decoration', 'total 5\r\n\r\n   \r\n', LIST_FORMATS, []],
    ['rows', `total 5\r\n${ROW} x\r\n${ROW} y z\r\n`, LIST_FORMATS, ['x:5', 'y z:5']],
    ['a last row without end', `${ROW} x\n${ROW} y`, LIST_FORMATS, ['x:5', 'y:5']],
    ['warnings among rows', `ls: no\r\n${ROW} x\r\nls: no\r\n`, LIST_FORMATS, ['x:5']],
    ['nothing but warnings', 'ls: no\r\n', LIST_FORMATS, ['FTP_LISTING']],
    ['one warning without end', 'ls: no', LIST_FORMATS, ['FTP_LISTING']],
    ['facts where rows were expected', `size=1; x\r\nsize=2; y\r\n${ROW} z\r\n`, LIST_FORMATS, ['x:1', 'y:2', 'z:5']],
    ['a name alone is no row', ' x\r\n', LIST_FORMATS, ['FTP_LISTING']],
    ['facts', 'size=1; x\r\n y\r\n', MLSD_FORMATS, ['x:1', 'y:']],
    ['a row is no facts', `${ROW} x\r\n`, MLSD_FORMATS, ['FTP_LISTING']],
    ['a line that is too long', `${ROW} ${'x'.repeat(200)}\r\n`, LIST_FORMATS, ['FTP_LISTING_TOO_LONG']],
    ['a sum among rows', `${ROW} x\r\ntotal 5\r\n${ROW} y\r\n`, LIST_FORMATS, ['x:5', 'y:5']],
    ['an empty directory of VMS', '\r\nDirectory A:[B]\r\n\r\nTotal of 0 files.\r\n', LIST_FORMATS, []],
    ['an entry on two lines', `A.B;1\r\n    2/3  ${DAY}\r\nC.D;1 4 ${DAY}\r\n`, LIST_FORMATS, ['A.B:1024', 'C.D:2048']],
    ['one that does not go on', `A.B;1\r\n${ROW} x\r\n  2/3  ${DAY}\r\n`, LIST_FORMATS, ['x:5']],
    ['one that goes on after another', `A.B;1\r\nC.D;1\r\n 2/3 ${DAY}\r\n`, LIST_FORMATS, ['C.D:1024']],
    ['one that goes on without end', `A.B;1\n 2/3 ${DAY}`, LIST_FORMATS, ['A.B:1024']],
    ['one that goes on nowhere', 'A.B;1\r\n', LIST_FORMATS, ['FTP_LISTING']],
    ['members behind their heading', `${MEMBERS}\r\nMAIN\r\n`, LIST_FORMATS, ['MAIN:']],
    ['members without their heading', 'MAIN\r\n', LIST_FORMATS, ['FTP_LISTING']],
    ['members of a named server', 'MAIN\r\n', FORMATS_NAMED.mvs, ['MAIN:']],
    ['an empty data set', MEMBERS, LIST_FORMATS, []],
    ['a heading behind another', `${MEMBERS}\nMAIN\n${SETS}\nMigrated A.B\n`, LIST_FORMATS, ['MAIN:', 'A.B:']],
    ['one that never ends', 'x'.repeat(500), LIST_FORMATS, ['FTP_LISTING_TOO_LONG']],
  ])('%s', (_name, listing, formats, told) => {
    for (const { name, pieces } of splits(Buffer.from(listing))) expect(read(pieces, formats), name).toEqual(told)
  })
})
