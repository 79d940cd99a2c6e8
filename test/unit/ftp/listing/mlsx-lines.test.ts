import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../../../src/ftp/limits.ts'
import type { ListedEntry } from '../../../../src/ftp/listing/entry.ts'
import { MLSD_FORMATS } from '../../../../src/ftp/listing/format.ts'
import { MlsxLines } from '../../../../src/ftp/listing/mlsx-lines.ts'
import { ListingReader } from '../../../../src/ftp/listing/reader.ts'
import { REFERENCE } from '../../../support/ftp-lines.ts'
import { splits } from '../../../support/splits.ts'

/** All that an entry says; nothing for a line that is none. */
function told(entry: ListedEntry | undefined): unknown {
  return entry && [Object.entries(entry), [...entry.facts]]
}

/** Each line by a reader that has read no other. */
function readApart(lines: readonly string[]): unknown[] {
  return lines.map((line) =>
    told(new MlsxLines('mlsx').parse(line, 0, line.length, REFERENCE, Buffer.from(line, 'latin1'))),
  )
}

/** The lines in turn, as they stand in one chunk. */
function readInTurn(lines: readonly string[]): unknown[] {
  const octets = lines.map((line) => `${line}\r\n`).join('')
  const bytes = Buffer.from(octets, 'latin1')
  const reader = new MlsxLines('mlsx')
  let from = 0
  return lines.map((line) => {
    const entry = reader.parse(octets, from, from + line.length, REFERENCE, bytes)
    from += line.length + 2
    return told(entry)
  })
}

/** The pieces as a program has them that reads into one buffer again and again. */
function readPieces(pieces: readonly Buffer[]): unknown[] {
  const reader = new ListingReader(MLSD_FORMATS, REFERENCE, DEFAULT_LIMITS)
  const buffer = Buffer.alloc(Math.max(...pieces.map(({ length }) => length)))
  const entries: unknown[] = []
  for (const piece of pieces) {
    reader.push(buffer.subarray(0, piece.copy(buffer)))
    for (let entry = reader.next(); entry !== undefined; entry = reader.next()) entries.push(told(entry))
    buffer.fill(0x3b)
  }
  const last = reader.end()
  return last === undefined ? entries : [...entries, told(last)]
}

const USUAL = ['modify=20260101120000', 'perm=adfr', 'size=951', 'type=file', 'unique=A1', 'UNIX.owner=1000']
const FILE = `${USUAL.join(';')}; a`

describe('MlsxLines', () => {
  it.each([
    ['the same', FILE],
    ['another name', `${FILE}b`],
    ['another value of each fact', 'modify=20270101120000;perm=el;size=8;type=dir;unique=B;UNIX.owner=1; a'],
    ['longer values', 'modify=20260101120000.5;perm=adfrwx;size=9512;type=pdir;unique=A12;UNIX.owner=10000; a'],
    ['values of which the last ones begin', 'modify=20260101120000;perm=a;size=9;type=f;unique=;UNIX.owner=; a'],
    ['a fact less', 'modify=20260101120000;perm=adfr;type=dir;unique=A1;UNIX.owner=1000; a'],
    ['two facts less', 'modify=20260101120000;type=dir;unique=A1;UNIX.owner=1000; a'],
    ['the last facts left out', 'modify=20260101120000;perm=adfr; a'],
    ['all facts left out', ' a'],
    ['a fact more', 'modify=20260101120000;lang=en;perm=adfr;size=951;type=file;unique=A1;UNIX.owner=1000; a'],
    ['a fact more at the end', `${USUAL.join(';')};UNIX.group=5; a`],
    ['another order', `${USUAL.toReversed().join(';')}; a`],
    ['names in another case', `${USUAL.join(';').toUpperCase()}; a`],
    ['longer names', 'modifyx=20260101120000;permx=1;sizex=951;typex=dir;uniquex=1;UNIX.ownerx=1; a'],
    ['two that speak of the same', `${USUAL.join(';')};UNIX.ownername=me; a`],
    ['a fact twice', `${USUAL.join(';')};size=5; a`],
    ['a value without its semicolon', 'modify=20260101120000;perm=adfr;size=95 a'],
    ['no such time', 'modify=20261301120000;perm=adfr;size=951;type=file;unique=A1;UNIX.owner=1000; a'],
    ['no name', `${USUAL.join(';')}; `],
    ['no space', USUAL.join(';')],
    ['no fact but half of one', 'modify=2026'],
    ['nothing', ''],
    ['more facts than are remembered', `${Array.from({ length: 40 }, (_, index) => `x${index}=1;`).join('')}size=5; a`],
    ['more octets than are kept', `unique=${'x'.repeat(600)};size=7; a`],
  ])('reads a line with %s as it is read by itself', (_what, line) => {
    const lines = [FILE, line, line, FILE, FILE]
    expect(readInTurn(lines)).toEqual(readApart(lines))
    const entries = readApart(lines).filter((entry) => entry !== undefined)
    const octets = Buffer.from(lines.map((each) => `${each}\r\n`).join(''), 'latin1')
    for (const { name, pieces } of splits(octets, { maxCuts: 40 })) expect(readPieces(pieces), name).toEqual(entries)
  })

  it('reads any lines as each is read by itself', () => {
    const value = fc.constantFrom(
      '',
      '1',
      '12',
      '951',
      '9519',
      'file',
      'dir',
      'OS.unix=slink:/x',
      '20260101120000',
      'é',
    )
    const name = fc.constantFrom(
      ...['type', 'size', 'sizd', 'modify', 'perm', 'UNIX.owner', 'UNIX.ownername', 'unix.uid', 'UNIX.group', 'x'],
    )
    const fact = fc.tuple(name, value).map((parts) => parts.join('='))
    const facts = fc.oneof(fc.subarray(USUAL), fc.shuffledSubarray(USUAL), fc.array(fact, { maxLength: 6 }))
    const end = fc.constantFrom('; a', '; b', '; ', ';', ' a', '')
    const line = fc.tuple(facts, end).map(([each, rest]) => `${each.join(';')}${rest}`)
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        expect(readInTurn(lines)).toEqual(readApart(lines))
      }),
      { numRuns: 1000 },
    )
  })

  it('reads a listing behind another as it is read by itself', () => {
    const last = 'modify=20260101120000;perm=adfr;size=951;type=file;unique=A1;UNIX.owner=1000; z'
    const listings = [
      [FILE],
      [last],
      ['size=5; a', last],
      ['type=pdir; a', FILE],
      [`unique=${'x'.repeat(600)}; a`],
      [FILE],
    ]
    for (const lines of listings)
      expect(readPieces([Buffer.from(lines.map((line) => `${line}\r\n`).join(''))])).toEqual(readApart(lines))
  })

  it.each([
    ['zeros of either sign', '\0', '\x80'],
    ['what is no number', '\xff', '\x7f'],
    ['letters', 'a', 'b'],
  ])('tells octets apart that are, as numbers, %s', (_what, usual, other) => {
    const owners = Array.from({ length: 40 }, (_, index) => usual.repeat(index) + other + usual.repeat(39 - index))
    const lines = owners.flatMap((owner) => [usual.repeat(40), owner].map((each) => `UNIX.owner=${each};size=1; a`))
    expect(readInTurn(lines)).toEqual(readApart(lines))
  })

  it('takes no octets behind a line for octets of it', () => {
    const lines = [`size=951;type=file; a`, 'size=951;type=fil']
    const octets = `${lines.join('\n')}e; a`
    const reader = new MlsxLines('mlsx')
    const bytes = Buffer.from(octets, 'latin1')
    expect(reader.parse(octets, 0, 21, REFERENCE, bytes)?.name).toBe('a')
    expect(reader.parse(octets, 22, octets.length - 4, REFERENCE, bytes)).toBeUndefined()
  })
})
