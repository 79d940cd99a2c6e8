/**
 * A directory that is held open. What is done through it is done in that very directory, whatever happens to its name
 * meanwhile: on Linux `/proc/self/fd/N/name` means to the kernel what `openat(N, name)` means, which Node does not have.
 *
 * Where there is no `/proc` the directory's path stands in for its descriptor. Every step on the way there was opened with
 * O_NOFOLLOW, but somebody who can already rename directories inside the root while a session is at work could win a race.
 */
import { constants, existsSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { encodeText } from '../text.ts'
import { StorageError } from './storage.ts'
import type { Stat, StorageRefusal } from './storage.ts'

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
const HAS_PROC = existsSync('/proc/self/fd')
const SLASH = Buffer.from('/')

/** A directory, open for as long as it is needed. */
export class Held {
  /** A path that leads to this directory for as long as it is held. */
  readonly path: Buffer
  readonly #handle: FileHandle | undefined

  private constructor(path: Buffer, handle: FileHandle | undefined) {
    this.path = path
    this.#handle = handle
  }

  /** A directory whose path nobody outside can change: the root. */
  static trusted(path: string): Held {
    return new Held(Buffer.from(path), undefined)
  }

  /** The path of an entry. */
  entry(name: string): Buffer {
    const octets = encodeText(name)
    if (octets === undefined) throw new StorageError('name')
    return Buffer.concat([this.path, SLASH, octets])
  }

  /** Holds a directory in this one. A symbolic link is no directory. */
  async enter(name: string): Promise<Held> {
    const path = this.entry(name)
    try {
      const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      return new Held(HAS_PROC ? Buffer.from(`/proc/self/fd/${handle.fd}`) : path, handle)
    } catch (error) {
      throw refusal(error)
    }
  }

  /** Makes what was created, renamed or removed in this directory survive a loss of power. */
  async sync(): Promise<void> {
    if (this.#handle !== undefined) return this.#handle.sync()
    const handle = await open(this.path, O_RDONLY | O_DIRECTORY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  /** Lets go of it. */
  async close(): Promise<void> {
    await this.#handle?.close()
  }
}

/** What a storage tells of a file. */
export function fileStat(stats: BigIntStats): Stat {
  const type = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other'
  return {
    type,
    size: type === 'file' ? Number(stats.size) : 0,
    modifiedMs: Number(stats.mtimeMs),
    mode: Number(stats.mode) & 0o777,
    version: [stats.ino, stats.size, stats.mtimeNs].map((part) => part.toString(36)).join('-'),
  }
}

const REFUSALS: Readonly<Record<string, StorageRefusal>> = {
  ENOENT: 'notFound',
  EEXIST: 'exists',
  ENOTEMPTY: 'notEmpty',
  ENOTDIR: 'notDirectory',
  EISDIR: 'notFile',
  ENXIO: 'notFile',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ELOOP: 'denied',
  EXDEV: 'denied',
  ENAMETOOLONG: 'name',
  EINVAL: 'name',
  EILSEQ: 'name',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EBUSY: 'busy',
  ETXTBSY: 'busy',
  EMFILE: 'busy',
  ENFILE: 'busy',
}

/** Whatever went wrong, as a storage says it; what the system said is the cause. */
export function refusal(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return new StorageError((code === undefined ? undefined : REFUSALS[code]) ?? 'failed', { cause: error })
}
