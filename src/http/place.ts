/**
 * Where a request goes, read off its URL once: programs ask the same few URLs over and over, and to parse one, and to ask it for its parts,
 * costs more than to write a head. RFC 9110 §4.2, RFC 9112 §3.2.
 *
 * Places are shared by all requests for them, and never change. A `URL` does, where somebody sets its parts: so none that a caller has
 * given, or is given, is that of a place.
 */

/** The origin of a URL, and what names the resource there. */
export class Place {
  /** The URL, which belongs to this place alone. */
  readonly url: URL
  /** Scheme, host and port. */
  readonly origin: string
  /** Host, and port where it is not that of the scheme: what the field Host says (RFC 9110 §7.2). */
  readonly host: string
  /** Path and query: the request target in origin-form. Five characters that WHATWG URL leaves as they are no URI may hold (RFC 3986 §2). */
  readonly path: string

  constructor(url: URL) {
    this.url = url
    this.origin = url.origin
    this.host = url.host
    this.path = `${url.pathname}${url.search}`.replace(/[{}|^`]/g, encodeURIComponent)
  }
}

/** So many places are remembered; with one more, all are forgotten. */
const MAX_PLACES = 256
/** URLs up to here: longer ones hold data, and are not asked twice. */
const MAX_URL_LENGTH = 1_024

/** The places of a client, by the text of their URLs. */
export class Places {
  readonly #known = new Map<string, Place>()

  /** The place of a URL. Throws a `TypeError` for one that is none of HTTP. */
  of(url: string | URL): Place {
    if (typeof url !== 'string') return new Place(parseUrl(url))
    return this.#known.get(url) ?? this.#remember(url)
  }

  #remember(text: string): Place {
    const place = new Place(parseUrl(text))
    if (text.length > MAX_URL_LENGTH) return place
    if (this.#known.size === MAX_PLACES) this.#known.clear()
    this.#known.set(text, place)
    return place
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
