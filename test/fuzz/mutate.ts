/** Wounds for octets, cheap enough for a million of them: numbers from a seeded source in place of fast-check's arbitraries. */

/** Numbers in [0, 1). */
export type Random = () => number

const CONTROLS = ['\r', '\n', '\r\n', '\r\r\n', '\n\n', '\0', '\t', '\v', '\f', ' ', '\x7f', '\x80', '\xa0', '\xff']

/** A number from 0 up to and without `below`. */
export function pick(random: Random, below: number): number {
  return Math.floor(random() * below)
}

/** One of `all`, which is not empty. */
export function oneOf<Item>(random: Random, all: readonly Item[]): Item {
  return all[pick(random, all.length)] as Item
}

/** The octets of `bytes` with up to `most` wounds; `others` are what stretches may come from. */
export function mutate(
  random: Random,
  bytes: Buffer,
  others: readonly Buffer[],
  marks: readonly string[],
  most = 5,
): Buffer {
  let wounded = bytes
  for (let wounds = pick(random, most + 1); wounds > 0; wounds--) wounded = wound(random, wounded, others, marks)
  return wounded
}

function wound(random: Random, bytes: Buffer, others: readonly Buffer[], marks: readonly string[]): Buffer {
  const at = pick(random, bytes.length + 1)
  const to = Math.min(bytes.length, at + 1 + pick(random, 12))
  const splice = (middle: Uint8Array, end = at): Buffer =>
    Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(end)])
  switch (pick(random, 8)) {
    case 0: {
      const flipped = Buffer.from(bytes)
      if (at < flipped.length) flipped[at] = (flipped[at] as number) ^ (1 << pick(random, 8))
      return flipped
    }
    case 1:
      return splice(Buffer.of(pick(random, 256)), Math.min(at + 1, bytes.length))
    case 2:
      return splice(Buffer.alloc(0), to)
    case 3:
      return splice(bytes.subarray(at, to))
    case 4:
      return splice(Buffer.from(oneOf(random, CONTROLS), 'latin1'))
    case 5:
      return splice(Buffer.from(oneOf(random, marks), 'latin1'))
    case 6:
      return bytes.subarray(0, at)
    default: {
      const other = oneOf(random, others)
      const from = pick(random, other.length + 1)
      return splice(other.subarray(from, from + 1 + pick(random, 60)))
    }
  }
}
