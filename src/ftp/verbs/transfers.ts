/**
 * RETR, STOR, APPE and ABOR (RFC 959 §4.1.3, RFC 3659 §5).
 *
 *     C: RETR a.bin        S: 150 Sending the file (12 bytes)      the file is open
 *                          S: 226 Transfer complete                all of it is sent, and the data connection is ended
 *
 * The file is opened first: who may not have it learns so at once, with 550, and no data connection is waited for. From the 1yz on
 * the transfer runs by itself (`server-dtp.ts`) and says its own final reply.
 */
import { AsciiDecoder, AsciiEncoder } from '../ascii.ts'
import type { Incoming, Outgoing } from '../server-dtp.ts'
import { formatPath, type VirtualPath } from '../path.ts'
import { asError, Refusal } from '../refusal.ts'
import type { OnOver, ServerSession } from '../session.ts'
import type { Sink, Source, WriteMode } from '../storage/storage.ts'
import type { VerbHandlers } from './verbs.ts'

/** Transfers of files. */
export const TRANSFERS: VerbHandlers<'RETR' | 'STOR' | 'APPE' | 'ABOR'> = {
  /** Sends a file, from REST's marker on. The size in the text is what clients without SIZE look for. */
  async RETR(session, text) {
    const path = session.resolve(text)
    const from = markerOf(session)
    session.expectRendezvous()
    const source = await session.storage.read(path, { from })
    const size = from === 0 ? ` (${source.stat.size} bytes)` : ` from ${from} on`
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
    const from = markerOf(session)
    session.expectRendezvous()
    if (from > 0 && !session.storage.capabilities.has('resume')) throw new Refusal([504], 'REST is not possible here')
    await receive(session, 'STOR', path, from === 0 ? { type: 'replace' } : { type: 'resume', from })
  },

  /** Receives what goes behind a file. A marker and an end are two places, and one of them is not meant (RFC 3659 §5.3). */
  async APPE(session, text) {
    const path = session.resolve(text)
    if (markerOf(session) > 0) throw new Refusal([504], 'APPE has no marker: send STOR')
    session.expectRendezvous()
    await receive(session, 'APPE', path, { type: 'append' })
  },

  /** The transfer's own 426 (or its 226, when it was faster) is sent before this reply. With none, the port that waits is let go. */
  async ABOR(session) {
    if (await session.abort()) return session.reply('ABOR', 226, 'Aborted')
    await session.forgetRendezvous()
    await session.reply('ABOR', 225, 'Nothing to abort')
  },
}

/** REST's marker. It counts octets of the file, which TYPE A does not send. */
function markerOf(session: ServerSession): number {
  const { marker } = session.machine
  if (marker > 0 && session.type === 'A') throw new Refusal([550, 501], 'REST counts octets: set TYPE I first')
  return marker
}

/** Opens the file for writing, and begins to receive. */
async function receive(
  session: ServerSession,
  verb: 'STOR' | 'APPE',
  path: VirtualPath,
  mode: WriteMode,
): Promise<void> {
  const sink = await session.storage.write(path, mode)
  const incoming = incomingOf(session, sink)
  await session.transfer(verb, 'Ready for the file', (dtp) => dtp.receive(incoming), reporter(session, verb, path))
}

/** The octets of a file as they go onto the wire. */
function outgoingOf(session: ServerSession, source: Source): Outgoing {
  const chunks = session.type === 'A' ? encoded(source) : source
  return { chunks, close: () => source.close() }
}

/** TYPE A, on its way out. */
async function* encoded(source: Source): AsyncGenerator<Buffer> {
  const encoder = new AsciiEncoder()
  for await (const chunk of source) yield encoder.encode(chunk)
}

/** Where the octets of the wire go. */
function incomingOf(session: ServerSession, sink: Sink): Incoming {
  if (session.type === 'I') return { sink, decode: (chunk) => chunk, end: () => Buffer.alloc(0) }
  const decoder = new AsciiDecoder()
  return { sink, decode: (chunk) => decoder.decode(chunk), end: () => decoder.end() }
}

/** Tells the server's owner of a transfer when it is over. */
function reporter(session: ServerSession, verb: 'RETR' | 'STOR' | 'APPE', path: VirtualPath): OnOver {
  const { context, user, peer } = session
  const { handlers, timers, onError } = context
  const begun = timers.now()
  return ({ code }, bytes) => {
    const event = {
      outcome: code === 226 ? ('complete' as const) : ('aborted' as const),
      direction: verb === 'RETR' ? ('sent' as const) : ('received' as const),
      verb,
      path: formatPath(path),
      bytes,
      durationMs: timers.now() - begun,
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
