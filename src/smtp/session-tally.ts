/**
 * What a client has used of a session, from the server's side: the counts behind the LIMITS extension (RFC 9422). The client's side of the
 * same is in `session-limits.ts`.
 *
 * Every command counts, whatever is answered to it, since a client that pipelines cannot know the answers when it counts (RFC 9422 §3.3).
 * So does a MAIL that is malformed; a RCPT that is malformed has no domain.
 */
import { lowerAscii, upperAscii } from '../net/ascii.ts'
import type { Command, Fault, Rcpt } from './events.ts'
import type { Circumstances } from './extensions.ts'

/** What a session has used up. */
export class SessionTally {
  readonly #maxDomains: number | undefined
  #transactions = 0
  readonly #domains = new Set<string>()

  /** Of a session in which nothing was said yet. */
  constructor({ maxRecipientDomains }: Pick<Circumstances, 'maxRecipientDomains'>) {
    this.#maxDomains = maxRecipientDomains
  }

  /** MAIL commands so far. */
  get transactions(): number {
    return this.#transactions
  }

  /** Whether a recipient's domain is one of those that the session has room for. The bare `<postmaster>` has none. */
  hasRoomFor({ path }: Rcpt): boolean {
    if (this.#maxDomains === undefined || path.domain === '') return true
    return this.#domains.size < this.#maxDomains || this.#domains.has(lowerAscii(path.domain))
  }

  /** Counts a command, or the line of one that is malformed. Domains are kept only where there is a limit, and no more than that. */
  count(event: Command | Fault, line: string): void {
    if (event.type === 'mail' || (event.type === 'fault' && isMail(line))) this.#transactions++
    if (event.type !== 'rcpt' || this.#maxDomains === undefined || !this.hasRoomFor(event)) return
    if (event.path.domain !== '') this.#domains.add(lowerAscii(event.path.domain))
  }
}

/** Whether a line that could not be read has the verb of a transaction. */
function isMail(line: string): boolean {
  return upperAscii(line.slice(0, 5)) === 'MAIL '
}
