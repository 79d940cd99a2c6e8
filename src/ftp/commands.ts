/**
 * The one table of commands. A row says all that is to be known of a command without doing it: when it may come, what its
 * argument looks like, what may be answered, what permission it needs, where it is written. The machines check every line
 * and every reply against it; HELP, FEAT, the checks of arguments and permissions and the tables in the docs follow from it.
 *
 * A reply that is not in a command's row cannot be sent: `machine.ts` refuses it. `replies` and `then` are those of RFC 959 §5.4,
 * or of the RFC that defines the command; `practice` are those that the table lacks and everybody sends, for these reasons:
 *
 *     250  to CDUP: §4.1.1 says that it answers as CWD does, §5.4 says 200; servers send 250
 *     200  to EPSV ALL, for which RFC 2428 §4 names no reply
 *     425  before any 1yz: no PASV came, so there is nothing to wait for and nothing to connect to; and to PASV without a port to give
 *     450, 451, 452, 552   of a storage: it is busy, it failed, it is full, as §4.2.2 defines them
 *     213, 214, 550 ... to SITE, whose commands are everybody's own
 *     501, 504  for a parameter that is malformed, or known and not supported, as §4.2.2 defines them; 504 to PORT and EPRT also for a
 *               place that no data go to (RFC 2577 §3)
 *     503  out of sequence, as §4.2.2 defines it
 *     521  of a transfer, when PROT does not fit (RFC 4217 §10.2)
 *     530  to PWD, SIZE, MDTM, EPSV and EPRT, which only a user who is logged in can mean
 *     550, 553  of a path that leads nowhere (LIST, NLST, STOR, STAT...), and of a name that cannot be one
 *
 * 421 may answer anything when a server must go (§4.2.2), and stands in no row.
 *
 * RFC 959 §4.1 and §5.4, RFC 1123 §4.1, RFC 2228, RFC 2389, RFC 2428, RFC 3659, RFC 4217.
 */
import { ACCESS_ROWS, type AccessArguments } from './rows/access.ts'
import { FACT_ROWS, type FactArguments } from './rows/facts.ts'
import { FILE_ROWS, type FileArguments } from './rows/files.ts'
import { INFORMATION_ROWS, type InformationArguments } from './rows/information.ts'
import { PARAMETER_ROWS, type ParameterArguments } from './rows/parameters.ts'
import { SECURITY_ROWS, type SecurityArguments } from './rows/security.ts'
import { TRANSFER_ROWS, type TransferArguments } from './rows/transfers.ts'
import type { Rows } from './rows/row.ts'

export type { CommandRow, Permission, Phase, Rows, SecurityPhase } from './rows/row.ts'

/** Every command that is implemented, and what its argument is read to. */
export interface CommandArguments
  extends
    AccessArguments,
    SecurityArguments,
    ParameterArguments,
    TransferArguments,
    FileArguments,
    FactArguments,
    InformationArguments {}

/** The codes of the commands that are implemented. */
export type Verb = keyof CommandArguments

/** The table. Aliases, and the commands that are known and not implemented, stand below it. */
export const COMMANDS: Rows<CommandArguments> = Object.freeze({
  ...ACCESS_ROWS,
  ...SECURITY_ROWS,
  ...PARAMETER_ROWS,
  ...TRANSFER_ROWS,
  ...FILE_ROWS,
  ...FACT_ROWS,
  ...INFORMATION_ROWS,
})

/** Other names of commands: the experimental ones of RFC 775, which old clients still use (RFC 1123 §4.1.3.1). */
const ALIASES: ReadonlyMap<string, Verb> = new Map([
  ['XCUP', 'CDUP'],
  ['XCWD', 'CWD'],
  ['XMKD', 'MKD'],
  ['XPWD', 'PWD'],
  ['XRMD', 'RMD'],
  ['XSHA', 'XSHA1'],
])

/** Commands of RFC 959 and its successors that are known and not implemented: 502, where an unknown one is 500. */
const NOT_IMPLEMENTED: ReadonlySet<string> = new Set(['ADAT', 'MIC', 'CONF', 'ENC'])

/** Commands of HTTP and SMTP. Who says one of these before logging in is no FTP client (A21). */
const FOREIGN: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'PRI'],
  ...['EHLO', 'HELO', 'LHLO', 'MAIL', 'RCPT', 'DATA'],
])

/** What a verb in upper case is: the command that it names, or what else. */
export function lookUp(verb: string): Verb | 'notImplemented' | 'foreign' | 'unknown' {
  if (Object.hasOwn(COMMANDS, verb)) return verb as Verb
  const alias = ALIASES.get(verb)
  if (alias !== undefined) return alias
  if (NOT_IMPLEMENTED.has(verb)) return 'notImplemented'
  return FOREIGN.has(verb) ? 'foreign' : 'unknown'
}

/** Whether `verb` is in the table. */
export function isVerbKnown(verb: string): verb is Verb {
  return Object.hasOwn(COMMANDS, verb)
}

/** Whether a command may have the reply `code`, `behindPreliminary` or at once. */
export function isReplyOf(verb: Verb, code: number, behindPreliminary: boolean): boolean {
  const { replies, preliminary, then, practice } = COMMANDS[verb]
  if (code === 421) return true
  if (behindPreliminary) return then.includes(code)
  return replies.includes(code) || preliminary.includes(code) || practice.includes(code)
}

/** Whether a command has a preliminary reply, and with it a transfer. */
export function isTransfer(verb: Verb): boolean {
  return COMMANDS[verb].preliminary.length > 0
}

/** Whether what stands behind a verb must never be shown (A20). */
export function isSecret(verb: string): boolean {
  return verb === 'PASS' || verb === 'ACCT'
}
