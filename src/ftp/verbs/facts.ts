/**
 * MFMT, MFCT, MFF and AVBL: what is known of a file beside its content is set, and how much room there is.
 *
 *     C: MFMT 20200102030405 a.txt      S: 213 Modify=20200102030405; /in/a.txt
 *     C: AVBL /in                       S: 213 1000000
 *
 * draft-somers-ftp-mfxx-04, draft-peterson-streamlined-ftp-command-extensions-10 §4.
 */
import { dateOf, parseTimeValue, writeTimeValue } from '../grammar.ts'
import { parseMode } from '../extensions.ts'
import { formatPath } from '../path.ts'
import { Refusal } from '../refusal.ts'
import type { ServerSession } from '../session.ts'
import { StorageError, type Attributes } from '../storage/storage.ts'
import type { VerbHandlers } from './verbs.ts'

/** MFMT, MFCT, MFF and AVBL. */
export const FACTS: VerbHandlers<'MFMT' | 'MFCT' | 'MFF' | 'AVBL'> = {
  /** The reply says what is set now, in the spelling of MLST. */
  async MFMT(session, { date, path: text }) {
    const path = session.resolve(text)
    await session.storage.setAttributes(path, { modifiedMs: date.getTime() })
    await session.reply('MFMT', 213, `Modify=${writeTimeValue(date)}; ${formatPath(path)}`)
  },

  /** No system that we store on lets a file's birthday be moved. */
  async MFCT() {
    throw new Refusal([504], 'The time of creation cannot be set here')
  },

  /** All of the facts or none: what is not known here is refused before anything is set (§5.2). */
  async MFF(session, { facts, path: text }) {
    const path = session.resolve(text)
    const attributes = facts.map(({ name, value }) => attributeOf(session, name, value))
    for (const each of attributes) await session.storage.setAttributes(path, each)
    const shown = attributes.map(writeAttribute).join('')
    await session.reply('MFF', 213, `${shown} ${formatPath(path)}`)
  },

  /** Octets that can still be written to a directory. */
  async AVBL(session, text) {
    const path = session.resolve(text)
    const { type } = await session.storage.stat(path)
    if (type !== 'directory') throw new StorageError('notDirectory')
    await session.reply('AVBL', 213, String(await session.storage.freeBytes(path)))
  },
}

/** What a fact sets. Throws a refusal: 504 for a fact that cannot be set, 501 for a value that is none. */
function attributeOf(session: ServerSession, name: string, value: string): Attributes {
  if (name === 'modify') {
    const time = parseTimeValue(value)
    if (time === undefined) throw new Refusal([501], 'Modify is YYYYMMDDHHMMSS')
    session.demand('T')
    return { modifiedMs: dateOf(time).getTime() }
  }
  if (name !== 'unix.mode') throw new Refusal([504], 'Modify and UNIX.mode can be set')
  const mode = parseMode(value)
  if (mode === undefined) throw new Refusal([501], 'UNIX.mode is three octal digits')
  session.demand('M')
  return { mode }
}

function writeAttribute({ modifiedMs, mode }: Attributes): string {
  if (modifiedMs !== undefined) return `Modify=${writeTimeValue(new Date(modifiedMs))};`
  return `UNIX.mode=0${(mode ?? 0).toString(8).padStart(3, '0')};`
}
