/**
 * Several sessions with one server, for whoever has many messages: kept for the next one, limited in number, waited for in order.
 *
 *     await using pool = new Pool('smtp://mx.example.test', { maxConnections: 3 })
 *     const results = await Promise.all(messages.map((message) => pool.send(message)))
 *
 *     (none) ──connect──> busy ──sent──> idle ──the next message──> busy
 *                          │              ├──idleMs
 *                          └──────────────┴──enough messages, an error, a word that nobody asked for──> gone
 *
 * A session that has waited may have been closed meanwhile by a server that was tired of it. That shows with the next message at the
 * latest; where no octet of its content was sent, the message goes over another session, once for each that has waited, and nobody is
 * told. On a new session nothing is tried again: that is for a queue to do, and later (RFC 5321 §4.5.4.1).
 */
import { abortError } from '../net/abort.ts'
import { ClosedError, netError } from '../net/errors.ts'
import { timers as defaultTimers } from '../net/timers.ts'
import type { Timer, TimerWheel } from '../net/timers.ts'
import { connect } from './client.ts'
import type { Client } from './client.ts'
import type { ConnectOptions } from './client-options.ts'
import { SmtpError } from './errors.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { OutgoingMessage } from './message.ts'
import { SmtpReplyError } from './reply.ts'
import { SmtpSendError } from './send-error.ts'
import type { SendResult } from './sending.ts'

/** How a pool is held. */
export interface PoolOptions extends Omit<ConnectOptions, 'signal'> {
  /** Sessions at a time. Default 5. */
  readonly maxConnections?: number
  /** Messages over one session. Default 100, as many servers have it. */
  readonly maxMessagesPerConnection?: number
  /** How long a session may wait for the next message, in milliseconds. Default 30,000; servers wait 5 minutes at least. */
  readonly idleMs?: number
  /** Messages that may wait for a session. Default 1,000; those beyond are rejected with `NET_REFUSED`. */
  readonly maxWaiting?: number
}

/** A session of the pool. */
interface Slot {
  readonly client: Client
  /** Messages that were sent over it. */
  sent: number
  /** Ends it when it has waited for too long. */
  idle: Timer | undefined
}

/** Somebody who waits for a session, or for a place to make one. */
interface Waiter {
  readonly serve: (served: Slot | 'place') => void
}

/** The reply of a server that closes (RFC 5321 §3.8). */
const CLOSING = 421

/** Sessions with one server. */
export class Pool implements AsyncDisposable {
  readonly #target: string | URL
  readonly #options: Omit<ConnectOptions, 'signal'>
  readonly #maxConnections: number
  readonly #maxMessages: number
  readonly #idleMs: number
  readonly #maxWaiting: number
  readonly #timers: TimerWheel
  #state: 'open' | 'closed' = 'open'
  /** The one that was used last at the end, so that those who are not needed grow old. */
  readonly #idle: Slot[] = []
  readonly #waiting = new Set<Waiter>()
  /** What is being done; `close` waits for all of it. */
  readonly #doing = new Set<Promise<unknown>>()
  /** Sessions that are, or are being made. */
  #places = 0

  /** Connects to nobody yet. Throws a `RangeError` where a number is less than 1. */
  constructor(target: string | URL, options: PoolOptions = {}) {
    const {
      maxConnections = 5,
      maxMessagesPerConnection = 100,
      idleMs = 30_000,
      maxWaiting = 1000,
      ...connectOptions
    } = options
    for (const [name, value] of Object.entries({ maxConnections, maxMessagesPerConnection, idleMs, maxWaiting })) {
      if (!(value >= 1 && value < Infinity)) throw new RangeError(`${name} must be finite, and 1 at least`)
    }
    this.#target = target
    this.#options = connectOptions
    this.#maxConnections = maxConnections
    this.#maxMessages = maxMessagesPerConnection
    this.#idleMs = idleMs
    this.#maxWaiting = maxWaiting
    this.#timers = options.timers ?? defaultTimers
  }

  /** Sessions that are there or are being made. */
  get connections(): number {
    return this.#places
  }

  /** Sends a message over a session of the pool. Rejects as `send` does, and with `NET_REFUSED` where too many wait already. */
  send(message: OutgoingMessage): Promise<SendResult> {
    if (this.#state === 'closed') return Promise.reject(new ClosedError('The pool is closed'))
    return this.#note(this.#send(message))
  }

  /** Takes no further message, sends those that it has, and ends all sessions. Never rejects. */
  async close(): Promise<void> {
    this.#state = 'closed'
    for (const slot of this.#idle.splice(0)) this.#discard(slot)
    while (this.#doing.size > 0) await Promise.allSettled(this.#doing)
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #note<T>(work: Promise<T>): Promise<T> {
    this.#doing.add(work)
    const forget = (): void => void this.#doing.delete(work)
    work.then(forget, forget)
    return work
  }

  async #send(message: OutgoingMessage): Promise<SendResult> {
    for (;;) {
      const slot = await this.#take(message.signal)
      const isUsed = slot.sent++ > 0
      try {
        const result = await slot.client.send(message)
        this.#giveBack(slot)
        return result
      } catch (error) {
        if (isSessionOver(error)) this.#discard(slot)
        else this.#giveBack(slot)
        if (!isUsed || !isSessionOver(error) || !isUnsent(error)) throw error
      }
    }
  }

  /** A session that is free: one that has waited, a new one, or the next that is given back. */
  async #take(signal: AbortSignal | undefined): Promise<Slot> {
    for (let slot = this.#idle.pop(); slot !== undefined; slot = this.#idle.pop()) {
      slot.idle?.cancel()
      if (slot.client.isReady) return slot
      this.#discard(slot)
    }
    if (this.#places < this.#maxConnections) this.#places++
    else {
      const served = await this.#wait(signal)
      if (served !== 'place') return served
    }
    try {
      const client = await connect(this.#target, { ...this.#options, ...(signal !== undefined && { signal }) })
      return { client, sent: 0, idle: undefined }
    } catch (error) {
      this.#leavePlace()
      throw error
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<Slot | 'place'> {
    if (signal?.aborted === true) return Promise.reject(abortError(signal))
    if (this.#waiting.size >= this.#maxWaiting) return Promise.reject(netError('NET_REFUSED'))
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter)
        signal?.removeEventListener('abort', onAbort)
      }
      const onAbort = (): void => {
        leave()
        reject(abortError(signal))
      }
      const waiter: Waiter = { serve: (served) => (leave(), resolve(served)) }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(waiter)
    })
  }

  /** A session goes to who waits longest, or waits itself. */
  #giveBack(slot: Slot): void {
    const [waiter] = this.#waiting
    if (slot.sent >= this.#maxMessages || !slot.client.isReady) return this.#discard(slot)
    if (waiter !== undefined) return waiter.serve(slot)
    if (this.#state === 'closed') return this.#discard(slot)
    slot.idle = this.#timers.after(this.#idleMs, () => {
      this.#idle.splice(this.#idle.indexOf(slot), 1)
      this.#discard(slot)
    })
    this.#idle.push(slot)
  }

  /** Ends a session; its place is free at once, and nobody waits for its QUIT but `close`. */
  #discard(slot: Slot): void {
    slot.idle?.cancel()
    void this.#note(slot.client.quit())
    this.#leavePlace()
  }

  /** A place goes on to who waits longest. */
  #leavePlace(): void {
    const [waiter] = this.#waiting
    if (waiter === undefined) this.#places--
    else waiter.serve('place')
  }
}

/** Whether an error says that its session will not do for any message, though another might. */
function isSessionOver(error: unknown): boolean {
  if (error instanceof SmtpReplyError) return error.reply.code === CLOSING
  if (error instanceof SmtpError) return error.code === 'SMTP_SESSION_FULL' || error.side === 'remote'
  return error instanceof SmtpSendError || error instanceof ClosedError
}

/** What says that a session was over before the message came to it. */
const ENDED: ReadonlySet<string> = new Set<SmtpErrorCode>(['SMTP_CUT_SHORT', 'SMTP_REPLY_UNASKED'])

/** Whether nothing of the message has left, for reasons of the session: then another one may be tried. */
function isUnsent(error: unknown): boolean {
  if (error instanceof SmtpReplyError) return error.command !== 'message' || error.refused.length === 0
  if (!(error instanceof SmtpSendError)) return true
  const { cause } = error
  const isOver = cause instanceof ClosedError || (cause instanceof SmtpError && ENDED.has(cause.code))
  return isOver && error.fate === 'unsent' && error.accepted.length === 0
}
