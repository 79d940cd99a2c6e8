/** A download, as a loop sees it: octets, and an end that means that all of them came and that the server has said so. */
import type { UserDtp } from './user-dtp.ts'

/** The octets of a file, once. Leaving the loop early breaks the transfer off, and the session can go on. */
export interface Download extends AsyncIterableIterator<Buffer>, AsyncDisposable {
  /** Breaks it off, where it is not at its end. Whoever asks for a download and does not loop over it has to call this. */
  return(): Promise<IteratorResult<Buffer>>
}

/** A download over a transfer that has begun. */
export class RunningDownload implements Download {
  readonly #dtp: UserDtp
  readonly #onOver: () => void
  #state: 'running' | 'over' = 'running'

  /** `onOver` is called once, when nothing more is on its way. */
  constructor(dtp: UserDtp, onOver: () => void) {
    this.#dtp = dtp
    this.#onOver = onOver
  }

  async next(): Promise<IteratorResult<Buffer>> {
    if (this.#state === 'over') return { done: true, value: undefined }
    try {
      const value = await this.#dtp.read()
      if (value !== undefined) return { done: false, value }
    } catch (error) {
      this.#end()
      throw error
    }
    this.#end()
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Buffer>> {
    if (this.#state === 'running') {
      await this.#dtp.breakOff(undefined)
      this.#end()
    }
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #end(): void {
    this.#state = 'over'
    this.#onOver()
  }
}
