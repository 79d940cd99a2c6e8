import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splits } from '../../support/splits.ts'

const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => index & 0xff))

describe('splits', () => {
  it('gives the whole, single octets and every two-way cut of a short input', () => {
    const all = [...splits(Buffer.from('abcd'), { random: 0 })]
    expect(all.map(({ name, pieces }) => `${name}: ${pieces.join('|')}`)).toEqual([
      'whole: abcd',
      'byte by byte: a|b|c|d',
      'cut at 1: a|bcd',
      'cut at 2: ab|cd',
      'cut at 3: abc|d',
    ])
  })

  it('gives back the same octets in the same order, in pieces that are not empty, however it cuts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer(), (bytes, seed) => {
        for (const { name, pieces } of splits(bytes, { seed, maxCuts: 20 })) {
          expect(Buffer.concat(pieces), name).toEqual(Buffer.from(bytes))
          expect(
            pieces.every((piece) => piece.length > 0),
            name,
          ).toBe(true)
        }
      }),
    )
  })

  it('samples the cuts of a long input evenly and keeps the first and the last', () => {
    const cuts = [...splits(bytesOf(10_000), { maxCuts: 600, random: 0 })]
      .slice(2)
      .map(({ pieces }) => pieces[0]?.length ?? 0)
    expect(cuts.length).toBe(600)
    expect([cuts[0], cuts.at(-1)]).toEqual([1, 9_999])
    expect(new Set(cuts).size).toBe(600)
    const gaps = cuts.slice(1).map((cut, index) => cut - (cuts[index] ?? 0))
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1)
  })

  it('cuts at random by a seed: the same seed the same way, another seed another way', () => {
    const cut = (seed: number): string[] =>
      [...splits(bytesOf(200), { random: 5, seed, maxCuts: 0 })].slice(2).map(({ name }) => name)
    expect(cut(1)).toEqual(cut(1))
    expect(cut(1)).not.toEqual(cut(2))
    expect(new Set(cut(3)).size).toBe(5)
  })

  it('hands out copies: writing over a piece changes neither the input nor another piece', () => {
    const bytes = Buffer.from('abcd')
    for (const { pieces } of splits(bytes)) for (const piece of pieces) piece.fill(0)
    expect(bytes.toString()).toBe('abcd')
  })

  it('gives only the whole where there is nothing to cut', () => {
    expect([...splits(Buffer.alloc(0))].map(({ name, pieces }) => [name, pieces.length])).toEqual([['whole', 1]])
    expect([...splits(Buffer.from('a'))].map(({ name }) => name)).toEqual(['whole'])
  })
})
