/**
 * LIST, NLST, MLSD, MLST and STAT (RFC 959 §4.1.3, RFC 1123 §4.1.2.7, RFC 3659 §7). Rows are made as they are sent, so a directory of
 * a million entries takes no more memory than a small one.
 *
 * A name with CR, LF or NUL in it would fake a row (A10), and could not be asked for anyway. Lists for programs leave it out; LIST,
 * which is for people, shows it with question marks.
 */
import { parseListArgument } from '../grammar.ts'
import { writeMlsxLine, type MlsxFacts } from '../listing/mlsx.ts'
import { writeUnixLine } from '../listing/unix.ts'
import { formatPath, isName, type VirtualPath } from '../path.ts'
import type { Permission } from '../commands.ts'
import { Refusal } from '../refusal.ts'
import type { ServerSession } from '../session.ts'
import { StorageError, type Entry, type Stat } from '../storage/storage.ts'
import { encodeText } from '../text.ts'
import { statusOf } from './information.ts'
import type { VerbHandlers } from './verbs.ts'

/** Rows are gathered to pieces of about this size. */
const PIECE_BYTES = 65_536

/** How an entry is written; `undefined` where it is left out. */
type Row = (entry: Entry) => string | undefined

/** Lists on the data connection; MLST and STAT tell on the control connection. */
export const LISTINGS: VerbHandlers<'LIST' | 'NLST' | 'MLSD' | 'MLST' | 'STAT'> = {
  /** Rows of `ls -l`, which is what all clients expect. Options in front of the path are for `ls`, and are passed over. */
  async LIST(session, text) {
    const { path } = parseListArgument(text ?? '')
    const entries = await entriesAt(session, session.resolve(path))
    await sendRows(session, 'LIST', entries, unixRow())
  },

  /** Names that can be used for RETR as they are (RFC 1123 §4.1.2.7): what was asked for stands before them. */
  async NLST(session, text) {
    const { path } = parseListArgument(text ?? '')
    const target = session.resolve(path)
    const { type } = await session.storage.stat(target)
    const prefix = path === undefined || type !== 'directory' ? '' : path.endsWith('/') ? path : `${path}/`
    const entries = await entriesAt(session, target)
    await sendRows(session, 'NLST', entries, ({ name }) =>
      type !== 'directory' ? path : isName(name) ? `${prefix}${name}` : undefined,
    )
  },

  /** Facts and bare names of a directory; 501 for what is none (RFC 3659 §7.2.1). TYPE has no say in it (§7.2). */
  async MLSD(session, text) {
    const path = session.resolve(text)
    const { type } = await session.storage.stat(path)
    if (type !== 'directory') throw new Refusal([501], 'MLSD lists directories: send MLST')
    const entries = await entriesAt(session, path)
    await sendRows(session, 'MLSD', entries, (entry) =>
      isName(entry.name) ? writeMlsxLine(factsOf(session, entry), entry.name, session.facts) : undefined,
    )
  },

  /** The facts of one thing behind one space, then its full path (RFC 3659 §7.2 and §7.3.1). */
  async MLST(session, text) {
    const path = session.resolve(text)
    const stat = await session.storage.stat(path)
    const line = ` ${writeMlsxLine(factsOf(session, stat), formatPath(path), session.facts)}`
    await session.reply('MLST', 250, 'Listing', line, 'End')
  },

  /**
   * Without a path the session's own status, which is also how to ask a transfer how far it is. With one a LIST on the control
   * connection, up to a limit: a reply has to be whole before the next can be sent.
   */
  async STAT(session, text) {
    if (text === undefined) return session.reply('STAT', 211, ...statusOf(session))
    const path = session.resolve(parseListArgument(text).path)
    const { type } = await session.storage.stat(path)
    const { maxStatusEntries } = session.context.limits
    const row = unixRow()
    const rows: string[] = []
    for await (const entry of await entriesAt(session, path)) {
      if (rows.length < maxStatusEntries) rows.push(row(entry) ?? '')
      else {
        rows.push('and more: send LIST')
        break
      }
    }
    await session.reply('STAT', type === 'directory' ? 212 : 213, 'Status:', ...rows, 'End')
  },
}

/**
 * The entries of the directory at `path`, or the one that a file is. The first is fetched here, so that what cannot be listed is
 * refused before anything is answered.
 */
async function entriesAt(session: ServerSession, path: VirtualPath): Promise<AsyncIterable<Entry>> {
  const stat = await session.storage.stat(path)
  const name = path.at(-1)
  if (stat.type !== 'directory' && name !== undefined) return only({ name, ...stat })
  const iterator = session.storage.list(path)[Symbol.asyncIterator]()
  return continued(await iterator.next(), iterator)
}

/** A listing of one. */
async function* only(entry: Entry): AsyncGenerator<Entry> {
  yield entry
}

/**
 * A listing whose first entry has been fetched already. Left early, it leaves the storage's own loop, too: also where nobody ever
 * began to read it, which is why it is no generator.
 */
function continued(first: IteratorResult<Entry>, iterator: AsyncIterator<Entry>): AsyncIterableIterator<Entry> {
  const fetched = [first]
  return {
    [Symbol.asyncIterator](): AsyncIterableIterator<Entry> {
      return this
    },
    next: () => {
      const result = fetched.pop()
      return result === undefined ? iterator.next() : Promise.resolve(result)
    },
    return: async () => {
      await iterator.return?.()
      return { done: true, value: undefined }
    },
  }
}

/** Sends the rows over the data connection. Where that cannot begin, the storage's loop is left, and nothing stays open. */
async function sendRows(
  session: ServerSession,
  verb: 'LIST' | 'NLST' | 'MLSD',
  entries: AsyncIterable<Entry>,
  row: Row,
): Promise<void> {
  const iterator = entries[Symbol.asyncIterator]()
  const close = async (): Promise<void> => {
    await iterator.return?.()
  }
  const chunks = piecesOf({ [Symbol.asyncIterator]: () => iterator }, row)
  try {
    await session.transfer(
      verb,
      'Here comes the listing',
      (dtp) => dtp.send({ chunks, close }),
      () => {},
    )
  } catch (error) {
    await close()
    throw error
  }
}

/** The rows as octets, each with its CRLF, in pieces of a good size. */
async function* piecesOf(entries: AsyncIterable<Entry>, row: Row): AsyncGenerator<Buffer> {
  let piece = ''
  for await (const entry of entries) {
    const line = row(entry)
    if (line === undefined) continue
    piece += `${line}\r\n`
    if (piece.length < PIECE_BYTES) continue
    yield octetsOf(piece)
    piece = ''
  }
  yield octetsOf(piece)
}

/** Names that are no UTF-8 go out as the octets that they are. */
function octetsOf(text: string): Buffer {
  const octets = encodeText(text)
  if (octets === undefined) throw new StorageError('name')
  return octets
}

/** All rows of one listing are written against the same moment. */
function unixRow(): Row {
  const nowMs = Date.now()
  return (entry) => writeUnixLine(entry, nowMs)
}

/** What the user may do with an entry, as far as the storage says; a guide and no promise (RFC 3659 §7.5.5). */
const PERM: { readonly [Type in Stat['type']]: readonly [letter: string, needs: Permission][] } = {
  file: [
    ['a', 'a'],
    ['d', 'd'],
    ['f', 'f'],
    ['r', 'r'],
    ['w', 'w'],
  ],
  directory: [
    ['c', 'w'],
    ['d', 'd'],
    ['e', 'e'],
    ['f', 'f'],
    ['l', 'l'],
    ['m', 'm'],
    ['p', 'd'],
  ],
  other: [
    ['d', 'd'],
    ['f', 'f'],
  ],
}

/** RFC 3659 §7.5.1. Links, devices and the like are named as something that no client follows. */
const MLSX_TYPES: { readonly [Type in Stat['type']]: string } = {
  file: 'file',
  directory: 'dir',
  other: 'OS.unix=other',
}

/** What MLST and MLSD can tell of a file or a directory. */
function factsOf(session: ServerSession, stat: Stat): MlsxFacts {
  return {
    type: MLSX_TYPES[stat.type],
    size: stat.type === 'file' ? stat.size : undefined,
    modified: new Date(stat.modifiedMs),
    mode: stat.mode,
    perm: PERM[stat.type].flatMap(([letter, needs]) => (session.may(needs) ? letter : [])).join(''),
  }
}
