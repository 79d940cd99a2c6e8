/** Starts a server under test, shows that it answers as all do, and puts the load on it. */
import { startScript } from '../../processes.ts'
import type { Contender } from '../../suite.ts'
import { wrk } from './wrk.ts'
import type { Load } from './wrk.ts'

/** What is asked for, again and again, and what has to come. */
export interface Work {
  readonly path: string
  readonly type: string
  readonly sent?: string
  readonly content: string
  readonly load?: Load
}

/** Starts a script of the folder `servers`. */
export async function start(
  script: string,
  work: Work,
  args: readonly string[] = [],
  cores?: number | string,
): Promise<Contender> {
  const server = await startScript(new URL(`../servers/${script}.js`, import.meta.url), args, cores)
  const url = `http://127.0.0.1:${server.port}/${work.path}`
  try {
    await prove(url, work)
  } catch (error) {
    await server.stop()
    throw error
  }
  return { round: (seconds) => wrk(url, seconds, work.load), stop: server.stop }
}

/** Shows that the answer is the one that all have to give. */
async function prove(url: string, { type, sent, content }: Work): Promise<void> {
  const init = sent === undefined ? {} : { method: 'POST', headers: { 'content-type': type }, body: sent }
  const response = await fetch(url, init)
  const text = await response.text()
  const isSame = response.status === 200 && response.headers.get('content-type')?.startsWith(type) === true
  if (!isSame || text !== content) throw new Error(`${url} answers something else: ${response.status} ${text}`)
}
