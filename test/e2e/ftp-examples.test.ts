/** The examples for FTP, each run as a process of its own: what it prints, and how its server answers. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import type { TestContext } from 'vitest'
import { connect, FtpReplyError } from '../../src/ftp/index.ts'
import type { Client, ConnectOptions } from '../../src/ftp/index.ts'
import { Program } from '../support/example.ts'
import { CA } from '../support/tls.ts'

// The drop box has it from there.
vi.stubEnv('DROP_PASSWORD', 'secret')

const PEM = fileURLToPath(new URL('../support/fixtures/tls/', import.meta.url))

/** A folder, as long as the test runs. */
async function newFolder(test: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wireline-ftp-'))
  test.onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

async function text(ftp: Client, path: string): Promise<string> {
  let found = ''
  for await (const chunk of await ftp.get(path)) found += chunk.toString()
  return found
}

/** The code of the refusal that a call comes to. */
async function codeOf(call: Promise<unknown>): Promise<number> {
  const error = await call.then(
    () => new Error('it was not refused'),
    (refused: unknown) => refused,
  )
  if (error instanceof FtpReplyError) return error.reply.code
  throw error
}

// Most of their time is that of starting Node: beside one another it is spent once.
describe('the examples for FTP', { concurrent: true, timeout: 30_000 }, () => {
  it('take what is dropped, and show it to nobody', async (test) => {
    const folder = await newFolder(test)
    const program = new Program(test, 'ftp-dropbox', folder, '0')
    const url = await program.url()
    expect(await codeOf(connect(url, { user: 'joe', password: 'wrong' }))).toBe(530)
    expect(await codeOf(connect(url, { user: '..', password: 'secret' }))).toBe(530)

    const joe = await connect(url, { user: 'joe', password: 'secret' })
    await joe.put('letter.txt', 'hello')
    await joe.put('letter.txt', 'hello again')
    for await (const entry of joe.list()) expect(entry).toBeUndefined()
    const refused = [
      joe.get('letter.txt'),
      joe.size('letter.txt'),
      joe.remove('letter.txt'),
      joe.rename('letter.txt', 'other.txt'),
      joe.mkdir('folder'),
      joe.append('letter.txt', '!'),
      joe.put('folder/letter.txt', ''),
    ]
    expect(await Promise.all(refused.map(codeOf))).toEqual(refused.map(() => 550))
    await joe.quit()
    program.signal('SIGTERM')
    expect(await program.end()).toBe(0)

    expect(await readdir(folder, { recursive: true })).toEqual(['joe', 'joe/letter.txt'])
    expect(await readFile(join(folder, 'joe', 'letter.txt'), 'utf8')).toBe('hello again')
    expect(program.output).toMatch(/^[A-Z].* 11 \/letter\.txt b _ i r joe ftp 0 \* c$/m)
  })

  it('let users in under TLS alone', async (test) => {
    const folder = await newFolder(test)
    const args = [`${PEM}localhost.key`, `${PEM}localhost.crt`, folder, '0']
    const program = new Program(test, 'ftp-ftps', ...args)
    const url = (await program.url()).replace('127.0.0.1', 'localhost')
    await writeFile(join(folder, 'pub', 'readme'), 'for all')
    const tls: ConnectOptions = { tls: { ca: CA } }

    expect(await codeOf(connect(url, { user: 'joe', password: 'secret' })), 'in the clear').toBe(530)
    for (const user of ['joe', 'nobody']) {
      expect(await codeOf(connect(url, { ...tls, user, password: 'hunter2' })), user).toBe(530)
    }
    const clear: ConnectOptions = { tls: { ca: CA, data: 'clear' }, user: 'joe', password: 'secret' }
    expect(await codeOf(connect(url, clear)), 'data in the clear').toBe(534)

    const joe = await connect(url, { ...tls, user: 'joe', password: 'secret' })
    await joe.put('/mine.txt', 'mine')
    expect(await text(joe, '/mine.txt')).toBe('mine')
    expect(await codeOf(joe.get('/../ann/mine.txt'))).toBe(550)
    await joe.quit()
    expect(await readFile(join(folder, 'joe', 'mine.txt'), 'utf8')).toBe('mine')

    const anybody = await connect(url, tls)
    expect(await text(anybody, '/readme')).toBe('for all')
    expect(await codeOf(anybody.put('/readme', ''))).toBe(550)
    await anybody.quit()

    program.signal('SIGTERM')
    expect(await program.end()).toBe(0)
    expect(program.output).toContain('joe TLSv1.3 STOR /mine.txt complete\n')
  })

  it('test a program', async (test) => {
    const program = new Program(test, 'ftp-memory')
    expect(await program.end()).toBe(0)
    expect(program.output).toMatch(/pass 2$/m)
    expect(program.output).toMatch(/fail 0$/m)
  })

  it('resume', async (test) => {
    const program = new Program(test, 'ftp-resume')
    expect(await program.end()).toBe(0)
    const lines = program.output.split('\n')
    expect(lines[0]).toBe('from the beginning')
    expect(lines.slice(1, -2).filter((line) => line !== 'from where it was')).toEqual([])
    expect(lines.length).toBeGreaterThan(4)
    expect(lines.slice(-2)).toEqual(['SHA-256 is right', ''])
  })
})
