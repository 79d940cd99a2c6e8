/**
 * Plays every vector, and compares `docs/conformance.md` with what came of it (`npm run conformance -- -u` writes it).
 * `test/conformance/README.md` says what a vector is and how it is played.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drive } from '../support/drive.ts'
import { splits, type Split, type SplitOptions } from '../support/splits.ts'
import { ADAPTERS } from './adapters/index.ts'
import type { Adapter, Running } from './runner/adapter.ts'
import { memoryChannel, tcpChannel } from './runner/channels.ts'
import { hold, type Channel } from './runner/conversation.ts'
import { spoken } from './runner/dialogue.ts'
import { difference, linesOf, misspoken } from './runner/expectation.ts'
import { report, type Findings } from './runner/report.ts'
import { parseRequirements } from './runner/requirements.ts'
import { casesOf, parseVectors, type Case, type Vector } from './runner/vectors.ts'

/** How finely dialogues are cut: each cut is a whole conversation, so there are fewer than for a machine. */
const MEMORY_SPLITS = { maxCuts: 48, random: 4 }
const SOCKET_SPLITS = { maxCuts: 4, random: 1 }

const HERE = fileURLToPath(new URL('.', import.meta.url))
const failed = new Map<Adapter['name'], Set<string>>()
const findings: Findings[] = ADAPTERS.map(read)

/** Servers other than ours that are to be tried, by protocol. */
const targets = new Map<Adapter['name'], string>()
for (const { name } of ADAPTERS) {
  const target = process.env[`WIRELINE_TARGET_${name}`]
  if (target !== undefined) targets.set(name, target)
}

for (const [index, adapter] of ADAPTERS.entries()) {
  const target = targets.get(adapter.name)
  const vectors = findings[index]?.vectors ?? []
  describe(target === undefined ? adapter.name : `${adapter.name} at ${target}`, () => {
    let server: Running | undefined
    beforeAll(async () => {
      server = target === undefined ? await adapter.server?.listen() : foreign(target)
    })
    afterAll(() => server?.close())
    for (const vector of vectors) {
      if (target !== undefined && vector.dialogue === undefined) continue
      it(`${vector.id}: ${vector.title}`, async () => {
        const faults: string[] = []
        for (const played of casesOf(vector)) faults.push((await faultOf(adapter, vector, played, server)) ?? '')
        const broken = faults.filter((fault) => fault !== '')
        if (broken.length > 0) failed.get(adapter.name)?.add(vector.id)
        expect(broken.join('\n'), vector.place).toBe('')
      })
    }
  })
}

describe.runIf(targets.size === 0)('docs/conformance.md', () => {
  it('is what the vectors say', async () => {
    await expect(report(findings)).toMatchFileSnapshot('../../docs/conformance.md')
  })
})

/** Why a case does not hold, in one of the ways in which it can be played; `undefined` where it holds in all. */
async function faultOf(
  adapter: Adapter,
  vector: Vector,
  played: Case,
  server: Running | undefined,
): Promise<string | undefined> {
  const isForeign = targets.has(adapter.name)
  const ofMachine = isForeign ? undefined : faultOfMachine(adapter, vector, played)
  if (ofMachine !== undefined || played.dialogue === undefined || server === undefined) return ofMachine
  const { serveSocket } = adapter.server ?? {}
  const overSocket = (): Promise<Channel> => tcpChannel(server.host, server.port)
  const fault =
    isForeign || serveSocket === undefined
      ? undefined
      : await faultOfServer(adapter, vector, played, MEMORY_SPLITS, () => memoryChannel(serveSocket))
  return fault ?? (await faultOfServer(adapter, vector, played, SOCKET_SPLITS, overSocket))
}

function faultOfMachine(
  adapter: Adapter,
  vector: Vector,
  { name, wire, sent, expect: expected, writes }: Case,
): string | undefined {
  if (wire === undefined || expected === undefined) return undefined
  const player = adapter.player(vector.role, sent)
  for (const { name: cut, pieces } of ways(vector, wire.bytes, {})) {
    const trace = drive(player, { pieces, isEnded: wire.isEnded, script: player.script })
    const fault = difference(linesOf(trace), expected) ?? misspoken(trace, writes)
    if (fault !== undefined) return `${name}, ${cut}:\n${fault}`
  }
  return undefined
}

async function faultOfServer(
  adapter: Adapter,
  vector: Vector,
  { name, dialogue = [] }: Case,
  options: SplitOptions,
  open: () => Channel | Promise<Channel>,
): Promise<string | undefined> {
  for (const { name: cut, pieces } of ways(vector, spoken(dialogue), options)) {
    const fault = await hold(await open(), adapter.speech, dialogue, pieces)
    if (fault !== undefined)
      return `${name}, ${options === SOCKET_SPLITS ? 'over a socket' : 'in memory'}, ${cut}:\n${fault}`
  }
  return undefined
}

function ways(vector: Vector, bytes: Buffer, options: SplitOptions): Iterable<Split> {
  return vector.splits === 'none' ? [{ name: 'whole', pieces: [bytes] }] : splits(bytes, options)
}

/** All pages of a protocol. Throws where an id stands twice or a requirement is in no register. */
function read({ name, server }: Adapter): Findings {
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
  const broken = new Set<string>()
  failed.set(name, broken)
  const played = vectors.filter(({ wire }) => wire !== undefined || server !== undefined)
  return { name, requirements, vectors: played, failed: broken }
}

function foreign(target: string): Running {
  const [host, port] = [target.slice(0, target.lastIndexOf(':')), Number(target.slice(target.lastIndexOf(':') + 1))]
  return { host, port, close: () => Promise.resolve() }
}
