/**
 * The load as the contender: a client in a process of its own, which is told when to run a round. `node <script> <port> <work> <in flight>`
 * prints the port on which it is told; whoever connects there says for how many seconds, and gets a `Round` as JSON.
 */
import { deepStrictEqual, strictEqual } from 'node:assert'
import { createServer } from 'node:net'
import { DOWNLOAD, GREETING, UPLOAD } from './work.ts'
import type { Asking, Round, Work } from './work.ts'

/** Where to, what, and how many requests at once over as many connections. */
export interface Terms {
  readonly port: number
  readonly work: Work
  readonly inFlight: number
}

/** Runs requests until `until` (as `performance.now` tells time): how many. */
export type Run = (until: number) => Promise<number>

/** What this process was started with. */
export function terms(): Terms {
  const [port, work, inFlight] = process.argv.slice(2)
  return { port: Number(port), work: work as Work, inFlight: Number(inFlight) }
}

/** Waits to be told, and runs rounds of a client's requests. */
export async function load(asking: Asking): Promise<void> {
  const { port, work, inFlight } = terms()
  const origin = `http://127.0.0.1:${port}`
  await prove(asking, origin)
  const once = requestOf(asking, work, origin)
  loadBy(async (until) => {
    const counts = await Promise.all(Array.from({ length: inFlight }, () => repeat(once, until)))
    return counts.reduce((sum, count) => sum + count, 0)
  })
}

/** The same of whatever runs requests. */
export function loadBy(run: Run): void {
  const control = createServer((socket) => {
    socket.once('data', (seconds: Buffer) => {
      round(run, Number(seconds)).then(
        (result) => socket.end(JSON.stringify(result)),
        (error: Error) => socket.destroy(error),
      )
    })
  })
  control.listen(0, '127.0.0.1', () => console.log((control.address() as { readonly port: number }).port))
}

async function round(run: Run, seconds: number): Promise<Round> {
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const requests = await run(began + seconds * 1000)
  const { user, system } = process.cpuUsage(cpu)
  return { requests, seconds: (performance.now() - began) / 1000, cpuMicroseconds: user + system }
}

async function repeat(once: () => Promise<void>, until: number): Promise<number> {
  let count = 0
  while (performance.now() < until) {
    await once()
    count++
  }
  return count
}

/** Every client gets the same, octet for octet. */
async function prove(asking: Asking, origin: string): Promise<void> {
  strictEqual(await asking.get(`${origin}/short`), GREETING)
  strictEqual(await asking.upload(`${origin}/upload`, UPLOAD), GREETING)
  deepStrictEqual(Buffer.from(await asking.download(`${origin}/long`)), DOWNLOAD)
}

function requestOf(asking: Asking, work: Work, origin: string): () => Promise<void> {
  switch (work) {
    case 'get':
      return async () => strictEqual(await asking.get(`${origin}/short`), GREETING)
    case 'upload':
      return async () => strictEqual(await asking.upload(`${origin}/upload`, UPLOAD), GREETING)
    case 'download':
      return async () => strictEqual((await asking.download(`${origin}/long`)).length, DOWNLOAD.length)
  }
}
