/** Compares instruction counts with those on record. */
import type { Counts } from './callgrind.ts'

/** By how much a count may differ: many times what it moves by itself, and less than what is worth a look. */
const TOLERANCE = 0.03

const UPDATE = 'npm run instructions -- --update'

/**
 * A sentence for each path that is not as it was; none where all are. Fewer instructions are not as it was, either: a gain that is not
 * put on record can be lost again without anybody being told.
 */
export function findChanges(recorded: Counts, counted: Counts): string[] {
  const changes = Object.entries(counted).map(([name, count]) => describeChange(name, recorded[name], count))
  const lost = Object.keys(recorded)
    .filter((name) => counted[name] === undefined)
    .map((name) => `${name}: on record, and no longer counted; ${UPDATE} forgets it.`)
  return [...changes.filter((change) => change !== undefined), ...lost]
}

function describeChange(name: string, before: number | undefined, now: number): string | undefined {
  const count = now.toLocaleString('en')
  if (before === undefined) return `${name}: ${count} instructions, and none on record; ${UPDATE} records them.`
  const change = Math.abs(now - before)
  if (change <= before * TOLERANCE) return undefined
  const [percent, old] = [((change / before) * 100).toFixed(1), before.toLocaleString('en')]
  return now > before
    ? `${name}: ${count} instructions, ${percent} % more than the ${old} on record. If they are worth it, ${UPDATE} records them.`
    : `${name}: ${count} instructions, ${percent} % fewer than the ${old} on record. Keep the gain: ${UPDATE} records it.`
}
