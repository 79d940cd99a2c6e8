/**
 * TLS of one client's control connection, and of its data connections (RFC 4217 §7 and §10.4).
 *
 * A data connection resumes the session of the control connection, by which the server knows whose it is, and we know that it leads to
 * the server whose certificate was verified. Each handshake brings new tickets, and the newest is the one to use: of a ticket of TLS 1.3
 * some servers take one use only. All of it belongs to one session: a ticket of another is none here.
 */
import type { ClearTlsOptions, Socket, TlsClientOptions } from '../net/socket.ts'
import { clientContext } from '../net/tls.ts'
import type { Appointment } from './appointment.ts'
import type { Leniency } from './limits.ts'

/** TLS for a client. Certificates are verified, on data connections too, unless `rejectUnauthorized` says otherwise. */
export interface ClientTlsOptions extends Omit<
  TlsClientOptions,
  'context' | 'mayClear' | 'mustCloseNotify' | 'onSession' | 'session'
> {
  /** How TLS begins: behind AUTH (`explicit`), or with the first octet (`implicit`). Default: `implicit` for `ftps:`, else `explicit`. */
  readonly mode?: 'explicit' | 'implicit'
  /** What data connections are to be: `private` (PROT P), or `clear` (PROT C), which leaves files and listings unprotected. Default `private`. */
  readonly data?: 'private' | 'clear'
  /**
   * What the control connection is to be behind the login: `private`, or `clear` (CCC), for a firewall or NAT on the way that has to read the
   * addresses of data connections there. Names of files and all commands can then be read and forged by anybody on the way, and data stay as
   * `data` says. A server that refuses is an error. Default `private`.
   */
  readonly control?: 'private' | 'clear'
}

/** TLS of one session. */
export class ClientTls {
  /** How it begins. */
  readonly mode: 'explicit' | 'implicit'
  /** What PROT is to set. */
  readonly protection: 'C' | 'P'
  /** What the control connection is to be behind the login. */
  readonly ending: 'private' | 'clear'
  readonly #leniency: Leniency
  readonly #given: TlsClientOptions
  #control: TlsClientOptions | undefined
  #session: Buffer | undefined

  /** `host` is the name to verify where the options name none. */
  constructor(options: ClientTlsOptions, host: string | undefined, leniency: Leniency) {
    const { mode = 'explicit', data = 'private', control = 'private', ...tls } = options
    this.mode = mode
    this.protection = data === 'private' ? 'P' : 'C'
    this.ending = control
    this.#leniency = leniency
    this.#given = { ...(host !== undefined && { servername: host }), ...tls }
  }

  /** For the control connection. Throws a `TlsError` `NET_TLS_OPTIONS` where key, certificate or authorities cannot be used. */
  get control(): TlsClientOptions {
    this.#control ??= {
      ...this.#given,
      context: clientContext(this.#given),
      mayClear: this.ending === 'clear',
      onSession: (session) => {
        this.#session = session
      },
    }
    return this.#control
  }

  /** How TLS of the control connection ends behind CCC: within the time of a handshake. */
  get clearing(): ClearTlsOptions {
    const { handshakeTimeoutMs: timeoutMs } = this.#given
    return timeoutMs === undefined ? {} : { timeoutMs }
  }

  /**
   * The same appointment under TLS, where data are to be private: the connection is given when the handshake is done. Rejects as
   * `Socket.upgradeTls` does. The end of what is received counts only where the server has said it (close_notify).
   */
  protect(appointment: Appointment, direction: 'send' | 'receive'): Appointment {
    if (this.protection === 'C') return appointment
    return {
      connection: async (signal) => {
        const data = await appointment.connection(signal)
        await this.#secure(data, direction)
        return data
      },
      release: () => appointment.release(),
    }
  }

  async #secure(data: Socket, direction: 'send' | 'receive'): Promise<void> {
    await data.upgradeTls('client', {
      ...this.control,
      mayClear: false,
      mustCloseNotify: direction === 'receive' && this.#leniency.dataWithoutCloseNotify === 'refuse',
      ...(this.#session !== undefined && { session: this.#session }),
    })
  }
}
