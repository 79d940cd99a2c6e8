/** Connections that leave HTTP: WebSocket's handshake, beside ws, from connecting to the answer. What follows is no HTTP, and not measured. */
import type { Contender, Suite } from '../suite.ts'
import { startLoad } from './clients/round.ts'

const IN_FLIGHT = 16

function start(name: string): Promise<Contender> {
  const server = new URL(`./servers/${name}.js`, import.meta.url)
  return startLoad(server, new URL('./clients/upgrades.js', import.meta.url), { work: 'upgrade', inFlight: IN_FLIGHT })
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
