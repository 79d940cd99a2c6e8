/**
 * What a piece of work asks of memory: bytes of the heap, and of buffers beside it, whoever throws them away later. Between two collections
 * the heap only grows, so its growth is what was allocated; a turn is too short to bring a collection about, and the median of many leaves
 * out the turn that had one all the same.
 */
import type { CallCase, Contender, RoundCase, Suite } from '../suite.ts'

/** A turn may allocate so much, a small part of what the young generation has room for; a call that allocates more is a turn of its own. */
const TURN_BYTES = 50_000
const MOST_CALLS = 1000
const TURNS = 101
/** So often is work done before it is looked at: what V8 learns and compiles is not of the message. */
const WARM_UP_CALLS = 300

const NOTHING = (): void => {}

type Work = CallCase['contenders'][string]

/** Cases of other suites by their names, measured by what they allocate for each call. */
export function allocations(suites: readonly Suite[], names: readonly string[]): RoundCase[] {
  const all = suites.flatMap(({ cases }) => cases)
  return names.map((name) => {
    const found = all.find((one) => one.name === name)
    if (found?.kind !== 'call') throw new Error(`no benchmark is called ${name}`)
    return allocationsOf(found)
  })
}

function allocationsOf({ name, rival, contenders }: CallCase): RoundCase {
  const started = Object.entries(contenders).map(
    ([who, work]) => [who, () => Promise.resolve(contender(work))] as const,
  )
  const asked = { kind: 'round', name, rival, unit: 'bytes', better: 'less', isFresh: true } as const
  return { ...asked, contenders: Object.fromEntries(started) }
}

function contender(work: Work): Contender {
  return { round: () => bytesOf(work), stop: () => Promise.resolve() }
}

async function bytesOf(work: Work): Promise<number> {
  await repeat(work, WARM_UP_CALLS)
  const calls = Math.ceil(Math.min(MOST_CALLS, TURN_BYTES / (await growth(work, 1))))
  // Looking allocates as well. At least one byte, for those who allocate nothing.
  return Math.max(1, ((await growth(work, calls)) - (await growth(NOTHING, 1))) / calls)
}

/** By how much the heap grows in a turn of so many calls: the median of many turns. */
async function growth(work: Work, calls: number): Promise<number> {
  const found: number[] = []
  for (let count = 0; count < TURNS; count++) {
    const before = bytesInUse()
    await repeat(work, calls)
    found.push(bytesInUse() - before)
  }
  return Math.max(1, found.toSorted((a, b) => a - b)[TURNS >> 1] as number)
}

/** Waits for those who take their time, and only for them. */
async function repeat(work: Work, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    const result = work()
    if (result instanceof Promise) await result
  }
}

function bytesInUse(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
