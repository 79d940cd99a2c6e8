/**
 * What the runner has to know of a protocol. There is one adapter for each, in `../adapters`.
 */
import type { Unit } from '../../../src/net/machine.ts'
import type { Socket } from '../../../src/net/socket.ts'
import type { Role } from '../../support/drive.ts'
import type { Functions } from './calls.ts'
import type { Speech } from './conversation.ts'
import type { ClientSpeech, Identity } from './peer.ts'

/** The end under test in a `wire` vector. */
interface Player extends Role {
  /** What its program says unasked: the greeting of a server, the requests of a client (`sent`). */
  readonly script: readonly Unit[]
}

/** A server that is up. */
export interface Running {
  /** Where it listens. */
  readonly host: string
  /** At which port. */
  readonly port: number
  /** Takes it down. */
  readonly close: () => Promise<void>
}

/** A protocol, for the runner. */
export interface Adapter {
  /** Its name as people write it. */
  readonly name: 'HTTP' | 'SMTP' | 'FTP'
  /** The end under test; `sent` is what a client has asked before. */
  readonly player: (role: 'client' | 'server', sent: Buffer, as?: string) => Player
  /** How to read its replies. */
  readonly speech: Speech
  /** Puts the test server, which is always the same, behind a socket. */
  readonly serveSocket: (socket: Socket) => void
  /** Starts it on a port of its own, in the clear or with TLS. */
  readonly listen: (over?: 'tls') => Promise<Running>
  /** Its client, for dialogues in which a scripted server is the peer. */
  readonly client?: ClientSpeech
  /** Whom the scripted server can be with TLS, by name. */
  readonly identities?: Readonly<Record<string, Identity>>
  /** The functions that call blocks name. */
  readonly functions?: Functions
}
