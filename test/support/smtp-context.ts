/** What a command of SMTP is read in, for tests and benchmarks. */
import type { CommandContext } from '../../src/smtp/command-context.ts'
import { EXTENSIONS } from '../../src/smtp/extensions.ts'
import { STRICT } from '../../src/smtp/limits.ts'

/** Every extension there is. */
export const ALL: ReadonlySet<string> = new Set(EXTENSIONS)

/** A session in which every extension was agreed on. */
export const CONTEXT: CommandContext = {
  protocol: 'smtp',
  security: 'offered',
  offered: ALL,
  mechanismsUnderTls: [],
  negotiated: ALL,
  charset: 'ascii',
  leniency: STRICT,
}
