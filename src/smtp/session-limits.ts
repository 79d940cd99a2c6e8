/**
 * What a server says that it takes in one session, and what of it is left: the LIMITS extension (RFC 9422), from the client's side.
 *
 *     250-LIMITS MAILMAX=5 RCPTMAX=100 RCPTDOMAINMAX=1
 *
 *     MAILMAX          MAIL commands of a session, whatever was answered to them
 *     RCPTMAX          RCPT commands of a transaction
 *     RCPTDOMAINMAX    different domains of recipients in a session
 */
import type { Path } from './address.ts'
import { serverLimits } from './extensions.ts'
import type { Capabilities } from './extensions.ts'

/** What counts against a server's limits. */
interface Addressed {
  readonly path: Path
}

/** How many RCPT the server takes in one transaction. */
export function recipientLimit(capabilities: Capabilities): number {
  return serverLimits(capabilities).RCPTMAX ?? Infinity
}

/** What a session has used of the server's limits. Which limits those are is said anew by each EHLO (RFC 9422 §3.6). */
export class SessionUse {
  #mails = 0
  readonly #domains = new Set<string>()

  /** Whether so many more transactions with these recipients fit into the session. */
  admits(transactions: number, recipients: readonly Addressed[], capabilities: Capabilities): boolean {
    const { MAILMAX = Infinity, RCPTDOMAINMAX = Infinity } = serverLimits(capabilities)
    if (this.#mails + transactions > MAILMAX) return false
    const domains = new Set([...this.#domains, ...recipients.map(({ path }) => path.domain)])
    return domains.size <= RCPTDOMAINMAX
  }

  /** Counts a transaction that is about to begin. */
  count(recipients: readonly Addressed[]): void {
    this.#mails++
    for (const { path } of recipients) this.#domains.add(path.domain)
  }
}
