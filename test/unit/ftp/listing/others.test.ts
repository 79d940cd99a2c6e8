import { describe, expect, it } from 'vitest'
import { CONNECT_ENTERPRISE } from '../../../../src/ftp/listing/connect-enterprise.ts'
import { MAC } from '../../../../src/ftp/listing/mac.ts'
import { NETWARE } from '../../../../src/ftp/listing/netware.ts'
import { NONSTOP } from '../../../../src/ftp/listing/nonstop.ts'
import { VXWORKS, WFFTP } from '../../../../src/ftp/listing/nortel.ts'
import { OS2 } from '../../../../src/ftp/listing/os2.ts'
import { OS9 } from '../../../../src/ftp/listing/os9.ts'
import { UNIX_NUMERIC } from '../../../../src/ftp/listing/unix-numeric.ts'
import { ZVM } from '../../../../src/ftp/listing/zvm.ts'
import { rowBy } from '../../../support/ftp-lines.ts'

const FORMATS = [MAC, OS2, NETWARE, CONNECT_ENTERPRISE, WFFTP, VXWORKS, OS9, ZVM, NONSTOP, UNIX_NUMERIC]
const byName = (name: string): ((line: string) => string | undefined) =>
  rowBy(FORMATS.find((format) => format.name === name) as (typeof FORMATS)[number])

describe('lines of rarer servers', () => {
  it.each([
    ['mac', '-rw-r--r--     1200      30400     31600 Jul 22  2010 a cat.jpg', 'file 31600 2010-07-22 644 | a cat.jpg'],
    ['mac', '-rw-r--r--     0      1     1 Jul 22  12:05  x ', 'file 1 --07-22T12:05 644 |  x '],
    [
      'mac',
      'drwxrwxr-x               folder        3 May 10  1996 my letters',
      'directory 1996-05-10 775 | my letters',
    ],
    ['os2', '33280      A          02-09-97   13:49  a letter.txt', 'file 33280 1997-02-09T13:49 | a letter.txt'],
    ['os2', '    0           DIR   05-12-103  16:52   Desktop', 'directory 0 2003-05-12T16:52 |  Desktop'],
    ['os2', ' 1123 DIR  RSA    10-05-2000 23:38 x', 'directory 1123 2000-10-05T23:38 | x'],
    ['os2', '1123 10-05-70 23:38 x', 'file 1123 1970-10-05T23:38 | x'],
    [
      'netware',
      'd [RWCEAFMS] martha                            512 Nov 24  2005  letters',
      'directory 512 2005-11-24 martha {netware.rights=RWCEAFMS} | letters',
    ],
    [
      'netware',
      '- [R----F--] martha                            512 Nov 24  12:05 x',
      'file 512 --11-24T12:05 martha {netware.rights=R----F--} | x',
    ],
    [
      'connect-enterprise',
      '-C--E-----FTP B MARTHA1      18128       41 Aug 12 13:56 a letter',
      'file 41 --08-12T13:56 MARTHA1:18128 | a letter',
    ],
    ['wfftp', 'startup.cfg   1014196  06/03/04  Thur.   10:20:03 ', 'file 1014196 2004-06-03T10:20:03 | startup.cfg'],
    [
      'vxworks',
      '  2048    Feb-28-1998  05:23:30   my images    <DIR>',
      'directory 2048 1998-02-28T05:23:30 | my images',
    ],
    ['vxworks', '  2048    FEB-28-1998  05:23:30   images.bin', 'file 2048 1998-02-28T05:23:30 | images.bin'],
    [
      'os9',
      ' 20.21    07/03/29 1026   d-ewrewr    2650     85920 my images',
      'directory 85920 2007-03-29T10:26 21:20 | my images',
    ],
    ['os9', ' 0.0    07/03/29 1026   ----r--r    2650     85920 x', 'file 85920 2007-03-29T10:26 0:0 | x'],
    [
      'zvm',
      'LETTERS  TEXT     V        65      107        2 2005-10-04 15:28:42 060191',
      'file 2005-10-04T15:28:42 | LETTERS.TEXT',
    ],
    [
      'zvm',
      'LETTERS  TEXT     F        80      100        2 2005-10-04 15:28:42',
      'file 8000 2005-10-04T15:28:42 | LETTERS.TEXT',
    ],
    ['zvm', 'A B F 9007199254740991 2 2 2005-10-04 15:28', 'file 2005-10-04T15:28 | A.B'],
    [
      'zvm',
      'PICTURES DIR      -         -        -        - 2005-10-04 15:28:42 -',
      'directory 2005-10-04T15:28:42 | PICTURES',
    ],
    [
      'nonstop',
      'LETTERS       101            2522 27-Aug-02 13:57:10 155,106 "nnnn"',
      'file 2522 2002-08-27T13:57:10 106:155 {nonstop.code=101} | LETTERS',
    ],
    [
      'nonstop',
      'NOTES      O  101            4048  4-Mar-01 23:50:06 255,  0 "nunu"',
      'file 4048 2001-03-04T23:50:06 0:255 {nonstop.code=101} | NOTES',
    ],
    [
      'unix-numeric',
      '0100644   500  101   12345    123456789   a letter',
      'file 12345 1973-11-29T21:33:09Z 500:101 644 | a letter',
    ],
    ['unix-numeric', '0040755 0 0 0 0 x', 'directory 0 1970-01-01T00:00:00Z 0:0 755 | x'],
    ['unix-numeric', '0120777 0 0 0 0 x', 'link 0 1970-01-01T00:00:00Z 0:0 777 | x'],
    ['unix-numeric', '0021777 0 0 0 0 x', 'other 0 1970-01-01T00:00:00Z 0:0 1777 | x'],
  ])('%s reads %j', (name, line, expected) => {
    expect(byName(name)(line)).toBe(expected)
  })

  it.each([
    ['mac', '-rw-r--r--'],
    ['mac', '-rw-r--r-- 1'],
    ['mac', '-rw-r--r--+ 1 1 2 Jul 22 2010 x'],
    ['mac', '-rw-r--r-? 1 1 2 Jul 22 2010 x'],
    ['mac', 'lrw-r--r-- 1 1 2 Jul 22 2010 x'],
    ['mac', 'drw-r--r-- 1 1 2 Jul 22 2010 x'],
    ['mac', '-rw-r--r-- folder 2 Jul 22 2010 x'],
    ['mac', '-rw-r--r-- 1 1 3 Jul 22 2010 x'],
    ['mac', '-rw-r--r-- 1 x 3 Jul 22 2010 x'],
    ['mac', '-rw-r--r-- x 1 3 Jul 22 2010 x'],
    ['mac', '-rw-r--r-- 1 1 y 2 Jul 22 2010 x'],
    ['mac', '-rw-r--r-- 1 1 2 Jul 22 2010 '],
    ['mac', '-rw-r--r-- 1 1 2 Jul 22'],
    ['mac', '-rw-r--r-- 0 18446744073709551615 18446744073709551615 Nov 16 2006 x'],
    ['mac', 'drwxrwxr-x 1 folder 3 May 10 1996 x'],
    ['os2', ''],
    ['os2', '0'],
    ['os2', '0 DIR'],
    ['os2', 'DIR 12-30-97 12:32 x'],
    ['os2', '0 rsa DIR 12-30-97 12:32 x'],
    ['os2', '0 DIR 13-30-97 12:32 x'],
    ['os2', '0 DIR 12-30-97'],
    ['os2', '0 DIR 12-30-97 25:32 x'],
    ['os2', '0 DIR 12-30-97 12:32'],
    ['os2', '0 DIR 12-30-97 12:32  '],
    ['os2', '0 DIR 12-30-7 12:32  x'],
    ['os2', '0 DIR 12-30-20070 12:32  x'],
    ['os2', '0 A R S H DIR 12-30-97 12:32 x'],
    ['netware', ''],
    ['netware', 'd'],
    ['netware', 'd [RWCEAFMS]'],
    ['netware', 'a [RWCEAFMS] m 512 Nov 24 2005 x'],
    ['netware', 'd (RWCEAFMS] m 512 Nov 24 2005 x'],
    ['netware', 'd [RWCEAFMS) m 512 Nov 24 2005 x'],
    ['netware', 'd [RWCEAFM] m 512 Nov 24 2005 x'],
    ['netware', 'd [RWCEAFMX] m 512 Nov 24 2005 x'],
    ['netware', 'd [RWCEAFMS] m 512 10-04-2001 x'],
    ['netware', 'd [RWCEAFMS] m 512 Nov 24 2005 '],
    ['connect-enterprise', ''],
    ['connect-enterprise', '-C--E-----FTP'],
    ['connect-enterprise', '-C--E-----FTP B'],
    ['connect-enterprise', '-C--E-----FTP B M'],
    ['connect-enterprise', 'AC--E-----FTP B M 1 41 Aug 12 13:56 x'],
    ['connect-enterprise', '-C--E----- B M 1 41 Aug 12 13:56 x'],
    ['connect-enterprise', '-C--E-----ftp B M 1 41 Aug 12 13:56 x'],
    ['connect-enterprise', '-C--E-----FTP BB M 1 41 Aug 12 13:56 x'],
    ['connect-enterprise', '-C--E-----FTP B M x1 41 Aug 12 13:56 x'],
    ['connect-enterprise', '-C--E-----FTP B M 1 41 Aux 12 13:56 x'],
    ['connect-enterprise', '-C--E-----FTP B M 1 41 Aug 12 13:56 '],
    ['wfftp', ''],
    ['wfftp', 'x 1x 06/03/04 Thur. 10:20:03'],
    ['wfftp', 'x 1 06/33/04 Thur. 10:20:03'],
    ['wfftp', 'x 1 06/03/04 Thur. 30:20:03'],
    ['wfftp', 'x 1 06/03/04 1. 10:20:03'],
    ['wfftp', 'x y 1 06/03/04 Thur. 10:20:03'],
    ['wfftp', 'x 1 06/03/04 Thur. 10:20:03 y'],
    ['vxworks', ''],
    ['vxworks', '1 Feb-28-1998'],
    ['vxworks', '1x Feb-28-1998 05:23:30 x'],
    ['vxworks', '1 Feb-30-1998 05:23:30 x'],
    ['vxworks', '1 02-28-1998 05:23:30 x'],
    ['vxworks', '1 Feb-28-1998 05:23:60 x'],
    ['vxworks', '1 Feb-28-1998 05:23:30'],
    ['vxworks', '1 Feb-28-1998 05:23:30   <DIR>'],
    ['vxworks', '  size          date       time       name'],
    ['os9', ''],
    ['os9', '20 07/03/29 1026 d-ewrewr 1 1 x'],
    ['os9', '20.x 07/03/29 1026 d-ewrewr 1 1 x'],
    ['os9', '20.20.20 07/03/29 1026 d-ewrewr 1 1 x'],
    ['os9', '20.20 07/13/29 1026 d-ewrewr 1 1 x'],
    ['os9', '20.20 07/03/29 2526 d-ewrewr 1 1 x'],
    ['os9', '20.20 07/03/29 1026 d-ewrewx 1 1 x'],
    ['os9', '20.20 07/03/29 1026 d-ewrew 1 1 x'],
    ['os9', '20.20 07/03/29 1026 d-ewrewr 1 1x x'],
    ['os9', '20.20 07/03/29 1026 d-ewrewr 1 1'],
    ['zvm', ''],
    ['zvm', 'A B V 1 1 1 2005-13-04 15:28:42 L'],
    ['zvm', 'A B V 1 1 1 2005-10-04 35:28:42 L'],
    ['zvm', 'A B V 1 1 1 2005-10-04 15:28:42 L M'],
    ['zvm', 'A B X 1 1 1 2005-10-04 15:28:42 L'],
    ['zvm', 'A B V x 1 1 2005-10-04 15:28:42 L'],
    ['zvm', 'A B V 1 x 1 2005-10-04 15:28:42 L'],
    ['zvm', 'A B V 1 1 x 2005-10-04 15:28:42 L'],
    ['zvm', 'A B - - - - 2005-10-04 15:28:42 L'],
    ['nonstop', ''],
    ['nonstop', 'X 1x 2522 27-Aug-02 13:57:10 155,106 "nnnn"'],
    ['nonstop', 'X 101 2x 27-Aug-02 13:57:10 155,106 "nnnn"'],
    ['nonstop', 'X 101 2 27-08-02 13:57:10 155,106 "nnnn"'],
    ['nonstop', 'X 101 2 27-Aug-02 33:57:10 155,106 "nnnn"'],
    ['nonstop', 'X 101 2 27-Aug-02 13:57:10 155 "nnnn"'],
    ['nonstop', 'X 101 2 27-Aug-02 13:57:10 155,x "nnnn"'],
    ['nonstop', 'X 101 2 27-Aug-02 13:57:10 x,155 "nnnn"'],
    ['nonstop', 'X 101 2 27-Aug-02 13:57:10 1,5 "nnn"'],
    ['nonstop', 'X 101 2 27-Aug-02 13:57:10 1,5 nnnnn"'],
    ['nonstop', 'X 101 2 27-Aug-02 13:57:10 1,5 "nnnnn'],
    ['nonstop', 'X 101 2 27-Aug-02 13:57:10'],
    ['nonstop', 'File         Code             EOF  Last Modification    Owner  RWEP'],
    ['unix-numeric', ''],
    ['unix-numeric', '100644 0 0 0 0 x'],
    ['unix-numeric', '0100648 0 0 0 0 x'],
    ['unix-numeric', '0100644 a 0 0 0 x'],
    ['unix-numeric', '0100644 0 a 0 0 x'],
    ['unix-numeric', '0100644 0 0 a 0 x'],
    ['unix-numeric', '0100644 0 0 0 a x'],
    ['unix-numeric', '0100644 0 0 0 0'],
  ])('%s refuses %j', (name, line) => {
    expect(byName(name)(line)).toBeUndefined()
  })

  it.each([
    ['  size          date       time       name', 'vxworks'],
    [' Owner    Last modified  Attributes Sector Bytecount Name', 'os9'],
    ['File         Code             EOF  Last Modification    Owner  RWEP', 'nonstop'],
    ['Some other heading', undefined],
    ['', undefined],
  ])('know a heading: %j', (line, expected) => {
    const announced = FORMATS.map((format) => format.announce?.(line, 0, line.length)).filter(
      (each) => each !== undefined,
    )
    expect(announced.map((each) => (each === 'continued' ? each : each.name))).toEqual(
      expected === undefined ? [] : [expected],
    )
  })
})
