/**
 * The lines of Connect:Enterprise for UNIX (Sterling Commerce, now IBM): batches in a mailbox.
 *
 *     -C--E-----FTP B MARTHA1      18128       41 Aug 12 13:56 letter to martha
 *     └─ flags  │   │ └─ mailbox   └─ batch  size └── time ──┘ └─ name: all behind one space
 *               │   binary, or A for text
 *               how it came
 *
 *     flags = 10( "-" / ALPHA )        ; collected, extracted, deleted, ...
 *
 * The mailbox and the batch's number stand where Unix has owner and group, and are kept as such: a batch is retrieved by its number
 * (`RETR #18128`), for its name need not be the only one.
 */
import { byteClass, isAllText, parseDecimal } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { splitWords, type ListingFormat } from './line.ts'
import { findDate } from './unix-time.ts'

/** Connect:Enterprise. */
export const CONNECT_ENTERPRISE: ListingFormat = { name: 'connect-enterprise', parse: parseBatch }

const FLAGS = byteClass('-', [0x41, 0x5a])
const FLAGS_LENGTH = 10

function parseBatch(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const [flags, code, mailbox, batch] = splitWords(octets, from, to, 4)
  if (flags === undefined || code === undefined || mailbox === undefined || batch === undefined) return undefined
  const isFlags = flags.text.startsWith('-') && flags.text.length > FLAGS_LENGTH && isAllText(FLAGS, flags.text)
  if (!isFlags || code.text.length !== 1 || parseDecimal(batch.text) === undefined) return undefined
  const dated = findDate(octets, batch.to, to)
  const name = dated === undefined ? '' : octets.slice(dated.end + 1, to)
  if (dated === undefined || name === '') return undefined
  return new ListedEntry(
    {
      name: decodeOctets(name),
      type: 'file',
      size: dated.size,
      time: dated.time,
      owner: decodeOctets(mailbox.text),
      group: batch.text,
    },
    reference,
  )
}
