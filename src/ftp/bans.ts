/**
 * Who has guessed too many passwords. A client that hangs up and comes again has the same address, so failures are counted by address
 * (IPv6 by /64) over all connections; past a limit its connections are refused for a while. The count is forgotten as soon as
 * nothing has failed for that while.
 *
 * The number of addresses is limited: the one that has been quiet for longest is forgotten first. Who has so many addresses that it can
 * fill this needs no second guess from any of them.
 */
import { clientKey } from '../net/address.ts'
import type { Address } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'

/** What bans go by. */
export interface BanRules {
  /** Failed logins of one address before it is refused. */
  readonly maxFailures: number
  /** How long a failure counts, and a ban lasts, in milliseconds. */
  readonly banMs: number
  /** Addresses that are remembered. */
  readonly maxAddresses: number
}

/** Counts failed logins by address. */
export class Bans {
  readonly #rules: BanRules
  readonly #timers: TimerWheel
  /** In the order of the last failure. */
  readonly #failures = new Map<string, { readonly count: number; readonly at: number }>()

  constructor(rules: BanRules, timers: TimerWheel) {
    this.#rules = rules
    this.#timers = timers
  }

  /** A login has failed. */
  noteFailure(address: Address): void {
    const key = clientKey(address)
    const count = this.#countOf(key) + 1
    this.#failures.delete(key)
    this.#failures.set(key, { count, at: this.#timers.now() })
    const [quietest] = this.#failures.keys()
    if (this.#failures.size > this.#rules.maxAddresses && quietest !== undefined) this.#failures.delete(quietest)
  }

  /** Whether the address is to be refused now. */
  has(address: Address): boolean {
    return this.#countOf(clientKey(address)) >= this.#rules.maxFailures
  }

  /** Failures that still count. */
  #countOf(key: string): number {
    const known = this.#failures.get(key)
    if (known === undefined) return 0
    if (this.#timers.now() - known.at < this.#rules.banMs) return known.count
    this.#failures.delete(key)
    return 0
  }
}
