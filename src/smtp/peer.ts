/** The client of a session, as handlers see it: what is known by its connection, by TLS, by its own word, and by its login. */
import type { Address, TlsInfo } from '../net/socket.ts'
import type { Hello } from './events.ts'

/** The client, as far as it is known. */
export interface Peer {
  /** Where it connects from. */
  readonly address: Address
  /** What TLS agreed on; `undefined` in the clear. */
  readonly tls: TlsInfo | undefined
  /** How it has named itself, once it has. Anybody can say anything here. */
  readonly hello: Hello | undefined
  /** As whom it has logged in; `undefined` where it has not. */
  readonly user: string | undefined
}
