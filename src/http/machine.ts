/**
 * HTTP/1.1 without any I/O, for either role: octets in, events out, octets out. See `net/machine.ts` for the contract.
 *
 *     ServerMachine   receives request, content, end            sends informational, response, content, end
 *     ClientMachine   receives informational, response, ...     sends request, content, end
 *
 * Theory of operation. One parser reads the peer's direction; an `ExchangeState` (`states.ts`) says what either peer may do; a `BodyEncoder`
 * frames what we send. Exchanges follow one another by themselves: when both messages are complete and the connection
 * persists, the next one begins with the next call.
 *
 *  - A server reads no further than the end of a request before that request is answered. So pipelined requests are answered
 *    in order, and what is behind an error, behind a `close` or behind an offer to switch is never parsed.
 *  - A client may have several requests outstanding where `maxOutstanding` allows it. Responses are matched to them in order, and an
 *    octet that answers none of them is an error (RFC 9112 §9.2).
 *  - The framing of what is sent is decided by the same function as that of what is received. Where a response says
 *    nothing about its length, the machine says it: chunked to a client of 1.1, up to the end of the connection to one of 1.0.
 *  - `Connection: close` and `Connection: keep-alive` are added where RFC 9112 §9.3 wants them.
 *
 * No socket, no timer, no clock: the date is an argument, deadlines and draining are for `connection.ts`.
 */
import type { Machine, NeedData } from '../net/machine.ts'
import { NEED_RECEIVE, NEED_SEND } from '../net/machine.ts'
import { transition } from '../net/table.ts'
import { encoderFor } from './encoder.ts'
import type { BodyEncoder } from './encoder.ts'
import { localError, remoteError } from './errors.ts'
import type { HttpErrorCode } from './errors.ts'
import type {
  ClientIn,
  ClientOut,
  Informational,
  ReceivedRequest,
  RequestHead,
  ResponseHead,
  ServerIn,
  ServerOut,
  Version,
} from './events.ts'
import { RequestParser, ResponseParser } from './parser.ts'
import type { ParserOptions } from './parser.ts'
import { CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING, UPGRADE } from './slots.ts'
import { CLIENT, ExchangeState, SERVER } from './states.ts'
import type { ClientEvent, ClientState, ServerEvent, ServerState } from './states.ts'
import { writeInformational, writeRequest, writeResponse } from './writer.ts'
import type { Slices } from './writer.ts'

/** Whether the connection outlives a message, by its version and its connection options (RFC 9112 §9.3). */
function persists(message: { readonly version: Version; readonly options: readonly string[] }): boolean {
  if (message.options.includes('close')) return false
  return message.version === '1.1' || message.options.includes('keep-alive')
}

/** What a server machine may be told. */
export interface ServerMachineOptions extends ParserOptions {
  /** The time of day as a Date field has it, for responses that have none. Without it none is added. */
  readonly date?: () => string
}

/** HTTP/1.1 as a server. */
export class ServerMachine implements Machine<ServerIn, ServerOut> {
  readonly #parser: RequestParser
  #exchange = new ExchangeState()
  #request: ReceivedRequest | undefined
  #body: BodyEncoder | undefined
  /** Whether the client holds its content back until somebody says `100`. */
  #content: 'expected' | 'heldBack' = 'expected'
  readonly #date: (() => string) | undefined

  constructor(options: ServerMachineOptions = {}) {
    this.#parser = new RequestParser(options)
    this.#date = options.date
  }

  /** What we may do next, as it stands in the table `SERVER`. */
  get state(): ServerState {
    return this.#exchange.server
  }

  /** What the client may do next, as it stands in the table `CLIENT`. */
  get clientState(): ClientState {
    return this.#exchange.client
  }

  /** Whether another request may follow on this connection. */
  get isPersistent(): boolean {
    return this.#exchange.isPersistent
  }

  /** Whether the client waits for a 100 before it sends its content (RFC 9110 §10.1.1). */
  get isContinueAwaited(): boolean {
    return this.#content === 'heldBack'
  }

  get bufferedBytes(): number {
    return this.#parser.bufferedBytes
  }

  get work(): number {
    return this.#parser.work
  }

  receive(bytes: Uint8Array): void {
    this.#parser.push(bytes)
  }

  receiveEnd(): void {
    this.#parser.pushEnd()
  }

  next(): ServerIn | NeedData {
    const { client } = this.#exchange
    if (client !== 'idle' && client !== 'sendBody' && client !== 'error') return this.#turn()
    const event = this.#parse()
    if (event !== undefined) return this.#note(event)
    if (this.#parser.isAtEnd) this.#exchange.clientDoes('close')
    return NEED_RECEIVE
  }

  send(event: ServerOut): Slices {
    if (transition<ServerState, ServerEvent>(SERVER, this.state, event.type) === undefined) {
      throw localError('HTTP_SEND_STATE', `${event.type} in the state ${this.state}`)
    }
    switch (event.type) {
      case 'informational':
        return this.#sendInformational(event)
      case 'response':
        return this.#sendResponse(event)
      case 'content':
        return (this.#body as BodyEncoder).content(event.bytes)
      case 'end': {
        const slices = (this.#body as BodyEncoder).end(event.trailers)
        this.#exchange.serverDoes('end')
        this.#restart()
        return slices
      }
    }
  }

  /** The current exchange is the last one: the response says `close`, and no further request is read. */
  endPersistence(): void {
    this.#exchange.endPersistence()
  }

  /** A response broke off: nothing can be sent any more, and the connection has to be cut, so that the client knows. */
  sendFailed(): void {
    this.#exchange.endPersistence()
    this.#exchange.serverDoes('fault')
  }

  takeLeftover(): Uint8Array {
    return this.#parser.takeLeftover()
  }

  /** Whose turn it is while no request is being read. */
  #turn(): NeedData {
    return this.state === 'sendResponse' || this.state === 'sendBody' ? NEED_SEND : NEED_RECEIVE
  }

  #parse(): ServerIn | undefined {
    try {
      return this.#parser.next()
    } catch (error) {
      this.#exchange.endPersistence()
      this.#exchange.clientDoes('fault')
      throw error
    }
  }

  #note(event: ServerIn): ServerIn {
    switch (event.type) {
      case 'request':
        this.#request = event
        this.#exchange.clientDoes('request')
        this.#content = isHeldBack(event) ? 'heldBack' : 'expected'
        if (!persists(event) || isAmbiguous(event)) this.#exchange.endPersistence()
        break
      case 'content':
        this.#content = 'expected'
        break
      case 'end':
        this.#exchange.clientDoes('end')
        if (offersSwitch(this.#request as ReceivedRequest)) this.#exchange.clientDoes('offer')
        this.#restart()
        break
      case 'warning':
    }
    return event
  }

  /** Begins the next exchange where this one is over and may have a successor. */
  #restart(): void {
    if (!this.#exchange.isOver) return
    this.#exchange = new ExchangeState()
    this.#request = undefined
    this.#body = undefined
  }

  #sendInformational(head: Informational): Slices {
    const request = this.#request as ReceivedRequest
    if (request.version === '1.0') throw localError('HTTP_SEND_STATE', 'HTTP/1.0 has no interim responses')
    const isSwitch = head.status === 101
    if (isSwitch && (this.clientState !== 'mightSwitch' || request.method === 'CONNECT')) {
      throw localError('HTTP_SEND_STATE', 'nobody offered to switch, or the request has not ended')
    }
    const slices = writeInformational(head, request)
    if (head.status === 100) this.#content = 'expected'
    this.#exchange.serverDoes(isSwitch ? 'switch' : 'informational')
    return slices
  }

  #sendResponse(head: ResponseHead): Slices {
    // The client may now send its content or not, and nobody can tell a next request from it.
    const isPersistent = this.isPersistent && !this.isContinueAwaited
    const context = { request: this.#request, isPersistent, date: this.#date?.() }
    const { slices, framing, isLast } = writeResponse(head, context)
    if (framing.kind === 'tunnel') {
      if (this.clientState !== 'mightSwitch') throw localError('HTTP_SEND_STATE', 'the request has not ended')
      this.#exchange.serverDoes('switch')
      return slices
    }
    this.#body = encoderFor(framing)
    this.#content = 'expected'
    if (isLast) this.#exchange.endPersistence()
    this.#exchange.serverDoes('response')
    return slices
  }
}

/** An expectation is ignored in HTTP/1.0, and where there is no content to wait for (RFC 9110 §10.1.1). */
function isHeldBack(request: ReceivedRequest): boolean {
  return (request.headers.bits & EXPECT) !== 0 && request.version === '1.1' && request.framing.kind !== 'none'
}

/** Both framing fields: where that was forgiven, the connection ends all the same (RFC 9112 §6.1). */
function isAmbiguous(request: ReceivedRequest): boolean {
  const both = CONTENT_LENGTH | TRANSFER_ENCODING
  return (request.headers.bits & both) === both
}

/** CONNECT, or Upgrade with its connection option; HTTP/1.0 cannot offer one (RFC 9110 §7.8). */
function offersSwitch(request: ReceivedRequest): boolean {
  if (request.method === 'CONNECT') return true
  return (request.headers.bits & UPGRADE) !== 0 && request.options.includes('upgrade') && request.version === '1.1'
}

/** What a client machine may be told. */
export interface ClientMachineOptions extends ParserOptions {
  /** How many requests may wait for their responses. Default 1: no pipelining. */
  readonly maxOutstanding?: number
}

/** A request that was sent, and how far its exchange is. */
interface Outstanding {
  readonly exchange: ExchangeState
  method: string
  offer: 'none' | 'upgrade' | 'tunnel'
  interimResponses: number
}

function nobody(): Outstanding {
  return { exchange: new ExchangeState(), method: '', offer: 'none', interimResponses: 0 }
}

/** HTTP/1.1 as a client. */
export class ClientMachine implements Machine<ClientIn, ClientOut> {
  readonly #parser: ResponseParser
  readonly #maxOutstanding: number
  /** The oldest first: it is being answered. The last one is the one that we send; never empty. */
  readonly #exchanges: Outstanding[] = [nobody()]
  #body: BodyEncoder | undefined
  #error: Error | undefined

  constructor(options: ClientMachineOptions = {}) {
    this.#parser = new ResponseParser(options)
    this.#maxOutstanding = options.maxOutstanding ?? 1
  }

  /** What we may do next, as it stands in the table `CLIENT`. */
  get state(): ClientState {
    const { exchange } = this.#last
    return exchange.client === 'done' && this.#mayPipeline ? 'idle' : exchange.client
  }

  /** What the server may do next for the oldest request, as it stands in the table `SERVER`. */
  get serverState(): ServerState {
    return this.#first.exchange.server
  }

  /** How many requests wait for the end of their responses. */
  get outstanding(): number {
    return this.#exchanges.filter(({ exchange }) => exchange.client !== 'idle').length
  }

  /** Whether another request may follow on this connection. */
  get isPersistent(): boolean {
    return this.#last.exchange.isPersistent
  }

  /** Whether this connection may carry another request at once: nothing is under way, nothing was left over, and nobody wants it closed. */
  get isReusable(): boolean {
    return this.state === 'idle' && this.outstanding === 0 && this.#error === undefined && this.bufferedBytes === 0
  }

  get bufferedBytes(): number {
    return this.#parser.bufferedBytes
  }

  get work(): number {
    return this.#parser.work
  }

  receive(bytes: Uint8Array): void {
    this.#parser.push(bytes)
  }

  receiveEnd(): void {
    this.#parser.pushEnd()
  }

  next(): ClientIn | NeedData {
    if (this.#error !== undefined) throw this.#error
    const first = this.#first
    switch (first.exchange.server) {
      case 'idle':
      case 'done':
        // Nothing that comes now answers a request of ours (RFC 9112 §9.2): it is never taken for the next response.
        if (this.bufferedBytes > 0) return this.#refuse('HTTP_SURPLUS')
        if (this.#parser.isAtEnd) this.#endOfServer()
        return NEED_SEND
      case 'sendResponse':
      case 'sendBody': {
        const event = this.#parse(first.method)
        if (event !== undefined) return this.#note(first, event)
        if (this.#parser.isAtEnd) this.#endOfServer()
        return NEED_RECEIVE
      }
      case 'switched':
      case 'mustClose':
      case 'closed':
      case 'error':
        return NEED_RECEIVE
    }
  }

  send(event: ClientOut): Slices {
    if (transition<ClientState, ClientEvent>(CLIENT, this.state, event.type) === undefined) {
      throw localError('HTTP_SEND_STATE', `${event.type} in the state ${this.state}`)
    }
    switch (event.type) {
      case 'request':
        return this.#sendRequest(event)
      case 'content':
        return (this.#body as BodyEncoder).content(event.bytes)
      case 'end': {
        const slices = (this.#body as BodyEncoder).end(event.trailers)
        const { exchange, offer } = this.#last
        exchange.clientDoes('end')
        if (offer !== 'none') exchange.clientDoes('offer')
        this.#restart()
        return slices
      }
    }
  }

  /** A request broke off: the server may still answer it, but this connection carries no other one. */
  sendFailed(): void {
    this.#endPersistence()
    this.#last.exchange.clientDoes('fault')
  }

  takeLeftover(): Uint8Array {
    return this.#parser.takeLeftover()
  }

  get #first(): Outstanding {
    return this.#exchanges[0] as Outstanding
  }

  get #last(): Outstanding {
    return this.#exchanges.at(-1) as Outstanding
  }

  get #mayPipeline(): boolean {
    return this.#exchanges.length < this.#maxOutstanding && this.#last.exchange.isPersistent
  }

  #sendRequest(head: RequestHead): Slices {
    const { slices, framing, isLast, offer } = writeRequest(head)
    if (this.#last.exchange.client !== 'idle') this.#exchanges.push(nobody())
    const last = this.#last
    last.method = head.method
    last.offer = offer
    last.exchange.clientDoes('request')
    if (isLast) this.#endPersistence()
    this.#body = encoderFor(framing)
    return slices
  }

  #parse(method: string): ClientIn | undefined {
    try {
      return this.#parser.next(method)
    } catch (error) {
      this.#fail(error as Error)
      throw error
    }
  }

  #note(first: Outstanding, event: ClientIn): ClientIn {
    const { exchange } = first
    switch (event.type) {
      case 'informational':
        this.#noteInterim(first, event.status)
        break
      case 'response':
        if (event.framing.kind === 'tunnel') exchange.serverDoes('switch')
        else exchange.serverDoes('response')
        if (!persists(event) || event.framing.kind === 'close') this.#endPersistence()
        break
      case 'end':
        exchange.serverDoes('end')
        this.#restart()
        break
      case 'content':
      case 'warning':
    }
    return event
  }

  #noteInterim(first: Outstanding, status: number): void {
    if (++first.interimResponses > this.#parser.limits.maxInterimResponses) this.#refuse('HTTP_INTERIM_MANY')
    if (status !== 101) return
    if (first.offer !== 'upgrade' || first.exchange.client !== 'mightSwitch') this.#refuse('HTTP_SWITCH_UNASKED')
    first.exchange.serverDoes('switch')
  }

  /** The oldest exchange makes room for the next one where it is over and the connection persists. */
  #restart(): void {
    if (!this.#first.exchange.isOver) return
    this.#exchanges.shift()
    if (this.#exchanges.length === 0) this.#exchanges.push(nobody())
  }

  #endPersistence(): void {
    for (const { exchange } of this.#exchanges) exchange.endPersistence()
  }

  #endOfServer(): void {
    this.#endPersistence()
    for (const { exchange } of this.#exchanges) exchange.serverDoes('close')
  }

  #fail(error: Error): void {
    this.#error = error
    this.#endPersistence()
    for (const { exchange } of this.#exchanges) exchange.serverDoes('fault')
  }

  #refuse(code: HttpErrorCode): never {
    const error = remoteError(code, this.#parser.limits, this.#parser.offset)
    this.#fail(error)
    throw error
  }
}
