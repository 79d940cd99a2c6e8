/** A storage that passes everything on to another: what a wrapper is before it changes something. */
import type { VirtualPath } from '../path.ts'
import type { Attributes, Capability, Entry, ReadOptions, Sink, Source, Stat, Storage, WriteMode } from './storage.ts'

/** Passes everything on; wrappers replace what they are about. */
export class Forwarding implements Storage {
  /** The storage within. */
  protected readonly inner: Storage

  constructor(inner: Storage) {
    this.inner = inner
  }

  /** What the storage within can do. */
  get capabilities(): ReadonlySet<Capability> {
    return this.inner.capabilities
  }

  /** Passed on. */
  stat(path: VirtualPath): Promise<Stat> {
    return this.inner.stat(path)
  }

  /** Passed on. */
  list(path: VirtualPath): AsyncIterable<Entry> {
    return this.inner.list(path)
  }

  /** Passed on. */
  read(path: VirtualPath, options?: ReadOptions): Promise<Source> {
    return this.inner.read(path, options)
  }

  /** Passed on. */
  write(path: VirtualPath, mode: WriteMode): Promise<Sink> {
    return this.inner.write(path, mode)
  }

  /** Passed on. */
  makeDirectory(path: VirtualPath, mode?: number): Promise<void> {
    return this.inner.makeDirectory(path, mode)
  }

  /** Passed on. */
  removeDirectory(path: VirtualPath): Promise<void> {
    return this.inner.removeDirectory(path)
  }

  /** Passed on. */
  removeFile(path: VirtualPath): Promise<void> {
    return this.inner.removeFile(path)
  }

  /** Passed on. */
  rename(from: VirtualPath, to: VirtualPath): Promise<void> {
    return this.inner.rename(from, to)
  }

  /** Passed on. */
  setAttributes(path: VirtualPath, attributes: Attributes): Promise<void> {
    return this.inner.setAttributes(path, attributes)
  }

  /** Passed on. */
  freeBytes(path: VirtualPath): Promise<number> {
    return this.inner.freeBytes(path)
  }
}
