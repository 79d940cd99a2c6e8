/**
 * Logging in and out (RFC 959 §4.1.1, RFC 7151).
 *
 *     C: HOST files.example.test    S: 220 Host accepted
 *     C: USER joe                   S: 331 Password required
 *     C: PASS ****                  S: 230 Logged in             or 332, and ACCT must come next
 *     C: REIN                       S: 220 Ready for a new user
 *
 * Who may log in is the owner's to say (`handlers.ts`); what guessing costs is said here.
 */
import type { TimerWheel } from '../../net/timers.ts'
import type { LoginResult } from '../handlers.ts'
import { ROOT } from '../path.ts'
import { Refusal } from '../refusal.ts'
import type { Identity, ServerSession } from '../session.ts'
import type { VerbHandlers } from './verbs.ts'

/** USER, PASS, ACCT, REIN and HOST. */
export const LOGIN: VerbHandlers<'USER' | 'PASS' | 'ACCT' | 'REIN' | 'HOST'> = {
  /**
   * 331 for whatever name, so that nobody learns which names there are (RFC 2577 §7). A new USER ends the old login and keeps the
   * parameters (RFC 959 §4.1.1); the data connection that waits was the old user's.
   */
  async USER(session, user) {
    if (session.isLoginInTheClear) throw new Refusal([530], 'Send AUTH TLS first')
    session.identify({ is: 'named', user, password: '' })
    session.directory = ROOT
    await session.forgetRendezvous()
    await session.reply('USER', 331, 'Password required')
  },

  /** Asks the owner. The table lets it come behind USER alone, and a failed one begins the sequence anew (RFC 959 §4.2). */
  async PASS(session, password) {
    session.identify({ is: 'named', user: session.user, password })
    await admit(session, 'PASS', await ask(session, undefined))
  },

  /** Asks the owner once more, with the account. Where none was asked for it is superfluous. */
  async ACCT(session, account) {
    if (session.identity.is === 'user') return session.reply('ACCT', 202, 'No account is needed here')
    await admit(session, 'ACCT', await ask(session, account))
  },

  /**
   * Everything is as behind the greeting. The machine tells it when no transfer runs any more (RFC 959 §4.1.1). Under TLS that would have
   * to end, too (RFC 4217 §13), and it stays: 502.
   */
  async REIN(session) {
    if (session.machine.security !== 'clear') throw new Refusal([502], 'TLS stays: connect anew')
    await session.forgetRendezvous()
    session.reinitialize()
    await session.reply('REIN', 220, 'Ready for a new user')
  },

  /** Which of several servers is meant (RFC 7151 §3). With nobody to ask there is one, and 502 says that it has no other name. */
  async HOST(session, host) {
    const { handlers } = session.context
    if (handlers.host === undefined) throw new Refusal([502], 'There are no virtual hosts here')
    if (!(await handlers.host({ host, peer: session.peer }))) throw new Refusal([504], 'There is no such host here')
    session.host = host
    await session.reply('HOST', 220, 'Host accepted')
  },
}

/** What the owner says to name, password and account. */
async function ask(session: ServerSession, account: string | undefined): Promise<LoginResult> {
  const { identity, peer, host, context } = session
  const password = identity.is === 'named' ? identity.password : ''
  return context.handlers.login({ user: session.user, password, account, host, peer })
}

/** Lets a user in, asks for an account, or refuses. */
async function admit(session: ServerSession, verb: 'PASS' | 'ACCT', result: LoginResult): Promise<void> {
  if (result === undefined) return refuseLogin(session, verb)
  if (result === 'account' && verb === 'PASS') return session.reply('PASS', 332, 'Account required')
  // An account that calls for an account is a fault of the owner's, and lets nobody in.
  if (result === 'account') return refuseLogin(session, verb)
  const identity: Identity = { is: 'user', user: session.user, storage: result }
  if (!session.identify(identity)) return session.reply(verb, 421, 'Too many sessions of this user')
  await session.reply(verb, 230, 'Logged in')
}

/** A wrong password costs time, and after some of them the connection (RFC 2577 §5, A20); its address is remembered, too. */
async function refuseLogin(session: ServerSession, verb: 'PASS' | 'ACCT'): Promise<void> {
  const { limits, timeouts, timers, bans } = session.context
  session.identify({ is: 'nobody' })
  session.loginFailures++
  bans.noteFailure(session.peer.address)
  await pause(timers, timeouts.loginFailureMs, session.control.socket.closed)
  if (session.loginFailures < limits.maxLoginFailures) await session.reply(verb, 530, 'Login incorrect')
  else await session.reply(verb, 421, 'Too many failed logins')
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
