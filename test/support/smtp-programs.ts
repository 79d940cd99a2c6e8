/** Programs of others as children: run one to its end, or keep one as a server for a test. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createConnection } from 'node:net'

/** How a program ended. */
export interface Outcome {
  /** Its exit code. */
  readonly code: number | null
  /** All that it printed, on both ways. */
  readonly output: string
}

/** Runs a program to its end, with `input` on its standard input. */
export async function run(path: string, args: readonly string[], input = ''): Promise<Outcome> {
  const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

/** A program that serves until it is stopped. */
export class Daemon {
  /** All that it printed. */
  output = ''
  readonly #child: ChildProcess

  /** Starts it. */
  constructor(path: string, args: readonly string[]) {
    const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => (this.output += bytes.toString()))
    }
    this.#child = child
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

  /** Waits until it listens. */
  async listening(port: number): Promise<void> {
    while (!(await canConnect(port))) {
      if (this.#child.exitCode !== null) throw new Error(`it has ended: ${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Stops it. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function canConnect(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
