/**
 * `npm run fuzz`: a million executions, or what the environment says.
 *
 *     FUZZ_RUNS      executions (1,000,000)
 *     FUZZ_SEED      of the random numbers (the time of day)
 *     FUZZ_SECONDS   at most (no limit)
 *
 * Prints how fast it was, and for a broken law the smallest octets that break it, as hex; exits with 1 then.
 */
import { fuzz } from './fuzz.ts'

function numberOf(name: string, otherwise: number): number {
  const text = process.env[name]
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`${name} is no number: ${text}`)
  return value
}

const seed = numberOf('FUZZ_SEED', Date.now() % 2 ** 31)
const began = performance.now()
const { executions, byTarget, failure } = fuzz({
  runs: numberOf('FUZZ_RUNS', 1_000_000),
  seed,
  seconds: numberOf('FUZZ_SECONDS', Infinity),
})
const seconds = (performance.now() - began) / 1000
for (const [name, count] of byTarget) console.log(`${String(count).padStart(9)}  ${name}`)
console.log(`${executions} executions in ${seconds.toFixed(1)} s, ${Math.round(executions / seconds)}/s, seed ${seed}`)
if (failure !== undefined) {
  const { target, fault, execution } = failure
  console.error(`${target}: ${fault}`)
  console.error(
    `cut at ${execution.cuts.join(' ')}${execution.isEnded ? ', and ended' : ''}: ${execution.bytes.toString('hex')}`,
  )
  process.exitCode = 1
}
