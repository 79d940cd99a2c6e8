import { describe, expect, it } from 'vitest'
import { JES } from '../../../../src/ftp/listing/jes.ts'
import { MVS_MEMBERS, MVS_MODULES } from '../../../../src/ftp/listing/mvs-members.ts'
import { MVS_DATA_SETS } from '../../../../src/ftp/listing/mvs.ts'
import { rowBy } from '../../../support/ftp-lines.ts'

describe('data sets of z/OS', () => {
  const row = rowBy(MVS_DATA_SETS)

  it.each([
    [
      'SAVE00 3390   2004/06/23  1    1  FB     128  6144  PS  MARTHA.LETTERS',
      'file {mvs.referred=2004/06/23 mvs.recfm=FB mvs.lrecl=128 mvs.dsorg=PS} | MARTHA.LETTERS',
    ],
    [
      'SAVE00 3390   **NONE**  1+++++  U     128  6144  PO-E  M.S  ',
      'directory {mvs.referred=**NONE** mvs.recfm=U mvs.lrecl=128 mvs.dsorg=PO-E} | M.S',
    ],
    ['V43525 Tape                                             M.BACKUP', 'file | M.BACKUP'],
    ['Migrated                                                M.ATTIC', 'unknown | M.ATTIC'],
    ['ARCIVE Not Direct Access Device                         M.OLD', 'unknown | M.OLD'],
    ['Pseudo Directory                                        M.P', 'directory | M.P'],
    ['SAVE00 3390                                        VSAM M.V', 'other | M.V'],
    ['                                                   VSAM M.V', 'other | M.V'],
  ])('reads %j', (line, expected) => {
    expect(row(line)).toBe(expected)
  })

  it.each([
    [''],
    ['M.ATTIC'],
    ['Migrated'],
    ['MigratedM.ATTIC'],
    ['Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname'],
    ['SAVE00 3390   2004/06/23  FB     128  6144  PS  M.L'],
    ['SAVE00 3390   2004/06/23  1    1  FB     128  6144  PS  M.L N'],
    ['SAVE00 3390   2004/06/31  1    1  FB     128  6144  PS  M.L'],
    ['SAVE00 3390   2004/06/23  1    1  FB     1x8  6144  PS  M.L'],
    ['SAVE00 3390   2004/06/23  1    1  FB     128  6x44  PS  M.L'],
    ['SAVE00 3390 X Tape M.L'],
  ])('refuses %j', (line) => {
    expect(row(line)).toBeUndefined()
  })

  it.each([
    ['Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname', MVS_DATA_SETS],
    ['Volume Unit', undefined],
  ])('knows a heading: %j', (line, expected) => {
    expect(MVS_DATA_SETS.announce?.(line, 0, line.length)).toBe(expected)
  })
})

describe('members of z/OS', () => {
  const row = rowBy(MVS_MEMBERS)

  it.each([
    [
      'MAIN      01.03 2002/09/12 2002/10/11 09:37    11    12     0 MARTHA',
      'file 2002-10-11T09:37 MARTHA {mvs.version=01.03 mvs.records=11} | MAIN',
    ],
    [
      'MAIN      01.03 2002/09/12 2002/10/11 09:37    11',
      'file 2002-10-11T09:37 {mvs.version=01.03 mvs.records=11} | MAIN',
    ],
    ['$#@OTHER    ', 'file | $#@OTHER'],
  ])('reads %j', (line, expected) => {
    expect(row(line)).toBe(expected)
  })

  it.each([
    [''],
    ['other'],
    ['TOOLONGER'],
    ['A.B'],
    ['MAIN 01.03'],
    ['MAIN 01.03 2002/09/12 2002/10/32 09:37 11 11 0 M'],
    ['MAIN 01.03 2002/09/12 2002/10/11 25:37 11 11 0 M'],
    ['MAIN 01.03 2002/09/12 2002/10/11 09:37 x1 11 0 M'],
    ['MAIN 01.03 2002/09/12 2002/10/11 09:37 11 11 0 M N'],
    [' Name     VV.MM   Created       Changed      Size  Init   Mod   Id'],
  ])('refuses %j', (line) => {
    expect(row(line)).toBeUndefined()
  })

  it.each([
    [' Name     VV.MM   Created       Changed      Size  Init   Mod   Id', MVS_MEMBERS],
    [' Name      Size     TTR   Alias-of AC', undefined],
  ])('knows a heading: %j', (line, expected) => {
    expect(MVS_MEMBERS.announce?.(line, 0, line.length)).toBe(expected)
  })
})

describe('modules of z/OS', () => {
  const row = rowBy(MVS_MODULES)

  it.each([
    ['MAIN      00B308   000411          00 FO             RN RU            31    ANY', 'file 45832 | MAIN'],
    [
      'START     00B308   000411 MAIN     00 FO             RN RU            31    ANY',
      'file 45832 {mvs.alias-of=MAIN} | START',
    ],
    ['START     0000b308   000411 AB     00 FO', 'file 45832 {mvs.alias-of=AB} | START'],
    ['START     00B308   000411', 'file 45832 | START'],
  ])('reads %j', (line, expected) => {
    expect(row(line)).toBe(expected)
  })

  it.each([
    [''],
    ['MAIN'],
    ['main 00B308 000411'],
    ['MAIN 0B308 000411'],
    ['MAIN 00B30800B 000411'],
    ['MAIN 00G308 000411'],
    ['MAIN 00B308 00041x'],
    [' Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode '],
  ])('refuses %j', (line) => {
    expect(row(line)).toBeUndefined()
  })

  it.each([
    [' Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode ', MVS_MODULES],
    [' Name     VV.MM   Created', undefined],
  ])('knows a heading: %j', (line, expected) => {
    expect(MVS_MODULES.announce?.(line, 0, line.length)).toBe(expected)
  })
})

describe('jobs of z/OS', () => {
  const row = rowBy(JES)

  it.each([
    ['MARTHA1  JOB01906  OUTPUT    3 Spool Files', 'file {jes.job=MARTHA1 jes.status=OUTPUT} | JOB01906'],
    ['MARTHA1  J0001906  INPUT', 'file {jes.job=MARTHA1 jes.status=INPUT} | J0001906'],
    ['M  TSU01906 MARTHA   ACTIVE A', 'file MARTHA {jes.job=M jes.status=ACTIVE} | TSU01906'],
  ])('reads %j', (line, expected) => {
    expect(row(line)).toBe(expected)
  })

  it.each([
    [''],
    ['M JOB01906'],
    ['M JOB01906 DONE'],
    ['M JOB1906 OUTPUT'],
    ['M JOX01906 OUTPUT'],
    ['M X0001906 OUTPUT'],
    ['M JOB0190x OUTPUT'],
    ['JOBNAME  JOBID    OWNER    STATUS CLASS'],
  ])('refuses %j', (line) => {
    expect(row(line)).toBeUndefined()
  })

  it.each([
    ['JOBNAME  JOBID    OWNER    STATUS CLASS', JES],
    ['JOBNAME', undefined],
  ])('knows a heading: %j', (line, expected) => {
    expect(JES.announce?.(line, 0, line.length)).toBe(expected)
  })
})
