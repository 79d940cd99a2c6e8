/**
 * The lines of Novell NetWare, and of HellSoft's server for it.
 *
 *     d [RWCEAFMS] martha                            512 Nov 24  2005 letters
 *     - [RWCEAFMS] martha                          19968 Mar 12 15:20 Executive Summary.doc
 *     │ └─ rights  └─ owner                         size └── time ──┘ └─ name
 *     type
 *
 * Some servers put several spaces before the name, so it loses those that it begins with; no name on NetWare does.
 *
 * The rights are those of the reader of the listing: read, write, create, erase, access control, file scan, modify, supervise. They are
 * the fact `netware.rights`, a right that is missing being `-`.
 */
import { byteClass, isAllText } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { skipSpaces, splitWords, type ListingFormat } from './line.ts'
import { findDate } from './unix-time.ts'

/** NetWare. */
export const NETWARE: ListingFormat = { name: 'netware', parse: parseNetwareLine }

const RIGHTS = byteClass('RWCEAFMS-')

function parseNetwareLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const [type, rights, owner] = splitWords(octets, from, to, 3)
  if (type === undefined || rights === undefined || owner === undefined) return undefined
  const isRights = rights.text.startsWith('[') && rights.text.endsWith(']') && rights.text.length === 10
  const dated = findDate(octets, owner.to, to)
  const name = dated === undefined ? '' : octets.slice(skipSpaces(octets, dated.end, to), to)
  if (dated === undefined || name === '' || !isRights || !isAllText(RIGHTS, rights.text.slice(1, -1))) return undefined
  if (type.text !== 'd' && type.text !== '-') return undefined
  return new ListedEntry(
    {
      name: decodeOctets(name),
      type: type.text === 'd' ? 'directory' : 'file',
      size: dated.size,
      time: dated.time,
      owner: decodeOctets(owner.text),
      facts: `netware.rights=${rights.text.slice(1, -1)}`,
    },
    reference,
  )
}
