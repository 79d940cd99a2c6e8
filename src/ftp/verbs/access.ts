/** Access control commands (RFC 959 §4.1.1): who is there, and where they stand. */
import type { TimerWheel } from '../../net/timers.ts'
import { formatPath, ROOT, type VirtualPath } from '../path.ts'
import { writeQuotedPath } from '../grammar.ts'
import type { ServerSession } from '../session.ts'
import { StorageError } from '../storage/storage.ts'
import type { VerbHandlers } from './verbs.ts'

/** USER, PASS, QUIT, and the ways through the directories. */
export const ACCESS: VerbHandlers<'USER' | 'PASS' | 'QUIT' | 'CWD' | 'CDUP' | 'PWD'> = {
  // 331 for whatever name, so that nobody learns which names there are (RFC 2577 §7). A new USER ends the old login.
  async USER(session, user) {
    session.identity = { is: 'named', user }
    session.directory = ROOT
    await session.forgetRendezvous()
    await session.reply('USER', 331, 'Password required')
  },

  async PASS(session, password) {
    const { user, peer, context } = session
    const storage = await context.handlers.login({ user, password, peer })
    if (storage === undefined) return refuseLogin(session)
    session.identity = { is: 'user', user, storage }
    await session.reply('PASS', 230, 'Logged in')
  },

  async QUIT(session) {
    await session.reply('QUIT', 221, 'Goodbye')
  },

  async CWD(session, text) {
    await enter(session, session.resolve(text))
    await session.reply('CWD', 250, `The working directory is ${formatPath(session.directory)}`)
  },

  async CDUP(session) {
    await enter(session, session.directory.slice(0, -1))
    await session.reply('CDUP', 250, `The working directory is ${formatPath(session.directory)}`)
  },

  async PWD(session) {
    await session.reply('PWD', 257, `${writeQuotedPath(formatPath(session.directory))} is the working directory`)
  },
}

async function enter(session: ServerSession, path: VirtualPath): Promise<void> {
  const { type } = await session.storage.stat(path)
  if (type !== 'directory') throw new StorageError('notDirectory')
  session.directory = path
}

/** A wrong password costs time, and after some of them the connection (RFC 2577 §5, A20). */
async function refuseLogin(session: ServerSession): Promise<void> {
  const { limits, timeouts, timers } = session.context
  session.loginFailures++
  await pause(timers, timeouts.loginFailureMs, session.control.socket.closed)
  if (session.loginFailures < limits.maxLoginFailures) await session.reply('PASS', 530, 'Login incorrect')
  else await session.reply('PASS', 421, 'Too many failed logins')
}

/** Waits, unless the connection is gone. */
function pause(timers: TimerWheel, ms: number, closed: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = timers.after(ms, resolve)
    void closed.then(() => {
      timer.cancel()
      resolve()
    })
  })
}
