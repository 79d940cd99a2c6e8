/** A worker as its primary knows it: a process, the state that it is in, and the one thing that may be asked of it. */
import cluster from 'node:cluster'
import type { Worker } from 'node:cluster'
import { netError } from './errors.ts'
import type { TimerWheel } from './timers.ts'
import type { News, Order } from './worker.ts'

/** Behind its grace a worker has so long to be gone by itself. */
const LAST_MS = 1_000

/** `gone` it is when it was told to end, `lost` when it was not. */
export type WorkerState = 'starting' | 'serving' | 'draining' | 'gone' | 'lost'

/** One worker. */
export class WorkerProcess {
  /** Resolves when it serves; rejects with a `NetError` `NET_WORKER` where it ends before. */
  readonly ready: Promise<void>
  /** Resolves when the process has ended, with a few words that say how. */
  readonly gone: Promise<string>
  readonly #worker: Worker
  readonly #timers: TimerWheel
  #state: WorkerState = 'starting'
  #report: unknown

  /** Starts the process, which is to start what it serves with `data`. */
  constructor(data: unknown, timers: TimerWheel) {
    this.#timers = timers
    this.#worker = cluster.fork()
    this.gone = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#state = this.#state === 'draining' ? 'gone' : 'lost'
        resolve(how)
      }
      this.#worker.once('exit', (code, signal) => end(`${this.pid}: ${signal ?? `exit code ${code}`}`))
      // Either there is no process, or it was gone before it had heard all that Node had to tell it: then `exit` follows.
      this.#worker.on('error', (error) => {
        if (this.#worker.process.pid === undefined) end(error.message)
      })
    })
    this.ready = this.#start(data)
  }

  /** The process's number. */
  get pid(): number {
    return this.#worker.process.pid ?? 0
  }

  /** Where it stands. */
  get state(): WorkerState {
    return this.#state
  }

  /** What it has reported when it was ready. */
  get report(): unknown {
    return this.#report
  }

  /** Lets it come to an end, and kills it where it has not some time after `graceMs`. Called again, it may shorten the grace. */
  drain(graceMs: number): void {
    if (this.#state === 'gone' || this.#state === 'lost') return
    // Who has not begun has nothing to bring to its end.
    if (this.#state === 'starting') this.kill()
    this.#state = 'draining'
    this.#order({ type: 'drain', graceMs })
    const last = this.#timers.after(graceMs + LAST_MS, () => this.kill())
    void this.gone.then(() => last.cancel())
  }

  /** Ends it at once. */
  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }

  /** Gives it its data, and hears what comes of that. */
  #start(data: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      void this.gone.then((how) => reject(netError('NET_WORKER', { detail: how })))
      this.#worker.on('message', (news: News) => {
        if (news.type === 'here') return this.#order({ type: 'start', data })
        if (news.type === 'failed') return reject(netError('NET_WORKER', { detail: news.message }))
        this.#report = news.report
        // It may have been told to end in the meantime.
        if (this.#state === 'starting') this.#state = 'serving'
        resolve()
      })
    })
  }

  /** One that has just ended cannot be told anything, and `gone` says so. */
  #order(order: Order): void {
    this.#worker.send(order, () => {})
  }
}
