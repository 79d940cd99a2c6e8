/** How contenders take turns, with figures that are given and no clock. */
import { describe, expect, it } from 'vitest'
import { compete } from '../../bench/compete.ts'
import type { RoundCase } from '../../bench/suite.ts'

const PATIENCE = { rounds: 3, callMs: 1, roundMs: 1, warmUpMs: 1 }

/** A contender whose rounds give these figures, the first of them while it warms up. */
function contender(figures: readonly number[], log: string[], name: string) {
  return () => {
    let round = 0
    log.push(`start ${name}`)
    return Promise.resolve({
      round: () => {
        log.push(`${name} ${round}`)
        const figure = figures[round++]
        return figure === undefined ? Promise.reject(new Error('no more rounds')) : Promise.resolve(figure)
      },
      stop: () => {
        log.push(`stop ${name}`)
        return Promise.resolve()
      },
    })
  }
}

function race(ours: readonly number[], theirs: readonly number[], log: string[] = []): RoundCase {
  const contenders = { wireline: contender(ours, log, 'wireline'), rival: contender(theirs, log, 'rival') }
  const goals = [{ contender: 'wireline', rival: 'rival', atLeast: 2 }]
  return { kind: 'round', name: 'a race', unit: 'requests/s', better: 'more', rival: 'rival', contenders, goals }
}

describe('compete', () => {
  it('compares within a round, and takes the median of that', async () => {
    // The machine was three times as slow in the last round, for both.
    const result = await compete(race([9, 200, 220, 60], [9, 100, 100, 20]), PATIENCE)
    expect(result.figures.map(({ ratio }) => ratio)).toEqual([2.2, 1])
    expect(result.outcomes).toEqual([{ contender: 'wireline', rival: 'rival', atLeast: 2, ratio: 2.2 }])
    expect(result.figures[0]).toMatchObject({ value: 200, best: 220, worst: 60 })
  })

  it('turns the ratio round where less is better', async () => {
    const result = await compete({ ...race([9, 10, 10, 10], [9, 40, 40, 40]), better: 'less' }, PATIENCE)
    expect(result.figures[0]).toMatchObject({ ratio: 4, best: 10, worst: 10 })
  })

  it('lets contenders take turns, and does not count the first', async () => {
    const log: string[] = []
    await compete(race([1, 1], [1, 1], log), { ...PATIENCE, rounds: 1 })
    expect(log).toEqual([
      ...['start wireline', 'start rival', 'wireline 0', 'rival 0', 'wireline 1', 'rival 1'],
      ...['stop wireline', 'stop rival'],
    ])
  })

  it('ends what it started, where a round fails', async () => {
    const log: string[] = []
    await expect(compete(race([1, 1, 1, 1], [1], log), PATIENCE)).rejects.toThrow('no more rounds')
    expect(log.slice(-2)).toEqual(['stop wireline', 'stop rival'])
  })

  it('times calls', async () => {
    const contenders = {
      long: () => Array.from({ length: 20_000 }, Math.sqrt),
      short: () => Array.from({ length: 2 }, Math.sqrt),
    }
    const result = await compete({ kind: 'call', name: 'roots', rival: 'long', contenders }, PATIENCE)
    expect(result.unit).toBe('ns')
    expect(result.figures[1]?.ratio).toBeGreaterThan(10)
  })
})
