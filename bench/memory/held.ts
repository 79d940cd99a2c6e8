/**
 * What a server keeps in memory for each connection that somebody holds: its resident memory with them less that before, by their number, both
 * behind a collection of garbage. Each round has a server of its own, since memory that was resident once seldom ceases to be.
 */
import { maxOpenFiles, residentBytes, startScript, LOAD_CORE } from '../processes.ts'
import type { Running } from '../processes.ts'
import type { Contender, RoundCase } from '../suite.ts'

/** How long a server has to collect its garbage, and what its kernel still has for it. */
const SETTLE_MS = 400

/** What a process has open besides its connections. */
const OTHER_FILES = 50

/** What is held, of which servers. */
export interface Held {
  /** The dialogue, as `hold.ts` knows it. */
  readonly dialogue: string
  /** Connections. */
  readonly count: number
  /** The servers, as `serve.ts` knows them, by the names of the contenders. */
  readonly servers: Readonly<Record<string, string>>
  /** The folder of a server that has one. */
  readonly folder?: string
}

/** The contenders of a case: bytes for each connection, and the less the better. */
export function holding({
  servers,
  ...held
}: Held): Pick<RoundCase, 'kind' | 'unit' | 'better' | 'isFresh' | 'contenders'> {
  const contenders = Object.entries(servers).map(([name, server]) => [name, () => contender(server, held)] as const)
  return { kind: 'round', unit: 'bytes', better: 'less', isFresh: true, contenders: Object.fromEntries(contenders) }
}

async function contender(server: string, held: Omit<Held, 'servers'>): Promise<Contender> {
  const [wanted, most] = [held.count + OTHER_FILES, maxOpenFiles()]
  // What a connection takes hangs on how many there are, so fewer of them would be another case.
  if (most < wanted) throw new Error(`${held.count} connections want ${wanted} open files: "ulimit -Hn" allows ${most}`)
  return { round: () => round(server, held), stop: () => Promise.resolve() }
}

async function round(name: string, { dialogue, count, folder }: Omit<Held, 'servers'>): Promise<number> {
  const server = await startScript(script('serve'), folder === undefined ? [name] : [name, folder])
  try {
    // The first connections compile what all of them use.
    const first = await hold(dialogue, server, Math.ceil(count / 50))
    await first.stop()
    const before = await settled(server)
    const load = await hold(dialogue, server, count)
    const after = await settled(server)
    await load.stop()
    return (after - before) / count
  } finally {
    await server.stop()
  }
}

function hold(dialogue: string, { port }: Running, count: number): Promise<Running> {
  return startScript(script('hold'), [dialogue, String(port), String(count)], LOAD_CORE)
}

/** What is resident behind a collection. */
async function settled({ pid }: Running): Promise<number> {
  for (let times = 0; times < 2; times++) {
    process.kill(pid, 'SIGUSR2')
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  }
  return residentBytes(pid)
}

function script(name: string): URL {
  return new URL(`./${name}.js`, import.meta.url)
}
