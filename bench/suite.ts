/** What a benchmark file exports: cases, each with contenders that were shown to give the same result. */

/** One thing done by several contenders. */
export interface Case {
  /** What is done, and to what: `request head of 703 octets, whole`. */
  readonly name: string
  /** The contender with whom the others are compared. */
  readonly rival: string
  /** By name; each does the same work once. */
  readonly contenders: Readonly<Record<string, () => unknown>>
}

/** The cases of a file. */
export type Suite = readonly Case[]

/** The octets of a segment on an Ethernet, as TCP has them. */
const SEGMENT = 1460

/** The octets whole, and in segments. */
export function waysToCut(bytes: Buffer): Readonly<Record<'whole' | 'in segments', readonly Buffer[]>> {
  const segments: Buffer[] = []
  for (let from = 0; from < bytes.length; from += SEGMENT) segments.push(bytes.subarray(from, from + SEGMENT))
  return { whole: [bytes], 'in segments': segments }
}
