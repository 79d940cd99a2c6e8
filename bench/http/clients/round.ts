/** The other end of `load.ts`: whoever wants a round of a client's. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { LOAD_CORE, startScript } from '../../processes.ts'
import type { Contender } from '../../suite.ts'
import type { Round } from './work.ts'

/** A client's load on a server, both of them scripts: what a second of it comes to. `share` is how much of a round's time it takes. */
export async function startLoad(
  serverScript: URL,
  clientScript: URL,
  terms: { readonly work: string; readonly inFlight: number },
  share = 1,
): Promise<Contender> {
  const server = await startScript(serverScript)
  try {
    const args = [server.port, terms.work, terms.inFlight].map(String)
    const client = await startScript(clientScript, args, LOAD_CORE)
    return {
      round: async (seconds) => {
        const round = await runRound(client.port, seconds * share)
        return round.requests / round.seconds
      },
      stop: async () => {
        await client.stop()
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** Tells a client to run a round. */
async function runRound(port: number, seconds: number): Promise<Round> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (part: Buffer) => (text += part.toString()))
  socket.write(String(seconds))
  await once(socket, 'close')
  return JSON.parse(text) as Round
}
