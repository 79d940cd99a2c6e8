/**
 * One request and the response to it, as a server's handler sees them. Reading the content and writing the response are pulled and
 * pushed by the handler itself; the connection only waits until both are over.
 *
 *     unanswered ──respond──> over
 *         │  └──respond(iterable), stream──> streaming ──end──> over
 *         │                                      └──content breaks off──> cut
 *         ├──takeOver──> switched
 *         └──deadline, disconnect──> cut
 *
 * An exchange that is `over` or `cut` can send nothing more: a handler that answers late must not answer the next request.
 * RFC 9110 §9, §15.
 */
import { ClosedError } from '../net/errors.ts'
import type { Address, Socket, TlsInfo } from '../net/socket.ts'
import { Wait } from '../net/wait.ts'
import type { Connection } from './connection.ts'
import { ContentReader } from './content.ts'
import { localError } from './errors.ts'
import type { ReceivedRequest, ServerIn, ServerOut, Version } from './events.ts'
import { linesOf, NO_FIELDS } from './fields.ts'
import type { FieldLines, Fields, FieldsInit } from './fields.ts'
import type { ServerMachine } from './machine.ts'
import { allowsContent } from './status.ts'
import { parseAbsolute } from './target.ts'
import type { TargetForm } from './target.ts'

/** Content that is known as a whole. */
export type WholeContent = string | Uint8Array

/** What an exchange needs of its connection. */
export interface ExchangeHost {
  /** The machine. */
  readonly machine: ServerMachine
  /** The pump. */
  readonly connection: Connection<ServerIn, ServerOut>
  /** What `bytes()` and `text()` collect at most. */
  readonly maxCollectedBytes: number
  /** The next slice of the request's content; `undefined`, and `endContent` was called, at its end. */
  pullContent(): Promise<Uint8Array | undefined>
  /** The request's content is more than the handler can take. */
  refuseContent(reason: Error): void
  /** Sends a whole answer. */
  answer(status: number, headers: FieldsInit, content: WholeContent): void
  /** Called before a response begins that is written bit by bit. */
  beginStream(): void
  /** Called when something was sent that should not wait for anything else. */
  afterSend(): void
  /** Called when a streamed response broke off. */
  sendFailed(error: unknown): void
}

const DONE: Promise<void> = Promise.resolve()

/** One request with its response. */
export class Exchange {
  readonly #request: ReceivedRequest
  readonly #host: ExchangeHost
  #state: 'unanswered' | 'streaming' | 'over' | 'switched' | 'cut' = 'unanswered'
  #content: 'pending' | 'ended' | 'lost' = 'pending'
  #reader: ContentReader | undefined
  #trailers: Fields = NO_FIELDS
  #controller: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined
  /** Who waits until this is over, or cut; made where somebody does. */
  #over: Wait<void> | undefined
  #cut: Wait<void> | undefined

  /** @internal */
  constructor(request: ReceivedRequest, host: ExchangeHost) {
    this.#request = request
    this.#host = host
  }

  /** The request's method, as it was written. */
  get method(): string {
    return this.#request.method
  }

  /** The request target, as it was written. */
  get target(): string {
    return this.#request.target
  }

  /** Which of its four forms the target has. */
  get form(): TargetForm {
    return this.#request.form
  }

  /** The version that the client speaks. */
  get version(): Version {
    return this.#request.version
  }

  /** The request's header section. */
  get headers(): Fields {
    return this.#request.headers
  }

  /** The client's end of the connection. */
  get remote(): Address {
    return this.#host.connection.socket.remote
  }

  /** What is known of the connection's TLS; `undefined` in the clear. */
  get tls(): TlsInfo | undefined {
    return this.#host.connection.socket.tls
  }

  /** `https` where the connection has TLS; in absolute-form what the target says. */
  get scheme(): string {
    const absolute = this.form === 'absolute' ? parseAbsolute(this.target) : undefined
    return absolute?.scheme ?? (this.tls === undefined ? 'http' : 'https')
  }

  /** The host and port that the client asked: of an absolute-form target, else of Host; empty in HTTP/1.0 without one. */
  get authority(): string {
    if (this.form === 'authority') return this.target
    // "the origin server MUST ignore the received Host header field" (RFC 9112 §3.2.2)
    if (this.form === 'absolute') return parseAbsolute(this.target)?.authority ?? ''
    return this.headers.get('host') ?? ''
  }

  /** The path of the target, still percent-encoded: `/a%20b`. `*` in asterisk-form, empty in authority-form. */
  get path(): string {
    const whole = this.#pathAndQuery()
    const mark = whole.indexOf('?')
    return mark === -1 ? whole : whole.slice(0, mark)
  }

  /** What stands behind the first question mark of the target, still percent-encoded; empty where there is none. */
  get query(): string {
    const whole = this.#pathAndQuery()
    const mark = whole.indexOf('?')
    return mark === -1 ? '' : whole.slice(mark + 1)
  }

  /** The request's content. A 100 is sent when it is first asked for, where the client waits for that. */
  get body(): ContentReader {
    // The rest of a request that nobody reads is dropped by the connection.
    this.#reader ??= new ContentReader(
      { pull: () => this.#pull(), cancel: (reason) => reason !== undefined && this.#host.refuseContent(reason) },
      this.#host.maxCollectedBytes,
    )
    return this.#reader
  }

  /** Whether the request has content: at least one octet by its Content-Length, or any by the chunked coding. */
  get hasContent(): boolean {
    return this.#request.framing.kind !== 'none'
  }

  /** The request's trailer section, once its content was read to the end. */
  get trailers(): Fields {
    return this.#trailers
  }

  /**
   * Aborted when nobody waits for the response any more: the client has gone or ended its side, or a deadline has passed. An end
   * is seen as long as no more than 64 KiB of content lie unread before it.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason)
    }
    return this.#controller.signal
  }

  /** Where this exchange stands. */
  get state(): 'unanswered' | 'streaming' | 'over' | 'switched' | 'cut' {
    return this.#state
  }

  /**
   * Sends an interim response, such as 103 (Early Hints). To a client of HTTP/1.0, which knows none, nothing is sent.
   */
  informational(status: number, headers: FieldsInit = []): void {
    this.#demand('unanswered')
    if (this.version === '1.0') return
    this.#host.connection.send({ type: 'informational', status, headers: linesOf(headers) })
    this.#host.afterSend()
  }

  /**
   * Answers. Content-Length is added for a string (sent as UTF-8) or bytes, chunked for an iterable; Date and Connection are added
   * where they are due; to HEAD the content is left out. An iterable is asked for its next slice when there is room for it; the
   * promise is fulfilled when all of it was sent, and rejected where it breaks off: the connection is cut then, so that the client
   * knows.
   */
  respond(status: number, headers?: FieldsInit, body?: WholeContent): void
  respond(status: number, headers: FieldsInit, body: AsyncIterable<Uint8Array>): Promise<void>
  respond(
    status: number,
    headers: FieldsInit = [],
    body: WholeContent | AsyncIterable<Uint8Array> = '',
  ): void | Promise<void> {
    if (typeof body !== 'string' && Symbol.asyncIterator in body) {
      return this.#heeded(this.#respondStream(status, headers, body))
    }
    this.#demand('unanswered')
    this.#host.answer(status, headers, body)
    this.#end('over')
  }

  /** Begins a response whose content is written bit by bit. */
  stream(status: number, headers: FieldsInit = []): ResponseStream {
    this.#demand('unanswered')
    this.#host.beginStream()
    this.#host.connection.send({ type: 'response', status, headers: linesOf(headers) })
    this.#state = 'streaming'
    this.#host.afterSend()
    return new ResponseStream(this, this.#sendsContent(status))
  }

  /**
   * Leaves HTTP: answers CONNECT with 2xx, or an offer to upgrade with 101 and the protocol in `headers`, and hands over the
   * socket, with what the client has sent behind its request to be read first. The socket belongs to the caller from now on.
   */
  takeOver(status: number, headers: FieldsInit = []): Socket {
    this.#demand('unanswered')
    const { connection, machine } = this.#host
    const isConsent = this.method === 'CONNECT' ? status >= 200 && status < 300 : status === 101
    if (!isConsent || machine.clientState !== 'mightSwitch') {
      throw localError('HTTP_SEND_STATE', 'this answer does not leave HTTP, or nobody offered to')
    }
    connection.send({ type: status === 101 ? 'informational' : 'response', status, headers: linesOf(headers) })
    connection.flush()
    connection.socket.setReadDeadline('taken over', undefined)
    connection.socket.setWriteDeadline('taken over', undefined)
    connection.socket.unread(machine.takeLeftover())
    this.#end('switched')
    return connection.socket
  }

  /** @internal A slice of a streamed response. Resolves when there is room for more. */
  write(content: WholeContent, isSent: boolean): Promise<void> {
    return this.#heeded(this.#write(content, isSent))
  }

  /** @internal The end of a streamed response. */
  finish(trailers: FieldLines | undefined): Promise<void> {
    return this.#heeded(this.#finish(trailers))
  }

  /** @internal The request's content has ended: what comes now belongs to another exchange. */
  endContent(trailers: Fields): void {
    this.#content = 'ended'
    this.#trailers = trailers
  }

  /** @internal What was not read of the request's content is dropped: whoever asks for it now comes too late. */
  loseContent(): void {
    if (this.#content === 'pending') this.#content = 'lost'
  }

  /** @internal Nobody waits for the response any more, but it may still be sent. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined || this.#state === 'over' || this.#state === 'switched') return
    this.#aborted = { reason }
    this.#controller?.abort(reason)
  }

  /** @internal Nothing can be sent any more. */
  cut(reason: unknown): void {
    if (this.#state !== 'unanswered' && this.#state !== 'streaming') return
    this.#end('cut')
    this.abort(reason)
  }

  /** @internal Fulfilled when the response is over, or never will be. */
  get whenOver(): Promise<void> {
    if (this.#state !== 'unanswered' && this.#state !== 'streaming') return DONE
    return (this.#over ??= new Wait()).start()
  }

  /** @internal Fulfilled when the exchange was cut. */
  get whenCut(): Promise<void> {
    if (this.#state === 'cut') return DONE
    return (this.#cut ??= new Wait()).start()
  }

  async #pull(): Promise<Uint8Array | undefined> {
    if (this.#content === 'lost') throw new ClosedError('The exchange is over')
    return this.#content === 'ended' ? undefined : await this.#host.pullContent()
  }

  /** Whoever writes to a client that has gone need not look: the connection knows what to do, and `signal` tells. */
  #heeded(sending: Promise<void>): Promise<void> {
    sending.catch((error: unknown) => {
      if (this.#state === 'streaming') this.#host.sendFailed(error)
    })
    return sending
  }

  async #write(content: WholeContent, isSent: boolean): Promise<void> {
    this.#demand('streaming')
    const { connection } = this.#host
    if (isSent)
      connection.send({ type: 'content', bytes: typeof content === 'string' ? Buffer.from(content) : content })
    await connection.drained()
  }

  async #finish(trailers: FieldLines | undefined): Promise<void> {
    this.#demand('streaming')
    const { connection } = this.#host
    connection.send(trailers === undefined || this.version === '1.0' ? { type: 'end' } : { type: 'end', trailers })
    this.#end('over')
    await connection.drained()
  }

  async #respondStream(status: number, headers: FieldsInit, body: AsyncIterable<Uint8Array>): Promise<void> {
    // The content of HEAD is not even asked for.
    const slices = this.#sendsContent(status) ? body[Symbol.asyncIterator]() : NO_SLICES
    try {
      // A stream that is made of the request's content asks for a 100, and none may go behind the head of a response.
      let slice = this.#host.machine.isContinueAwaited ? await slices.next() : undefined
      const stream = this.stream(status, headers)
      for (slice ??= await slices.next(); slice.done !== true; slice = await slices.next()) {
        await stream.write(slice.value)
      }
      await stream.end()
    } catch (error) {
      await slices.return?.()
      throw error
    }
  }

  #sendsContent(status: number): boolean {
    return this.method !== 'HEAD' && allowsContent(status)
  }

  #demand(state: 'unanswered' | 'streaming'): void {
    if (this.#state === 'cut') throw new ClosedError('The exchange was cut', { cause: this.#aborted?.reason })
    if (this.#state !== state) throw localError('HTTP_SEND_STATE', `the exchange is ${this.#state}`)
  }

  #end(state: 'over' | 'switched' | 'cut'): void {
    this.#state = state
    this.#over?.fulfil()
    if (state === 'cut') this.#cut?.fulfil()
  }

  #pathAndQuery(): string {
    if (this.form === 'authority') return ''
    return this.form === 'absolute' ? (parseAbsolute(this.target)?.path ?? '') : this.target
  }
}

const NO_SLICES: AsyncIterator<Uint8Array> = { next: () => Promise.resolve({ done: true, value: undefined }) }

/** Writes the content of a response bit by bit. */
export class ResponseStream {
  readonly #exchange: Exchange
  readonly #isSent: boolean

  /** @internal */
  constructor(exchange: Exchange, isSent: boolean) {
    this.#exchange = exchange
    this.#isSent = isSent
  }

  /** Sends a slice; a string as UTF-8. Resolves when there is room for more; rejects where the client has gone. */
  write(content: WholeContent): Promise<void> {
    return this.#exchange.write(content, this.#isSent)
  }

  /** Ends the response, with trailers where they are given, there is content, and the client is of HTTP/1.1. */
  end(trailers?: FieldsInit): Promise<void> {
    return this.#exchange.finish(trailers === undefined || !this.#isSent ? undefined : linesOf(trailers))
  }
}
