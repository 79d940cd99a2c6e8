/**
 * RETR, STOR, STOU, APPE, ALLO and ABOR (RFC 959 §4.1.3, RFC 3659 §5).
 *
 *     C: RETR a.bin        S: 150 Sending the file (12 bytes)      the file is open
 *                          S: 226 Transfer complete                all of it is sent, and the data connection is ended
 *
 * The file is opened first: who may not have it learns so at once, with 550, and no data connection is waited for. From the 1yz on
 * the transfer runs by itself (`server-dtp.ts`) and says its own final reply.
 */
import { randomBytes } from 'node:crypto'
import type { ByteRange } from '../extensions.ts'
import { AsciiDecoder, AsciiEncoder } from '../ascii.ts'
import type { Incoming, Outgoing } from '../server-dtp.ts'
import { formatPath, type VirtualPath } from '../path.ts'
import { asError, Refusal } from '../refusal.ts'
import type { OnOver, ServerSession } from '../session.ts'
import { StorageError, type Sink, type Source, type WriteMode } from '../storage/storage.ts'
import type { VerbHandlers } from './verbs.ts'

/** Transfers of files. */
export const TRANSFERS: VerbHandlers<'RETR' | 'STOR' | 'STOU' | 'APPE' | 'ALLO' | 'ABOR'> = {
  /** Sends a file, from REST's marker on. The size in the text is what clients without SIZE look for. */
  async RETR(session, text) {
    const path = session.resolve(text)
    const { from, to } = rangeOf(session)
    session.expectRendezvous()
    const source = await session.storage.read(path, { from, ...(to !== undefined && { length: to - from + 1 }) })
    const isWhole = from === 0 && to === undefined
    const size = isWhole ? ` (${source.stat.size} bytes)` : ` from ${from} ${to === undefined ? 'on' : `to ${to}`}`
    const outgoing = outgoingOf(session, source)
    await session.transfer(
      'RETR',
      `Sending the file${size}`,
      (dtp) => dtp.send(outgoing),
      reporter(session, 'RETR', path),
    )
  },

  /**
   * Receives a file: a whole new one, which takes the name when it is complete; or with a marker the rest of one, in place. REST keeps
   * the head: a resumed upload must not turn what is there into zeros.
   */
  async STOR(session, text) {
    const path = session.resolve(text)
    const { from, to } = rangeOf(session)
    if (to !== undefined) throw new Refusal([504], 'RANG is for RETR: send REST')
    session.expectRendezvous()
    if (from > 0 && !session.storage.capabilities.has('resume')) throw new Refusal([504], 'REST is not possible here')
    await receive(
      session,
      'STOR',
      path,
      from === 0 ? { type: 'replace', ...newMode(session) } : { type: 'resume', from },
    )
  },

  /**
   * Receives a new file under a name that nothing has, in the working directory or beside the name that was given. The name stands in
   * the 1yz, in the form that RFC 1123 §4.1.2.9 sets.
   */
  async STOU(session, text) {
    const path = [...session.resolve(text)]
    const stem = text === undefined ? 'file' : (path.pop() ?? 'file')
    if (rangeOf(session).from > 0) throw new Refusal([504], 'A new file has no marker')
    session.expectRendezvous()
    // Guessed at once from so many that there is no second try: who can take it first could as well guess a password.
    await receive(session, 'STOU', [...path, `${stem}.${randomBytes(8).toString('hex')}`], {
      type: 'create',
      ...newMode(session),
    })
  },

  /** There is room, as far as the storage knows; the upload to come is whole when it has so many octets (see `receive`). */
  async ALLO(session, { octets }) {
    const { storage, directory } = session
    if (storage.capabilities.has('space') && octets > (await storage.freeBytes(directory)))
      throw new StorageError('full')
    session.allocation = octets
    await session.reply('ALLO', 200, `Room for ${octets} bytes`)
  },

  /** Receives what goes behind a file. A marker and an end are two places, and one of them is not meant (RFC 3659 §5.3). */
  async APPE(session, text) {
    const path = session.resolve(text)
    const { from, to } = rangeOf(session)
    if (from > 0 || to !== undefined) throw new Refusal([504], 'APPE has no marker: send STOR')
    session.expectRendezvous()
    await receive(session, 'APPE', path, { type: 'append', ...newMode(session) })
  },

  /** The transfer's own 426 (or its 226, when it was faster) is sent before this reply. With none, the port that waits is let go. */
  async ABOR(session) {
    if (await session.abort()) return session.reply('ABOR', 226, 'Aborted')
    await session.forgetRendezvous()
    await session.reply('ABOR', 225, 'Nothing to abort')
  },
}

/** REST's marker, or RANG's range. They count octets of the file, which TYPE A does not send. */
function rangeOf(session: ServerSession): ByteRange {
  const { range } = session.machine
  const isWhole = range.from === 0 && range.to === undefined
  if (!isWhole && session.type === 'A') throw new Refusal([550, 501], 'REST counts octets: set TYPE I first')
  return range
}

/** The mode of a new file, where SITE UMASK has set one. */
function newMode(session: ServerSession): { readonly mode?: number } {
  const mode = session.newMode(0o666)
  return mode === undefined ? {} : { mode }
}

/**
 * Opens the file for writing, and begins to receive. What ALLO has announced is the least that makes the upload whole, in TYPE I: a client
 * that was killed ends its connections like one that has finished, and only a number tells the two apart for certain (A24).
 */
async function receive(
  session: ServerSession,
  verb: 'STOR' | 'STOU' | 'APPE',
  path: VirtualPath,
  mode: WriteMode,
): Promise<void> {
  const sink = await session.storage.write(path, mode)
  const begun = mode.type === 'resume' ? mode.from : 0
  const least = Math.max(0, (session.allocation ?? 0) - begun)
  session.allocation = undefined
  const incoming = { ...incomingOf(session, sink), least: session.type === 'I' ? least : 0 }
  const text = verb === 'STOU' ? `FILE: ${formatPath(path)}` : 'Ready for the file'
  await session.transfer(verb, text, (dtp) => dtp.receive(incoming), reporter(session, verb, path))
}

/** The octets of a file as they go onto the wire. */
function outgoingOf(session: ServerSession, source: Source): Outgoing {
  const octets = source.lend?.() ?? source
  const chunks = session.type === 'A' ? encoded(octets) : octets
  return { chunks, close: () => source.close() }
}

/** TYPE A, on its way out. */
async function* encoded(octets: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const encoder = new AsciiEncoder()
  for await (const chunk of octets) yield encoder.encode(chunk)
}

/** Where the octets of the wire go. */
function incomingOf(session: ServerSession, sink: Sink): Omit<Incoming, 'least'> {
  if (session.type === 'I') return { sink, decode: (chunk) => chunk, end: () => Buffer.alloc(0) }
  const decoder = new AsciiDecoder()
  return { sink, decode: (chunk) => decoder.decode(chunk), end: () => decoder.end() }
}

/** Tells the server's owner of a transfer when it is over. */
function reporter(session: ServerSession, verb: 'RETR' | 'STOR' | 'STOU' | 'APPE', path: VirtualPath): OnOver {
  const { context, user, peer, type } = session
  const { handlers, timers, onError } = context
  const begun = timers.now()
  return ({ code }, bytes) => {
    const event = {
      outcome: code === 226 ? ('complete' as const) : ('aborted' as const),
      direction: verb === 'RETR' ? ('sent' as const) : ('received' as const),
      verb,
      path: formatPath(path),
      type,
      bytes,
      durationMs: timers.now() - begun,
      endedMs: Date.now(),
      code,
      user,
      peer,
    }
    // The handler is the owner's: what it throws is the owner's affair, and no client's.
    Promise.resolve(event)
      .then(handlers.transfer)
      .catch((error: unknown) => onError(asError(error)))
  }
}
