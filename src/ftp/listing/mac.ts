/**
 * The lines of FTP servers for the classic MacOS: Peter Lewis' FTPd (later NetPresenz) and WebStar. They look like those of Unix,
 * but a file has two forks, and no links and no owner.
 *
 *     -rw-r--r--     1200      30400     31600 Jul 22  2010 portrait of a cat.jpg
 *     │└─ mode ─┘     └ resource └ data    └ sum └── time ──┘ └─ name: all behind one space
 *     type            fork       fork
 *     drwxrwxr-x               folder        3 May 10  1996 letters
 *
 * The third number is the sum of the other two: that tells these lines from those of Unix, where a number of links, an owner's
 * number and a size stand in the same places. (A line of Unix of which it is true by chance loses its owner, and nothing else.) The
 * number that a folder has counts what is in it and is no size.
 */
import { parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { splitWords, type ListingFormat } from './line.ts'
import { findDate } from './unix-time.ts'
import { readMode } from './unix.ts'

/** MacOS before X. */
export const MAC: ListingFormat = { name: 'mac', parse: parseMacLine }

function parseMacLine(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const [first, second, third] = splitWords(octets, from, to, 3)
  if (first?.to !== from + 10 || second === undefined || third === undefined) return undefined
  const isFolder = octets.startsWith('d', from) && second.text === 'folder'
  const mode = readMode(octets, from + 1)
  const dated = findDate(octets, isFolder ? second.to : third.to, to)
  const isFile = octets.startsWith('-', from) && dated?.size === sum(second.text, third.text)
  if (mode === undefined || dated?.size === undefined || (!isFolder && !isFile)) return undefined
  // The size is directly behind, so that no further word is one of an owner.
  const [size] = splitWords(octets, isFolder ? second.to : third.to, to, 1)
  const name = octets.slice(dated.end + 1, to)
  if (size?.from !== dated.sizeFrom || name === '') return undefined
  return new ListedEntry(
    {
      name: decodeOctets(name),
      type: isFolder ? 'directory' : 'file',
      size: isFolder ? undefined : dated.size,
      time: dated.time,
      mode,
    },
    reference,
  )
}

function sum(first: string, second: string): number | undefined {
  const [resource, data] = [parseDecimal(first), parseDecimal(second)]
  return resource === undefined || data === undefined ? undefined : resource + data
}
