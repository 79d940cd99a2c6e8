import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { saslprep } from '../../../../src/smtp/sasl/saslprep.ts'
import {
  has,
  LCAT,
  MAPPED_TO_NOTHING,
  NON_ASCII_SPACES,
  PROHIBITED,
  RANDALCAT,
  UNASSIGNED,
} from '../../../../src/smtp/sasl/saslprep-tables.ts'
import type { CodePoints } from '../../../../src/smtp/sasl/saslprep-tables.ts'

/** SHA-256 of one octet per code point: 1 for a member, 0 for any other. */
function fingerprint(sets: readonly CodePoints[]): string {
  const members = Buffer.alloc(0x110000)
  for (const set of sets) {
    for (let index = 0; index < set.length; index += 2) members.fill(1, set[index], set[index + 1])
  }
  return createHash('sha256').update(members).digest('hex')
}

describe('the tables of RFC 3454', () => {
  // Made from Python's module `stringprep`, which has them from the RFC.
  it.each([
    ['A.1', [UNASSIGNED], 'f1a45b0334ff4e4c347270ee5e3968516bfa2e42b51bb5a3d46bd683e7cf3c29'],
    ['B.1', [MAPPED_TO_NOTHING], '736244fb8a21b26ebbca18ac03c47e7eccd90cfc0c7471a778812619280f6683'],
    ['C.1.2', [NON_ASCII_SPACES], '8ade3f390f659ea25adbd87a8cd5a65be6ba57c700cfa07595d6bb447c8676a6'],
    ['D.1', [RANDALCAT], '7758885bca841e836436adc4900c7df6d5e1e218f5f29e16e8dceec42c7b5ef3'],
    ['D.2', [LCAT], 'b50efbe349aa954d05f73a18e17e60e78e1c01a18a541ba93df8b2cdf3235c48'],
    ['C.1.2 and C.2.1 to C.9', PROHIBITED, 'b3cfcc58c3c338e73a27d41eccb3d47747a1a57d77412ed9bcf35c93d38b6d0f'],
  ])('%s has the members that it has there', (_, sets, digest) => {
    expect(fingerprint(sets)).toBe(digest)
  })

  it.each([[UNASSIGNED], [LCAT], [MAPPED_TO_NOTHING]])('are searched as they are written', (set) => {
    expect(has(set, -1)).toBe(false)
    expect(has(set, 0x10ffff)).toBe(false)
    for (const [index, bound] of set.entries()) {
      expect(has(set, bound)).toBe(index % 2 === 0)
      expect(has(set, bound - 1)).toBe(index % 2 === 1)
    }
  })
})

describe('saslprep', () => {
  it.each([
    // RFC 4013 §3
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    // RFC 5802 §3 suggests these two
    ['\u00bd', '1\u20442'],
    ['\u00b4', ' \u0301'],
    // Composed and not
    ['e\u0301', '\u00e9'],
    // A no-break space, an ideographic space and a zero width space
    ['a\u00a0b', 'a b'],
    ['a\u3000b', 'a b'],
    ['a\u200bb', 'a b'],
    // Joiners and variation selectors
    ['a\u200d\ufe0fb', 'ab'],
    // From right to left, all of it
    ['\u05d0\u05d1', '\u05d0\u05d1'],
    ['\u06271\u0628', '\u06271\u0628'],
    // Commas and equals signs are SCRAM's business
    ['a,b=c', 'a,b=c'],
    [' ', ' '],
  ])('makes %j %j', (text, prepared) => {
    expect(saslprep(text, 'query')).toBe(prepared)
    expect(saslprep(text, 'stored')).toBe(prepared)
  })

  it.each([
    ['nothing', ''],
    ['what is mapped to nothing', '\u00ad'],
    // RFC 4013 §3
    ['a control character', '\u0007'],
    ['a change of direction', '\u06271'],
    ['a NUL', 'a\0'],
    ['a line end', 'joe\r\nX-Admin: yes'],
    ['a control character above ASCII', 'a\u0085'],
    ['a line separator', 'a\u2028'],
    ['private use', '\ue000'],
    ['a non-character', '\ufffe'],
    ['half of a surrogate pair', 'a\ud800'],
    ['a replacement character', '\ufffd'],
    ['an override of the direction', 'a\u202eb'],
    ['an ideographic description', '\u2ff0'],
    ['a tag', '\u{e0041}'],
    ['left to right in right to left', '\u05d0a\u05d1'],
    ['right to left that begins in a digit', '1\u05d0'],
  ])('refuses %s', (_, text) => {
    expect(saslprep(text, 'query')).toBeUndefined()
    expect(saslprep(text, 'stored')).toBeUndefined()
  })

  it('stores no code point that Unicode 3.2 did not have, and compares with any', () => {
    expect(saslprep('😀', 'query')).toBe('😀')
    expect(saslprep('😀', 'stored')).toBeUndefined()
  })

  it('normalizes round what 3.2 did not have, so that newer tables change nothing', () => {
    // U+1F100 came with Unicode 5.2, and is a digit and a full stop to NFKC ever since.
    expect(saslprep('e\u0301\u{1f100}\u2168', 'query')).toBe('\u00e9\u{1f100}IX')
  })

  it('leaves alone what it has prepared', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(0x3100), fc.nat(0x10ffff)), { maxLength: 6 }), (codePoints) => {
        const text = String.fromCodePoint(...codePoints)
        const prepared = saslprep(text, 'query')
        if (prepared !== undefined) expect(saslprep(prepared, 'query')).toBe(prepared)
      }),
    )
  })
})
