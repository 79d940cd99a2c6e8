/**
 * Servers and loads in processes of their own: one core for the server, one for the load, so that neither pays for the other. What
 * is started here is ended here.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The core of the server under test, and that of its load. */
export const SERVER_CORE = 0
export const LOAD_CORE = 1
/** Both, for servers that are several processes. */
export const ALL_CORES: string = `${SERVER_CORE},${LOAD_CORE}`

const START_MS = 15_000
const STOP_MS = 5_000

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** A server that runs. */
export interface Running {
  readonly pid: number
  readonly port: number
  /** Ends it; by force, where it does not heed. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a script of this folder, such as `new URL('./serve-plain.js', import.meta.url)`, on the server's core. It tells its port as the first
 * line that it prints.
 */
export async function startScript(
  script: URL,
  args: readonly string[] = [],
  cores: number | string = SERVER_CORE,
): Promise<Running> {
  const child = pinned(cores, process.execPath, ['--expose-gc', fileURLToPath(script), ...args])
  const stop = (): Promise<void> => end(child)
  try {
    const port = Number(await firstLine(child))
    if (!Number.isInteger(port)) throw new Error(`${fileURLToPath(script)} told no port`)
    return { pid: child.pid as number, port, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Starts a program that tells nothing, on the server's core, and waits until `isReady`. */
export async function startProgram(
  command: string,
  args: readonly string[],
  port: number,
  isReady: () => Promise<boolean>,
): Promise<Running> {
  const child = pinned(SERVER_CORE, command, args)
  const deadline = Date.now() + START_MS
  while (!(await isReady())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await end(child)
      throw new Error(`${command} does not start`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return { pid: child.pid as number, port, stop: () => end(child) }
}

/** Runs a program on the load's core to its end: what it printed. */
export async function runLoad(command: string, args: readonly string[]): Promise<string> {
  const child = spawn('taskset', ['-c', String(LOAD_CORE), command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (part: Buffer) => (output += part.toString()))
  child.stderr.on('data', (part: Buffer) => (output += part.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${output}`)
  return output
}

/** The resident memory of a process, in bytes. Linux. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) * 1024
}

/** How many files, sockets among them, a process may have open: Node has raised its limit to the hard one when it started. Linux. */
export function maxOpenFiles(): number {
  return Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity)
}

function pinned(cores: number | string, command: string, args: readonly string[]): ChildProcess {
  const child = spawn('taskset', ['-c', String(cores), command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  child.once('close', () => children.delete(child))
  return child
}

async function firstLine(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS)
  try {
    for await (const line of lines) return line
  } finally {
    clearTimeout(timer)
  }
  throw new Error(`${child.spawnargs.join(' ')} ended without a word`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  child.kill('SIGTERM')
  await once(child, 'close')
  clearTimeout(timer)
}
