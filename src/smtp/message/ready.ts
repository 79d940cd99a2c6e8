/**
 * An object that is there before it is needed. Between two messages none is being read, and a full collection at that time finds no parser,
 * no decoder: V8 then takes the shapes of these for dead, and throws away all code that was optimised for them. The next messages, some
 * thirty of them, took up to eight times as long. So one of each kind is always ready: whoever takes it has the next one made. It has
 * seen no octet, so nothing of a message outlives that message.
 */

/** Makes objects of a kind, one ahead. */
export class Ready<Kind> {
  readonly #make: () => Kind
  #next: Kind

  constructor(make: () => Kind) {
    this.#make = make
    this.#next = make()
  }

  /** The one that is ready: it is the caller's alone. */
  take(): Kind {
    const taken = this.#next
    this.#next = this.#make()
    return taken
  }
}
