/**
 * Storages around storages. Each does one thing, and they nest:
 *
 *     readOnly(disk('./pub'))
 *     rooted(disk('./homes'), ['joe'])
 *     quota(disk('./drop'), { maxBytes: 1e9, maxFiles: 10_000 })
 *     restricted(disk('./in'), (operation, path) => operation === 'create' && path.length === 1)
 */
import type { VirtualPath } from '../path.ts'
import { StorageError } from './storage.ts'
import type { Attributes, Capability, Entry, ReadOptions, Sink, Source, Stat, Storage, WriteMode } from './storage.ts'

/** What is about to be done to a path, for `restricted`. */
export type Operation =
  | 'stat'
  | 'list'
  | 'read'
  | WriteMode['type']
  | 'makeDirectory'
  | 'removeDirectory'
  | 'removeFile'
  | 'rename'
  | 'setAttributes'

/** The storage without any way to change it. */
export function readOnly(storage: Storage): Storage {
  return new Restricted(
    storage,
    (operation) => operation === 'stat' || operation === 'list' || operation === 'read',
    new Set(),
  )
}

/**
 * The storage as far as `isAllowed` says so; the rest is `denied`. It is asked for each operation and path, of a rename for both
 * paths, and of a listing for the directory and (as `stat`) for each entry, which is left out where it is not allowed.
 */
export function restricted(storage: Storage, isAllowed: (operation: Operation, path: VirtualPath) => boolean): Storage {
  return new Restricted(storage, isAllowed, storage.capabilities)
}

/** The part of the storage below `root`, as if there were nothing else. */
export function rooted(storage: Storage, root: VirtualPath): Storage {
  return new Rooted(storage, root)
}

class Restricted implements Storage {
  readonly capabilities: ReadonlySet<Capability>
  readonly #storage: Storage
  readonly #isAllowed: (operation: Operation, path: VirtualPath) => boolean

  constructor(
    storage: Storage,
    isAllowed: (operation: Operation, path: VirtualPath) => boolean,
    capabilities: ReadonlySet<Capability>,
  ) {
    this.#storage = storage
    this.#isAllowed = isAllowed
    this.capabilities = capabilities
  }

  async stat(path: VirtualPath): Promise<Stat> {
    return this.#allow('stat', path).stat(path)
  }

  async *list(path: VirtualPath): AsyncGenerator<Entry> {
    for await (const entry of this.#allow('list', path).list(path)) {
      if (this.#isAllowed('stat', [...path, entry.name])) yield entry
    }
  }

  async read(path: VirtualPath, options?: ReadOptions): Promise<Source> {
    return this.#allow('read', path).read(path, options)
  }

  async write(path: VirtualPath, mode: WriteMode): Promise<Sink> {
    return this.#allow(mode.type, path).write(path, mode)
  }

  async makeDirectory(path: VirtualPath, mode?: number): Promise<void> {
    return this.#allow('makeDirectory', path).makeDirectory(path, mode)
  }

  async removeDirectory(path: VirtualPath): Promise<void> {
    return this.#allow('removeDirectory', path).removeDirectory(path)
  }

  async removeFile(path: VirtualPath): Promise<void> {
    return this.#allow('removeFile', path).removeFile(path)
  }

  async rename(from: VirtualPath, to: VirtualPath): Promise<void> {
    this.#allow('rename', from)
    return this.#allow('rename', to).rename(from, to)
  }

  async setAttributes(path: VirtualPath, attributes: Attributes): Promise<void> {
    return this.#allow('setAttributes', path).setAttributes(path, attributes)
  }

  async freeBytes(path: VirtualPath): Promise<number> {
    return this.#allow('stat', path).freeBytes(path)
  }

  #allow(operation: Operation, path: VirtualPath): Storage {
    if (this.#isAllowed(operation, path)) return this.#storage
    throw new StorageError('denied')
  }
}

class Rooted implements Storage {
  readonly capabilities: ReadonlySet<Capability>
  readonly #storage: Storage
  readonly #root: VirtualPath

  constructor(storage: Storage, root: VirtualPath) {
    this.#storage = storage
    this.#root = root
    this.capabilities = storage.capabilities
  }

  stat(path: VirtualPath): Promise<Stat> {
    return this.#storage.stat(this.#inner(path))
  }

  list(path: VirtualPath): AsyncIterable<Entry> {
    return this.#storage.list(this.#inner(path))
  }

  read(path: VirtualPath, options?: ReadOptions): Promise<Source> {
    return this.#storage.read(this.#inner(path), options)
  }

  async write(path: VirtualPath, mode: WriteMode): Promise<Sink> {
    if (path.length === 0) throw new StorageError('notFile')
    return this.#storage.write(this.#inner(path), mode)
  }

  async makeDirectory(path: VirtualPath, mode?: number): Promise<void> {
    if (path.length === 0) throw new StorageError('exists')
    return this.#storage.makeDirectory(this.#inner(path), mode)
  }

  /** The root of the part is as little to be removed as that of the whole. */
  async removeDirectory(path: VirtualPath): Promise<void> {
    if (path.length === 0) throw new StorageError('denied')
    return this.#storage.removeDirectory(this.#inner(path))
  }

  async removeFile(path: VirtualPath): Promise<void> {
    if (path.length === 0) throw new StorageError('notFile')
    return this.#storage.removeFile(this.#inner(path))
  }

  async rename(from: VirtualPath, to: VirtualPath): Promise<void> {
    if (from.length === 0) throw new StorageError('denied')
    if (to.length === 0) throw new StorageError('exists')
    return this.#storage.rename(this.#inner(from), this.#inner(to))
  }

  setAttributes(path: VirtualPath, attributes: Attributes): Promise<void> {
    return this.#storage.setAttributes(this.#inner(path), attributes)
  }

  freeBytes(path: VirtualPath): Promise<number> {
    return this.#storage.freeBytes(this.#inner(path))
  }

  #inner(path: VirtualPath): VirtualPath {
    return [...this.#root, ...path]
  }
}
