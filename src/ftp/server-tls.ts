/**
 * TLS of one control connection of a server, and of the data connections that belong to it (RFC 4217 §7 and §10.2).
 *
 * They are bound to one another by the keys of their session tickets, which no other session has: a data connection that resumes such a
 * ticket was made by whoever holds the control connection. And data connections have no certificate, so that a handshake which
 * resumes nothing cannot come to its end: with one, a thief who came first to a passive port would be refused, but would be handed
 * a ticket of that handshake, and be let in with it the next time.
 */
import { randomBytes } from 'node:crypto'
import type { ClearTlsOptions, TlsServerOptions, Socket } from '../net/socket.ts'
import { serverContext } from '../net/tls.ts'
import type { Leniency } from './limits.ts'
import { Refusal } from './refusal.ts'
import type { Protection } from './security.ts'
import type { FinalReply } from './transfer.ts'

/** TLS for a server. Without a name to ask for (SNI), since no client of FTP depends on one. */
export interface ServerTlsOptions extends Omit<
  TlsServerOptions,
  'alpn' | 'context' | 'contextFor' | 'mayClear' | 'mustCloseNotify' | 'sessions' | 'ticketKeys'
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
   * FileZilla Server. `optional` for clients that cannot do so, such as Python's ftplib.
   */
  readonly resumption?: 'required' | 'optional'
  /**
   * Whether a client that has logged in may take TLS off its control connection (CCC), so that a firewall can read the addresses of data
   * connections there; what PROT has set for those stays. Everybody on the way can then read and write commands too (RFC 4217 §15.3).
   * Default `refused` (534).
   */
  readonly clearing?: 'refused' | 'allowed'
}

/** The options with their defaults. */
export type ServerTlsPolicy = ServerTlsOptions &
  Required<Pick<ServerTlsOptions, 'mode' | 'required' | 'resumption' | 'clearing'>>

/** What is said where nothing else is. Throws a `TlsError` `NET_TLS_OPTIONS` where key and certificate are unusable. */
export function tlsPolicyOf(options: ServerTlsOptions): ServerTlsPolicy {
  serverContext(options)
  return Object.freeze({ mode: 'explicit', required: 'data', resumption: 'required', clearing: 'refused', ...options })
}

/** TLS of one control connection. */
export class ServerTls {
  /** What is wanted. */
  readonly policy: ServerTlsPolicy
  readonly #leniency: Leniency
  readonly #ticketKeys = randomBytes(48)
  readonly #sessions = new RecentSessions()
  #control: TlsServerOptions | undefined
  #data: TlsServerOptions | undefined

  constructor(policy: ServerTlsPolicy, leniency: Leniency) {
    this.policy = policy
    this.#leniency = leniency
  }

  /** For the control connection. Made when it is first asked for: a context costs about a millisecond. */
  get control(): TlsServerOptions {
    this.#control ??= { ...this.#withContext(this.policy), mayClear: this.policy.clearing === 'allowed' }
    return this.#control
  }

  /** How TLS of the control connection ends behind CCC: within the time of a handshake. */
  get clearing(): ClearTlsOptions {
    const { handshakeTimeoutMs: timeoutMs } = this.policy
    const closeNotify = this.#leniency.clearWithoutCloseNotify === 'refuse' ? 'required' : 'optional'
    return { closeNotify, ...(timeoutMs !== undefined && { timeoutMs }) }
  }

  /** What is said where TLS fails on a data connection, whatever failed (RFC 4217 §10.2 wants this reason told). */
  get failure(): FinalReply {
    const hint = this.policy.resumption === 'required' ? ': it must resume the session of the control connection' : ''
    return { code: 522, text: `TLS failed on the data connection${hint}` }
  }

  /** Throws the refusal of a transfer that PROT does not allow: before it is begun, and before any 1yz (RFC 4217 §10.2). */
  check(protection: Protection): void {
    if (protection === 'C' && this.policy.required === 'data') throw new Refusal([521], 'Send PROT P first')
  }

  /**
   * Goes over to TLS on a data connection. Rejects as `Socket.beginTls` does, also where the session is not resumed and has to be. The
   * end of a file that is received counts only where the peer has said it (close_notify).
   */
  async secure(data: Socket, direction: 'send' | 'receive'): Promise<void> {
    const mustCloseNotify = direction === 'receive' && this.#leniency.dataWithoutCloseNotify === 'refuse'
    await data.beginTls({ ...this.#forData, mustCloseNotify, mayClear: false })
  }

  /** For data connections: without a certificate where they have to resume. */
  get #forData(): TlsServerOptions {
    if (this.policy.resumption === 'optional') return this.control
    const { key: _key, cert: _cert, ...nameless } = this.policy
    this.#data ??= this.#withContext(nameless)
    return this.#data
  }

  #withContext(options: TlsServerOptions): TlsServerOptions {
    // Who wants to speak HTTP here is told in the handshake that nobody does (RFC 7301 §3.2, A21).
    return {
      ...options,
      alpn: ['ftp'],
      sessions: this.#sessions,
      context: serverContext({ ...options, ticketKeys: this.#ticketKeys }),
    }
  }
}

/** How many sessions are kept by their identifiers: a client uses its latest, and may have some connections under way. */
const MAX_SESSIONS = 8

/** The latest sessions of one control connection, for clients without tickets. */
class RecentSessions extends Map<string, Buffer> {
  override set(id: string, session: Buffer): this {
    if (this.size >= MAX_SESSIONS) for (const [oldest] of [...this].slice(0, 1)) this.delete(oldest)
    return super.set(id, session)
  }
}
