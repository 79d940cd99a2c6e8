/** How a server behaves: options, timeouts and their defaults. Limits and leniencies stand in `limits.ts`. */
import type { ListenOptions } from '../net/session.ts'
import type { Address, Socket } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import { timers as defaultTimers } from '../net/timers.ts'
import type { Transcript } from '../net/transcript.ts'
import type { Warning } from './events.ts'
import { demandCount, REQUEST_LENIENCY, withLeniency, withLimits, withTimeouts } from './limits.ts'
import type { Leniency, Limits } from './limits.ts'

/** How long a client, or a handler, may take for each phase, in milliseconds. */
export interface ServerTimeouts {
  /** From the connection to its first octet. Then it is closed without a word. Default 30,000. */
  readonly firstByteMs: number
  /** From the first octet of a head to its last. Then 408. Default 30,000; node 60,000. */
  readonly headMs: number
  /** From one piece of a request's content to the next. Then 408. Default 60,000, as nginx. */
  readonly bodyMs: number
  /** How far a request's content may be behind `limits.minRequestRate`. Then 408. Default 20,000, as Apache; Kestrel 5,000. */
  readonly bodyGraceMs: number
  /** From the call of the handler, or the last content that it got, to the head of its response. Then 503. Default 300,000. */
  readonly handlerMs: number
  /** From one request to the next. Then the connection is closed. Default 65,000: longer than common proxies keep theirs. */
  readonly keepAliveMs: number
  /** For as long nothing may leave while something is to be sent. Then the connection is cut. Default 60,000, as nginx. */
  readonly writeMs: number
  /** While draining, an idle connection waits so long for a request that may be on its way. Default 250. */
  readonly drainMs: number
}

/** The timeouts where nothing else is said. */
export const SERVER_TIMEOUTS: ServerTimeouts = Object.freeze({
  firstByteMs: 30_000,
  headMs: 30_000,
  bodyMs: 60_000,
  bodyGraceMs: 20_000,
  handlerMs: 300_000,
  keepAliveMs: 65_000,
  writeMs: 60_000,
  drainMs: 250,
})

/** What a connection of a server may be told. */
export interface ServerConnectionOptions {
  /** Limits other than the default ones. */
  readonly limits?: Partial<Limits>
  /** What to forgive other than the default (`REQUEST_LENIENCY`). */
  readonly leniency?: Partial<Leniency>
  /** Told of each broken rule that was forgiven, and who broke it. */
  readonly onWarning?: (warning: Warning, remote: Address) => void
  /** Timeouts other than the default ones. */
  readonly timeouts?: Partial<ServerTimeouts>
  /**
   * Octets of a request's content that are read and dropped when a handler has answered without reading them, so that the
   * connection can be used again; with more to come it is closed. Default 65,536; node and Go 256 KiB.
   */
  readonly maxDroppedBytes?: number
  /** A transcript for a connection, or `undefined` for none. */
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
  readonly leniency: Leniency
  readonly timeouts: ServerTimeouts
  readonly maxDroppedBytes: number
  readonly timers: TimerWheel
}

/** Options that were resolved: a server does it once, and each of its connections asks again. */
const RESOLVED = new WeakSet<object>()

/** The options with their defaults, frozen. Throws a `RangeError` where a limit or a time is not finite. */
export function withServerDefaults(options: ServerConnectionOptions): ResolvedServerOptions {
  if (RESOLVED.has(options)) return options as ResolvedServerOptions
  const { maxDroppedBytes = 65_536, timers = defaultTimers } = options
  demandCount('maxDroppedBytes', maxDroppedBytes)
  const resolved = Object.freeze({
    ...options,
    limits: withLimits(options.limits),
    leniency: withLeniency(REQUEST_LENIENCY, options.leniency),
    timeouts: withTimeouts(SERVER_TIMEOUTS, options.timeouts),
    maxDroppedBytes,
    timers,
  })
  RESOLVED.add(resolved)
  return resolved
}
