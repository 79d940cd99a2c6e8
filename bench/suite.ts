/**
 * What a benchmark file exports: a suite of cases. A case is one piece of work done by several contenders, each of which was shown to give the
 * same result before it is timed. There are two sorts of it: work in this process, which is called again and again, and
 * work of servers and clients in processes of their own, which measure themselves for a round.
 */

/** What a contender has to reach: so many times as good as a rival, on Node 24. */
export interface Goal {
  readonly contender: string
  readonly rival: string
  readonly atLeast: number
}

interface Common {
  /** What is done, and to what: `request head of 703 octets, whole`. */
  readonly name: string
  /** The contender with whom the others are compared. */
  readonly rival: string
  /** What is to be reached, none where the case is only there to be seen. */
  readonly goals?: readonly Goal[]
  /** What bounds the case, and what was tried: Markdown, under the table. */
  readonly notes?: string
}

/** Work in this process: calls are timed, the median counts. */
export interface CallCase extends Common {
  readonly kind: 'call'
  /** By name; each does the same work once. */
  readonly contenders: Readonly<Record<string, () => unknown>>
}

/** Work of processes: each round gives one figure. */
export interface RoundCase extends Common {
  readonly kind: 'round'
  /** What a round gives: `requests/s`, `bytes per connection`. */
  readonly unit: string
  /** Whether each round starts from nothing, so that there is nothing to warm up. */
  readonly isFresh?: true
  /** Which figure is the better one. */
  readonly better: 'more' | 'less'
  /** By name; each starts what it needs. */
  readonly contenders: Readonly<Record<string, () => Promise<Contender>>>
}

/** A contender with all its processes running. */
export interface Contender {
  /** One round, of about `seconds`: the figure. */
  readonly round: (seconds: number) => Promise<number>
  /** Ends the processes. */
  readonly stop: () => Promise<void>
}

/** One thing done by several contenders. */
export type Case = CallCase | RoundCase

/** The cases of a file. */
export interface Suite {
  /** What it is about, as the heading over its table. */
  readonly title: string
  /** What is done and how it was made fair: a sentence or two. */
  readonly about: string
  readonly cases: readonly Case[]
}

/** The octets of a segment on an Ethernet, as TCP has them. */
const SEGMENT = 1460

/** The octets whole, and in segments. */
export function waysToCut(bytes: Buffer): Readonly<Record<'whole' | 'in segments', readonly Buffer[]>> {
  const segments: Buffer[] = []
  for (let from = 0; from < bytes.length; from += SEGMENT) segments.push(bytes.subarray(from, from + SEGMENT))
  return { whole: [bytes], 'in segments': segments }
}
