/**
 * Delivery into Maildirs: one folder per mailbox, one file per message, and a name only for what is whole.
 *
 *     root/joe@example.test/tmp/ID      growing; nobody looks here
 *     root/joe@example.test/new/ID      delivered: synced, and then linked under its name
 *     root/joe@example.test/cur/ID:2,S  seen by a reader
 *
 * A message for several recipients is written once and linked into each mailbox. `deliver` resolves when all of them have it on the
 * disk; only then may 250 be sent (RFC 5321 §6.1). A process that is killed leaves files in `tmp`, which `sweep` removes,
 * and never half a message in `new`. Where a link fails, the links already made are taken back, so that the sender's next try
 * does not deliver twice to those who were lucky.
 *
 * A mailbox's folder is named after the recipient, and no recipient can be named so that it leaves the root: see `mailboxFolder`.
 */
import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, mkdir, open, readdir, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { lowerAscii } from '../net/ascii.ts'
import type { Path } from './address.ts'
import { MaildirError, refusal } from './maildir-error.ts'
import { readSummary, type Summary } from './maildir-summary.ts'

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants
/** Mail is its owner's business. */
const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600
const READ_BYTES = 64 * 1024
/** Messages whose head is read at the same time for a list. */
const SUMMARIES_AT_ONCE = 16

/** A message in a list. */
export interface Message extends Summary {
  /** Its name in the mailbox; good for `read`. */
  readonly id: string
  /** Octets of the whole message. */
  readonly size: number
  /** When it was delivered, in milliseconds since 1970. */
  readonly deliveredMs: number
}

/** A message opened for reading; leaving the loop early closes it. */
export interface MessageSource extends AsyncIterable<Buffer> {
  /** Octets of the whole message. */
  readonly size: number
  /** When it was delivered, in milliseconds since 1970. */
  readonly deliveredMs: number
  /** Closes it unread. */
  close(): Promise<void>
}

/** A folder of Maildirs. */
export interface Maildir {
  /**
   * Writes a message into the mailbox of each recipient and answers with its id. Resolves when all of them have it, synced.
   * Rejects with `MaildirError`, or with what `content` threw, and then nobody has it.
   */
  deliver(recipients: readonly Path[], content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string>
  /** The names of the mailboxes that exist, sorted. */
  mailboxes(): Promise<string[]>
  /** The messages of a mailbox, newest first. */
  list(mailbox: string): Promise<Message[]>
  /** Opens a message. Rejects with `MaildirError` `MAILDIR_NOT_FOUND` for a mailbox or id that does not exist or cannot. */
  read(mailbox: string, id: string): Promise<MessageSource>
  /** Removes what killed processes left in `tmp` more than `olderThanMs` ago (default 36 hours, Maildir's own rule). */
  sweep(olderThanMs?: number): Promise<number>
}

/** The Maildirs below `root`, which is made when the first message comes. */
export function maildir(root: string): Maildir {
  return new MaildirFolder(resolve(root))
}

/**
 * The folder of a recipient's mailbox. Letters of ASCII are made lower-case (whether case matters is for us to say as the mailbox's
 * host, RFC 5321 §2.4, and two mailboxes `Joe` and `joe` help nobody); of the rest only digits and `. _ + = -` stand for
 * themselves. Everything else, and a dot at the beginning, is written as `%` and two digits, so a folder is never `..`, never
 * hidden, and never has a separator; and two recipients never share one.
 *
 *     Joe@Example.test        joe@example.test
 *     "a/../b"@x.test         a%2f..%2fb@x.test
 */
export function mailboxFolder(recipient: Path): string {
  const { localPart, domain } = recipient
  const name = domain === '' ? escapeName(localPart) : `${escapeName(localPart)}@${escapeName(domain)}`
  if (name.length <= MAX_NAME) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32)
  return `${name.slice(0, MAX_NAME - digest.length - 1)}~${digest}`
}

/** File systems take 255 octets; `~`, which is escaped elsewhere, marks a name that had to be cut. */
const MAX_NAME = 200

function escapeName(text: string): string {
  return lowerAscii(text).replace(/^\.|[^a-z0-9._+=-]/gu, (character) =>
    Array.from(Buffer.from(character), (octet) => `%${octet.toString(16).padStart(2, '0')}`).join(''),
  )
}

class MaildirFolder implements Maildir {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async deliver(
    recipients: readonly Path[],
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<string> {
    const folders = [...new Set(recipients.map(mailboxFolder))].map((name) => join(this.#root, name))
    const [first] = folders
    if (first === undefined) throw new MaildirError('MAILDIR_RECIPIENTS')
    const id = newId()
    const growing = join(first, 'tmp', id)
    const file = await this.#create(folders, growing)
    try {
      await writeAll(file, content)
      await linkAll(
        growing,
        folders.map((folder) => join(folder, 'new', id)),
      )
      return id
    } finally {
      await file.close()
      await unlink(growing)
    }
  }

  async mailboxes(): Promise<string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true }).catch(emptyWhenMissing)
    return entries
      .filter((entry) => entry.isDirectory() && FOLDER_NAME.test(entry.name))
      .map((entry) => entry.name)
      .toSorted()
  }

  async list(mailbox: string): Promise<Message[]> {
    const files = await this.#files(mailbox)
    const messages: Message[] = []
    for (let index = 0; index < files.length; index += SUMMARIES_AT_ONCE) {
      const some = files.slice(index, index + SUMMARIES_AT_ONCE)
      messages.push(...(await Promise.all(some.map(readMessage))).filter((message) => message !== undefined))
    }
    return messages.toSorted((a, b) => b.deliveredMs - a.deliveredMs || (a.id < b.id ? 1 : -1))
  }

  async read(mailbox: string, id: string): Promise<MessageSource> {
    const file = (await this.#files(mailbox)).find((known) => known.id === id)
    if (file === undefined) throw new MaildirError('MAILDIR_NOT_FOUND')
    return FileSource.open(file.path)
  }

  async sweep(olderThanMs = 36 * 3_600_000): Promise<number> {
    const before = Date.now() - olderThanMs
    let removed = 0
    for (const mailbox of await this.mailboxes()) {
      const tmp = join(this.#root, mailbox, 'tmp')
      for (const name of await readdir(tmp).catch(emptyWhenMissing)) {
        if ((await lstat(join(tmp, name))).mtimeMs >= before) continue
        await unlink(join(tmp, name))
        removed++
      }
    }
    return removed
  }

  /** Makes the folders that are missing, and the file. */
  async #create(folders: readonly string[], growing: string): Promise<FileHandle> {
    try {
      for (const folder of folders) await this.#makeMailbox(folder)
      return await open(growing, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE_FILE)
    } catch (error) {
      throw refusal(error)
    }
  }

  async #makeMailbox(folder: string): Promise<void> {
    const options = { recursive: true, mode: PRIVATE_FOLDER }
    const made = await Promise.all(['tmp', 'new', 'cur'].map((part) => mkdir(join(folder, part), options)))
    // A message in a folder that a loss of power takes away is a lost message.
    if (made.some((path) => path !== undefined)) for (const path of [folder, this.#root]) await syncFolder(path)
  }

  /** The files of a mailbox; none where the name is none, so that no name leads anywhere else. */
  async #files(mailbox: string): Promise<{ readonly id: string; readonly path: string }[]> {
    if (!FOLDER_NAME.test(mailbox)) return []
    const parts = await Promise.all(
      ['new', 'cur'].map(async (part) => {
        const folder = join(this.#root, mailbox, part)
        const names = await readdir(folder).catch(emptyWhenMissing)
        return names.filter((name) => MESSAGE_NAME.test(name)).map((id) => ({ id, path: join(folder, id) }))
      }),
    )
    return parts.flat()
  }
}

/** What `mailboxFolder` makes. */
const FOLDER_NAME = /^[a-z0-9%_+=-][a-z0-9%._+=@~-]*$/
/** `newId`, and what readers hang behind it: `:2,RS`. */
const MESSAGE_NAME = /^[0-9A-Za-z_][0-9A-Za-z._:,=-]*$/

let deliveries = 0

/** Unique among all deliveries of all processes of all hosts (Maildir's rules), and sorted by time. */
function newId(): string {
  const now = Date.now()
  const host = hostname()
    .replace(/[^0-9A-Za-z.-]/g, '_')
    .slice(0, 64)
  const unique = `M${(now % 1000) * 1000}P${process.pid}Q${++deliveries}R${randomBytes(8).toString('hex')}`
  return `${Math.floor(now / 1000)}.${unique}.${host}`
}

/** Writes what comes, as it comes, and syncs it. */
async function writeAll(file: FileHandle, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  for await (const chunk of content) {
    for (let written = 0; written < chunk.length;) {
      written += (await file.write(chunk, written).catch(refuse)).bytesWritten
    }
  }
  await file.sync().catch(refuse)
}

/** All of the names, or none. */
async function linkAll(growing: string, names: readonly string[]): Promise<void> {
  const linked: string[] = []
  try {
    for (const name of names) {
      await link(growing, name)
      linked.push(name)
      await syncFolder(join(name, '..'))
    }
  } catch (error) {
    await Promise.all(linked.map((name) => unlink(name)))
    throw refusal(error)
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, O_RDONLY | O_DIRECTORY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function readMessage(file: { readonly id: string; readonly path: string }): Promise<Message | undefined> {
  try {
    const source = await FileSource.open(file.path)
    try {
      const { size, deliveredMs } = source
      return { id: file.id, size, deliveredMs, ...readSummary(await source.head(READ_BYTES)) }
    } finally {
      await source.close()
    }
  } catch (error) {
    // A reader has moved it from `new` to `cur` since the folder was read.
    if (refusal(error).code === 'MAILDIR_NOT_FOUND') return undefined
    throw error
  }
}

class FileSource implements MessageSource {
  readonly size: number
  readonly deliveredMs: number
  readonly #file: FileHandle
  #state: 'open' | 'closed' = 'open'

  private constructor(file: FileHandle, size: number, deliveredMs: number) {
    this.#file = file
    this.size = size
    this.deliveredMs = deliveredMs
  }

  static async open(path: string): Promise<FileSource> {
    const file = await open(path, O_RDONLY | O_NOFOLLOW).catch(refuse)
    const { size, mtimeMs } = await file.stat()
    return new FileSource(file, size, Math.floor(mtimeMs))
  }

  /** The first `most` octets. */
  async head(most: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(Math.min(most, this.size)), 0, undefined, 0)
    return buffer.subarray(0, bytesRead)
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.#file.close()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (let position = 0; position < this.size;) {
        const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position)
        if (bytesRead === 0) throw new MaildirError('MAILDIR_FAILED')
        position += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await this.close()
    }
  }
}

function emptyWhenMissing(error: unknown): never[] {
  if (refusal(error).code === 'MAILDIR_NOT_FOUND') return []
  throw refusal(error)
}

function refuse(error: unknown): never {
  throw refusal(error)
}
