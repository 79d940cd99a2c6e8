/**
 * Connections to one origin: kept for the next request, limited in number, waited for in order. Which request goes to which origin
 * is `client.ts`'s business, what a connection does is its own. RFC 9112 §9.3, §9.4.
 *
 * A request takes the connection that was used last, so that what is not needed grows old and is closed. Where there is none and
 * no room for another, it waits; whoever waits longest is served first, by a connection that becomes idle or by the room that a closed
 * one leaves.
 */
import { dial } from '../net/dial.ts'
import type { DialOptions, DialTarget } from '../net/dial.ts'
import { TimeoutError, netError } from '../net/errors.ts'
import { abortError, ClientConnection } from './client-connection.ts'
import type { ConnectionOwner } from './client-connection.ts'
import type { ResolvedClientOptions } from './client-options.ts'

/** Somebody who waits for a connection, or for room to make one. */
interface Waiter {
  readonly serve: (connection: ClientConnection | 'room') => void
}

/** The connections to one origin. */
export class Pool implements ConnectionOwner {
  readonly #target: DialTarget
  readonly #options: ResolvedClientOptions
  readonly #dialOptions: DialOptions
  readonly #onEmpty: () => void
  /** The one that was used last at the end. */
  readonly #idle: ClientConnection[] = []
  readonly #all = new Set<ClientConnection>()
  readonly #waiting = new Set<Waiter>()
  /** Connections that are, or are being made. */
  #places = 0

  constructor(target: DialTarget, isTls: boolean, options: ResolvedClientOptions, onEmpty: () => void) {
    const { resolver, guard, timers } = options
    this.#target = target
    this.#options = options
    this.#onEmpty = onEmpty
    this.#dialOptions = {
      timers,
      ...(resolver !== undefined && { resolver }),
      ...(guard !== undefined && { guard }),
      ...(isTls && { tls: { alpn: ['http/1.1'], ...options.tls } }),
    }
  }

  /**
   * A connection for one request: an idle one, unless `isFresh` is asked for, or a new one. Rejects with what dialling rejects with, with
   * a `TimeoutError` of the phase `pool`, or with `NET_REFUSED` where too many wait already.
   */
  async acquire(isFresh: boolean, timeoutMs: number, signal: AbortSignal | undefined): Promise<ClientConnection> {
    const idle = isFresh ? undefined : this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#places >= this.#options.maxConnectionsPerOrigin) {
      const found = await this.#wait(timeoutMs, signal)
      if (found !== 'room') return found
    }
    return await this.#dial(timeoutMs, signal)
  }

  onIdle(connection: ClientConnection): void {
    const [waiter] = this.#waiting
    if (waiter !== undefined) return waiter.serve(connection)
    this.#idle.push(connection)
    if (this.#idle.length > this.#options.maxIdlePerOrigin) this.#idle[0]?.destroy()
  }

  onClosed(connection: ClientConnection): void {
    const index = this.#idle.indexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
    if (this.#all.delete(connection)) this.#leavePlace()
  }

  /** Closes all connections, whatever runs on them. */
  destroy(reason: Error): void {
    for (const connection of this.#all) connection.destroy(reason)
  }

  /** Closes what is not used. */
  closeIdle(): void {
    for (const connection of [...this.#idle]) connection.destroy()
  }

  async #dial(timeoutMs: number, signal: AbortSignal | undefined): Promise<ClientConnection> {
    this.#places++
    try {
      const socket = await dial(this.#target, {
        ...this.#dialOptions,
        timeoutMs,
        ...(signal !== undefined && { signal }),
      })
      const connection = new ClientConnection(socket, this, this.#options)
      this.#all.add(connection)
      return connection
    } catch (error) {
      this.#leavePlace()
      throw error
    }
  }

  #leavePlace(): void {
    this.#places--
    const [waiter] = this.#waiting
    if (waiter !== undefined) waiter.serve('room')
    else if (this.#places === 0) this.#onEmpty()
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<ClientConnection | 'room'> {
    if (this.#waiting.size >= this.#options.maxWaitingPerOrigin) return Promise.reject(netError('NET_REFUSED'))
    if (signal?.aborted === true) return Promise.reject(abortError(signal))
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter)
        timer.cancel()
        signal?.removeEventListener('abort', onAbort)
      }
      const onAbort = (): void => {
        leave()
        reject(abortError(signal))
      }
      const waiter: Waiter = {
        serve: (connection) => {
          leave()
          resolve(connection)
        },
      }
      const timer = this.#options.timers.after(timeoutMs, () => {
        leave()
        reject(new TimeoutError('pool', timeoutMs))
      })
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(waiter)
    })
  }
}
