/** The hot paths of FTP's replies. */
import { DEFAULT_LIMITS, STRICT } from '../../src/ftp/limits.ts'
import { ReplyParser } from '../../src/ftp/parser.ts'
import { FEATURES, REPLIES } from '../ftp/fixtures.ts'
import type { Path, Paths } from './path.ts'

/** Octets of text in replies. */
function replies(bytes: Buffer, times: number, finds: number): Path {
  const parser = new ReplyParser(DEFAULT_LIMITS, STRICT)
  const work = (): number => {
    let found = 0
    parser.push(bytes)
    for (let unit = parser.next(); unit !== undefined; unit = parser.next())
      if ('code' in unit) for (const line of unit.lines) found += line.length
    return found
  }
  return { work, times, finds }
}

/** The paths. */
export const paths: Paths = {
  'FTP, 4,000 replies on one line': replies(REPLIES, 5, 155_000),
  'FTP, 100 replies to FEAT': replies(FEATURES, 16, 17_300),
}
