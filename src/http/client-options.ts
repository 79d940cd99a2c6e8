/** How a client and its requests behave: options, timeouts and their defaults. Limits and leniencies stand in `limits.ts`. */
import type { Dial, Resolver } from '../net/dial.ts'
import type { Address, Socket, TlsClientOptions } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import { timers as defaultTimers } from '../net/timers.ts'
import type { Transcript } from '../net/transcript.ts'
import type { RequestContent, RequestTrailers } from './client-content.ts'
import type { ReceivedInformational, Warning } from './events.ts'
import type { FieldsInit } from './fields.ts'
import { demandCount, withLimits, withTimeouts } from './limits.ts'
import type { Leniency, Limits } from './limits.ts'

/** How long each phase of a request may take, in milliseconds. */
export interface ClientTimeouts {
  /** Waiting for a connection of the pool, and dialling a new one with its look-up and TLS. Default 30,000. */
  readonly connectMs: number
  /** For as long nothing may leave while something is to be sent. Default 60,000. */
  readonly writeMs: number
  /** From the end of the request to the head of its response. Default 300,000, as undici. */
  readonly responseMs: number
  /** From one piece of a response's content to the next, when it is asked for. Default 300,000, as undici. */
  readonly bodyMs: number
  /** How far a response's content may be behind `limits.minResponseRate`, where one is asked for. Default 20,000. */
  readonly bodyGraceMs: number
  /** Until somebody asks for the content, or for its next piece; then the connection goes to others. Default 300,000. */
  readonly unreadMs: number
  /** For a 100 before the content of a request that expects one; then it is sent all the same. Default 1,000, as curl. */
  readonly continueMs: number
  /** Everything, from the call to the end of the response. Default 2^31 - 1: what takes long may take long, as long as it moves. */
  readonly totalMs: number
}

/** The timeouts where nothing else is said. */
export const CLIENT_TIMEOUTS: ClientTimeouts = Object.freeze({
  connectMs: 30_000,
  writeMs: 60_000,
  responseMs: 300_000,
  bodyMs: 300_000,
  bodyGraceMs: 20_000,
  unreadMs: 300_000,
  continueMs: 1_000,
  totalMs: 2 ** 31 - 1,
})

/** A proxy, and what goes past it. */
export interface ProxyOptions {
  /** `http://user:password@host:port`, `https://...` (TLS with the proxy itself) or `socks5://...`. */
  readonly url: string | URL
  /** Which requests go past the proxy; see `noProxy`. Default: none. */
  readonly bypass?: (url: URL) => boolean
  /** TLS with the proxy of an `https` URL. */
  readonly tls?: TlsClientOptions
}

/** What a client may be told. */
export interface ClientOptions {
  /** Limits other than the default ones. */
  readonly limits?: Partial<Limits>
  /** What to forgive other than the default (`RESPONSE_LENIENCY`). */
  readonly leniency?: Partial<Leniency>
  /** Told of each broken rule that was forgiven, and who broke it. */
  readonly onWarning?: (warning: Warning, remote: Address) => void
  /** Timeouts other than the default ones; each request may have its own. */
  readonly timeouts?: Partial<ClientTimeouts>
  /**
   * Requests that may be under way on one connection at a time (pipelining, RFC 9112 §9.3.2). Default 1. Only such as are idempotent and can be
   * sent again go behind others; when the connection ends before they are answered, they are sent once more on a new one.
   */
  readonly pipelining?: number
  /** Whether a redirect may lead from https to http. Default `false`. */
  readonly mayDowngrade?: boolean
  /** Connections to one origin at a time; further requests wait. Default 64. */
  readonly maxConnectionsPerOrigin?: number
  /** Connections to one origin that are kept for the next request. Default 16. */
  readonly maxIdlePerOrigin?: number
  /** Requests to one origin that may wait for a connection; more are refused. Default 1,024. */
  readonly maxWaitingPerOrigin?: number
  /** How long an unused connection is kept. Default 4,000: less than the 5,000 after which many servers close it. */
  readonly idleMs?: number
  /** TLS for `https` URLs: authorities, a certificate of our own, the name to verify. By ALPN it is always `http/1.1`. */
  readonly tls?: Omit<TlsClientOptions, 'alpn'>
  /** How connections are made, to the proxy if there is one. Default: `dial`. A tunnel's dialler goes here too, or one for tests. */
  readonly dial?: Dial
  /** A proxy, by its URL (`http://user:password@host:port`, `https://...`, `socks5://...`), and what goes past it. */
  readonly proxy?: string | URL | ProxyOptions
  /** How names are looked up. Default: by the operating system. */
  readonly resolver?: Resolver
  /**
   * Called with each address before it is connected to, also behind a redirect or a proxy; throwing forbids it (SSRF). `publicAddressesOnly` of
   * `wireline/net` is one.
   */
  readonly guard?: (address: Address) => void
  /** A Unix socket to connect to, whatever the URL's host is. */
  readonly socketPath?: string
  /** A transcript for a connection, or `undefined` for none. */
  readonly transcript?: (socket: Socket) => Transcript | undefined
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** A request. */
export interface RequestOptions {
  /** Default `GET`. */
  readonly method?: string
  /** Fields. Host, Content-Length and Transfer-Encoding are added where they are due. `Expect: 100-continue` is heeded. */
  readonly headers?: FieldsInit
  /** The content. */
  readonly body?: RequestContent | undefined
  /** Fields to send behind the content, which is chunked then; a function is called when the content has gone. */
  readonly trailers?: RequestTrailers | undefined
  /**
   * What to do with a redirect: `manual` (the default) gives it back like any response, `follow` goes where it leads, by the rules of
   * `redirect.ts`, `error` rejects.
   */
  readonly redirect?: 'follow' | 'manual' | 'error'
  /** Gives up: the request rejects with `NET_ABORTED`, whose cause is the signal's reason; a body that is being read, too. */
  readonly signal?: AbortSignal | undefined
  /** Timeouts of this request. */
  readonly timeouts?: Partial<ClientTimeouts>
  /** Told of each interim response, such as 103 (Early Hints). */
  readonly onInformational?: (head: ReceivedInformational) => void
  /** Another request target than the URL's path and query: `*`, or `host:port` for CONNECT. */
  readonly target?: string
}

/** The options with their defaults, made once for all connections. */
export interface ResolvedClientOptions extends ClientOptions {
  readonly timeouts: ClientTimeouts
  readonly limits: Limits
  readonly pipelining: number
  readonly maxConnectionsPerOrigin: number
  readonly maxIdlePerOrigin: number
  readonly maxWaitingPerOrigin: number
  readonly idleMs: number
  readonly timers: TimerWheel
}

/** The options with their defaults, frozen. Throws a `RangeError` where a limit or a time is not finite, or `pipelining` is none from 1 up. */
export function withClientDefaults(options: ClientOptions): ResolvedClientOptions {
  const { pipelining = 1, maxConnectionsPerOrigin = 64, maxIdlePerOrigin = 16, maxWaitingPerOrigin = 1_024 } = options
  const { idleMs } = withTimeouts({ idleMs: 4_000 }, options.idleMs === undefined ? {} : { idleMs: options.idleMs })
  const counts = { pipelining, maxConnectionsPerOrigin, maxIdlePerOrigin, maxWaitingPerOrigin }
  for (const [name, value] of Object.entries(counts)) demandCount(name, value)
  if (pipelining < 1) throw new RangeError('pipelining is not a count from 1 up')
  return Object.freeze({
    ...options,
    ...counts,
    idleMs,
    limits: withLimits(options.limits),
    timeouts: withTimeouts(CLIENT_TIMEOUTS, options.timeouts),
    timers: options.timers ?? defaultTimers,
  })
}
