/**
 * Message submission (RFC 6409) as a policy around a program's own handlers: only users may send, only under TLS, and only in their own name.
 * It refuses and never completes: a message is passed on as it came (§8 leaves it open to add a Date or a Message-ID; we do not).
 *
 *     await serve({ port: 587, hostname: 'mail.example.test', tls: { key, cert } }, submission({
 *       auth: { scram: ({ user }) => users.get(user) },
 *       message: async ({ peer, envelope, body }) => queue(peer.user, envelope, body),
 *     }))
 *
 * The same on port 465 with `tls: { key, cert, mode: 'implicit' }` (RFC 8314 §3.3).
 */
import { lowerAscii } from '../net/ascii.ts'
import { writeMailbox } from './address.ts'
import type { Path } from './address.ts'
import { mechanismsOf } from './auth-handlers.ts'
import type { AuthHandlers } from './auth-handlers.ts'
import { replyFor } from './handlers.ts'
import type { ServerHandlers, Verdict } from './handlers.ts'
import { isRefusal, reply } from './reply.ts'

/** A program that takes submissions: it can tell who its users are. */
export interface SubmissionHandlers extends ServerHandlers {
  /** Judges logins. */
  readonly auth: AuthHandlers
}

/** The policy, where it is to be another. */
export interface SubmissionOptions {
  /** The domains in whose names users without one may send: user `joe` as `joe@example.test`. Default: any. */
  readonly domains?: readonly string[]
  /**
   * Whether this user may send in this name; no is 550 (§6.1). It is not asked about the null reverse-path, which the notifications of
   * user agents have (RFC 8098 §3). Default: a user whose name is an address only in that, and any other as `domains` says; letters
   * are compared without regard to case.
   */
  readonly maySend?: (user: string, path: Path) => Verdict | Promise<Verdict>
  /** Whether users may send in the clear. Default `false`: 530 (RFC 8314 §4.1). */
  readonly allowCleartext?: boolean
}

const TLS_FIRST = reply(530, '5.7.0', 'Must issue a STARTTLS command first')
const LOGIN_FIRST = reply(530, '5.7.0', 'Authentication required')
const NOT_YOURS = reply(550, '5.7.1', 'You may not send in this name')
const BAD_SENDER = reply(554, '5.1.8', 'The domain of the sender is not fully qualified')
const BAD_RECIPIENT = reply(554, '5.1.2', 'The domain of the recipient is not fully qualified')
const YES = reply(250, undefined)

/** The handlers with the policy before them: what it refuses they are not asked about. Throws a `RangeError` where nobody could log in. */
export function submission(handlers: SubmissionHandlers, options: SubmissionOptions = {}): ServerHandlers {
  const { domains, allowCleartext = false } = options
  const { maySend = (user: string, path: Path): boolean => isOwnName(user, path, domains) } = options
  if (mechanismsOf(handlers.auth).length === 0) throw new RangeError('auth has no handler: nobody could log in')
  return {
    ...handlers,
    mail: async (context) => {
      const { peer, path } = context
      if (peer.tls === undefined && !allowCleartext) return TLS_FIRST
      if (peer.user === undefined) return LOGIN_FIRST
      if (path !== null) {
        if (!isQualified(path)) return BAD_SENDER
        const said = replyFor(await maySend(peer.user, path), YES, NOT_YOURS)
        if (isRefusal(said)) return said
      }
      return handlers.mail?.(context)
    },
    rcpt: (context) => (isQualified(context.path) ? handlers.rcpt?.(context) : BAD_RECIPIENT),
  }
}

/** §4.2: a name with two parts at least, or an address literal. */
function isQualified({ domain }: Path): boolean {
  return domain.includes('.') || domain.startsWith('[')
}

function isOwnName(user: string, path: Path, domains: readonly string[] | undefined): boolean {
  const name = lowerAscii(user)
  if (name.includes('@')) return name === lowerAscii(writeMailbox(path) ?? '')
  const isOurs = domains === undefined || domains.some((domain) => lowerAscii(domain) === lowerAscii(path.domain))
  return isOurs && name === lowerAscii(path.localPart)
}
