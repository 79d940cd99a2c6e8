/**
 * HTTP/1.1 as a client, without any I/O; see `machine.ts`. Requests that wait for their responses stand in a queue, each with the
 * state of its exchange: the oldest is being answered, the last one is the one that we send.
 */
import type { Machine, NeedData } from '../net/machine.ts'
import { NEED_RECEIVE, NEED_SEND } from '../net/machine.ts'
import { transition } from '../net/table.ts'
import { encoderFor } from './encoder.ts'
import type { BodyEncoder } from './encoder.ts'
import { localError, remoteError } from './errors.ts'
import type { HttpErrorCode } from './errors.ts'
import type { ClientIn, ClientOut, RequestHead } from './events.ts'
import { ResponseParser } from './parser.ts'
import type { ParserOptions } from './parser.ts'
import { CLIENT, ExchangeState, persists } from './states.ts'
import type { ClientEvent, ClientState, ServerState } from './states.ts'
import { writeRequest } from './writer.ts'
import type { Slices } from './writer.ts'

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
    // Only the last one may be that of nobody yet.
    return this.#exchanges.length - (this.#last.exchange.client === 'idle' ? 1 : 0)
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
    return this.#exchanges[this.#exchanges.length - 1] as Outstanding
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
    const first = this.#first
    if (!first.exchange.isOver) return
    if (this.#exchanges.length > 1) this.#exchanges.shift()
    else {
      first.exchange.restart()
      first.interimResponses = 0
    }
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
