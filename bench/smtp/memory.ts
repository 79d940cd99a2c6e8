/** What SMTP servers keep in memory, and what parsers ask of it. */
import { holding } from '../memory/held.ts'
import type { Suite } from '../suite.ts'

const SERVERS = { wireline: 'smtp/wireline', 'smtp-server': 'smtp/smtp-server' }

/** The suite. */
export const suite: Suite = {
  title: 'SMTP memory',
  about:
    'Resident memory that a server has for each connection that is held, behind a collection of garbage, in a fresh process for each round.',
  cases: [
    {
      name: 'an idle session, of 10,000, each behind EHLO',
      rival: 'smtp-server',
      goals: [{ contender: 'wireline', rival: 'smtp-server', atLeast: 1 }],
      ...holding({ dialogue: 'smtp', count: 10_000, servers: SERVERS }),
    },
    {
      name: 'a message under way, of 100, whose handler has ceased to read',
      rival: 'smtp-server',
      ...holding({ dialogue: 'smtp upload', count: 100, servers: SERVERS }),
    },
  ],
}
