/** Access control commands (RFC 959 §4.1.1): who is there, and where they stand. */
import { HOST_NAME, NONE, PASSWORD, PATH, TEXT } from '../arguments.ts'
import { CHAPTER, COMMON, SYNTAX, row, type Rows } from './row.ts'

/** What the arguments of these commands are read to. */
export interface AccessArguments {
  readonly USER: string
  readonly PASS: string
  readonly ACCT: string
  readonly CWD: string
  readonly CDUP: undefined
  readonly SMNT: string
  readonly REIN: undefined
  readonly QUIT: undefined
  readonly HOST: string
}

/** Their rows. */
export const ACCESS_ROWS: Rows<AccessArguments> = {
  USER: row(TEXT, CHAPTER.access, { phase: 'always', replies: [230, 530, ...SYNTAX, 331, 332] }),
  PASS: row(PASSWORD, CHAPTER.access, {
    phase: 'password',
    replies: [230, 202, 530, ...SYNTAX, 503, 332],
    practice: [451],
  }),
  ACCT: row(TEXT, CHAPTER.access, { phase: 'account', replies: [230, 202, 530, ...SYNTAX, 503], practice: [451] }),
  CWD: row(PATH, CHAPTER.access, { permission: 'e', replies: [250, ...COMMON, 550], practice: [450, 451, 553] }),
  CDUP: row(NONE, CHAPTER.access, { permission: 'e', replies: [200, ...COMMON, 550], practice: [250, 450, 451] }),
  SMNT: row(PATH, CHAPTER.access, { replies: [202, 250, ...COMMON, 550] }),
  REIN: row(NONE, CHAPTER.access, { phase: 'always', replies: [220, 500, 502], practice: [501] }),
  QUIT: row(NONE, CHAPTER.access, { phase: 'always', replies: [221, 500], practice: [501] }),

  // RFC 7151
  HOST: row(HOST_NAME, 'RFC 7151 §3', {
    phase: 'beforeUser',
    replies: [220, ...SYNTAX, 502, 503, 504],
    practice: [451],
    feature: 'HOST',
  }),
}
