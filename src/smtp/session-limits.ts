/**
 * What a server says that it takes in one session, and what of it is left: the LIMITS extension (RFC 9422), from the client's side.
 *
 *     250-LIMITS MAILMAX=5 RCPTMAX=100 RCPTDOMAINMAX=1
 *
 *     MAILMAX          MAIL commands of a session, whatever was answered to them
 *     RCPTMAX          RCPT commands of a transaction
 *     RCPTDOMAINMAX    different domains of recipients in a session
 *
 * A limit whose value is malformed, and one that nobody knows, is as good as none (§3.7).
 */
import { parseDecimal } from '../net/ascii.ts'
import type { Path } from './address.ts'
import type { Capabilities } from './extensions.ts'

/** What counts against a server's limits. */
interface Addressed {
  readonly path: Path
}

/** The value of a limit: no leading zero, six digits at most (RFC 9422 §4); `Infinity` where there is none. */
function limitOf(capabilities: Capabilities, name: 'MAILMAX' | 'RCPTMAX' | 'RCPTDOMAINMAX'): number {
  for (const parameter of capabilities.get('LIMITS') ?? []) {
    const [key, value = '', ...more] = parameter.split('=')
    const isValue = more.length === 0 && value.length <= 6 && !value.startsWith('0')
    if (key === name) return (isValue ? parseDecimal(value) : undefined) ?? Infinity
  }
  return Infinity
}

/** How many RCPT the server takes in one transaction. */
export function recipientLimit(capabilities: Capabilities): number {
  return limitOf(capabilities, 'RCPTMAX')
}

/** What a session has used of the server's limits. Which limits those are is said anew by each EHLO (RFC 9422 §3.6). */
export class SessionUse {
  #mails = 0
  readonly #domains = new Set<string>()

  /** Whether so many more transactions with these recipients fit into the session. */
  admits(transactions: number, recipients: readonly Addressed[], capabilities: Capabilities): boolean {
    if (this.#mails + transactions > limitOf(capabilities, 'MAILMAX')) return false
    const domains = new Set([...this.#domains, ...recipients.map(({ path }) => path.domain)])
    return domains.size <= limitOf(capabilities, 'RCPTDOMAINMAX')
  }

  /** Counts a transaction that is about to begin. */
  count(recipients: readonly Addressed[]): void {
    this.#mails++
    for (const { path } of recipients) this.#domains.add(path.domain)
  }
}
