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

  /** The next octets. Rejects with `FtpReplyError`, `ClosedError`, `TimeoutError` or the signal's reason; the download is over then. */
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

  /** What a loop calls that is left by `break` or by a throw. Resolves when the session can go on. */
  async return(): Promise<IteratorResult<Buffer>> {
    if (this.#state === 'running') {
      await this.#dtp.breakOff(undefined)
      this.#end()
    }
    return { done: true, value: undefined }
  }

  /** A download is its own iterator: its octets come once. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** The same as `return`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** The next in the queue may begin. */
  #end(): void {
    this.#state = 'over'
    this.#onOver()
  }
}
