/** Memory that is lent, and taken back: whose it is when. */
import { describe, expect, it } from 'vitest'
import { areLent, giveBack, lend, lendCopy, lendLatin1, lendUtf8 } from '../../../src/net/lent.ts'

/** Twice what is kept of any memory, so that what is free before a test does not matter to it. */
const MANY = 1024

describe('memory that is lent', () => {
  it('is lent again once it was given back, and not before', () => {
    const first = lend(100_000)
    const second = lend(100_000)
    expect(second.buffer).not.toBe(first.buffer)
    giveBack([first])
    expect(lend(70_000).buffer).toBe(first.buffer)
    expect(lend(70_000).buffer).not.toBe(second.buffer)
  })

  it('is given back once', () => {
    const view = lend(100_000)
    giveBack([view])
    giveBack([view])
    expect(areLent([view])).toBe(false)
    const [one, other] = [lend(100_000), lend(100_000)]
    expect(one.buffer).not.toBe(other.buffer)
  })

  it('is not what others own, even where they give it back', () => {
    const mine = Buffer.allocUnsafeSlow(65_536)
    const view = lend(65_536)
    const part = view.subarray(0, 60_000)
    expect([areLent([mine, part]), areLent([mine, view])]).toEqual([false, true])
    giveBack([mine, part])
    const lentNow = Array.from({ length: MANY }, () => lend(65_536).buffer)
    expect(lentNow).not.toContain(mine.buffer)
    expect(lentNow).not.toContain(view.buffer)
  })

  it("is not lent where it is so little that Node's pool serves it, or so much that it is rare", () => {
    for (const octets of [0, 1, 4095, 1_048_577]) {
      const view = lend(octets)
      expect([view.length, areLent([view])]).toEqual([octets, false])
    }
    for (const octets of [4096, 4097, 1_048_576]) {
      const view = lend(octets)
      expect([view.length, areLent([view])]).toEqual([octets, true])
    }
  })

  it('is kept up to a limit', () => {
    const views = Array.from({ length: MANY }, () => lend(16_384))
    giveBack(views)
    const before = new Set<unknown>(views.map((view) => view.buffer))
    const again = Array.from({ length: MANY }, () => lend(16_384)).filter((view) => before.has(view.buffer))
    expect(again.length).toBeGreaterThan(0)
    expect(again.length * 16_384).toBeLessThanOrEqual(4 * 1024 * 1024)
  })

  it.each([
    ['ASCII', 'a'],
    ['Latin', 'aaaaé'],
    ['two octets each', 'é'],
    ['three octets each', '中'],
    ['pairs of surrogates', '😀'],
    ['half of one', '\ud83d'],
  ])('holds text as UTF-8, of whatever length: %s', (_, characters) => {
    for (const length of [0, 1, 7, 2729, 4095, 4096, 5000, 65_536, 1_100_000]) {
      const text = characters.repeat(Math.ceil(length / characters.length))
      expect(lendUtf8(text).equals(Buffer.from(text))).toBe(true)
    }
  })

  it('holds UTF-8 right to the end of the room that was taken for it', () => {
    for (let long = 2030; long < 2070; long++) {
      const text = 'a'.repeat(4096 - long) + '中'.repeat(long / 2) + 'é'.repeat(long / 2)
      const view = lendUtf8(text)
      expect(view.equals(Buffer.from(text))).toBe(true)
      expect(areLent([view])).toBe(true)
    }
  })

  it('holds latin1, and copies', () => {
    for (const length of [0, 100, 4096, 70_000]) {
      const text = 'é'.repeat(length)
      const bytes = Buffer.from(text, 'latin1')
      expect(lendLatin1(text).equals(bytes)).toBe(true)
      const copy = lendCopy(bytes)
      expect(copy.equals(bytes)).toBe(true)
      expect(length === 0 || copy.buffer !== bytes.buffer || copy.byteOffset !== bytes.byteOffset).toBe(true)
    }
  })
})
