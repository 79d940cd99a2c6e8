/**
 * `docs/http.md`: its tables say what the code says (`-u` writes them), and its programs print what it says they print.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as http from '../../src/http/index.ts'
import type { ErrorRow } from '../../src/net/index.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): Promise<string> => readFile(ROOT + path, 'utf8')
const PAGE = await read('docs/http.md')

/** HTTP's errors, all rows of one type. */
const ERRORS: Readonly<Record<string, ErrorRow & { readonly limit?: string }>> = http.ERRORS

/** A member of an interface, with its doc comment in one line. */
interface Member {
  readonly name: string
  readonly text: string
}

/** The members of an interface, as the source has them. */
function membersOf(source: string, name: string): Member[] {
  const body = new RegExp(`export interface ${name}\\b[^{]*\\{\\n([^]*?)\\n\\}\\n`).exec(source)?.[1] ?? ''
  const members = [...body.matchAll(/\/\*\*([^]*?)\*\/\n {2}readonly (\w+)\??[:(]/g)].map(
    ([, text = '', member = '']) => ({
      name: member,
      // What is code of several lines in a comment has no place in a table.
      text: text
        .replace(/\n\s*\*\s*\n[^]*/, '')
        .replace(/\s*\n\s*\* ?/g, ' ')
        .trim(),
    }),
  )
  expect(members.length, name).toBeGreaterThan(0)
  return members
}

/** What a doc comment says: what it is about, the default, and what stands behind that. */
function partsOf({ name, text }: Member, value: number): { readonly about: string; readonly note: string } {
  const parts = /^(.*?)\s*Default ([0-9,]*[0-9](?:\^[0-9]+)?(?: - 1)?(?: MiB)?)[.;:,]?\s*(.*)$/.exec(text)
  const [, about = '', said = '', note = ''] = parts ?? []
  expect(numberIn(said), `the default of ${name} in its comment`).toBe(value)
  return { about, note }
}

function numberIn(text: string): number {
  const [, base = '', exponent = '1', less, unit] = /^([0-9,]+)(?:\^([0-9]+))?( - 1)?( MiB)?$/.exec(text) ?? []
  return (
    Number(base.replaceAll(',', '')) ** Number(exponent) * (unit === undefined ? 1 : 1 << 20) -
    (less === undefined ? 0 : 1)
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

const shown = (value: number): string => value.toLocaleString('en-US')
const code = (text: string): string => `\`${text}\``

async function optionsTable(path: string, name: string): Promise<string> {
  return table(
    ['Option', 'What it is'],
    membersOf(await read(path), name).map((member) => [code(member.name), member.text]),
  )
}

async function timeoutsTable(path: string, name: string, values: object): Promise<string> {
  const members = membersOf(await read(path), name)
  expect(members.map((member) => member.name)).toEqual(Object.keys(values))
  const rows = members.map((member) => {
    const value = Number(new Map(Object.entries(values)).get(member.name))
    const { about, note } = partsOf(member, value)
    return [code(member.name), shown(value), about, note]
  })
  return table(['Timeout', 'Default', 'From when to when, and what then', 'Beside others'], rows)
}

async function limitsTable(): Promise<string> {
  const members = membersOf(await read('src/http/limits.ts'), 'Limits')
  expect(members.map((member) => member.name)).toEqual(Object.keys(http.DEFAULT_LIMITS))
  const rows = members.map((member) => {
    const value = http.DEFAULT_LIMITS[member.name as keyof http.Limits]
    const { about, note } = partsOf(member, value)
    // 502 is for responses, in which the same limit may be passed.
    const hints = Object.values(ERRORS).filter(({ limit, hint }) => limit === member.name && hint !== 502)
    const answers = [...new Set(hints.map(({ hint }) => hint ?? ''))].join(', ')
    const [, saidNote = note, saidAnswer = answers] = /^(.*?)\s*\b([45][0-9]{2})\.$/.exec(note) ?? []
    expect(saidAnswer, `the status of ${member.name} in its comment`).toBe(answers)
    return [code(member.name), about, shown(value), saidNote, answers]
  })
  return table(['Limit', 'What is counted', 'Default', 'Beside others, and why', 'Answer'], rows)
}

async function leniencyTable(): Promise<string> {
  const members = membersOf(await read('src/http/limits.ts'), 'Leniency')
  expect(members.map((member) => member.name)).toEqual(Object.keys(http.STRICT))
  const forgives = (rule: http.Leniency, name: string): string =>
    rule[name as keyof http.Leniency] ? 'forgiven' : 'refused'
  const rows = members.map(({ name, text }) => {
    const [, what = text, rfc = ''] = /^(.*?)\s*(RFC [0-9]+ §[0-9.]*[0-9])\.$/.exec(text) ?? []
    expect(rfc, name).not.toBe('')
    return [code(name), forgives(http.STRICT, name), forgives(http.RESPONSE_LENIENCY, name), what, rfc]
  })
  return table(['Leniency', 'In requests', 'In responses', 'What it forgives, and who needs it', 'Section'], rows)
}

function errorsTable(): string {
  const rows = Object.entries(ERRORS).map(([name, { text, rfc, hint, limit }]) => {
    return [code(name), text, hint === undefined ? '' : `${hint}`, limit === undefined ? '' : code(limit), rfc]
  })
  return table(['Code', 'Text', 'Status', 'Limit', 'Section'], rows)
}

/** The tables of the page by their names. */
const TABLES: Readonly<Record<string, () => string | Promise<string>>> = {
  ListenOptions: () => optionsTable('src/net/session.ts', 'ListenOptions'),
  ServerConnectionOptions: () => optionsTable('src/http/server-options.ts', 'ServerConnectionOptions'),
  SERVER_TIMEOUTS: () => timeoutsTable('src/http/server-options.ts', 'ServerTimeouts', http.SERVER_TIMEOUTS),
  ClientOptions: () => optionsTable('src/http/client-options.ts', 'ClientOptions'),
  RequestOptions: () => optionsTable('src/http/client-options.ts', 'RequestOptions'),
  CLIENT_TIMEOUTS: () => timeoutsTable('src/http/client-options.ts', 'ClientTimeouts', http.CLIENT_TIMEOUTS),
  Limits: limitsTable,
  Leniency: leniencyTable,
  ERRORS: errorsTable,
}

describe('the tables of docs/http.md', () => {
  it('say what the code says', async () => {
    let page = PAGE
    const places = [...PAGE.matchAll(/<!-- table: (\w+) -->\n[^]*?<!-- end -->/g)]
    expect(places.map(([, name = '']) => name).toSorted()).toEqual(Object.keys(TABLES).toSorted())
    for (const [place, name = ''] of places) {
      const rows = (await TABLES[name]?.()) ?? ''
      page = page.replace(place, () => `<!-- table: ${name} -->\n\n${rows}\n<!-- end -->`)
    }
    await expect(page).toMatchFileSnapshot('../../docs/http.md')
  })

  it('are led to by links that lead somewhere', async () => {
    const headings = [...PAGE.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
      text.toLowerCase().replace(/[^a-z0-9 -]/g, ''),
    )
    const anchors = headings.map((text) => `#${text.replaceAll(' ', '-')}`)
    for (const [, link = ''] of PAGE.matchAll(/\]\(([^)]+)\)/g)) {
      if (link.startsWith('#')) expect(anchors, link).toContain(link)
      else expect(await read(`docs/${link}`).catch(() => read(`docs/${link}/http.ts`)), link).not.toBe('')
    }
  })
})

/** Every program of the page, where it stands, and what it prints. */
const PROGRAMS = PAGE.split(/^#+ /m).flatMap((section) =>
  [...section.matchAll(/```ts\n([^]*?)```\n(?:\n```text\n([^]*?)```)?/g)].map(([, program = '', output]) => ({
    section: section.slice(0, section.indexOf('\n')),
    program,
    output,
  })),
)

describe('the programs of docs/http.md', { concurrent: true, timeout: 30_000 }, () => {
  // Below the project, because that is where `wireline/http` means these sources.
  const folder = `${ROOT}.cache/docs-${process.pid}`
  beforeAll(async () => {
    await mkdir(folder, { recursive: true })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each(PROGRAMS.map((it, index) => ({ ...it, file: `${folder}/${index}.ts` })))(
    '$section',
    async ({ file, program, output }) => {
      expect(output, 'what it prints stands behind it').toBeDefined()
      await writeFile(file, program)
      const options = { cwd: ROOT, timeout: 20_000, env: { ...process.env, NO_COLOR: '1' } }
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], options)
      expect({ stdout, stderr }).toEqual({ stdout: output, stderr: '' })
    },
  )
})
