/**
 * Commands that tell and set what is known of files beside their content, and that make a hash of it. No RFC has them but drafts have, and
 * servers by the thousand: draft-somers-ftp-mfxx-04, draft-bryan-ftpext-hash-02, draft-peterson-streamlined-ftp-command-extensions-10.
 */
import { CHANGED_FACTS, DATED_PATH, HASHED_PATH, OPTIONAL_PATH, PATH } from '../arguments.ts'
import type { DatedPath, FactChanges, HashedPath } from '../extensions.ts'
import { COMMON, row, type CommandRow, type Rows } from './row.ts'

/** What the arguments of these commands are read to. */
export interface FactArguments {
  readonly MFMT: DatedPath
  readonly MFCT: DatedPath
  readonly MFF: FactChanges
  readonly AVBL: string | undefined
  readonly HASH: string
  readonly XCRC: HashedPath
  readonly XMD5: HashedPath
  readonly XSHA1: HashedPath
  readonly XSHA256: HashedPath
  readonly XSHA512: HashedPath
}

const MFXX = 'draft-somers-ftp-mfxx-04'

/** A row of the old family of hashes, each a command of its own. */
function hashRow(verb: string): CommandRow<HashedPath> {
  return row(HASHED_PATH, 'no document', {
    permission: 'r',
    replies: [250, 450, ...COMMON, 550],
    practice: [451, 504, 553],
    feature: verb,
  })
}

/** Their rows. */
export const FACT_ROWS: Rows<FactArguments> = {
  MFMT: row(DATED_PATH, MFXX, {
    permission: 'T',
    replies: [213, ...COMMON, 504, 550],
    practice: [450, 451, 553],
    feature: 'MFMT',
  }),
  MFCT: row(DATED_PATH, MFXX, { permission: 'T', replies: [213, ...COMMON, 504, 550], practice: [450, 451, 553] }),
  MFF: row(CHANGED_FACTS, MFXX, {
    replies: [213, ...COMMON, 504, 550],
    practice: [450, 451, 553],
    feature: 'MFF Modify;UNIX.mode;',
  }),
  AVBL: row(OPTIONAL_PATH, 'draft-peterson-streamlined-ftp-command-extensions-10', {
    permission: 'l',
    capability: 'space',
    replies: [213, ...COMMON, 504, 550],
    practice: [450, 451, 553],
    feature: 'AVBL',
  }),
  HASH: row(PATH, 'draft-bryan-ftpext-hash-02', {
    permission: 'r',
    replies: [213, 450, ...COMMON, 504, 550],
    practice: [451, 553],
    feature: 'HASH',
  }),
  XCRC: hashRow('XCRC'),
  XMD5: hashRow('XMD5'),
  XSHA1: hashRow('XSHA1'),
  XSHA256: hashRow('XSHA256'),
  XSHA512: hashRow('XSHA512'),
}
