/**
 * HTTP/1.1 as a server, without any I/O; see `machine.ts`. There is one exchange at a time: while a response is owed, nothing behind
 * its request is looked at.
 */
import { lendUtf8 } from '../net/lent.ts'
import type { Machine, NeedData } from '../net/machine.ts'
import { NEED_RECEIVE, NEED_SEND } from '../net/machine.ts'
import { encoderFor } from './encoder.ts'
import type { BodyEncoder } from './encoder.ts'
import { localError } from './errors.ts'
import type { Informational, ReceivedRequest, ResponseHead, ServerIn, ServerOut } from './events.ts'
import type { FieldsInit } from './fields.ts'
import type { Framing } from './framing.ts'
import { trimOws } from './grammar.ts'
import { RequestParser } from './parser.ts'
import type { ParserOptions } from './parser.ts'
import { CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING, UPGRADE } from './slots.ts'
import { ExchangeState, persists } from './states.ts'
import type { ClientState, ServerEvent, ServerState } from './states.ts'
import { allowsContent } from './status.ts'
import { writeInformational, writeResponse } from './writer.ts'
import type { FinalHead, Slices, WrittenResponse } from './writer.ts'

/** What a server machine may be told. */
export interface ServerMachineOptions extends ParserOptions {
  /** The time of day as a Date field has it, for responses that have none. Without it none is added. */
  readonly date?: () => string
}

/** A whole answer, written. */
export interface Answer {
  /** The head; each character is an octet. */
  readonly head: string
  /** Behind it content that is such text, too. */
  readonly text: string
  /** Behind them content that is not. */
  readonly slices: Slices
  /** The octets of the content, without its framing. */
  readonly octets: number
}

/** HTTP/1.1 as a server. */
export class ServerMachine implements Machine<ServerIn, ServerOut> {
  readonly #parser: RequestParser
  readonly #exchange = new ExchangeState()
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

  /** The method of the request that is answered next; of one that could not be read, or has not come whole, as far as it is known. */
  get method(): string | undefined {
    return this.#request?.method ?? this.#parser.method
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

  /** Nothing may come for long: lets go of what only makes the next request faster to read. */
  rest(): void {
    this.#parser.rest()
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
    this.#demand(event.type)
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

  /**
   * A whole answer: `response`, `content` and `end` in one step, written as a whole or not at all. A string is sent as UTF-8; to HEAD the content is left
   * out. Throws where the status has no content, and where a tunnel would begin.
   */
  answer(status: number, headers: FieldsInit, body: string | Uint8Array): Answer {
    this.#demand('response')
    const content = typeof body === 'string' && body.length > TEXT_BYTES ? lendUtf8(body) : body
    const length = typeof content === 'string' ? Buffer.byteLength(content) : content.length
    if (length > 0 && !allowsContent(status)) throw localError('HTTP_SEND_LENGTH', `${status} has no content`)
    const { text: head, framing, isLast } = this.#writeResponse({ status, headers, length })
    if (framing.kind === 'tunnel') throw localError('HTTP_SEND_STATE', 'a tunnel is taken over, not answered')
    const octets = this.method === 'HEAD' ? 0 : length
    // As many octets as characters: then it is ASCII.
    const isText = typeof content === 'string' && content.length === length
    const isFramed = isFramedByHead(framing, octets)
    const text = isText && isFramed && octets > 0 ? content : ''
    const slices = isFramed && octets === text.length ? NOTHING : framed(framing, octets === 0 ? '' : content)
    this.#content = 'expected'
    if (isLast) this.#exchange.endPersistence()
    this.#exchange.serverDoes('response')
    this.#exchange.serverDoes('end')
    this.#restart()
    return { head, text, slices, octets }
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
        this.#content = 'expected'
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
    this.#exchange.restart()
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
    const { text, framing, isLast } = this.#writeResponse(head)
    const slices = [Buffer.from(text, 'latin1')]
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

  #writeResponse(head: FinalHead): WrittenResponse {
    // The client may now send its content or not, and nobody can tell a next request from it.
    const isPersistent = this.isPersistent && !this.isContinueAwaited
    const version = this.#request?.version ?? '1.0'
    return writeResponse(head, { version, method: this.method, isPersistent, date: this.#date?.() })
  }

  #demand(event: ServerEvent): void {
    if (this.#exchange.serverMay(event)) return
    throw localError('HTTP_SEND_STATE', `${event} in the state ${this.state}`)
  }
}

/** A longer string is made octets at once: to copy it behind its head as text, or to count its octets first, takes as long again. */
const TEXT_BYTES = 4096
const NOTHING: Slices = Object.freeze([])

/** Whether content of this length needs no framing of its own, and is what the head says. */
function isFramedByHead(framing: Framing, length: number): boolean {
  return framing.kind === 'length' ? framing.length === length : framing.kind === 'none' && length === 0
}

function framed(framing: Framing, content: string | Uint8Array): Slices {
  const encoder = encoderFor(framing)
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return [...encoder.content(bytes), ...encoder.end(undefined)]
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

/** CONNECT, or an Upgrade that names a protocol, with its connection option; HTTP/1.0 cannot offer one (RFC 9110 §7.8). */
function offersSwitch({ method, headers, options, version }: ReceivedRequest): boolean {
  if (method === 'CONNECT') return true
  if ((headers.bits & UPGRADE) === 0 || version === '1.0' || !options.includes('upgrade')) return false
  return (headers.get('upgrade') as string).split(',').some((protocol) => trimOws(protocol) !== '')
}
