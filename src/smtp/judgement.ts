/**
 * Whether a command may be obeyed: the rules that hang on the session and on what the server offers, and not on the line alone. Asked
 * for each command that is well-formed, before anybody else is; the first rule that is broken is the answer:
 *
 *     in this state it has no place                    503 SMTP_SEQUENCE, 554 SMTP_RECIPIENTS_NONE
 *     TLS or a login must come first                   530 SMTP_TLS_REQUIRED, SMTP_AUTH_REQUIRED
 *     what it asks for cannot be had                   by its kind
 */
import { transition } from '../net/table.ts'
import type { Self } from './answers.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Auth, Command, Rcpt } from './events.ts'
import type { Parameters } from './parameters.ts'
import type { SessionTally } from './session-tally.ts'
import { SERVER } from './states.ts'
import type { ServerState } from './states.ts'
import { recipientsOf } from './transaction.ts'
import type { Transaction } from './transaction.ts'

/** Where a session stands. */
export interface Standing {
  /** The state of the table. */
  readonly state: ServerState
  /** Whether the client has logged in. */
  readonly client: 'anonymous' | 'authenticated'
  /** The transaction so far. */
  readonly transaction: Transaction
  /** What the session has used up. */
  readonly tally: SessionTally
}

/** What may be said before TLS, where that is required (RFC 3207 §4). */
const BEFORE_TLS: ReadonlySet<string> = new Set<Command['type']>(['noop', 'ehlo', 'lhlo', 'starttls', 'quit'])

/** What may be said before authentication, where that is required (RFC 4954 §6); and what a trusted proxy says. */
const BEFORE_AUTH: ReadonlySet<string> = new Set<Command['type']>([
  ...(['auth', 'ehlo', 'helo', 'lhlo', 'noop', 'rset', 'quit', 'starttls', 'xclient', 'xforward'] as const),
])

/** What is wrong with a command here and now; `undefined` where nothing is. */
export function judge(command: Command, standing: Standing, self: Self): SmtpErrorCode | undefined {
  return (
    judgeOrder(command, standing, self) ??
    judgeRequirements(command, standing, self) ??
    judgeWish(command, standing, self)
  )
}

/** Binary content has no place behind DATA (RFC 3030 §3). LMTP has its own code for a message to nobody (RFC 2033 §4.2). */
function judgeOrder(
  { type }: Command,
  { state, transaction }: Standing,
  { protocol }: Self,
): SmtpErrorCode | undefined {
  const isContent = type === 'data' || type === 'bdat'
  if (state === 'mail' && isContent && protocol !== 'lmtp') return 'SMTP_RECIPIENTS_NONE'
  const isBinary = transaction.state !== 'none' && transaction.envelope.parameters.BODY === 'BINARYMIME'
  const isLegal = transition(SERVER, state, type) !== undefined && !(type === 'data' && isBinary)
  return isLegal ? undefined : 'SMTP_SEQUENCE'
}

function judgeRequirements({ type }: Command, { client }: Standing, self: Self): SmtpErrorCode | undefined {
  const { requires, security } = self
  if (requires.includes('tls') && security !== 'active' && !BEFORE_TLS.has(type)) return 'SMTP_TLS_REQUIRED'
  const isMissing = requires.includes('authentication') && client === 'anonymous'
  return isMissing && !BEFORE_AUTH.has(type) ? 'SMTP_AUTH_REQUIRED' : undefined
}

/** Whether what it asks for can be had. */
function judgeWish(command: Command, standing: Standing, self: Self): SmtpErrorCode | undefined {
  switch (command.type) {
    case 'auth':
      return standing.client === 'authenticated' ? 'SMTP_AUTH_AGAIN' : judgeMechanism(command, self)
    case 'mail':
      return standing.tally.transactions < self.limits.maxTransactions
        ? judgeMail(command.parameters, self)
        : 'SMTP_TRANSACTIONS_MANY'
    case 'rcpt':
      return judgeRcpt(command, standing, self)
    default:
      return undefined
  }
}

function judgeMechanism({ mechanism }: Auth, { mechanisms, mechanismsUnderTls }: Self): SmtpErrorCode | undefined {
  if (mechanisms.includes(mechanism)) return undefined
  return mechanismsUnderTls.includes(mechanism) ? 'SMTP_AUTH_ENCRYPTION' : 'SMTP_AUTH_MECHANISM'
}

function judgeRcpt(command: Rcpt, { transaction, tally }: Standing, { limits }: Self): SmtpErrorCode | undefined {
  if (recipientsOf(transaction).length >= limits.maxRecipients) return 'SMTP_RECIPIENTS_MANY'
  return tally.hasRoomFor(command) ? undefined : 'SMTP_DOMAINS_MANY'
}

function judgeMail({ SIZE = 0, BY, HOLDFOR = 0, HOLDUNTIL = '' }: Parameters, self: Self): SmtpErrorCode | undefined {
  const { limits, minDeliverBySeconds, futureRelease = NEVER } = self
  if (SIZE > limits.maxMessageBytes) return 'SMTP_MESSAGE_TOO_BIG'
  if (BY?.mode === 'R' && BY.seconds < minDeliverBySeconds) return 'SMTP_DELIVER_BY'
  // Dates are all written in one way, so that the later one is the greater text.
  const isTooLong = HOLDFOR > futureRelease.seconds || HOLDUNTIL > futureRelease.until
  return isTooLong ? 'SMTP_HOLD_TOO_LONG' : undefined
}

/** Nothing is held where that is not offered; and then nobody can ask for it. */
const NEVER = Object.freeze({ seconds: 0, until: '' })
