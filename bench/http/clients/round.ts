/** The other end of `load.ts`: whoever wants a round of a client's. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Round } from './work.ts'

/** Tells a client to run a round. */
export async function runRound(port: number, seconds: number): Promise<Round> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (part: Buffer) => (text += part.toString()))
  socket.write(String(seconds))
  await once(socket, 'close')
  return JSON.parse(text) as Round
}
