/** How a server behaves: options and their defaults. Limits, timeouts and leniencies stand in `limits.ts`. */
import type { ListenOptions } from '../net/session.ts'
import type { Socket } from '../net/socket.ts'
import { timers as defaultTimers } from '../net/timers.ts'
import type { TimerWheel } from '../net/timers.ts'
import type { Transcript } from '../net/transcript.ts'
import type { FaultScript } from './faults.ts'
import { mergeLeniency, mergeLimits, mergeTimeouts } from './limits.ts'
import type { Leniency, Limits, Timeouts } from './limits.ts'
import { mergeManners } from './manners.ts'
import type { Manners } from './manners.ts'
import type { Rates } from './rates.ts'
import type { ServerMachineOptions } from './receiver.ts'

/** What a connection of a server may be told. */
export interface ServerConnectionOptions extends ServerMachineOptions {
  /** Replaces some of `DEFAULT_TIMEOUTS`. */
  readonly timeouts?: Partial<Timeouts>
  /** Replaces some of `DEFAULT_MANNERS`. */
  readonly manners?: Partial<Manners>
  /** How often a client may come; one object may be shared by several servers. Default: as often as it likes. */
  readonly rates?: Rates
  /** Faults to play, for those who test what sends mail. */
  readonly faults?: FaultScript
  /** Makes the transcript of a connection, where one is wanted. */
  readonly transcript?: (socket: Socket) => Transcript | undefined
  /** Told of what handlers throw, and of what else goes wrong on our side. Never of a client's faults. */
  readonly onError?: (error: Error) => void
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** How to serve. */
export interface ServeOptions extends ListenOptions, ServerConnectionOptions {}

/** The options with their defaults, made once for all connections. */
export interface ResolvedServerOptions extends ServerConnectionOptions {
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly leniency: Leniency
  readonly manners: Manners
  readonly onError: (error: Error) => void
  readonly timers: TimerWheel
}

/** The options with their defaults, frozen. Throws a `RangeError` where a limit is not finite. */
export function withServerDefaults(options: ServerConnectionOptions): ResolvedServerOptions {
  return Object.freeze({
    ...options,
    limits: mergeLimits(options.limits),
    timeouts: mergeTimeouts(options.timeouts),
    leniency: mergeLeniency(options.leniency),
    manners: mergeManners(options.manners),
    onError: options.onError ?? ((): void => {}),
    timers: options.timers ?? defaultTimers,
  })
}
