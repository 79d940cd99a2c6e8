/**
 * What a server puts up with from one client: how early it may talk, how many mistakes it may make, and how slowly it is answered when it
 * makes many (a tarpit). Honest clients never notice any of it. What all the connections of a client come to is counted in
 * `rates.ts`.
 *
 *     mistakes    1 … unslowedErrors      answered at once
 *                 … Limits.maxErrors      answered after `errorDelayMs`
 *                 more                    421, and the end
 */
import type { Limits } from './limits.ts'

/** How patient a server is with one client. Times in milliseconds, all finite. */
export interface Manners {
  /**
   * How long a client has to be silent before it is greeted; one that talks meanwhile is refused with 554 (RFC 5321 §3.1: a client waits for
   * the greeting). Default 0: it is greeted at once. A second or two sends many spammers away, and nobody else.
   */
  readonly greetingDelayMs: number
  /** Mistakes of a session that are answered at once: commands refused for how they were made, and recipients refused for good. Default 10. */
  readonly unslowedErrors: number
  /** How long the answer to each further mistake is held back. Default 1,000, as Postfix. */
  readonly errorDelayMs: number
  /** How long the answer to a failed login is held back. Default 1,000. */
  readonly loginDelayMs: number
  /** Logins of a session that may fail; the next is answered 421. Default 6: some programs try a password by three mechanisms. */
  readonly maxFailedLogins: number
}

/** The manners where nothing else is said. */
export const DEFAULT_MANNERS: Manners = Object.freeze({
  greetingDelayMs: 0,
  unslowedErrors: 10,
  errorDelayMs: 1000,
  loginDelayMs: 1000,
  maxFailedLogins: 6,
})

/** A delay that is longer than this makes a client give up that has done nothing wrong (RFC 5321 §4.5.3.2.1). */
const MAX_DELAY_MS = 240_000

/** The manners with some of them replaced. Throws a `RangeError` where one is negative, or not finite, or a time is over four minutes. */
export function mergeManners(given: Partial<Manners> = {}): Manners {
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    const max = name.endsWith('Ms') ? MAX_DELAY_MS : Number.MAX_SAFE_INTEGER
    if (typeof value !== 'number' || !(value >= 0 && value <= max)) {
      throw new RangeError(`${name} must be from 0 to ${max}`)
    }
  }
  return Object.freeze({ ...DEFAULT_MANNERS, ...given })
}

/** What a client has used up of the patience that it began with. */
export class Conduct {
  readonly #limits: Limits
  readonly #manners: Manners
  /** Commands that were refused for how they were made. */
  #errors = 0
  /** Recipients that were refused for good: whoever tries names that do not exist has many. */
  #refusedRecipients = 0
  /** Commands since the last message. */
  #commands = 0
  #failedLogins = 0

  /** Of a client that has done nothing yet. */
  constructor(limits: Limits, manners: Manners) {
    this.#limits = limits
    this.#manners = manners
  }

  /** Counts a command, well made or not; tells why there may be no more, where there may not. */
  command(isFault: boolean): 'Too many errors' | 'Too many commands' | undefined {
    this.#commands++
    if (isFault) this.#errors++
    if (this.#errors > this.#limits.maxErrors) return 'Too many errors'
    return this.#commands > this.#limits.maxCommandsWithoutMessage ? 'Too many commands' : undefined
  }

  /** A message came: what was said on the way to it was no idle talk. */
  message(): void {
    this.#commands = 0
  }

  /** Counts a mistake of its own kind, and tells how long its answer is to be held back, in milliseconds. */
  mistake(of: 'command' | 'recipient' | 'login'): number {
    if (of === 'login') {
      this.#failedLogins++
      return this.#manners.loginDelayMs
    }
    if (of === 'recipient') this.#refusedRecipients++
    const isSlowed = this.#errors + this.#refusedRecipients > this.#manners.unslowedErrors
    return isSlowed ? this.#manners.errorDelayMs : 0
  }

  /** Whether the client may try to log in once more. */
  get mayLogIn(): boolean {
    return this.#failedLogins < this.#manners.maxFailedLogins
  }
}
