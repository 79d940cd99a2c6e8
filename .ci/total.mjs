// Reads a folder that .ci/run filled (tests-*.json by vitest, gates.log) and prints the closing line
// "N passed, N failed[, N skipped]". It counts tests over all Node versions; a failed gate counts as one failure.
// Exit 1 when anything failed or nothing passed.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
let passed = 0
let failed = 0
let skipped = 0

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
  console.log(`${name}: ${report.numPassedTests} passed, ${report.numFailedTests + broken} failed, ${skippedHere} skipped`)
}

const gates = join(folder, 'gates.log')
for (const line of existsSync(gates) ? readFileSync(gates, 'utf8').split('\n') : []) {
  if (!line.startsWith('not ok ')) continue
  console.log(line)
  // the failed tests of a suite are counted above; its exit code tells of the rest, such as a missed threshold
  failed++
}

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
