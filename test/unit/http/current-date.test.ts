import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { currentDate } from '../../../src/http/current-date.ts'

/** A later turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('currentDate', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  it('is that of the turn, and another one in another second', async () => {
    await turn()
    vi.setSystemTime(784111777_900)
    expect(currentDate()).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
    vi.setSystemTime(784111778_000)
    expect(currentDate()).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
    await turn()
    expect(currentDate()).toBe('Sun, 06 Nov 1994 08:49:38 GMT')
    vi.setSystemTime(784111778_999)
    await turn()
    expect(currentDate()).toBe('Sun, 06 Nov 1994 08:49:38 GMT')
  })
})
