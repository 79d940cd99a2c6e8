/**
 * Reading a file of the disk: one chunk is read ahead while the last one is on its way, so that disk and network work at the
 * same time, and no more than two are ever held.
 */
import type { FileHandle } from 'node:fs/promises'
import { fileStat, refusal } from './held.ts'
import { StorageError } from './storage.ts'
import type { ReadOptions, Source, Stat } from './storage.ts'

/** As much is read at a time; more gained nothing when it was measured. */
const CHUNK_BYTES = 256 * 1024

/** An opened file. */
export class DiskSource implements Source {
  readonly stat: Stat
  readonly #handle: FileHandle
  readonly #end: number
  #position: number
  #state: 'unread' | 'reading' | 'closed' = 'unread'

  private constructor(handle: FileHandle, stat: Stat, from: number, end: number) {
    this.#handle = handle
    this.stat = stat
    this.#position = from
    this.#end = end
  }

  /** Takes over an opened descriptor, and closes it where it is no file or too short. */
  static async over(handle: FileHandle, { from = 0, length = Infinity }: ReadOptions): Promise<DiskSource> {
    const stat = fileStat(await handle.stat({ bigint: true }))
    const refused = stat.type !== 'file' ? 'notFile' : from > stat.size ? 'outOfRange' : undefined
    if (refused === undefined) return new DiskSource(handle, stat, from, Math.min(stat.size, from + length))
    await handle.close()
    throw new StorageError(refused)
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.#handle.close()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    if (this.#state !== 'unread') throw new StorageError('failed')
    this.#state = 'reading'
    let ahead = this.#readAhead()
    try {
      while (ahead !== undefined) {
        const chunk = await ahead
        if (chunk instanceof StorageError) throw chunk
        ahead = this.#readAhead()
        yield chunk
      }
    } finally {
      await ahead
      await this.close()
    }
  }

  /** Starts to read the next chunk. A failure is a value, for nobody may be waiting for it just now. */
  #readAhead(): Promise<Buffer | StorageError> | undefined {
    const length = Math.min(CHUNK_BYTES, this.#end - this.#position)
    if (length <= 0) return undefined
    const position = this.#position
    this.#position += length
    return this.#readChunk(position, length).catch(refusal)
  }

  async #readChunk(position: number, length: number): Promise<Buffer> {
    const chunk = Buffer.allocUnsafeSlow(length)
    for (let filled = 0; filled < length;) {
      const { bytesRead } = await this.#handle.read(chunk, filled, length - filled, position + filled)
      // Somebody has cut the file short: what was promised cannot be kept, and that must be known.
      if (bytesRead === 0) throw new StorageError('failed')
      filled += bytesRead
    }
    return chunk
  }
}
