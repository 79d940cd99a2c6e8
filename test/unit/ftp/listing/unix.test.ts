import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ListedEntry } from '../../../../src/ftp/listing/entry.ts'
import { parseUnixLine, writeUnixLine } from '../../../../src/ftp/listing/unix.ts'

const REFERENCE = { nowMs: Date.UTC(2026, 2, 10), serverOffsetMinutes: 0 }

function parse(line: string, reference = REFERENCE): ListedEntry | undefined {
  // Something before and behind, as in a chunk.
  const octets = `before\n${Buffer.from(line).toString('latin1')}\r\nbehind -> x`
  return parseUnixLine(octets, 7, octets.length - 13, reference)
}

describe('parseUnixLine', () => {
  it('reads a line', () => {
    const entry = parse('-rw-r--r--   1 root     staff      80284 Aug 22  2000 a file.zip')
    expect(entry).toMatchObject({
      name: 'a file.zip',
      type: 'file',
      size: 80_284,
      mode: 0o644,
      owner: 'root',
      group: 'staff',
      links: 1,
      target: undefined,
      role: 'entry',
    })
    expect(entry?.modified?.toISOString()).toBe('2000-08-22T00:00:00.000Z')
    expect(entry?.time?.precision).toBe('day')
    expect(entry?.facts.size).toBe(0)
  })

  it.each([
    ['d', 'directory'],
    ['l', 'link'],
    ['b', 'other'],
    ['p', 'other'],
    ['s', 'other'],
    ['f', 'file'],
  ])('knows the type %s', (letter, type) => {
    expect(parse(`${letter}rwxrwxrwx 1 a b 0 Jan 1 2001 n`)?.type).toBe(type)
  })

  it.each([
    ['rwxr-xr-x', 0o755],
    ['---------', 0],
    ['rwsr-sr-t', 0o7755],
    ['rwSr-Sr-T', 0o7644],
    ['rw-r-lr--', 0o2644],
    ['rw-r-Lr--', 0o2644],
  ])('reads the mode %s', (mode, bits) => {
    expect(parse(`-${mode} 1 a b 0 Jan 1 2001 n`)?.mode).toBe(bits)
  })

  it.each([
    ['10 1 a b 0 Jan 1 2001 n'],
    ['total 10'],
    [''],
    ['zrwxrwxrwx 1 a b 0 Jan 1 2001 n'],
    ['-xrwrwxrwx 1 a b 0 Jan 1 2001 n'],
    ['-rwxrw rwx 1 a b 0 Jan 1 2001 n'],
    ['-rwxrwxrw? 1 a b 0 Jan 1 2001 n'],
    ['-rwxrwxrwx x a b 0 Jan 1 2001 n'],
    ['-rwxrwxrwx'],
    ['-rwxrwxrwx 1'],
    ['-rwxrwxrwx 1 a b 0 Jan 1'],
    ['-rwxrwxrwx 1 a b 0 Jan 1 2001'],
    ['-rwxrwxrwx 1 a b 0 Jan 1 2001 '],
    ['-rwxrwxrwx 1 a b 0x Jan 1 2001 n'],
    ['-rwxrwxrwx 1 a b 1,2,3 Jan 1 2001 n'],
    ['-rwxrwxrwx 1 a b 1, Jan 1 2001 n'],
    ['-rwxrwxrwx 1 a b 1,x Jan 1 2001 n'],
    ['-rwxrwxrwx 1 a b 0 Jax 1 2001 n'],
    ['-rwxrwxrwx 1 a b 0 Jan 32 2001 n'],
    ['-rwxrwxrwx 1 a b 0 Jan 100 2001 n'],
    ['-rwxrwxrwx 1 a b 0 Feb 29 2001 n'],
    ['-rwxrwxrwx 1 a b 0 Jan 1 24:01 n'],
    ['-rwxrwxrwx 1 a b 0 Jan 1 25:00 n'],
    ['-rwxrwxrwx 1 a  b  c 0 Jan 1 12:00 n'],
    ['-rwxrwxrwx 1 a b 0 janvieres 1 2001 n'],
    ['-rwxrwxrwx folder 0 Jan 1 2001 n'],
    ['-rwxrwxrwx 1 a b 0 Jan 1 12:60 n'],
    ['-rwxrwxrwx 1 a b 0 Jan 1 12:6 n'],
    ['-rwxrwxrwx 1 a b 0 Jan 1 x2:06 n'],
    ['-rwxrwxrwx 1 a b 0 Jan 1 201 n'],
    ['-rwxrwxrwx 1 a b 0 Jan 1 20010 n'],
    ['-rwxrwxrwx 1 a b 0 2001-02-30 12:00 n'],
    ['-rwxrwxrwx 1 a b 0 2001-02-03 n'],
    ['-rwxrwxrwx 1 a b 0 2001-0x-03 12:00 n'],
    ['-rwxrwxrwx 1 a b 0 6月 3 2003 n'],
    ['lrwxrwxrwx 1 a b 0 Jan 1 2001  -> target'],
  ])('refuses %j', (line) => {
    expect(parse(line)).toBeUndefined()
  })

  it.each([
    ['Aug 22 14:05', '--08-22T14:05', 'minute'],
    ['Aug  2  4:05', '--08-02T4:05', 'minute'],
    ['22 Aug 2000', '2000-08-22T0:00', 'day'],
    ['22 AUG 14:05', '--08-22T14:05', 'minute'],
    ['2000-08-22 14:05', '2000-08-22T14:05', 'minute'],
    ['8月 22日 14:05', '--08-22T14:05', 'minute'],
    ['8月 22日 2000年', '2000-08-22T0:00', 'day'],
    ['Feb 29 14:05', '--02-29T14:05', 'minute'],
    ['Dec 31 24:00', '--12-31T24:00', 'minute'],
    ['26. Juli, 20:10', '--07-26T20:10', 'minute'],
    ['2.   Okt.  2003', '2003-10-02T0:00', 'day'],
    ['févr.  3  2003', '2003-02-03T0:00', 'day'],
    ['мая 3 14:05', undefined, undefined],
    ['май 3 14:05', '--05-03T14:05', 'minute'],
  ])('reads the time %s', (text, expected, precision) => {
    const time = parse(`-rw-r--r-- 1 a b 5 ${text} name`)?.time
    if (expected === undefined) return expect(time).toBeUndefined()
    const two = (value = 0): string => String(value).padStart(2, '0')
    expect(`${time?.year ?? '-'}-${two(time?.month)}-${two(time?.day)}T${time?.hour}:${two(time?.minute)}`).toBe(
      expected,
    )
    expect(time?.precision).toBe(precision)
    expect(time?.zone).toBe('server')
  })

  it('takes the first date for the date, and all behind one space for the name', () => {
    expect(parse('-rw-r--r-- 1 Jan 1 5 Mar 2 2001 7 Apr 3 2002 x')).toMatchObject({
      owner: 'Jan',
      group: '1',
      size: 5,
      name: '7 Apr 3 2002 x',
    })
    expect(parse('-rw-r--r-- 1 a b 5 Mar 2 2001   n ')?.name).toBe('  n ')
    expect(parse('-rw-r--r-- 1 a b 5 Mar 2 30:00 5 Mar 2 12:00 n')?.name).toBe('n')
  })

  it.each([
    ['a b', 'a', 'b'],
    ['a', 'a', undefined],
    ['a b c', 'a', 'b c'],
    ['a b   c d', 'a b', 'c d'],
    ['', undefined, undefined],
  ])('takes %j for owner and group', (ownership, owner, group) => {
    expect(parse(`-rw-r--r-- 1 ${ownership}   5 Mar 2 2001 n`)).toMatchObject({ owner, group })
  })

  it('reads marks, links and devices', () => {
    expect(parse('drwxr-x---+1464 a b 5 Feb 25 13:17 n')?.links).toBe(1464)
    expect(parse('-rw-r--r--@ 1 a b 5 Feb 25 13:17 n')?.name).toBe('n')
    expect(parse('-rw-r--r--. 1 a b 5 Feb 25 13:17 n')?.name).toBe('n')
    expect(parse('crw-r----- 1 root kmem 0, 27 Jan 30 11:42 n')).toMatchObject({ group: 'kmem', size: undefined })
    expect(parse('crw-r----- 1 root kmem 1,27 Jan 30 11:42 n')?.size).toBeUndefined()
    expect(parse('  -rw-r--rw  1 a b 5 Jan 30 11:42 n')).toMatchObject({ mode: 0o646, name: 'n' })
    expect(parse('lrwxrwxrwx 1 a b 5 Jan 30 11:42 n -> t -> u')).toMatchObject({ name: 'n', target: 't -> u' })
    expect(parse('lrwxrwxrwx 1 a b 5 Jan 30 11:42 n')).toMatchObject({ name: 'n', target: undefined })
    expect(parse('-rw-r--r-- 1 a b 5 Jan 30 11:42 n -> t')?.name).toBe('n -> t')
    expect(parse('-rw-r--r-- 1 é ü 18446744073709551615 Jan 30 11:42 ö')).toMatchObject({
      owner: 'é',
      group: 'ü',
      name: 'ö',
      size: undefined,
    })
    expect(parse('lrwxrwxrwx 1 a b 5 Jan 30 11:42  -> t')).toBeUndefined()
  })

  it('finds the year that is meant, and the zone that it was told', () => {
    const modified = (text: string, serverOffsetMinutes = 0): string | undefined =>
      parse(`-rw-r--r-- 1 a b 5 ${text} n`, { ...REFERENCE, serverOffsetMinutes })?.modified?.toISOString()
    expect(modified('Mar  9 12:00')).toBe('2026-03-09T12:00:00.000Z')
    expect(modified('Mar 10 20:00')).toBe('2026-03-10T20:00:00.000Z')
    expect(modified('Mar 12 12:00')).toBe('2025-03-12T12:00:00.000Z')
    expect(modified('Mar  9 24:00')).toBe('2026-03-10T00:00:00.000Z')
    expect(modified('Dec 31 12:00')).toBe('2025-12-31T12:00:00.000Z')
    expect(modified('Mar  9 12:00', 120)).toBe('2026-03-09T10:00:00.000Z')
  })

  it('is total', () => {
    const word = fc.constantFrom(
      '-rw-r--r--',
      'drwxr-xr-x',
      'l',
      '1',
      '12:00',
      'Jan',
      '5',
      '2001',
      '2001-01-01',
      ',',
      '->',
      'x',
      '',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const line = words.join(' ')
        const entry = parse(line)
        if (entry !== undefined) expect(line).toContain(entry.name)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('writeUnixLine', () => {
  const nowMs = REFERENCE.nowMs

  it.each([
    [{ name: ' a b ', type: 'file', size: 5, modifiedMs: nowMs }, 'file'],
    [{ name: 'x', type: 'directory', size: 0, modifiedMs: nowMs - 400 * 86_400_000 }, 'directory'],
    [{ name: 'x', type: 'other', size: 2 ** 40, modifiedMs: nowMs + 86_400_000 }, 'other'],
  ] as const)('writes what parseUnixLine reads: %j', (row, type) => {
    const entry = parse(writeUnixLine(row, nowMs))
    expect(entry).toMatchObject({ name: row.name, type, size: row.size, owner: 'ftp', group: 'ftp' })
    expect(entry?.modified?.getTime()).toBe(row.modifiedMs)
  })

  it('shows the mode', () => {
    const row = { name: 'a', type: 'directory', size: 0, modifiedMs: nowMs, mode: 0o750 } as const
    expect(writeUnixLine(row, nowMs)).toMatch(/^drwxr-x--- /)
  })

  it('begins no other row', () => {
    expect(writeUnixLine({ name: 'a\r\nb\0', type: 'file', size: 5, modifiedMs: nowMs }, nowMs)).toMatch(/ a\?\?b\?$/)
  })
})
