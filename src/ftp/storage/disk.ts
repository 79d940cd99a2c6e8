/**
 * A folder of the local disk as a storage. Nothing gets out of it: no `..` (paths are validated names), no symbolic link, and no
 * race between a check and an open.
 *
 * The walk. From the root, which the operator named and which is trusted, each directory on the way is opened with O_NOFOLLOW
 * through the one before it, and held; what is then done, is done to an entry of the held directory (`held.ts`). A directory that is
 * swapped for a symbolic link between two steps is simply not followed.
 *
 * Uploads. A new file grows under a hidden name in its own directory and is renamed when it is whole and synced; a process that is
 * killed leaves the hidden file and nothing else. Hidden names cannot be reached from outside, and `sweep` removes old ones.
 * Appending and resuming work in place: whoever resumes counts on what has arrived.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, mkdir, open, opendir, rename, rmdir, statfs, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { resolve } from 'node:path'
import { decodeOctets } from '../text.ts'
import type { VirtualPath } from '../path.ts'
import { DiskSink } from './disk-sink.ts'
import { DiskSource } from './disk-source.ts'
import { Held, fileStat, refusal } from './held.ts'
import { ALL_CAPABILITIES, StorageError } from './storage.ts'
import type { Attributes, Entry, ReadOptions, Sink, Source, Stat, Storage, WriteMode } from './storage.ts'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants
/** O_NONBLOCK: opening a pipe must not wait for its other end. */
const FOR_READING = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
const FOR_WRITING = O_WRONLY | O_NOFOLLOW | O_NONBLOCK

/** What new files and directories may be used for, before the process's own umask has its say. */
const NEW_FILE = 0o666
const NEW_DIRECTORY = 0o777
/** Never what lets a program run as somebody else, or a directory forget who may remove from it. */
const MODE_BITS = 0o777

/** Uploads under way: `.wireline-` and 16 hexadecimal digits. */
const HIDDEN_PREFIX = '.wireline-'
/** Entries of a listing that are asked for at the same time. */
const STATS_AT_ONCE = 16

/** The folder `root` as a storage. It need not exist yet; until it does, everything in it is `notFound`. */
export function disk(root: string): Storage {
  return new DiskStorage(resolve(root))
}

/**
 * Removes what uploads have left below `root` when their process was killed: hidden files that have not changed for `olderThanMs`
 * (default a day). Answers how many there were.
 */
export async function sweep(root: string, olderThanMs = 86_400_000): Promise<number> {
  return new DiskStorage(resolve(root)).sweep([], Date.now() - olderThanMs)
}

class DiskStorage implements Storage {
  readonly capabilities = ALL_CAPABILITIES
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async stat(path: VirtualPath): Promise<Stat> {
    return this.#atEntry(path, async (entry) => fileStat(await lstat(entry, { bigint: true })))
  }

  async *list(path: VirtualPath): AsyncGenerator<Entry> {
    const held = await this.#hold(path)
    try {
      let names: string[] = []
      for await (const { name } of await opendir(held.path, { encoding: 'latin1' }).catch(refuse)) {
        if (name.startsWith(HIDDEN_PREFIX)) continue
        names.push(decodeOctets(name))
        if (names.length < STATS_AT_ONCE) continue
        yield* await entriesOf(held, names)
        names = []
      }
      yield* await entriesOf(held, names)
    } finally {
      await held.close()
    }
  }

  async read(path: VirtualPath, options: ReadOptions = {}): Promise<Source> {
    const handle = await this.#atEntry(path, (entry) => open(entry, FOR_READING))
    return DiskSource.over(handle, options)
  }

  async write(path: VirtualPath, mode: WriteMode): Promise<Sink> {
    const name = refuseRoot(path, 'notFile')
    refuseForeignName(name)
    const held = await this.#hold(path.slice(0, -1))
    try {
      switch (mode.type) {
        case 'create':
        case 'replace':
          return await this.#writeAnew(held, name, mode)
        case 'append': {
          const flags = FOR_WRITING | O_APPEND | O_CREAT
          return await writeInPlace(held, await open(held.entry(name), flags, modeOf(mode.mode, NEW_FILE)), undefined)
        }
        case 'resume':
          return await writeInPlace(held, await open(held.entry(name), FOR_WRITING), mode.from)
      }
    } catch (error) {
      await held.close()
      throw refusal(error)
    }
  }

  async makeDirectory(path: VirtualPath, mode?: number): Promise<void> {
    refuseRoot(path, 'exists')
    await this.#atEntry(path, (entry) => mkdir(entry, modeOf(mode, NEW_DIRECTORY)))
  }

  async removeDirectory(path: VirtualPath): Promise<void> {
    refuseRoot(path, 'denied')
    await this.#atEntry(path, (entry) => rmdir(entry))
  }

  async removeFile(path: VirtualPath): Promise<void> {
    refuseRoot(path, 'notFile')
    await this.#atEntry(path, async (entry) => {
      if ((await lstat(entry)).isDirectory()) throw new StorageError('notFile')
      await unlink(entry)
    })
  }

  async rename(from: VirtualPath, to: VirtualPath): Promise<void> {
    refuseRoot(from, 'denied')
    refuseRoot(to, 'exists')
    await this.#atEntry(from, (source) =>
      this.#atEntry(to, async (target) => {
        // rename(2) would replace an empty directory without a word.
        if (await isDirectory(target)) throw new StorageError('exists')
        await rename(source, target)
      }),
    )
  }

  /** By a descriptor that is no link's: the file that was looked at is the one that is changed. */
  async setAttributes(path: VirtualPath, { modifiedMs, mode }: Attributes): Promise<void> {
    await this.#atEntry(path, async (entry) => {
      const handle = await open(entry, FOR_READING)
      try {
        const stats = await handle.stat()
        if (!stats.isFile() && !stats.isDirectory()) throw new StorageError('notFile')
        if (modifiedMs !== undefined) await handle.utimes(stats.atimeMs / 1000, modifiedMs / 1000)
        if (mode !== undefined) await handle.chmod(mode & MODE_BITS)
      } finally {
        await handle.close()
      }
    })
  }

  async freeBytes(path: VirtualPath): Promise<number> {
    const held = await this.#hold(path)
    try {
      const { bavail, bsize } = await statfs(held.path)
      return bavail * bsize
    } catch (error) {
      throw refusal(error)
    } finally {
      await held.close()
    }
  }

  /** Removes hidden files older than `before`, here and below. */
  async sweep(path: VirtualPath, before: number): Promise<number> {
    const held = await this.#hold(path)
    let removed = 0
    try {
      for await (const dirent of await opendir(held.path, { encoding: 'latin1' }).catch(refuse)) {
        const name = decodeOctets(dirent.name)
        if (dirent.isDirectory()) removed += await this.sweep([...path, name], before)
        else if (dirent.isFile() && name.startsWith(HIDDEN_PREFIX)) {
          const entry = held.entry(name)
          if ((await lstat(entry)).mtimeMs >= before) continue
          await unlink(entry)
          removed++
        }
      }
    } finally {
      await held.close()
    }
    return removed
  }

  async #writeAnew(held: Held, name: string, how: Extract<WriteMode, { type: 'create' | 'replace' }>): Promise<Sink> {
    const target = held.entry(name)
    // Asked now, so that nobody sends a gigabyte to be told; asked again by `link` or `rename` at the end.
    if (how.type === 'create' && (await exists(target))) throw new StorageError('exists')
    if (await isDirectory(target)) throw new StorageError('notFile')
    const hidden = held.entry(HIDDEN_PREFIX + randomBytes(8).toString('hex'))
    const handle = await open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, modeOf(how.mode, NEW_FILE))
    return new DiskSink(handle, held, 0, {
      keep: async () => {
        if (how.type === 'replace') return rename(hidden, target)
        await link(hidden, target)
        await unlink(hidden)
      },
      discard: () => unlink(hidden),
    })
  }

  /** Does something to the entry at `path`, with its directory held. The root is an entry of nothing, and trusted. */
  async #atEntry<Result>(path: VirtualPath, act: (entry: string | Buffer) => Promise<Result>): Promise<Result> {
    const name = path.at(-1)
    if (name === undefined) return act(this.#root).catch(refuse)
    refuseForeignName(name)
    const held = await this.#hold(path.slice(0, -1))
    try {
      return await act(held.entry(name))
    } catch (error) {
      throw refusal(error)
    } finally {
      await held.close()
    }
  }

  /** Walks to the directory at `path` and holds it. */
  async #hold(path: VirtualPath): Promise<Held> {
    let held = Held.trusted(this.#root)
    for (const name of path) {
      refuseForeignName(name)
      const outer = held
      try {
        held = await outer.enter(name)
      } finally {
        await outer.close()
      }
    }
    return held
  }
}

async function entriesOf(held: Held, names: readonly string[]): Promise<Entry[]> {
  const entries = await Promise.all(
    names.map(async (name): Promise<Entry | undefined> => {
      try {
        return { name, ...fileStat(await lstat(held.entry(name), { bigint: true })) }
      } catch (error) {
        // Gone since the directory was read: then it is no entry.
        if (refusal(error).reason === 'notFound') return undefined
        throw refusal(error)
      }
    }),
  )
  return entries.filter((entry) => entry !== undefined)
}

/** An upload into a file that is there: at its end, or from an octet that it has. */
async function writeInPlace(held: Held, handle: FileHandle, from: number | undefined): Promise<Sink> {
  const stat = await handle.stat()
  const refused = !stat.isFile() ? 'notFile' : from !== undefined && from > stat.size ? 'outOfRange' : undefined
  if (refused !== undefined) {
    await handle.close()
    throw new StorageError(refused)
  }
  const nothing = async (): Promise<void> => {}
  return new DiskSink(handle, held, from ?? stat.size, { keep: nothing, discard: nothing })
}

/** The last name of a path. The root has none, and is refused for the reason that the caller gives. */
function refuseRoot(path: VirtualPath, refused: 'notFile' | 'exists' | 'denied'): string {
  const name = path.at(-1)
  if (name === undefined) throw new StorageError(refused)
  return name
}

/** Which of the `most` that the system may allow are wanted. */
function modeOf(mode: number | undefined, most: number): number {
  return (mode ?? most) & most
}

/** Device names, and what separates, selects a stream or is no name at all, on Windows. */
const WINDOWS_UNSAFE = /[\\:*?"<>|]|[. ]$|^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i

function refuseForeignName(name: string): void {
  if (name.startsWith(HIDDEN_PREFIX)) throw new StorageError('name')
  if (process.platform === 'win32' && WINDOWS_UNSAFE.test(name)) throw new StorageError('name')
}

async function exists(entry: Buffer): Promise<boolean> {
  return (await typeOf(entry)) !== undefined
}

async function isDirectory(entry: string | Buffer): Promise<boolean> {
  return (await typeOf(entry)) === 'directory'
}

async function typeOf(entry: string | Buffer): Promise<Stat['type'] | undefined> {
  try {
    return fileStat(await lstat(entry, { bigint: true })).type
  } catch (error) {
    if (refusal(error).reason === 'notFound') return undefined
    throw error
  }
}

function refuse(error: unknown): never {
  throw refusal(error)
}
