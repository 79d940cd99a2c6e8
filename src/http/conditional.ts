/**
 * Conditional requests (RFC 9110 §13): whether a request is to be carried out, as a pure function of its fields and of what
 * the server has. The order of the checks is that of §13.2.2, and it is the whole of the logic.
 */
import { parseHttpDate } from './date.ts'

/** What a server has at the target. */
export interface Validators {
  /** The entity tag as it stands in the field, `"abc"` or `W/"abc"`; `undefined` where there is no representation. */
  readonly etag: string | undefined
  /** When it was last changed, in milliseconds since 1970; `undefined` where that is not known. */
  readonly lastModifiedMs: number | undefined
}

/** The fields that make a request conditional, each as one combined value. */
export interface ConditionalFields {
  /** `If-Match`. */
  readonly ifMatch?: string | undefined
  /** `If-None-Match`. */
  readonly ifNoneMatch?: string | undefined
  /** `If-Modified-Since`. */
  readonly ifModifiedSince?: string | undefined
  /** `If-Unmodified-Since`. */
  readonly ifUnmodifiedSince?: string | undefined
  /** `If-Range`. */
  readonly ifRange?: string | undefined
}

/** Those of a header section: `Fields`, or the web's `Headers`. */
export function conditionalFields(headers: { get(name: string): string | null | undefined }): ConditionalFields {
  return {
    ifMatch: headers.get('if-match') ?? undefined,
    ifNoneMatch: headers.get('if-none-match') ?? undefined,
    ifModifiedSince: headers.get('if-modified-since') ?? undefined,
    ifUnmodifiedSince: headers.get('if-unmodified-since') ?? undefined,
    ifRange: headers.get('if-range') ?? undefined,
  }
}

/** Carry the request out; answer 304 (Not Modified); or answer 412 (Precondition Failed). */
export type Precondition = 'proceed' | 'notModified' | 'failed'

/**
 * Evaluates the preconditions of a request (RFC 9110 §13.2.2). `nowMs` is needed for the two-digit years of obsolete dates. A date
 * that cannot be read makes its field as if absent (§13.1.3, §13.1.4).
 */
export function evaluatePreconditions(
  method: string,
  fields: ConditionalFields,
  has: Validators,
  nowMs: number,
): Precondition {
  if (fields.ifMatch !== undefined) {
    if (!matchesAny(fields.ifMatch, has.etag, strongMatch)) return 'failed'
  } else if (wasModifiedSince(fields.ifUnmodifiedSince, has.lastModifiedMs, nowMs) === true) return 'failed'
  const isRead = method === 'GET' || method === 'HEAD'
  if (fields.ifNoneMatch !== undefined) {
    if (matchesAny(fields.ifNoneMatch, has.etag, weakMatch)) return isRead ? 'notModified' : 'failed'
  } else if (isRead && wasModifiedSince(fields.ifModifiedSince, has.lastModifiedMs, nowMs) === false) {
    return 'notModified'
  }
  return 'proceed'
}

/**
 * Whether a `Range` field may be honoured beside this `If-Range` (RFC 9110 §13.1.5): its entity tag must match strongly,
 * its date exactly. Without the field it may.
 */
export function isRangeCurrent(ifRange: string | undefined, has: Validators, nowMs: number): boolean {
  if (ifRange === undefined) return true
  if (ENTITY_TAG_ONLY.test(ifRange)) return strongMatch(ifRange, has.etag ?? '')
  const date = parseHttpDate(ifRange, nowMs)
  return date !== undefined && has.lastModifiedMs !== undefined && date === wholeSecond(has.lastModifiedMs)
}

/** entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE; etagc = %x21 / %x23-7E / obs-text (RFC 9110 §8.8.3). */
const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g
const ENTITY_TAG_ONLY = new RegExp(`^${ENTITY_TAG.source}$`)

function matchesAny(list: string, etag: string | undefined, match: (listed: string, own: string) => boolean): boolean {
  if (etag === undefined) return false
  if (list === '*') return true
  return list.match(ENTITY_TAG)?.some((listed) => match(listed, etag)) ?? false
}

/** Strong comparison (RFC 9110 §8.8.3.2): equal, and neither is weak. */
function strongMatch(listed: string, own: string): boolean {
  return listed === own && !own.startsWith('W/')
}

/** Weak comparison (RFC 9110 §8.8.3.2): equal but for the mark of weakness. */
function weakMatch(listed: string, own: string): boolean {
  return listed.replace(/^W\//, '') === own.replace(/^W\//, '')
}

/** `undefined` where the field or the date of change is absent or unreadable. */
function wasModifiedSince(
  field: string | undefined,
  lastModifiedMs: number | undefined,
  nowMs: number,
): boolean | undefined {
  if (field === undefined || lastModifiedMs === undefined) return undefined
  const since = parseHttpDate(field, nowMs)
  return since === undefined ? undefined : wholeSecond(lastModifiedMs) > since
}

function wholeSecond(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000
}
