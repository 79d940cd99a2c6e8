/** Connections that leave HTTP: WebSocket's handshake, beside ws, from connecting to the answer. What follows is no HTTP, and not measured. */
import { LOAD_CORE, startScript } from '../processes.ts'
import type { Contender, Suite } from '../suite.ts'
import { runRound } from './clients/round.ts'

const IN_FLIGHT = 16

async function start(name: string): Promise<Contender> {
  const server = await startScript(new URL(`./servers/${name}.js`, import.meta.url))
  try {
    const args = [server.port, 'upgrade', IN_FLIGHT].map(String)
    const client = await startScript(new URL('./clients/upgrades.js', import.meta.url), args, LOAD_CORE)
    return {
      round: async (seconds) => {
        const { requests, seconds: taken } = await runRound(client.port, seconds)
        return requests / taken
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

/** The suite. */
export const suite: Suite = {
  title: 'HTTP upgrades',
  about: 'WebSocket handshakes on connections of their own, from connecting to the answer, which is checked.',
  cases: [
    {
      kind: 'round',
      name: `upgrades, ${IN_FLIGHT} in flight`,
      unit: 'upgrades/s',
      better: 'more',
      rival: 'ws',
      contenders: { wireline: () => start('upgrade'), ws: () => start('ws') },
    },
  ],
}
