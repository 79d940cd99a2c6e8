/** What the interop tests of FTP have in common: folders, running a program to its end, and daemons with a port of their own. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canConnect } from './programs.ts'

/** What a program did. */
export interface Outcome {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program in a folder to its end; one that takes longer than 15 seconds is killed. */
export function run(program: string, args: readonly string[], cwd: string, input = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd, timeout: 15_000, maxBuffer: 1 << 26, env: { ...process.env, HOME: cwd, LC_ALL: 'C.UTF-8' } }
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ exit, stdout, stderr })
    })
    // A program that reads nothing may be gone before all is written.
    child.stdin?.on('error', () => {}).end(input)
  })
}

/** A folder for a test. */
export interface Folder {
  readonly path: string
  remove(): void
}

/** An empty folder. */
export function folder(name: string): Folder {
  const path = mkdtempSync(join(tmpdir(), `wireline-${name}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Octets in which every value comes, and no two pages are alike. */
export function pattern(length: number): Buffer {
  const octets = Buffer.alloc(length)
  for (let index = 0; index < length; index++) octets[index] = (index * 7 + (index >> 8)) & 0xff
  return octets
}

/** A daemon that runs. */
export interface Daemon {
  /** What it has said so far. */
  readonly output: () => string
  /** Ends it, and waits for that. */
  stop(): Promise<void>
}

/** Starts a daemon, and waits until it answers on the port. Rejects with its output where it ends before. */
export async function daemon(program: string, args: readonly string[], port: number): Promise<Daemon> {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = once(child, 'exit')
  const deadline = Date.now() + 15_000
  while (!(await canConnect(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${program} does not answer on port ${port}: ${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
      if (child.exitCode === null && child.signalCode === null) await ended
      clearTimeout(timer)
    },
  }
}
