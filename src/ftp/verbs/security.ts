/**
 * Security commands (RFC 2228 §3, RFC 4217): over to TLS and back, and what of it the data connections have.
 *
 *     C: AUTH TLS          S: 234 TLS begins          both then shake hands, and the session begins anew within
 *     C: PBSZ 0            S: 200 PBSZ=0
 *     C: PROT P            S: 200 Data connections are private
 *     C: CCC               S: 200 TLS ends             both then say close_notify, and the session goes on in the clear
 *
 * That AUTH comes once, PBSZ behind it and PROT behind PBSZ (503), and CCC under TLS (533), is checked by the machine.
 */
import { ERRORS } from '../errors.ts'
import { Refusal } from '../refusal.ts'
import type { Verb } from '../commands.ts'
import type { ServerSession } from '../session.ts'
import type { ServerTls } from '../server-tls.ts'
import type { VerbHandlers } from './verbs.ts'

/** AUTH, PBSZ, PROT and CCC. */
export const SECURITY_VERBS: VerbHandlers<'AUTH' | 'PBSZ' | 'PROT' | 'CCC'> = {
  /**
   * `TLS`, or `TLS-C`, which is the same (RFC 4217 §8). Not `SSL` or `TLS-P`, whose drafts had data connections private from then on:
   * half the clients meant that, and half did not; each of them goes on with `TLS`.
   */
  async AUTH(session, mechanism) {
    const tls = expectTls(session)
    if (mechanism !== 'TLS' && mechanism !== 'TLS-C') throw new Refusal([504], 'AUTH TLS is supported')
    if (await dismissedAhead(session, 'AUTH')) return
    await session.forgetRendezvous()
    session.reinitialize()
    await session.control.beginTls({ type: 'reply', to: 'AUTH', code: 234, lines: ['TLS begins'] }, tls.control)
  },

  /** Whatever the client has proposed: TLS is a stream, and has no buffer to be sized. */
  async PBSZ(session) {
    await session.reply('PBSZ', 200, 'PBSZ=0')
  },

  /** TLS protects all or nothing: S(afe) and E (confidential) are known, and not to be had (RFC 4217 §9). */
  async PROT(session, level) {
    if (level === 'S' || level === 'E') throw new Refusal([536], 'TLS has the levels C and P')
    if (level !== 'C' && level !== 'P') throw new Refusal([504], 'The levels C and P are known')
    if (level === 'C' && expectTls(session).policy.required === 'data')
      throw new Refusal([534], 'PROT P is required here')
    await session.reply('PROT', 200, level === 'P' ? 'Data connections are private' : 'Data connections are clear')
  },

  /**
   * A dialogue that falls back into the clear can be listened to and tampered with (RFC 4217 §15.3), so the owner has to allow it. Who has not
   * logged in has nothing that was worth a handshake, and would say the password in the clear.
   */
  async CCC(session) {
    const tls = expectTls(session)
    if (tls.policy.clearing === 'refused') throw new Refusal([534], 'The control connection stays as it is')
    if (session.identity.is !== 'user') throw new Refusal([534], 'Log in first')
    if (await dismissedAhead(session, 'CCC')) return
    await session.control.endTls({ type: 'reply', to: 'CCC', code: 200, lines: ['TLS ends'] }, tls.clearing)
  },
}

/** TLS, where the server has it. */
function expectTls({ tls }: ServerSession): ServerTls {
  if (tls === undefined) throw new Refusal([502], 'This server has no TLS')
  return tls
}

/**
 * Who has sent anything behind a command that changes the layer is sent away: it may be planted there, and would be obeyed in the wrong
 * layer (A12).
 */
async function dismissedAhead(session: ServerSession, verb: Verb): Promise<boolean> {
  if (!session.control.isPeerAhead) return false
  await session.reply(verb, 421, ERRORS.FTP_TLS_LEFTOVER.text)
  return true
}
