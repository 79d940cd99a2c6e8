import { describe, expect, it } from 'vitest'
import { atTurnEnd } from '../../../src/net/turn-end.ts'

/** A later turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('atTurnEnd', () => {
  it('calls all in a row, once, and not before the turn ends', async () => {
    const called: string[] = []
    for (const name of ['a', 'b']) atTurnEnd({ turnEnds: () => called.push(name) })
    await Promise.resolve()
    expect(called).toEqual([])
    await turn()
    expect(called).toEqual(['a', 'b'])
    await turn()
    expect(called).toEqual(['a', 'b'])
  })

  it('calls those who make a full row at once, and the others when the turn ends', async () => {
    let called = 0
    for (let one = 0; one < 40; one++) atTurnEnd({ turnEnds: () => called++ })
    expect(called).toBe(32)
    await turn()
    expect(called).toBe(40)
  })

  it('leaves to the next turn what is asked for at the end of one', async () => {
    const called: string[] = []
    const again = { turnEnds: () => called.push('again') }
    atTurnEnd({
      turnEnds: () => {
        called.push('first')
        atTurnEnd(again)
      },
    })
    await turn()
    expect(called).toEqual(['first'])
    await turn()
    expect(called).toEqual(['first', 'again'])
  })
})
