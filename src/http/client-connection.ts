/**
 * A connection to a server, and the exchanges on it: one at a time, or several in a row where pipelining is wanted.
 *
 *     idle ──begin──> busy ──the last exchange ends well──> idle
 *      │               └──fault, abort, deadline, cancel, surplus, close──> closed
 *      └──server's end, an octet that nobody asked for────────────────────> closed
 *
 * Only a connection on which both messages are complete, that both sides want to keep, and on which nothing is left over goes
 * back to `idle`: every other one is closed, because what comes next on it could be taken for an answer to somebody else's request
 * (RFC 9112 §9.2, §6.3). That is looked at twice: when the response ends, and again before the next request goes out.
 *
 * Pipelining (RFC 9112 §9.3.2). A request goes out behind others only where all of them are idempotent, so that all can be sent again
 * when the connection ends early, and only on a connection that has shown already that the server speaks 1.1 and keeps it. Responses come
 * in order; an exchange that is broken off before its turn ends the connection when its turn comes, and not before.
 */
import { Deadline } from '../net/deadline.ts'
import { ClosedError, closedBy } from '../net/errors.ts'
import type { Socket } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import type { Transcript } from '../net/transcript.ts'
import { ClientExchange } from './client-exchange.ts'
import type { ExchangeHost, Question } from './client-exchange.ts'
import type { ResolvedClientOptions } from './client-options.ts'
import { Connection } from './connection.ts'
import type { ClientIn, ClientOut, Warning } from './events.ts'
import type { Limits } from './limits.ts'
import { ClientMachine } from './machine.ts'
import { clientTracer } from './trace.ts'

/** What a connection tells its pool. */
export interface ConnectionOwner {
  /** It may have room for another request. */
  onRoom(connection: ClientConnection): void
  /** It has none, ever again. */
  onClosed(connection: ClientConnection): void
}

/** One connection to a server. */
export class ClientConnection implements ExchangeHost {
  readonly socket: Socket
  readonly machine: ClientMachine
  readonly connection: Connection<ClientIn, ClientOut>
  readonly timers: TimerWheel
  readonly limits: Limits
  readonly unread: Deadline
  readonly #owner: ConnectionOwner
  readonly #pipelining: number
  readonly #idleMs: number
  readonly #transcript: Transcript | undefined
  readonly #onWarning: ResolvedClientOptions['onWarning']
  #state: 'idle' | 'busy' | 'closed' = 'idle'
  /** What was begun and is not over, the oldest first: that one is being answered. */
  readonly #exchanges: ClientExchange[] = []
  /** How many exchanges have ended well, up to the one that tells that others may follow. */
  #history: 'none' | 'begun' | 'proven' = 'none'
  /** Octets that had come when it became idle. */
  #readAtRest: number

  constructor(socket: Socket, owner: ConnectionOwner, options: ResolvedClientOptions) {
    const { limits, pipelining, idleMs, timers } = options
    this.socket = socket
    this.timers = timers
    this.limits = limits
    this.unread = new Deadline(timers, { onDeadline: () => this.#exchanges[0]?.onUnread() })
    this.#owner = owner
    this.#pipelining = pipelining
    this.#idleMs = idleMs
    this.#transcript = options.transcript?.(socket)
    this.#onWarning = options.onWarning
    this.machine = new ClientMachine({ ...options, maxOutstanding: pipelining })
    this.connection = new Connection(socket, this.machine, clientTracer(this.#transcript))
    this.#readAtRest = socket.bytesRead
    void socket.closed.then(() => this.#end())
  }

  /** Whether nothing is under way, and something could be. */
  get isIdle(): boolean {
    return this.#state === 'idle'
  }

  /** Whether this request may be sent on it now. One that cannot be used any more says so here, and is closed. */
  admits(question: Question): boolean {
    switch (this.#state) {
      case 'idle':
        if (this.#isQuiet()) return true
        this.#onUnasked()
        return false
      case 'busy':
        return question.mayPipeline && this.#mayPipeline()
      case 'closed':
        return false
    }
  }

  /** Sends a request that is admitted. Throws where it cannot be written, or was given up already: nothing has happened then. */
  begin(question: Question): ClientExchange {
    const exchange = new ClientExchange(this, question, this.#history === 'none')
    exchange.sendHead()
    this.#exchanges.push(exchange)
    this.#state = 'busy'
    if (this.#history === 'none') this.#history = 'begun'
    const isNext = this.#exchanges.length === 1
    if (!isNext) exchange.queue()
    exchange.sendContent()
    if (isNext) exchange.startTurn()
    return exchange
  }

  /** Closes it, whatever runs on it. */
  destroy(reason?: Error): void {
    this.#failAll(closedBy(reason), false)
    this.socket.destroy(reason)
    this.#end()
  }

  /** As `ExchangeHost` has it. */
  onWarning(warning: Warning): void {
    this.#onWarning?.(warning, this.socket.remote)
  }

  /** As `ExchangeHost` has it. */
  onComplete(exchange: ClientExchange): void {
    this.#exchanges.shift()
    const [next] = this.#exchanges
    if (next === undefined) return this.#restOrClose(exchange)
    // What follows a last response is none, and whoever gave up does not read his.
    if (!this.machine.isPersistent || next.isOver) return this.#close()
    this.#history = 'proven'
    next.startTurn()
    this.#owner.onRoom(this)
  }

  /** As `ExchangeHost` has it. */
  onBroken(exchange: ClientExchange, error: Error): void {
    if (this.#exchanges[0] !== exchange) return
    this.#failAll(closedBy(error), true)
    this.socket.destroy(error)
    this.#end()
  }

  /** As `ExchangeHost` has it. */
  leave(): Socket {
    const { socket } = this
    this.#end()
    socket.setReadDeadline('taken over', undefined)
    socket.setWriteDeadline('taken over', undefined)
    socket.unread(this.machine.takeLeftover())
    return socket
  }

  /** Whether nothing has come, not even an end, since it became idle. */
  #isQuiet(): boolean {
    const isSilent = this.socket.bytesRead === this.#readAtRest && !this.connection.receiveNow()
    return isSilent && !this.connection.isEnded && this.socket.state === 'open'
  }

  #mayPipeline(): boolean {
    const isFit = this.#history === 'proven' && this.machine.state === 'idle'
    return (
      isFit &&
      this.#exchanges.length < this.#pipelining &&
      this.#exchanges.every((exchange) => exchange.mayBeFollowed && exchange.isSent)
    )
  }

  /** Behind the last response under way: back to `idle` where everything is as it should be, else the end. */
  #restOrClose(exchange: ClientExchange): void {
    this.connection.receiveNow()
    const isClean = exchange.isSent && this.machine.isReusable && !this.connection.isEnded
    if (!isClean || this.#state !== 'busy' || this.socket.state !== 'open') return this.#close()
    this.#state = 'idle'
    this.#history = 'proven'
    this.#readAtRest = this.socket.bytesRead
    this.socket.setReadDeadline('idle', this.#idleMs)
    // What comes now answers nothing; the end of an idle connection is no fault.
    this.connection.watch(this.#onUnasked, this.#onUnasked)
    this.#owner.onRoom(this)
  }

  readonly #onUnasked = (): void => {
    if (this.#state !== 'idle') return
    void this.socket.close(0)
    this.#end()
  }

  /** No further exchange here; those that wait for their turn have lost it. */
  #close(): void {
    this.#failAll(new ClosedError('The connection ended before its turn'), true)
    void this.socket.close()
    this.#end()
  }

  #failAll(error: Error, isExcused: boolean): void {
    for (const exchange of this.#exchanges.splice(0)) exchange.fail(error, isExcused)
  }

  #end(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.unread.stop()
    this.#transcript?.close()
    this.#owner.onClosed(this)
  }
}
