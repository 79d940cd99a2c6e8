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
import type { Deadline } from '../net/deadline.ts'
import { ClosedError } from '../net/errors.ts'
import { Pace } from '../net/pace.ts'
import type { Socket } from '../net/socket.ts'
import type { OutgoingContent } from './client-content.ts'
import type { ClientTimeouts } from './client-options.ts'
import { Upload } from './client-upload.ts'
import type { UploadHost, UploadOwner } from './client-upload.ts'
import { localError } from './errors.ts'
import type { ClientIn, ReceivedInformational, ReceivedResponse, Warning } from './events.ts'
import { NO_FIELDS } from './fields.ts'
import type { FieldLines, Fields } from './fields.ts'
import type { Limits } from './limits.ts'
import { paceRules } from './pace.ts'
import { ClientResponse } from './response.ts'
import type { Place } from './place.ts'
import type { ResponseSource } from './response.ts'

/** What is asked. */
export interface Question {
  /** For the response to tell. */
  readonly place: Place
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
  /** What it has in common with those that redirects have led to it. */
  readonly terms: Terms
}

/** What all trips of a request have in common. */
export interface Terms {
  /** Gives up. */
  readonly signal: AbortSignal | undefined
  /** How long each phase may take. */
  readonly timeouts: ClientTimeouts
  /** Told of each interim response. */
  readonly onInformational: ((head: ReceivedInformational) => void) | undefined
}

/** What an exchange runs on, and whom it tells. */
export interface ExchangeHost extends UploadHost {
  /** What the connection runs on. */
  readonly socket: Socket
  /** The limits. */
  readonly limits: Limits
  /** Tells the exchange that is being answered when nobody reads on with it (`onUnread`). */
  readonly unread: Deadline
  /** A broken rule was forgiven. */
  onWarning(warning: Warning): void
  /** The response is complete. */
  onComplete(exchange: ClientExchange): void
  /** The exchange is over before its end. */
  onBroken(exchange: ClientExchange, error: Error): void
  /** The connection leaves HTTP; gives its socket, which belongs to the caller from now on. */
  leave(): Socket
}

/** In place of a slice of content that has not come. */
const NEED_MORE = 'needMore'

function nothing(): void {}

/** One request and its response. */
export class ClientExchange implements ResponseSource, UploadOwner {
  readonly #host: ExchangeHost
  readonly #question: Question
  readonly #upload: Upload
  #state: 'queued' | 'awaiting' | 'answered' | 'switched' | 'over' = 'queued'
  /** Its turn, where others are to be answered first. */
  #turn: Promise<void> | undefined
  #beginTurn: () => void = nothing
  /** Whether anything of the response has come. */
  #isHeard = false
  /** Whether the connection carried anything before this. */
  readonly #isFirst: boolean
  #isLost = false
  #fault: Error | undefined
  #trailers: Fields = NO_FIELDS
  /** Made when content is waited for. */
  #pace: Pace | undefined
  /** Octets of content that had come before that. */
  #atHandBytes = 0
  #onOver: () => void = nothing
  #url: URL | undefined

  constructor(host: ExchangeHost, question: Question, isFirst: boolean) {
    this.#host = host
    this.#question = question
    this.#isFirst = isFirst
    this.#upload = new Upload(host, question.content, this)
  }

  get url(): URL {
    // A copy: what a place has is shared.
    return (this.#url ??= new URL(this.#question.place.url))
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
    const { method, target, headers, terms } = this.#question
    const { signal, timeouts } = terms
    if (signal?.aborted === true) throw abortError(signal)
    this.#host.connection.send({ type: 'request', method, target, headers })
    this.#host.socket.setWriteDeadline('write', timeouts.writeMs)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Sends the content, or begins to. */
  sendContent(): void {
    const { expectsContinue, terms } = this.#question
    this.#upload.start(expectsContinue ? terms.timeouts.continueMs : undefined)
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
      if (this.#turn !== undefined) await this.#turn
      if (this.#fault !== undefined) throw this.#fault
      let head = this.#headAtHand()
      while (head === undefined) {
        this.#accept(await this.#host.connection.arrival())
        head = this.#headAtHand()
      }
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
  pull(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#fault !== undefined) throw this.#fault
    if (this.#state !== 'answered') return undefined
    this.#host.unread.set('unread', undefined)
    try {
      const slice = this.#contentAtHand()
      return slice === NEED_MORE ? this.#pullMore() : slice
    } catch (error) {
      throw this.breakOff(error as Error)
    }
  }

  /** As `ContentSource` has it. */
  cancel(reason?: Error): void {
    this.breakOff(reason ?? new ClosedError('The response was given up'))
  }

  /** Nobody has read on for too long. */
  onUnread(): void {
    this.breakOff(this.#host.unread.error)
  }

  /** As `UploadOwner` has it. */
  onUploadOver(): void {
    this.#setDeadline()
  }

  /** As `UploadOwner` has it. */
  onUploadFault(error: Error): void {
    this.breakOff(error)
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

  /** The head of the final response, or of the one that leaves HTTP, where it has come. */
  #headAtHand(): ReceivedResponse | ReceivedInformational | undefined {
    for (;;) {
      const event = this.#eventAtHand()
      if (event === undefined) return undefined
      if (event.type === 'informational') {
        if (event.status === 100) this.#upload.goOn()
        this.#question.terms.onInformational?.(event)
        if (event.status !== 101) continue
      } else if (event.type !== 'response') continue
      const isSwitched = this.#host.machine.state === 'switched'
      // The server has made up its mind without the content, or wants no more of it (RFC 9112 §9.5).
      if (!isSwitched && (this.#upload.isWaiting || !this.#host.machine.isPersistent)) this.#upload.stop()
      this.#state = isSwitched ? 'switched' : 'answered'
      return event
    }
  }

  /** The next slice of content where it has come; `undefined` at its end. */
  #contentAtHand(): Uint8Array | undefined | typeof NEED_MORE {
    for (;;) {
      const event = this.#eventAtHand()
      if (event === undefined) return NEED_MORE
      if (event.type === 'content') {
        if (this.#pace === undefined) this.#atHandBytes += event.bytes.length
        else this.#pace.credit(event.bytes.length)
        this.#watchUnread()
        return event.bytes
      }
      if (event.type === 'end') return this.#complete(event.trailers)
    }
  }

  /** Waits for content, at the pace that is asked for. */
  async #pullMore(): Promise<Uint8Array | undefined> {
    try {
      const pace = (this.#pace ??= this.#startPace())
      for (;;) {
        await pace.receive(this.#host.connection)
        if (this.#fault !== undefined) throw this.#fault
        const slice = this.#contentAtHand()
        if (slice !== NEED_MORE) return slice
      }
    } catch (error) {
      throw this.breakOff(error as Error)
    }
  }

  #startPace(): Pace {
    const { limits, timers } = this.#host
    const pace = new Pace(paceRules('response', limits, this.#question.terms.timeouts, timers))
    if (this.#atHandBytes > 0) pace.credit(this.#atHandBytes)
    return pace
  }

  /** The next event of what has come; `undefined` where more octets are needed. */
  #eventAtHand(): Exclude<ClientIn, Warning> | undefined {
    const { connection } = this.#host
    for (;;) {
      const event = connection.next()
      if (event.type === 'needData') {
        if (connection.isEnded) throw new ClosedError('The server has ended the connection without a response')
        if (!connection.receiveNow()) return undefined
        if (this.#fault !== undefined) throw this.#fault
      } else {
        this.#isHeard = true
        if (event.type !== 'warning') return event
        this.#host.onWarning(event)
      }
    }
  }

  /** Takes what was waited for. */
  #accept(bytes: Buffer | undefined): void {
    this.#host.connection.accept(bytes)
    // Whoever broke the exchange off has ended the connection too, but what came before that may still be read.
    if (this.#fault !== undefined) throw this.#fault
  }

  /** The time for an answer runs once the server has all that it needs for one, and those before have theirs. */
  #setDeadline(): void {
    if (this.#state !== 'awaiting') return
    this.#host.socket.setReadDeadline(
      'response',
      this.#upload.isOver ? this.#question.terms.timeouts.responseMs : undefined,
    )
  }

  /** Whoever got a response has to read it, or cancel it, some day: until then it keeps a connection that others may wait for. */
  #watchUnread(): void {
    this.#host.unread.set('unread', this.#question.terms.timeouts.unreadMs)
  }

  #complete(trailers: Fields): undefined {
    this.#trailers = trailers
    this.#end()
    this.#host.onComplete(this)
  }

  readonly #onAbort = (): void => {
    this.breakOff(abortError(this.#question.terms.signal))
  }

  /** Nothing more will come of it. */
  #end(): void {
    // Of those behind it nobody can be reading yet.
    if (this.#state === 'answered' || this.#state === 'switched') this.#host.unread.set('unread', undefined)
    this.#state = 'over'
    this.#question.terms.signal?.removeEventListener('abort', this.#onAbort)
    this.#upload.stop()
    this.#beginTurn()
    this.#onOver()
  }
}
