/**
 * Access control commands (RFC 959 §4.1.1): who is there, and where they stand.
 *
 *     C: USER joe          S: 331 Password required
 *     C: PASS ****         S: 230 Logged in
 *     C: CWD in/2024       S: 250 The working directory is /in/2024
 *
 * Who may log in is the owner's to say (`handlers.ts`); what guessing costs is said here. A place is a path in the user's own storage
 * and nothing else: no name of the host is ever shown.
 */
import type { TimerWheel } from '../../net/timers.ts'
import { formatPath, ROOT, type VirtualPath } from '../path.ts'
import { writeQuotedPath } from '../grammar.ts'
import { Refusal } from '../refusal.ts'
import type { ServerSession } from '../session.ts'
import { StorageError } from '../storage/storage.ts'
import type { VerbHandlers } from './verbs.ts'

/** USER, PASS, QUIT, and the ways through the directories. */
export const ACCESS: VerbHandlers<'USER' | 'PASS' | 'QUIT' | 'CWD' | 'CDUP' | 'PWD'> = {
  /**
   * 331 for whatever name, so that nobody learns which names there are (RFC 2577 §7). A new USER ends the old login and keeps the
   * parameters (RFC 959 §4.1.1); the data connection that waits was the old user's.
   */
  async USER(session, user) {
    if (session.isLoginInTheClear) throw new Refusal([530], 'Send AUTH TLS first')
    session.identity = { is: 'named', user }
    session.directory = ROOT
    await session.forgetRendezvous()
    await session.reply('USER', 331, 'Password required')
  },

  /** Asks the owner. The table lets it come behind USER alone, and a failed one begins the sequence anew (RFC 959 §4.2). */
  async PASS(session, password) {
    const { user, peer, context } = session
    const storage = await context.handlers.login({ user, password, peer })
    if (storage === undefined) return refuseLogin(session)
    session.identity = { is: 'user', user, storage }
    await session.reply('PASS', 230, 'Logged in')
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
