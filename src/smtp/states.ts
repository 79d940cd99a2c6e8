/**
 * The states of a session as tables, one for each role, and nothing else: no bytes, no I/O. What an event does to the envelope stands
 * in `machine.ts`.
 *
 * A session is transactions on a connection, and both are in one state here, since no command is legal by one of them alone:
 *
 *     the connection     greeting, start, rejected, closed      has it begun, does the client have a name, is it over
 *                        upgraded   STARTTLS was answered 220: what follows is TLS's, and another session (RFC 3207 §4.2)
 *     authentication     auth       AUTH was answered 334: what follows is lines of base64
 *     the transaction    ready   none is open
 *                        mail    it has a reverse-path
 *                        rcpt    it has a reverse-path and at least one recipient that was accepted
 *                        content it is being sent behind DATA
 *                        chunk   a chunk of it is being sent, chunks: one or more have been, and were accepted (RFC 3030)
 *                        spoiled a chunk was refused: RSET must come before anything else of a transaction
 *
 * **Server.** A command that a state does not have is answered 503 and changes nothing (RFC 5321 §4.1.4); so does a refused one. The
 * transition is made when the reply is sent that accepts the command: `rcpt` is "a RCPT was answered 2yz". `endOfData` is made by any
 * reply to the end of the message, which is also the end of the transaction (§4.1.1.4). `close` is 421, or the peer's FIN. `auth` is a
 * 334 to AUTH or to a response, `authEnded` any other reply to them: 235, or a refusal. `bdat` alone is made when the command is read,
 * because it is answered behind its octets: by `endOfChunk`, `chunkRefused`, or `endOfData` for the last.
 *
 * **Client.** The transition is made when the command is sent, because with PIPELINING the replies come later (RFC 2920 §3.1); the
 * events `greeted` to `quitAnswered` are replies. `content` is reached by 354 alone, `nobody` is a 354 in a transaction without
 * recipients, where a lone dot is all that may follow. After a refused DATA the state is `failed`, and RSET makes it good.
 *
 *     securing, upgraded         STARTTLS was sent; it was answered 220, and nothing more is said by this machine (RFC 3207 §4)
 *     auth, challenged           a reply to AUTH or to a response is owed; it was 334, and we owe the response (RFC 4954 §4)
 *     proxying                   XCLIENT was sent; it makes another session of this one, which begins anew
 *     chunk, chunks              a chunk is going out; it is out, and another may follow (RFC 3030 §2)
 *     refusedChunk               one is going out whose message was refused meanwhile: its octets were announced, and must still come
 */
import type { Table } from '../net/table.ts'
import type { Command } from './events.ts'

/** A state of the server's end. */
export type ServerState =
  | 'greeting'
  | 'start'
  | 'ready'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'content'
  | 'chunk'
  | 'chunks'
  | 'spoiled'
  | 'upgraded'
  | 'rejected'
  | 'closed'

/** What moves the server's end. */
export type ServerTransition =
  Command['type'] | 'greet' | 'reject' | 'authEnded' | 'endOfChunk' | 'chunkRefused' | 'endOfData' | 'close'

/** What may be asked at any time, before EHLO too (RFC 5321 §4.1.4). `S` is where it leaves the state. */
type AnyTime<S extends string> = { readonly [E in 'noop' | 'vrfy' | 'expn' | 'help' | 'xforward']: S } & {
  readonly quit: 'closed'
  readonly close: 'closed'
}

function anyTime<S extends string>(state: S): AnyTime<S> {
  return { noop: state, vrfy: state, expn: state, help: state, xforward: state, quit: 'closed', close: 'closed' }
}

/** EHLO and its like, which begin anew whatever was begun (RFC 5321 §4.1.4). */
const HELLO = { ehlo: 'ready', helo: 'ready', lhlo: 'ready' } as const

/** The server's table. */
export const SERVER: Table<ServerState, ServerTransition> = {
  greeting: { greet: 'start', reject: 'rejected', close: 'closed' },
  start: { ...HELLO, rset: 'start', xclient: 'start', ...anyTime('start') },
  ready: {
    ...HELLO,
    mail: 'mail',
    rset: 'ready',
    auth: 'auth',
    starttls: 'upgraded',
    etrn: 'ready',
    xclient: 'start',
    ...anyTime('ready'),
  },
  auth: { auth: 'auth', authResponse: 'auth', authCancel: 'auth', authEnded: 'ready', close: 'closed' },
  mail: { ...HELLO, rcpt: 'rcpt', rset: 'ready', ...anyTime('mail') },
  rcpt: { ...HELLO, rcpt: 'rcpt', data: 'content', bdat: 'chunk', rset: 'ready', ...anyTime('rcpt') },
  content: { endOfData: 'ready', close: 'closed' },
  chunk: { endOfChunk: 'chunks', chunkRefused: 'spoiled', endOfData: 'ready', close: 'closed' },
  chunks: { ...HELLO, bdat: 'chunk', rset: 'ready', ...anyTime('chunks') },
  spoiled: { ...HELLO, rset: 'ready', ...anyTime('spoiled') },
  upgraded: { close: 'closed' },
  // A server that greets with 554 waits for QUIT, and answers 503 to all else (§3.1).
  rejected: { quit: 'closed', close: 'closed' },
  closed: {},
}

/** A state of the client's end. */
export type ClientState =
  | 'greeting'
  | 'start'
  | 'hello'
  | 'ready'
  | 'securing'
  | 'upgraded'
  | 'auth'
  | 'challenged'
  | 'proxying'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'content'
  | 'nobody'
  | 'chunk'
  | 'chunks'
  | 'refusedChunk'
  | 'failed'
  | 'quitting'
  | 'rejected'
  | 'closed'

/** What moves the client's end: what it sends, and what is answered. */
export type ClientTransition =
  | Command['type']
  | 'content'
  | 'endOfChunk'
  | 'endOfData'
  | 'greeted'
  | 'rejected'
  | 'helloAccepted'
  | 'helloRefused'
  | 'tlsReady'
  | 'tlsRefused'
  | 'challenge'
  | 'authEnded'
  | 'proxied'
  | 'proxyRefused'
  | 'mailRefused'
  | 'goAhead'
  | 'goAheadForNobody'
  | 'dataRefused'
  | 'chunkRefused'
  | 'quitAnswered'
  | 'close'

function asking<S extends string>(
  state: S,
): { readonly [E in 'noop' | 'vrfy' | 'expn' | 'help' | 'xforward']: S } & {
  readonly quit: 'quitting'
  readonly close: 'closed'
} {
  return { noop: state, vrfy: state, expn: state, help: state, xforward: state, quit: 'quitting', close: 'closed' }
}

/** EHLO and its like, which begin anew whatever was begun. */
const NAMING = { ehlo: 'hello', helo: 'hello', lhlo: 'hello' } as const

/** The client's table. */
export const CLIENT: Table<ClientState, ClientTransition> = {
  greeting: { greeted: 'start', rejected: 'rejected', close: 'closed' },
  start: { ...NAMING, rset: 'start', ...asking('start') },
  hello: { helloAccepted: 'ready', helloRefused: 'start', close: 'closed' },
  ready: {
    ...NAMING,
    starttls: 'securing',
    auth: 'auth',
    mail: 'mail',
    etrn: 'ready',
    xclient: 'proxying',
    rset: 'ready',
    chunkRefused: 'failed',
    ...asking('ready'),
  },
  securing: { tlsReady: 'upgraded', tlsRefused: 'ready', close: 'closed' },
  upgraded: { close: 'closed' },
  auth: { challenge: 'challenged', authEnded: 'ready', close: 'closed' },
  challenged: { authResponse: 'auth', authCancel: 'auth', close: 'closed' },
  proxying: { proxied: 'start', proxyRefused: 'ready', close: 'closed' },
  mail: { ...NAMING, rcpt: 'rcpt', mailRefused: 'ready', rset: 'ready', ...asking('mail') },
  rcpt: {
    ...NAMING,
    rcpt: 'rcpt',
    data: 'data',
    bdat: 'chunk',
    mailRefused: 'failed',
    rset: 'ready',
    ...asking('rcpt'),
  },
  data: { goAhead: 'content', goAheadForNobody: 'nobody', dataRefused: 'failed', mailRefused: 'data', close: 'closed' },
  content: { content: 'content', endOfData: 'ready', close: 'closed' },
  nobody: { endOfData: 'ready', close: 'closed' },
  chunk: { content: 'chunk', endOfChunk: 'chunks', endOfData: 'ready', chunkRefused: 'refusedChunk', close: 'closed' },
  chunks: { bdat: 'chunk', rset: 'ready', chunkRefused: 'failed', ...NAMING, ...asking('chunks') },
  refusedChunk: { content: 'refusedChunk', endOfChunk: 'failed', endOfData: 'failed', close: 'closed' },
  failed: { ...NAMING, rset: 'ready', ...asking('failed') },
  quitting: { quitAnswered: 'closed', close: 'closed' },
  rejected: { quit: 'quitting', close: 'closed' },
  closed: {},
}
