/**
 * The ways in which TCP may cut the same bytes. A protocol that keeps law 1 (`src/net/machine.ts`) cannot tell them apart.
 *
 *     for (const { name, pieces } of splits(bytes)) expect(decode(pieces), name).toEqual(decode([bytes]))
 *
 * Every piece is a copy of its own, so a decoder that writes over its input, or that reads past the end of a piece into the memory
 * of the next, is caught here and not in production.
 */

/** One way to cut. */
export interface Split {
  /** How it was cut, for the message of the test that fails: `cut at 17`. */
  readonly name: string
  /** The bytes in order; no piece is empty unless the whole is. */
  readonly pieces: Buffer[]
}

/** How many ways, and which. */
export interface SplitOptions {
  /** The most two-way cuts; of a longer input that many are taken, evenly spread, always with the first and the last. Default 600. */
  readonly maxCuts?: number
  /** How many random cuts into many pieces. Default 8. */
  readonly random?: number
  /** The seed of the random cuts; the same seed gives the same cuts. Default 1. */
  readonly seed?: number
}

/** All the ways to cut `bytes`: whole, byte by byte, every two-way cut (sampled above a cap), random cuts. */
export function* splits(bytes: Uint8Array, options: SplitOptions = {}): Generator<Split> {
  const { maxCuts = 600, random = 8, seed = 1 } = options
  yield { name: 'whole', pieces: cutAt(bytes, []) }
  if (bytes.length < 2) return
  yield {
    name: 'byte by byte',
    pieces: cutAt(
      bytes,
      Array.from({ length: bytes.length - 1 }, (_, index) => index + 1),
    ),
  }
  for (const cut of evenly(bytes.length - 1, maxCuts)) yield { name: `cut at ${cut}`, pieces: cutAt(bytes, [cut]) }
  const next = randomSource(seed)
  for (let run = 1; run <= random; run++) {
    const cuts = randomCuts(bytes.length, next)
    yield { name: `random cut ${run} of seed ${seed}: ${cuts.join(' ')}`, pieces: cutAt(bytes, cuts) }
  }
}

/** Copies of the stretches of `bytes` between ascending `cuts`. */
export function cutAt(bytes: Uint8Array, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts, bytes.length]
  return edges.slice(1).map((end, index) => Buffer.from(bytes.subarray(edges[index], end)))
}

/** A seeded source of numbers in [0, 1) (mulberry32): small, even enough, and the same on every machine. */
export function randomSource(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The numbers 1 to `last`, or `most` of them spread evenly from the first to the last. */
function evenly(last: number, most: number): number[] {
  const count = Math.min(last, most)
  if (count === 1) return [1]
  return Array.from({ length: count }, (_, index) => 1 + Math.round((index * (last - 1)) / (count - 1)))
}

/** Ascending cuts of a stretch of `length` with pieces of very different sizes: many of one octet, some long. */
function randomCuts(length: number, next: () => number): number[] {
  const cuts: number[] = []
  const longest = 1 + Math.floor(next() * Math.min(length, 64))
  for (let cut = 1 + Math.floor(next() * longest); cut < length; cut += 1 + Math.floor(next() ** 2 * longest))
    cuts.push(cut)
  return cuts
}
