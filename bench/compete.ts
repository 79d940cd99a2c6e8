/**
 * Lets the contenders of a case take turns. Machines are noisy, and noise lasts longer than a turn: so a ratio is taken within each round,
 * between neighbours in time, and the median of the rounds' ratios is what counts.
 */
import { measure } from 'mitata'
import type { CallCase, Case, RoundCase } from './suite.ts'

/** How long and how often. */
export interface Patience {
  readonly rounds: number
  /** Of a contender's turn, in milliseconds: of calls, and of processes. */
  readonly callMs: number
  readonly roundMs: number
  /** Of processes, before any turn counts. */
  readonly warmUpMs: number
}

/** Rounds that start processes of their own take long, and their figures differ little. */
const FRESH_ROUNDS = 3

/** What a contender came to. */
export interface Figure {
  readonly contender: string
  /** The median of the rounds, in the unit of the case. */
  readonly value: number
  /** The best and the worst round. */
  readonly best: number
  readonly worst: number
  /** How many times as good as the rival. */
  readonly ratio: number
}

/** Whether a goal was reached. */
export interface Outcome {
  readonly contender: string
  readonly rival: string
  readonly atLeast: number
  readonly ratio: number
}

/** A case with its figures. */
export interface Result {
  readonly name: string
  readonly unit: string
  readonly better: 'more' | 'less'
  readonly rival: string
  readonly figures: readonly Figure[]
  readonly outcomes: readonly Outcome[]
  readonly notes?: string
}

type Rounds = ReadonlyMap<string, readonly number[]>

/** Measures a case. */
export async function compete(one: Case, patience: Patience): Promise<Result> {
  const rounds = one.kind === 'call' ? await callRounds(one, patience) : await processRounds(one, patience)
  const unit = one.kind === 'call' ? 'ns' : one.unit
  const better = one.kind === 'call' ? 'less' : one.better
  const ratio = (contender: string, rival: string): number => ratioOf(rounds, contender, rival, better)
  const { name, rival, notes } = one
  return {
    name,
    unit,
    better,
    rival,
    figures: [...rounds].map(([contender, values]) => {
      const [low, high] = [Math.min(...values), Math.max(...values)]
      const [best, worst] = better === 'less' ? [low, high] : [high, low]
      return { contender, value: median(values), best, worst, ratio: ratio(contender, rival) }
    }),
    outcomes: (one.goals ?? []).map((goal) => ({ ...goal, ratio: ratio(goal.contender, goal.rival) })),
    ...(notes !== undefined && { notes }),
  }
}

async function callRounds({ contenders }: CallCase, { rounds, callMs }: Patience): Promise<Rounds> {
  const found = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(contenders)) {
      // The garbage is collected before each turn and not before each call: who makes some pays for it in its own turn.
      const { p50 } = await measure(work, { min_cpu_time: callMs * 1e6 })
      found.get(name)?.push(p50)
    }
  }
  return found
}

async function processRounds(one: RoundCase, { rounds, roundMs, warmUpMs }: Patience): Promise<Rounds> {
  const running = []
  try {
    for (const [name, start] of Object.entries(one.contenders)) {
      running.push({ name, contender: await start(), values: [] as number[] })
    }
    // What is compiled, and how large the heap grows, is settled before anything is timed.
    if (one.isFresh !== true && warmUpMs > 0)
      for (const { contender } of running) await contender.round(warmUpMs / 1000)
    const most = one.isFresh === true ? FRESH_ROUNDS : rounds
    for (let round = 0; round < Math.min(rounds, most); round++) {
      for (const { contender, values } of running) values.push(await contender.round(roundMs / 1000))
    }
  } finally {
    for (const { contender } of running) await contender.stop()
  }
  return new Map(running.map(({ name, values }) => [name, values]))
}

function ratioOf(rounds: Rounds, contender: string, rival: string, better: 'more' | 'less'): number {
  const [ours = [], theirs = []] = [rounds.get(contender), rounds.get(rival)]
  return median(
    ours.map((value, round) => {
      const other = theirs[round] ?? NaN
      return better === 'less' ? other / value : value / other
    }),
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN
}
