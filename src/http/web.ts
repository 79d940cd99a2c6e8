/**
 * The web's own terms: an exchange as a `Request`, a `Response` played into it. WHATWG Fetch, RFC 9110 §9.
 *
 * What `Request` cannot say is answered before the handler sees it: CONNECT and TRACE are forbidden methods there (501), and
 * a target that is no URL is 400.
 *
 * A response whose content is there already is sent in one piece with its length; one whose content takes its time is sent as it comes, in chunks, with
 * backpressure, its head at once.
 */
import type { Exchange } from './exchange.ts'
import { introduceToPlatform, LightRequest } from './light-request.ts'
import { LightResponse } from './light-response.ts'
import type { ExchangeHandler } from './server-connection.ts'

/** Answers a request in the web's terms. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** Methods that `Request` forbids, in any case. */
const FORBIDDEN = /^(?:CONNECT|TRACE|TRACK)$/i

/** An exchange handler that asks a fetch handler. */
export function answerWith(handler: FetchHandler): ExchangeHandler {
  introduceToPlatform()
  const origins = new Origins()
  return (exchange) => {
    if (FORBIDDEN.test(exchange.method)) return exchange.respond(501)
    const origin = origins.of(exchange)
    if (origin === undefined) return exchange.respond(400)
    const answer = handler(new LightRequest(exchange, origin))
    const whole = LightResponse.take(answer)
    return whole === undefined
      ? play(answer, exchange)
      : exchange.respond(whole.status, whole.headers, whole.content ?? '')
  }
}

/**
 * What URLs of a server begin with: scheme and authority as the platform writes them, `undefined` where it takes them for none. Most requests are for
 * the authority of the one before.
 */
class Origins {
  #text = ''
  #origin: string | undefined

  of({ scheme, authority }: Exchange): string | undefined {
    // In HTTP/1.0 without Host it is our own end.
    const text = `${scheme}://${authority === '' ? 'localhost' : authority}`
    if (text !== this.#text) {
      this.#text = text
      this.#origin = URL.canParse(text) ? new URL('/', text).href.slice(0, -1) : undefined
    }
    return this.#origin
  }
}

/** Answers the exchange with a response that comes later, or that is the platform's. */
async function play(answer: Response | Promise<Response>, exchange: Exchange): Promise<void> {
  const response = await answer
  const whole = LightResponse.take(response)
  if (whole !== undefined) return exchange.respond(whole.status, whole.headers, whole.content ?? '')
  const { status, headers, body } = response
  if (body === null) return exchange.respond(status, headers)
  if (exchange.method !== 'HEAD') return await playSlices(exchange, status, headers, new Slices(body))
  await body.cancel()
  await exchange.stream(status, headers).end()
}

async function playSlices(exchange: Exchange, status: number, headers: Headers, slices: Slices): Promise<void> {
  const content = await slices.atHand()
  return content === undefined
    ? await exchange.respond(status, headers, slices)
    : exchange.respond(status, headers, content)
}

type Slice = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

/** The slices of a stream, of which some may have been asked for ahead. */
class Slices implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #ahead: Promise<Slice>[] = []

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader()
  }

  /** All of the content, where it is one slice at most, for which nobody has to be waited for. */
  async atHand(): Promise<Uint8Array | undefined> {
    const first = await this.#peek()
    if (first === undefined || first.done) return first && NO_CONTENT
    return (await this.#peek())?.done === true ? first.value : undefined
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const { done, value } = await (this.#ahead.shift() ?? this.#reader.read())
    return done ? { done, value: undefined } : { done, value }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.#reader.cancel()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The next slice that was not looked at, where it is there as soon as all that can go on has gone on. */
  #peek(): Promise<Slice | undefined> {
    const slice = this.#reader.read()
    this.#ahead.push(slice)
    return new Promise((resolve, reject) => {
      slice.then(resolve, reject)
      // Comes behind all promises that wait for no event.
      process.nextTick(resolve, undefined)
    })
  }
}

const NO_CONTENT = new Uint8Array()
