/**
 * Replies, beside basic-ftp's parser. That one is given text and leaves the code to whoever asks; so both are given octets, and both
 * have to find code and text of each reply. It is fed whole replies only: cut within a line it loses them.
 */
import { deepStrictEqual } from 'node:assert'
import { parseControlResponse } from 'basic-ftp/dist/parseControlResponse.js'
import { DEFAULT_LIMITS, STRICT } from '../../src/ftp/limits.ts'
import { ReplyParser } from '../../src/ftp/parser.ts'
import { waysToCut } from '../suite.ts'
import type { Case, Suite } from '../suite.ts'
import { FEATURES, REPLIES } from './fixtures.ts'

type Found = (code: number, lines: readonly string[]) => void

function byWireline(pieces: readonly Buffer[], found: Found): void {
  const parser = new ReplyParser(DEFAULT_LIMITS, STRICT)
  for (const piece of pieces) {
    parser.push(piece)
    for (let unit = parser.next(); unit !== undefined; unit = parser.next())
      if ('code' in unit) found(unit.code, unit.lines)
  }
}

function byBasicFtp(pieces: readonly Buffer[], found: (code: number, message: string) => void): void {
  let rest = ''
  for (const piece of pieces) {
    const response = parseControlResponse(rest + piece.toString('utf8'))
    rest = response.rest
    for (const message of response.messages) found(Number.parseInt(message.slice(0, 3), 10), message)
  }
}

/** What both find, as text: a line without its code. */
function proven(pieces: readonly Buffer[]): void {
  const [ours, theirs]: [string[], string[]] = [[], []]
  byWireline(pieces, (code, lines) => {
    const last = lines.length - 1
    ours.push(
      lines.map((line, at) => (at > 0 && at < last ? line : `${code}${at === last ? ' ' : '-'}${line}`)).join('\n'),
    )
  })
  byBasicFtp(pieces, (_code, message) => theirs.push(message))
  deepStrictEqual(ours, theirs)
}

function competition(name: string, bytes: Buffer): Case {
  proven([bytes])
  return {
    kind: 'call',
    name,
    rival: 'basic-ftp',
    goals: [{ contender: 'wireline', rival: 'basic-ftp', atLeast: 1.5 }],
    contenders: {
      wireline: () => {
        let sum = 0
        byWireline([bytes], (code) => (sum += code))
        return sum
      },
      'basic-ftp': () => {
        let sum = 0
        byBasicFtp([bytes], (code) => (sum += code))
        return sum
      },
    },
  }
}

/** In segments there is no rival: the other parser loses a reply that is cut. */
function alone(name: string, bytes: Buffer): Case {
  const pieces = waysToCut(bytes)['in segments']
  const count = (cut: readonly Buffer[]): number => {
    let replies = 0
    byWireline(cut, () => replies++)
    return replies
  }
  deepStrictEqual(count(pieces), count([bytes]))
  return {
    kind: 'call',
    name: `${name}, in segments`,
    rival: 'whole',
    contenders: { whole: () => count([bytes]), wireline: () => count(pieces) },
  }
}

/** The cases. */
export const suite: Suite = {
  title: 'FTP replies',
  about: 'From octets to code and text. The rival is fed whole replies only: cut within a line it loses them.',
  cases: [
    competition('4,000 replies on one line', REPLIES),
    competition('100 FEAT replies of 18 lines', FEATURES),
    alone('4,000 replies on one line', REPLIES),
  ],
}
