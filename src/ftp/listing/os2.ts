/**
 * The lines of the FTP server of OS/2.
 *
 *     33280      A          02-09-97   13:49  letter to martha.txt
 *         0           DIR   05-12-103  16:52  Maintenance Desktop
 *     └─ size    │    │     └─ day     └ time └─ name: behind two spaces
 *                │    directory
 *                attributes: archive, hidden, read-only, system
 *
 *     day = month "-" day "-" ( 2DIGIT / years since 1900 / 4DIGIT )
 *
 * In 2000 its years became 100, and a later server put DIR before the attributes.
 */
import { byteClass, isAllText, parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { listedTime, parseClock, parseDay } from './dates.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { splitWords, type ListingFormat } from './line.ts'

/** OS/2. */
export const OS2: ListingFormat = { name: 'os2', parse: parseOs2Line }

const ATTRIBUTES = byteClass('AHRS')

/** A size, attributes and DIR, a day, a clock. */
const MAX_WORDS = 5

function parseOs2Line(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const [sizeWord, ...words] = splitWords(octets, from, to, MAX_WORDS)
  const size = parseDecimal(sizeWord?.text ?? '')
  const dayAt = words.findIndex((word) => word.text !== 'DIR' && !isAllText(ATTRIBUTES, word.text))
  const day = parseDay(words[dayAt]?.text ?? '', '-', 'mdy')
  const clockWord = words[dayAt + 1]
  const clock = parseClock(clockWord?.text ?? '')
  if (size === undefined || day === undefined || clockWord === undefined || clock === undefined) return undefined
  const nameFrom = clockWord.to + (octets.startsWith('  ', clockWord.to) ? 2 : 1)
  if (nameFrom >= to) return undefined
  const isDirectory = words.slice(0, dayAt).some((word) => word.text === 'DIR')
  return new ListedEntry(
    {
      name: decodeOctets(octets.slice(nameFrom, to)),
      type: isDirectory ? 'directory' : 'file',
      size,
      time: listedTime(day, clock),
    },
    reference,
  )
}
