// Reads a folder that .ci/run filled (tests-*.json by vitest, gates.log) and prints the closing line
// "N passed, N failed[, N skipped]". It counts tests over all Node versions; a failed gate counts as one failure.
// Exit 1 when anything failed or nothing passed.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
let passed = 0
let failed = 0
let skipped = 0
const suitesWithFailures = new Set()

for (const name of readdirSync(folder).sort()) {
  if (!/^tests-.*\.json$/.test(name)) continue
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  // a file that did not load has no assertion to its name
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const skippedHere = report.numPendingTests + report.numTodoTests
  passed += report.numPassedTests
  failed += report.numFailedTests + broken
  skipped += skippedHere
  if (report.numFailedTests + broken > 0) suitesWithFailures.add(name.slice(0, -'.json'.length))
  console.log(`${name}: ${report.numPassedTests} passed, ${report.numFailedTests + broken} failed, ${skippedHere} skipped`)
}

const gates = join(folder, 'gates.log')
for (const line of existsSync(gates) ? readFileSync(gates, 'utf8').split('\n') : []) {
  if (!line.startsWith('not ok ')) continue
  console.log(line)
  // A suite whose failures are counted above is not counted twice. One that has none and still failed was broken by
  // something that vitest's JSON does not tell: an unhandled error, a missed coverage threshold, the time limit.
  if (!suitesWithFailures.has(line.split(' ')[2])) failed++
}

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
