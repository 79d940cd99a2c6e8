/** What was measured, kept by Node's release line: `bench/results/node-24.json`. The page of the documentation is made of these files alone. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import type { Result } from './compete.ts'

/** The results of a suite, with where and when they were had. */
export interface SuiteResults {
  readonly title: string
  readonly about: string
  readonly date: string
  readonly results: readonly Result[]
}

/** All results of one release line of Node. */
export interface Recorded {
  readonly node: string
  readonly machine: string
  readonly command: string
  readonly suites: readonly SuiteResults[]
}

const FOLDER = 'bench/results/'

/** What is on record, the newest Node first. */
export function recorded(): Recorded[] {
  mkdirSync(FOLDER, { recursive: true })
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  return files
    .map((name) => JSON.parse(readFileSync(FOLDER + name, 'utf8')) as Recorded)
    .toSorted((a, b) => majorOf(b.node) - majorOf(a.node))
}

/** Puts results on record, in place of what is there of the same suites. `order` is that of the titles of all suites. */
export function record(suites: readonly SuiteResults[], command: string, order: readonly string[]): void {
  const node = process.version.slice(1)
  const before = recorded().find((one) => majorOf(one.node) === majorOf(node))
  const all = new Map([...(before?.suites ?? []), ...suites].map((suite) => [suite.title, suite]))
  const kept = order.map((title) => all.get(title)).filter((suite) => suite !== undefined)
  const content: Recorded = { node, machine: machine(), command, suites: kept }
  writeFileSync(`${FOLDER}node-${majorOf(node)}.json`, `${JSON.stringify(content, rounded, 2)}\n`)
}

/** Four digits are more than a machine repeats. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}

function majorOf(version: string): number {
  return Number(version.split('.')[0])
}

function machine(): string {
  const processors = cpus()
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  return `${processors.length} cores of ${processors[0]?.model ?? 'an unknown make'}, ${gibibytes} GiB, Linux ${release().split('.', 2).join('.')}`
}
