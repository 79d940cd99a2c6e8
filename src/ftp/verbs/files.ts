/** Commands about files and directories that need no data connection (RFC 959 §4.1.3, RFC 3659 §3 and §4). */
import { writeQuotedPath, writeTimeValue } from '../grammar.ts'
import { formatPath } from '../path.ts'
import { Refusal } from '../refusal.ts'
import { StorageError } from '../storage/storage.ts'
import type { VerbHandlers } from './verbs.ts'

/** DELE, RMD, MKD, RNFR, RNTO, SIZE and MDTM. */
export const FILES: VerbHandlers<'DELE' | 'RMD' | 'MKD' | 'RNFR' | 'RNTO' | 'SIZE' | 'MDTM'> = {
  async DELE(session, text) {
    await session.storage.removeFile(session.resolve(text))
    await session.reply('DELE', 250, 'Deleted')
  },

  async RMD(session, text) {
    await session.storage.removeDirectory(session.resolve(text))
    await session.reply('RMD', 250, 'Removed')
  },

  // The path in the reply is the one to use from here on: absolute, with quotes doubled (RFC 959 Appendix II).
  async MKD(session, text) {
    const path = session.resolve(text)
    await session.storage.makeDirectory(path)
    await session.reply('MKD', 257, `${writeQuotedPath(formatPath(path))} created`)
  },

  async RNFR(session, text) {
    await session.storage.stat(session.resolve(text))
    await session.reply('RNFR', 350, 'Send RNTO with the new name')
  },

  async RNTO(session, text) {
    await session.storage.rename(session.resolve(session.machine.renamed), session.resolve(text))
    await session.reply('RNTO', 250, 'Renamed')
  },

  // In TYPE A the size is that of the converted file, which is known when all of it has been read (RFC 3659 §4, A18).
  async SIZE(session, text) {
    if (session.type === 'A') throw new Refusal([550], 'SIZE is not known in TYPE A: set TYPE I first')
    const { type, size } = await session.storage.stat(session.resolve(text))
    if (type !== 'file') throw new StorageError('notFile')
    await session.reply('SIZE', 213, String(size))
  },

  async MDTM(session, text) {
    const { modifiedMs } = await session.storage.stat(session.resolve(text))
    await session.reply('MDTM', 213, writeTimeValue(new Date(modifiedMs)))
  },
}
