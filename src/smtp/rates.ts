/**
 * How often: connections, messages and recipients of a client per time, over all its connections. One object may be shared by several
 * servers.
 *
 *     const rates = new Rates({ connections: { count: 60, perMs: 60_000 }, messages: { count: 100, perMs: 3_600_000 } })
 *     await serve({ hostname: 'mx.example.test', rates }, handlers)
 *
 * A client is its address (of IPv6, its /64); once it has logged in, messages and recipients are counted by its user instead.
 *
 * The measure is a leaky bucket, kept as one number per client: the time at which its bucket will be empty (the "theoretical arrival time" of
 * the generic cell rate algorithm). `count` things may come at once, and then one each `perMs / count`. What is empty is forgotten, and
 * where more clients are known than `maxClients`, so is the one that was heard of first: memory has an end, and the price is that a flood
 * from that many addresses is not limited by this.
 */
import { AddressSet, clientKey } from '../net/address.ts'
import { timers as defaultTimers } from '../net/timers.ts'
import type { Address } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'

/** So many things in so much time. */
export interface Rate {
  /** How many may come at once. */
  readonly count: number
  /** In which time the same number may come again, in milliseconds. */
  readonly perMs: number
}

/** What is counted. */
export type Rated = 'connections' | 'messages' | 'recipients'

/** How much is allowed to a client; what is not named is not limited. */
export interface RateOptions {
  /** Sessions begun. More are greeted with 421. */
  readonly connections?: Rate
  /** Transactions begun, by MAIL. More are answered 450. */
  readonly messages?: Rate
  /** Recipients named, accepted or not. More are answered 450. */
  readonly recipients?: Rate
  /** Who is not counted: addresses and networks (`10.0.0.0/8`), `unix`. Default nobody. */
  readonly exempt?: readonly string[]
  /** Clients that are remembered, for each of the three. Default 100,000. */
  readonly maxClients?: number
  /** What tells the time. Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** Who is counted. */
export interface RatedClient {
  /** Where it connects from. */
  readonly address: Address
  /** As whom it has logged in, if it has. */
  readonly user: string | undefined
}

const MAX_CLIENTS = 100_000

/** The sum of many intervals is a little more or less than it should be. */
const ROUNDING = 1 + 1e-9

/** Counts what clients do. */
export class Rates {
  readonly #buckets: { readonly [What in Rated]: Buckets | undefined }
  readonly #exempt: AddressSet

  /** Throws a `RangeError` where a rate is not of positive, finite numbers, and as `AddressSet` does. */
  constructor(options: RateOptions) {
    const { maxClients = MAX_CLIENTS, timers = defaultTimers } = options
    const buckets = (rate: Rate | undefined): Buckets | undefined => rate && new Buckets(rate, maxClients, timers)
    this.#exempt = new AddressSet(options.exempt ?? [])
    this.#buckets = {
      connections: buckets(options.connections),
      messages: buckets(options.messages),
      recipients: buckets(options.recipients),
    }
  }

  /** Counts one more, and says whether that was within the rate. What was not is not counted: who waits is let in again. */
  take(what: Rated, { address, user }: RatedClient): boolean {
    const buckets = this.#buckets[what]
    if (buckets === undefined || this.#exempt.has(address)) return true
    // A connection is nobody's but its address's; and no user is named as an address is, with this before it.
    const key = user === undefined || what === 'connections' ? clientKey(address) : `user ${user}`
    return buckets.take(key)
  }

  /** Clients that are remembered at this moment, for each of the three. */
  get clients(): number {
    return Object.values(this.#buckets).reduce((sum, buckets) => sum + (buckets?.size ?? 0), 0)
  }
}

/** One bucket per client. */
class Buckets {
  readonly #intervalMs: number
  readonly #depthMs: number
  readonly #maxClients: number
  readonly #timers: TimerWheel
  /** When each will be empty, on the wheel's clock. */
  readonly #emptyAt = new Map<string, number>()

  constructor({ count, perMs }: Rate, maxClients: number, timers: TimerWheel) {
    for (const value of [count, perMs, maxClients]) {
      if (!Number.isFinite(value) || value < 1) throw new RangeError('A rate is made of finite numbers from 1 up')
    }
    this.#intervalMs = perMs / count
    this.#depthMs = perMs
    this.#maxClients = maxClients
    this.#timers = timers
  }

  get size(): number {
    return this.#emptyAt.size
  }

  take(key: string): boolean {
    const now = this.#timers.now()
    const emptyAt = Math.max(this.#emptyAt.get(key) ?? 0, now) + this.#intervalMs
    this.#forget(now)
    if (emptyAt - now > this.#depthMs * ROUNDING) return false
    // Whoever comes again goes to the end, so that the first of the map is who was not heard of for the longest time.
    this.#emptyAt.delete(key)
    this.#emptyAt.set(key, emptyAt)
    return true
  }

  /** Up to two at a time: more than come, and no pause. */
  #forget(now: number): void {
    let looked = 0
    for (const [key, emptyAt] of this.#emptyAt) {
      if (emptyAt <= now || this.#emptyAt.size >= this.#maxClients) this.#emptyAt.delete(key)
      if (++looked === 2) return
    }
  }
}
