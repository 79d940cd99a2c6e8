/** A download, as a loop sees it: octets, and an end that means that all of them came and that the server has said so. */
import { AsciiDecoder } from './ascii.ts'
import type { UserDtp } from './user-dtp.ts'

/** The octets of a file, once. Leaving the loop early breaks the transfer off, and the session can go on. */
export interface Download extends AsyncIterableIterator<Buffer>, AsyncDisposable {
  /** Breaks it off, where it is not at its end. Whoever asks for a download and does not loop over it has to call this. */
  return(): Promise<IteratorResult<Buffer>>
  /** The same octets as a stream of the web's, in place of the loop; to cancel it is to leave the loop. */
  readable(): ReadableStream<Uint8Array>
}

/** A download over a transfer that has begun. */
export class RunningDownload implements Download {
  readonly #dtp: UserDtp
  readonly #decoder: AsciiDecoder | undefined
  #state: 'running' | 'over' = 'running'

  /** With `ascii` lines come with our line ends. */
  constructor(dtp: UserDtp, type: 'binary' | 'ascii') {
    this.#dtp = dtp
    this.#decoder = type === 'ascii' ? new AsciiDecoder() : undefined
  }

  /** The next octets. Rejects with `FtpReplyError`, `ClosedError`, `TimeoutError` or the signal's reason; the download is over then. */
  async next(): Promise<IteratorResult<Buffer>> {
    if (this.#state === 'over') return { done: true, value: undefined }
    try {
      for (let chunk = await this.#dtp.read(); chunk !== undefined; chunk = await this.#dtp.read()) {
        const value = this.#decoder?.decode(chunk) ?? chunk
        // All of a chunk may be one CR, of which nobody knows yet what it is.
        if (value.length > 0) return { done: false, value }
      }
    } catch (error) {
      this.#state = 'over'
      throw error
    }
    this.#state = 'over'
    const held = this.#decoder?.end()
    return held === undefined || held.length === 0 ? { done: true, value: undefined } : { done: false, value: held }
  }

  /** What a loop calls that is left by `break` or by a throw. Resolves when the session can go on. */
  async return(): Promise<IteratorResult<Buffer>> {
    if (this.#state === 'running') {
      this.#state = 'over'
      await this.#dtp.breakOff(undefined)
    }
    return { done: true, value: undefined }
  }

  /** As `Download` has it. */
  readable(): ReadableStream<Uint8Array> {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      const { done, value } = await this.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    }
    const cancel = async (): Promise<void> => {
      await this.return()
    }
    // Nothing is asked for before somebody reads.
    return new ReadableStream({ pull, cancel }, { highWaterMark: 0 })
  }

  /** A download is its own iterator: its octets come once. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** The same as `return`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
