/** Writes `docs/benchmarks.md` and its charts from what is on record. It measures nothing: the same record gives the same page. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { chart } from './chart.ts'
import type { Outcome, Result } from './compete.ts'
import { recorded } from './results.ts'
import type { Recorded, SuiteResults } from './results.ts'
import { inWords, withUnit } from './words.ts'

const PAGE = 'docs/benchmarks.md'
const CHARTS = 'docs/benchmarks/'

/** The programs of Debian that take part, as people call them. */
const PROGRAMS = 'smtp-source and smtp-sink of Postfix 3.7, vsftpd 3.0.3, pyftpdlib 1.5.7, wrk 4.1.0'

const RIVALS = [
  ...['http-parser-js', 'undici', 'fastify', 'ws', 'smtp-server', 'nodemailer', 'mailparser', 'postal-mime', 'ftp-srv'],
  'basic-ftp',
]

/** Writes page and charts. */
export function writeReport(): void {
  const records = recorded()
  mkdirSync(CHARTS, { recursive: true })
  for (const [name, content] of report(records)) writeFileSync(name, content)
}

/** The files of the report, by name. The first record is the one that the goals are about. */
export function report(records: readonly Recorded[]): Map<string, string> {
  const [newest] = records
  if (newest === undefined) throw new Error('nothing is on record: npm run bench -- --save')
  const files = new Map<string, string>()
  const chapters = newest.suites.map((suite) => {
    const file = `${slugOf(suite.title)}.svg`
    files.set(CHARTS + file, chart(suite, newest.node))
    return chapter(suite, file, records)
  })
  files.set(PAGE, `${[preface(records), goals(records), ...chapters].join('\n\n')}\n`)
  return files
}

function preface(records: readonly Recorded[]): string {
  const runs = records.map(({ node, machine, command }) => `- Node ${node}, \`${command}\`: ${machine}; ${rivals()}`)
  return [
    '# Benchmarks',
    '',
    "Made by `npm run bench -- --save`; do not edit. A figure counts only beside its rival's in the same run: contenders take turns, and a",
    "ratio is the median of the rounds' ratios. Contenders in one process were shown to give the same result before they were timed. How the",
    'hot paths are built, and what was tried: [performance.md](performance.md).',
    '',
    ...runs,
    `- Programs of Debian 12: ${PROGRAMS}`,
  ].join('\n')
}

function rivals(): string {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  return RIVALS.map((name) => `${name} ${devDependencies[name] ?? ''}`).join(', ')
}

/** All goals in one table, a column for each Node. */
function goals(records: readonly Recorded[]): string {
  const lines = [
    '## The goals',
    '',
    `What is reached stands in bold: ${records.map(tally).join(', ')}. A goal is for Node 24; what bounds those that are missed stands in the notes below.`,
    '',
    `| work | contender | wanted |${records.map(({ node }) => ` Node ${node} |`).join('')}`,
  ]
  lines.push(`| --- | --- | --- |${' --- |'.repeat(records.length)}`)
  for (const suite of records[0]?.suites ?? []) {
    for (const { name, outcomes } of suite.results) {
      for (const outcome of outcomes) {
        const cells = records.map((one) => goalCell(outcomeIn(one, suite.title, name, outcome)))
        const wanted = `${outcome.atLeast} x ${outcome.rival}`
        lines.push(`| ${name} | ${outcome.contender} | ${wanted} | ${cells.join(' | ')} |`)
      }
    }
  }
  return lines.join('\n')
}

/** How many goals are reached. */
function tally({ node, suites }: Recorded): string {
  const outcomes = suites.flatMap(({ results }) => results.flatMap((result) => result.outcomes))
  return `${outcomes.filter(isReached).length} of ${outcomes.length} on Node ${node}`
}

function isReached({ ratio, atLeast }: Outcome): boolean {
  return ratio >= atLeast
}

function outcomeIn(record: Recorded, title: string, name: string, goal: Outcome): Outcome | undefined {
  const result = resultIn(record, title, name)
  return result?.outcomes.find(({ contender, rival }) => contender === goal.contender && rival === goal.rival)
}

function resultIn(record: Recorded, title: string, name: string): Result | undefined {
  return record.suites.find((suite) => suite.title === title)?.results.find((result) => result.name === name)
}

function goalCell(outcome: Outcome | undefined): string {
  if (outcome === undefined) return '-'
  return isReached(outcome) ? `**${inWords(outcome.ratio)}**` : inWords(outcome.ratio)
}

function chapter({ title, about, date, results }: SuiteResults, file: string, records: readonly Recorded[]): string {
  const lines = [`## ${title}`, '', about, '', `![${title}](benchmarks/${file})`, '']
  lines.push(`Measured ${date}.`, '')
  lines.push(`| work | contender |${records.map(({ node }) => ` Node ${node} | of the rival |`).join('')}`)
  lines.push(`| --- | --- |${' --: | --: |'.repeat(records.length)}`)
  for (const result of results) {
    result.figures.forEach(({ contender }, index) => {
      const cells = records.map((one) => figureCells(resultIn(one, title, result.name), contender))
      lines.push(`| ${index === 0 ? result.name : ''} | ${contender} | ${cells.join(' | ')} |`)
    })
  }
  const notes = results.filter((result) => result.notes !== undefined)
  if (notes.length > 0) lines.push('', ...notes.map((result) => `- ${result.name}: ${result.notes}`))
  return lines.join('\n')
}

function figureCells(result: Result | undefined, contender: string): string {
  const figure = result?.figures.find((one) => one.contender === contender)
  if (result === undefined || figure === undefined) return '- | -'
  return `${withUnit(figure.value, result.unit)} | ${contender === result.rival ? '' : inWords(figure.ratio)}`
}

function slugOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}
