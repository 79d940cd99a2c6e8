/**
 * Where a redirect leads, and what goes there: rules without I/O. RFC 9110 §10.2.2, §15.4; for 301 and 302 what the web has
 * made of them (WHATWG Fetch §4.4).
 *
 *     status     the next method                    the content
 *     301, 302   GET where it was POST, else kept   dropped with POST, else sent again
 *     303        GET, or HEAD where it was HEAD     dropped
 *     307, 308   kept                               sent again
 *
 * Followed by itself is only what cannot hurt: what was meant for one origin (credentials above all) goes to no other one, a
 * redirect from https to http is an error, and so is a circle. A field under a name of somebody's own (`X-Api-Key`) looks like
 * any other and is sent along: whoever has such fields follows by hand.
 */
import { lowerAscii } from '../net/ascii.ts'
import type { OutgoingContent } from './client-content.ts'
import { HttpError, HttpLimitError } from './errors.ts'
import type { Fields } from './fields.ts'
import { Place } from './place.ts'

/** Where a request goes, and what goes there. A redirect makes the next one out of it. */
export interface Trip {
  /** Where to. */
  readonly place: Place
  /** The method. */
  readonly method: string
  /** The fields of the caller. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The content. */
  readonly content: OutgoingContent | undefined
  /** Another request target than that of the URL; good for one trip. */
  readonly target: string | undefined
}

/** What redirects are allowed. */
export interface RedirectRules {
  /** How many, one after the other. */
  readonly maxRedirects: number
  /** Whether one may lead from https to http. */
  readonly mayDowngrade: boolean
  /** Whether a circle is an error at once, or when it has come round often enough. */
  readonly circles: 'refused' | 'counted'
}

/** The statuses that are followed. 300 wants somebody to choose, 304 leads to a cache, 305 is a thing of the past. */
const REDIRECTS = [301, 302, 303, 307, 308]

/** What belongs to the origin that it was written for (RFC 9110 §15.4), or to the proxy on the way there. */
const OF_ORIGIN = ['authorization', 'cookie', 'cookie2', 'host', 'origin', 'proxy-authorization', 'referer']
/** What describes the content, besides every `Content-` field (RFC 9110 §15.4), or frames it. */
const OF_CONTENT = ['digest', 'expect', 'last-modified', 'repr-digest', 'trailer', 'transfer-encoding']

/**
 * The Location of a response that redirects; `undefined` for any other response, and where there is none to follow. Throws
 * `HTTP_REDIRECT_LOCATION` where there are several: Location is no list.
 */
export function locationOf(response: { readonly status: number; readonly headers: Fields }): string | undefined {
  if (!REDIRECTS.includes(response.status)) return undefined
  const [location, ...others] = response.headers.getAll('location')
  if (others.length > 0) throw new HttpError('HTTP_REDIRECT_LOCATION')
  return location
}

/** The redirects of one request, one after the other. */
export class Redirects {
  readonly #rules: RedirectRules
  #count = 0
  readonly #visited = new Set<string>()

  constructor(rules: RedirectRules) {
    this.#rules = rules
  }

  /**
   * The trip that follows from a redirect. Throws an `HttpError`: where Location is no URL of HTTP, or leads out of https or in a
   * circle, or where content would be needed that is not there any more; an `HttpLimitError` where it was one redirect too many.
   */
  next(trip: Trip, status: number, location: string): Trip {
    const { maxRedirects, mayDowngrade, circles } = this.#rules
    if (++this.#count > maxRedirects) throw new HttpLimitError('HTTP_REDIRECT_MANY', 'maxRedirects', maxRedirects)
    const next = onward(trip, status, new Place(resolveLocation(location, trip.place.url)))
    const isDowngrade = trip.place.url.protocol === 'https:' && next.place.url.protocol === 'http:'
    if (isDowngrade && !mayDowngrade) throw new HttpError('HTTP_REDIRECT_DOWNGRADE')
    this.#visited.add(stationOf(trip))
    if (circles === 'refused' && this.#visited.has(stationOf(next))) throw new HttpError('HTTP_REDIRECT_LOOP')
    return next
  }
}

/** The same request at the same place mostly gets the same answer: a client without cookies would go round and round. */
function stationOf({ method, place }: Trip): string {
  return `${method} ${place.origin}${place.path}`
}

/**
 *     Location = URI-reference
 *
 * Octets from 0x80 up, which no URI has and many servers send, are taken as percent-encoded. A Location without a fragment inherits
 * that of the URL that led there (RFC 9110 §10.2.2). User information is no mistake of ours to repeat: it is refused (§4.2.4).
 */
export function resolveLocation(location: string, base: URL): URL {
  const text = location.replace(/[\u0080-\u00ff]/g, (octet) => `%${octet.charCodeAt(0).toString(16)}`)
  if (!URL.canParse(text, base.href)) throw new HttpError('HTTP_REDIRECT_LOCATION')
  const url = new URL(text, base)
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:'
  if (!isHttp || url.username !== '' || url.password !== '') throw new HttpError('HTTP_REDIRECT_LOCATION')
  // An empty fragment is one too: it shows in the text, but not in `hash`.
  if (!url.href.includes('#')) url.hash = base.hash
  return url
}

function onward(trip: Trip, status: number, place: Place): Trip {
  const isPostToGet = (status === 301 || status === 302) && trip.method === 'POST'
  const isContentDropped = status === 303 || isPostToGet
  if (!isContentDropped && trip.content?.isWhole === false) throw new HttpError('HTTP_REDIRECT_CONTENT')
  const isElsewhere = place.origin !== trip.place.origin
  const headers = trip.headers.filter(([name]) => {
    const lower = lowerAscii(name)
    return !(isElsewhere && OF_ORIGIN.includes(lower)) && !(isContentDropped && isOfContent(lower))
  })
  const method = isContentDropped && trip.method !== 'HEAD' ? 'GET' : trip.method
  return { place, method, headers, content: isContentDropped ? undefined : trip.content, target: undefined }
}

function isOfContent(lower: string): boolean {
  return lower.startsWith('content-') || OF_CONTENT.includes(lower)
}
