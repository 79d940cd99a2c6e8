/**
 * A quota around a storage: so many octets and so many files, over all of its directories.
 *
 * What is there already is counted once, when the first change is asked for; from then on the count is kept by hand, so every
 * session that shares a quota must share the object. What others do to the same folder behind its back is not seen.
 * An upload is counted as it grows, and refused with `full` at the octet that is too much: no gigabyte is taken first.
 *
 * What is given back is what is really gone. A file may be removed or replaced by one session while another uploads it, so what an upload
 * replaces is looked at when it is committed, and nobody else changes that file in between: else the same octets could be given back
 * twice, again and again, until there is no quota left. Where it cannot be known, nothing is given back.
 */
import type { VirtualPath } from '../path.ts'
import { Forwarding } from './forwarding.ts'
import { PathTurns } from './path-turns.ts'
import { StorageError, handOver } from './storage.ts'
import type { Capability, Sink, Stat, Storage, WriteMode } from './storage.ts'

/** How much a storage may hold. */
export interface QuotaOptions {
  /** Octets of all files together. */
  readonly maxBytes: number
  /** How many files; directories are not counted. Default no limit. */
  readonly maxFiles?: number
}

/** The storage within a quota. */
export function quota(storage: Storage, options: QuotaOptions): Storage {
  return new QuotaStorage(storage, options)
}

/** What is used, uploads under way included. */
class Usage {
  readonly #maxBytes: number
  readonly #maxFiles: number
  #bytes = 0
  #files = 0

  constructor({ maxBytes, maxFiles = Infinity }: QuotaOptions) {
    this.#maxBytes = maxBytes
    this.#maxFiles = maxFiles
  }

  /** Adds what was there before anybody could be refused. */
  count(bytes: number): void {
    this.#bytes += bytes
    this.#files++
  }

  /** Takes room, or refuses with `full` and takes none. */
  take(bytes: number, files: number): void {
    if (this.#bytes + bytes > this.#maxBytes || this.#files + files > this.#maxFiles) throw new StorageError('full')
    this.#bytes += bytes
    this.#files += files
  }

  /** Octets that are left. */
  get freeBytes(): number {
    return Math.max(0, this.#maxBytes - this.#bytes)
  }

  give(bytes: number, files: number): void {
    this.#bytes -= bytes
    this.#files -= files
  }
}

class QuotaStorage extends Forwarding {
  readonly #options: QuotaOptions
  readonly #turns = new PathTurns()
  #usage: Promise<Usage> | undefined
  /** Renames so far: a path may lead to another directory behind each. */
  #renames = 0

  constructor(storage: Storage, options: QuotaOptions) {
    super(storage)
    this.#options = options
  }

  /** A quota knows what is left of it, whatever is within. */
  override get capabilities(): ReadonlySet<Capability> {
    return new Set([...this.inner.capabilities, 'space'])
  }

  override async freeBytes(path: VirtualPath): Promise<number> {
    const { freeBytes } = await this.#counted()
    return this.inner.capabilities.has('space') ? Math.min(freeBytes, await this.inner.freeBytes(path)) : freeBytes
  }

  override async write(path: VirtualPath, mode: WriteMode): Promise<Sink> {
    const usage = await this.#counted()
    const before = await this.#sizeOf(path)
    const files = before === undefined ? 1 : 0
    const renames = this.#renames
    usage.take(0, files)
    const commit: Upload['commit'] = (sink) =>
      this.#turns.do([path], async () => {
        const replaced = renames === this.#renames ? await this.#sizeOf(path) : undefined
        return { stat: await sink.commit(), replaced }
      })
    try {
      return new QuotaSink(await this.inner.write(path, mode), usage, { mode, before: before ?? 0, files, commit })
    } catch (error) {
      usage.give(0, files)
      throw error
    }
  }

  override async removeFile(path: VirtualPath): Promise<void> {
    const usage = await this.#counted()
    await this.#turns.do([path], async () => {
      const size = (await this.#sizeOf(path)) ?? 0
      await this.inner.removeFile(path)
      usage.give(size, 1)
    })
  }

  override async rename(from: VirtualPath, to: VirtualPath): Promise<void> {
    const usage = await this.#counted()
    const isSame = from.length === to.length && from.every((name, index) => name === to[index])
    await this.#turns.do([from, to], async () => {
      const replaced = isSame ? undefined : await this.#sizeOf(to)
      this.#renames++
      await this.inner.rename(from, to)
      if (replaced !== undefined) usage.give(replaced, 1)
    })
  }

  /** What is used; a count that failed is tried anew by the next who asks. */
  #counted(): Promise<Usage> {
    this.#usage ??= this.#count().catch((error: unknown) => {
      this.#usage = undefined
      throw error
    })
    return this.#usage
  }

  async #count(): Promise<Usage> {
    const usage = new Usage(this.#options)
    const directories: VirtualPath[] = [[]]
    for (const directory of directories) {
      for await (const entry of this.inner.list(directory)) {
        if (entry.type === 'directory') directories.push([...directory, entry.name])
        else usage.count(entry.size)
      }
    }
    return usage
  }

  /** The size of what is no directory, or `undefined` where there is nothing. */
  async #sizeOf(path: VirtualPath): Promise<number | undefined> {
    try {
      const stat = await this.inner.stat(path)
      return stat.type === 'directory' ? undefined : stat.size
    } catch (error) {
      if (error instanceof StorageError && error.reason === 'notFound') return undefined
      throw error
    }
  }
}

interface Upload {
  readonly mode: WriteMode
  /** Octets of the file before. */
  readonly before: number
  /** 1 for a new file. */
  readonly files: number
  /** Commits it while nobody else changes the file; tells the size of what it has replaced, if there was something. */
  readonly commit: (sink: Sink) => Promise<{ readonly stat: Stat; readonly replaced: number | undefined }>
}

class QuotaSink implements Sink {
  readonly #sink: Sink
  readonly #usage: Usage
  readonly #upload: Upload
  /** Octets taken from the quota. */
  #taken = 0
  #written = 0

  constructor(sink: Sink, usage: Usage, upload: Upload) {
    this.#sink = sink
    this.#usage = usage
    this.#upload = upload
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#grow(bytes.length)
    await this.#sink.write(bytes)
  }

  async take(bytes: Uint8Array): Promise<void> {
    this.#grow(bytes.length)
    await handOver(this.#sink, bytes)
  }

  async commit(): Promise<Stat> {
    const { stat, replaced } = await this.#upload.commit(this.#sink)
    // What was replaced is gone only now; in place nothing is.
    if (!this.#isInPlace) this.#usage.give(replaced ?? 0, this.#upload.files - (replaced === undefined ? 1 : 0))
    return stat
  }

  async abort(): Promise<void> {
    await this.#sink.abort()
    // In place, what has arrived stays.
    if (!this.#isInPlace) this.#usage.give(this.#taken, this.#upload.files)
  }

  /** Takes room for so many octets behind what was written, as far as they need any. */
  #grow(octets: number): void {
    this.#written += octets
    const wanted = this.#growth() - this.#taken
    if (wanted <= 0) return
    this.#usage.take(wanted, 0)
    this.#taken += wanted
  }

  get #isInPlace(): boolean {
    return this.#upload.mode.type === 'append' || this.#upload.mode.type === 'resume'
  }

  /** How many octets more than before are on the disk now. */
  #growth(): number {
    switch (this.#upload.mode.type) {
      case 'create':
      case 'replace':
      case 'append':
        return this.#written
      case 'resume':
        return Math.max(0, this.#upload.mode.from + this.#written - this.#upload.before)
    }
  }
}
