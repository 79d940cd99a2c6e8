/**
 * The other way round to upload: a stream that is written to, in place of a source that is asked. Each chunk waits until the upload has
 * taken it, so nothing piles up between the two.
 *
 *     writer ──write──> [one chunk] ──> put's loop ──> data connection
 */
import { Wait } from '../net/wait.ts'
import type { UploadSource } from './client-options.ts'

type Chunk = Uint8Array | string

/** The sink of a `WritableStream` that uploads what it is given. */
export class WritableUpload {
  readonly #upload: (source: UploadSource) => Promise<void>
  #uploaded: Promise<void> = Promise.resolve()
  #state: 'writing' | 'ended' | 'aborted' = 'writing'
  #reason: unknown
  #chunk: Chunk | undefined
  /** Somebody wants the next chunk. */
  readonly #given = new Wait<void>()
  /** The chunk was taken. */
  readonly #taken = new Wait<void>()

  constructor(upload: (source: UploadSource) => Promise<void>) {
    this.#upload = upload
  }

  /** Begins the upload; whatever becomes of it is told to whoever writes. */
  start(controller: WritableStreamDefaultController): void {
    this.#uploaded = this.#upload(this.#source())
    this.#uploaded.catch((error: unknown) => {
      controller.error(error)
      this.#taken.fulfil()
    })
  }

  /** Resolves when the upload wants more. */
  async write(chunk: Chunk): Promise<void> {
    this.#chunk = chunk
    const taken = this.#taken.start()
    this.#given.fulfil()
    await taken
  }

  /** Resolves when the server has all of it. */
  async close(): Promise<void> {
    this.#state = 'ended'
    this.#given.fulfil()
    await this.#uploaded
  }

  /** Breaks the upload off. Resolves when the session can go on. */
  async abort(reason: unknown): Promise<void> {
    this.#state = 'aborted'
    this.#reason = reason
    this.#given.fulfil()
    await this.#uploaded.catch(() => {})
  }

  async *#source(): AsyncGenerator<Chunk> {
    for (;;) {
      if (this.#state === 'aborted') throw this.#reason
      const chunk = this.#chunk
      if (chunk !== undefined) {
        this.#chunk = undefined
        yield chunk
        this.#taken.fulfil()
      } else if (this.#state === 'ended') return
      else await this.#given.start()
    }
  }
}
