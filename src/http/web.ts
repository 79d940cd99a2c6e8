/**
 * The web's own terms: an exchange as a `Request`, a `Response` played into it. Content passes as streams in both directions, with
 * backpressure. WHATWG Fetch, RFC 9110 §9.
 *
 * What `Request` cannot say is answered before the handler sees it: CONNECT and TRACE are forbidden methods there (501), and
 * a target that is no URL is 400.
 */
import type { Exchange } from './exchange.ts'
import type { ExchangeHandler } from './server-connection.ts'

/** Answers a request in the web's terms. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** Methods that `Request` forbids. */
const FORBIDDEN = ['CONNECT', 'TRACE', 'TRACK']

/** An exchange handler that asks a fetch handler. */
export function answerWith(handler: FetchHandler): ExchangeHandler {
  return async (exchange) => {
    if (FORBIDDEN.includes(exchange.method)) return exchange.respond(501)
    const url = urlOf(exchange)
    if (url === undefined) return exchange.respond(400)
    const response = await handler(requestOf(exchange, url))
    await play(response, exchange)
  }
}

/**
 * The URL that the request is for. In HTTP/1.0 without Host it is that of our own end; of `OPTIONS *`, which is for no resource,
 * it is the root.
 */
function urlOf(exchange: Exchange): URL | undefined {
  const path = exchange.form === 'asterisk' ? '/' : exchange.path
  const query = exchange.query === '' ? '' : `?${exchange.query}`
  const text = `${exchange.scheme}://${exchange.authority === '' ? 'localhost' : exchange.authority}${path}${query}`
  return URL.canParse(text) ? new URL(text) : undefined
}

function requestOf(exchange: Exchange, url: URL): Request {
  const { method, signal } = exchange
  const headers = new Headers([...exchange.headers].map(([name, value]): [string, string] => [name, value]))
  // `Request` gives GET and HEAD no body; where one came with it, it is dropped like any that is not read.
  if (method === 'GET' || method === 'HEAD' || !exchange.hasContent)
    return new Request(url, { method, headers, signal })
  return new Request(url, { method, headers, signal, body: streamOf(exchange.body), duplex: 'half' })
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

/** Answers the exchange with a response. */
async function play(response: Response, exchange: Exchange): Promise<void> {
  const { status, headers, body } = response
  if (body === null) return exchange.respond(status, headers)
  if (exchange.method !== 'HEAD') return await exchange.respond(status, headers, body)
  await body.cancel()
  await exchange.stream(status, headers).end()
}
