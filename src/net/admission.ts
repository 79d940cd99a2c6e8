/**
 * Who may come in: connections counted in all and by client, and a finite queue of those that wait for room. Knows no
 * socket; what waits is whatever the listener puts in.
 */

/** The limits, all finite. */
export interface AdmissionLimits {
  /** Connections at a time. */
  readonly maxConnections: number
  /** Connections of one client at a time, waiting ones included. */
  readonly maxConnectionsPerAddress: number
  /** Connections that wait for room. */
  readonly maxWaiting: number
  /** Connections that are being sent away with words. */
  readonly maxRefusals: number
}

/** Counts connections. Everything that was granted has to be given back. */
export class Admission<Waiter> {
  readonly #limits: AdmissionLimits
  readonly #perClient = new Map<string, number>()
  /** In the order of their arrival. */
  readonly #waiting = new Set<Waiter>()
  #connections = 0
  #refusals = 0

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  /** Connections that were admitted and have not left. */
  get connections(): number {
    return this.#connections
  }

  /** Counts a connection against its client's limit; `false` where that is reached. */
  claim(client: string): boolean {
    const count = this.#perClient.get(client) ?? 0
    if (count >= this.#limits.maxConnectionsPerAddress) return false
    this.#perClient.set(client, count + 1)
    return true
  }

  /** Takes back what `claim` has counted. */
  release(client: string): void {
    const count = this.#perClient.get(client) ?? 0
    if (count > 1) this.#perClient.set(client, count - 1)
    else this.#perClient.delete(client)
  }

  /** Admits a connection, or lets it wait, or tells that all is full. */
  enter(waiter: Waiter): 'admitted' | 'waiting' | 'full' {
    if (this.#connections < this.#limits.maxConnections) {
      this.#connections++
      return 'admitted'
    }
    if (this.#waiting.size >= this.#limits.maxWaiting) return 'full'
    this.#waiting.add(waiter)
    return 'waiting'
  }

  /** An admitted connection is gone. Who has waited longest is admitted in its place, and returned. */
  leave(): Waiter | undefined {
    const [waiter] = this.#waiting
    if (waiter === undefined) this.#connections--
    else this.#waiting.delete(waiter)
    return waiter
  }

  /** Takes a connection out of the queue; `false` where it was not waiting. */
  giveUp(waiter: Waiter): boolean {
    return this.#waiting.delete(waiter)
  }

  /** Grants a few last words to a connection that is sent away; `false` where too many have them already. */
  beginRefusal(): boolean {
    if (this.#refusals >= this.#limits.maxRefusals) return false
    this.#refusals++
    return true
  }

  /** The last words were said. */
  endRefusal(): void {
    this.#refusals--
  }
}
