/** What nobody handled: rejections, and exceptions that nobody caught. */
import { afterEach, beforeEach, expect } from 'vitest'

/**
 * Call it in a file before its own hooks: behind each test, and behind what those clear away, nothing may have been left unhandled.
 */
export function leaveNothingUnhandled(): void {
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason)

  beforeEach(() => {
    process.on('unhandledRejection', onUnhandled).on('uncaughtExceptionMonitor', onUnhandled)
  })

  // Hooks behind a test run in the order opposite to that in which they were given, so this is the last.
  afterEach(async () => {
    // A rejection is said to be unhandled when its turn is over.
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', onUnhandled).off('uncaughtExceptionMonitor', onUnhandled)
    expect(unhandled.splice(0)).toEqual([])
  })
}
