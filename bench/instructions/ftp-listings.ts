/** The hot paths of FTP's listings. */
import { DEFAULT_LIMITS } from '../../src/ftp/limits.ts'
import { LIST_FORMATS, MLSD_FORMATS } from '../../src/ftp/listing/format.ts'
import type { ListingFormat } from '../../src/ftp/listing/line.ts'
import { ListingReader } from '../../src/ftp/listing/reader.ts'
import { mlsdList, unixList } from '../ftp/fixtures.ts'
import { waysToCut } from '../suite.ts'
import type { Path, Paths } from './path.ts'

const REFERENCE = { nowMs: Date.UTC(2026, 0, 1), serverOffsetMinutes: 0 }

/** Octets of names, in a directory as TCP has it. */
function listing(bytes: Buffer, formats: readonly ListingFormat[]): Path {
  const pieces = waysToCut(bytes)['in segments']
  const work = (): number => {
    const reader = new ListingReader(formats, REFERENCE, DEFAULT_LIMITS)
    let found = 0
    for (const piece of pieces) {
      reader.push(piece)
      for (let entry = reader.next(); entry !== undefined; entry = reader.next()) found += entry.name.length
    }
    reader.end()
    return found
  }
  return { work, times: 3, finds: 38_890 }
}

/** The paths. */
export const paths: Paths = {
  'FTP, unix LIST of 2,000 entries': listing(unixList(2000), LIST_FORMATS),
  'FTP, MLSD of 2,000 entries': listing(mlsdList(2000), MLSD_FORMATS),
}
