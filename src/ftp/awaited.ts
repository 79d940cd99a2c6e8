/**
 * Active data connections (RFC 959 §3.2, RFC 2428 §2): the client listens and says where, the server comes. EPRT first, PORT where
 * that is refused, and what was taken is remembered for the session.
 *
 *     unknown ──EPRT taken──> extended
 *        └─────PORT taken──> plain             only IPv4 has PORT
 *
 * The port is on the address from which the control connection goes out, listens for one transfer only, and lets nobody in but the
 * control connection's peer (RFC 2577 §4): a stranger could feed us a file of his own, or take the one that we send. It is the same
 * port that a server opens for PASV (`data.ts`), seen from the other side.
 */
import { NetError } from '../net/errors.ts'
import type { Address, Socket } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import { canonicalHost, NETWORK_PROTOCOL } from './address.ts'
import type { Appointment, DataWay } from './appointment.ts'
import { PassivePort } from './data.ts'
import type { Dialogue } from './dialogue.ts'
import { FtpError } from './errors.ts'
import { FtpReplyError } from './reply.ts'

/** How to wait for a server. */
export interface ActiveOptions {
  /** The control connection's own end: the port is opened on this address. */
  readonly local: Address
  /** The control connection's peer: nobody else is let in. */
  readonly remote: Address
  /** The first and the last port that may be used. */
  readonly ports: readonly [first: number, last: number] | undefined
  /** How long the server may take, in milliseconds, once it has accepted the command. */
  readonly timeoutMs: number
  /** The wheel for deadlines. */
  readonly timers: TimerWheel
}

/** Waits for data connections for one session. */
export class ActiveWay implements DataWay {
  readonly #dialogue: Dialogue
  readonly #options: ActiveOptions
  #command: 'unknown' | 'extended' | 'plain' = 'unknown'

  constructor(dialogue: Dialogue, options: ActiveOptions) {
    this.#dialogue = dialogue
    this.#options = options
  }

  /** As `DataWay` has it. Where no port can be opened, `FtpError` `FTP_NO_DATA_CONNECTION`. */
  async appoint(signal: AbortSignal | undefined): Promise<Appointment> {
    const port = await this.#open()
    try {
      signal?.throwIfAborted()
      await this.#announce(port.port)
      return new AwaitedConnection(port, this.#options.timeoutMs)
    } catch (error) {
      void port.release()
      throw error
    }
  }

  async #open(): Promise<PassivePort> {
    const { local, remote, ports, timers } = this.#options
    try {
      return await PassivePort.open({ local, remote, ports, timers, fxp: 'refuse', proxyFrom: [] })
    } catch (error) {
      if (error instanceof NetError) throw new FtpError('FTP_NO_DATA_CONNECTION', { side: 'local', cause: error })
      throw error
    }
  }

  /** Says where we wait. */
  async #announce(port: number): Promise<void> {
    const { local } = this.#options
    const host = 'host' in local ? (canonicalHost(local.host) ?? local.host) : ''
    const isPlainPossible = !host.includes(':')
    if (this.#command !== 'plain') {
      try {
        const protocol = isPlainPossible ? NETWORK_PROTOCOL.IPv4 : NETWORK_PROTOCOL.IPv6
        const argument = { protocol, address: { host, port } }
        await this.#dialogue.expect({ type: 'command', verb: 'EPRT', argument })
        this.#command = 'extended'
        return
      } catch (error) {
        // What has worked before has now failed for another reason.
        const isRefused = error instanceof FtpReplyError && this.#command === 'unknown'
        if (!isRefused || !isPlainPossible || this.#dialogue.isOver) throw error
      }
    }
    await this.#dialogue.expect({ type: 'command', verb: 'PORT', argument: { host, port } })
    this.#command = 'plain'
  }
}

/** A connection that the server opens. */
class AwaitedConnection implements Appointment {
  readonly #port: PassivePort
  readonly #timeoutMs: number

  constructor(port: PassivePort, timeoutMs: number) {
    this.#port = port
    this.#timeoutMs = timeoutMs
  }

  /** As `Appointment` has it. */
  async connection(signal: AbortSignal): Promise<Socket> {
    try {
      return await this.#port.connection(this.#timeoutMs, signal)
    } catch (error) {
      throw new FtpError('FTP_NO_DATA_CONNECTION', { cause: error })
    }
  }

  /** As `Appointment` has it. */
  release(): void {
    void this.#port.release()
  }
}
