/**
 * A client's connection, from its first octet to its last: one request after the other is read, given to the handler, and answered
 * in order.
 *
 *     waiting ──request──> answering ──response over──> dropping what was not read ──> waiting ──idle for a moment──> resting ──request──> answering
 *        └──client's end, deadline, drain──> closing <──close said, fault────┘
 *
 * Manners. A request that cannot be read is answered with the status that its error names, and the connection is closed in
 * stages, so that no RST destroys the answer (RFC 9112 §9.6). Content that a handler did not read is read and dropped, up to a
 * limit, or the connection is closed: it is never taken for the next request (§9.3). A response that breaks off is cut, never
 * ended as if it were whole. A handler is told when its client ends its side, as long as that can be seen: behind more content than
 * is read ahead (64 KiB) nobody looks.
 * Draining: the current response says `close`; an idle connection waits a moment for a request that may be on its way.
 */
import { Deadline } from '../net/deadline.ts'
import { ClosedError, NetError, ProtocolError, TimeoutError } from '../net/errors.ts'
import { Pace } from '../net/pace.ts'
import type { Session } from '../net/session.ts'
import type { Socket, Watcher } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
import { answerInTurn } from '../net/turn-end.ts'
import { Connection } from './connection.ts'
import { currentDate } from './current-date.ts'
import type { Content, ReceivedEnd, ReceivedRequest, ServerIn, ServerOut, Warning } from './events.ts'
import { Exchange } from './exchange.ts'
import type { WholeContent } from './exchange.ts'
import type { FieldsInit } from './fields.ts'
import { joinAnswer } from './last-answer.ts'
import { ServerMachine } from './machine.ts'
import type { Answer } from './machine.ts'
import { paceRules } from './pace.ts'
import { withServerDefaults } from './server-options.ts'
import type { ResolvedServerOptions, ServerConnectionOptions } from './server-options.ts'
import { reasonOf } from './status.ts'
import { serverTracer } from './trace.ts'
import type { ServerTracer } from './trace.ts'

/** Answers one exchange, at once or later. */
export type ExchangeHandler = (exchange: Exchange) => void | Promise<void>

/** How far a connection has come: it waits for a request, something takes its time, or there is no more to come. */
type Step = 'waiting' | { readonly taken: Promise<void> } | 'over'

/** How long a connection may be idle before it lets go of what it keeps for the next request: most come at once, or after long. */
const REST_MS = 250

/** One client's connection; it is over when its socket is closed. */
export class ServerConnection implements Session, Watcher {
  /** @internal */
  readonly machine: ServerMachine
  /** @internal */
  readonly connection: Connection<ServerIn, ServerOut>
  /** @internal */
  readonly maxCollectedBytes: number
  readonly #socket: Socket
  readonly #handler: ExchangeHandler
  readonly #options: ResolvedServerOptions
  readonly #transcript: Transcript | undefined
  readonly #tracer: ServerTracer | undefined
  /** What is waited for; while a request is `answering`, its own clocks count. */
  #phase: 'firstByte' | 'keepAlive' | 'resting' | 'drain' | 'head' | 'answering' = 'firstByte'
  #isDraining = false
  #exchange: Exchange | undefined
  /** For handlers that take their time; made with the first one. */
  #handlerDeadline: Deadline | undefined
  /** What is wrong with the current request's content: the answer says so, whatever the handler makes of it. */
  #contentFault: Error | undefined
  /** Octets of the current request's content that are known to be still to come. */
  #announced = 0
  #pace: Pace | undefined

  /** Serves the client on `socket`, which belongs to this connection from now on. */
  constructor(socket: Socket, handler: ExchangeHandler, options: ServerConnectionOptions = {}) {
    this.#socket = socket
    this.#handler = handler
    this.#options = withServerDefaults(options)
    const { limits, leniency, timeouts } = this.#options
    this.#transcript = this.#options.transcript?.(socket)
    this.maxCollectedBytes = limits.maxCollectedBytes
    this.machine = new ServerMachine({ limits, leniency, date: currentDate })
    this.#tracer = serverTracer(this.#transcript)
    this.connection = new Connection(socket, this.machine, this.#tracer)
    socket.setWriteDeadline('write', timeouts.writeMs)
    socket.watch(this)
    this.#advance()
  }

  /** Finish what runs, then end. */
  drain(): void {
    this.#isDraining = true
    this.machine.endPersistence()
    if (QUIET_PHASES.includes(this.#phase)) this.#enter('drain')
  }

  /** @internal As `Watcher` has it. */
  onEnded(): void {
    this.#exchange?.abort(new ClosedError('The client has ended its side'))
  }

  /** @internal As `Watcher` has it. */
  onClosed(reason: Error | undefined): void {
    this.#exchange?.cut(reason ?? new ClosedError())
  }

  /** @internal A handler is late: as `DeadlineKeeper` has it. */
  onDeadline(): void {
    const exchange = this.#exchange
    if (exchange?.state !== 'unanswered') return
    this.#say(503)
    exchange.cut(this.#handlerDeadline?.error)
  }

  /** @internal */
  answer(status: number, headers: FieldsInit, content: WholeContent): void {
    // Nobody will read this much any more, so the client learns now that the connection ends.
    if (this.#announced > this.#options.maxDroppedBytes || this.#contentFault !== undefined)
      this.machine.endPersistence()
    this.#send(this.machine.answer(status, headers, content))
    this.afterSend()
  }

  /** @internal A handler that streams may still read what is announced. */
  beginStream(): void {
    if (this.#contentFault !== undefined) this.machine.endPersistence()
  }

  /** @internal */
  afterSend(): void {
    this.connection.flushAtTurnEnd()
  }

  /** @internal */
  sendFailed(error: unknown): void {
    // A client that went, or that takes nothing, is no fault of ours.
    if (!(error instanceof ClosedError || error instanceof TimeoutError)) this.#options.onError?.(asError(error))
    this.#exchange?.cut(error)
    this.machine.sendFailed()
    this.#socket.destroy(asError(error))
  }

  /** @internal */
  async pullContent(): Promise<Uint8Array | undefined> {
    // While the client has to speak, its deadline counts and not the handler's.
    this.#handlerDeadline?.set('handler', undefined)
    try {
      return await this.#readContent()
    } catch (error) {
      this.#contentFault ??= asError(error)
      throw error
    } finally {
      this.#beginHandlerTime()
    }
  }

  /** @internal */
  refuseContent(reason: Error): void {
    this.#contentFault ??= reason
    this.machine.endPersistence()
  }

  #send(answer: Answer): void {
    this.#tracer?.answered(answer)
    this.connection.sendText(joinAnswer(answer.head, answer.text), answer.slices)
  }

  /**
   * Serves one request after the other, until something takes its time, or there can be no other. No promise is made as long as each request is
   * answered in the turn in which it comes.
   */
  #advance(): void {
    try {
      const step = this.#proceed()
      if (step === 'waiting') this.#receiveHead()
      else if (step === 'over') this.#end()
      else this.#advanceBehind(step.taken)
    } catch (error) {
      this.#lose(error)
    }
  }

  #advanceBehind(taken: Promise<void>): void {
    taken.then(
      () => this.#advance(),
      (error: unknown) => this.#lose(error),
    )
  }

  /** @internal Octets have come: the hot path. */
  received(): void {
    answerInTurn(this)
  }

  /** @internal As `Answering` has it. */
  answers(): void {
    this.#advance()
  }

  /** @internal */
  notReceived(error: Error): void {
    if (this.#phase === 'keepAlive' && error instanceof TimeoutError) this.#rest()
    else this.#lose(error)
  }

  /** Octets, or their absence, end the connection. */
  #lose(error: unknown): void {
    try {
      this.#giveUp(error)
      this.#end()
    } catch (fault) {
      // Of `onError`, or of a transcript.
      this.#socket.destroy(asError(fault))
    }
  }

  /** There is no more to come. */
  #end(): void {
    this.connection.flush()
    this.#handlerDeadline?.stop()
    if (this.machine.state !== 'switched') void this.#socket.close()
    const transcript = this.#transcript
    if (transcript !== undefined) void this.#socket.closed.then(() => transcript.close())
  }

  /** Goes on until somebody has to be waited for. */
  #proceed(): Step {
    for (;;) {
      const step = this.#exchange === undefined ? this.#next() : this.#leave(this.#exchange)
      if (step !== undefined) return step
    }
  }

  /** The next request, as far as it has come. */
  #next(): Step | undefined {
    const event = this.connection.next()
    if (event.type === 'request') return this.#answer(event)
    if (event.type === 'warning') this.#warn(event)
    if (event.type !== 'needData') return undefined
    if (this.machine.clientState !== 'idle') return 'over'
    return this.connection.receiveNow() ? undefined : 'waiting'
  }

  /** Behind an exchange: what was not read of its request is dropped, and what was sent leaves, before there is another. */
  #leave(exchange: Exchange): Step | undefined {
    const { machine, connection } = this
    exchange.loseContent()
    if (machine.clientState === 'sendBody' && machine.isPersistent) return { taken: this.#dropContent() }
    if (machine.state !== 'idle') return 'over'
    this.#exchange = undefined
    return connection.isFull ? { taken: connection.drained() } : undefined
  }

  #warn(warning: Warning): void {
    this.#options.onWarning?.(warning, this.#socket.remote)
  }

  /** Waits for octets of a head. Its deadline counts from its first octet, however slowly the others follow. */
  #receiveHead(): void {
    if (this.machine.bufferedBytes > 0) this.#enter('head')
    else if (this.#isDraining) this.#enter('drain')
    else if (this.#phase !== 'firstByte') this.#enter('keepAlive')
    else this.#socket.setReadDeadline('firstByte', this.#options.timeouts.firstByteMs)
    this.connection.receiveFor(this)
  }

  /** The client was idle for a moment, and may be so for long. */
  #rest(): void {
    this.machine.rest()
    this.#handlerDeadline?.stop()
    this.#handlerDeadline = undefined
    this.#enter('resting')
    this.connection.receiveFor(this)
  }

  /** Goes over to a phase of reading, each with its own deadline. */
  #enter(phase: 'keepAlive' | 'resting' | 'drain' | 'head'): void {
    const { timeouts } = this.#options
    if (phase === 'head' && this.#phase === 'head') return
    this.#phase = phase
    switch (phase) {
      case 'keepAlive':
        return this.#socket.setReadDeadline(phase, Math.min(REST_MS, timeouts.keepAliveMs))
      case 'resting':
        return this.#socket.setReadDeadline(phase, Math.max(0, timeouts.keepAliveMs - REST_MS))
      case 'drain':
        return this.#socket.setReadDeadline(phase, timeouts.drainMs)
      case 'head':
        return this.#socket.setReadDeadline(phase, timeouts.headMs)
    }
  }

  /** Gives a request to the handler. */
  #answer(request: ReceivedRequest): Step | undefined {
    const exchange = new Exchange(request, this)
    this.#exchange = exchange
    this.#phase = 'answering'
    this.#contentFault = undefined
    this.#pace = undefined
    this.#announced = request.framing.kind === 'length' ? request.framing.length : 0
    if (request.framing.kind === 'none') this.#endContent(this.connection.next() as ReceivedEnd)
    if (this.#isDraining) this.machine.endPersistence()
    let working: void | Promise<void> = undefined
    try {
      // "a request for an "https" resource MUST be rejected unless it has been received over a connection that has been secured":
      // a handler that believed the target would take the clear for TLS (RFC 9110 §7.4).
      if (exchange.form === 'absolute' && exchange.scheme === 'https' && exchange.tls === undefined)
        exchange.respond(421)
      else working = this.#handler(exchange)
    } catch (error) {
      this.#fail(exchange, error)
    }
    return working === undefined && isSettled(exchange) ? undefined : { taken: this.#await(exchange, working) }
  }

  /** Waits for an answer that takes its time. */
  async #await(exchange: Exchange, working: void | Promise<void>): Promise<void> {
    this.connection.flushAtTurnEnd()
    this.#beginHandlerTime()
    try {
      await Promise.race([working, exchange.whenCut])
      if (exchange.state === 'unanswered') throw new Error('The handler returned without an answer')
      await exchange.whenOver
    } catch (error) {
      this.#fail(exchange, error)
    } finally {
      this.#handlerDeadline?.set('handler', undefined)
    }
  }

  #beginHandlerTime(): void {
    this.#handlerDeadline ??= new Deadline(this.#options.timers, this)
    this.#handlerDeadline.set('handler', this.#options.timeouts.handlerMs)
  }

  /** A handler failed. Where nothing was sent yet, the client is told; else it has to see that the response is not whole. */
  #fail(exchange: Exchange, error: unknown): void {
    const fault = this.#contentFault
    if (exchange.state === 'cut') return
    if (exchange.state === 'streaming') return this.sendFailed(error)
    if (fault === undefined) this.#options.onError?.(asError(error))
    if (exchange.state !== 'unanswered') return
    if (!(fault instanceof ClosedError)) this.#say(fault === undefined ? 500 : statusOf(fault), fault)
    exchange.cut(error)
  }

  /** What a connection ends with when its octets, or their absence, end it. */
  #giveUp(error: unknown): void {
    const mayAnswer = this.machine.state === 'idle' || this.machine.state === 'sendResponse'
    if (!(error instanceof NetError)) this.#options.onError?.(asError(error))
    if (error instanceof ClosedError || !(error instanceof NetError)) this.#socket.destroy(asError(error))
    else if (mayAnswer && !(error instanceof TimeoutError && QUIET_PHASES.includes(error.phase))) {
      this.#say(statusOf(error), error)
    }
    this.#exchange?.cut(error)
  }

  /** Says what went wrong, in place of an answer, and that the connection ends. */
  #say(status: number, fault?: Error): void {
    const why = fault instanceof ProtocolError ? `${fault.code}: ${fault.message}\n` : ''
    const text = `${status} ${reasonOf(status)}\n${why}`
    this.machine.endPersistence()
    this.#send(this.machine.answer(status, PLAIN_TEXT, text))
    this.connection.flush()
  }

  async #readContent(): Promise<Uint8Array | undefined> {
    if (this.machine.isContinueAwaited && this.#exchange?.state === 'unanswered') {
      this.connection.send({ type: 'informational', status: 100, headers: [] })
    }
    const event = await this.#nextOfContent()
    return event.type === 'end' ? this.#endContent(event) : event.bytes
  }

  /** The next slice of the request's content, or its end; waits for it as long as its pace allows. */
  async #nextOfContent(): Promise<Content | ReceivedEnd> {
    const { connection } = this
    const { limits, timeouts, timers } = this.#options
    this.#pace ??= new Pace(paceRules('request', limits, timeouts, timers))
    for (;;) {
      const event = connection.next()
      if (event.type === 'content') {
        this.#announced = Math.max(0, this.#announced - event.bytes.length)
        this.#pace.credit(event.bytes.length)
        return event
      }
      if (event.type === 'end') return event
      if (event.type === 'warning') this.#warn(event)
      else if (!connection.receiveNow()) await this.#pace.receive(connection)
    }
  }

  #endContent({ trailers }: ReceivedEnd): undefined {
    this.#announced = 0
    this.#exchange?.endContent(trailers)
  }

  /** Reads what the handler did not, so that the next request is found behind it; up to a limit, else the connection ends. */
  async #dropContent(): Promise<void> {
    const { maxDroppedBytes } = this.#options
    let dropped = 0
    while (dropped + this.#announced <= maxDroppedBytes) {
      const event = await this.#nextOfContent()
      if (event.type === 'end') return
      dropped += event.bytes.length
    }
    this.machine.endPersistence()
  }
}

const PLAIN_TEXT = [['Content-Type', 'text/plain; charset=utf-8']] as const

/** Phases whose deadlines end a connection without a word: the client has asked for nothing. */
const QUIET_PHASES = ['firstByte', 'keepAlive', 'resting', 'drain']

function isSettled({ state }: Exchange): boolean {
  return state !== 'unanswered' && state !== 'streaming'
}

/** The status with which a fault of the client's is answered. */
function statusOf(fault: Error): number {
  if (fault instanceof TimeoutError) return 408
  return fault instanceof ProtocolError ? (fault.hint ?? 400) : 500
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
