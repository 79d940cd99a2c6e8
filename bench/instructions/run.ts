/**
 * Counts the instructions of the hot paths and compares them with those on record, `counts.json`, which has them by Node's release line:
 * another V8 makes other code.
 *
 *     npm run instructions                    fails where a path takes 3 % more or fewer than it did
 *     npm run instructions -- --update        puts what is counted on record
 *
 * Without valgrind, or on a Node of which nothing is on record, it says so and leaves it at that; with WIRELINE_CI_PEERS=1 it fails.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { countInstructions } from './callgrind.ts'
import type { Counts } from './callgrind.ts'
import { findChanges } from './compare.ts'

const RECORD = 'bench/instructions/counts.json'
const FILES = ['http', 'smtp-content', 'smtp-lines', 'smtp-mime', 'ftp-replies', 'ftp-listings']

const release = process.version.slice(1).split('.')[0] as string
const record = existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, 'utf8')) as Record<string, Counts>) : {}
const isUpdate = process.argv.includes('--update')

process.exitCode = await main()

async function main(): Promise<number> {
  if (spawnSync('valgrind', ['--version']).status !== 0)
    return skip('valgrind is not installed (.ci/peers installs it)')
  const before = record[release]
  if (before === undefined && !isUpdate) return skip(`nothing is on record of Node ${release}`)
  const counted = await countAll()
  for (const [name, count] of Object.entries(counted))
    console.log(`${name.padEnd(50)} ${count.toLocaleString('en').padStart(12)}`)
  if (isUpdate) {
    writeFileSync(RECORD, `${JSON.stringify({ ...record, [release]: counted }, undefined, 2)}\n`)
    return 0
  }
  const changes = findChanges(before ?? {}, counted)
  for (const change of changes) console.error(change)
  return changes.length === 0 ? 0 : 1
}

/** Two at a time, where there are two cores. */
async function countAll(): Promise<Counts> {
  const counts = new Map<string, Counts>()
  const waiting = [...FILES]
  const workers = Array.from({ length: Math.min(2, availableParallelism()) }, async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      counts.set(file, await countInstructions(file))
  })
  await Promise.all(workers)
  return Object.assign({}, ...FILES.map((file) => counts.get(file))) as Counts
}

function skip(reason: string): number {
  console.error(`SKIPPED: instruction counts: ${reason}`)
  return process.env['WIRELINE_CI_PEERS'] === '1' ? 1 : 0
}
