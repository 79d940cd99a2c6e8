/**
 * One request and its response on a connection that others may share: behind it in the queue, where requests are pipelined.
 *
 *     queued ──its turn──> awaiting ──head──> answered ──end──> over
 *       │                     │                  │
 *       │                     └──101, or 2xx to CONNECT──> switched ──taken over──> over
 *       └──abort, fault, deadline, cancel: from anywhere────────────────────────────^
 *
 * The response is pulled by whoever wants it: nobody reads ahead for a caller that does not ask, which is the backpressure. What
 * breaks an exchange off ends its connection too, because nobody can tell any more where the next response begins (RFC 9112 §9.3).
 * The first thing that went wrong is what the caller is told, however often and wherever he asks.
 */
import { abortError } from '../net/abort.ts'
import { ClosedError, TimeoutError } from '../net/errors.ts'
import { Pace } from '../net/pace.ts'
import type { Socket } from '../net/socket.ts'
import type { Timer } from '../net/timers.ts'
import type { OutgoingContent } from './client-content.ts'
import type { ClientTimeouts } from './client-options.ts'
import { Upload } from './client-upload.ts'
import type { UploadHost } from './client-upload.ts'
import { localError } from './errors.ts'
import type { ClientIn, ReceivedInformational, ReceivedResponse, Warning } from './events.ts'
import { NO_FIELDS } from './fields.ts'
import type { FieldLines, Fields } from './fields.ts'
import type { Limits } from './limits.ts'
import { paceRules } from './pace.ts'
import { ClientResponse } from './response.ts'
import type { ResponseSource } from './response.ts'

/** What is asked. */
export interface Question {
  /** For the response to tell. */
  readonly url: URL
  /** How many redirects led here. */
  readonly redirects: number
  /** The method. */
  readonly method: string
  /** The request target. */
  readonly target: string
  /** The header section, with Host and the framing fields. */
  readonly headers: FieldLines
  /** The content, and its trailers. */
  readonly content: OutgoingContent | undefined
  /** Whether the content waits for a 100. */
  readonly expectsContinue: boolean
  /** Whether the request may be pipelined: it is idempotent, can be sent again, and leaves no question open. */
  readonly mayPipeline: boolean
  /** Gives up. */
  readonly signal: AbortSignal | undefined
  /** Told of each interim response. */
  readonly onInformational: ((head: ReceivedInformational) => void) | undefined
  /** Timeouts of this request. */
  readonly timeouts: ClientTimeouts
}

/** What an exchange runs on, and whom it tells. */
export interface ExchangeHost extends UploadHost {
  /** What the connection runs on. */
  readonly socket: Socket
  /** The limits. */
  readonly limits: Limits
  /** A broken rule was forgiven. */
  onWarning(warning: Warning): void
  /** The response is complete. */
  onComplete(exchange: ClientExchange): void
  /** The exchange is over before its end. */
  onBroken(exchange: ClientExchange, error: Error): void
  /** The connection leaves HTTP; gives its socket, which belongs to the caller from now on. */
  leave(): Socket
}

const NOW: Promise<void> = Promise.resolve()

/** One request and its response. */
export class ClientExchange implements ResponseSource {
  readonly #host: ExchangeHost
  readonly #question: Question
  readonly #upload: Upload
  #state: 'queued' | 'awaiting' | 'answered' | 'switched' | 'over' = 'queued'
  #turn: Promise<void> = NOW
  #beginTurn: () => void = () => {}
  /** Whether anything of the response has come. */
  #isHeard = false
  /** Whether the connection carried anything before this. */
  readonly #isFirst: boolean
  #isLost = false
  #fault: Error | undefined
  #trailers: Fields = NO_FIELDS
  #pace: Pace | undefined
  /** Ends an exchange that nobody reads on with. */
  #unread: Timer | undefined
  #onOver: () => void = () => {}

  constructor(host: ExchangeHost, question: Question, isFirst: boolean) {
    this.#host = host
    this.#question = question
    this.#isFirst = isFirst
    this.#upload = new Upload(
      host,
      question.content,
      () => this.#setDeadline(),
      (error) => this.breakOff(error),
    )
  }

  get url(): URL {
    return this.#question.url
  }

  get redirects(): number {
    return this.#question.redirects
  }

  get maxCollectedBytes(): number {
    return this.#host.limits.maxCollectedBytes
  }

  get trailers(): Fields {
    return this.#trailers
  }

  /** Whether the whole request has gone. */
  get isSent(): boolean {
    return this.#upload.isDone
  }

  /** Whether nothing more will come of it. */
  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** Whether others may be pipelined behind it. */
  get mayBeFollowed(): boolean {
    return this.#question.mayPipeline
  }

  /**
   * Whether the request may have been lost with its connection, by no doing of its caller: not an octet of a response came, and the
   * connection was an old one, which the server may have been closing just then, or was ended because of somebody else.
   */
  get isLost(): boolean {
    return this.#isLost
  }

  /** Sends the head. Throws where the caller has given up already, or it cannot be written: nothing has happened then. */
  sendHead(): void {
    const { method, target, headers, signal, timeouts } = this.#question
    if (signal?.aborted === true) throw abortError(signal)
    this.#host.connection.send({ type: 'request', method, target, headers })
    this.#host.socket.setWriteDeadline('write', timeouts.writeMs)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Sends the content, or begins to. */
  sendContent(): void {
    const { expectsContinue, timeouts } = this.#question
    this.#upload.start(expectsContinue ? timeouts.continueMs : undefined)
  }

  /** Others are to be answered first. */
  queue(): void {
    this.#turn = new Promise((resolve) => {
      this.#beginTurn = resolve
    })
  }

  /** Its turn: what comes from now on is the answer. */
  startTurn(): void {
    if (this.#state !== 'queued') return
    this.#state = 'awaiting'
    this.#setDeadline()
    this.#beginTurn()
  }

  /** Resolves with the response when its head has come. Rejects with what broke the exchange off. */
  async response(): Promise<ClientResponse> {
    try {
      await this.#turn
      if (this.#fault !== undefined) throw this.#fault
      const head = await this.#receiveHead()
      const response = new ClientResponse(head, this)
      // Without content the response is over here, and so is our use of the connection.
      if (this.#state === 'answered' && head.type === 'response' && head.framing.kind === 'none') await this.pull()
      else this.#watchUnread()
      return response
    } catch (error) {
      throw this.breakOff(error as Error, error instanceof ClosedError && !this.#isFirst)
    }
  }

  /** As `ContentSource` has it. */
  async pull(): Promise<Uint8Array | undefined> {
    if (this.#fault !== undefined) throw this.#fault
    if (this.#state !== 'answered') return undefined
    this.#unread?.cancel()
    try {
      const { limits, timers } = this.#host
      this.#pace ??= new Pace(paceRules('response', limits, this.#question.timeouts, timers))
      for (;;) {
        const event = await this.#nextEvent()
        if (event.type === 'content') {
          this.#pace.credit(event.bytes.length)
          this.#watchUnread()
          return event.bytes
        }
        if (event.type === 'end') return this.#complete(event.trailers)
      }
    } catch (error) {
      throw this.breakOff(error as Error)
    }
  }

  /** As `ContentSource` has it. */
  cancel(reason?: Error): void {
    this.breakOff(reason ?? new ClosedError('The response was given up'))
  }

  /** As `ResponseSource` has it. */
  whenOver(callback: () => void): void {
    if (this.#state === 'over') callback()
    else this.#onOver = callback
  }

  /** As `ClientResponse` has it. */
  takeOver(): Socket {
    if (this.#state !== 'switched')
      throw localError('HTTP_SEND_STATE', 'this response does not leave HTTP, or has left it')
    this.#end()
    return this.#host.leave()
  }

  /**
   * The exchange is over before its end. Returns what its caller is told: the first thing that went wrong. `isExcused` where the caller
   * had no part in it, and the request could be sent again as far as that goes.
   */
  breakOff(error: Error, isExcused = false): Error {
    if (this.#state === 'over') return this.#fault ?? error
    this.fail(error, isExcused)
    this.#host.onBroken(this, error)
    return error
  }

  /** The same by the doing of the connection, which knows already. */
  fail(error: Error, isExcused: boolean): void {
    if (this.#state === 'over') return
    const isUnheard = !this.#isHeard && (this.#state === 'queued' || this.#host.machine.bufferedBytes === 0)
    this.#isLost = isExcused && isUnheard
    this.#fault = error
    this.#end()
  }

  /** Reads up to the head of the final response, or the one that leaves HTTP. */
  async #receiveHead(): Promise<ReceivedResponse | ReceivedInformational> {
    for (;;) {
      const event = await this.#nextEvent()
      if (event.type === 'informational') {
        if (event.status === 100) this.#upload.goOn()
        this.#question.onInformational?.(event)
        if (event.status !== 101) continue
      } else if (event.type !== 'response') continue
      const isSwitched = this.#host.machine.state === 'switched'
      // The server has made up its mind without the content, or wants no more of it (RFC 9112 §9.5).
      if (!isSwitched && (this.#upload.isWaiting || !this.#host.machine.isPersistent)) this.#upload.stop()
      this.#state = isSwitched ? 'switched' : 'answered'
      return event
    }
  }

  async #nextEvent(): Promise<Exclude<ClientIn, Warning>> {
    const { connection } = this.#host
    for (;;) {
      const event = connection.next()
      if (event.type !== 'needData') {
        this.#isHeard = true
        if (event.type !== 'warning') return event
        this.#host.onWarning(event)
        continue
      }
      if (connection.isEnded) throw new ClosedError('The server has ended the connection without a response')
      if (!connection.receiveNow()) await (this.#pace?.receive(connection) ?? connection.receive())
      // Whoever broke the exchange off has ended the connection too, but what came before that may still be read.
      if (this.#fault !== undefined) throw this.#fault
    }
  }

  /** The time for an answer runs once the server has all that it needs for one, and those before have theirs. */
  #setDeadline(): void {
    if (this.#state !== 'awaiting') return
    this.#host.socket.setReadDeadline('response', this.#upload.isOver ? this.#question.timeouts.responseMs : undefined)
  }

  /** Whoever got a response has to read it, or cancel it, some day: until then it keeps a connection that others may wait for. */
  #watchUnread(): void {
    const { unreadMs } = this.#question.timeouts
    this.#unread = this.#host.timers.after(unreadMs, () => this.breakOff(new TimeoutError('unread', unreadMs)))
  }

  #complete(trailers: Fields): undefined {
    this.#trailers = trailers
    this.#end()
    this.#host.onComplete(this)
  }

  readonly #onAbort = (): void => {
    this.breakOff(abortError(this.#question.signal))
  }

  /** Nothing more will come of it. */
  #end(): void {
    this.#state = 'over'
    this.#unread?.cancel()
    this.#question.signal?.removeEventListener('abort', this.#onAbort)
    this.#upload.stop()
    this.#beginTurn()
    this.#onOver()
  }
}
