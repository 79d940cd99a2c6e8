/** The README's programs: what it prints is what lies in `examples/`, and what lies there runs and says what it should. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const README = await readFile(`${ROOT}README.md`, 'utf8')
const PROGRAMS = [...README.matchAll(/<!-- (?<file>examples\/[a-z-]+\.ts) -->\n\n```ts\n(?<code>[^]*?)```/g)].map(
  (match) => match.groups as { file: string; code: string },
)

const OUTPUT: Record<string, string> = {
  'examples/http.ts': '200 hello /world\n\n',
  'examples/smtp.ts': '7 octets for 1 recipient\n1 accepted, 1 refused\n',
  'examples/ftp.ts': 'complete /hello.txt 11\nhello.txt 11\nworld\ncomplete /hello.txt 5\n',
}

describe('the README', () => {
  it('has a program for each protocol, of about fifteen lines', () => {
    expect(PROGRAMS.map(({ file }) => file)).toEqual(Object.keys(OUTPUT))
    for (const { code } of PROGRAMS) expect(code.split('\n').length).toBeLessThanOrEqual(20)
  })

  it.each(PROGRAMS)('prints $file as it is', async ({ file, code }) => {
    expect(await readFile(ROOT + file, 'utf8')).toBe(code)
  })

  it.each(PROGRAMS)('runs $file', { timeout: 20_000 }, async ({ file }) => {
    const program = [ROOT + 'node_modules/tsx/dist/cli.mjs', ROOT + file]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, program, { cwd: ROOT, timeout: 15_000 })
    expect(stderr).toBe('')
    // Server and client live in one process: which of the two prints first is nobody's promise.
    expect(stdout.split('\n').toSorted()).toEqual(OUTPUT[file]?.split('\n').toSorted())
  })
})
