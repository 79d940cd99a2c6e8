/**
 * The lines of z/OS (MVS) for jobs and their output, which its FTP server lists after `SITE FILETYPE=JES`: of the interface's level
 * 1, and of level 2, which has a heading and one word more.
 *
 *     MARTHA1  JOB01906  OUTPUT    3 Spool Files
 *
 *     JOBNAME  JOBID    OWNER    STATUS CLASS
 *     MARTHA1  JOB01906 MARTHA   OUTPUT A        RC=0000 3 spool files
 *     └ job    └ id     └ owner  └ status        └ result
 *
 * The id is the name: with it the output is retrieved and the job deleted. The rest are facts: `jes.job`, `jes.status`.
 */
import { DIGIT, isAllText } from '../../net/ascii.ts'
import { decodeOctets } from '../text.ts'
import { ListedEntry, type Reference } from './entry.ts'
import { beginsWith, splitWords, type ListingFormat } from './line.ts'

/** Jobs of z/OS. */
export const JES: ListingFormat = {
  name: 'jes',
  parse: parseJob,
  announce: (octets, from, to) => (beginsWith(octets, from, to, ['JOBNAME', 'JOBID']) ? JES : undefined),
}

const STATUSES: ReadonlySet<string> = new Set(['INPUT', 'HELD', 'ACTIVE', 'OUTPUT'])

/** Jobs, sessions of users, and tasks of the system; with seven digits the word is a letter. */
const ID_KINDS: ReadonlySet<string> = new Set(['JOB', 'TSU', 'STC', 'J', 'T', 'S'])

function parseJob(octets: string, from: number, to: number, reference: Reference): ListedEntry | undefined {
  const [job, id = '', third = '', fourth = ''] = splitWords(octets, from, to, 4).map((word) => word.text)
  const isFirstLevel = STATUSES.has(third)
  const status = isFirstLevel ? third : fourth
  if (job === undefined || !isJobId(id) || !STATUSES.has(status)) return undefined
  return new ListedEntry(
    {
      name: id,
      type: 'file',
      owner: isFirstLevel ? undefined : decodeOctets(third),
      facts: `jes.job=${job};jes.status=${status}`,
    },
    reference,
  )
}

/** Eight characters: `JOB01906`, `J0001906`. */
function isJobId(text: string): boolean {
  const kind = text.slice(0, isAllText(DIGIT, text.slice(1)) ? 1 : 3)
  return text.length === 8 && ID_KINDS.has(kind) && isAllText(DIGIT, text.slice(kind.length))
}
