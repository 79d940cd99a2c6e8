/** What HTTP servers keep in memory, and what parsers ask of it. */
import { holding } from '../memory/held.ts'
import type { Suite } from '../suite.ts'

const SERVERS = { wireline: 'http/wireline', 'node:http': 'http/node', fastify: 'http/fastify' }
const { fastify: _, ...TWO } = SERVERS

/** The suite. */
export const suite: Suite = {
  title: 'HTTP memory',
  about:
    'Resident memory that a server has for each connection that is held, behind a collection of garbage, in a fresh process for each round.',
  cases: [
    {
      name: 'an idle connection, of 10,000, each behind one answered request',
      rival: 'node:http',
      goals: [{ contender: 'wireline', rival: 'node:http', atLeast: 1 }],
      ...holding({ dialogue: 'http', count: 10_000, servers: SERVERS }),
    },
    {
      name: 'a download under way, of 100, whose client has ceased to read',
      rival: 'node:http',
      ...holding({ dialogue: 'http download', count: 100, servers: TWO }),
    },
    {
      name: 'an upload under way, of 100, whose handler has ceased to read',
      rival: 'node:http',
      ...holding({ dialogue: 'http upload', count: 100, servers: TWO }),
    },
  ],
}
