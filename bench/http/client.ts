/**
 * HTTP clients: here the load is what is measured. Each contender is a process of its own on one core, and has a server on the other core that
 * is no bound: a bare socket with canned answers. All of them get the same answers before they are timed (`clients/load.ts`).
 */
import type { Contender, RoundCase, Suite } from '../suite.ts'
import { startLoad } from './clients/round.ts'
import type { Work } from './clients/work.ts'

const CLIENTS = {
  wireline: 'wireline',
  'undici.request': 'undici',
  'node:http': 'node-http',
  fetch: 'node-fetch',
  'bare socket': 'bare',
} as const

const GOALS = [
  { contender: 'wireline', rival: 'undici.request', atLeast: 1.5 },
  { contender: 'wireline', rival: 'node:http', atLeast: 3 },
]

/** What bounds each case, by the number of requests in flight. */
const NOTES: Readonly<Record<number, string>> = {
  1: 'two processes wake one another. The bare socket is the bound, at 1.3 to 1.5 times undici and 1.5 to 1.9 times node:http; we are at 84 to 93 % of it.',
  10: 'half of the CPU time is that of the bare socket: two system calls, and the streams of Node.',
  64: 'undici writes its requests in one row at the end of a turn of the event loop, which wakes the server less often. Tried: [performance.md](performance.md#http-client).',
}

/** Requests are many and short: rounds may be, too. */
const SHARE_OF_ROUND = 1 / 4

function start(script: string, work: Work, inFlight: number): Promise<Contender> {
  const server = new URL('./clients/serve-canned.js', import.meta.url)
  return startLoad(server, new URL(`./clients/${script}.js`, import.meta.url), { work, inFlight }, SHARE_OF_ROUND)
}

function caseOf(name: string, work: Work, inFlight: number): RoundCase {
  const contenders = Object.entries(CLIENTS).map(([client, script]) => [client, () => start(script, work, inFlight)])
  return {
    kind: 'round',
    name: `${name}, ${inFlight} in flight`,
    unit: 'requests/s',
    better: 'more',
    rival: 'undici.request',
    contenders: Object.fromEntries(contenders) as RoundCase['contenders'],
  }
}

/** Clients, measured. */
export const suite: Suite = {
  title: 'HTTP client',
  about:
    'Requests over connections that are kept, one after the other on each; every answer is read to its end and compared. The client is pinned to one core, a bare socket that serves canned answers to the other.',
  cases: [
    ...Object.entries(NOTES).map(([inFlight, notes]) => ({
      ...caseOf('GET of 13 octets', 'get', Number(inFlight)),
      goals: GOALS,
      notes,
    })),
    caseOf('PUT of 64 KiB', 'upload', 10),
    caseOf('GET of 1 MiB', 'download', 10),
  ],
}
