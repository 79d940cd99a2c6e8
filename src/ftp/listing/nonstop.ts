/**
 * The lines of HP NonStop (Tandem Guardian).
 *
 *     File         Code             EOF  Last Modification    Owner  RWEP
 *     LETTERS       101            2522 27-Aug-02 13:57:10 155,106 "nnnn"
 *     NOTES      O  101            4048  4-Mar-01 23:50:06 255,  0 "nunu"
 *     └─ name    │  └ kind      └─ size └─ time            └ group,└ who may read, write,
 *                open for writing                            user    execute, purge
 *
 * The kind is the fact `nonstop.code`.
 */
import { parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { listedTime, parseClock, parseDay } from './dates.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { beginsWith, splitWords, type ListingFormat } from './line.ts'

/** HP NonStop. */
export const NONSTOP: ListingFormat = {
  name: 'nonstop',
  parse: parseNonstopLine,
  announce: (octets, from, to) => (beginsWith(octets, from, to, ['File', 'Code', 'EOF']) ? NONSTOP : undefined),
}

/** No row has more words than these: name, `O`, code, size, day, clock, owner in two, permissions. */
const MAX_WORDS = 9

function parseNonstopLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const words = splitWords(octets, from, to, MAX_WORDS + 1).map((word) => word.text)
  const name = words[0] ?? ''
  const [code = '', sizeWord = '', dayWord = '', clockWord = '', ...rest] = words.slice(words[1] === 'O' ? 2 : 1)
  const size = parseDecimal(sizeWord)
  const day = parseDay(dayWord, '-', 'dMy')
  const clock = parseClock(clockWord)
  const ids = rest.slice(0, -1).join('').split(',')
  const permissions = rest.at(-1) ?? ''
  const [group = '', user = ''] = ids
  const isOwner = ids.length === 2 && parseDecimal(group) !== undefined && parseDecimal(user) !== undefined
  const isQuoted = permissions.length === 6 && permissions.startsWith('"') && permissions.endsWith('"')
  if (size === undefined || day === undefined || clock === undefined || parseDecimal(code) === undefined)
    return undefined
  if (!isOwner || !isQuoted) return undefined
  return new ListedEntry(
    {
      name: decodeOctets(name),
      type: 'file',
      size,
      time: listedTime(day, clock),
      owner: user,
      group,
      facts: `nonstop.code=${code}`,
    },
    reference,
  )
}
