/**
 * What a server answers when something was refused or failed: the reason of a storage as a reply code that the command may have, and
 * a text that a stranger may see. What the system said, with its paths, stays in the error's cause.
 */
import { isReplyOf, type Verb } from './commands.ts'
import { StorageError, type StorageRefusal } from './storage/storage.ts'
import type { FinalReply } from './transfer.ts'

/**
 * The codes for each reason, the best first (RFC 959 §4.2.2). A command takes the first that its row has; 451 is in every row of a
 * command that touches a storage.
 */
export const REFUSAL_CODES: Readonly<Record<StorageRefusal, readonly number[]>> = {
  notFound: [550],
  exists: [550, 553],
  notDirectory: [550],
  notFile: [550, 553],
  notEmpty: [550],
  denied: [550, 553],
  name: [553, 550],
  outOfRange: [550],
  full: [552, 452],
  busy: [450],
  unsupported: [504, 502, 550],
  failed: [451],
}

/** Thrown by a command that is refused: the codes for it, the best first, and a text. */
export class Refusal extends Error {
  /** The codes that would do. */
  readonly codes: readonly number[]

  constructor(codes: readonly number[], text: string) {
    super(text)
    this.codes = codes
  }
}

/** The answer to `verb` for what was thrown; anything but a refusal is a local error, of which nothing is told. */
export function refusalOf(error: unknown, verb: Verb, place: 'atOnce' | 'behindPreliminary'): FinalReply {
  if (error instanceof Refusal) return { code: codeFor(error.codes, verb, place), text: error.message }
  if (!(error instanceof StorageError)) return { code: codeFor([], verb, place), text: 'Local error in processing' }
  return { code: codeFor(REFUSAL_CODES[error.reason], verb, place), text: error.message }
}

/** Whether what was thrown is the owner's to know: a storage that failed, or a fault of ours; not a client that was refused. */
export function isFault(error: unknown): boolean {
  if (error instanceof StorageError) return error.reason === 'failed'
  return !(error instanceof Refusal)
}

/** Whatever was thrown, as an `Error` for the owner's ears. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('Something that is no error was thrown', { cause: thrown })
}

/** The first of `codes` that `verb` may have; where it may have none of them 451, and where not even that 500, which everything may have. */
function codeFor(codes: readonly number[], verb: Verb, place: 'atOnce' | 'behindPreliminary'): number {
  return [...codes, 451].find((code) => isReplyOf(verb, code, place === 'behindPreliminary')) ?? 500
}
