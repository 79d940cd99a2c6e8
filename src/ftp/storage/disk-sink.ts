/**
 * Writing a file of the disk: what arrives is gathered and written with one call while the next is on its way, and the writer
 * is held back when too much is waiting.
 *
 *     open  --commit-->  committed
 *       |  \--abort-->   aborted
 *       `- a write fails: every later call throws why, until `abort`
 */
import type { FileHandle } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Wait } from '../../net/wait.ts'
import { giveBack } from './give-back.ts'
import { fileStat, refusal, type Held } from './held.ts'
import { StorageError } from './storage.ts'
import type { Sink, Stat } from './storage.ts'

/**
 * A writer waits when more than this has not been written yet, until half of it has: who waited for all of it would only stop and go. Each call goes
 * to another thread and back, so that a few large ones cost less than many small ones; as much as this still fits into a core's own cache.
 */
const MAX_WAITING_BYTES = 2 * 1024 * 1024
/** Slices for one system call; the kernel takes 1,024 at most. */
const MAX_SLICES = 512

/** What becomes of the file in the end. */
export interface Outcome {
  /** Puts it under its name. */
  readonly keep: () => Promise<void>
  /** Leaves nothing of it. */
  readonly discard: () => Promise<void>
}

/** A file opened for writing. Takes over the descriptor and the held directory. */
export class DiskSink implements Sink {
  readonly #handle: FileHandle
  readonly #directory: Held
  readonly #outcome: Outcome
  #position: number
  /** What was taken, and not only written: its memory is ours. */
  readonly #taken = new Set<Uint8Array>()
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  readonly #room = new Wait<void>()
  /** Runs while anything is waiting; never rejects. */
  #writing: Promise<void> | undefined
  #failure: StorageError | undefined
  #state: 'open' | 'committed' | 'aborted' = 'open'

  constructor(handle: FileHandle, directory: Held, position: number, outcome: Outcome) {
    this.#handle = handle
    this.#directory = directory
    this.#position = position
    this.#outcome = outcome
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#assertOpen()
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#writing ??= this.#writeOut()
    if (this.#waitingBytes > MAX_WAITING_BYTES) await this.#room.start()
    this.#assertOpen()
  }

  take(bytes: Uint8Array): Promise<void> {
    this.#taken.add(bytes)
    return this.write(bytes)
  }

  async commit(): Promise<Stat> {
    await this.#writing
    this.#assertOpen()
    this.#state = 'committed'
    try {
      await this.#handle.sync()
      const stat = fileStat(await this.#handle.stat({ bigint: true }))
      await this.#outcome.keep()
      await this.#directory.sync()
      return stat
    } catch (error) {
      // The first error is the one that tells why; what cannot be discarded now is left to `sweep`.
      await this.#outcome.discard().catch(refusal)
      throw refusal(error)
    } finally {
      await this.#release()
    }
  }

  async abort(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'aborted'
    await this.#writing
    try {
      await this.#outcome.discard()
    } catch (error) {
      throw refusal(error)
    } finally {
      await this.#release()
    }
  }

  /** Writes until nothing is waiting. What fails is kept for the next call, and what waits is dropped. */
  async #writeOut(): Promise<void> {
    try {
      // A busy socket delivers up to two megabytes in one turn of the event loop: the first chunk of them is not written alone.
      await nextTurn()
      while (this.#waiting.length > 0) {
        const slices = this.#waiting.splice(0, MAX_SLICES)
        await this.#writeSlices(slices)
      }
    } catch (error) {
      this.#failure = refusal(error)
      this.#waiting = []
      this.#waitingBytes = 0
    }
    this.#writing = undefined
    this.#room.fulfil()
  }

  async #writeSlices(slices: Uint8Array[]): Promise<void> {
    while (slices.length > 0) {
      const { bytesWritten } = await this.#handle.writev(slices, this.#position)
      this.#position += bytesWritten
      this.#waitingBytes -= bytesWritten
      for (const slice of dropWritten(slices, bytesWritten)) if (this.#taken.delete(slice)) giveBack(slice)
      if (this.#waitingBytes <= MAX_WAITING_BYTES / 2) this.#room.fulfil()
    }
  }

  #assertOpen(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#state !== 'open') throw new StorageError('failed')
  }

  async #release(): Promise<void> {
    await this.#handle.close()
    await this.#directory.close()
  }
}

/** Takes `count` octets off the front of `slices`, a call may have written fewer than it was given: the slices that are written whole. */
function dropWritten(slices: Uint8Array[], count: number): Uint8Array[] {
  let left = count
  let whole = 0
  for (let slice = slices[0]; slice !== undefined && left >= slice.length; slice = slices[whole]) {
    left -= slice.length
    whole++
  }
  const written = slices.splice(0, whole)
  const rest = slices[0]
  if (rest !== undefined && left > 0) slices[0] = rest.subarray(left)
  return written
}
