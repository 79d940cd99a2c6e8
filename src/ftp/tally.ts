/** How many of something there are by name: sessions of a user, hashes under way. What is taken has to be given back. */

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>()

  /** Counts one more, and answers `true`; or answers `false` where there are `max` already. */
  take(name: string, max: number): boolean {
    const count = this.#counts.get(name) ?? 0
    if (count >= max) return false
    this.#counts.set(name, count + 1)
    return true
  }

  /** Takes back what `take` has counted. */
  give(name: string): void {
    const count = this.#counts.get(name) ?? 0
    if (count > 1) this.#counts.set(name, count - 1)
    else this.#counts.delete(name)
  }
}
