/** Access control commands (RFC 959 §4.1.1): who is there, and where they stand. */
import { NONE, PASSWORD, PATH, TEXT } from '../arguments.ts'
import { CHAPTER, COMMON, SYNTAX, row, type Rows } from './row.ts'

/** What the arguments of these commands are read to. */
export interface AccessArguments {
  readonly USER: string
  readonly PASS: string
  readonly CWD: string
  readonly CDUP: undefined
  readonly QUIT: undefined
}

/** Their rows. */
export const ACCESS_ROWS: Rows<AccessArguments> = {
  USER: row(TEXT, CHAPTER.access, { phase: 'always', replies: [230, 530, ...SYNTAX, 331, 332] }),
  PASS: row(PASSWORD, CHAPTER.access, {
    phase: 'password',
    replies: [230, 202, 530, ...SYNTAX, 503, 332],
    practice: [451],
  }),
  CWD: row(PATH, CHAPTER.access, { permission: 'e', replies: [250, ...COMMON, 550], practice: [450, 451, 553] }),
  CDUP: row(NONE, CHAPTER.access, { permission: 'e', replies: [200, ...COMMON, 550], practice: [250, 450, 451] }),
  QUIT: row(NONE, CHAPTER.access, { phase: 'always', replies: [221, 500], practice: [501] }),
}
