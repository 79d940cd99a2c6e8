/**
 * HTTP clients: `new Client(options)`, `client.request(url, options)`, and the standard `fetch` over the same pool.
 *
 *     const client = new Client()
 *     const response = await client.request('http://127.0.0.1:8080/big.bin', { headers: { range: 'bytes=0-99' } })
 *     for await (const chunk of response.body) sink.write(chunk)
 *
 * Each origin (scheme, host, port) has its pool of connections. A request that may have been lost on an old connection, because the
 * server was closing it just then, is sent once more on a new one, if it can be: its method is idempotent and its content can be
 * read again (RFC 9110 §9.2.2). Never a second time, and never a POST: nobody knows whether the server has read it.
 */
import type { DialTarget } from '../net/dial.ts'
import { ClosedError, netError, TimeoutError } from '../net/errors.ts'
import type { Timer, TimerWheel } from '../net/timers.ts'
import type { ClientConnection, Question } from './client-connection.ts'
import { CLIENT_TIMEOUTS, withClientDefaults } from './client-options.ts'
import type { ClientOptions, RequestOptions, ResolvedClientOptions } from './client-options.ts'
import { fetchWith } from './fetch.ts'
import type { Fetch } from './fetch.ts'
import { linesOf } from './fields.ts'
import { isSameName } from './grammar.ts'
import { Pool } from './pool.ts'
import type { ClientResponse } from './response.ts'

/** Sends requests over connections that it keeps. */
export class Client implements AsyncDisposable {
  /** The standard `fetch`, over this client's connections. */
  readonly fetch: Fetch
  readonly #options: ResolvedClientOptions
  readonly #pools = new Map<string, Pool>()
  #state: 'open' | 'closed' = 'open'

  constructor(options: ClientOptions = {}) {
    this.#options = withClientDefaults(options)
    this.fetch = fetchWith((url, request) => this.request(url, request))
  }

  /**
   * Sends a request and resolves with the response when its head has come; read its content, or cancel it, to give the connection back.
   * A status is no error, whatever it is. Rejects with a `TypeError` for a URL that is none of HTTP, and with the `NetError`s of dialling
   * and of `ClientConnection.exchange`.
   */
  async request(url: string | URL, options: RequestOptions = {}): Promise<ClientResponse> {
    const { origin, pathname, search, host } = parseUrl(url)
    const timeouts = { ...this.#options.timeouts, ...options.timeouts }
    const method = options.method ?? 'GET'
    const content = typeof options.body === 'string' ? Buffer.from(options.body) : options.body
    const lines = [...linesOf(options.headers ?? [])]
    const limit = new TotalLimit(timeouts.totalMs, options.signal, this.#options.timers)
    const question: Question = {
      method,
      target: options.target ?? `${pathname}${search}`,
      headers: withOwnFields(lines, method, host, content),
      content,
      expectsContinue: lines.some(([name]) => isSameName(name, 'expect')),
      signal: limit.signal,
      onOver: () => limit.stop(),
      onInformational: options.onInformational,
      timeouts,
    }
    try {
      return await this.#ask(this.#poolOf(origin), question)
    } catch (error) {
      limit.stop()
      throw error
    }
  }

  /** Closes all connections, whatever runs on them. Requests under way reject, and so do all later ones. */
  close(): Promise<void> {
    this.#state = 'closed'
    for (const pool of this.#pools.values()) pool.destroy(new ClosedError('The client was closed'))
    return Promise.resolve()
  }

  /** Closes all connections, as `close` does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #ask(pool: Pool, question: Question): Promise<ClientResponse> {
    const { timeouts, signal } = question
    const connection = await pool.acquire(false, timeouts.connectMs, signal)
    try {
      return await connection.exchange(question)
    } catch (error) {
      if (!mayRepeat(question, connection, error)) throw error
    }
    const fresh = await pool.acquire(true, timeouts.connectMs, signal)
    return await fresh.exchange(question)
  }

  #poolOf(origin: string): Pool {
    if (this.#state === 'closed') throw netError('NET_SHUTDOWN')
    const known = this.#pools.get(origin)
    if (known !== undefined) return known
    const { protocol } = new URL(origin)
    const pool = new Pool(targetOf(origin, this.#options), protocol === 'https:', this.#options, () => {
      this.#pools.delete(origin)
    })
    this.#pools.set(origin, pool)
    return pool
  }
}

/** Methods that may be sent twice without harm (RFC 9110 §9.2.2). */
const IDEMPOTENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']

/** Whether a request may have been lost with an old connection, and can be sent again. */
function mayRepeat({ method, content }: Question, connection: ClientConnection, error: unknown): boolean {
  const isReadable = content === undefined || content instanceof Uint8Array
  return error instanceof ClosedError && connection.isStale && isReadable && IDEMPOTENT.includes(method)
}

function parseUrl(text: string | URL): URL {
  const url = typeof text === 'string' ? new URL(text) : text
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`${url.protocol} is not HTTP`)
  // "A sender MUST NOT generate the userinfo subcomponent" (RFC 9110 §4.2.4), and dropping it would hide a mistake.
  if (url.username !== '' || url.password !== '')
    throw new TypeError('The URL holds credentials: send Authorization instead')
  return url
}

function targetOf(origin: string, { socketPath }: ResolvedClientOptions): DialTarget {
  if (socketPath !== undefined) return { path: socketPath }
  const { hostname, port, protocol } = new URL(origin)
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return { host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) }
}

/** Methods whose requests have content by their nature: without any, Content-Length says so (RFC 9110 §8.6). */
const WITH_CONTENT = ['POST', 'PUT', 'PATCH']

/** The fields with Host before them (RFC 9110 §7.2), and what frames the content behind them, where they do not say. */
function withOwnFields(lines: FieldLine[], method: string, host: string, content: Question['content']): FieldLine[] {
  const has = (field: string): boolean => lines.some(([name]) => isSameName(name, field))
  const fields = has('host') ? lines : [['Host', host] as const, ...lines]
  if (has('content-length') || has('transfer-encoding')) return fields
  if (content instanceof Uint8Array) return [...fields, ['Content-Length', String(content.length)]]
  if (content !== undefined) return [...fields, ['Transfer-Encoding', 'chunked']]
  return WITH_CONTENT.includes(method) ? [...fields, ['Content-Length', '0']] : fields
}

type FieldLine = readonly [name: string, value: string]

/** A signal that aborts when another one does, or when the time for everything is over. */
class TotalLimit {
  /** To be heeded. */
  readonly signal: AbortSignal | undefined
  readonly #timer: Timer | undefined
  readonly #stopListening: () => void = () => {}

  constructor(totalMs: number, signal: AbortSignal | undefined, timers: TimerWheel) {
    this.signal = signal
    if (totalMs >= CLIENT_TIMEOUTS.totalMs) return
    const controller = new AbortController()
    const onAbort = (): void => controller.abort(signal?.reason)
    this.signal = controller.signal
    this.#timer = timers.after(totalMs, () => controller.abort(new TimeoutError('total', totalMs)))
    this.#stopListening = () => signal?.removeEventListener('abort', onAbort)
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#stopListening()
  }
}
