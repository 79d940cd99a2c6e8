/**
 * The promise-shaped socket: what a connection needs of a transport, and nothing of `node:net`'s events. `tcp.ts` makes
 * one out of a `node:net` or `node:tls` socket, `pair.ts` makes two in memory that are joined to one another; what is
 * above cannot tell the difference.
 *
 * Reading is pulled: as long as nobody asks, at most `highWaterMark` bytes are taken from the kernel, so a slow handler
 * slows its peer down. Deadlines are as in Go's net package: set for all reads (or writes) to come, changed at will, and
 * passing one rejects the call that waits without closing anything, so that a server can still say why (408, 421).
 */
import type { SecureContext } from 'node:tls'

/** One end of a connection: an IP address and port, or a path for a Unix socket. */
export type Address =
  | { readonly family: 'IPv4' | 'IPv6'; readonly host: string; readonly port: number }
  | { readonly family: 'unix'; readonly path: string }
  | { readonly family: 'memory'; readonly name: string }

/** What is known of a connection's TLS once the handshake is over. */
export interface TlsInfo {
  /** Such as `TLSv1.3`. */
  readonly protocol: string
  /** The cipher's standard name, such as `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string
  /** The protocol chosen by ALPN, if any. */
  readonly alpn: string | undefined
  /** The name the client asked for (SNI), if any. */
  readonly servername: string | undefined
  /** Whether an earlier session was resumed (FTP binds its data connections by it). */
  readonly isResumed: boolean
  /** Whether the peer showed a certificate that verified. */
  readonly isAuthorized: boolean
  /** Our own certificate in DER, if we showed one: of several by SNI, the one that was chosen. Channels are bound to it (RFC 5929 §4). */
  readonly localCertificate: Buffer | undefined
  /** The peer's certificate in DER, if it showed one. */
  readonly peerCertificate: Buffer | undefined
  /** Keying material for channel binding (RFC 5705, RFC 9266). */
  exportKeyingMaterial(length: number, label: string, context?: Buffer): Buffer
}

/** Sessions of TLS by their identifiers, in hexadecimal. */
export interface SessionStore {
  /** A session that was kept. */
  get(id: string): Buffer | undefined
  /** Keeps one. */
  set(id: string, session: Buffer): unknown
}

/** TLS as the server's side of the handshake. */
export interface TlsServerOptions {
  /** Key and certificate in PEM, unless `context` holds them. */
  readonly key?: string | Buffer
  /** The certificate chain in PEM. */
  readonly cert?: string | Buffer
  /** Certificate authorities in PEM for client certificates. */
  readonly ca?: string | Buffer
  /** A ready-made context, in place of `key` and `cert`. */
  readonly context?: SecureContext
  /** The keys of session tickets, 48 octets: contexts that have the same resume one another's sessions. Default: of its own, and random. */
  readonly ticketKeys?: Buffer
  /**
   * Where sessions of TLS 1.2 are kept by their identifiers, for clients that resume and have no tickets (curl). Whoever passes it bounds
   * it. Default: nowhere, and such clients begin anew each time.
   */
  readonly sessions?: SessionStore
  /** Another context by the name that the client asks for (SNI). */
  readonly contextFor?: (servername: string) => SecureContext | undefined
  /** Protocols for ALPN, the best first. */
  readonly alpn?: readonly string[]
  /** Whether to ask for a client certificate, and whether to insist on it. Default `none`. */
  readonly clientCertificate?: 'none' | 'request' | 'require'
  /** As in `TlsClientOptions`. */
  readonly mustCloseNotify?: boolean
  /** As in `TlsClientOptions`. */
  readonly mayClear?: boolean
  /** How long the handshake may take, in milliseconds. Default 10,000. */
  readonly handshakeTimeoutMs?: number
}

/** TLS as the client's side of the handshake. */
export interface TlsClientOptions {
  /** The name to ask for and to verify; default the host that was dialled. */
  readonly servername?: string
  /** Certificate authorities in PEM, in place of the built-in ones. */
  readonly ca?: string | Buffer
  /** Key and certificate in PEM for a server that asks for one. */
  readonly key?: string | Buffer
  /** The certificate chain in PEM. */
  readonly cert?: string | Buffer
  /** Protocols for ALPN, the best first. */
  readonly alpn?: readonly string[]
  /** Whether a certificate that does not verify ends the connection. Default `true`. */
  readonly rejectUnauthorized?: boolean
  /** A ready-made context, in place of `ca`, `key` and `cert`. */
  readonly context?: SecureContext
  /**
   * An earlier session to resume. Its certificate was verified then and is not verified again, so a session belongs to the
   * host it came from, and must not be offered to another.
   */
  readonly session?: Buffer
  /** Called with each session (ticket) that the server offers for resumption. */
  readonly onSession?: (session: Buffer) => void
  /**
   * Whether the peer must say that it has ended (close_notify). A FIN without it, which anybody between the two can send, then fails
   * the read with `NET_TLS_TRUNCATED`. For what has no length of its own; it costs some throughput. Default `false`: a FIN is an end.
   */
  readonly mustCloseNotify?: boolean
  /** Whether `clearTls` may be called later. It costs some throughput. Default `false`. */
  readonly mayClear?: boolean
  /** How long the handshake may take, in milliseconds. Default 10,000. */
  readonly handshakeTimeoutMs?: number
}

/** How TLS is to end where the connection goes on. */
export interface ClearTlsOptions {
  /**
   * Whether the peer must say close_notify. `optional` takes an octet that begins no record for the first one in the clear. Default
   * `required`.
   */
  readonly closeNotify?: 'required' | 'optional'
  /** How long the peer may take to end its side, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

/** Who waits for bytes without a promise: one of the two is called, once. Neither may throw. */
export interface Reader {
  /** The next bytes, as they came; `undefined` after the peer's FIN. */
  fulfil(bytes: Buffer | undefined): void
  /** There are none: what `read` would reject with. */
  fail(error: Error): void
}

/**
 * Told of what becomes of a socket, without a promise: each at most once, and neither may throw. `closed` and `ended` say the same, a little
 * later; for whoever holds thousands of sockets, their promises are what takes the most memory.
 */
export interface Watcher {
  /** The peer has ended its side; what came before may still be unread. Not told of a connection that was cut. */
  onEnded(): void
  /** Nothing more can happen; with the error that closed the socket, if there was one. */
  onClosed(reason: Error | undefined): void
}

/** A connection to a peer, whatever it runs over. */
export interface Socket extends AsyncDisposable {
  /** Our end. */
  readonly local: Address
  /** The peer's end; behind a trusted PROXY header, the client that the header names. */
  readonly remote: Address
  /** What TLS agreed on; `undefined` in the clear. */
  readonly tls: TlsInfo | undefined
  /** Octets read and written since the beginning. */
  readonly bytesRead: number
  /** Octets handed over for writing since the beginning. */
  readonly bytesWritten: number
  /** Where this connection stands: `ended` after our FIN was asked for, `closed` when nothing more can happen. */
  readonly state: 'open' | 'ended' | 'closed'
  /** Fulfilled when the socket is fully closed, with the error that closed it if there was one; never rejected. */
  readonly closed: Promise<Error | undefined>
  /**
   * Fulfilled when the peer has ended its side, also while what came before its FIN is still unread; never rejected. Behind more
   * than is read ahead nobody looks, and of a connection that was cut only `closed` tells.
   */
  readonly ended: Promise<void>

  /** Tells `watcher` of both, until the socket is closed; where one has come to pass already, in a later turn. */
  watch(watcher: Watcher): void

  /** What has arrived and was not read yet, without waiting; `undefined` where there is nothing. */
  take(): Buffer | undefined
  /**
   * The next bytes, as they came; `undefined` after the peer's FIN. They are the reader's alone. One read at a time. Rejects with `TimeoutError` past
   * the read deadline (the socket stays open) and with `ClosedError` where the connection is gone. A reset is no FIN: `undefined`
   * means that the peer has sent all that it wanted to (but over TLS nobody can tell a FIN of the peer from one of an attacker
   * between, unless `mustCloseNotify` is set: what must be whole needs that, or a length of its own).
   */
  read(): Promise<Buffer | undefined>
  /**
   * The same for whoever reads so often that promises would count: `reader` is told in the turn in which the bytes come, or at once where they are there.
   */
  readFor(reader: Reader): void
  /** Gives bytes back, to be read first: what was behind a header or a protocol's last unit. */
  unread(bytes: Uint8Array): void

  /**
   * Writes slices in order with one system call where the platform can. Resolves when there is room for more (backpressure),
   * which may be before the peer has them. The slices must not be changed until then. Rejects with `TimeoutError` past the
   * write deadline and with `ClosedError` where the connection is gone.
   */
  write(slices: readonly Uint8Array[]): Promise<void>
  /** The same without a promise: `true` where there is room for more, `false` where `drained()` should be awaited. */
  push(slices: readonly Uint8Array[]): boolean
  /** Resolves when there is room for more, and rejects as `write` does. */
  drained(): Promise<void>
  /** Resolves when all that was written has been handed to the kernel; rejects as `write` does. */
  flushed(): Promise<void>

  /** Ends our side behind all that was written (FIN). Resolves when the FIN is with the kernel. Reading goes on. */
  end(): Promise<void>
  /**
   * Ends politely: FIN behind all that was written, then what still comes is read and dropped for at most `lingerMs`
   * (default 1,000), so that no RST destroys our last words on their way; then cuts. Never rejects.
   */
  close(lingerMs?: number): Promise<void>
  /** Cuts at once, with an RST where there is one. Whoever waits is rejected with a `ClosedError` whose cause is `reason`. */
  destroy(reason?: Error): void

  /** From now on reads wait until `ms` from now at most, then reject with `TimeoutError(phase)`; `undefined` ms: no deadline. */
  setReadDeadline(phase: string, ms: number | undefined): void
  /**
   * The same for writes, counted anew from each bit of progress: a stalled peer passes it, a slow one does not. Progress is
   * what the system has taken from us; it takes more only when a good part of its own buffer is free, so `ms` should
   * be seconds, and many.
   */
  setWriteDeadline(phase: string, ms: number | undefined): void

  /**
   * Goes over to TLS on this connection (STARTTLS, AUTH TLS), as either side. The caller has read nothing behind the
   * command's line; where plaintext has arrived behind it, this refuses with `TlsError` `NET_TLS_LEFTOVER` and destroys the
   * socket: it may have been planted there (CVE-2011-0411). Resolves after the handshake. Any failure destroys the socket.
   *
   * What was pushed before the call still goes out in the clear, and reading stops with the call. So a server writes its
   * reply and upgrades in one go; an `await` between the two would let the client's first octets of TLS pass for plaintext:
   *
   *     socket.push([reply])
   *     await socket.upgradeTls('server', tls)
   *
   * Pass the same options object each time: its key is then read once, and sessions can be resumed.
   */
  upgradeTls(role: 'server', options: TlsServerOptions): Promise<TlsInfo>
  /** The client's side of the same. */
  upgradeTls(role: 'client', options: TlsClientOptions): Promise<TlsInfo>
  /**
   * The server's side of TLS from the first octet on: what has arrived already is no leftover, but the beginning of the
   * handshake. Else as `upgradeTls`.
   */
  beginTls(options: TlsServerOptions): Promise<TlsInfo>
  /**
   * Ends TLS behind all that was pushed, and goes on in the clear (FTP's CCC): says close_notify, and waits for the peer's. Resolves when
   * both are said; what comes behind the peer's is read in the clear, to the octet. Only where TLS was begun with `mayClear`; else
   * rejects with `TlsError` `NET_TLS_CLEAR`, and nothing has happened. Until it resolves, nothing is to be written.
   *
   * Like an upgrade it has no room for anything between: what the peer has said within TLS behind the word for it is `NET_TLS_LEFTOVER`, a
   * FIN in place of close_notify `NET_TLS_TRUNCATED`, and plaintext before it breaks TLS. Any failure destroys the socket.
   */
  clearTls(options?: ClearTlsOptions): Promise<void>
}
