/**
 * Plays every vector, and compares `docs/conformance.md` with what came of it (`npm run conformance -- -u` writes it).
 * `test/conformance/README.md` says what a vector is and how it is played.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADAPTERS } from './adapters/index.ts'
import type { Adapter, Running } from './runner/adapter.ts'
import { all, comparison, measureOurs } from './runner/comparison.ts'
import { listings } from './runner/listings.ts'
import { readPages } from './runner/pages.ts'
import {
  faultOfCalls,
  faultOfClient,
  faultOfMachine,
  faultOfServer,
  inMemory,
  overSocket,
  overTls,
  type Way,
} from './runner/play.ts'
import { report, type Findings } from './runner/report.ts'
import { casesOf, type Vector } from './runner/vectors.ts'
import { lostByOurs, wireCases } from './runner/wire-cases.ts'

const findings: Findings[] = []

for (const adapter of ADAPTERS) {
  const { requirements, vectors } = readPages(adapter.name.toLowerCase())
  const failed = new Set<string>()
  findings.push({ name: adapter.name, requirements, vectors, failed })
  const target = targetOf(adapter)
  if (target === undefined) describe(adapter.name, () => playAll(adapter, vectors, failed))
  else describe(`${adapter.name} at ${target}`, () => playAt(adapter, vectors, target))
}

describe.runIf(ADAPTERS.every((adapter) => targetOf(adapter) === undefined))('docs/conformance.md', () => {
  it('is what the vectors say', async () => {
    await expect(report(findings, [...comparison(), '', ...wireCases(), '', ...listings()])).toMatchFileSnapshot(
      '../../docs/conformance.md',
    )
  })
})

it('keeps every wire case of SMTP', () => {
  expect(lostByOurs()).toEqual([])
})

it('keeps every vector of HTTP that has to be kept', () => {
  expect(measureOurs()).toMatchObject({ request: all('request'), response: all('response') })
})

/** Plays vectors on our machine, and with our server. */
function playAll(adapter: Adapter, vectors: readonly Vector[], failed: Set<string>): void {
  const inTheClear: Way[] = [inMemory(adapter)]
  const withTls: Way[] = []
  const servers: Running[] = []
  beforeAll(async () => {
    servers.push(await adapter.listen())
    for (const { host, port } of servers) inTheClear.push(overSocket(host, port))
    if (!vectors.some(({ role, over }) => role === 'server' && over === 'tls')) return
    const secure = await adapter.listen('tls')
    servers.push(secure)
    withTls.push(overTls(secure.host, secure.port))
  })
  afterAll(() => Promise.all(servers.map(({ close }) => close())))
  for (const vector of vectors) {
    it(`${vector.id}: ${vector.title}`, async () => {
      const faults: string[] = []
      for (const played of casesOf(vector)) {
        const ways = vector.over === 'tls' ? withTls : inTheClear
        const fault =
          (await faultOfCalls(adapter, played)) ??
          faultOfMachine(adapter, vector, played) ??
          (await faultOfServer(adapter, vector, played, ways)) ??
          (await faultOfClient(adapter, vector, played))
        if (fault !== undefined) faults.push(fault)
      }
      if (faults.length > 0) failed.add(vector.id)
      expect(faults.join('\n'), vector.place).toBe('')
    })
  }
}

/** Holds the dialogues with somebody else's server. */
function playAt(adapter: Adapter, vectors: readonly Vector[], target: string): void {
  const colon = target.lastIndexOf(':')
  const way = overSocket(target.slice(0, colon), Number(target.slice(colon + 1)))
  for (const vector of vectors.filter(isForServer)) {
    it(`${vector.id}: ${vector.title}`, async () => {
      for (const played of casesOf(vector)) {
        expect((await faultOfServer(adapter, vector, played, [way])) ?? '', vector.place).toBe('')
      }
    })
  }
}

/** A dialogue that somebody else's server can be held to, too. */
function isForServer({ role, over, dialogue }: Vector): boolean {
  return role === 'server' && over === 'tcp' && dialogue !== undefined
}

/** `WIRELINE_TARGET_SMTP=127.0.0.1:2525`. */
function targetOf({ name }: Adapter): string | undefined {
  return process.env[`WIRELINE_TARGET_${name}`]
}
