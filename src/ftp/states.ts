/**
 * The states of FTP, as data. There are two connections and so two machines on each side, and a third thing that neither of
 * them knows alone: whether a transfer is over. Nothing here holds bytes, sockets or time.
 *
 * **Control.** A server's dialogue is in one of nine states, and what moves it is the reply that it sends: `serverEventOf` says
 * which event a reply is. `renaming` and `restarting` are `ready` with something remembered (the name of RNFR, the marker of REST or RANG)
 * that the very next command uses or loses (RFC 959 §4.1.3). One deviation: commands that only prepare a transfer (PASV, EPSV, TYPE...)
 * do not lose the marker. RFC 3659 §5.3 has REST directly before RETR or STOR, but Python's ftplib and others send PASV between
 * them or behind, mean the marker every time, and would corrupt their file if it were dropped without a word.
 *
 *     greeting ─220─> needUser ─331─> needPassword ─230─> ready <──────────────┐
 *                        └─────────────── 230 ─────────────┤                   │
 *                                                          ├─RNFR 350─> renaming ─────┤ any reply
 *                                                          ├─REST 350─> restarting ───┤ any other reply
 *                                                          └─150──────> transferring ─┘ 226, 426, 451...
 *     needUser, needPassword ─332─> needAccount ─230─> ready          any but a transfer ─REIN 220─> needUser
 *     any ─221, 421─> closing
 *
 * **Data.** One table for both sides of the data connection, passive and active: `DATA`.
 *
 * **The join.** A transfer is three facts that come in any order and from three places: the command is accepted (1yz on the control
 * connection), the source or the sink has finished (the storage), the data connection is closed (the network). `SERVER_TRANSFER`
 * and `CLIENT_TRANSFER` name every order that can happen. A server says 226 in `complete` alone: behind the close, since stream
 * mode has no other end of file (RFC 959 §5.2), and behind the commit, since 226 means that the file is safe. A client says that a
 * transfer succeeded when it has seen both the end of the data and a 2yz, whichever comes first; a refusal wins over both.
 *
 * RFC 959 §3.2, §4.1, §5.4 and §6; RFC 3659 §5.
 */
import type { Table } from '../net/table.ts'
import { COMMANDS, type Phase, type Verb } from './commands.ts'
import { classOf } from './reply.ts'
import { isSecurityPhase, untimelyIn, type SecurityState } from './security.ts'

/** The states of a server's control connection. */
export type ServerState =
  /** We owe the greeting. */
  | 'greeting'
  /** Nobody is logged in. */
  | 'needUser'
  /** USER was answered 331: PASS must come next. */
  | 'needPassword'
  /** USER or PASS was answered 332: ACCT must come next. */
  | 'needAccount'
  /** A user is logged in. */
  | 'ready'
  /** RNFR was answered 350: RNTO must come next. */
  | 'renaming'
  /** REST was answered 350: the transfer to come begins at the marker. */
  | 'restarting'
  /** A transfer was answered 1yz, and not yet 226 or otherwise. */
  | 'transferring'
  /** The last reply has been sent: 221 or 421. */
  | 'closing'

/** What moves a server's control connection: the replies that it sends, by what they mean for the dialogue. */
export type ServerEvent =
  /** 120 for a greeting: the service will be ready soon. */
  | 'delayed'
  /** 220 for a greeting. */
  | 'greeted'
  /** A final reply that leaves things as they are. */
  | 'answered'
  /** The same, to a command that prepares a transfer. */
  | 'prepared'
  /** USER: 331. */
  | 'userNamed'
  /** USER or PASS: 332. */
  | 'accountNeeded'
  /** USER, PASS or ACCT: 230. */
  | 'loggedIn'
  /** USER, PASS or ACCT: 530; AUTH: 234. */
  | 'loggedOut'
  /** RNFR: 350. */
  | 'renameBegun'
  /** REIN: 220. */
  | 'reinitialized'
  /** REST or RANG: 350. */
  | 'marked'
  /** A transfer: 125 or 150. */
  | 'opened'
  /** A transfer that was opened: its final reply. */
  | 'finished'
  /** 221, or 421 to anything. */
  | 'dismissed'

/** A server's control connection. */
export const SERVER: Table<ServerState, ServerEvent> = {
  greeting: { delayed: 'greeting', greeted: 'needUser', dismissed: 'closing' },
  needUser: {
    answered: 'needUser',
    prepared: 'needUser',
    userNamed: 'needPassword',
    accountNeeded: 'needAccount',
    reinitialized: 'needUser',
    loggedIn: 'ready',
    loggedOut: 'needUser',
    dismissed: 'closing',
  },
  needPassword: {
    answered: 'needUser',
    prepared: 'needUser',
    userNamed: 'needPassword',
    accountNeeded: 'needAccount',
    reinitialized: 'needUser',
    loggedIn: 'ready',
    loggedOut: 'needUser',
    dismissed: 'closing',
  },
  needAccount: {
    answered: 'needUser',
    prepared: 'needUser',
    userNamed: 'needPassword',
    accountNeeded: 'needAccount',
    reinitialized: 'needUser',
    loggedIn: 'ready',
    loggedOut: 'needUser',
    dismissed: 'closing',
  },
  ready: {
    answered: 'ready',
    prepared: 'ready',
    userNamed: 'needPassword',
    accountNeeded: 'needAccount',
    reinitialized: 'needUser',
    loggedIn: 'ready',
    loggedOut: 'needUser',
    renameBegun: 'renaming',
    marked: 'restarting',
    opened: 'transferring',
    dismissed: 'closing',
  },
  renaming: {
    answered: 'ready',
    prepared: 'ready',
    userNamed: 'needPassword',
    accountNeeded: 'needAccount',
    reinitialized: 'needUser',
    loggedIn: 'ready',
    loggedOut: 'needUser',
    renameBegun: 'renaming',
    marked: 'restarting',
    opened: 'transferring',
    dismissed: 'closing',
  },
  restarting: {
    answered: 'ready',
    prepared: 'restarting',
    userNamed: 'needPassword',
    accountNeeded: 'needAccount',
    reinitialized: 'needUser',
    loggedIn: 'ready',
    loggedOut: 'needUser',
    renameBegun: 'renaming',
    marked: 'restarting',
    opened: 'transferring',
    dismissed: 'closing',
  },
  transferring: { answered: 'transferring', prepared: 'transferring', finished: 'ready', dismissed: 'closing' },
  closing: {},
}

/** What 3yz means, where it is no step of a login. */
const INTERMEDIATE: { readonly [V in Verb]?: ServerEvent } = { REST: 'marked', RANG: 'marked', RNFR: 'renameBegun' }

/** What the reply `code` to `verb` means for a server's dialogue; see `ServerEvent`. */
export function serverEventOf(verb: Verb, code: number): ServerEvent {
  const meaning = classOf(code)
  if (code === 421 || code === 221) return 'dismissed'
  if (meaning === 'preliminary') return 'opened'
  if (meaning === 'intermediate') return INTERMEDIATE[verb] ?? (code === 332 ? 'accountNeeded' : 'userNamed')
  // AUTH begins the session anew: whoever was logged in, was so by words in the clear (RFC 4217 §4).
  if (code === 234) return 'loggedOut'
  if (verb === 'REIN' && meaning === 'completion') return 'reinitialized'
  if (verb === 'USER' || verb === 'PASS' || verb === 'ACCT') {
    // 202 to ACCT: nobody has asked for an account.
    if (meaning === 'completion') return verb === 'ACCT' && code === 202 ? 'answered' : 'loggedIn'
    return code === 530 ? 'loggedOut' : 'answered'
  }
  return COMMANDS[verb].marker === 'keep' ? 'prepared' : 'answered'
}

const LOGIN_STATES: ReadonlySet<ServerState> = new Set(['greeting', 'needUser', 'needPassword', 'needAccount'])

/** Whether a user is logged in. */
export function isLoggedIn(state: ServerState): boolean {
  return !LOGIN_STATES.has(state)
}

/** How a command of this phase is refused in this state of the dialogue and of its security; `undefined` where it may come. */
export function misplacedIn(
  state: ServerState,
  phase: Phase,
  security: SecurityState,
): { readonly code: number; readonly text: string } | undefined {
  if (phase === 'always') return undefined
  if (phase === 'password') return state === 'needPassword' ? undefined : { code: 503, text: 'Send USER first' }
  if (isSecurityPhase(phase)) return untimelyIn(security, phase)
  if (phase === 'beforeUser') return state === 'needUser' ? undefined : { code: 503, text: 'It is too late for this' }
  if (phase === 'account' && !isLoggedIn(state))
    return state === 'needAccount' ? undefined : { code: 503, text: 'Send USER and PASS first' }
  if (!isLoggedIn(state)) return { code: 530, text: 'Log in first' }
  return phase === 'renaming' && state !== 'renaming' ? { code: 503, text: 'Send RNFR first' } : undefined
}

/** The states of a client's control connection. */
export type ClientState =
  /** The server's greeting has not come. */
  | 'greeting'
  /** It has said 120, which it may once (RFC 959 §4.2): a server must not keep us waiting for ever, one 120 behind the other. */
  | 'delayed'
  /** Nothing is outstanding. */
  | 'ready'
  /** Commands wait for their replies, and no transfer runs. */
  | 'waiting'
  /** A transfer was answered 1yz; ABOR, STAT and NOOP may be sent meanwhile. */
  | 'transferring'
  /** The server has said 221 or 421. */
  | 'closing'

/** What moves a client's control connection. */
export type ClientEvent =
  /** The server said 120 for a greeting. */
  | 'delayed'
  /** The server said 220. */
  | 'greeted'
  /** We sent a command. */
  | 'asked'
  /** A 1yz came. */
  | 'opened'
  /** A final reply came, and others are still to come. */
  | 'answered'
  /** The transfer's own final reply came, and others are still to come. */
  | 'finished'
  /** The last outstanding reply came. */
  | 'allAnswered'
  /** 221, or 421, or a refusal for a greeting. */
  | 'dismissed'

/** A client's control connection. */
export const CLIENT: Table<ClientState, ClientEvent> = {
  greeting: { delayed: 'delayed', greeted: 'ready', dismissed: 'closing' },
  delayed: { greeted: 'ready', dismissed: 'closing' },
  ready: { asked: 'waiting', dismissed: 'closing' },
  waiting: {
    asked: 'waiting',
    opened: 'transferring',
    answered: 'waiting',
    finished: 'waiting',
    allAnswered: 'ready',
    dismissed: 'closing',
  },
  transferring: {
    asked: 'transferring',
    answered: 'transferring',
    finished: 'waiting',
    allAnswered: 'ready',
    dismissed: 'closing',
  },
  closing: {},
}

/** The states of a data connection, on either side. */
export type DataState =
  /** There is none, and none is expected. */
  | 'none'
  /** Our passive port listens (PASV, EPSV). */
  | 'listening'
  /** The peer's port is known, and not dialled yet (PORT, EPRT on a server; 227, 229 at a client). */
  | 'appointed'
  /** We are dialling it. */
  | 'connecting'
  /** It stands, and no octet of a transfer has crossed it. */
  | 'open'
  /** A transfer uses it. */
  | 'streaming'
  /** All that we had to send is sent, and our FIN behind it. */
  | 'ending'

/** What happens to a data connection. `released` lets go of whatever there is. */
export type DataEvent = 'listen' | 'appoint' | 'dial' | 'connected' | 'started' | 'sent' | 'closed' | 'released'

/** The data connection. */
export const DATA: Table<DataState, DataEvent> = {
  none: { listen: 'listening', appoint: 'appointed', released: 'none' },
  listening: { connected: 'open', released: 'none' },
  appointed: { dial: 'connecting', released: 'none' },
  connecting: { connected: 'open', closed: 'none', released: 'none' },
  open: { started: 'streaming', closed: 'none', released: 'none' },
  streaming: { sent: 'ending', closed: 'none', released: 'none' },
  ending: { closed: 'none', released: 'none' },
}

/** How far a server's transfer has come: which of the three facts are there. */
export type ServerTransferState =
  /** The source or the sink is being opened; nothing has been answered. */
  | 'opening'
  /** 1yz is sent; the data connection does not stand yet. */
  | 'accepted'
  /** The data connection stands, and goes over to TLS (PROT P). */
  | 'securing'
  /** Octets move. */
  | 'moving'
  /** The source is at its end and our FIN is sent; the data connection is not closed yet (RETR, LIST). */
  | 'closing'
  /** The data connection has come to its end; the sink is not committed yet (STOR, APPE). */
  | 'finishing'
  /** All three: 226. */
  | 'complete'
  /** Refused before anything began: 4yz or 5yz without a 1yz. */
  | 'refused'
  /** Broken off by ABOR, by the loss of a connection or by a stall: 426. */
  | 'aborted'
  /** No data connection (425), or a storage that failed (451, 452, 552). */
  | 'failed'

/** What happens to a server's transfer. */
export type ServerTransferEvent = 'accept' | 'refuse' | 'handshake' | 'connect' | 'finish' | 'close' | 'abort' | 'fail'

/** The join, on a server. */
export const SERVER_TRANSFER: Table<ServerTransferState, ServerTransferEvent> = {
  opening: { accept: 'accepted', refuse: 'refused', abort: 'refused' },
  accepted: { handshake: 'securing', connect: 'moving', abort: 'aborted', fail: 'failed' },
  securing: { connect: 'moving', abort: 'aborted', fail: 'failed' },
  moving: { finish: 'closing', close: 'finishing', abort: 'aborted', fail: 'failed' },
  closing: { close: 'complete', abort: 'aborted', fail: 'failed' },
  finishing: { finish: 'complete', abort: 'aborted', fail: 'failed' },
  complete: {},
  refused: {},
  aborted: {},
  failed: {},
}

/** How far a client's transfer has come. */
export type ClientTransferState =
  /** The command is sent; nothing has been answered. */
  | 'asked'
  /** 1yz has come; data move. */
  | 'moving'
  /** The data have ended before the 1yz was read: two connections have no common order. */
  | 'endedEarly'
  /** The data have ended; the final reply has not come. */
  | 'ended'
  /** The final reply has come, and it is 2yz; data may still be on their way. */
  | 'answered'
  /** Both: the transfer has succeeded. */
  | 'complete'
  /** The final reply is a refusal, whatever the data did. */
  | 'refused'
  /** We broke it off. */
  | 'aborted'

/** What happens to a client's transfer. `end` is the end of the data: read to it, or all sent and closed. */
export type ClientTransferEvent = 'accept' | 'end' | 'succeed' | 'refuse' | 'abort'

/** The join, at a client. */
export const CLIENT_TRANSFER: Table<ClientTransferState, ClientTransferEvent> = {
  asked: { accept: 'moving', end: 'endedEarly', succeed: 'answered', refuse: 'refused', abort: 'aborted' },
  moving: { end: 'ended', succeed: 'answered', refuse: 'refused', abort: 'aborted' },
  endedEarly: { accept: 'ended', succeed: 'complete', refuse: 'refused', abort: 'aborted' },
  ended: { succeed: 'complete', refuse: 'refused', abort: 'aborted' },
  answered: { end: 'complete', abort: 'aborted' },
  complete: {},
  refused: {},
  aborted: {},
}
