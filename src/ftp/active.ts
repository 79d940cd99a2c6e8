/**
 * Active ports: where the client waits for the data connection of one transfer, which we make (RFC 959 §3.2, RFC 2428).
 *
 *     none ──appoint──> appointed ──dial──> connecting ──connected──> open ──> streaming ──> none          (the table `DATA`)
 *
 * PORT and EPRT only say where; nothing is connected to before a transfer is commanded, and then to the port that was named last. Whether
 * that place may be gone to at all is decided when it is named: `isPortAllowed` is what keeps a server from being sent to attack a
 * third one (the bounce, RFC 2577 §3, A1).
 */
import { dial } from '../net/dial.ts'
import { ClosedError } from '../net/errors.ts'
import type { Address, Socket } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import { isSameHost, type HostPort } from './address.ts'
import type { DataPort } from './data.ts'
import { FtpError } from './errors.ts'
import type { DataState } from './states.ts'
import { DataMachine } from './transfer.ts'

/** Ports below belong to services, none of which is a client that waits for a file (RFC 2577 §3). */
const FIRST_FREE_PORT = 1024

/** Where to connect to, and from where. */
export interface ActiveOptions {
  /** The control connection's own end: the data connection comes from the same address. */
  readonly local: Address
  /** What PORT or EPRT has named. */
  readonly target: HostPort
  /** Our own port; any free one where this is not given. */
  readonly sourcePort: number | undefined
  /** The wheel for deadlines. */
  readonly timers: TimerWheel
}

/**
 * Whether a server may connect to `target` for a client that is at `remote`: to that host alone, unless transfers between servers are
 * allowed (FXP), and never to a port of a service.
 */
export function isPortAllowed(target: HostPort, remote: Address, fxp: 'refuse' | 'allow'): boolean {
  if (target.port < FIRST_FREE_PORT) return false
  return fxp === 'allow' || ('host' in remote && isSameHost(target.host, remote.host))
}

/** A port of the client's that waits for one data connection. */
export class ActivePort implements DataPort {
  /** Fulfilled when the connection is released. */
  readonly released: Promise<void>
  readonly #options: ActiveOptions
  readonly #machine = new DataMachine()
  readonly #controller = new AbortController()
  #socket: Socket | undefined
  #onReleased: () => void = () => {}

  constructor(options: ActiveOptions) {
    this.#options = options
    this.released = new Promise((resolve) => {
      this.#onReleased = resolve
    })
    this.#machine.happened('appoint')
  }

  /** The data connection's state, as in the table `DATA`. */
  get state(): DataState {
    return this.#machine.state
  }

  /** Connects. Rejects with an `FtpError` `FTP_NO_DATA_CONNECTION` where that fails or takes longer than `ms`, and when `signal` aborts. */
  async connection(ms: number, signal: AbortSignal): Promise<Socket> {
    const { local, target, sourcePort, timers } = this.#options
    this.#machine.happened('dial')
    const isOneFamily = local.family === (target.host.includes(':') ? 'IPv6' : 'IPv4')
    try {
      const socket = await dial(target, {
        timers,
        timeoutMs: ms,
        signal: AbortSignal.any([signal, this.#controller.signal]),
        // A client behind a wall lets in whom it talks to; an FXP's target may be in the other family.
        ...('host' in local && isOneFamily && { localAddress: local.host }),
        ...(sourcePort !== undefined && { localPort: sourcePort }),
      })
      this.#socket = socket
    } catch (error) {
      throw new FtpError('FTP_NO_DATA_CONNECTION', { cause: error })
    }
    // It may have been given up in the moment in which it stood.
    if (this.#controller.signal.aborted) throw this.#lateFor(this.#socket)
    this.#machine.happened('connected')
    this.#machine.happened('started')
    return this.#socket
  }

  /** Lets go of the connection; whatever still runs over it is cut. Resolves when it is closed. */
  async release(): Promise<void> {
    this.#machine.happened('released')
    this.#controller.abort()
    this.#socket?.destroy()
    await this.#socket?.closed
    this.#onReleased()
  }

  #lateFor(socket: Socket): ClosedError {
    socket.destroy()
    return new ClosedError('The data connection was given up')
  }
}
