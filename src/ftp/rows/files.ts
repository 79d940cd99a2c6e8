/** Commands about files and directories that need no data connection (RFC 959 §4.1.3, RFC 3659). */
import { NONE, OPTIONAL_PATH, PATH } from '../arguments.ts'
import { CHAPTER, COMMON, SYNTAX, row, type Rows } from './row.ts'

/** What the arguments of these commands are read to. */
export interface FileArguments {
  readonly RNFR: string
  readonly RNTO: string
  readonly DELE: string
  readonly RMD: string
  readonly MKD: string
  readonly PWD: undefined
  readonly MLST: string | undefined
  readonly SIZE: string
  readonly MDTM: string
}

/** Their rows. */
export const FILE_ROWS: Rows<FileArguments> = {
  RNFR: row(PATH, CHAPTER.service, { permission: 'f', replies: [450, 550, ...COMMON, 350], practice: [451, 553] }),
  RNTO: row(PATH, CHAPTER.service, {
    phase: 'renaming',
    permission: 'f',
    replies: [250, 532, 553, 503, ...COMMON],
    practice: [450, 451, 452, 550, 552],
  }),
  DELE: row(PATH, CHAPTER.service, { permission: 'd', replies: [250, 450, 550, ...COMMON], practice: [451, 553] }),
  RMD: row(PATH, CHAPTER.service, { permission: 'd', replies: [250, ...COMMON, 550], practice: [450, 451, 553] }),
  MKD: row(PATH, CHAPTER.service, {
    permission: 'm',
    replies: [257, ...COMMON, 550],
    practice: [450, 451, 452, 552, 553],
  }),
  PWD: row(NONE, CHAPTER.service, { replies: [257, 500, 501, 502, 550], practice: [530] }),
  MLST: row(OPTIONAL_PATH, 'RFC 3659 §7', {
    permission: 'l',
    replies: [250, 450, ...SYNTAX, 503, 504, 530, 550, 553],
    practice: [451],
    feature: 'MLST',
  }),
  SIZE: row(PATH, 'RFC 3659 §4', {
    permission: 'l',
    replies: [213, ...SYNTAX, 550],
    practice: [450, 451, 530, 553],
    feature: 'SIZE',
  }),
  MDTM: row(PATH, 'RFC 3659 §3', {
    permission: 'l',
    replies: [213, ...SYNTAX, 550],
    practice: [450, 451, 530, 553],
    feature: 'MDTM',
  }),
}
