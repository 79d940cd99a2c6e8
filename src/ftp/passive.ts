/**
 * The client's way to its data connections: EPSV first, PASV where that is refused or leads nowhere, and what has worked is remembered
 * for the session.
 *
 *     unknown ──EPSV worked──> extended
 *        └─────PASV worked──> plain
 *
 * Of the reply only the port counts. The connection goes to the host of the control connection, whatever address a 227 names: a
 * server must not make its client connect to a third host (A4, RFC 2577 §3), and one behind a NAT often names the wrong one.
 */
import type { DialOptions } from '../net/dial.ts'
import { dial } from '../net/dial.ts'
import type { Address, Socket } from '../net/socket.ts'
import { parseExtendedPassiveText, parsePassiveText } from './address.ts'
import type { Dialogue } from './dialogue.ts'
import { FtpError, localError } from './errors.ts'

/** What is known of the way. */
type Way = 'unknown' | 'extended' | 'plain'

/** Opens data connections for one session. */
export class PassiveDialer {
  readonly #dialogue: Dialogue
  readonly #remote: Address
  readonly #options: DialOptions
  #way: Way = 'unknown'

  /** `remote` is the control connection's peer. */
  constructor(dialogue: Dialogue, remote: Address, options: DialOptions) {
    this.#dialogue = dialogue
    this.#remote = remote
    this.#options = options
  }

  /** A data connection. Rejects with `FtpReplyError`, or `FtpError` `FTP_NO_DATA_CONNECTION`, or the signal's reason. */
  async open(signal: AbortSignal | undefined): Promise<Socket> {
    if (this.#way !== 'plain') {
      try {
        const data = await this.#dial(await this.#extendedPort(), signal)
        this.#way = 'extended'
        return data
      } catch (error) {
        // What has worked before has now failed for another reason; so has what was called off.
        if (this.#way === 'extended' || this.#dialogue.isOver || signal?.aborted === true) throw error
      }
    }
    const data = await this.#dial(await this.#plainPort(), signal)
    this.#way = 'plain'
    return data
  }

  /** The port of a 229, on whatever line of the reply it stands. */
  async #extendedPort(): Promise<number> {
    const { lines } = await this.#dialogue.expect({ type: 'command', verb: 'EPSV', argument: undefined })
    return parseExtendedPassiveText(lines.join(' ')) ?? unreadable('EPSV')
  }

  /** The port of a 227; the address beside it is not looked at. */
  async #plainPort(): Promise<number> {
    const { lines } = await this.#dialogue.expect({ type: 'command', verb: 'PASV', argument: undefined })
    return parsePassiveText(lines.join(' '))?.port ?? unreadable('PASV')
  }

  /** Connects to a port of the server's host. */
  async #dial(port: number, signal: AbortSignal | undefined): Promise<Socket> {
    const remote = this.#remote
    if (!('host' in remote)) throw localError('FTP_NO_DATA_CONNECTION')
    try {
      const target = { host: remote.host, port }
      return await dial(target, { ...this.#options, ...(signal !== undefined && { signal }) })
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : new FtpError('FTP_NO_DATA_CONNECTION', { cause: error })
    }
  }
}

function unreadable(verb: string): never {
  throw new FtpError('FTP_PASSIVE_REPLY', { detail: verb })
}
