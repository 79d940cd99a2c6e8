/** Postfix's smtp-sink: takes all mail and keeps none of it. */
import { canConnect, freePort } from '../../test/support/programs.ts'
import { startProgram } from '../processes.ts'
import type { Running } from '../processes.ts'

/** Connections that it takes at a time. */
const BACKLOG = 100

/** Starts one. As root it wants to be told as whom to run. */
export async function startSink(): Promise<Running> {
  const port = await freePort()
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : []
  const args = ['-4', ...user, `127.0.0.1:${port}`, String(BACKLOG)]
  return startProgram('smtp-sink', args, port, () => canConnect(port))
}
