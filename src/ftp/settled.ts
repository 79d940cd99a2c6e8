/** Waiting for what may never come. */
import type { Timer, TimerWheel } from '../net/timers.ts'

/** Resolves when the promise is settled either way, or after `ms`. */
export async function settled(promise: Promise<unknown>, ms: number, timers: TimerWheel): Promise<void> {
  let timer: Timer | undefined
  const late = new Promise<void>((resolve) => {
    timer = timers.after(ms, resolve)
  })
  const ready = promise.then(
    () => {},
    () => {},
  )
  await Promise.race([ready, late])
  timer?.cancel()
}
