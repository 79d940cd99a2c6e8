/**
 * A page of `docs`: tables that say what the code says (`-u` writes them), links that lead somewhere, and programs that print what the
 * page says they print.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): Promise<string> => readFile(ROOT + path, 'utf8')

/** A member of an interface, with its doc comment in one line. */
export interface Member {
  readonly name: string
  readonly text: string
}

/** The members of the interface `name` in the file at `path`, as the source has them. */
export async function membersOf(path: string, name: string): Promise<Member[]> {
  const body = new RegExp(`export interface ${name}\\b[^{]*\\{\\n([^]*?)\\n\\}\\n`).exec(await read(path))?.[1] ?? ''
  const members = [...body.matchAll(/\/\*\*([^]*?)\*\/\n {2}readonly '?([\w-]+)'?\??[:(]/g)].map(
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

/** What a doc comment says: what it is about, the default (which must be `value`), and what stands behind that. */
export function partsOf({ name, text }: Member, value: number): { readonly about: string; readonly note: string } {
  const parts =
    /^(.*?)\s*Default ([0-9,]*[0-9](?:\^[0-9]+)?(?: - 1)?(?: [MG]iB| minutes| seconds)?)[.;:,]?\s*(.*)$/.exec(text)
  const [, about = '', said = '', note = ''] = parts ?? []
  expect(numberIn(said), `the default of ${name} in its comment`).toBe(value)
  return { about, note }
}

/** What stands behind a number, in octets or milliseconds. */
const UNITS = { MiB: 1 << 20, GiB: 1 << 30, minutes: 60_000, seconds: 1000 }

function numberIn(text: string): number {
  const parts = /^([0-9,]+)(?:\^([0-9]+))?( - 1)?(?: (MiB|GiB|minutes|seconds))?$/.exec(text)
  const [, base = '', exponent = '1', less, unit] = parts ?? []
  const factor = unit === undefined ? 1 : UNITS[unit as keyof typeof UNITS]
  return Number(base.replaceAll(',', '')) ** Number(exponent) * factor - (less === undefined ? 0 : 1)
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** A number, as people read it. */
export const shown = (value: number): string => value.toLocaleString('en-US')

/** A name in code. */
export const code = (text: string): string => `\`${text}\``

/** The table of an interface of options, or of what `head` says that they are. */
export async function optionsTable(path: string, name: string, head = 'Option'): Promise<string> {
  const rows = (await membersOf(path, name)).map((member) => [code(member.name), member.text])
  return table([head, 'What it is'], rows)
}

/** The table of an interface of timeouts, whose defaults are `values`. */
export async function timeoutsTable(path: string, name: string, values: object): Promise<string> {
  const members = await membersOf(path, name)
  expect(members.map((member) => member.name)).toEqual(Object.keys(values))
  const rows = members.map((member) => {
    const value = Number(new Map(Object.entries(values)).get(member.name))
    const { about, note } = partsOf(member, value)
    return [code(member.name), shown(value), about, note]
  })
  return table(['Timeout', 'Default', 'From when to when, and what then', 'Beside others'], rows)
}

/** The tables of a page by their names: each stands between `<!-- table: Name -->` and `<!-- end -->`. */
export type Tables = Readonly<Record<string, () => string | Promise<string>>>

/** What can be pointed at in a page: its headings, as GitHub names them. */
function anchorsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** Tests the page `docs/<name>.md`. */
export async function describePage(name: string, tables: Tables): Promise<void> {
  const page = await read(`docs/${name}.md`)
  describe(`the tables of docs/${name}.md`, () => {
    it('say what the code says', async () => {
      let written = page
      const places = [...page.matchAll(/<!-- table: (\w+) -->\n[^]*?<!-- end -->/g)]
      expect(places.map(([, table = '']) => table).toSorted()).toEqual(Object.keys(tables).toSorted())
      for (const [place, table = ''] of places) {
        const rows = (await tables[table]?.()) ?? ''
        written = written.replace(place, () => `<!-- table: ${table} -->\n\n${rows}\n<!-- end -->`)
      }
      await expect(written).toMatchFileSnapshot(`../../docs/${name}.md`)
    })

    it('are led to by links that lead somewhere', async () => {
      for (const [, link = ''] of page.matchAll(/\]\(([^)]+)\)/g)) {
        const [path = '', anchor] = link.split('#')
        const there = path === '' ? page : await read(`docs/${path}`).catch(() => read(`docs/${path}/${name}.ts`))
        expect(there, link).not.toBe('')
        if (anchor !== undefined) expect(anchorsOf(there), link).toContain(anchor)
      }
    })
  })
  describePrograms(name, page)
}

/** Every program of the page is run as it stands: what it prints stands behind it. */
function describePrograms(name: string, page: string): void {
  const programs = page.split(/^#+ /m).flatMap((section) =>
    [...section.matchAll(/```ts\n([^]*?)```\n(?:\n```text\n([^]*?)```)?/g)].map(([, program = '', output]) => ({
      section: section.slice(0, section.indexOf('\n')),
      program,
      output,
    })),
  )
  describe(`the programs of docs/${name}.md`, { concurrent: true, timeout: 30_000 }, () => {
    // Below the project, because that is where `wireline/...` means these sources.
    const folder = `${ROOT}.cache/docs-${name}-${process.pid}`
    beforeAll(async () => {
      await mkdir(folder, { recursive: true })
    })
    afterAll(() => rm(folder, { recursive: true }))

    it.each(programs.map((it, index) => ({ ...it, file: `${folder}/${index}.ts` })))(
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
}
