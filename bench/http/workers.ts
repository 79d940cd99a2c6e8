/** Servers of HTTP in several processes. */
import { ALL_CORES } from '../processes.ts'
import type { Contender, Suite } from '../suite.ts'
import { start } from './loads/work.ts'
import { HELLO, TEXT } from './servers/answers.ts'

function workers(script: string, count: number): () => Promise<Contender> {
  return () => start(script, { path: '', type: TEXT, content: HELLO }, [String(count)], ALL_CORES)
}

/** The suite. */
export const suite: Suite = {
  title: 'HTTP servers in workers',
  about:
    'The same in one worker and in two, `startWorkers` beside `node:cluster`. Two workers share two cores with the load.',
  cases: [
    {
      kind: 'round',
      unit: 'requests/s',
      better: 'more',
      name: 'answers of 13 octets, in workers',
      rival: 'node:cluster, 1',
      contenders: {
        'wireline, 1': workers('wireline-workers', 1),
        'wireline, 2': workers('wireline-workers', 2),
        'node:cluster, 1': workers('node-cluster', 1),
        'node:cluster, 2': workers('node-cluster', 2),
      },
      notes:
        'The machine has two cores, and wrk needs one to keep a single server busy: the second worker competes with the load, so this shows that work is shared out and nothing is lost by it, not how it grows with cores.',
    },
  ],
}
