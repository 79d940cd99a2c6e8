/** Programs that serve in several processes: who answers, who is replaced, and that nobody who connects finds nobody there. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import { Client } from '../../src/http/index.ts'

const PROGRAM = fileURLToPath(new URL('../support/workers-program.ts', import.meta.url))

interface Ready {
  readonly url: string
  readonly pids: readonly number[]
}

/** A program with its workers. */
class Program {
  readonly child: ChildProcess
  readonly errors: string[] = []
  readonly ended: Promise<unknown>

  constructor(test: TestContext, ...words: string[]) {
    this.child = fork(PROGRAM, words, { execArgv: ['--import', 'tsx'] })
    this.child.on('message', ({ type, value }: { type: string; value: string }) => {
      if (type === 'error') this.errors.push(value)
    })
    this.ended = once(this.child, 'close')
    test.onTestFinished(async () => {
      this.child.kill('SIGKILL')
      await this.ended
    })
  }

  /** Waits for a message. */
  told<T>(wanted: string): Promise<T> {
    return new Promise((resolve) => {
      const hear = ({ type, value }: { type: string; value: T }): void => {
        if (type !== wanted) return
        this.child.off('message', hear)
        resolve(value)
      }
      this.child.on('message', hear)
    })
  }

  /** Asks the primary for something, and waits for what it says then. */
  async ask<T>(order: string, type: string): Promise<T> {
    this.child.send(order)
    return this.told(type)
  }
}

/** A request over a connection of its own. */
async function ask(url: string, path = ''): Promise<string> {
  const client = new Client()
  try {
    return await (await client.request(url + path)).text()
  } finally {
    await client.close()
  }
}

/** Asks until an answer is as it is wanted; the test's time is the limit. */
async function until(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, 20))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('startWorkers', { concurrent: true, timeout: 60_000 }, () => {
  it('lets all workers serve one port', async (test) => {
    const { url, pids } = await new Program(test, '3').told<Ready>('ready')
    const answers = new Set<number>()
    await until(async () => answers.add(Number(await ask(url))).size === 3)
    expect(answers).toEqual(new Set(pids))
  })

  it('replaces them, even the only one, and nobody who connects or waits meanwhile loses anything', async (test) => {
    const program = new Program(test, '1')
    const { url, pids } = await program.told<Ready>('ready')
    const slow = Promise.all([ask(url, 'slow'), ask(url, 'slow'), ask(url, 'slow')])
    const kept = new Client()
    test.onTestFinished(() => kept.close())
    let state: 'before' | 'during' | 'after' = 'before'
    const answers = { before: 0, during: 0, after: 0 }
    const asking = [
      async () => ask(url),
      async () => ask(url),
      // A connection that is kept is given up where its worker drains, and the next request finds another.
      async () => (await kept.request(url)).text(),
    ].map(async (one) => {
      while (answers.after < 20) {
        const pid = Number(await one())
        answers[state]++
        if (state === 'after') expect(pids).not.toContain(pid)
      }
    })
    await until(() => Promise.resolve(answers.before > 20))
    state = 'during'
    let fresh: readonly number[] = []
    // The moments that matter are few: each time anew.
    for (let time = 0; time < 3; time++) fresh = await program.ask<number[]>('restart', 'restarted')
    state = 'after'
    await Promise.all(asking)
    expect(answers.during).toBeGreaterThan(20)
    expect(fresh).toHaveLength(1)
    for (const pid of pids) expect([fresh.includes(pid), isAlive(pid)]).toEqual([false, false])
    for (const pid of await slow) expect(pids).toContain(Number(pid))
    expect(program.errors).toEqual([])
  })

  it('replaces a worker that has crashed, even the only one, again and again', async (test) => {
    const program = new Program(test, '1')
    const { pids } = await program.told<Ready>('ready')
    const seen = new Set(pids)
    for (let time = 0; time < 3; time++) {
      process.kill([...seen].at(-1) as number, 'SIGKILL')
      await until(async () => {
        const [pid] = await program.ask<number[]>('pids', 'pids')
        return pid !== undefined && !seen.has(pid) && seen.add(pid) !== undefined
      })
    }
    expect(program.errors).toEqual(
      [...seen].slice(0, 3).map((pid) => `A worker process has ended, or could not be started (${pid}: SIGKILL)`),
    )
  })

  it('goes on with the others while one is gone', async (test) => {
    const program = new Program(test, '2')
    const { url, pids } = await program.told<Ready>('ready')
    await expect(ask(url, 'crash')).rejects.toThrow()
    // The client may hear of the crash before the one who replaces the worker does.
    await until(async () => {
      const now = await program.ask<number[]>('pids', 'pids')
      return now.length === 2 && now.some((pid) => !pids.includes(pid))
    })
    expect(program.errors).toEqual([expect.stringContaining('exit code 7')])
    expect(Number(await ask(url))).toBeGreaterThan(0)
  })

  it('says why none could be started, and leaves none', async (test) => {
    const program = new Program(test, '2', 'refuses')
    expect(await program.told('failed')).toEqual({
      code: 'NET_WORKER',
      message: 'A worker process has ended, or could not be started (there is nothing to serve)',
    })
    await program.ended
  })

  it('lets what runs come to its end when it closes', async (test) => {
    const program = new Program(test, '2')
    const { url, pids } = await program.told<Ready>('ready')
    const slow = [ask(url, 'slow'), ask(url, 'slow')]
    // The requests have to be under way: behind them others are answered.
    await ask(url)
    await ask(url)
    expect(await program.ask('close', 'closed')).toEqual([])
    for (const answer of await Promise.all(slow)) expect(pids).toContain(Number(answer))
    await program.ended
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('ends the workers where their primary is killed', async (test) => {
    const program = new Program(test, '2')
    const { pids } = await program.told<Ready>('ready')
    program.child.kill('SIGKILL')
    await until(() => Promise.resolve(!pids.some(isAlive)))
  })
})
