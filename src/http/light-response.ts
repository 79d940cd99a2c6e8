/**
 * `Response` for handlers that want to be fast: a string, or a copy of octets, is held with status and headers, and goes out without a stream. Whatever
 * else a response may be made of, and whatever may be wrong with what it is made of, is left to the platform's. WHATWG Fetch §5.5.
 *
 *     held ──asked for more than status and headers──> backed by the platform's object
 *      └──sent──> its content is used
 */
import { lowerAscii } from '../net/ascii.ts'
import { lendCopy } from '../net/lent.ts'
import { isFieldValue, isReason, isToken } from './grammar.ts'
import { LightHeaders } from './light-headers.ts'
import { PlatformHeaders, PlatformResponse, spend, standIn } from './platform.ts'
import { allowsContent } from './status.ts'

type Line = [name: string, value: string]

/** A response that needs no stream. */
interface WholeResponse {
  /** The status code. */
  readonly status: number
  /** The reason phrase, which is not sent. */
  readonly statusText: string
  /** The header section. */
  readonly headers: Iterable<Line>
  /** The content; `null` is none. */
  readonly content: string | Uint8Array | null
}

type Body = ConstructorParameters<typeof Response>[0]
type Init = ConstructorParameters<typeof Response>[1]

/** What is not written here is the platform's. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- `standIn` gives the class all that is declared here
export interface LightResponse extends Response {}

/** A `Response` that makes the platform's when it has to. */
export class LightResponse {
  #whole: WholeResponse | undefined
  #content: 'held' | 'sent' = 'held'
  #headers: LightHeaders | undefined
  #platform: Response | undefined

  /** As the platform's: throws a `TypeError` or `RangeError` where it would. */
  constructor(body?: Body | null, init?: Init) {
    this.#whole = wholeOf(body, init, 'text/plain;charset=UTF-8')
    if (this.#whole === undefined) this.#platform = new PlatformResponse(body as Body, init)
  }

  /** A network error; no server can answer with one. */
  static error(): Response {
    return PlatformResponse.error()
  }

  /** A redirect. */
  static redirect(url: string | URL, status: 301 | 302 | 303 | 307 | 308 = 302): Response {
    return PlatformResponse.redirect(url, status)
  }

  /** JSON, of the type `application/json` where the headers do not say another. */
  static json(data: unknown, init?: Init): Response {
    const text = JSON.stringify(data) as string | undefined
    const whole = text === undefined ? undefined : wholeOf(text, init, 'application/json')
    if (whole === undefined) return PlatformResponse.json(data, init)
    const response = new LightResponse()
    response.#whole = whole
    return response
  }

  /** The platform's responses are responses too. */
  static [Symbol.hasInstance](value: unknown): boolean {
    const kind = this === LightResponse ? PlatformResponse : this
    return Function.prototype[Symbol.hasInstance].call(kind, value)
  }

  /** The status code. */
  get status(): number {
    return this.#whole?.status ?? backing(this).status
  }

  /** Whether the status is one of success, 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  /** The header section. */
  get headers(): Headers {
    return (this.#headers ??= new LightHeaders(
      this.#platform?.headers ?? new PlatformHeaders([...(this.#whole?.headers ?? [])]),
    ))
  }

  /** @internal The response, to be sent: `undefined` where it is none of ours, or the platform has to be asked for its content. */
  static take(response: Response | Promise<Response>): WholeResponse | undefined {
    if (!(#whole in response) || response.#platform !== undefined || response.#content === 'sent') return undefined
    const whole = response.#whole as WholeResponse
    if (whole.content !== null) response.#content = 'sent'
    return response.#headers === undefined ? whole : { ...whole, headers: response.#headers }
  }

  /** @internal The platform's own response of this one. */
  static backing(this: void, response: LightResponse): Response {
    return (response.#platform ??= response.#give(response.#whole as WholeResponse))
  }

  #give({ status, statusText, headers, content }: WholeResponse): Response {
    const init = {
      status,
      statusText,
      headers: this.#headers === undefined ? [...headers] : LightHeaders.backing(this.#headers),
    }
    const platform = new PlatformResponse(content as Body, init)
    if (this.#headers !== undefined) LightHeaders.join(this.#headers, platform.headers)
    return this.#content === 'sent' ? spend(platform) : platform
  }
}

const { backing } = LightResponse
standIn(LightResponse.prototype, PlatformResponse.prototype, backing)

/** What can be held; `undefined` for what only the platform can make, or refuse. */
function wholeOf(body: unknown, init: Init | null, type: string): WholeResponse | undefined {
  const content = contentOf(body)
  const { status = 200, statusText = '', headers } = init ?? NOTHING
  if (content === undefined || !Number.isInteger(status) || status < 200 || status > 599) return undefined
  if (typeof statusText !== 'string' || !isReason(statusText)) return undefined
  if (content !== null && !allowsContent(status)) return undefined
  const lines = linesOf(headers)
  if (typeof content === 'string' && !lines.some(([name]) => name === 'content-type'))
    lines.push(['content-type', type])
  return { status, statusText, headers: lines, content }
}

const NOTHING: NonNullable<Init> = Object.freeze({})

/** Octets are copied, as the platform does: they may change before they are sent. */
function contentOf(body: unknown): string | Uint8Array | null | undefined {
  if (body === undefined || body === null) return null
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array && body.buffer instanceof ArrayBuffer) return lendCopy(body)
  return body instanceof ArrayBuffer ? lendCopy(new Uint8Array(body)) : undefined
}

/** Field lines with names in lower case, each once. Whatever is not plain is for the platform to put in order, or to refuse. */
function linesOf(headers: NonNullable<Init>['headers']): Line[] {
  if (headers === undefined) return []
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers)
    return [...new PlatformHeaders(headers)]
  const lines: Line[] = []
  for (const [key, value] of Object.entries(headers) as [string, unknown][]) {
    const name = lowerAscii(key)
    const isPlain = isToken(name) && typeof value === 'string' && isFieldValue(value)
    if (!isPlain || lines.some(([other]) => other === name)) return [...new PlatformHeaders(headers)]
    lines.push([name, value])
  }
  return lines
}
