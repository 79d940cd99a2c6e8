/**
 * Giving up: what an `AbortSignal` and a deadline do to work that takes several steps, such as dialling. Whoever waits is rejected at
 * once; whatever still runs is told to clean up behind itself.
 */
import { NetError, TimeoutError, netError } from './errors.ts'
import type { TimerWheel } from './timers.ts'

/**
 * Why a signal has aborted, as an error of ours. A reason that is one already, such as the `TimeoutError` of all that belongs together,
 * is passed on as it is; any other one becomes the cause of a `NET_ABORTED`.
 */
export function abortError(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof NetError ? reason : netError('NET_ABORTED', { cause: reason })
}

/** What `work` gives; where the signal aborts before, the signal's reason, and `cancel` is called. */
export function unlessAborted<T>(signal: AbortSignal, work: Promise<T>, cancel: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel()
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    const settle = (): void => signal.removeEventListener('abort', onAbort)
    work.finally(settle).then(resolve, reject)
  })
}

/** How long work may take, and who may end it before. */
export interface Bounds {
  /** What a `TimeoutError` calls the work. */
  readonly phase: string
  /** In milliseconds; `Infinity` is allowed. */
  readonly timeoutMs: number
  /** Gives up. */
  readonly signal: AbortSignal | undefined
  /** Counts the time. */
  readonly timers: TimerWheel
}

/**
 * Runs `work` with a signal that aborts when the time is over or the caller's signal aborts, and whose reason is the error to reject
 * with: a `TimeoutError`, or what `abortError` says.
 */
export async function within<T>(bounds: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { phase, timeoutMs, signal, timers } = bounds
  const controller = new AbortController()
  const timer = timers.after(timeoutMs, () => controller.abort(new TimeoutError(phase, timeoutMs)))
  const onAbort = (): void => controller.abort(abortError(signal))
  if (signal?.aborted === true) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  try {
    controller.signal.throwIfAborted()
    return await work(controller.signal)
  } finally {
    timer.cancel()
    signal?.removeEventListener('abort', onAbort)
  }
}
