/** An example of `examples`, run as a process of its own. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** An example that runs. */
export class Program {
  output = ''
  readonly #child: ChildProcess

  /** Starts it, for one test. */
  constructor(test: TestContext, name: string, ...args: readonly string[]) {
    // Node itself, not tsx's command: so a signal reaches the program, and no shell.
    const argv = ['--import', 'tsx', `${ROOT}examples/${name}.ts`, ...args]
    this.#child = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (bytes: Buffer) => (this.output += bytes.toString()))
    }
    test.onTestFinished(async () => {
      this.signal('SIGKILL')
      await this.end()
    })
  }

  /** Waits for the URL of its server. */
  async url(): Promise<string> {
    for (;;) {
      const found = /[a-z]+:\/\/127\.0\.0\.1:[0-9]+\/?/.exec(this.output)
      if (found !== null) return found[0]
      if (this.#child.exitCode !== null) throw new Error(`it has ended: ${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Waits for its end: its exit code, or the signal. */
  async end(): Promise<number | string | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close')
    return this.#child.exitCode ?? this.#child.signalCode
  }

  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }
}
