import { describe, expect, it } from 'vitest'
import { mergeLimits } from '../../../../src/ftp/limits.ts'
import { FORMATS_NAMED, MLSD_FORMATS } from '../../../../src/ftp/listing/format.ts'
import { takeLineBuffer } from '../../../../src/ftp/listing/line-buffer.ts'
import type { ListingFormat } from '../../../../src/ftp/listing/line.ts'
import { ListingReader } from '../../../../src/ftp/listing/reader.ts'
import { REFERENCE } from '../../../support/ftp-lines.ts'

const LIMITS = mergeLimits({ maxListingLineBytes: 1_000_000 })

function readerOf(formats: readonly ListingFormat[] = MLSD_FORMATS): ListingReader {
  return new ListingReader(formats, REFERENCE, LIMITS)
}

/** The names of what has come by now. */
function names(reader: ListingReader): string[] {
  const told: string[] = []
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) told.push(entry.name)
  return told
}

function pushed(reader: ListingReader, text: string): string[] {
  reader.push(Buffer.from(text, 'latin1'))
  return names(reader)
}

describe('LineBuffer', () => {
  it('reads a chunk that is longer than the buffer', () => {
    const expected = Array.from({ length: 10_000 }, (_, index) => `file-${index}`)
    const reader = readerOf()
    expect(pushed(reader, expected.map((name) => `size=1;type=file; ${name}\r\n`).join(''))).toEqual(expected)
    expect(reader.end()).toBeUndefined()
  })

  it('reads lines that are longer than the buffer, whole and in pieces', () => {
    const expected = ['a', 'b', 'c'].map((letter) => letter.repeat(100_000))
    const text = expected.map((name) => `type=file; ${name}\r\n`).join('')
    expect(pushed(readerOf(), text)).toEqual(expected)
    const reader = readerOf()
    const pieces = Array.from({ length: Math.ceil(text.length / 999) }, (_, index) =>
      text.slice(index * 999, (index + 1) * 999),
    )
    expect(pieces.flatMap((piece) => pushed(reader, piece))).toEqual(expected)
    expect(reader.end()).toBeUndefined()
    // The buffer that grew is not kept.
    expect(takeLineBuffer().bytes).toHaveLength(32_768)
  })

  it('reads the last line, which has no end, from the octets that came one by one', () => {
    const reader = readerOf()
    const told = Array.from('type=dir; a\ntype=file; b', (octet) => pushed(reader, octet)).flat()
    expect([...told, reader.end()?.name]).toEqual(['a', 'b'])
  })

  it('keeps listings apart that are read at once', () => {
    const [one, other] = [readerOf(), readerOf(FORMATS_NAMED.facts)]
    expect(pushed(one, 'size=1;type=file; a\r\nsize=2;type=fi')).toEqual(['a'])
    expect(pushed(other, 'size=3;type=dir; c\r\nsize=4;ty')).toEqual(['c'])
    expect(pushed(one, 'le; b\r\n')).toEqual(['b'])
    expect(one.end()).toBeUndefined()
    expect(pushed(other, 'pe=dir; d\r\nsize=5;type=dir; e')).toEqual(['d'])
    expect(other.end()).toMatchObject({ name: 'e', size: 5, type: 'directory' })
  })

  it('begins the next listing with nothing of one that ended in the middle of a line', () => {
    const refused = new ListingReader(MLSD_FORMATS, REFERENCE, mergeLimits({ maxListingLineBytes: 5 }))
    expect(() => pushed(refused, 'type=file; a')).toThrow('longer')
    const cut = readerOf()
    expect(pushed(cut, 'type=fi')).toEqual([])
    expect(() => cut.end()).toThrow()
    expect(pushed(readerOf(), 'type=dir; b\r\n')).toEqual(['b'])
  })

  it('does not write into the buffer of another listing when octets come behind the end', () => {
    const ended = readerOf()
    expect(pushed(ended, 'type=file; a\r\n')).toEqual(['a'])
    ended.end()
    const next = readerOf()
    expect(pushed(next, 'type=fi')).toEqual([])
    expect(pushed(ended, 'type=dir; x\r\ntype=dir; y')).toEqual(['x'])
    expect(pushed(next, 'le; b\r\n')).toEqual(['b'])
  })
})
