#!/usr/bin/env node
/**
 * The command `wireline`: reads the command line, runs what it asks for, and ends with an exit code.
 *
 *     0  done; or drained after SIGINT or SIGTERM (a second one cuts what is left)
 *     1  something stood in the way of starting
 *     2  the command line makes no sense
 */
import { readFile } from 'node:fs/promises'
import { HELP, parseCommand, UsageError, type ServeOptions } from './options.ts'
import { loginOf, StartError, startServers } from './serve.ts'
import { startInWorkers } from './workers.ts'

/** Transfers and mails under way get so long to come to their end. */
const GRACE_MS = 10_000

// Whoever reads our lines may stop reading (`| head`); the servers go on.
process.stdout.on('error', () => {})

try {
  await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof StartError)) throw error
  process.stderr.write(`wireline: ${error.message}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function run(words: readonly string[]): Promise<void> {
  const command = parseCommand(words)
  switch (command.type) {
    case 'help':
      process.stdout.write(HELP)
      return
    case 'version':
      print(await readVersion())
      return
    case 'serve':
      return serve(command.options)
  }
}

async function serve(options: ServeOptions): Promise<void> {
  // Made once, so that every worker knows the same.
  const login = loginOf(options)
  const servers = await (options.workers === 1
    ? startServers(options, login, print)
    : startInWorkers(options, login, print))
  // A worker takes its orders from the primary.
  if (servers === undefined) return
  const signalled = new Promise<void>((resolve) => {
    let graceMs = GRACE_MS
    const onSignal = (): void => {
      void servers.close({ graceMs }).then(resolve)
      graceMs = 0
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
  for (const line of [`wireline ${await readVersion()}`, ...servers.lines, 'ready']) print(line)
  await signalled
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** The version in `package.json`, which lies two folders up both in the sources and in the package. */
async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { readonly version: string }
  return version
}
