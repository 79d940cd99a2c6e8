/**
 * Reading a file of the disk: one chunk is read ahead while the last one is on its way, so that disk and network work at the
 * same time, and no more than two are ever held.
 *
 * Memory is most of what reading costs: new memory has to be asked for, is touched for the first time page by page, and is in no cache. Who
 * is done with a chunk when he asks for the next one is lent two pieces of it, in turn.
 */
import type { FileHandle } from 'node:fs/promises'
import { fileStat, refusal } from './held.ts'
import { StorageError } from './storage.ts'
import type { ReadOptions, Source, Stat } from './storage.ts'

/** As much is read at a time; more gained nothing when it was measured, and two fit into a core's own cache. */
const CHUNK_BYTES = 256 * 1024

/** Where the next chunk goes: so many octets. */
type Memory = (length: number) => Buffer

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

  [Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    return this.#chunks((length) => Buffer.allocUnsafeSlow(length))
  }

  lend(): AsyncGenerator<Buffer> {
    return this.#chunks(inTurn())
  }

  async *#chunks(memory: Memory): AsyncGenerator<Buffer> {
    if (this.#state !== 'unread') throw new StorageError('failed')
    this.#state = 'reading'
    let ahead = this.#readAhead(memory)
    try {
      while (ahead !== undefined) {
        const chunk = await ahead
        if (chunk instanceof StorageError) throw chunk
        ahead = this.#readAhead(memory)
        yield chunk
      }
    } finally {
      await ahead
      await this.close()
    }
  }

  /** Starts to read the next chunk. A failure is a value, for nobody may be waiting for it just now. */
  #readAhead(memory: Memory): Promise<Buffer | StorageError> | undefined {
    const length = Math.min(CHUNK_BYTES, this.#end - this.#position)
    if (length <= 0) return undefined
    const position = this.#position
    this.#position += length
    return this.#fill(memory(length), position).catch(refusal)
  }

  async #fill(chunk: Buffer, position: number): Promise<Buffer> {
    const { length } = chunk
    for (let filled = 0; filled < length;) {
      const { bytesRead } = await this.#handle.read(chunk, filled, length - filled, position + filled)
      // Somebody has cut the file short: what was promised cannot be kept, and that must be known.
      if (bytesRead === 0) throw new StorageError('failed')
      filled += bytesRead
    }
    return chunk
  }
}

/** Two pieces of memory in turn, each made when it is first needed: a short file needs no long one, nor a second. */
function inTurn(): Memory {
  let [next, other] = [Buffer.alloc(0), Buffer.alloc(0)]
  return (length) => {
    // Only the last chunk may be shorter than the ones before.
    const memory = next.length < length ? Buffer.allocUnsafeSlow(length) : next
    next = other
    other = memory
    return memory.subarray(0, length)
  }
}
