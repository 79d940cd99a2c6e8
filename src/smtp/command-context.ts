/** What a command's line is read against, and what comes of it: for the registry in `commands.ts` and the readers of arguments. */
import type { SmtpErrorCode } from './errors.ts'
import type { Command } from './events.ts'
import type { Protocol } from './extensions.ts'
import type { Leniency } from './limits.ts'
import type { Offered } from './parameters.ts'
import type { Charset } from './utf8.ts'

/** What a line is read against. */
export interface CommandContext {
  /** What is spoken. */
  readonly protocol: Protocol
  /** Whether TLS cannot be had, can be had, or is there. */
  readonly security: 'none' | 'offered' | 'active'
  /** The mechanisms of AUTH that this server would have under TLS; none where it has no AUTH in any case. */
  readonly mechanismsUnderTls: readonly string[]
  /** The extensions that this server has: they bring commands. */
  readonly offered: Offered
  /** Those that hold in this session, since EHLO; none after HELO. They bring parameters. */
  readonly negotiated: Offered
  /** What the addresses of this transaction may hold, by the parameters of its MAIL. */
  readonly charset: Charset
  /** Which broken rules are forgiven. */
  readonly leniency: Leniency
}

/** A line, read. */
export interface ParsedCommand {
  /** The command, or why there is none. */
  readonly command: Command | SmtpErrorCode
  /** What was forgiven on the way. */
  readonly violation?: SmtpErrorCode
}

/** A line that is no command. */
export function refused(code: SmtpErrorCode): ParsedCommand {
  return { command: code }
}

/** A line without the white space at its end, which is tolerated (RFC 5321 §4.1.1). */
export function withoutTrailingSpace(line: string): string {
  let end = line.length
  while (end > 0 && (line.charAt(end - 1) === ' ' || line.charAt(end - 1) === '\t')) end--
  return line.slice(0, end)
}
