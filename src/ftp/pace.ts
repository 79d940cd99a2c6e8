/** How fast the data connection of a transfer has to move, in either direction: the clocks of `net/pace.ts` with FTP's limits, times and error. */
import { Pace } from '../net/pace.ts'
import type { TimerWheel } from '../net/timers.ts'
import { FtpLimitError } from './errors.ts'
import type { Limits, Timeouts } from './limits.ts'

/** The clocks of one transfer: a client is held to `minTransferRate`, a server to `minServerRate`. Below it they throw `FTP_TRANSFER_SLOW`. */
export function paceOf(
  limit: 'minTransferRate' | 'minServerRate',
  limits: Limits,
  timeouts: Timeouts,
  timers: TimerWheel,
): Pace {
  const rate = limits[limit]
  const tooSlow = (offset: number): Error => new FtpLimitError('FTP_TRANSFER_SLOW', limit, rate, { offset })
  return new Pace({ phase: 'stall', stallMs: timeouts.stallMs, graceMs: timeouts.rateGraceMs, rate, timers, tooSlow })
}
