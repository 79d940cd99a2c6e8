import { describe, expect, it } from 'vitest'
import { VMS } from '../../../../src/ftp/listing/vms.ts'
import { entryBy, rowBy } from '../../../support/ftp-lines.ts'

const row = rowBy(VMS)

describe('lines of VMS', () => {
  it.each([
    [
      'NOTES.TXT;3             9/12          2-JUN-1998 07:32:04  [STAFF,MARTHA]    (RWED,RWED,RE,)',
      'file 4608 1998-06-02T07:32:04 MARTHA:STAFF {vms.version=3} | NOTES.TXT',
    ],
    ['A.;2   1  13-feb-2002 23:32:40.47', 'file 512 2002-02-13T23:32:40.470 {vms.version=2} | A.'],
    ['A;B;1   1  13-feb-2002 23:32:40.4', 'file 512 2002-02-13T23:32:40.400 {vms.version=1} | A;B'],
    ['OLD.DIR;1   1  13-FEB-2002 23:32', 'directory 512 2002-02-13T23:32 {vms.version=1} | OLD.DIR'],
    ['old.dir;1   2KB  13-FEB-2002', 'directory 2048 2002-02-13 {vms.version=1} | old.dir'],
    ['X.Y;1  [MARTHA]  1/3  2-AUG-2006 13:05 (R,,,)', 'file 512 2006-08-02T13:05 MARTHA {vms.version=1} | X.Y'],
    ['X.Y;1  2-AUG-2006 13:05 0/0 [AP_HTTPD,WWW$', 'file 0 2006-08-02T13:05 WWW$:AP_HTTPD {vms.version=1} | X.Y'],
    ['X.Y;1 %RMS-E-PRV, insufficient privilege or file protection violation', 'file {vms.version=1} | X.Y'],
  ])('reads %j', (line, expected) => {
    expect(row(line)).toBe(expected)
  })

  it.each([
    [''],
    ['Directory DISK:[MARTHA]'],
    ['X.Y;1'],
    ['X.Y  1  13-FEB-2002'],
    ['X.Y; 1  13-FEB-2002'],
    [';1  1  13-FEB-2002'],
    ['X.Y;1a  1  13-FEB-2002'],
    ['X.Y;1  1'],
    ['X.Y;1  13-FEB-2002'],
    ['X.Y;1  13-FEX-2002 1'],
    ['X.Y;1  1 1 13-FEB-2002'],
    ['X.Y;1  a/9 13-FEB-2002'],
    ['X.Y;1  9/b 13-FEB-2002'],
    ['X.Y;1  9/9/9 13-FEB-2002'],
    ['X.Y;1  17592186044416 13-FEB-2002'],
    ['X.Y;1  1 13-FEB-2002 13-FEB-2002'],
    ['X.Y;1  1 13-FEB-2002 12:00 12:00'],
    ['X.Y;1  1 13-FEB-2002 12:00 PM'],
    ['X.Y;1  1 13-FEB-2002 [A] [B]'],
    ['X.Y;1  1 13-FEB-2002 [A-B]'],
    ['X.Y;1  1 13-FEB-2002 [A,]'],
    ['X.Y;1  1 13-FEB-2002 [A,B,C]'],
    ['X.Y;1  1 13-FEB-2002 (RWED2)'],
    ['X.Y;1  1 13-FEB-2002 (RWED'],
    ['X.Y;1  1 13-FEB-2002 12:00 [A] (R) (R)'],
  ])('refuses %j', (line) => {
    expect(row(line)).toBeUndefined()
  })

  it('knows no time of what it may not look at', () => {
    expect(entryBy(VMS)('X.Y;1 %RMS-E-PRV, insufficient privilege')?.modified).toBeUndefined()
  })

  it.each([
    ['Directory DISK:[MARTHA]', VMS],
    ['Total of 2 files, 23/27 blocks.', VMS],
    ['Grand total of 1 directory, 2 files.', VMS],
    ['A_LONG_NAME.TXT;12', 'continued'],
    ['  A_LONG_NAME.TXT;12  ', 'continued'],
    ['A_LONG_NAME.TXT;', undefined],
    ['A_LONG_NAME.TXT;12 13', undefined],
    ['Directory', undefined],
    ['Directory of C:', undefined],
    ['', undefined],
  ])('says of %j what is behind it', (line, expected) => {
    expect(VMS.announce?.(line, 0, line.length)).toBe(expected)
  })
})
