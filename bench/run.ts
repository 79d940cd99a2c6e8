/**
 * Runs the benchmarks and prints, for each case, what each contender came to and how that compares with the rival.
 *
 *     npm run bench                     everything
 *     npm run bench -- http             one protocol
 *     npm run bench -- http/heads       one file
 *     npm run bench -- http --json      for a program
 *     npm run bench -- --save           puts the results on record, and writes docs/benchmarks.md
 *     npm run bench -- --report         writes docs/benchmarks.md from what is on record
 *     npm run bench -- --short          three rounds in place of five
 *     npm run bench -- --quick          once, and briefly: does it all still run?
 *
 * Every file of `bench/<protocol>` that exports a `suite` takes part.
 */
import { readdirSync } from 'node:fs'
import { compete } from './compete.ts'
import type { Patience, Result } from './compete.ts'
import { writeReport } from './report.ts'
import { record } from './results.ts'
import type { SuiteResults } from './results.ts'
import { inWords, withUnit } from './words.ts'
import type { Suite } from './suite.ts'

const PROTOCOLS = ['http', 'smtp', 'ftp']
const THOROUGH: Patience = { rounds: 5, callMs: 100, roundMs: 1000, warmUpMs: 2000 }
const SHORT: Patience = { rounds: 3, callMs: 50, roundMs: 1000, warmUpMs: 1000 }
const QUICK: Patience = { rounds: 1, callMs: 1, roundMs: 100, warmUpMs: 0 }

const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith('--')))
const chosen = process.argv.slice(2).filter((word) => !word.startsWith('--'))
/** What is on record may come of several runs, one for each protocol. */
const command = ['npm run bench --', ...flags].join(' ')

// Whoever is told to end takes what it started, and its files, with it: both hang on the end of the process.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

if (!flags.has('--report')) {
  const suites = await run(patience())
  if (flags.has('--json')) console.log(JSON.stringify({ node: process.version, suites }, undefined, 2))
  if (flags.has('--save')) record(suites, command, await titles())
}
if (flags.has('--save') || flags.has('--report')) writeReport()

function patience(): Patience {
  if (flags.has('--quick')) return QUICK
  return flags.has('--short') ? SHORT : THOROUGH
}

async function run(patience: Patience): Promise<SuiteResults[]> {
  const done: SuiteResults[] = []
  for (const name of files().filter(isChosen)) {
    const suite = await load(name)
    if (suite === undefined) continue
    say(`\n# ${suite.title}`)
    const results: Result[] = []
    for (const one of suite.cases) {
      const result = await compete(one, patience)
      results.push(result)
      print(result)
    }
    const { title, about } = suite
    done.push({ title, about, date: new Date().toISOString().slice(0, 10), results })
  }
  if (done.length === 0) throw new Error(`no benchmark is called ${chosen.join(' or ')}`)
  return done
}

/** Such as `http/heads`. */
function files(): string[] {
  return PROTOCOLS.flatMap((protocol) =>
    readdirSync(new URL(`./${protocol}/`, import.meta.url))
      .filter((file) => file.endsWith('.js'))
      .toSorted()
      .map((file) => `${protocol}/${file.slice(0, -'.js'.length)}`),
  )
}

function isChosen(name: string): boolean {
  return chosen.length === 0 || chosen.some((word) => name === word || name.startsWith(`${word}/`))
}

async function load(name: string): Promise<Suite | undefined> {
  const { suite } = (await import(new URL(`./${name}.js`, import.meta.url).href)) as { readonly suite?: Suite }
  return suite
}

async function titles(): Promise<string[]> {
  const suites = []
  for (const name of files()) suites.push(await load(name))
  return suites.filter((suite) => suite !== undefined).map(({ title }) => title)
}

function print({ name, unit, rival, figures, outcomes }: Result): void {
  say(`\n${name}`)
  for (const { contender, value, ratio } of figures) {
    const times = contender === rival ? '' : `${inWords(ratio)} x ${rival}`
    say(`  ${contender.padEnd(26)} ${withUnit(value, unit).padStart(14)}   ${times}`)
  }
  for (const { contender, rival: other, atLeast, ratio } of outcomes) {
    say(`  ${ratio >= atLeast ? 'met' : 'MISSED'}: ${contender} ${inWords(ratio)} of ${atLeast} x ${other}`)
  }
}

function say(line: string): void {
  if (!flags.has('--json')) console.log(line)
}
