/**
 * EPLF, the Easily Parsed LIST Format of D. J. Bernstein: publicfile, anonftpd, and servers modelled on them. Facts between commas,
 * and a tab before the name; see cr.yp.to/ftp/list/eplf.html.
 *
 *     +i8388621.48594,m825718503,r,s280,up644\tletter.html
 *      │              │          │ │    │      └─ name: all behind the tab
 *      │              │          │ size permissions in octal
 *      identity       changed    can be retrieved; "/" for a directory
 *
 *     entry = "+" *( fact "," ) HTAB name          ; and one server leaves the last "," out
 *     fact  = "/" / "r" / "s" size / "m" seconds / "i" identity / "up" mode / other
 *
 * The time is by UTC and exact. Facts that nobody knows are passed over, as the format asks.
 */
import { HTAB, parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { timeSinceEpoch } from './dates.ts'
import { ListedEntry, type EntryType, type Reference } from './entry.ts'
import { parseOctal, type ListingFormat } from './line.ts'

/** EPLF. */
export const EPLF: ListingFormat = { name: 'eplf', parse: parseEplfLine }

const TAB = String.fromCharCode(HTAB)

function parseEplfLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  if (!octets.startsWith('+', from)) return undefined
  const line = octets.slice(from + 1, to)
  const tab = line.indexOf(TAB)
  if (tab === -1 || tab === line.length - 1) return undefined
  const facts = line.slice(0, tab).split(',')
  const told = (letter: string): string | undefined =>
    facts.find((fact) => fact.startsWith(letter))?.slice(letter.length)
  const type: EntryType = facts.includes('/') ? 'directory' : facts.includes('r') ? 'file' : 'unknown'
  const identity = told('i')
  return new ListedEntry(
    {
      name: decodeOctets(line.slice(tab + 1)),
      type,
      size: parseDecimal(told('s') ?? ''),
      time: timeSinceEpoch(told('m') ?? ''),
      mode: parseOctal(told('up') ?? ''),
      facts: identity === undefined ? '' : `unique=${identity}`,
    },
    reference,
  )
}
