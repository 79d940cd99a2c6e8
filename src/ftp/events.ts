/**
 * All that can cross the control connection, both ways, one object for each unit. What a client sends is the type that a
 * server receives.
 *
 *     client  ── command, otherCommand, telnet, interrupt ──>  server
 *             <── reply, telnet ─────────────────────────────
 *
 * Two events come from a machine and from no wire: `refused`, which is the table's own answer to a line and only has to be sent,
 * and `end`.
 */
import type { CommandArguments, Verb } from './commands.ts'
import type { Interrupt, TelnetOption } from './telnet.ts'

export type { Interrupt, TelnetOption } from './telnet.ts'

/** A command of the table, with its argument read. */
export type CommandOf<V extends Verb> = {
  /** The discriminant. */
  readonly type: 'command'
  /** Which; an alias has its proper name. */
  readonly verb: V
  /** What stood behind it. */
  readonly argument: CommandArguments[V]
}

/** Any command of the table: `{ type: 'command', verb: 'REST', argument: 100 }`. */
export type Command = { readonly [V in Verb]: CommandOf<V> }[Verb]

/** A command that is not in the table, for a client that talks to a server with more. A server answers it 500 or 502. */
export interface OtherCommand {
  /** The discriminant. */
  readonly type: 'otherCommand'
  /** Its code in upper case: letters and digits. */
  readonly verb: string
  /** What stands behind it, if anything does. */
  readonly argument: string | undefined
}

/** A reply as it stands on the wire. */
export interface ReplyText {
  /** Three digits, the first of them 1 to 5. */
  readonly code: number
  /** The text of each line: of the first and the last without the code, of the inner ones as they are. */
  readonly lines: readonly string[]
}

/** A reply, and what it answers. */
export interface Reply extends ReplyText {
  /** The discriminant. */
  readonly type: 'reply'
  /**
   * The verb of the command that it answers, in upper case; `greeting` for the first reply, `line` for the answer to what is no
   * command, `connection` for a 421 that answers nothing.
   */
  readonly to: string
}

/** A line that the table refuses: unknown, malformed, or out of its sequence. `reply` is to be sent; nothing else is to be done. */
export interface Refused {
  /** The discriminant. */
  readonly type: 'refused'
  /** The line as it may be shown: without what stood behind PASS. Empty for one that was no line of text. */
  readonly line: string
  /** Whether it was a command at all; who sends much that is none is no FTP client. */
  readonly isCommand: boolean
  /** The answer. */
  readonly reply: Reply
}

/** The dialogue is over: the peer has ended its side, or the last reply has been said. */
export interface End {
  /** The discriminant. */
  readonly type: 'end'
}

/** What a server receives. */
export type ServerIn = Command | Refused | TelnetOption | Interrupt | End
/** What a server sends. */
export type ServerOut = Reply | TelnetOption
/** What a client receives. */
export type ClientIn = Reply | TelnetOption | Interrupt | End
/** What a client sends. */
export type ClientOut = Command | OtherCommand | TelnetOption | Interrupt
