/**
 * `Request` over an exchange. Method, URL, headers, signal and whole content come from the exchange itself, each made when it is first asked for; all
 * else, streams and clones above all, is the platform's. WHATWG Fetch §5.3, §5.4.
 *
 * Content is read once, by us or by the platform's object:
 *
 *     none                         the method has none in the web's terms, or nothing came
 *     unread ──text, json...──> read
 *        └──the platform's object is made──> lent: it answers
 */
import type { Exchange } from './exchange.ts'
import { LightHeaders } from './light-headers.ts'
import { PlatformRequest, PlatformResponse, spend, standIn } from './platform.ts'
import { parseAbsolute } from './target.ts'

/** What is not written here is the platform's. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- `standIn` gives the class all that is declared here
export interface LightRequest extends Request {}

/** An exchange as a `Request`. */
export class LightRequest {
  readonly #exchange: Exchange
  readonly #origin: string
  #url: string | undefined
  #headers: LightHeaders | undefined
  #content: 'none' | 'unread' | 'read' | 'lent'
  #platform: Request | undefined

  /** `origin` is what the URL begins with, up to its path. */
  constructor(exchange: Exchange, origin: string) {
    this.#exchange = exchange
    this.#origin = origin
    const { method } = exchange
    // `Request` gives GET and HEAD no content; where some came with it, it is dropped like any that is not read.
    this.#content = method === 'GET' || method === 'HEAD' || !exchange.hasContent ? 'none' : 'unread'
  }

  /** The method, as it was written. */
  get method(): string {
    return this.#exchange.method
  }

  /** The URL, as the platform writes URLs. */
  get url(): string {
    return (this.#url ??= urlOf(this.#origin, this.#exchange))
  }

  /** The header section. */
  get headers(): Headers {
    return this.#fields()
  }

  /** Aborted when nobody waits for the response any more. */
  get signal(): AbortSignal {
    return this.#exchange.signal
  }

  /** Whether the content was read, or is being read. */
  get bodyUsed(): boolean {
    return this.#content === 'lent' ? backing(this).bodyUsed : this.#content === 'read'
  }

  /** The content as text in UTF-8. Rejects, as all of these six do, where there is more than `maxCollectedBytes`, or it was read before. */
  async text(): Promise<string> {
    return this.#takesContent() ? await this.#exchange.body.text() : await backing(this).text()
  }

  /** The content as JSON. */
  async json(): Promise<unknown> {
    return this.#takesContent() ? await this.#exchange.body.json() : await backing(this).json()
  }

  /** The content in a buffer of its own. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#takesContent() ? await this.#collect() : await backing(this).arrayBuffer()
  }

  /** The content as a `Blob` of the type that the headers say. */
  async blob(): Promise<Blob> {
    return this.#takesContent() ? await (await this.#collected()).blob() : await backing(this).blob()
  }

  /** The content as the fields of a form. */
  async formData(): Promise<FormData> {
    return this.#takesContent() ? await (await this.#collected()).formData() : await backing(this).formData()
  }

  /** @internal The platform's own request of this one. */
  static backing(this: void, request: LightRequest): Request {
    return (request.#platform ??= request.#give())
  }

  /** Whether the content is ours to read; it is read then. */
  #takesContent(): boolean {
    if (this.#content !== 'unread') return false
    this.#content = 'read'
    return true
  }

  async #collect(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, length } = await this.#exchange.body.bytes()
    return (buffer as ArrayBuffer).slice(byteOffset, byteOffset + length)
  }

  /** The content with its type, as something that knows all the ways to read it. */
  async #collected(): Promise<Response> {
    const type = this.headers.get('content-type')
    return new PlatformResponse(await this.#collect(), type === null ? {} : { headers: { 'content-type': type } })
  }

  #fields(): LightHeaders {
    return (this.#headers ??= new LightHeaders(this.#exchange.headers))
  }

  /** Makes the platform's object, which gets the content. */
  #give(): Request {
    const { url, method, signal } = this
    const fields = this.#fields()
    const init = { method, signal, headers: LightHeaders.backing(fields) }
    const platform = this.#content === 'none' ? new PlatformRequest(url, init) : this.#giveContent(init)
    LightHeaders.join(fields, platform.headers)
    return platform
  }

  #giveContent(init: RequestInit): Request {
    if (this.#content === 'read') return spend(new PlatformRequest(this.url, { ...init, body: '' }))
    this.#content = 'lent'
    return new PlatformRequest(this.url, { ...init, body: streamOf(this.#exchange.body), duplex: 'half' })
  }
}

const { backing } = LightRequest
standIn(LightRequest.prototype, PlatformRequest.prototype, backing)

/**
 * Paths and queries that the platform's `URL` leaves as they are: octets that it does not encode, and no segment that begins with a dot, or with a percent
 * sign that may be one.
 */
const PLAIN = /^(?:\/(?:[\w~!$&()*+,;=:@-][\w~!$&()*+,;=:@.%-]*)?)+(?:\?[\w~!$&()*+,;=:@.%/?-]*)?$/

function urlOf(origin: string, exchange: Exchange): string {
  const target = pathOf(exchange)
  const text = origin + target
  return PLAIN.test(target) ? text : new URL(text).href
}

/** Path and query of the target; of `OPTIONS *`, which is for no resource, the root. */
function pathOf({ form, target }: Exchange): string {
  switch (form) {
    case 'origin':
      return target
    case 'absolute':
      return parseAbsolute(target)?.path ?? '/'
    case 'asterisk':
    case 'authority':
      return '/'
  }
}

/** Content as a stream that asks for a slice when it is asked for one. */
function streamOf(content: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = content[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * The platform's constructor of `Request`, and its `fetch`, look into requests in a way that no other object can answer. They are taught, once, to
 * ask ours for the platform's own; nothing else about them changes, and `Request.prototype` is what it was.
 */
export function introduceToPlatform(): void {
  if (isIntroduced) return
  isIntroduced = true
  globalThis.Request = new Proxy(globalThis.Request, {
    construct: (target, args, newTarget) => Reflect.construct(target, withBacking(args), newTarget) as Request,
  })
  globalThis.fetch = new Proxy(globalThis.fetch, {
    apply: (target, self, args) => Reflect.apply(target, self, withBacking(args) as Parameters<typeof fetch>),
  })
}

let isIntroduced = false

function withBacking([input, ...rest]: unknown[]): unknown[] {
  return [input instanceof LightRequest ? backing(input) : input, ...rest]
}
