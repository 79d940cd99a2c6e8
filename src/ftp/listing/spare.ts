/**
 * What is dear to make and used for one listing after another: kept between two of them. Listings may overlap, and then there are more; one
 * of them is kept. What is never given back is collected as anything else.
 */

/** Keeps one object that nobody uses. */
export class Spare<Kept> {
  readonly #make: () => Kept
  #idle: Kept | undefined

  constructor(make: () => Kept) {
    this.#make = make
  }

  /** The one that is kept, or a new one. */
  take(): Kept {
    const taken = this.#idle ?? this.#make()
    this.#idle = undefined
    return taken
  }

  /** Whoever took it has no further use for it. */
  giveBack(taken: Kept): void {
    this.#idle = taken
  }
}
