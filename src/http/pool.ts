/**
 * Connections to one place: kept for the next request, limited in number, waited for in order. Which request goes to which place
 * is `client.ts`'s business, what a connection does is its own. RFC 9112 §9.3, §9.4.
 *
 * A request takes the connection that was used last, so that what is not needed grows old and is closed; then one on which it may be
 * pipelined; then a new one. Where there is no room for that, it waits; whoever waits longest is served first, by a connection that
 * has room or by the place that a closed one leaves. Nobody overtakes, so a request that wants a connection for itself gets one.
 *
 * Between the look at a connection and the first octet on it lies no turn of the event loop: `admits` and `begin` are called in one go.
 */
import { abortError } from '../net/abort.ts'
import { ClosedError, TimeoutError, netError } from '../net/errors.ts'
import type { Socket } from '../net/socket.ts'
import { ClientConnection } from './client-connection.ts'
import type { ConnectionOwner } from './client-connection.ts'
import type { ClientExchange, Question } from './client-exchange.ts'
import type { ResolvedClientOptions } from './client-options.ts'
import { HttpError } from './errors.ts'
import type { Way } from './proxy.ts'

/** Which connection a request may have: any, or a new one that is all its own. */
export type Freshness = 'any' | 'fresh'

/** Somebody who waits for a connection, or for a place to make one. */
interface Waiter {
  readonly question: Question
  readonly freshness: Freshness
  readonly serve: (served: ClientExchange | 'place') => void
  readonly fail: (error: Error) => void
}

/** The connections to one place. */
export class Pool implements ConnectionOwner {
  readonly #way: Way
  readonly #options: ResolvedClientOptions
  readonly #onUse: (use: 'used' | 'unused') => void
  #state: 'open' | 'closed' = 'open'
  /** The one that was used last at the end. */
  readonly #idle: ClientConnection[] = []
  readonly #all = new Set<ClientConnection>()
  readonly #dialling = new Set<AbortController>()
  readonly #waiting = new Set<Waiter>()
  /** Connections that are, or are being made. */
  #places = 0

  /** `onUse` is told when the first connection is begun and when the last one is gone. */
  constructor(way: Way, options: ResolvedClientOptions, onUse: (use: 'used' | 'unused') => void) {
    this.#way = way
    this.#options = options
    this.#onUse = onUse
  }

  /**
   * Sends a request on a connection of the pool at once, where one is there that takes it. Throws what `ClientConnection.begin` throws; such a
   * request has failed for good.
   */
  beginNow(question: Question): ClientExchange | undefined {
    const known = this.#waiting.size === 0 ? this.#find(question) : undefined
    return known === undefined ? undefined : this.#beginOn(known, question)
  }

  /**
   * The same, or waits for a connection, or makes one. Rejects with what dialling rejects with, with a `TimeoutError` of the phase `pool`, with
   * `NET_REFUSED` where too many wait already, and with what `ClientConnection.begin` throws.
   */
  async begin(question: Question, freshness: Freshness): Promise<ClientExchange> {
    const { timers } = this.#options
    const until = timers.now() + question.terms.timeouts.connectMs
    if (question.terms.signal?.aborted === true) throw abortError(question.terms.signal)
    const begun = freshness === 'any' ? this.beginNow(question) : undefined
    if (begun !== undefined) return begun
    if (!this.#takePlace(freshness)) {
      const served = await this.#wait(question, freshness)
      if (served !== 'place') return served
    }
    return await this.#beginAnew(question, Math.max(0, until - timers.now()))
  }

  /** As `ConnectionOwner` has it. */
  onRoom(connection: ClientConnection): void {
    for (const waiter of this.#waiting) {
      if (waiter.freshness === 'fresh') {
        if (!connection.isIdle) break
        this.#discard(connection)
        return waiter.serve('place')
      }
      if (!connection.admits(waiter.question)) break
      this.#serve(waiter, connection)
    }
    if (!connection.isIdle) return
    this.#idle.push(connection)
    if (this.#idle.length > this.#options.maxIdlePerOrigin) this.#idle[0]?.destroy()
  }

  /** As `ConnectionOwner` has it. */
  onClosed(connection: ClientConnection): void {
    const index = this.#idle.indexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
    if (this.#all.delete(connection)) this.#leavePlace()
  }

  /** Closes all connections, whatever runs on them, and makes no further one. */
  destroy(reason: Error): void {
    this.#state = 'closed'
    for (const waiter of [...this.#waiting]) waiter.fail(reason)
    for (const controller of this.#dialling) controller.abort(reason)
    for (const connection of [...this.#all]) connection.destroy(reason)
  }

  /** A connection that is there and takes the request at once. */
  #find(question: Question): ClientConnection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.admits(question)) return idle
    }
    if (this.#options.pipelining === 1 || !question.mayPipeline) return undefined
    for (const connection of this.#all) if (connection.admits(question)) return connection
    return undefined
  }

  /** Takes a place for a new connection, if there is one. For a request that has to have a new one, an idle one makes room. */
  #takePlace(freshness: Freshness): boolean {
    if (this.#places < this.#options.maxConnectionsPerOrigin) {
      if (this.#places++ === 0) this.#onUse('used')
      return true
    }
    const oldest = freshness === 'fresh' ? this.#idle.shift() : undefined
    if (oldest !== undefined) this.#discard(oldest)
    return oldest !== undefined
  }

  /** A place goes on to who waits longest. */
  #leavePlace(): void {
    const [waiter] = this.#waiting
    if (waiter !== undefined) return waiter.serve('place')
    if (--this.#places === 0) this.#onUse('unused')
  }

  /** Closes a connection whose place somebody else has taken. */
  #discard(connection: ClientConnection): void {
    this.#all.delete(connection)
    connection.destroy()
  }

  /** What cannot be sent harms nobody: the connection stays what it was. */
  #beginOn(connection: ClientConnection, question: Question): ClientExchange {
    try {
      return connection.begin(question)
    } catch (error) {
      if (connection.isIdle) this.onRoom(connection)
      throw error
    }
  }

  #serve(waiter: Waiter, connection: ClientConnection): void {
    try {
      waiter.serve(connection.begin(waiter.question))
    } catch (error) {
      waiter.fail(error as Error)
    }
  }

  /** Makes a connection for a request, in a place that is taken. */
  async #beginAnew(question: Question, timeoutMs: number): Promise<ClientExchange> {
    const connection = await this.#connect(question.terms.signal, timeoutMs)
    this.#all.add(connection)
    if (connection.admits(question)) return this.#beginOn(connection, question)
    // A server has nothing to say before it is asked.
    throw connection.machine.bufferedBytes > 0 ? new HttpError('HTTP_SURPLUS') : new ClosedError()
  }

  async #connect(signal: AbortSignal | undefined, timeoutMs: number): Promise<ClientConnection> {
    let socket: Socket | undefined
    try {
      socket = await this.#dial(signal, timeoutMs)
      if (this.#state === 'closed') throw new ClosedError()
      return new ClientConnection(socket, this, this.#options)
    } catch (error) {
      socket?.destroy(error as Error)
      this.#leavePlace()
      throw error
    }
  }

  async #dial(signal: AbortSignal | undefined, timeoutMs: number): Promise<Socket> {
    const { target, dial, options } = this.#way
    const controller = new AbortController()
    const onAbort = (): void => controller.abort(abortError(signal))
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    this.#dialling.add(controller)
    try {
      return await dial(target, { ...options, timeoutMs, signal: controller.signal })
    } finally {
      this.#dialling.delete(controller)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  #wait(question: Question, freshness: Freshness): Promise<ClientExchange | 'place'> {
    const { signal, timeouts } = question.terms
    if (this.#waiting.size >= this.#options.maxWaitingPerOrigin) return Promise.reject(netError('NET_REFUSED'))
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter)
        timer.cancel()
        signal?.removeEventListener('abort', onAbort)
      }
      const fail = (error: Error): void => {
        leave()
        reject(error)
      }
      const serve = (served: ClientExchange | 'place'): void => {
        leave()
        resolve(served)
      }
      const onAbort = (): void => fail(abortError(signal))
      const timer = this.#options.timers.after(timeouts.connectMs, () =>
        fail(new TimeoutError('pool', timeouts.connectMs)),
      )
      const waiter: Waiter = { question, freshness, serve, fail }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(waiter)
    })
  }
}
