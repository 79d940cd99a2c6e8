/**
 * Commands about files and directories that need no data connection (RFC 959 §4.1.3, RFC 3659 §3 and §4). Each resolves its path in the
 * user's name space, asks the storage, and says what came of it; why a storage refuses becomes a code elsewhere (`refusal.ts`).
 *
 *     C: RNFR a.txt        S: 350 Send RNTO with the new name
 *     C: RNTO d/b.txt      S: 250 Renamed
 */
import { writeQuotedPath, writeTimeValue } from '../grammar.ts'
import { formatPath } from '../path.ts'
import { Refusal } from '../refusal.ts'
import { StorageError } from '../storage/storage.ts'
import type { VerbHandlers } from './verbs.ts'

/** DELE, RMD, MKD, RNFR, RNTO, SIZE and MDTM. */
export const FILES: VerbHandlers<'DELE' | 'RMD' | 'MKD' | 'RNFR' | 'RNTO' | 'SIZE' | 'MDTM'> = {
  /** Removes a file; a directory is refused, which RMD is for. */
  async DELE(session, text) {
    await session.storage.removeFile(session.resolve(text))
    await session.reply('DELE', 250, 'Deleted')
  },

  /** Removes a directory that is empty. */
  async RMD(session, text) {
    await session.storage.removeDirectory(session.resolve(text))
    await session.reply('RMD', 250, 'Removed')
  },

  /** Makes a directory. The path in the reply is the one to use from here on: absolute, with quotes doubled (RFC 959 Appendix II). */
  async MKD(session, text) {
    const path = session.resolve(text)
    await session.storage.makeDirectory(path, session.newMode(0o777))
    await session.reply('MKD', 257, `${writeQuotedPath(formatPath(path))} created`)
  },

  /** Says whether there is what is to be renamed. The machine keeps the name for the RNTO that must come next. */
  async RNFR(session, text) {
    await session.storage.stat(session.resolve(text))
    await session.reply('RNFR', 350, 'Send RNTO with the new name')
  },

  /** Renames what RNFR named. Between the two nothing else came, so both paths are seen from the same directory. */
  async RNTO(session, text) {
    await session.storage.rename(session.resolve(session.machine.renamed), session.resolve(text))
    await session.reply('RNTO', 250, 'Renamed')
  },

  /**
   * `213 1234`: the octets that RETR would send. In TYPE A they are those of the converted file, known when all of it has been read: to
   * be asked for that again and again would be an attack (RFC 3659 §4, A18).
   */
  async SIZE(session, text) {
    if (session.type === 'A') throw new Refusal([550], 'SIZE is not known in TYPE A: set TYPE I first')
    const { type, size } = await session.storage.stat(session.resolve(text))
    if (type !== 'file') throw new StorageError('notFile')
    await session.reply('SIZE', 213, String(size))
  },

  /** `213 20240229230509`: UTC, and no more exact than it is known (RFC 3659 §3). */
  async MDTM(session, text) {
    const { modifiedMs } = await session.storage.stat(session.resolve(text))
    await session.reply('MDTM', 213, writeTimeValue(new Date(modifiedMs)))
  },
}
