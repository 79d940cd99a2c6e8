/**
 * The worker's end of `workers.ts`: it is told what to start, says when that is ready, and drains when it is told to, when it gets
 * a SIGTERM of its own, or when its primary is gone.
 *
 * A terminal sends Ctrl-C to a whole group of processes; what it means for the workers is for the primary to say, so here
 * SIGINT is nothing.
 */
import cluster from 'node:cluster'

/** What a worker serves, once it does. */
export interface Serving<Report = unknown> {
  /** Lets what runs come to its end, for `graceMs` at most. A further call may shorten the grace. */
  close(options: { readonly graceMs: number }): Promise<void>
  /** What the primary is told of it: addresses, say; anything that can be cloned. */
  readonly report?: Report
}

/** What a primary tells its worker. */
export type Order =
  { readonly type: 'start'; readonly data: unknown } | { readonly type: 'drain'; readonly graceMs: number }

/** What a worker tells its primary. */
export type News =
  /** It listens to orders: what is sent before would be lost, since Node reads a worker's messages before its program does. */
  | { readonly type: 'here' }
  | { readonly type: 'ready'; readonly report: unknown }
  | { readonly type: 'failed'; readonly message: string }

/** The grace where no primary gives one. */
const GRACE_MS = 10_000

/** Does what the primary wants done, until it is told to stop. Resolves when `start` is done. */
export async function work<Data, Report>(start: (data: Data) => Promise<Serving<Report>>): Promise<void> {
  const end = new Drain()
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => end.begin(GRACE_MS))
  process.on('disconnect', () => end.begin(GRACE_MS))
  const data = await new Promise<Data>((resolve) => {
    process.on('message', (order: Order) => {
      if (order.type === 'drain') end.begin(order.graceMs)
      else resolve(order.data as Data)
    })
    tell({ type: 'here' })
  })
  try {
    const serving = await start(data)
    end.of(serving)
    tell({ type: 'ready', report: serving.report })
  } catch (error) {
    tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
    cluster.worker?.disconnect()
  }
}

/** A primary that is gone is told nothing. */
function tell(news: News): void {
  if (process.connected) process.send?.(news)
}

/** How a worker stops: what it serves is closed, and then it lets go of its primary; nothing else keeps it alive. */
class Drain {
  #serving: Serving | undefined
  #graceMs: number | undefined

  /** What to close, as soon as that is known; at once, where it was to be closed before it was there. */
  of(serving: Serving): void {
    this.#serving = serving
    if (this.#graceMs !== undefined) this.begin(this.#graceMs)
  }

  /** Closes. Called again, it may shorten the grace. */
  begin(graceMs: number): void {
    this.#graceMs = graceMs
    void this.#serving?.close({ graceMs }).then(() => {
      if (process.connected) cluster.worker?.disconnect()
    })
  }
}
