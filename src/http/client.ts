/**
 * HTTP clients: `new Client(options)`, `client.request(url, options)`, and the standard `fetch` over the same pool.
 *
 *     const client = new Client()
 *     const response = await client.request('http://127.0.0.1:8080/big.bin', { headers: { range: 'bytes=0-99' } })
 *     for await (const chunk of response.body) sink.write(chunk)
 *
 * Each origin (scheme, host, port) has its pool of connections, and so has a proxy that answers for several. A request that may have been lost on an old connection, because the
 * server was closing it just then, is sent once more on a new one, if it can be: its method is idempotent and its content can be
 * read again (RFC 9110 §9.2.2). Never a second time, and never a POST: nobody knows whether the server has read it.
 */
import { ClosedError, TimeoutError } from '../net/errors.ts'
import type { Timer, TimerWheel } from '../net/timers.ts'
import type { ClientExchange, Question, Terms } from './client-exchange.ts'
import { CLIENT_TIMEOUTS, withClientDefaults } from './client-options.ts'
import type { ClientOptions, RequestOptions, ResolvedClientOptions } from './client-options.ts'
import { isIdempotent, questionOf, tripOf, withoutExpectation } from './client-request.ts'
import { HttpError } from './errors.ts'
import { fetchWith } from './fetch.ts'
import type { Fetch } from './fetch.ts'
import { withTimeouts } from './limits.ts'
import { Places } from './place.ts'
import { Pool } from './pool.ts'
import { routerOf } from './proxy.ts'
import type { Route, Router } from './proxy.ts'
import { locationOf, Redirects } from './redirect.ts'
import type { RedirectRules, Trip } from './redirect.ts'
import type { ClientResponse } from './response.ts'

/** Sends requests over connections that it keeps. */
export class Client implements AsyncDisposable {
  /** The standard `fetch`, over this client's connections. */
  readonly fetch: Fetch
  readonly #options: ResolvedClientOptions
  readonly #places = new Places()
  readonly #pools = new Map<string, Pool>()
  readonly #routeOf: Router
  #state: 'open' | 'closed' = 'open'

  /** Throws a `RangeError` where a limit is no finite count, or the proxy cannot be used. */
  constructor(options: ClientOptions = {}) {
    this.#options = withClientDefaults(options)
    this.#routeOf = routerOf(this.#options)
    this.fetch = fetchWith((url, request) => this.#request(url, request, 'counted'))
  }

  /**
   * Sends a request and resolves with the response when its head has come; read its content, or cancel it, to give the connection back.
   * A status is no error, whatever it is. Rejects with a `TypeError` for a URL that is none of HTTP, with the `NetError`s of dialling,
   * and with what broke the exchange off: `HttpError`, `TimeoutError`, `ClosedError`, `NET_ABORTED`, or what the content threw.
   */
  request(url: string | URL, options: RequestOptions = {}): Promise<ClientResponse> {
    return this.#request(url, options, 'refused')
  }

  /** Closes all connections, whatever runs on them. Requests under way reject, and so do all later ones. */
  close(): Promise<void> {
    this.#state = 'closed'
    for (const pool of [...this.#pools.values()]) pool.destroy(closedClient())
    return Promise.resolve()
  }

  /** Closes all connections, as `close` does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #request(url: string | URL, options: RequestOptions, circles: RedirectRules['circles']): Promise<ClientResponse> {
    try {
      const trip = tripOf(this.#places.of(url), options)
      const { signal, onInformational, redirect = 'manual' } = options
      const timeouts = withTimeouts(this.#options.timeouts, options.timeouts)
      const travel = (terms: Terms): Promise<ClientResponse> =>
        redirect === 'manual' ? this.#ask(trip, 0, terms) : this.#travel(trip, redirect, circles, terms)
      const terms = { signal, timeouts, onInformational }
      return timeouts.totalMs >= CLIENT_TIMEOUTS.totalMs ? travel(terms) : this.#within(terms, travel)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** Gives a request up when the time for everything is over. */
  async #within(terms: Terms, travel: (terms: Terms) => Promise<ClientResponse>): Promise<ClientResponse> {
    const limit = new TotalLimit(terms.timeouts.totalMs, terms.signal, this.#options.timers)
    try {
      const response = await travel({ ...terms, signal: limit.signal })
      response.whenOver(() => limit.stop())
      return response
    } catch (error) {
      limit.stop()
      throw error
    }
  }

  /** Goes where the request leads, and on from there, as far as redirects are followed. */
  async #travel(
    first: Trip,
    mode: 'follow' | 'error',
    circles: RedirectRules['circles'],
    terms: Terms,
  ): Promise<ClientResponse> {
    const { limits, mayDowngrade = false } = this.#options
    const redirects = new Redirects({ maxRedirects: limits.maxRedirects, mayDowngrade, circles })
    for (let trip = first, count = 0; ; count++) {
      const response = await this.#ask(trip, count, terms)
      try {
        const location = locationOf(response)
        if (location === undefined) return response
        if (mode === 'error') throw new HttpError('HTTP_REDIRECT')
        trip = redirects.next(trip, response.status, location)
      } catch (error) {
        response.cancel()
        throw error
      }
      await discard(response, this.#options.timers)
    }
  }

  /** Asks, and where the server knows of no expectation (RFC 9110 §10.1.1) once more without it. */
  async #ask(trip: Trip, redirects: number, terms: Terms): Promise<ClientResponse> {
    const route = this.#routeOf(trip)
    const question = questionOf(trip, route, redirects, terms)
    const pool = this.#poolOf(route)
    const exchange = pool.beginNow(question) ?? (await pool.begin(question, 'any'))
    let response: ClientResponse
    try {
      response = await exchange.response()
    } catch (error) {
      if (!mayRepeat(question, exchange)) throw error
      const repeated = await this.#poolOf(route).begin(question, 'fresh')
      response = await repeated.response()
    }
    if (response.status !== 417 || !question.expectsContinue || trip.content?.isWhole !== true) return response
    await discard(response, this.#options.timers)
    return await this.#ask(withoutExpectation(trip), redirects, terms)
  }

  #poolOf(route: Route): Pool {
    if (this.#state === 'closed') throw closedClient()
    const known = this.#pools.get(route.key)
    if (known !== undefined) return known
    const pool: Pool = new Pool(route.way(), this.#options, (use) => {
      if (use === 'used') this.#pools.set(route.key, pool)
      else this.#pools.delete(route.key)
    })
    return pool
  }
}

function closedClient(): ClosedError {
  return new ClosedError('The client is closed')
}

/** Whether a request may have been lost with its connection, and can be sent again. */
function mayRepeat({ method, content }: Question, exchange: ClientExchange): boolean {
  return exchange.isLost && isIdempotent(method) && content?.isWhole !== false
}

/** More of a response that nobody wants is not worth reading, only to keep its connection. */
const DISCARDED_BYTES = 65_536
const DISCARD_MS = 1_000

/** Reads what nobody wants of a response, if it is little and comes soon, so that its connection can be used again. Never rejects. */
async function discard(response: ClientResponse, timers: TimerWheel): Promise<void> {
  const timer = timers.after(DISCARD_MS, () => response.cancel())
  try {
    let octets = 0
    for await (const slice of response.body) {
      octets += slice.length
      if (octets > DISCARDED_BYTES) break
    }
  } catch {
    // Then its connection is gone, and the next request takes another.
  } finally {
    timer.cancel()
  }
}

/** A signal that aborts when another one does, or when the time for everything is over. */
class TotalLimit {
  /** To be heeded. */
  readonly signal: AbortSignal
  readonly #timer: Timer
  readonly #stopListening: () => void

  constructor(totalMs: number, signal: AbortSignal | undefined, timers: TimerWheel) {
    const controller = new AbortController()
    const onAbort = (): void => controller.abort(signal?.reason)
    this.signal = controller.signal
    this.#timer = timers.after(totalMs, () => controller.abort(new TimeoutError('total', totalMs)))
    this.#stopListening = () => signal?.removeEventListener('abort', onAbort)
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  }

  stop(): void {
    this.#timer.cancel()
    this.#stopListening()
  }
}
