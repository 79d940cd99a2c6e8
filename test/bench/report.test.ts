/** The page of the benchmarks: made of what is on record, and of nothing else. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { report } from '../../bench/report.ts'
import { recorded } from '../../bench/results.ts'
import type { Recorded } from '../../bench/results.ts'

function run(node: string, ratio: number): Recorded {
  const figures = [
    { contender: 'wireline', value: 1000, best: 990, worst: 1100, ratio },
    { contender: '<b> & co', value: 2_500_000, best: 2_400_000, worst: 2_600_000, ratio: 1 },
  ]
  const outcomes = [{ contender: 'wireline', rival: '<b> & co', atLeast: 2, ratio }]
  const results = [
    { name: 'a head', unit: 'ns', better: 'less', rival: '<b> & co', figures, outcomes, notes: 'why' },
  ] as const
  const suites = [{ title: 'Heads, parsed', about: 'A head.', date: '2026-01-01', results }]
  return { node, machine: 'two cores', command: 'npm run bench -- --save', suites }
}

describe('the report', () => {
  it('marks a goal that was met, and only that', () => {
    const page = report([run('24.1.0', 2), run('20.1.0', 1.99)]).get('docs/benchmarks.md')
    expect(page).toContain('| a head | wireline | 2 x <b> & co | **2.00** | 1.99 |')
  })

  it('counts the goals that were met on each Node', () => {
    const page = report([run('24.1.0', 2), run('20.1.0', 1.99)]).get('docs/benchmarks.md')
    expect(page).toContain('1 of 1 on Node 24.1.0, 0 of 1 on Node 20.1.0')
  })

  it('has every figure in the unit that suits it, the rival without a ratio, and the notes', () => {
    const page = report([run('24.1.0', 2500)]).get('docs/benchmarks.md')
    expect(page).toContain('| a head | wireline | 1.00 µs | 2,500 |')
    expect(page).toContain('|  | <b> & co | 2.50 ms |  |')
    expect(page).toContain('- a head: why')
  })

  it('draws the better contender the longer, and no name as markup', () => {
    const chart = report([run('24.1.0', 4)]).get('docs/benchmarks/heads-parsed.svg') ?? ''
    const [ours = 0, rival = 0] = [...chart.matchAll(/x="250" y="\d+" width="(\d+)"/g)].map(([, width]) =>
      Number(width),
    )
    expect(Math.abs(ours - 4 * rival)).toBeLessThan(4)
    expect(chart).toContain('&lt;b> &amp; co')
  })

  it('leaves open what was not measured on a Node', () => {
    const page = report([run('24.1.0', 2), { ...run('20.1.0', 2), suites: [] }]).get('docs/benchmarks.md')
    expect(page).toContain('| a head | wireline | 2 x <b> & co | **2.00** | - |')
    expect(page).toContain('| a head | wireline | 1.00 µs | 2.00 | - | - |')
  })

  it('is what stands in docs', () => {
    const records = recorded()
    if (records.length === 0) {
      expect(existsSync('docs/benchmarks.md')).toBe(false)
      return
    }
    for (const [name, content] of report(records)) {
      expect(readFileSync(name, 'utf8') === content, `${name} is not what npm run bench -- --report writes`).toBe(true)
    }
  })
})
