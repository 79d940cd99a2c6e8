/**
 * What a server keeps its files in: the interface, and the ways in which it says no. Nothing here is of FTP alone; a web
 * server over the same storage sees the same files.
 *
 * A storage is given validated paths (`../path.ts`) and never a string to take to pieces, so none can be tricked by one.
 * It tells what it cannot do (`capabilities`), so that a server announces only what it can keep (FEAT) and refuses the rest
 * honestly. Where it fails it throws a `StorageError`, whose message names no path of the host.
 *
 * An upload is a sink: bytes go in with backpressure, and nothing of a new file is to be seen under its name before `commit`
 * has resolved; then it is whole and on the disk. That is what lets a server answer 226 or 201 with a good conscience.
 */
import { NetError, type NetErrorOptions } from '../../net/errors.ts'
import type { VirtualPath } from '../path.ts'

/** What is known of a file or a directory. */
export interface Stat {
  /** Links, devices, pipes and sockets are `other`: they are listed, but never followed or opened. */
  readonly type: 'file' | 'directory' | 'other'
  /** Octets of a file; 0 for anything else. */
  readonly size: number
  /** When its content was last changed, in milliseconds since 1970 (UTC). */
  readonly modifiedMs: number
  /** Changes whenever the content does: enough for an entity tag. */
  readonly version: string
  /** Who may do what with it, as the nine lowest bits of Unix's modes (`0o644`); absent where the storage keeps no such thing. */
  readonly mode?: number
}

/** What can be set of a file or a directory, without a look at its content. What is absent stays as it is. */
export interface Attributes {
  /** When its content was last changed, in milliseconds since 1970 (UTC). */
  readonly modifiedMs?: number
  /** The nine lowest bits of Unix's modes; never those that would let a program run as somebody else. */
  readonly mode?: number
}

/** One entry of a directory. */
export interface Entry extends Stat {
  /** Its name in the directory. */
  readonly name: string
}

/** A file opened for reading: its bytes, once, in order. Leaving the loop early closes it. */
export interface Source extends AsyncIterable<Buffer> {
  /** What the opened file was when it was opened; this very file is read, whatever happens to its name. */
  readonly stat: Stat
  /**
   * The same bytes, lent: the memory of a chunk is used again as soon as the next one is asked for. For whoever is done with a chunk by then;
   * it spares the making and filling of new memory for each. Absent where nothing would be spared.
   */
  lend?(): AsyncIterable<Buffer>
  /** Closes it unread. Does nothing where it is closed already. */
  close(): Promise<void>
}

/** A file opened for writing. Exactly one of `commit` and `abort` ends it. */
export interface Sink {
  /** Takes the next bytes, which must not be changed afterwards; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>
  /**
   * The same, of bytes that nobody else will look at again: the sink may give their memory back as soon as it has written them, before the
   * garbage is collected. Absent where nothing would be gained.
   */
  take?(bytes: Uint8Array): Promise<void>
  /** Makes what was written last: resolves when the file is whole, synced and under its name. */
  commit(): Promise<Stat>
  /** Gives up. A file that was to be created or replaced is as it was before. */
  abort(): Promise<void>
}

/** Hands bytes over to a sink, and their memory with them where it wants that: nobody else may look at them again. */
export function handOver(sink: Sink, bytes: Uint8Array): Promise<void> {
  return sink.take?.(bytes) ?? sink.write(bytes)
}

/** Which part of a file to read. */
export interface ReadOptions {
  /** Index of the first octet. Default 0. Beyond the end: `StorageError` `outOfRange`. */
  readonly from?: number
  /** How many octets at most. Default all. */
  readonly length?: number
}

/** How a file is to be written. `mode` of a new file is as in `Attributes`; where it is absent the storage decides. */
export type WriteMode =
  /** A new file; refused with `exists` where there is one. */
  | { readonly type: 'create'; readonly mode?: number }
  /** A new file in place of whatever file has the name. */
  | { readonly type: 'replace'; readonly mode?: number }
  /** Behind what is there, or a new file. Works in place: what has arrived stays, even after `abort`. */
  | { readonly type: 'append'; readonly mode?: number }
  /** From octet `from` on, keeping what stands before it; in place, as above. Refused with `outOfRange` where there is less. */
  | { readonly type: 'resume'; readonly from: number }

/** What a storage may be able to do besides listing and reading. */
export type Capability =
  | 'write'
  | 'append'
  | 'resume'
  | 'directories'
  | 'remove'
  | 'rename'
  /** `setAttributes` with `modifiedMs`. */
  | 'times'
  /** `setAttributes` with `mode`. */
  | 'modes'
  /** `freeBytes`. */
  | 'space'

/** All that a storage may be able to do. */
export const ALL_CAPABILITIES: ReadonlySet<Capability> = new Set([
  'write',
  'append',
  'resume',
  'directories',
  'remove',
  'rename',
  'times',
  'modes',
  'space',
])

/** Files and directories by validated paths. */
export interface Storage {
  /** What this storage can do; the rest is refused with `unsupported`. */
  readonly capabilities: ReadonlySet<Capability>
  /** What is at `path`. */
  stat(path: VirtualPath): Promise<Stat>
  /** The entries of the directory at `path`, in no order; nothing is read before the first is asked for. */
  list(path: VirtualPath): AsyncIterable<Entry>
  /** Opens the file at `path`. */
  read(path: VirtualPath, options?: ReadOptions): Promise<Source>
  /** Opens a file at `path` for writing. */
  write(path: VirtualPath, mode: WriteMode): Promise<Sink>
  /** Makes the directory at `path`, whose parent must be there; `mode` is as in `Attributes`. */
  makeDirectory(path: VirtualPath, mode?: number): Promise<void>
  /** Removes the directory at `path`, which must be empty. */
  removeDirectory(path: VirtualPath): Promise<void>
  /** Removes the file at `path`. */
  removeFile(path: VirtualPath): Promise<void>
  /** Renames a file or a directory; a file at `to` is replaced, a directory at `to` is not. */
  rename(from: VirtualPath, to: VirtualPath): Promise<void>
  /** Sets what is given of the file or the directory at `path`. */
  setAttributes(path: VirtualPath, attributes: Attributes): Promise<void>
  /** How many octets can still be written to the directory at `path`. */
  freeBytes(path: VirtualPath): Promise<number>
}

/** Why a storage said no. */
export type StorageRefusal =
  | 'notFound'
  | 'exists'
  | 'notDirectory'
  | 'notFile'
  | 'notEmpty'
  | 'denied'
  | 'name'
  | 'outOfRange'
  | 'full'
  | 'busy'
  | 'unsupported'
  | 'failed'

/** The text of each refusal. */
const STORAGE_ERRORS: Readonly<Record<StorageRefusal, string>> = {
  notFound: 'No such file or directory',
  exists: 'There is something of that name already',
  notDirectory: 'Not a directory',
  notFile: 'Not a plain file',
  notEmpty: 'The directory is not empty',
  denied: 'Permission denied',
  name: 'The name is not allowed here',
  outOfRange: 'The file is shorter than that',
  full: 'No space left',
  busy: 'In use; try again later',
  unsupported: 'This storage cannot do that',
  failed: 'The storage failed',
}

/** A storage said no. The message is safe to show to a stranger; the `cause`, which may name paths of the host, is not. */
export class StorageError extends NetError {
  /** Why. */
  readonly reason: StorageRefusal

  constructor(reason: StorageRefusal, options: NetErrorOptions = {}) {
    super(
      `STORAGE_${reason.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
      STORAGE_ERRORS[reason],
      options,
    )
    this.reason = reason
  }
}
