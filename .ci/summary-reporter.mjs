// A vitest reporter whose only output is the closing line "N passed, N failed[, N skipped]".
// What is no test but broke the run counts as failed: a file that did not load, a hook that threw,
// an unhandled error, a missed coverage threshold.
export default class SummaryReporter {
  onTestRunEnd(testModules, unhandledErrors, reason) {
    let passed = 0
    let failed = unhandledErrors.length
    let skipped = 0
    for (const testModule of testModules) {
      for (const test of testModule.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed++
        else if (state === 'failed') failed++
        else skipped++
      }
      if (testModule.errors().length > 0) failed++
      for (const suite of testModule.children.allSuites()) if (suite.errors().length > 0) failed++
    }
    if (reason === 'failed' && failed === 0) failed = 1

    // at exit, because coverage is judged after this hook and only the exit code knows of it
    process.once('exit', (code) => {
      if (code !== 0 && failed === 0) failed = 1
      process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
    })
  }
}
