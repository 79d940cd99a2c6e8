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
import type { Dial, DialOptions } from '../net/dial.ts'
import type { Socket } from '../net/socket.ts'
import { parseExtendedPassiveText, parsePassiveText } from './address.ts'
import type { Appointment, DataWay } from './appointment.ts'
import type { Dialogue } from './dialogue.ts'
import { FtpError, localError } from './errors.ts'

/** How to dial. */
export interface PassiveWayOptions extends DialOptions {
  /** The server, as it was dialled for the control connection; `undefined` where that has no network below it. */
  readonly host: string | undefined
  /** What dials: directly, or through a proxy. */
  readonly dial: Dial
}

/** Opens data connections for one session. */
export class PassiveWay implements DataWay {
  readonly #dialogue: Dialogue
  readonly #options: PassiveWayOptions
  #command: 'unknown' | 'extended' | 'plain' = 'unknown'

  constructor(dialogue: Dialogue, options: PassiveWayOptions) {
    this.#dialogue = dialogue
    this.#options = options
  }

  /** As `DataWay` has it. Where the port cannot be reached, `FtpError` `FTP_NO_DATA_CONNECTION`. */
  async appoint(signal: AbortSignal | undefined): Promise<Appointment> {
    if (this.#command !== 'plain') {
      try {
        const data = await this.#dial(await this.#extendedPort(), signal)
        this.#command = 'extended'
        return dialled(data)
      } catch (error) {
        // What has worked before has now failed for another reason; so has what was called off.
        if (this.#command === 'extended' || this.#dialogue.isOver || signal?.aborted === true) throw error
      }
    }
    const data = await this.#dial(await this.#plainPort(), signal)
    this.#command = 'plain'
    return dialled(data)
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
    const { host, dial, ...options } = this.#options
    if (host === undefined) throw localError('FTP_NO_DATA_CONNECTION')
    try {
      return await dial({ host, port }, { ...options, ...(signal !== undefined && { signal }) })
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : new FtpError('FTP_NO_DATA_CONNECTION', { cause: error })
    }
  }
}

/** A connection that stands already. */
function dialled(data: Socket): Appointment {
  return { connection: () => Promise.resolve(data), release: () => data.destroy() }
}

function unreadable(verb: string): never {
  throw new FtpError('FTP_PASSIVE_REPLY', { detail: verb })
}
