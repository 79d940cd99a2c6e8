/**
 * Plays every vector, and compares `docs/conformance.md` with what came of it (`npm run conformance -- -u` writes it).
 * `test/conformance/README.md` says what a vector is and how it is played.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drive } from '../support/drive.ts'
import { splits } from '../support/splits.ts'
import { ADAPTERS } from './adapters/index.ts'
import type { Adapter, Running } from './runner/adapter.ts'
import { memoryChannel, tcpChannel, type OpenChannel } from './runner/channels.ts'
import { hold, spoken, type Step } from './runner/dialogue.ts'
import { difference, linesOf } from './runner/expectation.ts'
import { report, type Findings } from './runner/report.ts'
import { parseRequirements } from './runner/requirements.ts'
import { casesOf, parseVectors, type Case, type Vector } from './runner/vectors.ts'

/** How finely dialogues are cut: each cut is a whole conversation, so there are fewer than for a machine. */
const MEMORY_SPLITS = { maxCuts: 48, random: 4 }
const SOCKET_SPLITS = { maxCuts: 4, random: 1 }

const HERE = fileURLToPath(new URL('.', import.meta.url))
const findings: Findings[] = ADAPTERS.map(read)
const targets = new Map(ADAPTERS.map(({ name }) => [name, process.env[`WIRELINE_TARGET_${name}`]]))

for (const [index, adapter] of ADAPTERS.entries()) {
  const { vectors, failed } = findings[index] as Findings & { failed: Set<string> }
  const target = targets.get(adapter.name)
  describe(target === undefined ? adapter.name : `${adapter.name} at ${target}`, () => {
    let server: Running
    beforeAll(async () => {
      server = target === undefined ? await adapter.listen() : foreign(target)
    })
    afterAll(() => server.close())
    for (const vector of vectors) {
      if (target !== undefined && vector.dialogue === undefined) continue
      it(`${vector.id}: ${vector.title}`, async () => {
        const faults: string[] = []
        for (const played of casesOf(vector)) {
          const fault = await faultOf(adapter, vector, played, server, target !== undefined)
          if (fault !== undefined) faults.push(fault)
        }
        if (faults.length === 0) return
        failed.add(vector.id)
        expect.unreachable(`${vector.place}\n${faults.join('\n')}`)
      })
    }
  })
}

describe.runIf([...targets.values()].every((target) => target === undefined))('docs/conformance.md', () => {
  it('is what the vectors say', async () => {
    await expect(report(findings)).toMatchFileSnapshot('../../docs/conformance.md')
  })
})

/** Why a case does not hold, in one of the ways in which it can be played; `undefined` where it holds in all. */
async function faultOf(
  adapter: Adapter,
  vector: Vector,
  played: Case,
  server: Running,
  isForeign: boolean,
): Promise<string | undefined> {
  const { name, expect: expected, dialogue } = played
  if (played.wire !== undefined && expected !== undefined && !isForeign) {
    const { bytes, isEnded } = played.wire
    const player = adapter.player(vector.role, played.sent)
    for (const split of splits(bytes)) {
      const trace = drive(player, { pieces: split.pieces, isEnded, script: player.script })
      const fault = difference(linesOf(trace), expected)
      if (fault !== undefined) return `${name}, ${split.name}:\n${fault}`
    }
  }
  if (dialogue === undefined) return undefined
  const ways: [string, { maxCuts: number; random: number }, () => OpenChannel | Promise<OpenChannel>][] = [
    ['over a socket', SOCKET_SPLITS, () => tcpChannel(server.host, server.port)],
  ]
  if (!isForeign) ways.unshift(['in memory', MEMORY_SPLITS, () => memoryChannel(adapter.serveSocket)])
  for (const [way, options, open] of ways) {
    for (const split of splits(spoken(dialogue), options)) {
      const fault = await held(adapter, dialogue, split.pieces, await open())
      if (fault !== undefined) return `${name}, ${way}, ${split.name}:\n${fault}`
    }
  }
  return undefined
}

async function held(
  adapter: Adapter,
  dialogue: readonly Step[],
  pieces: readonly Buffer[],
  channel: OpenChannel,
): Promise<string | undefined> {
  try {
    return await hold(channel, adapter.speech, dialogue, pieces)
  } catch (error) {
    return String(error)
  } finally {
    channel.destroy()
  }
}

/** All pages of a protocol. Throws where an id stands twice or a requirement is in no register. */
function read({ name }: Adapter): Findings {
  const folder = name.toLowerCase()
  const register = `${folder}/requirements.md`
  const requirements = parseRequirements(register, readFileSync(join(HERE, register), 'utf8'))
  const pages = readdirSync(join(HERE, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.startsWith('rfc') && path.endsWith('.md'))
    .sort()
    .map((path) => `${folder}/${path}`)
  const vectors = pages.flatMap((page) => parseVectors(page, readFileSync(join(HERE, page), 'utf8')))
  const ids = new Set<string>()
  for (const { id, place, requirements: numbers } of vectors) {
    if (ids.has(id)) throw new Error(`${place}: the id ${id} stands twice`)
    ids.add(id)
    const unknown = numbers.find((number) => !requirements.has(number))
    if (unknown !== undefined) throw new Error(`${place}: requirement ${unknown} is not in ${register}`)
  }
  return { name, requirements, vectors, failed: new Set() }
}

function foreign(target: string): Running {
  const [host, port] = [target.slice(0, target.lastIndexOf(':')), Number(target.slice(target.lastIndexOf(':') + 1))]
  return { host, port, close: () => Promise.resolve() }
}
