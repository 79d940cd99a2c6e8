import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ListedEntry } from '../../../../src/ftp/listing/entry.ts'
import { readUsualRow } from '../../../../src/ftp/listing/unix-row.ts'
import { parseUnixLine } from '../../../../src/ftp/listing/unix.ts'
import { REFERENCE } from '../../../support/ftp-lines.ts'

/** Read by either, with something before and behind, as in a chunk. */
function readBoth(line: string): {
  readonly quickly: ListedEntry | undefined
  readonly slowly: ListedEntry | undefined
} {
  const bytes = Buffer.from(`before\n${line}\r\nbehind Aug  2 14:05 x`)
  const [octets, from, to] = [bytes.toString('latin1'), 7, 7 + Buffer.byteLength(line)]
  return {
    quickly: readUsualRow(octets, from, to, REFERENCE, bytes),
    slowly: parseUnixLine(octets, from, to, REFERENCE),
  }
}

describe('readUsualRow', () => {
  it.each([
    '-rw-r--r--   1 root     staff      80284 Aug 22  2000 a file.zip',
    'drwxr-xr-x  12 root     staff       4096 Aug  2 14:05 src',
    '-rwxrwxrwx 1 0 0 0 Feb 29 00:00  x ',
    '---------- 1 ünal grüße 9007199254740993 Dec 31  9999 größe -> x',
    '-rw-r--r-- 1 5 22 7 jan 01  9:59 x',
  ])('reads %s as every row is read', (line) => {
    const { quickly, slowly } = readBoth(line)
    expect(quickly).toBeDefined()
    expect(quickly).toEqual(slowly)
  })

  it.each([
    ['a link', 'lrwxrwxrwx 1 a b 5 Aug 22  2000 x -> y'],
    ['a special bit', '-rwsr-xr-x 1 a b 5 Aug 22  2000 x'],
    ['a mark behind the mode', '-rw-r--r--. 1 a b 5 Aug 22  2000 x'],
    ['a device', '-rw-r--r-- 1 a b, 5 Aug 22  2000 x'],
    ['no group', '-rw-r--r-- 1 a 5 Aug 22  2000 x'],
    ['no links', '-rw-r--r-- a b 5 Aug 22  2000 x'],
    ['links beyond number', '-rw-r--r-- 99999999999999999999 a b 5 Aug 22  2000 x'],
    ['no name', '-rw-r--r-- 1 a b 5 Aug 22  2000 '],
    ['no end', '-rw-r--r-- 1 a b 5 Aug 22  2000'],
    ['another language', '-rw-r--r-- 1 a b 5 Okt 22  2000 x'],
    ['a narrow year', '-rw-r--r-- 1 a b 5 Aug 22 2000 x'],
    ['a year of three digits', '-rw-r--r-- 1 a b 5 Aug 22   999 x'],
    ['a year in two words', '-rw-r--r-- 1 a b 5 Aug 22  20 5 x'],
    ['a clock in two words', '-rw-r--r-- 1 a b 5 Aug 22 20: 5 x'],
    ['a narrow day', '-rw-r--r-- 1 a b 5 Aug 2 14:05 x'],
    ['no such day', '-rw-r--r-- 1 a b 5 Feb 30 14:05 x'],
    ['no such day in that year', '-rw-r--r-- 1 a b 5 Feb 29  2001 x'],
    ['the end of the day', '-rw-r--r-- 1 a b 5 Aug 22 24:00 x'],
    ['no such minute', '-rw-r--r-- 1 a b 5 Aug 22 14:60 x'],
  ])('leaves %s to others', (_what, line) => {
    expect(readBoth(line).quickly).toBeUndefined()
  })

  it('reads nothing otherwise than it is read by the general way', () => {
    const mode = fc.constantFrom('-rw-r--r--', 'drwxr-xr-x', '-rwxrwxrwx', '----------', '-rw-r--r-T', 'lrwxrwxrwx')
    const gap = fc.constantFrom(' ', ' ', '  ', '   ', '')
    const word = fc.constantFrom('root', '5', '22', '2000', '2000-08-22', 'Aug', 'a,', '14:05', '8月', 'ü', '0', '27')
    const date = fc
      .tuple(
        fc.constantFrom('Jan', 'Feb', 'aug', 'DEC', 'Mai', '12'),
        fc.constantFrom(' ', '  '),
        fc.constantFrom(' 1', '02', '29', '31', '0', 'x', '22'),
        fc.constantFrom(' ', '  '),
        fc.constantFrom('2000', '2001', '14:05', '9:05', ' 9:05', '24:00', '20 5', '99', '1: 5'),
      )
      .map((parts) => parts.join(''))
    const rest = fc.constantFrom(' x', ' a b', ' ', '', '  x', ' ü', ' Aug 22  2000 y')
    fc.assert(
      fc.property(
        mode,
        fc.array(fc.tuple(gap, word), { maxLength: 5 }),
        gap,
        date,
        rest,
        (first, words, space, ...last) => {
          const line = `${first} 1${words.flat().join('')}${space}${last.join('')}`
          const { quickly, slowly } = readBoth(line)
          if (quickly !== undefined) expect(quickly, line).toEqual(slowly)
        },
      ),
    )
  })
})
