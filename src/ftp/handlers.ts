/** What a server's program decides and is told. Handlers may be async; what they throw is 451, of which a client learns nothing more. */
import type { Address, TlsInfo } from '../net/socket.ts'
import type { Permission, Verb } from './commands.ts'
import type { Storage } from './storage/storage.ts'

/** The client. */
export interface Peer {
  /** Where its control connection comes from. */
  readonly address: Address
  /** What TLS agreed on; `undefined` in the clear. */
  readonly tls: TlsInfo | undefined
}

/** Which server a client wants, of several at one address (RFC 7151). */
export interface HostRequest {
  /** What stood behind HOST, in lower case. */
  readonly host: string
  /** From where. */
  readonly peer: Peer
}

/** Who wants to log in. */
export interface Login {
  /** What stood behind USER. */
  readonly user: string
  /** What stood behind PASS. Compare it in constant time. */
  readonly password: string
  /** What stood behind ACCT; `undefined` where that was not asked for. Compare it in constant time. */
  readonly account: string | undefined
  /** What stood behind HOST; `undefined` where there was none. */
  readonly host: string | undefined
  /** From where. */
  readonly peer: Peer
}

/**
 * What comes of a login: the user's storage; `account` where an account is needed, too, and `login` is to be called again with it; or
 * `undefined` where name, password or account is wrong.
 */
export type LoginResult = Storage | 'account' | undefined

/** A command that is about to be done. */
export interface CommandRequest {
  /** Which. */
  readonly verb: Verb
  /** What it needs permission for; see `Permission`. */
  readonly permission: Permission | 'none'
  /** The file or directory that it names, from the root of the user's storage; `undefined` where it names none, or behind SITE. */
  readonly path: string | undefined
  /** Who. */
  readonly user: string
  /** From where. */
  readonly peer: Peer
}

/** A transfer of a file that is over. */
export interface TransferEvent {
  /** `complete` when the file is whole: sent to its end, or received, synced and in its place. */
  readonly outcome: 'complete' | 'aborted'
  /** Which way the file went, as the server sees it. */
  readonly direction: 'sent' | 'received'
  /** The command: `RETR`, `STOR`, `STOU` or `APPE`. */
  readonly verb: Verb
  /** The file, from the root of the user's storage: `/in/a.bin`. */
  readonly path: string
  /** How it crossed: TYPE A, as lines, or TYPE I, as it is. */
  readonly type: 'A' | 'I'
  /** Octets that crossed the data connection. */
  readonly bytes: number
  /** From the command to the end, in milliseconds. */
  readonly durationMs: number
  /** When it was over, in milliseconds since 1970 (UTC). */
  readonly endedMs: number
  /** What was answered: 226, 425, 426, 451, 552. */
  readonly code: number
  /** Who. */
  readonly user: string
  /** From where. */
  readonly peer: Peer
}

/** A server's program. */
export interface ServerHandlers {
  /** The storage of a user, or `undefined` where name or password is wrong. */
  readonly login: (login: Login) => LoginResult | Promise<LoginResult>
  /** Whether to talk to a client at all; `false` is 421 in place of the greeting. Default yes. */
  readonly connect?: (peer: Peer) => boolean | Promise<boolean>
  /** Whether there is such a host (HOST). Without it there are no virtual hosts, and FEAT says so. */
  readonly host?: (request: HostRequest) => boolean | Promise<boolean>
  /**
   * Whether a user may do this now; `false` is 550. Asked for each command of a user who is logged in, behind the table's own checks. What
   * is about files alone is better said by a storage (`restricted`), which sees every path however it is come by.
   */
  readonly allow?: (request: CommandRequest) => boolean | Promise<boolean>
  /** Told of each transfer of a file when it is over. */
  readonly transfer?: (event: TransferEvent) => void | Promise<void>
}
