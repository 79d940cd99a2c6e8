/**
 * From what a caller asks for to what goes out: the request target, Host, and the fields that frame the content. RFC 9112 §3.2, §6.3;
 * RFC 9110 §7.2, §8.6, §9.3.
 */
import type { RequestOptions } from './client-options.ts'
import { OutgoingContent } from './client-content.ts'
import type { Question, Terms } from './client-exchange.ts'
import { localError } from './errors.ts'
import { linesOf } from './fields.ts'
import { isSameName } from './grammar.ts'
import type { Place } from './place.ts'
import type { Route } from './proxy.ts'
import type { Trip } from './redirect.ts'

type FieldLine = readonly [name: string, value: string]

const NO_LINES: readonly FieldLine[] = Object.freeze([])

/** Methods that may be sent twice without harm (RFC 9110 §9.2.2). */
const IDEMPOTENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']
/** Methods whose requests have content by their nature: without any, Content-Length says so (RFC 9110 §8.6). */
const WITH_CONTENT = ['POST', 'PUT', 'PATCH']

/** Whether a request may be sent twice without harm. */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.includes(method)
}

/** The first trip of a request. */
export function tripOf(place: Place, options: RequestOptions): Trip {
  const { method = 'GET', headers, body, trailers, target } = options
  const hasContent = body !== undefined || trailers !== undefined
  return {
    place,
    method,
    headers: headers === undefined ? NO_LINES : [...linesOf(headers)],
    content: hasContent ? new OutgoingContent(body ?? '', trailers) : undefined,
    target,
  }
}

/** What to ask on a connection for a trip. Throws an `HttpError` (`local`) where the method wants more. */
export function questionOf(trip: Trip, route: Route, redirects: number, terms: Terms): Question {
  const { place, method, headers, content } = trip
  demandType(trip)
  const expectsContinue = has(headers, 'expect')
  const offersSwitch = method === 'CONNECT' || has(headers, 'upgrade')
  const isRepeatable = isIdempotent(method) && (content === undefined || content.length !== undefined)
  return {
    place,
    redirects,
    method,
    target: targetOf(trip, route),
    headers: withOwnFields(trip, route),
    content,
    expectsContinue,
    mayPipeline: isRepeatable && !expectsContinue && !offersSwitch,
    terms,
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

/** The request target: origin-form, or absolute-form to a proxy, where `OPTIONS *` has no path at all (RFC 9112 §3.2.4). */
function targetOf({ place, target = place.path }: Trip, { form }: Route): string {
  if (form === 'origin' || (target !== '*' && !target.startsWith('/'))) return target
  return `http://${place.host}${target === '*' ? '' : target}`
}

/** The fields with Host before them (RFC 9110 §7.2), and what frames the content behind them, where they do not say. */
function withOwnFields(trip: Trip, { authorization }: Route): FieldLine[] {
  const headers = authorization === undefined ? trip.headers : withAuthorization(trip.headers, authorization)
  const lines: FieldLine[] = has(headers, 'host') ? [...headers] : [['Host', trip.place.host], ...headers]
  const framing = framingLine(trip)
  if (framing !== undefined && !has(headers, 'content-length') && !has(headers, 'transfer-encoding'))
    lines.push(framing)
  return lines
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
