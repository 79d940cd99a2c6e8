/**
 * How much of everything is allowed (limits, always finite), and which broken rules are forgiven (leniency, none unless
 * somebody named needs it). Both are merged with their defaults once and frozen. This file knows numbers and names only.
 */

/** What a message may weigh. Every one is finite; a peer that passes one gets the status named. */
export interface Limits {
  /** Empty lines before a request line. Default 4. RFC 9112 §2.2 asks for at least one; llhttp takes any number. 400. */
  readonly maxEmptyLines: number
  /** Octets of a method. Default 32; the longest registered one, UPDATEREDIRECTREF, has 17. 501. */
  readonly maxMethodBytes: number
  /** Octets of a request target. Default 16,384; RFC 9112 §3 asks for 8,000, nginx takes 8,192, hyper 65,534. 414. */
  readonly maxTargetBytes: number
  /** Octets of one field line or reason phrase without its line end. Default 16,384; Apache takes 8,190. 431. */
  readonly maxFieldBytes: number
  /** Field lines of one section. Default 100, as Apache and Tomcat; node 2,000. 431. */
  readonly maxFields: number
  /** Octets of a whole head. Default 65,536; node 16,384, Go 1 MiB, hyper 417,792. 431. */
  readonly maxHeadBytes: number
  /** Octets of a whole trailer section. Default 16,384, as hyper. 431. */
  readonly maxTrailerBytes: number
  /** Octets of one chunk. Default 2^31 - 1: whoever knows of more octets than that knows their Content-Length. 413. */
  readonly maxChunkBytes: number
  /** Octets of all chunk extensions of one body. Default 16,384, as node and hyper. 413. */
  readonly maxChunkExtensionBytes: number
  /** Octets of one body. Default 2^40: a streamed body costs no memory, so this is policy (nginx 1 MiB, Apache 1 GiB). 413. */
  readonly maxBodyBytes: number
  /**
   * Octets of content that a client has to send a second, on the average of the time in which it was waited for; it may be `bodyGraceMs` behind,
   * and no further ahead than the longer of that and `bodyMs`.
   * 0 asks for none. Default 500, as Apache; Kestrel 240. 408.
   */
  readonly minRequestRate: number
  /**
   * The same of a server's response, as long as somebody asks for its content. Default 0: event streams may be silent for minutes, and are.
   */
  readonly minResponseRate: number
  /** Interim (1xx) responses to one request. Default 32; undici and Go limit them too. */
  readonly maxInterimResponses: number
  /** Redirects that one request follows. Default 20, as in browsers (WHATWG Fetch §4.4). */
  readonly maxRedirects: number
  /** Octets that `bytes()`, `text()` and `json()` collect before they give up. Default 16 MiB. */
  readonly maxCollectedBytes: number
}

/** The limits where nothing else is said. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxEmptyLines: 4,
  maxMethodBytes: 32,
  maxTargetBytes: 16_384,
  maxFieldBytes: 16_384,
  maxFields: 100,
  maxHeadBytes: 65_536,
  maxTrailerBytes: 16_384,
  maxChunkBytes: 2 ** 31 - 1,
  maxChunkExtensionBytes: 16_384,
  maxBodyBytes: 2 ** 40,
  minRequestRate: 500,
  minResponseRate: 0,
  maxInterimResponses: 32,
  maxRedirects: 20,
  maxCollectedBytes: 16 * 1024 * 1024,
})

/** Broken rules to forgive, one by one. Each time one is forgiven, the parser says so in a `warning` event. */
export interface Leniency {
  /** LF alone ends a line of a head (never of the chunked coding). For requests typed by hand, and some devices. RFC 9112 §2.2. */
  readonly bareLfEndsLine: boolean
  /** A folded field line is unfolded with spaces. For old mail gateways; a MUST for user agents. RFC 9112 §5.2. */
  readonly foldBecomesSpace: boolean
  /** Repeated Content-Length values are taken as one when they are all equal. For servers whose scripts say it too; Go does it. RFC 9112 §6.3. */
  readonly equalContentLengths: boolean
  /** Transfer-Encoding beats Content-Length, and the connection ends. For proxies of the nineties; Go and h11 do it. RFC 9112 §6.3. */
  readonly codingBeatsContentLength: boolean
  /** `{`, `}`, `|`, `^` and the backtick may stand in a request target, as browsers send them (WHATWG URL). RFC 9112 §3.2. */
  readonly targetMayHoldUnencoded: boolean
  /** Octets from 0x80 up may stand in a request target, for clients that send UTF-8 without encoding it. RFC 9112 §3.2. */
  readonly targetMayHoldObsText: boolean
  /** A status line may end after its code, without the space before an empty reason. Many small servers. RFC 9112 §4. */
  readonly reasonMayBeAbsent: boolean
}

/** Nothing is forgiven. */
export const STRICT: Leniency = Object.freeze({
  bareLfEndsLine: false,
  foldBecomesSpace: false,
  equalContentLengths: false,
  codingBeatsContentLength: false,
  targetMayHoldUnencoded: false,
  targetMayHoldObsText: false,
  reasonMayBeAbsent: false,
})

/** What a server forgives in requests unless told otherwise: what every browser does, and no more. */
export const REQUEST_LENIENCY: Leniency = Object.freeze({ ...STRICT, targetMayHoldUnencoded: true })

/**
 * What a client forgives in responses unless told otherwise: what RFC 9112 tells a user agent to (folds), lets it
 * (equal lengths), and what half the small servers of the world do (no space before an absent reason).
 */
export const RESPONSE_LENIENCY: Leniency = Object.freeze({
  ...STRICT,
  foldBecomesSpace: true,
  equalContentLengths: true,
  reasonMayBeAbsent: true,
})

/** Limits, and leniencies, that were merged: a server or client does it once, and each of its connections and parsers asks again. */
const MERGED = new WeakSet<object>([STRICT, REQUEST_LENIENCY, RESPONSE_LENIENCY])

/** The defaults with what is given over them, frozen. Throws a `RangeError` where a limit is not a finite count. */
export function withLimits(given: Partial<Limits> = {}): Limits {
  if (MERGED.has(given)) return given as Limits
  for (const [name, value] of Object.entries(given)) demandCount(name, value)
  const limits = Object.freeze({ ...DEFAULT_LIMITS, ...given })
  MERGED.add(limits)
  return limits
}

/** The timeouts of a role with what is given over them, frozen. Throws a `RangeError` where a time is not finite. */
export function withTimeouts<Timeouts extends object>(defaults: Timeouts, given?: Partial<Timeouts>): Timeouts {
  if (given === undefined) return defaults
  for (const [name, value] of Object.entries(given)) {
    if (!Number.isFinite(value) || Number(value) < 0) throw new RangeError(`${name} is not a finite time`)
  }
  return Object.freeze({ ...defaults, ...given })
}

/** Throws a `RangeError` where `value` is not a finite count. */
export function demandCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is not a finite count`)
}

/** The leniency of a role with what is given over it, frozen. */
export function withLeniency(defaults: Leniency, given?: Partial<Leniency>): Leniency {
  if (given === undefined) return defaults
  if (MERGED.has(given)) return given as Leniency
  const leniency = Object.freeze({ ...defaults, ...given })
  MERGED.add(leniency)
  return leniency
}
