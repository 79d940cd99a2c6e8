/** Mail programs of others, run to their end with a message on their standard input. Servers are kept by `programs.ts`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

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
