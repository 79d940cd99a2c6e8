/** How a server behaves: options and their defaults. Limits, timeouts and leniencies stand in `limits.ts`. */
import type { ListenOptions } from '../net/session.ts'
import type { Address, Socket } from '../net/socket.ts'
import { timers as defaultTimers } from '../net/timers.ts'
import type { TimerWheel } from '../net/timers.ts'
import type { Transcript } from '../net/transcript.ts'
import { parseHostPort } from './address.ts'
import type { DataPort } from './data.ts'
import type { ServerHandlers } from './handlers.ts'
import { mergeLeniency, mergeLimits, mergeTimeouts, type Leniency, type Limits, type Timeouts } from './limits.ts'
import type { MachineOptions } from './machine.ts'
import { writeReply } from './reply.ts'
import { tlsPolicyOf, type ServerTlsOptions, type ServerTlsPolicy } from './server-tls.ts'
import { Bans } from './bans.ts'
import { Tally } from './tally.ts'

/** Addresses whose failed logins are counted. */
const MAX_REMEMBERED = 10_000

/** What a connection of a server may be told. */
export interface ServerConnectionOptions extends MachineOptions {
  /** Replaces some of `DEFAULT_TIMEOUTS`. */
  readonly timeouts?: Partial<Timeouts>
  /** The text of the greeting, on one line. Default `FTP server ready`. */
  readonly greeting?: string
  /** The first and the last port for passive data connections. Default: any that is free. */
  readonly passivePorts?: readonly [first: number, last: number]
  /**
   * What PASV names in place of the address that the client has reached: for a server behind a NAT, for all clients or as a function of
   * the client's address, where `undefined` is the usual one. IPv4; EPSV needs none.
   */
  readonly externalAddress?: string | ((client: Address) => string | undefined)
  /**
   * Whether a data connection may go to, or come from, another host than the client: a transfer between two servers (FXP). Who allows it
   * can be used to attack third hosts (RFC 2577 §3), though never at ports below 1,024. Default `refuse`.
   */
  readonly fxp?: 'refuse' | 'allow'
  /**
   * Our port for data connections that we make (PORT, EPRT). RFC 959 §3.2 has the one below the control connection's, 20, for which a
   * system wants a privilege, and which allows one connection at a time to a client's port. Default any that is free.
   */
  readonly activeSourcePort?: number
  /** TLS, with a key and a certificate. Default: none, and AUTH is 502. */
  readonly tls?: ServerTlsOptions
  /**
   * How long a server waits behind the end of an upload, to see whether the control connection ends, too, in milliseconds. A client that is
   * killed ends both in one moment, but their ends may come one behind the other; without ALLO, and without TLS, an upload whose second
   * end comes later than this counts as complete. Each upload takes so much longer. Default 0: one turn of the event loop.
   */
  readonly uploadSettleMs?: number
  /** Makes the transcript of a connection, where one is wanted. Passwords are never in it. */
  readonly transcript?: (socket: Socket) => Transcript | undefined
  /** Told of what handlers throw, and of what else goes wrong on our side. Never of a client's faults. */
  readonly onError?: (error: Error) => void
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** How to serve. */
export interface ServeOptions extends Omit<ListenOptions, 'tls'>, ServerConnectionOptions {}

/** What all connections of a server have in common: the options with their defaults, and more. */
export interface ServerContext extends Omit<ServerConnectionOptions, 'tls'> {
  readonly fxp: 'refuse' | 'allow'
  readonly uploadSettleMs: number
  /** Proxies whose header is believed, of `ListenOptions`. */
  readonly proxyFrom: readonly string[]
  readonly tls: ServerTlsPolicy | undefined
  /** Sessions by user. */
  readonly users: Tally
  /** Hashes that are being made. */
  readonly hashes: Tally
  /** Addresses from which too many logins have failed. */
  readonly bans: Bans
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly leniency: Leniency
  readonly greeting: string
  readonly onError: (error: Error) => void
  readonly timers: TimerWheel
  /** The server's program. */
  readonly handlers: ServerHandlers
  /** Passive ports and data connections that are open, of all sessions. */
  readonly ports: Set<DataPort>
}

/**
 * The options with their defaults, frozen. Throws a `RangeError` where a limit is not finite or the ports are none, an `FtpError`
 * where the greeting cannot be written, and a `TlsError` where key and certificate cannot be used.
 */
export function contextOf(
  options: ServerConnectionOptions & Pick<ListenOptions, 'proxyFrom'>,
  handlers: ServerHandlers,
): ServerContext {
  const { greeting = 'FTP server ready', passivePorts = [1, 65_535], externalAddress, uploadSettleMs = 0 } = options
  const [first, last] = passivePorts
  if (!(first >= 1 && first <= last && last <= 65_535)) throw new RangeError(`No range of ports: ${first} to ${last}`)
  if (typeof externalAddress === 'string' && parseHostPort(`${externalAddress.replaceAll('.', ',')},4,0`) === undefined)
    throw new RangeError(`No IPv4 address: ${externalAddress}`)
  if (!(uploadSettleMs >= 0 && uploadSettleMs < Infinity)) throw new RangeError('uploadSettleMs must be finite')
  writeReply({ code: 220, lines: [greeting] })
  const limits = mergeLimits(options.limits)
  const timeouts = mergeTimeouts(options.timeouts)
  const timers = options.timers ?? defaultTimers
  const banRules = {
    maxFailures: limits.maxLoginFailuresPerAddress,
    banMs: timeouts.banMs,
    maxAddresses: MAX_REMEMBERED,
  }
  return Object.freeze({
    ...options,
    tls: options.tls === undefined ? undefined : tlsPolicyOf(options.tls),
    greeting,
    fxp: options.fxp ?? 'refuse',
    uploadSettleMs,
    proxyFrom: options.proxyFrom ?? [],
    limits,
    timeouts,
    leniency: mergeLeniency(options.leniency),
    onError: options.onError ?? ((): void => {}),
    timers,
    users: new Tally(),
    hashes: new Tally(),
    bans: new Bans(banRules, timers),
    handlers,
    ports: new Set<DataPort>(),
  })
}
