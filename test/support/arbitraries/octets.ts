/**
 * Arbitraries that all three protocols need: texts over an alphabet, and mutators, which make of valid octets those that a broken
 * or hostile peer sends. Random octets alone hardly ever get past the first state of a parser; valid ones with a wound do.
 */
import fc from 'fast-check'

/** Control octets that some parser, somewhere, takes for a line end, a blank or an end of string. */
const CONTROLS: readonly string[] = [
  '\r',
  '\n',
  '\r\n',
  '\r\r\n',
  '\n\n',
  '\0',
  '\t',
  '\v',
  '\f',
  ' ',
  '\x7f',
  '\x85',
  '\xa0',
  '\xff',
]

/** A text of characters out of `alphabet`. */
export function textOf(
  alphabet: string,
  constraints: { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: fc.constantFrom(...alphabet.split('')) })
}

/**
 * Text that no name should be: line ends, NUL, what separates words in some protocol, and characters that become a line end when they
 * are cut down to an octet (U+010D is 0x0D to whoever looks at its lower half).
 */
export const evilText: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(
    ...['\r', '\n', '\r\n', '\0', '\t', ' ', ':', ',', ';', '<', '>', '"', '\\', '@', '.', '-', '=', '%', '#', '/'],
    ...['a', 'B', '1', '\x7f', '\x80', '\xff', '\u010d', '\u010a', '\u2028', '\ud800', '\udc0a', '😀'],
  ),
  maxLength: 6,
})

/** One wound: what happens where. `at` and `to` are positions relative to the length. */
type Wound =
  | { readonly kind: 'flip'; readonly at: number; readonly mask: number }
  | { readonly kind: 'delete' | 'duplicate'; readonly at: number; readonly length: number }
  | { readonly kind: 'splice'; readonly at: number; readonly text: string }

/** The octets of `input` with one to four wounds: a bit flipped, a stretch deleted or doubled, a control octet or a mark put in. */
export function mutated(input: fc.Arbitrary<Buffer>, marks: readonly string[] = []): fc.Arbitrary<Buffer> {
  const at = fc.double({ min: 0, max: 1, noNaN: true })
  const length = fc.integer({ min: 1, max: 12 })
  const wound: fc.Arbitrary<Wound> = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at, mask: fc.nat(7).map((bit) => 1 << bit) }),
    fc.record({ kind: fc.constantFrom('delete' as const, 'duplicate' as const), at, length }),
    fc.record({ kind: fc.constant('splice' as const), at, text: fc.constantFrom(...CONTROLS, ...marks) }),
  )
  return fc
    .tuple(input, fc.array(wound, { minLength: 1, maxLength: 4 }))
    .map(([bytes, wounds]) => wounds.reduce(inflict, bytes))
}

function inflict(bytes: Buffer, wound: Wound): Buffer {
  const at = Math.min(Math.floor(wound.at * bytes.length), bytes.length)
  switch (wound.kind) {
    case 'flip': {
      const flipped = Buffer.from(bytes)
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ wound.mask
      return flipped
    }
    case 'delete':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + wound.length)])
    case 'duplicate':
      return Buffer.concat([bytes.subarray(0, at + wound.length), bytes.subarray(at)])
    case 'splice':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(wound.text, 'latin1'), bytes.subarray(at)])
  }
}
