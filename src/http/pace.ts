/**
 * How fast a body has to come: the clocks of `net/pace.ts` with HTTP's limits, times and errors. Content counts, framing does not: whoever
 * sends chunk extensions only is as slow as one who sends nothing. RFC 9112 §9.5.
 */
import type { PaceRules } from '../net/pace.ts'
import type { TimerWheel } from '../net/timers.ts'
import { remoteError } from './errors.ts'
import type { Limits } from './limits.ts'

/** From one piece to the next, and how far a body may be behind its rate; in milliseconds. */
export interface BodyTimes {
  /** From one piece to the next. */
  readonly bodyMs: number
  /** How far a body may be behind. */
  readonly bodyGraceMs: number
}

/** What bodies of requests (or responses) are held to: `minRequestRate`, else 408; or `minResponseRate`. */
export function paceRules(
  kind: 'request' | 'response',
  limits: Limits,
  timeouts: BodyTimes,
  timers: TimerWheel,
): PaceRules {
  const isRequest = kind === 'request'
  const code = isRequest ? 'HTTP_REQUEST_SLOW' : 'HTTP_RESPONSE_SLOW'
  return {
    phase: 'body',
    stallMs: timeouts.bodyMs,
    graceMs: timeouts.bodyGraceMs,
    rate: isRequest ? limits.minRequestRate : limits.minResponseRate,
    timers,
    tooSlow: (offset) => remoteError(code, limits, offset),
  }
}
