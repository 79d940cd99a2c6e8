/**
 * What a server needs of a data connection, whoever makes it, and passive ports: where a server waits for the data connection of one transfer (RFC 959 §3.2, RFC 1579, RFC 2428).
 *
 *     none ──listen──> listening ──peer──> open ──> streaming ──> none          (the table `DATA`)
 *                         └── release, or nobody comes ──> none
 *
 * A session has one at most: opening the next releases the last, so that PASV a thousand times costs one port (A19). Only the host of
 * the control connection is let in. Whoever else connects first is hung up on, and the port stays open for the rightful peer
 * (A3): to close it then would let any stranger break any transfer. When the peer has come the port is closed at once, and its
 * number is free again; the connection lives on until it is released.
 */
import { randomInt } from 'node:crypto'
import { ClosedError, NetError, TimeoutError } from '../net/errors.ts'
import { listen, type Listener } from '../net/listener.ts'
import type { Session } from '../net/session.ts'
import type { Address, Socket } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import { isSameHost } from './address.ts'
import { DataMachine } from './transfer.ts'
import type { DataState } from './states.ts'

/** A data connection of one transfer to come, before and while it stands. `active.ts` has the other kind. */
export interface DataPort {
  /** The data connection's state, as in the table `DATA`. */
  readonly state: DataState
  /** Fulfilled when port and connection are released. */
  readonly released: Promise<void>
  /** The data connection, when it stands. Rejects where it does not within `ms`, and when `signal` aborts. To be called once. */
  connection(ms: number, signal: AbortSignal): Promise<Socket>
  /** Lets go of port and connection; whatever still runs over it is cut. Resolves when both are closed. */
  release(): Promise<void>
}

/** How to open a passive port. */
export interface PassiveOptions {
  /** The control connection's own end: the data connection comes to the same address. */
  readonly local: Address
  /** The control connection's peer: the only one who is let in, unless everybody is. */
  readonly remote: Address
  /** Whether another host may be let in: another server, in a transfer between two (FXP). */
  readonly fxp: 'refuse' | 'allow'
  /** Proxies whose header is believed, as on the control connection; see `ListenOptions`. */
  readonly proxyFrom: readonly string[]
  /** The first and the last port that may be used; any free one where this is not given. */
  readonly ports: readonly [first: number, last: number] | undefined
  /** The wheel for deadlines. */
  readonly timers: TimerWheel
}

/** A session that ends when its socket does, and that the closing of its listener leaves alone. */
function sessionOf(socket: Socket): Session {
  return { done: socket.closed.then(() => {}), drain: () => {} }
}

/** A port that waits for one data connection. */
export class PassivePort implements DataPort {
  /** The port's number. */
  readonly port: number
  /** Fulfilled when port and connection are released. */
  readonly released: Promise<void>
  readonly #listener: Listener
  readonly #machine: DataMachine
  readonly #timers: TimerWheel
  /** Fulfilled with the one connection that was let in; perhaps never. */
  readonly #arrival: Promise<Socket>
  #onReleased: () => void = () => {}

  private constructor(
    listener: Listener,
    port: number,
    machine: DataMachine,
    arrival: Promise<Socket>,
    timers: TimerWheel,
  ) {
    this.#listener = listener
    this.port = port
    this.#machine = machine
    this.#arrival = arrival
    this.#timers = timers
    this.released = new Promise((resolve) => {
      this.#onReleased = resolve
    })
  }

  /** Opens one. Rejects with a `NetError` where no port is free. */
  static async open(options: PassiveOptions): Promise<PassivePort> {
    const { local, remote, fxp, proxyFrom, ports, timers } = options
    if (!('port' in local) || !('port' in remote)) throw new NetError('NET_LISTEN', 'A data connection needs a network')
    // The peer may come before anybody waits for it, and before the transfer is asked for.
    const machine = new DataMachine()
    let welcome: (socket: Socket) => void = () => {}
    const arrival = new Promise<Socket>((resolve) => {
      welcome = resolve
    })
    const accept = (socket: Socket): Session => {
      const isPeer = fxp === 'allow' || ('host' in socket.remote && isSameHost(socket.remote.host, remote.host))
      if (!isPeer || machine.state !== 'listening') socket.destroy()
      else {
        machine.happened('connected')
        welcome(socket)
        // Closing a listener asks its sessions to drain, which this one survives, and would cut it after the grace.
        void listener.close({ graceMs: Infinity })
      }
      return sessionOf(socket)
    }
    const listener = await listenWithin(ports, (port) =>
      listen({ host: local.host, port, exclusive: true, timers, proxyFrom }, accept),
    )
    machine.happened('listen')
    const { address } = listener
    return new PassivePort(listener, 'port' in address ? address.port : 0, machine, arrival, timers)
  }

  /** The data connection's state, as in the table `DATA`. */
  get state(): DataState {
    return this.#machine.state
  }

  /** The data connection, when the peer has come. Rejects with `TimeoutError` `data` after `ms`, and when `signal` aborts. */
  async connection(ms: number, signal: AbortSignal): Promise<Socket> {
    let onAbort = (): void => {}
    const failure = new Promise<never>((_resolve, reject) => {
      const timer = this.#timers.after(ms, () => reject(new TimeoutError('data', ms)))
      void this.#arrival.then(() => timer.cancel())
      onAbort = () => {
        timer.cancel()
        reject(new ClosedError('The transfer was aborted'))
      }
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) onAbort()
    })
    try {
      const socket = await Promise.race([this.#arrival, failure])
      this.#machine.happened('started')
      return socket
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Lets go of the port and of the connection; whatever still runs over it is cut. Resolves when both are closed. */
  async release(): Promise<void> {
    this.#machine.happened('released')
    await this.#listener.close({ graceMs: 0 })
    this.#onReleased()
  }
}

/** Listens on any port, or on one within the limits: from a random one on, each in turn. */
async function listenWithin(
  ports: readonly [number, number] | undefined,
  open: (port: number) => Promise<Listener>,
): Promise<Listener> {
  if (ports === undefined) return open(0)
  const [first, last] = ports
  const count = last - first + 1
  // Random, since who can guess the next port can take it first (RFC 2577 §6).
  const start = randomInt(count)
  for (let tried = 0; ; tried++) {
    try {
      return await open(first + ((start + tried) % count))
    } catch (error) {
      const isTaken = error instanceof NetError && error.code === 'NET_ADDRESS_IN_USE'
      if (!isTaken || tried + 1 >= count) throw error
    }
  }
}
