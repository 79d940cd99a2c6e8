/**
 * A connection to a server, and one exchange at a time on it: the request goes out while the response is awaited.
 *
 *     idle ──exchange──> sending / waiting for the head ──> reading the content ──end──> idle
 *       │                          └──fault, abort, deadline, cancel, surplus──┴──────> closed
 *       └──server's end, an octet that nobody asked for──────────────────────────────> closed
 *
 * Only a connection on which both messages are complete, that both sides want to keep, and on which nothing is left over goes
 * back to `idle`: every other one is closed, because what comes next on it could be taken for an answer to somebody else's request
 * (RFC 9112 §9.2, §6.3). A server may answer before it has read the whole request: if it wants the connection closed, sending
 * stops (§9.5).
 */
import { ClosedError, TimeoutError, netError } from '../net/errors.ts'
import type { Socket } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
import type { ClientTimeouts, ResolvedClientOptions } from './client-options.ts'
import { Connection } from './connection.ts'
import { ContentReader, NO_CONTENT } from './content.ts'
import type { ContentSource } from './content.ts'
import type { ClientIn, ClientOut, ReceivedInformational, ReceivedResponse } from './events.ts'
import type { FieldLines } from './fields.ts'
import { withLimits } from './limits.ts'
import { ClientMachine } from './machine.ts'
import { ClientResponse } from './response.ts'
import { clientTracer } from './trace.ts'

/** What is asked. */
export interface Question {
  /** The method. */
  readonly method: string
  /** The request target. */
  readonly target: string
  /** The header section, with Host and the framing fields. */
  readonly headers: FieldLines
  /** The content: whole, or slice by slice; an iterable's errors break the request off. */
  readonly content: Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Whether the content waits for a 100. */
  readonly expectsContinue: boolean
  /** Gives up. */
  readonly signal: AbortSignal | undefined
  /** Told when nothing more will come of it. */
  readonly onOver: () => void
  /** Told of each interim response. */
  readonly onInformational: ((head: ReceivedInformational) => void) | undefined
  /** Timeouts of this request. */
  readonly timeouts: ClientTimeouts
}

/** What a connection tells its pool. */
export interface ConnectionOwner {
  /** It can be used again. */
  onIdle(connection: ClientConnection): void
  /** It cannot. */
  onClosed(connection: ClientConnection): void
}

/** One connection to a server. */
export class ClientConnection {
  readonly #socket: Socket
  readonly #machine: ClientMachine
  readonly #connection: Connection<ClientIn, ClientOut>
  readonly #owner: ConnectionOwner
  readonly #options: ResolvedClientOptions
  readonly #transcript: Transcript | undefined
  readonly #maxCollectedBytes: number
  #state: 'idle' | 'busy' | 'closed' = 'idle'
  #uses = 0
  /** Octets that had come when the current request was sent. */
  #readBefore = 0
  /** How far the current request's content is. */
  #upload: 'awaiting' | 'running' | 'stopped' | 'done' = 'done'
  /** Lets content go that waits for a 100. */
  #release: () => void = () => {}
  /** What broke the exchange off from our side; whoever waits is told this, and not what followed from it. */
  #ownFault: Error | undefined

  constructor(socket: Socket, owner: ConnectionOwner, options: ResolvedClientOptions) {
    this.#socket = socket
    this.#owner = owner
    this.#options = options
    this.#transcript = options.transcript?.(socket)
    this.#maxCollectedBytes = withLimits(options.limits).maxCollectedBytes
    this.#machine = new ClientMachine(options)
    this.#connection = new Connection(socket, this.#machine, clientTracer(this.#transcript))
    void socket.closed.then(() => this.#end())
  }

  /** Whether another request may be sent on it. */
  get isIdle(): boolean {
    return this.#state === 'idle'
  }

  /**
   * Whether the last request may have been lost because the server was closing an old connection just then: it was not the first
   * one, and not an octet came back.
   */
  get isStale(): boolean {
    return this.#uses > 1 && this.#ownFault === undefined && this.#socket.bytesRead === this.#readBefore
  }

  /**
   * Sends a request and resolves with the response when its head has come. Rejects with `HttpError`, `TimeoutError`, `ClosedError`,
   * `NET_ABORTED`, or with what the content's iterable threw; the connection is closed then.
   */
  async exchange(question: Question): Promise<ClientResponse> {
    const { signal } = question
    this.#state = 'busy'
    this.#uses++
    this.#readBefore = this.#socket.bytesRead
    const onAbort = (): void => {
      this.#breakOff(abortError(signal))
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    const stop = (): void => {
      signal?.removeEventListener('abort', onAbort)
      question.onOver()
    }
    try {
      if (signal?.aborted === true) throw abortError(signal)
      this.#send(question)
      return await this.#receive(question, stop)
    } catch (error) {
      stop()
      throw this.#breakOff(error as Error)
    }
  }

  /** Closes it, whatever runs on it. */
  destroy(reason?: Error): void {
    this.#socket.destroy(reason)
    this.#end()
  }

  #send(question: Question): void {
    const { method, target, headers, content, timeouts } = question
    this.#socket.setWriteDeadline('write', timeouts.writeMs)
    this.#socket.setReadDeadline('response', undefined)
    this.#connection.send({ type: 'request', method, target, headers })
    if (question.expectsContinue || (content !== undefined && !(content instanceof Uint8Array))) {
      this.#connection.flush()
      this.#upload = question.expectsContinue ? 'awaiting' : 'running'
      void this.#sendContent(content ?? NOTHING, question)
    } else {
      if (content !== undefined) this.#connection.send({ type: 'content', bytes: content })
      this.#endRequest(timeouts)
    }
  }

  #endRequest(timeouts: ClientTimeouts): void {
    this.#connection.send({ type: 'end' })
    this.#connection.flush()
    this.#upload = 'done'
    // Only now the server has all that it needs for an answer.
    this.#socket.setReadDeadline('response', timeouts.responseMs)
  }

  /** Sends content slice by slice, while the response is awaited. Never rejects. */
  async #sendContent(content: Uint8Array | AsyncIterable<Uint8Array>, question: Question): Promise<void> {
    try {
      if (this.#upload === 'awaiting') await this.#continued(question.timeouts.continueMs)
      for await (const bytes of content instanceof Uint8Array ? [content] : content) {
        if (this.#upload !== 'running') return
        this.#connection.send({ type: 'content', bytes })
        // A server that takes no more may have answered: the reader will see, or learn why not.
        if (!(await this.#hasRoom())) return this.#stopSending()
      }
      if (this.#upload === 'running') this.#endRequest(question.timeouts)
    } catch (error) {
      this.#breakOff(error as Error)
    }
  }

  /** Waits for a 100, or until waiting has to end (RFC 9110 §10.1.1). */
  async #continued(continueMs: number): Promise<void> {
    const timer = this.#options.timers.after(continueMs, () => this.#goOn())
    await new Promise<void>((resolve) => {
      this.#release = resolve
    })
    timer.cancel()
  }

  #goOn(): void {
    if (this.#upload === 'awaiting') this.#upload = 'running'
    this.#release()
  }

  async #hasRoom(): Promise<boolean> {
    try {
      await this.#connection.drained()
      return true
    } catch {
      return false
    }
  }

  /** Nothing more of the request goes out; the connection cannot be used again. */
  #stopSending(): void {
    if (this.#upload === 'done' || this.#upload === 'stopped') return
    this.#upload = 'stopped'
    this.#machine.sendFailed()
    this.#release()
  }

  /** Reads up to the head of the final response. */
  async #receive(question: Question, stop: () => void): Promise<ClientResponse> {
    for (;;) {
      const event = await this.#nextEvent()
      if (event.type === 'informational') {
        if (event.status === 100) this.#goOn()
        question.onInformational?.(event)
        if (event.status === 101) return await this.#respond(event, question, stop)
      } else if (event.type === 'response') {
        // The server has made up its mind without the content, or wants no more of it (RFC 9112 §9.5).
        if (this.#upload === 'awaiting' || !this.#machine.isPersistent) this.#stopSending()
        return await this.#respond(event, question, stop)
      }
    }
  }

  async #respond(
    head: ReceivedResponse | ReceivedInformational,
    question: Question,
    stop: () => void,
  ): Promise<ClientResponse> {
    if (this.#machine.state === 'switched') {
      stop()
      return new ClientResponse(head, new ContentReader(NO_CONTENT, 0), () => this.#takeOver())
    }
    const { bodyMs } = question.timeouts
    const hasContent = head.type === 'response' && head.framing.kind !== 'none'
    const cancel = (reason?: Error): void => {
      stop()
      this.#breakOff(reason ?? new ClosedError('The response was given up'))
    }
    const source: ContentSource = hasContent ? { pull: () => this.#pull(response, bodyMs, stop), cancel } : NO_CONTENT
    const response = new ClientResponse(head, new ContentReader(source, this.#maxCollectedBytes))
    // Without content the response is over here, and so is our use of the connection.
    if (!hasContent) await this.#pull(response, bodyMs, stop)
    return response
  }

  async #pull(response: ClientResponse, bodyMs: number, stop: () => void): Promise<Uint8Array | undefined> {
    try {
      this.#socket.setReadDeadline('body', bodyMs)
      for (;;) {
        const event = await this.#nextEvent()
        if (event.type === 'content') return event.bytes
        if (event.type !== 'end') continue
        response.setTrailers(event.trailers)
        stop()
        this.#restOrClose()
        return undefined
      }
    } catch (error) {
      stop()
      throw this.#breakOff(error as Error)
    }
  }

  async #nextEvent(): Promise<ClientIn> {
    for (;;) {
      const event = this.#connection.next()
      if (event.type !== 'needData') return event
      if (this.#connection.isEnded) throw new ClosedError('The server has ended the connection without a response')
      if (!this.#connection.receiveNow()) await this.#connection.receive()
    }
  }

  /** Behind a response: back to `idle` where everything is as it should be, else the end. */
  #restOrClose(): void {
    this.#connection.receiveNow()
    const isClean = this.#upload === 'done' && this.#machine.isReusable && !this.#connection.isEnded
    if (!isClean || this.#socket.state !== 'open') {
      this.#stopSending()
      void this.#socket.close()
      return this.#end()
    }
    this.#state = 'idle'
    this.#socket.setReadDeadline('idle', this.#options.idleMs)
    // What comes now answers nothing; the end of an idle connection is no fault.
    const onQuiet = (): void => this.#onIdleBroken()
    this.#connection.watch(onQuiet, onQuiet)
    this.#owner.onIdle(this)
  }

  #onIdleBroken(): void {
    if (this.#state !== 'idle') return
    void this.#socket.close(0)
    this.#end()
  }

  /** The connection leaves HTTP: it belongs to whoever asked for that. */
  #takeOver(): Socket {
    this.#end()
    this.#socket.setReadDeadline('taken over', undefined)
    this.#socket.setWriteDeadline('taken over', undefined)
    this.#socket.unread(this.#machine.takeLeftover())
    return this.#socket
  }

  /** The exchange is over before its end. Returns what whoever waits is to be told. */
  #breakOff(error: Error): Error {
    this.#ownFault ??= error instanceof ClosedError ? undefined : error
    this.#stopSending()
    this.destroy(error)
    return this.#ownFault ?? error
  }

  #end(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#transcript?.close()
    this.#owner.onClosed(this)
  }
}

const NOTHING = Buffer.alloc(0)

/** Why a signal has aborted, as an error of ours. */
export function abortError(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof TimeoutError ? reason : netError('NET_ABORTED', { cause: reason })
}
