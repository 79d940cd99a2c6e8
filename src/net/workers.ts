/**
 * Many cores: a program that runs several times over, its copies sharing the ports that they listen on. The first process is the
 * primary: it serves nobody, starts the others and watches over them. Node's `cluster` carries the ports; what is here is who
 * lives, who is replaced, and in which order, so that nobody who connects finds nobody there.
 *
 *     starting ──ready──> serving ──drain──> draining ──exit──> gone
 *        │                   │                   └── grace over: killed ──> gone
 *        └───────exit────────┴──> lost, and replaced
 *
 * A worker that ends unasked is replaced at once; one whose successors keep dying young, later and later. A graceful restart starts
 * each successor before its predecessor drains. A primary that is killed takes no client along: its workers notice, and drain.
 *
 * Limits are each worker's own: with four workers, `maxConnectionsPerAddress` 10 is at most 40.
 */
import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { MessageChannel } from 'node:worker_threads'
import { netError } from './errors.ts'
import type { NetError } from './errors.ts'
import { timers as defaultTimers } from './timers.ts'
import type { Timer, TimerWheel } from './timers.ts'
import { WorkerProcess } from './worker-process.ts'
import { work } from './worker.ts'
import type { Serving } from './worker.ts'

export type { Serving } from './worker.ts'

/** How to run in workers. */
export interface WorkersOptions<Data = undefined> {
  /** How many, from 1 to 1,024. Default: one for each core that this process may use. */
  readonly workers?: number
  /** What each worker's `start` is given; anything that can be cloned. */
  readonly data: Data
  /** The program that the workers run, which calls `startWorkers` too. Default: this one. */
  readonly program?: string
  /** Milliseconds that a worker may take to be ready. Default 30,000. */
  readonly readyMs?: number
  /** Told of workers that ended unasked, and of successors that could not be started. */
  readonly onError?: (error: Error) => void
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** Workers that run, as their primary sees them. */
export interface Workers<Report = unknown> extends AsyncDisposable {
  /** What the first worker that was ready has reported of itself: addresses, say. */
  readonly report: Report
  /** The processes that serve at this moment. */
  readonly pids: readonly number[]
  /**
   * Replaces every worker by a new one, each before the old one drains; resolves when the old ones are gone. Rejects, and
   * leaves the rest as they are, where a new one does not get ready. A further call waits for the one before it.
   */
  restart(options?: { readonly graceMs?: number }): Promise<void>
  /**
   * Lets every worker drain, and kills those that are not done after `graceMs` (default 10,000). Resolves when all are gone. A further
   * call may shorten the grace.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

const MAX_WORKERS = 1024
const READY_MS = 30_000
const GRACE_MS = 10_000
/** A worker that lived so long was a good one: what kills the next is another matter. */
const GOOD_LIFE_MS = 10_000
/** How long to wait behind the second worker in a row that died young; each further one doubles it. */
const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 30_000

/**
 * Runs `start` in several processes. It is called by the primary, where it resolves when all workers are ready, and, since they run the
 * same program, by each worker, where it calls `start`, and resolves with `undefined` when that is done. Rejects with a `NetError`
 * `NET_WORKER` where one cannot be started; none is left then.
 *
 *     const workers = await startWorkers({ data: { port: 8080 } }, async ({ port }) => {
 *       const server = await serve({ port }, handler)
 *       return { close: (options) => server.close(options), report: server.url }
 *     })
 *     if (workers !== undefined) console.log(workers.report)
 */
export async function startWorkers<Data, Report>(
  options: WorkersOptions<Data>,
  start: (data: Data) => Promise<Serving<Report>>,
): Promise<Workers<Report> | undefined> {
  if (cluster.isPrimary) return Primary.start<Report>(options)
  await work(start)
  return undefined
}

class Primary<Report> implements Workers<Report> {
  readonly #options: WorkersOptions<unknown>
  readonly #timers: TimerWheel
  readonly #members = new Set<WorkerProcess>()
  #state: 'open' | 'closing' = 'open'
  /** Workers in a row that died young. */
  #failures = 0
  /** Behind it the next restart waits. */
  #restarted: Promise<void> = Promise.resolve()
  /** An open port keeps a process alive: without it this one would end where its only worker has, before there is another. */
  readonly #alive = new MessageChannel().port1
  #report: Report | undefined
  #waiting: Timer | undefined

  /** Starts the workers. */
  static async start<Report>(options: WorkersOptions<unknown>): Promise<Primary<Report>> {
    const { workers = availableParallelism() } = options
    if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS)
      throw new RangeError(`workers must be from 1 to ${MAX_WORKERS}`)
    cluster.setupPrimary({ serialization: 'advanced', ...(options.program !== undefined && { exec: options.program }) })
    const primary = new Primary<Report>(options)
    try {
      const members = await Promise.all(Array.from({ length: workers }, () => primary.#add()))
      primary.#report = members[0]?.report as Report
      return primary
    } catch (error) {
      await primary.close({ graceMs: 0 })
      throw error
    }
  }

  private constructor(options: WorkersOptions<unknown>) {
    this.#options = options
    this.#timers = options.timers ?? defaultTimers
    this.#alive.ref()
  }

  /** As `Workers` has it. */
  get report(): Report {
    return this.#report as Report
  }

  /** As `Workers` has it. */
  get pids(): readonly number[] {
    return [...this.#members].filter(({ state }) => state === 'serving').map(({ pid }) => pid)
  }

  /** As `Workers` has it. */
  restart(options: { readonly graceMs?: number } = {}): Promise<void> {
    const restarted = this.#restarted.then(() => this.#replaceAll(options.graceMs ?? GRACE_MS))
    this.#restarted = restarted.catch(() => {})
    return restarted
  }

  /** As `Workers` has it. */
  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#state = 'closing'
    this.#waiting?.cancel()
    for (const member of this.#members) member.drain(options.graceMs ?? GRACE_MS)
    await Promise.all([...this.#members].map(({ gone }) => gone))
    this.#alive.close()
  }

  /** Closes with the default grace. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Starts a worker, waits until it is ready, and has it replaced from then on when it ends unasked. */
  async #add(): Promise<WorkerProcess> {
    if (this.#state === 'closing') throw netError('NET_SHUTDOWN')
    const { data, readyMs = READY_MS } = this.#options
    const member = new WorkerProcess(data, this.#timers)
    this.#members.add(member)
    void member.gone.then(() => this.#members.delete(member))
    const late = this.#timers.after(readyMs, () => member.kill())
    try {
      await member.ready
    } finally {
      late.cancel()
    }
    const began = this.#timers.now()
    void member.gone.then((how) => {
      if (this.#timers.now() - began >= GOOD_LIFE_MS) this.#failures = 0
      if (member.state === 'lost') this.#lose(netError('NET_WORKER', { detail: how }))
    })
    return member
  }

  /** A worker has ended that should not have, or could not be started: it is told, and the next one tried. */
  #lose(error: Error): void {
    if (this.#state === 'closing') return
    this.#options.onError?.(error)
    this.#succeed()
  }

  /** Starts a successor: now, or a while later where those before it have died young. */
  #succeed(): void {
    const delay = this.#failures === 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - 1))
    this.#failures++
    if (delay === 0) void this.#replaceOne()
    else this.#waiting = this.#timers.after(delay, () => void this.#replaceOne())
  }

  async #replaceOne(): Promise<void> {
    try {
      await this.#add()
    } catch (error) {
      this.#lose(error as NetError)
    }
  }

  /** All by new ones, one after the other. */
  async #replaceAll(graceMs: number): Promise<void> {
    const old = [...this.#members].filter(({ state }) => state === 'serving')
    for (const member of old) {
      await this.#add()
      member.drain(graceMs)
    }
    await Promise.all(old.map(({ gone }) => gone))
  }
}
