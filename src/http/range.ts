/**
 * Range requests (RFC 9110 §14): which bytes of a representation a client wants, as a pure function of the field and the
 * size. Only the unit `bytes` is known, which is the only one there is.
 *
 *     Range: bytes=0-99          the first hundred
 *     Range: bytes=100-          all but the first hundred
 *     Range: bytes=-100          the last hundred
 */
import { parseDecimal } from '../net/ascii.ts'

/** Octets `first` to `last`, both included, as in `Content-Range`. */
export interface ByteRange {
  /** Index of the first octet. */
  readonly first: number
  /** Index of the last octet; never below `first`. */
  readonly last: number
}

/** What a `Range` field asks for. */
export type RangeRequest =
  /** All of it: the field is absent, invalid, or asks in a way that a server may ignore (§14.2). */
  | { readonly type: 'whole' }
  /** These stretches, in the order of the field. */
  | { readonly type: 'ranges'; readonly ranges: readonly ByteRange[] }
  /** None of the stretches touches the representation: 416 (§15.5.17). */
  | { readonly type: 'unsatisfiable' }

const WHOLE: RangeRequest = Object.freeze({ type: 'whole' })

/**
 * Reads a `Range` field for a representation of `size` octets.
 *
 *     ranges-specifier = range-unit "=" range-set
 *     range-set        = 1#range-spec
 *     int-range        = first-pos "-" [ last-pos ]
 *     suffix-range     = "-" suffix-length
 *
 * An invalid field is ignored, as §14.2 says. So is one with more than `maxRanges` stretches, or with stretches that overlap:
 * §14.2 allows it, and both have been used to make a server send a file many times over (CVE-2011-3192).
 */
export function parseRange(field: string | undefined, size: number, maxRanges = 16): RangeRequest {
  if (field === undefined || !/^bytes=/i.test(field)) return WHOLE
  const specs = field.slice('bytes='.length).split(',', maxRanges + 1)
  if (specs.length > maxRanges) return WHOLE
  const ranges: ByteRange[] = []
  let count = 0
  for (const element of specs) {
    const spec = stripOws(element)
    // Empty elements of a list are ignored (§5.6.1.2); `maxRanges` counts them, so there are not many.
    if (spec === '') continue
    count++
    const range = parseRangeSpec(spec, size)
    if (range === 'invalid') return WHOLE
    if (range !== 'unsatisfiable') ranges.push(range)
  }
  if (count === 0) return WHOLE
  if (ranges.length === 0) return { type: 'unsatisfiable' }
  return overlap(ranges) ? WHOLE : { type: 'ranges', ranges }
}

/** `Content-Range` of a part: `bytes 0-99/1234` (RFC 9110 §14.4). */
export function formatContentRange(range: ByteRange, size: number): string {
  return `bytes ${range.first}-${range.last}/${size}`
}

/** `Content-Range` of a 416: the size alone, `bytes *` `/1234` (RFC 9110 §14.4). */
export function formatUnsatisfiedRange(size: number): string {
  return `bytes */${size}`
}

function parseRangeSpec(spec: string, size: number): ByteRange | 'invalid' | 'unsatisfiable' {
  const hyphen = spec.indexOf('-')
  if (hyphen === -1) return 'invalid'
  const [from, to] = [spec.slice(0, hyphen), spec.slice(hyphen + 1)]
  if (from === '') {
    const suffix = parseDecimal(to)
    if (suffix === undefined) return 'invalid'
    return suffix === 0 || size === 0 ? 'unsatisfiable' : { first: Math.max(0, size - suffix), last: size - 1 }
  }
  const first = parseDecimal(from)
  const last = to === '' ? Number.MAX_SAFE_INTEGER : parseDecimal(to)
  if (first === undefined || last === undefined || last < first) return 'invalid'
  return first >= size ? 'unsatisfiable' : { first, last: Math.min(last, size - 1) }
}

function overlap(ranges: readonly ByteRange[]): boolean {
  const sorted = ranges.toSorted((a, b) => a.first - b.first)
  return sorted.some((range, index) => range.first <= (sorted[index - 1]?.last ?? -1))
}

/** Drops SP and HTAB at both ends: OWS, and nothing that `trim` would drop besides. */
function stripOws(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}
