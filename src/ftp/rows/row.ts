/**
 * What a row of the table of commands says, and how one is made. The rows themselves stand beside this file, by chapters of RFC 959 and
 * its successors; `../commands.ts` puts them together, and tells of the codes in `practice`.
 */
import type { Argument } from '../arguments.ts'
import type { Capability } from '../storage/storage.ts'

/**
 * When a command may come: at any time, before anything else of a login, behind USER, behind a PASS that wants more (or when logged in),
 * when logged in, behind RNFR; and those of security before TLS, under TLS, under TLS behind PBSZ, and where there is TLS to be ended.
 */
export type Phase = 'always' | 'beforeUser' | 'password' | 'account' | 'loggedIn' | 'renaming' | SecurityPhase

/** When a command of security may come. */
export type SecurityPhase = 'unsecured' | 'secured' | 'sized' | 'clearable'

/**
 * What a command needs permission for, in the letters of RFC 3659 §7.5.5: `a`ppend, `d`elete, `e`nter, rename (`f`), `l`ist,
 * `m`ake a directory, `r`etrieve, `w`rite; and what that has no letters for: set `M`odes, set `T`imes.
 */
export type Permission = 'a' | 'd' | 'e' | 'f' | 'l' | 'm' | 'r' | 'w' | 'M' | 'T'

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
  /** What else a storage must be able to do for it. */
  readonly capability: Capability | 'none'
  /** The final replies that it may have without a preliminary one. */
  readonly replies: readonly number[]
  /** The preliminary replies (1yz), of which it may have one. */
  readonly preliminary: readonly number[]
  /** The final replies behind a preliminary one. */
  readonly then: readonly number[]
  /** Further final replies; see `commands.ts`. */
  readonly practice: readonly number[]
  /** What FEAT says of it, where it is no command of RFC 959 (RFC 2389 §3.2). */
  readonly feature: string | undefined
}

/** What a row says beyond the ordinary. */
type Particulars = Partial<Omit<CommandRow<unknown>, 'argument' | 'rfc'>>

/** A row: what is not said is the ordinary. */
export function row<Value>(argument: Argument<Value>, rfc: string, particulars: Particulars): CommandRow<Value> {
  return Object.freeze({
    argument,
    rfc,
    phase: 'loggedIn',
    duringTransfer: 'hold',
    marker: 'drop',
    permission: 'none',
    capability: 'none',
    replies: [],
    preliminary: [],
    then: [],
    practice: [],
    feature: undefined,
    ...particulars,
  })
}

/** A row of a command that opens a data connection, on which TLS may fail: 522 (RFC 4217 §10.2). */
export function transferRow<Value>(
  argument: Argument<Value>,
  rfc: string,
  particulars: Particulars,
): CommandRow<Value> {
  return row(argument, rfc, { preliminary: [125, 150], then: [226, 250, 425, 426, 451, 522], ...particulars })
}

/** The replies to what is no command, or not with this argument. */
export const SYNTAX: readonly number[] = [500, 501]
/** The same, for a command that a server may lack, and that only a user may give. */
export const COMMON: readonly number[] = [500, 501, 502, 530]
/** What an upload ends with, when it has begun. */
export const UPLOADED: readonly number[] = [226, 250, 425, 426, 451, 522, 551, 552]

/** Chapters of RFC 959. */
export const CHAPTER = {
  access: 'RFC 959 §4.1.1',
  parameters: 'RFC 959 §4.1.2',
  service: 'RFC 959 §4.1.3',
} as const

/** A chapter of the table: a row for each command, by what its argument is read to. */
export type Rows<Arguments> = { readonly [V in keyof Arguments]: CommandRow<Arguments[V]> }
