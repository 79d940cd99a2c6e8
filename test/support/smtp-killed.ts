/**
 * A receiving server that can be killed: the sources, compiled once so that a process starts quickly, and a program of a few lines that
 * delivers into Maildirs, as anybody would write it.
 */
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const PROGRAM = `
import { maildir, serve } from './smtp/index.js'
const mail = maildir(process.argv[2])
const server = await serve({ hostname: 'mx.example.test' }, {
  message: async ({ envelope, body }) => {
    await mail.deliver(envelope.recipients.map(({ path }) => path), body)
  },
})
process.stdout.write(server.url + '\\n')
`

/** Compiles the sources into a folder, with the program beside them; resolves with the program's path. */
export async function compileServer(folder: string): Promise<string> {
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  await promisify(execFile)(tsc, ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', folder])
  const program = join(folder, 'receive.js')
  await writeFile(program, PROGRAM)
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  return program
}

/** The program, running. */
export class Victim {
  readonly #child: ChildProcess

  /** Starts it, to deliver below `mail`. */
  constructor(program: string, mail: string) {
    this.#child = spawn(process.execPath, [program, mail], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  /** Where it listens, once it does. */
  async url(): Promise<string> {
    for await (const printed of this.#child.stdout as AsyncIterable<Buffer>) return printed.toString().trim()
    throw new Error('it has ended without a word')
  }

  /** Kills it as the kernel does when memory is short: it is told nothing, and does nothing more. Once is enough. */
  async kill(): Promise<void> {
    if (this.#child.signalCode !== null) return
    if (this.#child.exitCode !== null) throw new Error(`it has ended by itself: ${this.#child.exitCode}`)
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }
}
