/** What a server's program decides and is told. Handlers may be async; what they throw is 451, of which a client learns nothing more. */
import type { Address, TlsInfo } from '../net/socket.ts'
import type { Verb } from './commands.ts'
import type { Storage } from './storage/storage.ts'

/** The client. */
export interface Peer {
  /** Where its control connection comes from. */
  readonly address: Address
  /** What TLS agreed on; `undefined` in the clear. */
  readonly tls: TlsInfo | undefined
}

/** Who wants to log in. */
export interface Login {
  /** What stood behind USER. */
  readonly user: string
  /** What stood behind PASS. Compare it in constant time. */
  readonly password: string
  /** From where. */
  readonly peer: Peer
}

/** A transfer of a file that is over. */
export interface TransferEvent {
  /** `complete` when the file is whole: sent to its end, or received, synced and in its place. */
  readonly outcome: 'complete' | 'aborted'
  /** Which way the file went, as the server sees it. */
  readonly direction: 'sent' | 'received'
  /** The command: `RETR`, `STOR` or `APPE`. */
  readonly verb: Verb
  /** The file, from the root of the user's storage: `/in/a.bin`. */
  readonly path: string
  /** Octets that crossed the data connection. */
  readonly bytes: number
  /** From the command to the end, in milliseconds. */
  readonly durationMs: number
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
  readonly login: (login: Login) => Storage | undefined | Promise<Storage | undefined>
  /** Told of each transfer of a file when it is over. */
  readonly transfer?: (event: TransferEvent) => void | Promise<void>
}
