/**
 * The lines of Microware's OS-9, as its `dir -e` has them.
 *
 *      Owner    Last modified  Attributes Sector Bytecount Name
 *     -------   -------------  ---------- ------ --------- ----
 *      20.20    07/03/29 1026   d-ewrewr    2650     85920 images
 *     └ group.  └ yy/mm/dd      └ │  └── owner          └─ size
 *         user        hhmm      directory └ everybody: execute, write, read
 */
import { byteClass, isAllText, parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { listedTime, parseClock, parseDay } from './dates.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { beginsWith, splitWords, type ListingFormat } from './line.ts'

/** OS-9. */
export const OS9: ListingFormat = {
  name: 'os9',
  parse: parseOs9Line,
  announce: (octets, from, to) => (beginsWith(octets, from, to, ['Owner', 'Last', 'modified']) ? OS9 : undefined),
}

const ATTRIBUTES = byteClass('dsewr-')

function parseOs9Line(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const words = splitWords(octets, from, to, 7)
  const [ids = '', dayWord = '', clockWord = '', attributes = '', , sizeWord = ''] = words.map((word) => word.text)
  const [group = '', user = '', ...more] = ids.split('.')
  const day = parseDay(dayWord, '/', 'ymd')
  const clock = parseClock(`${clockWord.slice(0, 2)}:${clockWord.slice(2)}`)
  const size = parseDecimal(sizeWord)
  const isOwner = parseDecimal(group) !== undefined && parseDecimal(user) !== undefined && more.length === 0
  const isAttributes = attributes.length === 8 && isAllText(ATTRIBUTES, attributes)
  if (!isOwner || !isAttributes || day === undefined || clock === undefined || size === undefined) return undefined
  const nameFrom = words[6]?.from
  if (nameFrom === undefined) return undefined
  return new ListedEntry(
    {
      name: decodeOctets(octets.slice(nameFrom, to)),
      type: attributes.startsWith('d') ? 'directory' : 'file',
      size,
      time: listedTime(day, clock),
      owner: user,
      group,
    },
    reference,
  )
}
