/** One after another: what a session is asked while it is busy waits, in order, until it is its turn. */

/** A queue of those who wait for one thing. */
export class Turns {
  /** Resolves when the last one in the queue has ended its turn. */
  #last: Promise<void> = Promise.resolve()

  /**
   * Waits for a turn, and answers how to end it, which must be called once. Rejects with the signal's reason where that comes first; the
   * place in the queue is passed on then.
   */
  async take(signal?: AbortSignal): Promise<() => void> {
    const before = this.#last
    let end = (): void => {}
    this.#last = new Promise((resolve) => {
      end = resolve
    })
    try {
      await unless(signal, before)
      return end
    } catch (error) {
      void before.then(end)
      throw error
    }
  }

  /** Does something in a turn. An abort rejects at once, and the turn lasts until `act` has come to its end. */
  async do<Result>(signal: AbortSignal | undefined, act: () => Promise<Result>): Promise<Result> {
    const end = await this.take(signal)
    return unless(signal, act().finally(end))
  }
}

/** The promise, or the signal's reason if that comes first. */
async function unless<Value>(signal: AbortSignal | undefined, promise: Promise<Value>): Promise<Value> {
  if (signal === undefined) return promise
  // Behind the signal nobody waits for what becomes of it.
  promise.catch(() => {})
  let onAbort = (): void => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
  })
  aborted.catch(() => {})
  try {
    return await Promise.race([aborted, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
