import { describe, expect, it } from 'vitest'
import { AS400, AS400_DMY, AS400_MDY } from '../../../../src/ftp/listing/as400.ts'
import { rowBy } from '../../../support/ftp-lines.ts'

const row = rowBy(AS400)

describe('lines of IBM i', () => {
  it.each([
    [
      'MARTHA           4019 04/03/18 18:58:16 *STMF      a letter.zip',
      'file 4019 2004-03-18T18:58:16 MARTHA {as400.type=*STMF} | a letter.zip',
    ],
    ['M 36864 04/03/24 14:06:34 *DIR letters/', 'directory 36864 2004-03-24T14:06:34 M {as400.type=*DIR} | letters'],
    ['M 1 04/03/24 14:06:34 *STMF /a/b c.PDF', 'file 1 2004-03-24T14:06:34 M {as400.type=*STMF} | b c.PDF'],
    ['M 1 04/03/24 14:06:34 *DIR /a/b/', 'directory 1 2004-03-24T14:06:34 M {as400.type=*DIR} | b'],
    ['M 1 04/03/24 14:06:34 *FILE A.FILE', 'directory 1 2004-03-24T14:06:34 M {as400.type=*FILE} | A.FILE'],
    ['M 1 04/03/24 14:06:34 *FILE A.SAVF', 'file 1 2004-03-24T14:06:34 M {as400.type=*FILE} | A.SAVF'],
    ['M 1 04/03/24 14:06:34 *SYMLNK x', 'link 1 2004-03-24T14:06:34 M {as400.type=*SYMLNK} | x'],
    ['M 1 04/03/24 14:06:34 *DTAQ x', 'other 1 2004-03-24T14:06:34 M {as400.type=*DTAQ} | x'],
    ['M            *MEM       A.FILE/B.MBR', 'file M {as400.type=*MEM} | A.FILE/B.MBR'],
    ['M 1 29.06.13 15:45:09 *STMF x', 'file 1 2013-06-29T15:45:09 M {as400.type=*STMF} | x'],
    ['M 1 13-06-29 15:45:09 *STMF x', 'file 1 2013-06-29T15:45:09 M {as400.type=*STMF} | x'],
  ])('reads %j', (line, expected) => {
    expect(row(line)).toBe(expected)
  })

  it.each([
    [''],
    ['M'],
    ['M 1'],
    ['M 1 04/03/18'],
    ['M 1 04/03/18 18:58:16'],
    ['M 1 04/03/18 18:58:16 STMF x'],
    ['M 1 04/03/18 18:58:16 *STMF'],
    ['M 1 04/03/18 18:58:16 *DIR /'],
    ['M 1 04/03/18 30:58:16 *STMF x'],
    ['M 1 04/03 18:58:16 *STMF x'],
    ['M 1 31/31/31 18:58:16 *STMF x'],
    ['M N 1 04/03/18 18:58:16 *STMF x'],
    ['M 04/03/18 18:58:16 *STMF x'],
    ['M 1 04/03/18 18:58:16 *MEM A.FILE/B.MBR'],
    ['M 1 *MEM A.FILE/B.MBR'],
    ['M *MEM  '],
  ])('refuses %j', (line) => {
    expect(row(line)).toBeUndefined()
  })

  it('reads a day in the order that was named, and in another where it is none in that', () => {
    const days = (day: string): (string | undefined)[] =>
      [AS400, AS400_MDY, AS400_DMY].map((format) => rowBy(format)(`M 1 ${day} 00:00:00 *DOC x`)?.slice(7, 17))
    expect(days('04/03/05')).toEqual(['2004-03-05', '2005-04-03', '2005-03-04'])
    expect(days('02/23/00')).toEqual(['2000-02-23', '2000-02-23', '2000-02-23'])
    expect(days('23/02/00')).toEqual(['2000-02-23', '2000-02-23', '2000-02-23'])
    expect(days('99/02/23')).toEqual(['1999-02-23', '1999-02-23', '1999-02-23'])
  })
})
