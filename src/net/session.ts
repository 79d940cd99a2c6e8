/**
 * What a listener and a protocol's server know of one another: the terms on which connections are taken in, and the session
 * that is made of each.
 */
import type { Socket, TlsServerOptions } from './socket.ts'
import type { TimerWheel } from './timers.ts'

/** What `accept` makes of a socket, and what the listener knows of it. */
export interface Session {
  /**
   * Fulfilled when the session is over; never rejected. The listener closes the socket then, if that is not done. A session that has none closes its
   * socket itself, and is spared a promise.
   */
  readonly done?: Promise<void>
  /** The listener is closing: finish what runs, begin nothing new, then end. */
  drain(): void
}

/** How to listen. */
export interface ListenOptions {
  /** The address to listen on. Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: any that is free. */
  readonly port?: number
  /** A Unix socket, in place of `host` and `port`. */
  readonly path?: string
  /** Speaks TLS from the first octet on. */
  readonly tls?: TlsServerOptions
  /** Keeps the port to this process, where the processes of a cluster (`startWorkers`) would share it. Default false. */
  readonly exclusive?: boolean
  /** Connections that the system keeps before they are accepted. Default 511. */
  readonly backlog?: number
  /** Connections at a time, those in a TLS handshake included. Default 10,000. */
  readonly maxConnections?: number
  /** The same for each client (an IPv4 address, an IPv6 /64), waiting ones included. Default 1,000. */
  readonly maxConnectionsPerAddress?: number
  /** What becomes of a connection for which there is no room: it waits, unread, or is refused. Default `wait`. */
  readonly whenFull?: 'wait' | 'refuse'
  /** Connections that may wait, each for half a minute at most; more are refused. Default 128. */
  readonly maxWaiting?: number
  /**
   * Peers whose PROXY header is believed and demanded: addresses, networks (`10.0.0.0/8`), `unix`. Default none. For limits and
   * for `socket.remote` the client counts whom the header names.
   */
  readonly proxyFrom?: readonly string[]
  /**
   * Tells a client that it is sent away (`421`, `503`), within two seconds; the listener closes behind it. Without
   * it, and under `tls`, a client is cut without a word.
   */
  readonly refuse?: (socket: Socket, reason: 'full' | 'perAddress') => void | Promise<void>
  /** Told of what goes wrong with a single connection before it has a session, of `accept` throwing, and of the system's refusal to accept. */
  readonly onError?: (error: Error) => void
  /** Closes the listener, with the default grace. */
  readonly signal?: AbortSignal
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}
