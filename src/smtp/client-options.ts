/** How a client behaves: options and their defaults. Limits, timeouts and leniencies stand in `limits.ts`. */
import type { Dial, DialOptions } from '../net/dial.ts'
import type { Socket } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
import { mergeLeniency, mergeLimits, mergeTimeouts, UNIX_LINES } from './limits.ts'
import type { ContentPolicy, Leniency, Limits, Timeouts } from './limits.ts'

/** How a session is held. */
export interface ClientOptions {
  /** How we name ourselves in EHLO. Default: an address literal, as RFC 5321 §4.1.4 has it for who has no name. */
  readonly hostname?: string
  /** Replaces some of `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>
  /** Replaces some of `DEFAULT_TIMEOUTS`. */
  readonly timeouts?: Partial<Timeouts>
  /** Replaces some of `STRICT`. */
  readonly leniency?: Partial<Leniency>
  /**
   * What becomes of bare CRs, bare LFs and NULs in a message. Default `UNIX_LINES`; `REFUSE` is for messages that must arrive octet by
   * octet, such as signed ones.
   */
  readonly content?: ContentPolicy
  /** Makes the transcript of the connection, where one is wanted. */
  readonly transcript?: (socket: Socket) => Transcript | undefined
}

/** How to connect. */
export interface ConnectOptions extends ClientOptions, DialOptions {
  /** How the server is reached. Default: `dial` of `wireline/net`; a tunnel's dialler goes through a proxy. */
  readonly dial?: Dial
}

/** The options of a session with their defaults. */
export interface ResolvedClientOptions extends ClientOptions {
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly leniency: Leniency
  readonly content: ContentPolicy
}

/** The options with their defaults, frozen. Throws a `RangeError` where a limit is not finite. */
export function withClientDefaults(options: ClientOptions): ResolvedClientOptions {
  return Object.freeze({
    ...options,
    limits: mergeLimits(options.limits),
    timeouts: mergeTimeouts(options.timeouts),
    leniency: mergeLeniency(options.leniency),
    content: options.content ?? UNIX_LINES,
  })
}
