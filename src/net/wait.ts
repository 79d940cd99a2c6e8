/**
 * A promise that somebody may be waiting for, made only when somebody asks: what a socket keeps for each of its events in
 * place of listeners that are added and removed.
 */

/** At most one promise at a time; whoever asks while one is pending shares it. */
export class Wait<T> {
  #promise: Promise<T> | undefined
  #resolve: (value: T) => void = nothing
  #reject: (error: Error) => void = nothing

  /** Whether somebody waits. */
  get isPending(): boolean {
    return this.#promise !== undefined
  }

  /** The promise. */
  start(): Promise<T> {
    return (this.#promise ??= new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    }))
  }

  /** Fulfils the promise, if there is one. */
  fulfil(value: T): void {
    this.#promise = undefined
    this.#resolve(value)
    this.#resolve = nothing
  }

  /** Rejects the promise, if there is one. Nobody has to be listening. */
  fail(error: Error): void {
    this.#promise?.catch(nothing)
    this.#promise = undefined
    this.#reject(error)
    this.#reject = nothing
  }
}

/** A rejected promise that nobody has to be listening to. */
export function rejected(error: Error): Promise<never> {
  const promise = Promise.reject(error)
  promise.catch(nothing)
  return promise
}

function nothing(): void {}
