/**
 * The table of `docs/conformance.md`: for each requirement where it stands, how binding it is, which vectors show it and whether
 * they hold. The same vectors and results give the same octets, so the committed page can be compared with a fresh one.
 */
import type { Requirement } from './requirements.ts'
import type { Vector } from './vectors.ts'

/** What was found for one protocol. */
export interface Findings {
  /** Its name as people write it: `HTTP`. */
  readonly name: string
  /** Its register. */
  readonly requirements: ReadonlyMap<string, Requirement>
  /** Its vectors, in the order of the pages. */
  readonly vectors: readonly Vector[]
  /** The ids of the vectors that did not hold in every way they were played. */
  readonly failed: ReadonlySet<string>
}

/** The page; `further` are lines that stand at its end. */
export function report(all: readonly Findings[], further: readonly string[] = []): string {
  const sections = all.map(section)
  const sum = (pick: (totals: Totals) => number): number =>
    sections.reduce((total, { totals }) => total + pick(totals), 0)
  return [
    '# Conformance',
    '',
    'Written by `npm run conformance -- -u` from the vectors in `test/conformance`; a test fails where it is out of date. Each vector is played',
    'under every split of its octets: whole, octet by octet, cut in two everywhere, and cut at random. A requirement without a vector is',
    'one that no vector shows yet, not one that is known to be broken; where nothing here could keep or break it, the reason stands in its place.',
    '',
    '| Protocol | Requirements | shown by vectors | not applicable yet | Vectors | hold | fail |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...sections.map(({ row }) => row),
    `| **All** | ${sum((t) => t.requirements)} | ${sum((t) => t.shown)} | ${sum((t) => t.absent)} | ${sum((t) => t.vectors)} | ${sum((t) => t.vectors - t.failed)} | ${sum((t) => t.failed)} |`,
    ...sections.flatMap(({ lines }) => lines),
    ...(further.length === 0 ? [] : ['', ...further]),
    '',
  ].join('\n')
}

interface Totals {
  readonly requirements: number
  readonly shown: number
  readonly absent: number
  readonly vectors: number
  readonly failed: number
}

function section({ name, requirements, vectors, failed }: Findings): { totals: Totals; row: string; lines: string[] } {
  const shown = new Map<string, Vector[]>()
  for (const vector of vectors) {
    for (const number of vector.requirements) shown.set(number, [...(shown.get(number) ?? []), vector])
  }
  const absent = [...requirements.values()].filter(({ absence }) => absence !== undefined).length
  const sizes = { requirements: requirements.size, shown: shown.size, vectors: vectors.length, failed: failed.size }
  const totals = { ...sizes, absent }
  const rows = [...requirements.values()].map((requirement) =>
    requirementRow(requirement, shown.get(requirement.number) ?? [], failed),
  )
  return {
    totals,
    row: `| ${name} | ${totals.requirements} | ${totals.shown} | ${totals.absent} | ${totals.vectors} | ${totals.vectors - totals.failed} | ${totals.failed} |`,
    lines: [
      '',
      `## ${name}`,
      '',
      '| # | Where | Requirement | Level | Vectors | Result |',
      '| ---: | --- | --- | --- | --- | --- |',
      ...rows,
    ],
  }
}

function requirementRow(
  { number, source, rule, absence }: Requirement,
  vectors: readonly Vector[],
  failed: ReadonlySet<string>,
): string {
  const levels = [...new Set(vectors.map(({ level }) => level))].join(', ')
  const links = vectors
    .map(({ id, place }) => `[${id}](../test/conformance/${place.replace(/:[0-9]+$/, '')})`)
    .join(', ')
  const broken = vectors.filter(({ id }) => failed.has(id)).length
  const result =
    vectors.length === 0
      ? absence === undefined
        ? ''
        : `not shown: ${absence}`
      : broken === 0
        ? 'holds'
        : `**${broken} of ${vectors.length} fail**`
  return `| ${number} | ${source} | ${rule} | ${levels} | ${links} | ${result} |`
}
