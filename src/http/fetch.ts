/**
 * The standard `fetch` over a client's connections: `Request` in, `Response` out. WHATWG Fetch §4.4, §5.6.
 *
 * What a browser's fetch does beyond that is not done: no cache, no cookies, no CORS, no decompression (Content-Encoding stays what
 * it is, and the content too). Failures of the network reject with a `TypeError`, as the standard has it, whose cause is the
 * `NetError`; an abort rejects with the signal's reason, also while the content is read. Redirects are followed as `Client.request`
 * does it, which is stricter than the standard in one thing: a way from https to http is an error.
 *
 * With `redirect: 'manual'` the answer is the standard's opaque one: status 0, no fields, no content. Whoever wants to see a redirect asks
 * `Client.request`.
 */
import type { RequestContent } from './client-content.ts'
import type { RequestOptions } from './client-options.ts'
import { locationOf } from './redirect.ts'
import type { ClientResponse } from './response.ts'

/** The standard `fetch`. */
export type Fetch = typeof globalThis.fetch

/** Sends one request, as `Client.request` does. */
type Send = (url: URL, options: RequestOptions) => Promise<ClientResponse>

/** Statuses whose `Response` may have no body ("null body status"). */
const NULL_BODY = [101, 103, 204, 205, 304]

/** The standard `fetch` over `send`. */
export function fetchWith(send: Send): Fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    request.signal.throwIfAborted()
    try {
      const { method, headers, signal, redirect } = request
      const body = await contentOf(request, init)
      const response = await send(new URL(request.url), { method, headers, signal, redirect, body })
      return redirect === 'manual' && locationOf(response) !== undefined
        ? opaqueRedirect(response)
        : standardResponse(response, request)
    } catch (error) {
      throw failure(error, request.signal)
    }
  }
}

/** Content that is no stream is read whole: its length is known then, and it can be sent again. */
async function contentOf(request: Request, init: RequestInit | undefined): Promise<RequestContent | undefined> {
  if (request.body === null) return undefined
  const isStream = init?.body === undefined || init.body instanceof ReadableStream
  return isStream ? request.body : new Uint8Array(await request.arrayBuffer())
}

/** What the standard rejects with. */
function failure(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  return error instanceof TypeError ? error : new TypeError('fetch failed', { cause: error })
}

/** Makes a `Response`. One that the standard cannot express (101, a status above 599) is given up. */
function standardResponse(response: ClientResponse, { method, signal }: Request): Response {
  try {
    const { status, reason } = response
    const headers = new Headers([...response.headers].map(([name, value]): [string, string] => [name, value]))
    const hasBody = !NULL_BODY.includes(status) && method !== 'HEAD'
    const made = new Response(hasBody ? streamOf(response, signal) : null, { status, statusText: reason, headers })
    if (!hasBody) response.cancel()
    return withFacts(made, { url: urlOf(response), redirected: response.redirects > 0 })
  } catch (error) {
    response.cancel()
    throw error
  }
}

/** An "opaque-redirect filtered response": it says that there is a redirect, and where it was met. */
function opaqueRedirect(response: ClientResponse): Response {
  response.cancel()
  return withFacts(new Response(null), { url: urlOf(response), type: 'opaqueredirect', status: 0, ok: false })
}

/** "Response.url: the URL, serialized with exclude fragment set". */
function urlOf({ url }: ClientResponse): string {
  return url.href.replace(/#.*/, '')
}

/** `Response` has these facts, and no constructor that takes them. */
function withFacts(response: Response, facts: Partial<Response>): Response {
  for (const [name, value] of Object.entries(facts)) Object.defineProperty(response, name, { value })
  return response
}

/** The content as a stream that asks for a slice when it is asked for one. */
function streamOf(response: ClientResponse, signal: AbortSignal): ReadableStream<Uint8Array> {
  const slices = response.body[Symbol.asyncIterator]()
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const { done, value } = await slices.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    } catch (error) {
      throw failure(error, signal)
    }
  }
  return new ReadableStream({ pull, cancel: () => response.cancel() }, { highWaterMark: 0 })
}
