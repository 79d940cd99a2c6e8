/** `wireline serve --workers N`: the three servers in several processes that share the ports. SIGHUP replaces them one by one. */
import { NetError } from '../net/errors.ts'
import { startWorkers } from '../net/workers.ts'
import type { ServeOptions } from './options.ts'
import { StartError, startServers, type Login, type Print, type Running } from './serve.ts'

/** Starts the workers; resolves with `undefined` in each of them. Rejects with `StartError`. */
export async function startInWorkers(options: ServeOptions, login: Login, print: Print): Promise<Running | undefined> {
  const onError = (error: Error): void => print(`error: ${error.message}`)
  const workers = await startWorkers({ workers: options.workers, data: login, onError }, async (sameLogin) => {
    const servers = await startServers(options, sameLogin, (line) => print(`[${process.pid}] ${line}`))
    return { close: (how) => servers.close(how), report: servers.lines }
  }).catch((error: unknown) => {
    throw error instanceof NetError ? new StartError(error.message, error) : error
  })
  if (workers === undefined) return undefined
  process.on('SIGHUP', () => {
    workers.restart().then(() => print(`restarted: ${workers.pids.join(' ')}`), onError)
  })
  return {
    lines: [...workers.report, `${workers.pids.length} workers: ${workers.pids.join(' ')}; SIGHUP replaces them`],
    close: (how) => workers.close(how),
  }
}
