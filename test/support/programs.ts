/** Programs of others as children, each with an end: run one to its end, or keep one as a server for a test. No shell, no fixed port. */
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How a program ended. */
export interface Outcome {
  /** Its exit code; -1 where a signal ended it. */
  readonly exit: number
  /** What it printed, a character for each octet. */
  readonly stdout: string
  /** What it complained of. */
  readonly stderr: string
}

/** Runs a program to its end in a folder; one that takes longer than 20 seconds is killed. */
export function run(path: string, args: readonly string[], cwd: string): Promise<Outcome> {
  const env = { ...process.env, HOME: cwd, LC_ALL: 'C' }
  const options = { cwd, env, timeout: 20_000, killSignal: 'SIGKILL', maxBuffer: 1 << 26, encoding: 'latin1' } as const
  return new Promise((resolve) => {
    const child = execFile(path, args, options, (error, stdout, stderr) => {
      const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ exit, stdout, stderr })
    })
    child.stdin?.end()
  })
}

/** A program that serves until it is stopped. */
export class Daemon {
  /** All that it printed. */
  output = ''
  readonly #child: ChildProcess

  /** Starts it, in a folder or here. */
  constructor(path: string, args: readonly string[], cwd = '.') {
    this.#child = spawn(path, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (bytes: Buffer) => (this.output += bytes.toString('latin1')))
    }
  }

  /** Waits until it has printed this, and gives what the pattern has found. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output)
      if (found !== null) return found
      if (this.#child.exitCode !== null) throw new Error(`it has ended: ${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Waits until it takes connections. */
  async listening(port: number): Promise<void> {
    while (!(await canConnect(port))) {
      if (this.#child.exitCode !== null) throw new Error(`it has ended: ${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Stops it, and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }
}

/** Whether somebody listens there. */
export async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** An empty folder. */
export function emptyFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `wireline-${name}-`))
}

/** Removes a folder with all that is in it. */
export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 })
}
