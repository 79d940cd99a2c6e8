/**
 * The standard `fetch` over a client's connections: `Request` in, `Response` out, redirects followed by the rules. WHATWG Fetch §4.4,
 * RFC 9110 §15.4.
 *
 * What a browser's fetch does beyond that is not done: no cache, no cookies, no CORS, no decompression (Content-Encoding stays what
 * it is, and the content too). Failures of the network reject with a `TypeError`, as the standard has it, whose cause is the
 * `NetError`; an abort rejects with the signal's reason.
 */
import type { RequestOptions } from './client-options.ts'
import type { ClientResponse } from './response.ts'
import { streamOf } from './web.ts'

/** The standard `fetch`. */
export type Fetch = typeof globalThis.fetch

/** Sends one request, as `Client.request` does. */
type Send = (url: URL, options: RequestOptions) => Promise<ClientResponse>

const MAX_REDIRECTS = 20
const REDIRECTS = [301, 302, 303, 307, 308]
/** Statuses whose `Response` may have no body. */
const NULL_BODY = [101, 103, 204, 205, 304]
/** Fields that are meant for one origin and for no other one. */
const CREDENTIALS = ['authorization', 'proxy-authorization', 'cookie', 'host']
const CONTENT_FIELDS = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']

/** Where a fetch goes, and what with. */
interface Trip {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  /** `undefined` for none; a stream can be sent once only. */
  readonly body: Uint8Array | ReadableStream<Uint8Array> | undefined
}

/** The standard `fetch` over `send`. */
export function fetchWith(send: Send): Fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    request.signal.throwIfAborted()
    try {
      return await follow(send, request, await contentOf(request, init))
    } catch (error) {
      if (request.signal.aborted) throw request.signal.reason
      throw error instanceof TypeError ? error : new TypeError('fetch failed', { cause: error })
    }
  }
}

/** Content that is no stream is read whole: its length is known then, and it can be sent again. */
async function contentOf(request: Request, init: RequestInit | undefined): Promise<Trip['body']> {
  if (request.body === null) return undefined
  const isStream = init?.body === undefined || init.body instanceof ReadableStream
  return isStream ? request.body : new Uint8Array(await request.arrayBuffer())
}

async function follow(send: Send, request: Request, body: Trip['body']): Promise<Response> {
  const { signal, redirect } = request
  let trip: Trip = { url: new URL(request.url), method: request.method, headers: new Headers(request.headers), body }
  for (let redirects = 0; ; redirects++) {
    const { url, method, headers, body } = trip
    const response = await send(url, { method, headers, signal, body })
    const location = REDIRECTS.includes(response.status) ? response.headers.get('location') : undefined
    if (location === undefined || redirect === 'manual') return responseOf(response, url, redirects > 0)
    response.cancel()
    if (redirect === 'error') throw new TypeError('There is a redirect, and none was wanted')
    if (redirects === MAX_REDIRECTS) throw new TypeError(`There are more than ${MAX_REDIRECTS} redirects`)
    trip = nextTrip(trip, response.status, location)
  }
}

/** The trip that a redirect asks for: POST becomes GET where the web made it so, credentials stay with their origin. */
function nextTrip(trip: Trip, status: number, location: string): Trip {
  const url = new URL(location, trip.url)
  if (url.hash === '') url.hash = trip.url.hash
  const headers = new Headers(trip.headers)
  const becomesGet =
    (status === 303 && trip.method !== 'GET' && trip.method !== 'HEAD') ||
    ((status === 301 || status === 302) && trip.method === 'POST')
  if (becomesGet) for (const name of CONTENT_FIELDS) headers.delete(name)
  else if (trip.body instanceof ReadableStream) throw new TypeError('The content cannot be sent again after a redirect')
  if (url.origin !== trip.url.origin) for (const name of CREDENTIALS) headers.delete(name)
  return { url, method: becomesGet ? 'GET' : trip.method, headers, body: becomesGet ? undefined : trip.body }
}

function responseOf(response: ClientResponse, url: URL, isRedirected: boolean): Response {
  const { status, reason } = response
  const headers = new Headers([...response.headers].map(([name, value]): [string, string] => [name, value]))
  const hasBody = !NULL_BODY.includes(status)
  const made = new Response(hasBody ? streamOf(response.body) : null, { status, statusText: reason, headers })
  // `Response` has these two, and no constructor sets them.
  Object.defineProperties(made, { url: { value: url.href }, redirected: { value: isRedirected } })
  return made
}
