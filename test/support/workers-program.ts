/**
 * A program that serves in workers, for `test/e2e/workers.test.ts`: `workers-program.ts COUNT [trouble]`. Its primary tells what happens as
 * messages, and does what messages ask: `restart`, `close`.
 */
import cluster from 'node:cluster'
import { setTimeout as after } from 'node:timers/promises'
import { serve } from '../../src/http/server.ts'
import { NetError } from '../../src/net/errors.ts'
import { startWorkers } from '../../src/net/workers.ts'

const [count = '2', trouble = 'none'] = process.argv.slice(2)

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === '/crash') process.exit(7)
  if (pathname === '/slow') await after(300)
  return new Response(`${process.pid}`)
}

/** What each worker serves. */
async function start({ refuses }: { refuses: boolean }): Promise<{
  close: (options: { graceMs: number }) => Promise<void>
  report: string
}> {
  if (refuses) throw new Error('there is nothing to serve')
  const server = await serve({ port: 0 }, answer)
  return { close: (options) => server.close(options), report: server.url }
}

const say = (type: string, value: unknown): void => void process.send?.({ type, value })

try {
  const workers = await startWorkers(
    {
      workers: Number(count),
      data: { refuses: trouble === 'refuses' },
      onError: (error) => say('error', error.message),
    },
    start,
  )
  if (workers !== undefined) {
    say('ready', { url: workers.report, pids: workers.pids })
    process.on('message', (order: string) => {
      if (order === 'pids') say('pids', workers.pids)
      if (order === 'restart') void workers.restart().then(() => say('restarted', workers.pids))
      if (order === 'close')
        void workers.close().then(() => {
          say('closed', workers.pids)
          process.disconnect()
        })
    })
  }
} catch (error) {
  if (cluster.isWorker || !(error instanceof NetError)) throw error
  say('failed', { code: error.code, message: error.message })
  process.disconnect()
}
