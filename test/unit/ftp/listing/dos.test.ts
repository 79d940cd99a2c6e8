import { describe, expect, it } from 'vitest'
import { DOS } from '../../../../src/ftp/listing/dos.ts'
import { rowBy } from '../../../support/ftp-lines.ts'

const row = rowBy(DOS)

describe('lines of DOS and Windows', () => {
  it.each([
    ['05-22-97  08:08AM                  828 notes from may.txt', 'file 828 1997-05-22T08:08 | notes from may.txt'],
    ['05-22-2007  12:08AM                  0   a ', 'file 0 2007-05-22T00:08 |   a '],
    ['05-22-07  12:30pm                  9,730 x', 'file 9730 2007-05-22T12:30 | x'],
    ['05-22-07  17:03                  1,009,730 x', 'file 1009730 2007-05-22T17:03 | x'],
    ['12-05-96  05:03PM       <DIR>          my pictures', 'directory 1996-12-05T17:03 | my pictures'],
    ['2026-03-10  17:03       <DIR>           10 years', 'directory 2026-03-10T17:03 | 10 years'],
    ['03-10-26  17:03    <JUNCTION>     recent [D:\\old [1]]', 'link 2026-03-10T17:03 | recent -> D:\\old [1]'],
    ['03-10-26  17:03    <SYMLINKD>     recent]', 'link 2026-03-10T17:03 | recent]'],
    ['03-10-26  17:03    <SYMLINK>      x', 'link 2026-03-10T17:03 | x'],
    ['03-10-26  17:03    <SYMLINK>      [x]', 'link 2026-03-10T17:03 | [x]'],
  ])('reads %j', (line, expected) => {
    expect(row(line)).toBe(expected)
  })

  it.each([
    [''],
    ['05-22-97'],
    ['05-22-97  08:08AM'],
    ['05-22-97  08:08AM   828'],
    ['05-22-97  08:08AM   828 '],
    ['05-22-97  08:08AM       <DIR>       '],
    ['05-22-97  08:08AM       <FIR>       x'],
    ['22-05-97  08:08AM   828 x'],
    ['05-22-97  13:08AM   828 x'],
    ['05-22-97  00:08PM   828 x'],
    ['05-22-97  AM   828 x'],
    ['05-22-97  24:08   828 x'],
    ['05-22-97  08:08   8,28 x'],
    ['05-22-97  08:08   8280,828 x'],
    ['05-22-97  08:08   ,828 x'],
    ['05-22-97  08:08   8x8 x'],
    ['     0           DIR   05-19-97   12:56  local'],
  ])('refuses %j', (line) => {
    expect(row(line)).toBeUndefined()
  })
})
