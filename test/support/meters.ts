/**
 * Counts the work that code does, without a clock: the same input gives the same figures on every machine, however busy it is. A parser's
 * own `work` is what it says of itself; these two know nothing of parsers.
 *
 *     code      characters of `src` that were run, each as often as it was: V8 counts the blocks for its coverage, loops and branches too
 *     octets    octets, characters and elements that built-in functions went over on behalf of that code: copied, searched, compared, moved,
 *               converted, allocated. Blocks do not show these: to the coverage a search through a gigabyte is one call
 *
 * Import this before anything of `src`: V8 counts blocks only in functions that it compiled after it was told to count. It is never told to
 * stop, because then it would for the coverage of the whole test run as well.
 */
import { Session, type Profiler } from 'node:inspector'
import { setFlagsFromString } from 'node:v8'

/** What a piece of work came to. */
export interface Effort {
  /** Characters of `src` that were run. */
  readonly code: number
  /** What built-in functions went over. */
  readonly octets: number
}

// Calls of functions without branches are not counted where they were made part of optimised code, and when that is made hangs on time.
setFlagsFromString('--no-opt')
setFlagsFromString('--no-maglev')

const session = new Session()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })

const SOURCES: string = new URL('../../src/', import.meta.url).pathname

let octets = 0
let isMetering = false

/** What `act` costs, and what of `src` was run since this was asked last. */
export function effortOf(act: () => void): Effort {
  octets = 0
  isMetering = true
  try {
    act()
  } finally {
    isMetering = false
  }
  return { code: takeCode(), octets }
}

/** The characters that were run since the last call. */
function takeCode(): number {
  let scripts: readonly Profiler.ScriptCoverage[] = []
  session.post('Profiler.takePreciseCoverage', (_error, { result }) => (scripts = result))
  let code = 0
  for (const { url, functions } of scripts) {
    if (!url.includes(SOURCES)) continue
    for (const { ranges } of functions) code += codeIn(ranges)
  }
  return code
}

/** Ranges are nested, the outer one first. One that was run as often as what is around it is not told, so characters count, not ranges. */
function codeIn(ranges: readonly Profiler.CoverageRange[]): number {
  const around: Profiler.CoverageRange[] = []
  let code = 0
  for (const range of ranges) {
    let outer = around.at(-1)
    while (outer !== undefined && outer.endOffset <= range.startOffset) {
      around.pop()
      outer = around.at(-1)
    }
    code += (range.count - (outer?.count ?? 0)) * (range.endOffset - range.startOffset)
    around.push(range)
  }
  return code
}

/** What a call of a built-in function goes over. */
type Cost = (self: unknown, args: readonly unknown[], result: unknown) => number

/** Puts a meter into functions of an object. */
function meter(object: object, names: readonly string[], cost: Cost): void {
  for (const name of names) {
    const original = Reflect.get(object, name) as (...args: unknown[]) => unknown
    const metered = function (this: unknown, ...args: unknown[]): unknown {
      const result = Reflect.apply(original, this, args)
      if (isMetering) octets += 1 + cost(this, args, result)
      return result
    }
    Object.defineProperty(object, name, { value: metered, writable: true, configurable: true })
  }
}

const lengthOf = (value: unknown): number => {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) return 0
  return 'length' in Object(value) ? Number((value as { readonly length: unknown }).length) : 0
}
/** All that it is called on, as it was. */
const ofSelf: Cost = (self) => lengthOf(self)
const ofResult: Cost = (_self, _args, result) => lengthOf(result)
/** As far as it had to look: up to what it found, or to the end. */
const ofSearch: Cost = (self, [, from], result) => {
  const start = Number(from ?? 0)
  return Math.max((result === -1 ? lengthOf(self) : Number(result)) - start, 0)
}
/** From where it begins to the end of the array, as it was before. */
const ofMove: Cost = (self, [start], result) => lengthOf(self) + lengthOf(result) - Number(start ?? 0)

meter(Buffer, ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'concat'], ofResult)
meter(Buffer, ['from'], (_self, [source], result) => (source instanceof ArrayBuffer ? 0 : lengthOf(result)))
meter(Buffer.prototype, ['copy'], (_self, _args, result) => Number(result))
meter(Buffer.prototype, ['indexOf'], ofSearch)
meter(Buffer.prototype, ['toString', 'latin1Slice', 'utf8Slice', 'write', 'latin1Write', 'utf8Write'], ofResult)
meter(Buffer.prototype, ['includes', 'lastIndexOf', 'equals', 'fill'], ofSelf)
meter(Buffer.prototype, ['compare'], (self, [, , , from, to]) => Number(to ?? lengthOf(self)) - Number(from ?? 0))
const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object
meter(TypedArrayPrototype, ['set'], (_self, [source]) => lengthOf(source))
meter(TypedArrayPrototype, ['copyWithin'], (self, [, from, to]) => Number(to ?? lengthOf(self)) - Number(from ?? 0))
meter(TypedArrayPrototype, ['fill', 'slice'], ofResult)
meter(String.prototype, ['indexOf'], ofSearch)
meter(String.prototype, ['includes', 'lastIndexOf', 'split', 'trim', 'normalize', 'replace', 'replaceAll'], ofSelf)
meter(String.prototype, ['toLowerCase', 'toUpperCase', 'match', 'matchAll', 'search'], ofSelf)
meter(String.prototype, ['concat', 'repeat', 'padStart', 'padEnd'], ofResult)
meter(RegExp.prototype, ['exec'], (self, [text], result) => {
  const found = result as RegExpExecArray | null
  return found === null ? lengthOf(text) : found.index + (found[0]?.length ?? 0) - fromOf(self as RegExp, found)
})
meter(Array.prototype, ['shift', 'unshift', 'splice'], ofMove)
meter(Array.prototype, ['join', 'slice', 'concat', 'map', 'filter', 'flat', 'flatMap'], ofResult)
meter(Array.prototype, ['indexOf', 'includes', 'some', 'every', 'find', 'findIndex', 'reduce'], ofSelf)
meter(Array, ['from'], ofResult)

/** Where a search that goes on behind the last find began. */
function fromOf({ global, sticky }: RegExp, { index }: RegExpExecArray): number {
  return global || sticky ? index : 0
}

/** To allocate an array is to write zeros into all of it. */
globalThis.Int32Array = new Proxy(Int32Array, {
  construct(target, args: [number], newTarget) {
    if (isMetering) octets += 4 * lengthOf(args[0])
    return Reflect.construct(target, args, newTarget) as Int32Array
  },
})
