/**
 * Node's parser and ours over the same octets: the vectors, llhttp's published cases, and messages built and broken at random. Where
 * the two part, exactly one rule of the table says why, and each rule of the table is shown by a vector, or by its own example.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readWithOurs, type Input, type Reading } from '../support/http-reading.ts'
import { octetsOf, VECTORS } from '../support/http-vectors.ts'
import { readLlhttpCases } from '../support/llhttp-cases.ts'
import { LLHTTP_VERSION, readWithNode } from '../support/llhttp.ts'
import { differenceOf } from './difference.ts'
import { generated } from './inputs.ts'
import { RULES } from './rules/index.ts'
import type { Example } from './rules/rule.ts'

/** The rules that explain why the two part, and what there is to see where they are not one; `undefined` where they do not part. */
function explained(input: Input): { readonly by: readonly string[]; readonly seen: string } | undefined {
  const ours = readWithOurs(input)
  const theirs = readWithNode(input)
  const difference = differenceOf(input, ours, theirs)
  if (difference === undefined) return undefined
  const { kind, code, detail, text } = difference
  const by = RULES.filter((rule) => rule.explains(difference)).map(({ id }) => id)
  return { by, seen: [JSON.stringify(text), `${kind} ${code} ${detail}`, brief(ours), brief(theirs)].join('\n') }
}

function brief({ messages, begun, ending }: Reading): string {
  return JSON.stringify({ messages, begun, ...ending })
}

/** Expects that the two do not part, or that one rule says why. */
function judge(input: Input): void {
  const found = explained(input)
  if (found !== undefined && found.by.length !== 1) expect(found.by, found.seen).toHaveLength(1)
}

const vectors: readonly (readonly [id: string, input: Input])[] = VECTORS.map((vector) => {
  const { id, role, method, eof } = vector
  return [id, { role, method, eof, pieces: [octetsOf(vector)] }]
})
const published = readLlhttpCases() ?? []

describe(`llhttp ${LLHTTP_VERSION} and ours`, () => {
  it.each(vectors)('read %s alike, or a rule says why not', (_, input) => judge(input))

  it.each(RULES.map((rule) => [rule.id, rule] as const))('part by the rule %s', (id, { example }) => {
    const shown = example === undefined ? vectors.map(([, input]) => input) : [inputOf(example)]
    expect(shown.some((input) => explained(input)?.by.join() === id)).toBe(true)
  })

  it.skipIf(published.length === 0)('read the published cases alike, or a rule says why not', () => {
    for (const { input } of published) judge(input)
  })

  it('read what is built and broken at random alike, or a rule says why not', { timeout: 60_000 }, () => {
    // A fixed seed: what was found once is found each time. FC_SEED and FC_NUM_RUNS look further.
    const { seed = 1, numRuns = 0 } = fc.readConfigureGlobal()
    fc.assert(fc.property(generated, judge), { seed, numRuns: Math.max(numRuns, 4000) })
  })
})

function inputOf({ role, method, octets }: Example): Input {
  return { role, method, pieces: [Buffer.from(octets, 'latin1')] }
}
