/**
 * Servers under Postfix's smtp-source: ten sessions that stay open, a message of 1 KiB for one recipient after the other, each command
 * waiting for the reply to the one before. smtp-source ends with an error at any reply that is not a yes.
 */
import { strictEqual } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runLoad, startScript } from '../processes.ts'
import type { Running } from '../processes.ts'
import type { Contender, Suite } from '../suite.ts'
import { startSink } from './sink.ts'
import { told } from './servers/tally.ts'

const SESSIONS = 10
const MESSAGE_BYTES = 1024
/** Messages of the first round, whose speed is not known. */
const FIRST = 2000

/** One of the scripts in `servers`, which must have seen at its end what it was sent. */
async function start(name: string): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'wireline-bench-'))
  const file = join(folder, 'tally')
  const server = await startScript(new URL(`./servers/${name}.js`, import.meta.url), [file])
  const { round, sent } = underSource(server)
  const stop = async (): Promise<void> => {
    await server.stop()
    const { messages, octets } = told(file)
    rmSync(folder, { recursive: true })
    strictEqual(messages, sent(), `${name} has not seen every message`)
    strictEqual(octets >= messages * MESSAGE_BYTES, true, `${name} has not seen every octet`)
  }
  return { round, stop }
}

async function startSmtpSink(): Promise<Contender> {
  const server = await startSink()
  return { round: underSource(server).round, stop: server.stop }
}

/** smtp-source ends when it has sent so many messages: as many as fit into the round by the speed of the one before. */
function underSource({ port }: Running): { round: Contender['round']; sent: () => number } {
  let rate = FIRST
  let sent = 0
  const round = async (seconds: number): Promise<number> => {
    const messages = Math.max(SESSIONS, Math.round(rate * seconds))
    const began = performance.now()
    await runLoad('smtp-source', [
      ...['-d', '-s', String(SESSIONS), '-l', String(MESSAGE_BYTES), '-m', String(messages)],
      `127.0.0.1:${port}`,
    ])
    rate = messages / ((performance.now() - began) / 1000)
    sent += messages
    return rate
  }
  return { round, sent: () => sent }
}

/** The case. */
export const suite: Suite = {
  title: 'SMTP servers',
  about:
    'smtp-source on one core keeps ten sessions open and sends messages of 1 KiB to the server on the other, which reads each to its end. The bare socket reads nothing: it answers whatever comes.',
  cases: [
    {
      kind: 'round',
      name: 'messages of 1 KiB in ten sessions',
      unit: 'messages/s',
      better: 'more',
      rival: 'smtp-server',
      goals: [
        { contender: 'wireline', rival: 'smtp-server', atLeast: 1.5 },
        { contender: 'wireline', rival: 'smtp-sink', atLeast: 0.9 },
      ],
      notes:
        'What bounds it: eight system calls a message, which are two thirds of what a bare socket costs, since smtp-source waits for each reply; and where the server is slower than it, it falls asleep and has to be woken, 4 µs a message. smtp-sink is as dear as the bare socket: 0.9 of it leaves 4.5 µs for all of SMTP, which takes 5.5 with warm caches and some 9 between system calls. What was tried stands in docs/performance.md.',
      contenders: {
        wireline: () => start('wireline'),
        'smtp-server': () => start('smtp-server'),
        'smtp-sink': startSmtpSink,
        'bare socket': () => start('bare'),
      },
    },
  ],
}
