import { describe, expect, it } from 'vitest'
import { EPLF } from '../../../../src/ftp/listing/eplf.ts'
import { rowBy } from '../../../support/ftp-lines.ts'

const row = rowBy(EPLF)

describe('lines of EPLF', () => {
  it.each([
    [
      '+i8388621.48594,m825718503,r,s280,up644,\ta letter.html',
      'file 280 1996-03-01T22:15:03Z 644 {unique=8388621.48594} | a letter.html',
    ],
    ['+i8.5,m824255907,/,\tdir', 'directory 1996-02-13T23:58:27Z {unique=8.5} | dir'],
    ['+/,r\t x', 'directory |  x'],
    ['+\t\t', 'unknown | \t'],
    ['+s12x,m-1,up9\tx', 'unknown | x'],
    ['+m253402300800,s9007199254740992\tx', 'unknown | x'],
    ['+m253402300799\tx', 'unknown 9999-12-31T23:59:59Z | x'],
    ['+unknown,facts,, ,\tx', 'unknown | x'],
  ])('reads %j', (line, expected) => {
    expect(row(line)).toBe(expected)
  })

  it.each([[''], ['+'], ['+r,s280,x'], ['+r,s280,\t'], ['r,s280,\tx']])('refuses %j', (line) => {
    expect(row(line)).toBeUndefined()
  })
})
