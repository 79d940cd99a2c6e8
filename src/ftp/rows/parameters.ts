/** Transfer parameter commands (RFC 959 §4.1.2, RFC 2428, RFC 3659 §5): how the transfer to come is to be done, and where. */
import type { ExtendedPort, HostPort } from '../address.ts'
import {
  EXTENDED_PASSIVE,
  EXTENDED_PORT,
  HOST_PORT,
  MARKER,
  MODE_CODE,
  NONE,
  RANGE,
  STRUCTURE_CODE,
  TYPE_CODE,
} from '../arguments.ts'
import type { ByteRange } from '../extensions.ts'
import type { DataType, ExtendedPassive, FileStructure, TransferMode } from '../grammar.ts'
import { CHAPTER, COMMON, SYNTAX, row, type Rows } from './row.ts'

/** What the arguments of these commands are read to. */
export interface ParameterArguments {
  readonly PORT: HostPort
  readonly PASV: undefined
  readonly EPRT: ExtendedPort
  readonly EPSV: ExtendedPassive | undefined
  readonly TYPE: DataType
  readonly STRU: FileStructure
  readonly MODE: TransferMode
  readonly REST: number
  readonly RANG: ByteRange
}

/** Their rows. */
export const PARAMETER_ROWS: Rows<ParameterArguments> = {
  PORT: row(HOST_PORT, CHAPTER.parameters, { marker: 'keep', replies: [200, ...SYNTAX, 530], practice: [503, 504] }),
  EPRT: row(EXTENDED_PORT, 'RFC 2428 §2', {
    marker: 'keep',
    replies: [200, ...SYNTAX, 522],
    practice: [503, 504, 530],
    feature: 'EPRT',
  }),
  PASV: row(NONE, CHAPTER.parameters, { marker: 'keep', replies: [227, ...COMMON], practice: [425, 503] }),
  EPSV: row(EXTENDED_PASSIVE, 'RFC 2428 §3', {
    marker: 'keep',
    replies: [229, ...SYNTAX, 522],
    practice: [200, 425, 530],
    feature: 'EPSV',
  }),
  TYPE: row(TYPE_CODE, CHAPTER.parameters, { marker: 'keep', replies: [200, ...SYNTAX, 504, 530] }),
  STRU: row(STRUCTURE_CODE, CHAPTER.parameters, { marker: 'keep', replies: [200, ...SYNTAX, 504, 530] }),
  MODE: row(MODE_CODE, CHAPTER.parameters, { marker: 'keep', replies: [200, ...SYNTAX, 504, 530] }),
  REST: row(MARKER, 'RFC 3659 §5', { marker: 'keep', replies: [...COMMON, 350], feature: 'REST STREAM' }),
  RANG: row(RANGE, 'draft-bryan-ftp-range-08', { marker: 'keep', replies: [...COMMON, 350], feature: 'RANG STREAM' }),
}
