/**
 * Runs benchmarks and prints, for each case, how long each contender takes and how that compares with the rival.
 *
 *     npm run bench                  everything
 *     npm run bench -- http --json   one protocol, for a program
 *
 * Machines are noisy, so a figure counts only beside its rival's in the same run: contenders take turns, and the median of the rounds'
 * medians is what is printed. Every file of `bench/<protocol>` that exports a `suite` takes part.
 */
import { readdirSync } from 'node:fs'
import { measure } from 'mitata'
import type { Case, Suite } from './suite.ts'

const ROUNDS = 5

/** How long a contender takes, in nanoseconds, and how many times the rival's speed that is. */
interface Figure {
  readonly contender: string
  readonly ns: number
  readonly ratio: number
}

const flags = process.argv.slice(2)
const chosen = flags.filter((flag) => !flag.startsWith('--'))
const protocols = chosen.length > 0 ? chosen : ['http', 'smtp', 'ftp']
const results: { readonly name: string; readonly rival: string; readonly figures: readonly Figure[] }[] = []

for (const protocol of protocols) {
  for (const file of filesOf(protocol)) {
    const { suite = [] } = (await import(file)) as { readonly suite?: Suite }
    for (const one of suite) {
      const figures = await compete(one)
      results.push({ name: one.name, rival: one.rival, figures })
      if (!flags.includes('--json')) print(one, figures)
    }
  }
}
if (flags.includes('--json')) console.log(JSON.stringify({ node: process.version, results }, undefined, 2))

function filesOf(protocol: string): string[] {
  const folder = new URL(`./${protocol}/`, import.meta.url)
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  return names.toSorted().map((name) => new URL(name, folder).href)
}

async function compete({ contenders, rival }: Case): Promise<Figure[]> {
  const rounds = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, work] of Object.entries(contenders)) {
      // The garbage is collected before each turn and not before each call: who makes some pays for it in its own turn.
      const { p50 } = await measure(work, { min_cpu_time: 100_000_000 })
      rounds.get(name)?.push(p50)
    }
  }
  const ns = (name: string): number => median(rounds.get(name) ?? [])
  return Object.keys(contenders).map((contender) => ({
    contender,
    ns: ns(contender),
    ratio: ns(rival) / ns(contender),
  }))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN
}

function print({ name, rival }: Case, figures: readonly Figure[]): void {
  console.log(`\n${name}`)
  for (const { contender, ns, ratio } of figures) {
    const times = contender === rival ? '' : `${ratio.toFixed(2)} x ${rival}`
    console.log(`  ${contender.padEnd(22)} ${ns.toFixed(0).padStart(10)} ns   ${times}`)
  }
}
