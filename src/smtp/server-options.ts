/** How a server behaves: options and their defaults. Limits, timeouts and leniencies stand in `limits.ts`, manners in `manners.ts`. */
import { AddressSet } from '../net/address.ts'
import type { ListenOptions } from '../net/session.ts'
import type { Socket, TlsServerOptions } from '../net/socket.ts'
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
import type { Audience } from './sasl/oauthbearer.ts'
import type { ScramDecoy } from './sasl/scram-keys.ts'

/** What the machine is told that hangs on the connection, and that a session finds out by itself. */
type FoundOut = 'security' | 'mechanisms' | 'mechanismsUnderTls' | 'peer' | 'greeting'

/** TLS for a server. */
export interface ServerTlsOptions extends TlsServerOptions {
  /**
   * How TLS begins: when the client says STARTTLS (ports 25 and 587, RFC 3207), or with the first octet (port 465, RFC 8314 §3.3). Default
   * `starttls`; with `requires: ['tls']` a client that does not say it gets no further (530).
   */
  readonly mode?: 'starttls' | 'implicit'
}

/** What a connection of a server may be told. */
export interface ServerConnectionOptions extends Omit<ServerMachineOptions, FoundOut> {
  /** TLS, with a key and a certificate. Default: none, and STARTTLS is not offered. */
  readonly tls?: ServerTlsOptions
  /** Whether PLAIN, LOGIN, OAUTHBEARER and XOAUTH2 may be had without TLS, where everybody can read along. Default `false`. */
  readonly allowCleartextAuth?: boolean
  /** What SCRAM shows for users that do not exist. Default: what this process has made up. */
  readonly scramDecoy?: ScramDecoy
  /** For whom an OAUTHBEARER token must be meant, where it says so. Default: for anybody. */
  readonly audience?: Audience
  /** Whose XCLIENT and XFORWARD are believed: addresses and networks, `unix`. Such a peer may say that it is anybody. Default nobody's. */
  readonly trustedPeers?: readonly string[]
  /** Replaces some of `DEFAULT_TIMEOUTS`. */
  readonly timeouts?: Partial<Timeouts>
  /** Replaces some of `DEFAULT_MANNERS`. */
  readonly manners?: Partial<Manners>
  /** How often a client may come; one object may be shared by several servers. Default: as often as it likes. */
  readonly rates?: Rates
  /** Faults to play, for those who test what sends mail. */
  readonly faults?: FaultScript
  /** Makes the transcript of a connection, where one is wanted. What AUTH carries is not written down. */
  readonly transcript?: (socket: Socket) => Transcript | undefined
  /** Told of what handlers throw, and of what else goes wrong on our side. Never of a client's faults. */
  readonly onError?: (error: Error) => void
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** How to serve. */
export interface ServeOptions extends Omit<ListenOptions, 'tls'>, ServerConnectionOptions {}

/** The options with their defaults, made once for all connections. */
export interface ResolvedServerOptions extends ServerConnectionOptions {
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly leniency: Leniency
  readonly manners: Manners
  readonly trusted: AddressSet
  readonly onError: (error: Error) => void
  readonly timers: TimerWheel
}

/** The options with their defaults, frozen. Throws a `RangeError` where a limit is not finite, or a trusted peer no address. */
export function withServerDefaults(options: ServerConnectionOptions): ResolvedServerOptions {
  return Object.freeze({
    ...options,
    limits: mergeLimits(options.limits),
    timeouts: mergeTimeouts(options.timeouts),
    leniency: mergeLeniency(options.leniency),
    manners: mergeManners(options.manners),
    trusted: new AddressSet(options.trustedPeers ?? []),
    onError: options.onError ?? ((): void => {}),
    timers: options.timers ?? defaultTimers,
  })
}
