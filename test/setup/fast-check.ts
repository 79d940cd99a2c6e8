/**
 * How hard the property tests try, for every test file alike.
 *
 * FC_NUM_RUNS: examples per property (default 100). FC_SEED: replays the run whose failure printed that seed.
 */
import fc from 'fast-check'

const numRuns = Number(process.env['FC_NUM_RUNS'] ?? 100)
const seed = process.env['FC_SEED']

fc.configureGlobal(seed === undefined ? { numRuns } : { numRuns, seed: Number(seed) })
