/**
 * A storage in memory, with the manners of the disk: uploads appear whole or not at all. For tests, for a drop box that forgets,
 * and as the shortest example of what a storage is.
 */
import type { VirtualPath } from '../path.ts'
import { ALL_CAPABILITIES, StorageError } from './storage.ts'
import type { Attributes, Entry, ReadOptions, Sink, Source, Stat, Storage, WriteMode } from './storage.ts'

/** Settings of a storage in memory. */
export interface MemoryOptions {
  /** All files together may have as many octets; an upload beyond is refused with `full`. Default 64 MiB. */
  readonly maxBytes?: number
  /** The time, for `modifiedMs`. Default `Date.now`. */
  readonly now?: () => number
}

/** An empty storage in memory. */
export function memory(options: MemoryOptions = {}): Storage {
  return new MemoryStorage(options)
}

interface FileNode {
  readonly type: 'file'
  /** Replaced as a whole, never written into, so that a source goes on reading what it has opened. */
  content: Buffer
  modifiedMs: number
  version: number
  mode: number | undefined
}

interface DirectoryNode {
  readonly type: 'directory'
  readonly entries: Map<string, FileNode | DirectoryNode>
  modifiedMs: number
  version: number
  mode: number | undefined
}

class MemoryStorage implements Storage {
  readonly capabilities = ALL_CAPABILITIES
  readonly #maxBytes: number
  readonly #now: () => number
  readonly #root: DirectoryNode
  #bytes = 0
  #version = 0

  constructor({ maxBytes = 64 * 1024 * 1024, now = Date.now }: MemoryOptions) {
    this.#maxBytes = maxBytes
    this.#now = now
    this.#root = this.#newDirectory()
  }

  async stat(path: VirtualPath): Promise<Stat> {
    return nodeStat(this.#find(path))
  }

  async *list(path: VirtualPath): AsyncGenerator<Entry> {
    for (const [name, node] of this.#directory(path).entries) yield { name, ...nodeStat(node) }
  }

  async read(path: VirtualPath, { from = 0, length = Infinity }: ReadOptions = {}): Promise<Source> {
    const node = this.#find(path)
    if (node.type !== 'file') throw new StorageError('notFile')
    if (from > node.content.length) throw new StorageError('outOfRange')
    return new MemorySource(nodeStat(node), node.content.subarray(from, Math.min(from + length, node.content.length)))
  }

  async write(path: VirtualPath, mode: WriteMode): Promise<Sink> {
    const parent = this.#directory(path.slice(0, -1))
    const name = path.at(-1)
    const node = name === undefined ? parent : parent.entries.get(name)
    if (name === undefined || node?.type === 'directory') throw new StorageError('notFile')
    if (mode.type === 'create' && node !== undefined) throw new StorageError('exists')
    if (mode.type === 'resume' && node === undefined) throw new StorageError('notFound')
    const old = node?.content ?? Buffer.alloc(0)
    switch (mode.type) {
      case 'create':
      case 'replace':
        return this.#sink(parent, name, { head: Buffer.alloc(0), tail: Buffer.alloc(0), mode: mode.mode })
      case 'append':
        return this.#sink(parent, name, { head: old, tail: Buffer.alloc(0), mode: mode.mode })
      case 'resume':
        if (mode.from > old.length) throw new StorageError('outOfRange')
        return this.#sink(parent, name, {
          head: old.subarray(0, mode.from),
          tail: old.subarray(mode.from),
          mode: undefined,
        })
    }
  }

  async makeDirectory(path: VirtualPath, mode?: number): Promise<void> {
    const name = path.at(-1)
    if (name === undefined) throw new StorageError('exists')
    const parent = this.#directory(path.slice(0, -1))
    if (parent.entries.has(name)) throw new StorageError('exists')
    parent.entries.set(name, this.#newDirectory(mode))
    this.#touch(parent)
  }

  async removeDirectory(path: VirtualPath): Promise<void> {
    if (path.length === 0) throw new StorageError('denied')
    if (this.#directory(path).entries.size > 0) throw new StorageError('notEmpty')
    this.#detach(path)
  }

  async removeFile(path: VirtualPath): Promise<void> {
    const node = this.#find(path)
    if (node.type !== 'file') throw new StorageError('notFile')
    this.#detach(path)
    this.#bytes -= node.content.length
  }

  async rename(from: VirtualPath, to: VirtualPath): Promise<void> {
    const name = to.at(-1)
    if (from.length === 0) throw new StorageError('denied')
    if (name === undefined) throw new StorageError('exists')
    const node = this.#find(from)
    const parent = this.#directory(to.slice(0, -1))
    const isInside = to.length > from.length && from.every((step, index) => step === to[index])
    if (isInside) throw new StorageError('name')
    const replaced = parent.entries.get(name)
    if (replaced === node) return
    if (replaced?.type === 'directory') throw new StorageError('exists')
    if (replaced !== undefined && node.type === 'directory') throw new StorageError('notDirectory')
    this.#detach(from)
    parent.entries.set(name, node)
    this.#bytes -= replaced?.content.length ?? 0
    this.#touch(parent)
  }

  async setAttributes(path: VirtualPath, { modifiedMs, mode }: Attributes): Promise<void> {
    const node = this.#find(path)
    if (modifiedMs !== undefined) {
      this.#touch(node)
      node.modifiedMs = modifiedMs
    }
    if (mode !== undefined) node.mode = mode
  }

  async freeBytes(path: VirtualPath): Promise<number> {
    this.#directory(path)
    return this.#maxBytes - this.#bytes
  }

  #find(path: VirtualPath): FileNode | DirectoryNode {
    let node: FileNode | DirectoryNode = this.#root
    for (const name of path) {
      if (node.type !== 'directory') throw new StorageError('notDirectory')
      const next = node.entries.get(name)
      if (next === undefined) throw new StorageError('notFound')
      node = next
    }
    return node
  }

  #directory(path: VirtualPath): DirectoryNode {
    const node = this.#find(path)
    if (node.type !== 'directory') throw new StorageError('notDirectory')
    return node
  }

  #newDirectory(mode?: number): DirectoryNode {
    return { type: 'directory', entries: new Map(), modifiedMs: this.#now(), version: ++this.#version, mode }
  }

  /** Takes the entry at `path`, which is there, out of its directory. */
  #detach(path: VirtualPath): void {
    const parent = this.#directory(path.slice(0, -1))
    parent.entries.delete(path.at(-1) as string)
    this.#touch(parent)
  }

  #touch(node: FileNode | DirectoryNode): void {
    node.modifiedMs = this.#now()
    node.version = ++this.#version
  }

  #sink(parent: DirectoryNode, name: string, { head, tail, mode }: Around): Sink {
    return new MemorySink(this.#maxBytes - this.#bytes, (written) => {
      const content = Buffer.concat([head, written, tail.subarray(written.length)])
      const known = parent.entries.get(name)
      if (known?.type === 'directory') throw new StorageError('notFile')
      const grown = this.#bytes + content.length - (known?.content.length ?? 0)
      if (grown > this.#maxBytes) throw new StorageError('full')
      const node: FileNode = known ?? { type: 'file', content, modifiedMs: 0, version: 0, mode }
      node.content = content
      this.#touch(node)
      parent.entries.set(name, node)
      this.#touch(parent)
      this.#bytes = grown
      return nodeStat(node)
    })
  }
}

/** What a new content is put together with: what stays before it and behind it, and the mode of a file that is new. */
interface Around {
  readonly head: Buffer
  readonly tail: Buffer
  readonly mode: number | undefined
}

class MemorySource implements Source {
  readonly stat: Stat
  readonly #content: Buffer

  constructor(stat: Stat, content: Buffer) {
    this.stat = stat
    this.#content = content
  }

  async close(): Promise<void> {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    if (this.#content.length > 0) yield this.#content
  }
}

class MemorySink implements Sink {
  readonly #room: number
  readonly #keep: (written: Buffer) => Stat
  #chunks: Buffer[] = []
  #bytes = 0
  #state: 'open' | 'ended' = 'open'

  constructor(room: number, keep: (written: Buffer) => Stat) {
    this.#room = room
    this.#keep = keep
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#state === 'ended') throw new StorageError('failed')
    this.#bytes += bytes.length
    if (this.#bytes > this.#room) throw new StorageError('full')
    // A copy: a view would hold on to the whole chunk that it was cut from.
    this.#chunks.push(Buffer.from(bytes))
  }

  async commit(): Promise<Stat> {
    if (this.#state === 'ended' || this.#bytes > this.#room) throw new StorageError('failed')
    this.#state = 'ended'
    return this.#keep(Buffer.concat(this.#chunks))
  }

  async abort(): Promise<void> {
    this.#state = 'ended'
    this.#chunks = []
  }
}

function nodeStat(node: FileNode | DirectoryNode): Stat {
  return {
    type: node.type,
    size: node.type === 'file' ? node.content.length : 0,
    modifiedMs: node.modifiedMs,
    version: node.version.toString(36),
    ...(node.mode !== undefined && { mode: node.mode }),
  }
}
