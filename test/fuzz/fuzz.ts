/** The loop: input that is valid or nearly so, wounded, on each machine in turn, until a law is broken or enough was tried. */
import fc from 'fast-check'
import { randomSource } from '../support/splits.ts'
import { faultOf, shrink, type Execution } from './execute.ts'
import { mutate, oneOf, pick, type Random } from './mutate.ts'
import { TARGETS, type Target } from './targets.ts'

/** How long to look. */
export interface FuzzOptions {
  /** Executions. */
  readonly runs: number
  /** The same seed gives the same executions. */
  readonly seed: number
  /** Seconds after which it ends all the same. Default: none. */
  readonly seconds?: number
  /** The machines; all of them where it is not said. */
  readonly targets?: readonly Target[]
}

/** What was found. */
export interface FuzzResult {
  /** How many executions there were. */
  readonly executions: number
  /** How many of each target, by its name. */
  readonly byTarget: ReadonlyMap<string, number>
  /** The first broken law, with the smallest input that breaks it. */
  readonly failure: { readonly target: string; readonly fault: string; readonly execution: Execution } | undefined
}

/** Input from the grammar is made this many at a time, and used for this many executions: making it is slow. */
const POOL = 60
const EXECUTIONS_OF_A_POOL = 1500

/** Fuzzes. */
export function fuzz({ runs, seed, seconds = Infinity, targets = TARGETS }: FuzzOptions): FuzzResult {
  const random = randomSource(seed)
  const until = performance.now() + seconds * 1000
  const byTarget = new Map<string, number>()
  let executions = 0
  for (let round = 0; executions < runs && performance.now() < until; round++) {
    for (const target of targets) {
      const built = fc.sample(target.grammar, { numRuns: POOL, seed: seed * 1_000_003 + round })
      const pool = [...built, ...target.vectors]
      const count = Math.min(EXECUTIONS_OF_A_POOL, runs - executions)
      for (let index = 0; index < count && performance.now() < until; index++, executions++) {
        const execution = next(random, target, pool)
        const fault = faultOf(target, execution)
        if (fault !== undefined) return { executions, byTarget, failure: failureOf(target, execution) }
      }
      byTarget.set(target.name, (byTarget.get(target.name) ?? 0) + count)
    }
  }
  return { executions, byTarget, failure: undefined }
}

function next(random: Random, target: Target, pool: readonly Buffer[]): Execution {
  const bytes = mutate(random, oneOf(random, pool), pool, target.marks)
  const cuts = Array.from({ length: 1 + pick(random, 4) }, () => pick(random, bytes.length + 1))
  return { bytes, cuts: [...new Set(cuts)].sort((one, other) => one - other), isEnded: random() < 0.5 }
}

function failureOf(target: Target, execution: Execution): FuzzResult['failure'] {
  const least = shrink(target, execution)
  return { target: target.name, fault: faultOf(target, least) ?? 'is gone when tried again', execution: least }
}
