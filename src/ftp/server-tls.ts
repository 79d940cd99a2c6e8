/**
 * TLS of one control connection of a server, and of the data connections that belong to it (RFC 4217 §7 and §10.2).
 *
 * They are bound to one another by a context of their own: its tickets open no other session's data connections, so a data
 * connection that resumes one was made by whoever holds the control connection, whatever address it comes from. Who connects to a passive
 * port first and is somebody else has no ticket, and gets nothing (522).
 */
import type { TlsServerOptions, Socket } from '../net/socket.ts'
import { serverContext } from '../net/tls.ts'
import type { Leniency } from './limits.ts'
import { Refusal } from './refusal.ts'
import type { Protection } from './security.ts'

/** TLS for a server. Without a name to ask for (SNI), since no client of FTP depends on one. */
export interface ServerTlsOptions extends Omit<
  TlsServerOptions,
  'alpn' | 'context' | 'contextFor' | 'mustCloseNotify'
> {
  /**
   * How TLS begins: behind AUTH (`explicit`, the way of RFC 4217), or with the first octet (`implicit`, as on port 990). Default
   * `explicit`.
   */
  readonly mode?: 'explicit' | 'implicit'
  /**
   * What is refused without TLS: nothing (`never`), a `login` in the clear (530), or also a transfer of `data` in the clear (521).
   * Default `data`, as vsftpd.
   */
  readonly required?: 'never' | 'login' | 'data'
  /**
   * Whether a data connection has to resume the control connection's session (522). Default `required`, as vsftpd, ProFTPD and
   * FileZilla Server. `optional` for clients that cannot do so: Python's ftplib, lftp.
   */
  readonly resumption?: 'required' | 'optional'
}

/** The options with their defaults. */
export type ServerTlsPolicy = ServerTlsOptions & Required<Pick<ServerTlsOptions, 'mode' | 'required' | 'resumption'>>

/** What is said where nothing else is. Throws a `TlsError` `NET_TLS_OPTIONS` where key and certificate are unusable. */
export function tlsPolicyOf(options: ServerTlsOptions): ServerTlsPolicy {
  serverContext(options)
  return Object.freeze({ mode: 'explicit', required: 'data', resumption: 'required', ...options })
}

/** TLS of one control connection. */
export class ServerTls {
  /** What is wanted. */
  readonly policy: ServerTlsPolicy
  readonly #leniency: Leniency
  /** An object of its own, and with it a context of its own. Made when it is first needed: it costs about a millisecond. */
  #own: TlsServerOptions | undefined

  constructor(policy: ServerTlsPolicy, leniency: Leniency) {
    this.policy = policy
    this.#leniency = leniency
  }

  /** For the control connection. */
  get control(): TlsServerOptions {
    this.#own ??= { ...this.policy, alpn: ['ftp'], context: serverContext({ ...this.policy }) }
    return this.#own
  }

  /** Throws the refusal of a transfer that PROT does not allow: before it is begun, and before any 1yz (RFC 4217 §10.2). */
  check(protection: Protection): void {
    if (protection === 'C' && this.policy.required === 'data') throw new Refusal([521], 'Send PROT P first')
  }

  /**
   * Goes over to TLS on a data connection. Rejects with a refusal where the session is not resumed, and as `Socket.beginTls` does. The
   * end of a file that is received counts only where the peer has said it (close_notify).
   */
  async secure(data: Socket, direction: 'send' | 'receive'): Promise<void> {
    const mustCloseNotify = direction === 'receive' && this.#leniency.dataWithoutCloseNotify === 'refuse'
    const { isResumed } = await data.beginTls({ ...this.control, mustCloseNotify })
    if (!isResumed && this.policy.resumption === 'required')
      throw new Refusal([522], 'The data connection must resume the TLS session of the control connection')
  }
}
