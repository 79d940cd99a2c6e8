/** How a server behaves: options and their defaults. Limits, timeouts and leniencies stand in `limits.ts`. */
import type { ListenOptions } from '../net/session.ts'
import type { Socket } from '../net/socket.ts'
import { timers as defaultTimers } from '../net/timers.ts'
import type { TimerWheel } from '../net/timers.ts'
import type { Transcript } from '../net/transcript.ts'
import type { PassivePort } from './data.ts'
import type { ServerHandlers } from './handlers.ts'
import { mergeLeniency, mergeLimits, mergeTimeouts, type Leniency, type Limits, type Timeouts } from './limits.ts'
import type { MachineOptions } from './machine.ts'
import { writeReply } from './reply.ts'

/** What a connection of a server may be told. */
export interface ServerConnectionOptions extends MachineOptions {
  /** Replaces some of `DEFAULT_TIMEOUTS`. */
  readonly timeouts?: Partial<Timeouts>
  /** The text of the greeting, on one line. Default `FTP server ready`. */
  readonly greeting?: string
  /** The first and the last port for passive data connections. Default: any that is free. */
  readonly passivePorts?: readonly [first: number, last: number]
  /** Makes the transcript of a connection, where one is wanted. Passwords are never in it. */
  readonly transcript?: (socket: Socket) => Transcript | undefined
  /** Told of what handlers throw, and of what else goes wrong on our side. Never of a client's faults. */
  readonly onError?: (error: Error) => void
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** How to serve. Without TLS: data connections would not have it, and half of a session in the clear is none that is safe. */
export interface ServeOptions extends Omit<ListenOptions, 'tls'>, ServerConnectionOptions {}

/** What all connections of a server have in common: the options with their defaults, and more. */
export interface ServerContext extends ServerConnectionOptions {
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly leniency: Leniency
  readonly greeting: string
  readonly onError: (error: Error) => void
  readonly timers: TimerWheel
  /** The server's program. */
  readonly handlers: ServerHandlers
  /** Passive ports and data connections that are open, of all sessions. */
  readonly ports: Set<PassivePort>
}

/**
 * The options with their defaults, frozen. Throws a `RangeError` where a limit is not finite or the ports are none, and an `FtpError`
 * where the greeting cannot be written.
 */
export function contextOf(options: ServerConnectionOptions, handlers: ServerHandlers): ServerContext {
  const { greeting = 'FTP server ready', passivePorts = [1, 65_535] } = options
  const [first, last] = passivePorts
  if (!(first >= 1 && first <= last && last <= 65_535)) throw new RangeError(`No range of ports: ${first} to ${last}`)
  writeReply({ code: 220, lines: [greeting] })
  return Object.freeze({
    ...options,
    greeting,
    limits: mergeLimits(options.limits),
    timeouts: mergeTimeouts(options.timeouts),
    leniency: mergeLeniency(options.leniency),
    onError: options.onError ?? ((): void => {}),
    timers: options.timers ?? defaultTimers,
    handlers,
    ports: new Set<PassivePort>(),
  })
}
