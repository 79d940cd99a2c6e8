/** Our server in so many workers. */
import { serve } from '../../../src/http/index.ts'
import { startWorkers } from '../../../src/net/index.ts'
import { HELLO, TEXT } from './answers.ts'

const data = { port: 0 }
const workers = await startWorkers({ workers: Number(process.argv[2]), data }, async ({ port }) => {
  const server = await serve({ port }, { exchange: (x) => x.respond(200, { 'content-type': TEXT }, HELLO) })
  return { close: (options) => server.close(options), report: new URL(server.url).port }
})
if (workers !== undefined) {
  process.once('SIGTERM', () => void workers.close({ graceMs: 0 }))
  console.log(workers.report)
}
