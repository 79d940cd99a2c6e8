/** Security commands (RFC 2228 §3, RFC 4217): how the control connection goes over to TLS, and what the data connections have of it. */
import { BUFFER_SIZE, MECHANISM, NONE, PROTECTION_LEVEL } from '../arguments.ts'
import { SYNTAX, row, type Rows } from './row.ts'

/** What the arguments of these commands are read to. */
export interface SecurityArguments {
  readonly AUTH: string
  readonly PBSZ: number
  readonly PROT: string
  readonly CCC: undefined
}

/** Their rows. RFC 2228 §8.2 has the replies; AUTH has no 334 here, since TLS needs no further words (RFC 4217 §4.1). */
export const SECURITY_ROWS: Rows<SecurityArguments> = {
  AUTH: row(MECHANISM, 'RFC 4217 §4', {
    phase: 'unsecured',
    replies: [234, 502, 504, 534, 431, ...SYNTAX],
    practice: [503],
    feature: 'AUTH TLS',
  }),
  PBSZ: row(BUFFER_SIZE, 'RFC 4217 §9', {
    phase: 'secured',
    marker: 'keep',
    replies: [200, 503, ...SYNTAX, 530],
    feature: 'PBSZ',
  }),
  PROT: row(PROTECTION_LEVEL, 'RFC 4217 §9', {
    phase: 'sized',
    marker: 'keep',
    replies: [200, 504, 536, 503, 534, 431, ...SYNTAX, 530],
    feature: 'PROT',
  }),
  CCC: row(NONE, 'RFC 4217 §5', {
    phase: 'clearable',
    replies: [200, 500, 533, 534],
    practice: [501],
    feature: 'CCC',
  }),
}
