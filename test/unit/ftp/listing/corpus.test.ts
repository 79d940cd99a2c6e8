import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mergeLimits } from '../../../../src/ftp/limits.ts'
import type { ListedEntry } from '../../../../src/ftp/listing/entry.ts'
import { FORMATS_NAMED, LIST_FORMATS, MLSD_FORMATS, type FormatName } from '../../../../src/ftp/listing/format.ts'
import type { ListingFormat } from '../../../../src/ftp/listing/line.ts'
import { ListingReader } from '../../../../src/ftp/listing/reader.ts'
import { listingCases, type ExpectedEntry, type ListingCase, type ListingCount } from '../../../support/ftp-listings.ts'

const DOCS = readFileSync(new URL('../../../../docs/ftp.md', import.meta.url), 'utf8')
const REFERENCE = { nowMs: Date.UTC(2026, 10, 22), serverOffsetMinutes: 0 }
const TYPES = { file: 'file', directory: 'dir', link: 'link', other: 'file', unknown: 'unknown' }

/** Cases whose expectation is not ours, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'commons-net-040': 'takes the numbers of a device for group and size',
  'commons-net-044': 'loses the year that the line has',
  'commons-net-061': 'loses the year that the line has',
  'commons-net-090': 'makes up an hour of a day that has none',
  'commons-net-130': 'takes the size and the date of a line of Unix for the name',
  'commons-net-131': 'takes the size and the date of a line of Unix for the name',
  'basic-ftp-017': 'joins links and targets by their unique facts over the whole listing; we read line by line',
  'basic-ftp-018': 'as above',
  'basic-ftp-019': 'as above',
  'jlaffaye-008': 'a size of 2^64 - 1 is not exact in a number: we give none',
}

/** What the sources call servers, by what we call them. */
const NAMES: Readonly<Record<string, FormatName>> = {
  unix: 'unix',
  eunix: 'connect-enterprise',
  mac: 'mac',
  nt: 'dos',
  netware: 'netware',
  os2: 'os2',
  os400: 'as400',
  vms: 'vms',
  'mvs-ds': 'mvs',
  'mvs-mem': 'mvs',
  'mvs-jes1': 'mvs',
  'mvs-jes2': 'mvs',
  'mvs-unix': 'mvs',
}

/** What the sources know that name no server: they refuse lines of others, such as NetWare's, which are none to be refused. */
const UNNAMED: readonly ListingFormat[] = [...FORMATS_NAMED.dos, ...FORMATS_NAMED.facts]

const cases = listingCases() ?? []
const asserted = cases.filter((each) => each.rawOnly !== true)
const held = asserted.filter((each) => !(each.id in EXCEPTIONS))

describe.skipIf(cases.length === 0)('the corpus of listings', () => {
  it('has the cases that it should have', () => {
    expect(cases.length).toBeGreaterThanOrEqual(373)
    for (const id of Object.keys(EXCEPTIONS)) expect(asserted.map((each) => each.id)).toContain(id)
  })

  it.each(held.map((each) => [each.id, each.lines.join(' ⏎ '), each] as const))('%s %s', (_id, _lines, each) => {
    expectEntries(each, read(each, formatsOf(each)))
  })

  it.each(
    held
      .filter((each) => each.reject !== true && each.hint !== 'mlsx' && formatsOf(each) !== MLSD_FORMATS)
      .map((each) => [each.id, each.lines.join(' ⏎ '), each] as const),
  )('%s, the server not being named: %s', (_id, _lines, each) => {
    expectEntries(each, read(each, LIST_FORMATS))
  })

  it.each(
    cases.filter((each) => each.rawOnly === true).map((each) => [each.id, each.lines.join(' ⏎ '), each] as const),
  )('%s, of which nothing is asserted: %s', (_id, line, each) => {
    const isRow = !each.note?.startsWith('raw MVS sample, bad') && !line.startsWith('Name ')
    const names = read(each, formatsOf(each)).map(({ name }) => name)
    expect(names).toHaveLength(isRow ? 1 : 0)
    for (const name of names) expect(line.split(/ +/)).toContain(name)
  })

  it('agrees with at least 95% of the entries, and with every refusal', async () => {
    const counts = [...new Set(cases.map(({ corpus }) => corpus))].map(countOf)
    const sum = (of: (count: ListingCount) => number): number => counts.reduce((total, each) => total + of(each), 0)
    const [entries, right] = [sum((count) => count.entries), sum((count) => count.right)]
    expect(right / entries).toBeGreaterThan(0.95)
    expect(sum((count) => count.refused)).toBe(cases.filter((each) => each.reject).length)
    // docs/ftp.md says how many, and names the rest.
    const agreed = `${held.length} of its ${asserted.length} cases`
    expect(DOCS.replaceAll('\n', ' ')).toContain(`${agreed}, and ${right} of the ${entries} entries`)
    for (const id of Object.keys(EXCEPTIONS)) expect(DOCS).toContain(`\`${id}\``)
    // What docs/conformance.md shows, also where the corpus is not at hand.
    const text = `${JSON.stringify(counts, undefined, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../../fixtures/ftp/listings.json')
  })
})

/** How many entries of one source are read with every field right that it asserts, and how many lines are refused that must be. */
function countOf(corpus: string): ListingCount {
  const ours = asserted.filter((each) => each.corpus === corpus)
  const entries = ours.flatMap((each) => expectedOf(each).map((expected) => ({ each, expected })))
  const right = entries.filter(({ each, expected }) =>
    read(each, formatsOf(each)).some((entry) => isRight(entry, expected, corpus)),
  )
  const toRefuse = ours.filter(({ reject }) => reject === true)
  const refused = toRefuse.filter((each) => read(each, formatsOf(each)).length === 0)
  return {
    corpus,
    entries: entries.length,
    right: right.length,
    toRefuse: toRefuse.length,
    refused: refused.length,
  }
}

function expectedOf(each: ListingCase): readonly ExpectedEntry[] {
  return each.reject === true ? [] : (each.expectAll ?? [each.expect as ExpectedEntry])
}

function formatsOf(each: ListingCase): readonly ListingFormat[] {
  const [first = ''] = each.lines
  if (each.hint === 'mlsx' || each.note?.startsWith('MLSD') === true || /^modify=/i.test(first)) return MLSD_FORMATS
  if (each.hint === null) return each.reject === true ? UNNAMED : LIST_FORMATS
  return FORMATS_NAMED[NAMES[each.hint] ?? 'any']
}

/** The entries of a case; a listing that nobody knows has none. */
function read(each: ListingCase, formats: readonly ListingFormat[]): ListedEntry[] {
  const reader = new ListingReader(formats, REFERENCE, mergeLimits())
  const entries: ListedEntry[] = []
  reader.push(Buffer.from(each.lines.join('\r\n')))
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) entries.push(entry)
  try {
    const last = reader.end()
    if (last !== undefined) entries.push(last)
  } catch (error) {
    expect(error).toMatchObject({ code: 'FTP_LISTING' })
  }
  // Where all rows are given, the source leaves the directory itself and its parent out.
  return each.expectAll === undefined
    ? entries
    : entries.filter(({ role, name }) => role === 'entry' && name !== '.' && name !== '..')
}

function expectEntries(each: ListingCase, told: readonly ListedEntry[]): void {
  const expected = expectedOf(each)
  expect(told.map((entry) => nameIn(entry, each.corpus))).toEqual(expected.map(({ name }) => name))
  for (const [index, entry] of told.entries()) expectFields(entry, expected[index] as ExpectedEntry, each.corpus)
}

/** One source shows names of VMS in lower case, and those of directories without their type. */
function nameIn(entry: ListedEntry, corpus: string): string {
  if (corpus !== 'chromium' || !entry.facts.has('vms.version')) return entry.name
  return (entry.type === 'directory' ? entry.name.slice(0, -'.DIR'.length) : entry.name).toLowerCase()
}

function isRight(entry: ListedEntry, expected: ExpectedEntry, corpus: string): boolean {
  try {
    expect(nameIn(entry, corpus)).toBe(expected.name)
    expectFields(entry, expected, corpus)
    return true
  } catch {
    return false
  }
}

function expectFields(entry: ListedEntry, expected: ExpectedEntry, corpus: string): void {
  if (expected.type !== null) expect(TYPES[entry.type]).toBe(expected.type)
  expectSize(entry, expected, corpus)
  if (expected.target !== null) expect(entry.target ?? '').toBe(expected.target)
  if (expected.owner !== null) expect(entry.owner).toBe(expected.owner)
  if (expected.group !== null) expect(entry.group).toBe(expected.group)
  if (expected.perms !== null)
    expect(entry.mode === undefined ? undefined : (entry.mode & 0o777).toString(8)).toBe(modeOf(expected.perms))
  // Not all sources count links: then there is no number, or 0.
  if ((expected.links ?? 0) !== 0) expect(entry.links).toBe(expected.links)
  if (expected.date === null) return
  const { year, ...rest } = expected.date
  expect(entry.time).toMatchObject(rest)
  // One source resolves some years and not others.
  expect(entry.time?.year ?? (year === null ? null : entry.modified?.getUTCFullYear())).toBe(year)
}

function expectSize(entry: ListedEntry, expected: ExpectedEntry, corpus: string): void {
  if (expected.size === null) return
  // One source gives every directory and link the size 0, whatever its line says; others, where it says none.
  if (corpus === 'jlaffaye' && entry.type !== 'file') return
  if (expected.size === 0 && entry.type === 'directory') expect(entry.size ?? 0).toBe(0)
  else expect(entry.size).toBe(expected.size)
}

/** `{"user": "rwx", "group": 5}` in octal. */
function modeOf(perms: string): string {
  const { user, group, other, world } = JSON.parse(perms) as Record<string, string | number>
  return [user, group, other ?? world].map((each) => (typeof each === 'number' ? each : bitsOf(each ?? ''))).join('')
}

function bitsOf(letters: string): number {
  return (letters.includes('r') ? 4 : 0) + (letters.includes('w') ? 2 : 0) + (letters.includes('x') ? 1 : 0)
}
