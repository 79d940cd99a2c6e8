/**
 * What a client has used of a session, from the server's side: the counts behind the LIMITS extension (RFC 9422). The client's side of the
 * same is in `session-limits.ts`.
 *
 * Every command counts that is well-formed, whatever is answered to it, since a client that pipelines cannot know the answers when it
 * counts (RFC 9422 §3.3).
 */
import { lowerAscii } from '../net/ascii.ts'
import type { Command, Rcpt } from './events.ts'
import type { Limits } from './limits.ts'

/** What a session has used up. */
export class SessionTally {
  readonly #maxDomains: number | undefined
  #transactions = 0
  readonly #domains = new Set<string>()

  /** Of a session in which nothing was said yet. */
  constructor({ maxRecipientDomains }: Limits) {
    this.#maxDomains = maxRecipientDomains
  }

  /** MAIL commands so far. */
  get transactions(): number {
    return this.#transactions
  }

  /** Whether a recipient's domain is one of those that the session has room for. The bare `<postmaster>` has none. */
  hasRoomFor({ path }: Rcpt): boolean {
    const isKnown = path.domain === '' || this.#domains.has(lowerAscii(path.domain))
    return isKnown || this.#maxDomains === undefined || this.#domains.size < this.#maxDomains
  }

  /** Counts a command. Domains are kept only where there is a limit, and then no more of them than that. */
  count(command: Command): void {
    if (command.type === 'mail') this.#transactions++
    if (command.type !== 'rcpt' || this.#maxDomains === undefined || !this.hasRoomFor(command)) return
    if (command.path.domain !== '') this.#domains.add(lowerAscii(command.path.domain))
  }
}
