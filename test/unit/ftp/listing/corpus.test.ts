import { describe, expect, it } from 'vitest'
import type { ListedEntry } from '../../../../src/ftp/listing/entry.ts'
import { LIST_FORMATS, MLSD_FORMATS } from '../../../../src/ftp/listing/format.ts'
import { listingCases, type ExpectedEntry, type ListingCase } from '../../../support/ftp-listings.ts'

const REFERENCE = { nowMs: Date.UTC(2026, 10, 22), serverOffsetMinutes: 0 }
const TYPES = { file: 'file', directory: 'dir', link: 'link', other: 'file', unknown: 'unknown' }

/** Cases whose expectation is not ours, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'commons-net-040': 'takes the numbers of a device for group and size',
  'commons-net-044': 'loses the year that the line has',
  'commons-net-061': 'loses the year that the line has',
  'basic-ftp-017': 'joins links and targets by their unique facts over the whole listing; we read line by line',
  'basic-ftp-018': 'as above',
  'basic-ftp-019': 'as above',
  'jlaffaye-008': 'a size of 2^64 - 1 is not exact in a number: we give none',
}

const cases = listingCases()

describe.skipIf(cases === undefined)('the corpus of listings', () => {
  const inScope = (cases ?? []).filter((each) => formatOf(each) !== undefined && each.rawOnly !== true)

  it('has the lines that it should have', () => {
    expect(inScope.length).toBeGreaterThan(150)
  })

  it.each(
    inScope.filter((each) => !(each.id in EXCEPTIONS)).map((each) => [each.id, each.lines.join(' ⏎ '), each] as const),
  )('%s %s', (_id, _lines, each) => {
    const told = readAll(each)
    const expected = each.reject === true ? [] : (each.expectAll ?? [each.expect as ExpectedEntry])
    expect(told.map(({ name }) => name)).toEqual(expected.map(({ name }) => name))
    for (const [index, entry] of told.entries()) expectFields(entry, expected[index] as ExpectedEntry, each.corpus)
  })

  it('agrees with at least 95% of what is in its formats', () => {
    expect(Object.keys(EXCEPTIONS).length / inScope.length).toBeLessThan(0.05)
  })
})

/** The formats that a case is for: of what is read so far, MLSx and Unix. */
function formatOf(each: ListingCase): 'mlsx' | 'list' | undefined {
  const [first = ''] = each.lines
  if (each.hint === 'mlsx' || each.note?.startsWith('MLSD') === true || /^modify=/i.test(first)) return 'mlsx'
  const isDos = each.lines.some((line) => /^\d\d-\d\d-\d\d/.test(line))
  return !isDos && (each.hint === 'unix' || each.hint === 'mvs-unix' || each.hint === null) ? 'list' : undefined
}

function readAll(each: ListingCase): ListedEntry[] {
  const formats = formatOf(each) === 'mlsx' ? MLSD_FORMATS : LIST_FORMATS
  const entries = each.lines.flatMap((line) => {
    const octets = Buffer.from(line).toString('latin1')
    for (const format of formats) {
      const entry = format.parse(octets, 0, octets.length, REFERENCE)
      if (entry !== undefined) return [entry]
    }
    return []
  })
  // Where all rows are given, the source leaves the directory itself and its parent out.
  return each.expectAll === undefined
    ? entries
    : entries.filter(({ role, name }) => role === 'entry' && name !== '.' && name !== '..')
}

function expectFields(entry: ListedEntry, expected: ExpectedEntry, corpus: string): void {
  if (expected.type !== null) expect(TYPES[entry.type]).toBe(expected.type)
  // One source gives every directory and link the size 0, whatever its line says.
  if (expected.size !== null && (corpus !== 'jlaffaye' || entry.type === 'file')) {
    if (entry.mode === undefined || !isDevice(entry)) expect(entry.size).toBe(expected.size)
  }
  if (expected.target !== null) expect(entry.target ?? '').toBe(expected.target)
  if (expected.owner !== null) expect(entry.owner).toBe(expected.owner)
  if (expected.group !== null) expect(entry.group).toBe(expected.group)
  if (expected.perms !== null)
    expect(entry.mode === undefined ? undefined : (entry.mode & 0o777).toString(8)).toBe(modeOf(expected.perms))
  // Not all sources count links: 0 and null assert nothing.
  if (expected.links != null && expected.links !== 0) expect(entry.links).toBe(expected.links)
  if (expected.date === null) return
  const { year, ...rest } = expected.date
  expect(entry.time).toMatchObject({ ...rest, year: year ?? undefined })
}

function isDevice(entry: ListedEntry): boolean {
  return entry.type === 'other' && entry.size === undefined
}

/** `{"user": "rwx", "group": 5}` in octal. */
function modeOf(perms: string): string {
  const { user, group, other, world } = JSON.parse(perms) as Record<string, string | number>
  return [user, group, other ?? world].map((each) => (typeof each === 'number' ? each : bitsOf(each ?? ''))).join('')
}

function bitsOf(letters: string): number {
  return (letters.includes('r') ? 4 : 0) + (letters.includes('w') ? 2 : 0) + (letters.includes('x') ? 1 : 0)
}
