/** A short look with a fixed seed, so that CI knows that the fuzzer works; `npm run fuzz` looks longer. */
import { describe, expect, it } from 'vitest'
import { fuzz } from './fuzz.ts'
import { TARGETS, type Target } from './targets.ts'

it.each(TARGETS.map((target) => [target.name, target] as const))('no octets break a law of the %s', (_, target) => {
  const { executions, failure } = fuzz({ runs: 1500, seed: 1, targets: [target] })
  expect(failure && { ...failure, bytes: failure.execution.bytes.toString('hex') }).toBeUndefined()
  expect(executions).toBe(1500)
})

describe('the fuzzer', () => {
  const [good] = TARGETS as readonly [Target]

  /** A machine with a fault of its own in `next`. */
  function broken(fault: () => void): Target {
    return { ...good, tell: (event) => (event.type === 'content' && fault(), good.tell(event)) }
  }

  it('finds an exception that is none of ours, and makes the input small', () => {
    const target = broken(() => {
      throw new TypeError('oops')
    })
    const { failure } = fuzz({ runs: 1500, seed: 1, targets: [target] })
    expect(failure?.fault).toContain('law 3')
    expect(failure?.execution.bytes.length).toBeLessThan(80)
  })

  it('finds what hangs on how the input was cut', () => {
    const telling: Target['tell'] = (event) => (event.type === 'content' ? { line: 'slice' } : good.tell(event))
    const { failure } = fuzz({ runs: 1500, seed: 1, targets: [{ ...good, tell: telling }] })
    expect(failure?.fault).toContain('law 1')
  })

  it('does the same with the same seed', () => {
    const one = fuzz({
      runs: 300,
      seed: 7,
      targets: [
        broken(() => {
          throw new RangeError('x')
        }),
      ],
    })
    const other = fuzz({
      runs: 300,
      seed: 7,
      targets: [
        broken(() => {
          throw new RangeError('x')
        }),
      ],
    })
    expect(one.executions).toBe(other.executions)
    expect(one.failure?.execution).toEqual(other.failure?.execution)
  })
})
