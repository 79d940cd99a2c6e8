/** How a client and its requests behave: options, timeouts and their defaults. Limits and leniencies stand in `limits.ts`. */
import type { Resolver } from '../net/dial.ts'
import type { Address, Socket, TlsClientOptions } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import { timers as defaultTimers } from '../net/timers.ts'
import type { Transcript } from '../net/transcript.ts'
import type { ReceivedInformational } from './events.ts'
import type { FieldsInit } from './fields.ts'
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
  continueMs: 1_000,
  totalMs: 2 ** 31 - 1,
})

/** What a client may be told. */
export interface ClientOptions {
  /** Limits other than the default ones. */
  readonly limits?: Partial<Limits>
  /** What to forgive other than the default (`RESPONSE_LENIENCY`). */
  readonly leniency?: Partial<Leniency>
  /** Timeouts other than the default ones; each request may have its own. */
  readonly timeouts?: Partial<ClientTimeouts>
  /** Connections to one origin at a time; further requests wait. Default 64. */
  readonly maxConnectionsPerOrigin?: number
  /** Connections to one origin that are kept for the next request. Default 16. */
  readonly maxIdlePerOrigin?: number
  /** Requests to one origin that may wait for a connection; more are refused. Default 1,024. */
  readonly maxWaitingPerOrigin?: number
  /** How long an unused connection is kept. Default 4,000: less than the 5,000 after which many servers close it. */
  readonly idleMs?: number
  /** TLS for `https` URLs. */
  readonly tls?: TlsClientOptions
  /** How names are looked up. Default: by the operating system. */
  readonly resolver?: Resolver
  /** Called with each address before it is connected to; throwing forbids it (SSRF). */
  readonly guard?: (address: Address) => void
  /** A Unix socket to connect to, whatever the URL's host is. */
  readonly socketPath?: string
  /** A transcript for a connection, or `undefined` for none. */
  readonly transcript?: (socket: Socket) => Transcript | undefined
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** What is sent as content. A string goes as UTF-8; an iterable is read slice by slice, as the server takes them. */
export type RequestContent = string | Uint8Array | AsyncIterable<Uint8Array>

/** A request. */
export interface RequestOptions {
  /** Default `GET`. */
  readonly method?: string
  /** Fields. Host, Content-Length and Transfer-Encoding are added where they are due. `Expect: 100-continue` is heeded. */
  readonly headers?: FieldsInit
  /** The content. */
  readonly body?: RequestContent | undefined
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
  readonly maxConnectionsPerOrigin: number
  readonly maxIdlePerOrigin: number
  readonly maxWaitingPerOrigin: number
  readonly idleMs: number
  readonly timers: TimerWheel
}

/** The options with their defaults, frozen. */
export function withClientDefaults(options: ClientOptions): ResolvedClientOptions {
  return Object.freeze({
    ...options,
    timeouts: Object.freeze({ ...CLIENT_TIMEOUTS, ...options.timeouts }),
    maxConnectionsPerOrigin: options.maxConnectionsPerOrigin ?? 64,
    maxIdlePerOrigin: options.maxIdlePerOrigin ?? 16,
    maxWaitingPerOrigin: options.maxWaitingPerOrigin ?? 1_024,
    idleMs: options.idleMs ?? 4_000,
    timers: options.timers ?? defaultTimers,
  })
}
