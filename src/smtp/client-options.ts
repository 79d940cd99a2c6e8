/** How a client behaves: options and their defaults. Limits, timeouts and leniencies stand in `limits.ts`. */
import type { Dial, DialOptions } from '../net/dial.ts'
import type { Socket, TlsClientOptions } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
import { mergeLeniency, mergeLimits, mergeTimeouts, UNIX_LINES } from './limits.ts'
import type { ContentPolicy, Leniency, Limits, Timeouts } from './limits.ts'
import type { Login as SaslLogin } from './sasl/choose.ts'
import type { MechanismName } from './sasl/mechanism.ts'

/** Whether a session goes over to TLS with STARTTLS, where TLS was not there from the first octet. */
export type StartTlsPolicy =
  /** Never: all is said in the clear. */
  | 'none'
  /**
   * Where it is offered and granted. Whoever sits in between can prevent it; so the certificate is not verified, unless `tls` asks for
   * that, and what is said is hidden from those who only listen (RFC 7435).
   */
  | 'opportunistic'
  /** Or there is no session, and the certificate is verified (RFC 3207 §6). */
  | 'required'

/** How a session is held. */
export interface ClientOptions {
  /** What is spoken: SMTP, or LMTP (RFC 2033). Default `smtp`; `connect` takes it from the URL. */
  readonly protocol?: 'smtp' | 'lmtp'
  /** Default `required` where there is a login that must not be overheard, and `opportunistic` elsewhere. */
  readonly starttls?: StartTlsPolicy
  /** How TLS is spoken, whether from the first octet or behind STARTTLS. */
  readonly tls?: TlsClientOptions
  /** Whom to log in as (AUTH, RFC 4954), or what tells that for each session anew: tokens grow old. Default: as nobody. */
  readonly login?: SaslLogin | (() => SaslLogin | Promise<SaslLogin>)
  /** The mechanisms that may be used to log in. Default: all, the strongest that both sides know. */
  readonly mechanisms?: readonly MechanismName[]
  /** Whether a password or token may be sent without TLS, or over TLS with an unverified server. Default `false`. */
  readonly allowCleartext?: boolean
  /** Whether content goes in chunks (BDAT, RFC 3030), which saves a turn and carries binary content. Default `whenOffered`. */
  readonly chunking?: 'whenOffered' | 'never'
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
export interface ConnectOptions extends ClientOptions, Omit<DialOptions, 'tls'> {
  /** How the server is reached. Default: `dial` of `wireline/net`; a tunnel's dialler goes through a proxy. */
  readonly dial?: Dial
}

/** The options of a session with their defaults. */
export interface ResolvedClientOptions extends ClientOptions {
  readonly protocol: 'smtp' | 'lmtp'
  readonly starttls: StartTlsPolicy
  readonly tls: TlsClientOptions
  readonly allowCleartext: boolean
  readonly chunking: 'whenOffered' | 'never'
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly leniency: Leniency
  readonly content: ContentPolicy
}

/** One object each, so that what TLS makes of it is made once. */
const VERIFIED: TlsClientOptions = Object.freeze({})
const UNVERIFIED: TlsClientOptions = Object.freeze({ rejectUnauthorized: false })

/** The options with their defaults, frozen. Throws a `RangeError` where a limit is not finite. */
export function withClientDefaults(options: ClientOptions): ResolvedClientOptions {
  const { login, allowCleartext = false } = options
  const starttls = options.starttls ?? (login === undefined || allowCleartext ? 'opportunistic' : 'required')
  return Object.freeze({
    ...options,
    protocol: options.protocol ?? 'smtp',
    starttls,
    // Who logs in wants to know to whom, however TLS came about.
    tls:
      starttls === 'opportunistic' && login === undefined ? withoutVerifying(options.tls) : (options.tls ?? VERIFIED),
    allowCleartext,
    chunking: options.chunking ?? 'whenOffered',
    limits: mergeLimits(options.limits),
    timeouts: mergeTimeouts(options.timeouts),
    leniency: mergeLeniency(options.leniency),
    content: options.content ?? UNIX_LINES,
  })
}

function withoutVerifying(tls: TlsClientOptions | undefined): TlsClientOptions {
  if (tls === undefined) return UNVERIFIED
  return tls.rejectUnauthorized === undefined ? { ...tls, rejectUnauthorized: false } : tls
}
