import { describe, expect, it } from 'vitest'
import { answerInTurn, atTurnEnd } from '../../../src/net/turn-end.ts'
import type { Due } from '../../../src/net/turn-end.ts'

/** A later turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function due(turnEnds: Due['turnEnds']): Due {
  return { standing: 'free', turnEnds }
}

describe('atTurnEnd', () => {
  it('calls once who asks twice in a turn, and again who asks in a later one', async () => {
    let called = 0
    const one = due(() => called++)
    for (const times of [1, 2]) {
      atTurnEnd(one)
      atTurnEnd(one)
      await turn()
      expect(called).toBe(times)
    }
  })

  it('calls all in a row, once, and not before the turn ends', async () => {
    const called: string[] = []
    for (const name of ['a', 'b']) atTurnEnd(due(() => called.push(name)))
    await Promise.resolve()
    expect(called).toEqual([])
    await turn()
    expect(called).toEqual(['a', 'b'])
    await turn()
    expect(called).toEqual(['a', 'b'])
  })

  it('calls those who make a full row at once, and the others when the turn ends', async () => {
    let called = 0
    for (let one = 0; one < 40; one++) atTurnEnd(due(() => called++))
    expect(called).toBe(32)
    await turn()
    expect(called).toBe(40)
  })

  it('leaves to the next turn what is asked for at the end of one', async () => {
    const called: string[] = []
    const again = due(() => called.push('again'))
    atTurnEnd(
      due(() => {
        called.push('first')
        atTurnEnd(again)
      }),
    )
    await turn()
    expect(called).toEqual(['first'])
    await turn()
    expect(called).toEqual(['first', 'again'])
  })
})

describe('answerInTurn', () => {
  it('calls all in a row, and what they answer leaves behind all of them, in the same turn', async () => {
    const called: string[] = []
    for (const name of ['a', 'b']) {
      answerInTurn({
        answers: () => {
          called.push(name)
          atTurnEnd(due(() => called.push(`${name} leaves`)))
        },
      })
    }
    await Promise.resolve()
    expect(called).toEqual([])
    await turn()
    expect(called).toEqual(['a', 'b', 'a leaves', 'b leaves'])
    await turn()
    expect(called).toHaveLength(4)
  })

  it('calls those who make a full row at once, and the others when all has arrived', async () => {
    let called = 0
    for (let one = 0; one < 40; one++) answerInTurn({ answers: () => called++ })
    expect(called).toBe(32)
    await turn()
    expect(called).toBe(40)
  })

  it('lets what a promise answers leave in the same turn', async () => {
    const called: string[] = []
    const answers = async (): Promise<void> => {
      await Promise.resolve()
      atTurnEnd(due(() => called.push('left')))
    }
    answerInTurn({ answers: () => void answers() })
    await turn()
    expect(called).toEqual(['left'])
  })

  it('lets what is answered behind an end that was set before leave with the next', async () => {
    const called: string[] = []
    atTurnEnd(due(() => called.push('first')))
    answerInTurn({ answers: () => atTurnEnd(due(() => called.push('second'))) })
    await turn()
    expect(called).toEqual(['first'])
    await turn()
    expect(called).toEqual(['first', 'second'])
  })

  it('leaves to the next turn what comes while the others answer', async () => {
    const called: string[] = []
    answerInTurn({ answers: () => answerInTurn({ answers: () => called.push('later') }) })
    await turn()
    expect(called).toEqual([])
    await turn()
    expect(called).toEqual(['later'])
  })
})
