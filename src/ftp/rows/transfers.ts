/** Commands that move octets over a data connection, and the one that breaks them off (RFC 959 §4.1.3, RFC 3659 §7). */
import { ALLOCATION, LIST_PATH, NONE, OPTIONAL_PATH, PATH } from '../arguments.ts'
import type { Allocation } from '../extensions.ts'
import { CHAPTER, COMMON, SYNTAX, UPLOADED, row, transferRow, type Rows } from './row.ts'

/** What the arguments of these commands are read to. */
export interface TransferArguments {
  readonly RETR: string
  readonly STOR: string
  readonly STOU: string | undefined
  readonly APPE: string
  readonly ALLO: Allocation
  readonly LIST: string | undefined
  readonly NLST: string | undefined
  readonly MLSD: string | undefined
  readonly ABOR: undefined
}

/** Their rows. */
export const TRANSFER_ROWS: Rows<TransferArguments> = {
  RETR: transferRow(PATH, CHAPTER.service, {
    permission: 'r',
    replies: [450, 550, ...SYNTAX, 530],
    practice: [425, 451, 521, 553],
  }),
  STOR: transferRow(PATH, CHAPTER.service, {
    permission: 'w',
    then: UPLOADED,
    replies: [532, 450, 452, 553, ...SYNTAX, 530],
    practice: [425, 451, 521, 504, 550, 552],
  }),
  STOU: transferRow(OPTIONAL_PATH, CHAPTER.service, {
    permission: 'w',
    then: UPLOADED,
    replies: [532, 450, 452, 553, ...SYNTAX, 530],
    practice: [425, 451, 504, 550, 552],
  }),
  APPE: transferRow(PATH, CHAPTER.service, {
    permission: 'a',
    then: UPLOADED,
    replies: [532, 450, 550, 452, 553, ...COMMON],
    practice: [425, 451, 521, 504, 552],
  }),
  ALLO: row(ALLOCATION, CHAPTER.service, {
    marker: 'keep',
    replies: [200, 202, ...SYNTAX, 504, 530],
    practice: [451, 552],
  }),
  LIST: transferRow(LIST_PATH, CHAPTER.service, {
    permission: 'l',
    replies: [450, ...COMMON],
    practice: [425, 451, 521, 550, 553],
  }),
  NLST: transferRow(LIST_PATH, CHAPTER.service, {
    permission: 'l',
    replies: [450, ...COMMON],
    practice: [425, 451, 521, 550, 553],
  }),
  MLSD: transferRow(OPTIONAL_PATH, 'RFC 3659 §7', {
    permission: 'l',
    replies: [450, ...SYNTAX, 503, 504, 530, 550, 553],
    practice: [425, 451, 521],
  }),
  ABOR: row(NONE, CHAPTER.service, { phase: 'always', duringTransfer: 'answer', replies: [225, 226, 500, 501, 502] }),
}
