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
 *     501, 504  for a parameter that is malformed, or known and not supported, as §4.2.2 defines them
 *     503  out of sequence, as §4.2.2 defines it
 *     530  to PWD, SIZE, MDTM and EPSV, which only a user who is logged in can mean
 *     550, 553  of a path that leads nowhere (LIST, NLST, STOR, STAT...), and of a name that cannot be one
 *
 * 421 may answer anything when a server must go (§4.2.2), and stands in no row.
 *
 * RFC 959 §4.1 and §5.4, RFC 1123 §4.1, RFC 2389, RFC 2428, RFC 3659.
 */
import {
  COMMAND_NAME,
  EXTENDED_PASSIVE,
  MARKER,
  MODE_CODE,
  NONE,
  OPTIONAL_PATH,
  OPTIONS,
  PASSWORD,
  PATH,
  STRUCTURE_CODE,
  TEXT,
  TYPE_CODE,
  type Argument,
} from './arguments.ts'
import type { CommandOptions, DataType, ExtendedPassive, FileStructure, TransferMode } from './grammar.ts'

/** Every command that is implemented, and what its argument is read to. */
export interface CommandArguments {
  readonly USER: string
  readonly PASS: string
  readonly CWD: string
  readonly CDUP: undefined
  readonly QUIT: undefined
  readonly PASV: undefined
  readonly EPSV: ExtendedPassive | undefined
  readonly TYPE: DataType
  readonly STRU: FileStructure
  readonly MODE: TransferMode
  readonly RETR: string
  readonly STOR: string
  readonly APPE: string
  readonly REST: number
  readonly RNFR: string
  readonly RNTO: string
  readonly ABOR: undefined
  readonly DELE: string
  readonly RMD: string
  readonly MKD: string
  readonly PWD: undefined
  readonly LIST: string | undefined
  readonly NLST: string | undefined
  readonly MLSD: string | undefined
  readonly MLST: string | undefined
  readonly SIZE: string
  readonly MDTM: string
  readonly SYST: undefined
  readonly STAT: string | undefined
  readonly HELP: string | undefined
  readonly NOOP: undefined
  readonly FEAT: undefined
  readonly OPTS: CommandOptions
}

/** The codes of the commands that are implemented. */
export type Verb = keyof CommandArguments

/** When a command may come: at any time, behind USER, when logged in, or behind RNFR. */
export type Phase = 'always' | 'password' | 'loggedIn' | 'renaming'

/**
 * What a command needs permission for, in the letters of RFC 3659 §7.5.5: `a`ppend, `d`elete, `e`nter, rename (`f`), `l`ist,
 * `m`ake a directory, `r`etrieve, `w`rite.
 */
export type Permission = 'a' | 'd' | 'e' | 'f' | 'l' | 'm' | 'r' | 'w'

/** What the table knows of a command. */
export interface CommandRow<Value> {
  /** What its argument looks like. */
  readonly argument: Argument<Value>
  /** Where it is written. */
  readonly rfc: string
  /** When it may come. */
  readonly phase: Phase
  /** Whether it is answered while a transfer runs, or kept until that is over (RFC 959 §4.2). */
  readonly duringTransfer: 'answer' | 'hold'
  /** Whether a marker set by REST outlives it; see `restarting` in `states.ts`. */
  readonly marker: 'keep' | 'drop'
  /** What it needs permission for. */
  readonly permission: Permission | 'none'
  /** The final replies that it may have without a preliminary one. */
  readonly replies: readonly number[]
  /** The preliminary replies (1yz), of which it may have one. */
  readonly preliminary: readonly number[]
  /** The final replies behind a preliminary one. */
  readonly then: readonly number[]
  /** Further final replies; see the head of this file. */
  readonly practice: readonly number[]
  /** What FEAT says of it, where it is no command of RFC 959 (RFC 2389 §3.2). */
  readonly feature: string | undefined
}

/** What a row says beyond the ordinary. */
type Particulars = Partial<Omit<CommandRow<unknown>, 'argument' | 'rfc'>>

function row<Value>(argument: Argument<Value>, rfc: string, particulars: Particulars): CommandRow<Value> {
  return Object.freeze({
    argument,
    rfc,
    phase: 'loggedIn',
    duringTransfer: 'hold',
    marker: 'drop',
    permission: 'none',
    replies: [],
    preliminary: [],
    then: [],
    practice: [],
    feature: undefined,
    ...particulars,
  })
}

/** A row of a command that opens a data connection. */
function transferRow<Value>(argument: Argument<Value>, rfc: string, particulars: Particulars): CommandRow<Value> {
  return row(argument, rfc, { preliminary: [125, 150], then: [226, 250, 425, 426, 451], ...particulars })
}

/** The replies to what is no command, or not with this argument. */
const SYNTAX = [500, 501]
/** The same, for a command that a server may lack, and that only a user may give. */
const COMMON = [500, 501, 502, 530]
const UPLOADED = [226, 250, 425, 426, 451, 551, 552]

const SERVICE = 'RFC 959 §4.1.3'
const ACCESS = 'RFC 959 §4.1.1'
const PARAMETER = 'RFC 959 §4.1.2'

/** The table. Aliases, and the commands that are known and not implemented, stand below it. */
export const COMMANDS: { readonly [V in Verb]: CommandRow<CommandArguments[V]> } = Object.freeze({
  // Access control commands, RFC 959 §4.1.1
  USER: row(TEXT, ACCESS, { phase: 'always', replies: [230, 530, ...SYNTAX, 331, 332] }),
  PASS: row(PASSWORD, ACCESS, { phase: 'password', replies: [230, 202, 530, ...SYNTAX, 503, 332], practice: [451] }),
  CWD: row(PATH, ACCESS, { permission: 'e', replies: [250, ...COMMON, 550], practice: [450, 451, 553] }),
  CDUP: row(NONE, ACCESS, { permission: 'e', replies: [200, ...COMMON, 550], practice: [250, 450, 451] }),
  QUIT: row(NONE, ACCESS, { phase: 'always', replies: [221, 500], practice: [501] }),

  // Transfer parameter commands, RFC 959 §4.1.2
  PASV: row(NONE, PARAMETER, { marker: 'keep', replies: [227, ...COMMON], practice: [425, 503] }),
  EPSV: row(EXTENDED_PASSIVE, 'RFC 2428 §3', {
    marker: 'keep',
    replies: [229, ...SYNTAX, 522],
    practice: [200, 425, 530],
    feature: 'EPSV',
  }),
  TYPE: row(TYPE_CODE, PARAMETER, { marker: 'keep', replies: [200, ...SYNTAX, 504, 530] }),
  STRU: row(STRUCTURE_CODE, PARAMETER, { marker: 'keep', replies: [200, ...SYNTAX, 504, 530] }),
  MODE: row(MODE_CODE, PARAMETER, { marker: 'keep', replies: [200, ...SYNTAX, 504, 530] }),

  // FTP service commands, RFC 959 §4.1.3: transfers
  RETR: transferRow(PATH, SERVICE, {
    permission: 'r',
    replies: [450, 550, ...SYNTAX, 530],
    practice: [425, 451, 553],
  }),
  STOR: transferRow(PATH, SERVICE, {
    permission: 'w',
    then: UPLOADED,
    replies: [532, 450, 452, 553, ...SYNTAX, 530],
    practice: [425, 451, 504, 550, 552],
  }),
  APPE: transferRow(PATH, SERVICE, {
    permission: 'a',
    then: UPLOADED,
    replies: [532, 450, 550, 452, 553, ...COMMON],
    practice: [425, 451, 504, 552],
  }),
  LIST: transferRow(OPTIONAL_PATH, SERVICE, {
    permission: 'l',
    replies: [450, ...COMMON],
    practice: [425, 451, 550, 553],
  }),
  NLST: transferRow(OPTIONAL_PATH, SERVICE, {
    permission: 'l',
    replies: [450, ...COMMON],
    practice: [425, 451, 550, 553],
  }),
  MLSD: transferRow(OPTIONAL_PATH, 'RFC 3659 §7', {
    permission: 'l',
    replies: [450, ...SYNTAX, 503, 504, 530, 550, 553],
    practice: [425, 451],
  }),
  REST: row(MARKER, 'RFC 3659 §5', { marker: 'keep', replies: [...COMMON, 350], feature: 'REST STREAM' }),
  ABOR: row(NONE, SERVICE, { phase: 'always', duringTransfer: 'answer', replies: [225, 226, 500, 501, 502] }),

  // Files and directories
  RNFR: row(PATH, SERVICE, { permission: 'f', replies: [450, 550, ...COMMON, 350], practice: [451, 553] }),
  RNTO: row(PATH, SERVICE, {
    phase: 'renaming',
    permission: 'f',
    replies: [250, 532, 553, 503, ...COMMON],
    practice: [450, 451, 452, 550, 552],
  }),
  DELE: row(PATH, SERVICE, { permission: 'd', replies: [250, 450, 550, ...COMMON], practice: [451, 553] }),
  RMD: row(PATH, SERVICE, { permission: 'd', replies: [250, ...COMMON, 550], practice: [450, 451, 553] }),
  MKD: row(PATH, SERVICE, { permission: 'm', replies: [257, ...COMMON, 550], practice: [450, 451, 452, 552, 553] }),
  PWD: row(NONE, SERVICE, { replies: [257, 500, 501, 502, 550], practice: [530] }),
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

  // Information, and nothing
  SYST: row(NONE, SERVICE, { phase: 'always', replies: [215, 500, 501, 502] }),
  STAT: row(OPTIONAL_PATH, SERVICE, {
    duringTransfer: 'answer',
    permission: 'l',
    replies: [211, 212, 213, 450, ...COMMON],
    practice: [451, 550, 553],
  }),
  HELP: row(COMMAND_NAME, SERVICE, { phase: 'always', replies: [211, 214, 500, 501, 502] }),
  NOOP: row(NONE, SERVICE, {
    phase: 'always',
    duringTransfer: 'answer',
    marker: 'keep',
    replies: [200, 500],
    practice: [501],
  }),

  // Feature negotiation, RFC 2389
  FEAT: row(NONE, 'RFC 2389 §3', { phase: 'always', replies: [211, 500, 501, 502] }),
  OPTS: row(OPTIONS, 'RFC 2389 §4', { phase: 'always', replies: [200, 451, 501, 500, 502] }),
})

/** Other names of commands: the experimental ones of RFC 775, which old clients still use (RFC 1123 §4.1.3.1). */
const ALIASES: ReadonlyMap<string, Verb> = new Map([
  ['XCUP', 'CDUP'],
  ['XCWD', 'CWD'],
  ['XMKD', 'MKD'],
  ['XPWD', 'PWD'],
  ['XRMD', 'RMD'],
])

/** Commands of RFC 959 and its successors that are known and not implemented: 502, where an unknown one is 500. */
const NOT_IMPLEMENTED: ReadonlySet<string> = new Set([
  ...['ACCT', 'SMNT', 'REIN', 'PORT', 'ALLO', 'STOU', 'SITE'],
  ...['EPRT', 'LANG', 'HOST', 'MFMT', 'MFCT', 'MFF', 'CLNT', 'HASH', 'RANG', 'AVBL'],
  ...['AUTH', 'ADAT', 'PBSZ', 'PROT', 'CCC', 'MIC', 'CONF', 'ENC'],
])

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
