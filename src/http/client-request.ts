/**
 * From what a caller asks for to what goes out: the request target, Host, and the fields that frame the content. RFC 9112 §3.2, §6.3;
 * RFC 9110 §7.2, §8.6, §9.3.
 */
import type { ClientTimeouts, RequestOptions } from './client-options.ts'
import { OutgoingContent } from './client-content.ts'
import type { Question } from './client-exchange.ts'
import { localError } from './errors.ts'
import type { ReceivedInformational } from './events.ts'
import { linesOf } from './fields.ts'
import { isSameName } from './grammar.ts'
import type { Route } from './proxy.ts'
import type { Trip } from './redirect.ts'

/** What all trips of a request have in common. */
export interface Terms {
  /** Gives up. */
  readonly signal: AbortSignal | undefined
  /** How long each phase may take. */
  readonly timeouts: ClientTimeouts
  /** Told of each interim response. */
  readonly onInformational: ((head: ReceivedInformational) => void) | undefined
}

type FieldLine = readonly [name: string, value: string]

/** Methods that may be sent twice without harm (RFC 9110 §9.2.2). */
const IDEMPOTENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']
/** Methods whose requests have content by their nature: without any, Content-Length says so (RFC 9110 §8.6). */
const WITH_CONTENT = ['POST', 'PUT', 'PATCH']

/** Whether a request may be sent twice without harm. */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.includes(method)
}

/** The first trip of a request. Throws a `TypeError` for a URL that is none of HTTP. */
export function tripOf(url: string | URL, options: RequestOptions): Trip {
  const { method = 'GET', headers, body, trailers, target } = options
  const hasContent = body !== undefined || trailers !== undefined
  return {
    url: parseUrl(url),
    method,
    headers: [...linesOf(headers ?? [])],
    content: hasContent ? new OutgoingContent(body ?? '', trailers) : undefined,
    target,
  }
}

function parseUrl(text: string | URL): URL {
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`${url.protocol} is not HTTP`)
  // "A sender MUST NOT generate the userinfo subcomponent" (RFC 9110 §4.2.4), and dropping it would hide a mistake.
  if (url.username !== '' || url.password !== '')
    throw new TypeError('The URL holds credentials: send Authorization instead')
  return url
}

/** What to ask on a connection for a trip. Throws an `HttpError` (`local`) where the method wants more. */
export function questionOf(trip: Trip, route: Route, redirects: number, terms: Terms): Question {
  const { url, method, headers, content } = trip
  demandType(trip)
  const expectsContinue = has(headers, 'expect')
  const offersSwitch = method === 'CONNECT' || has(headers, 'upgrade')
  const isRepeatable = isIdempotent(method) && (content === undefined || content.length !== undefined)
  return {
    url,
    redirects,
    method,
    target: targetOf(trip, route),
    headers: withOwnFields(trip, route),
    content,
    expectsContinue,
    mayPipeline: isRepeatable && !expectsContinue && !offersSwitch,
    ...terms,
  }
}

/** The same without an expectation that the server does not know (RFC 9110 §10.1.1, §15.5.18). */
export function withoutExpectation(trip: Trip): Trip {
  return { ...trip, headers: trip.headers.filter(([name]) => !isSameName(name, 'expect')) }
}

/** "A client that generates an OPTIONS request containing content MUST send a valid Content-Type" (RFC 9110 §9.3.7). */
function demandType({ method, headers, content }: Trip): void {
  if (method !== 'OPTIONS' || content === undefined || has(headers, 'content-type')) return
  throw localError('HTTP_SEND_FIELD', 'the content of OPTIONS needs a Content-Type')
}

/** The path and query of a URL. Five characters that WHATWG URL leaves as they are no URI may hold (RFC 3986 §2). */
function pathOf({ pathname, search }: URL): string {
  return `${pathname}${search}`.replace(/[{}|^`]/g, encodeURIComponent)
}

/** The request target: origin-form, or absolute-form to a proxy, where `OPTIONS *` has no path at all (RFC 9112 §3.2.4). */
function targetOf({ url, target = pathOf(url) }: Trip, { form }: Route): string {
  if (form === 'origin' || (target !== '*' && !target.startsWith('/'))) return target
  return `http://${url.host}${target === '*' ? '' : target}`
}

/** The fields with Host before them (RFC 9110 §7.2), and what frames the content behind them, where they do not say. */
function withOwnFields(trip: Trip, { authorization }: Route): FieldLine[] {
  const { url } = trip
  const headers = authorization === undefined ? trip.headers : withAuthorization(trip.headers, authorization)
  const lines = has(headers, 'host') ? [...headers] : [['Host', url.host] as const, ...headers]
  const framing = has(lines, 'content-length') || has(lines, 'transfer-encoding') ? undefined : framingLine(trip)
  return framing === undefined ? lines : [...lines, framing]
}

/** What the caller says to the proxy himself counts for more. */
function withAuthorization(lines: readonly FieldLine[], authorization: string): readonly FieldLine[] {
  return has(lines, 'proxy-authorization') ? lines : [...lines, ['Proxy-Authorization', authorization]]
}

function framingLine({ method, content }: Trip): FieldLine | undefined {
  if (content === undefined) return WITH_CONTENT.includes(method) ? ['Content-Length', '0'] : undefined
  if (content.length === undefined || content.hasTrailers) return ['Transfer-Encoding', 'chunked']
  return ['Content-Length', String(content.length)]
}

function has(lines: readonly FieldLine[], field: string): boolean {
  return lines.some(([name]) => isSameName(name, field))
}
