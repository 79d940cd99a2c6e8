/**
 * Access control commands (RFC 959 §4.1.1): where a user stands. Who that is stands in `login.ts`.
 *
 *     C: CWD in/2024       S: 250 The working directory is /in/2024
 *
 * A place is a path in the user's own storage
 * and nothing else: no name of the host is ever shown.
 */
import { formatPath, type VirtualPath } from '../path.ts'
import { writeQuotedPath } from '../grammar.ts'
import { Refusal } from '../refusal.ts'
import type { ServerSession } from '../session.ts'
import { StorageError } from '../storage/storage.ts'
import type { VerbHandlers } from './verbs.ts'

/** QUIT, and the ways through the directories. */
export const ACCESS: VerbHandlers<'QUIT' | 'CWD' | 'CDUP' | 'PWD' | 'SMNT'> = {
  /** A user has one storage, and it is there from the login on. */
  async SMNT() {
    throw new Refusal([502], 'There is nothing else to mount')
  },

  /** The machine tells it when no transfer runs any more, so that its result has been said before (RFC 959 §4.1.1). */
  async QUIT(session) {
    await session.reply('QUIT', 221, 'Goodbye')
  },

  /** 250 where there is a directory, and only there: later commands count on the place. */
  async CWD(session, text) {
    await enter(session, session.resolve(text))
    await session.reply('CWD', 250, `The working directory is ${formatPath(session.directory)}`)
  },

  /** From the root it leads to the root. 250, as §4.1.1 has it; §5.4 has 200. */
  async CDUP(session) {
    await enter(session, session.directory.slice(0, -1))
    await session.reply('CDUP', 250, `The working directory is ${formatPath(session.directory)}`)
  },

  /** `257 "/a ""b""" is the working directory`: a quote in the path is doubled (RFC 959 Appendix II). */
  async PWD(session) {
    await session.reply('PWD', 257, `${writeQuotedPath(formatPath(session.directory))} is the working directory`)
  },
}

/** Makes a directory the working directory. Throws `StorageError` where it is none. */
async function enter(session: ServerSession, path: VirtualPath): Promise<void> {
  const { type } = await session.storage.stat(path)
  if (type !== 'directory') throw new StorageError('notDirectory')
  session.directory = path
}
