/**
 * A server's side of the control connection, without any I/O.
 *
 * One command at a time is told, and until its final reply is sent nothing more is (`until: 'send'`). When a transfer has
 * been answered 1yz its final reply stays owed, and the dialogue goes on beside it: ABOR, NOOP and STAT without a path are told at
 * once, everything else is held, up to a limit, until the transfer is over. Replies go out in the order of the commands (RFC 959
 * §4.2), so behind a held command NOOP and STAT are held too; ABOR is never held.
 *
 * Each reply says what it answers (`to`). One that answers nothing, or that the command's row in `commands.ts` does not have, is not
 * sent: that is the assertion behind the tables of RFC 959 §5.4.
 */
import { NEED_RECEIVE, NEED_SEND, type Machine, type NeedData } from '../net/machine.ts'
import { transition } from '../net/table.ts'
import type { ErrorRow } from '../net/errors.ts'
import { COMMANDS, isReplyOf, isSecret, isVerbKnown, lookUp, type CommandRow, type Verb } from './commands.ts'
import { ERRORS, FtpError, localError } from './errors.ts'
import type { ByteRange } from './extensions.ts'
import type { Command, End, Refused, Reply, ServerIn, ServerOut } from './events.ts'
import { mergeLeniency, mergeLimits, type Leniency, type Limits, type MachineOptions } from './limits.ts'
import { CommandParser, type CommandFault, type ParsedCommand } from './parser.ts'
import { isChanging, SECURITY, securityEventOf, type Protection, type SecurityState } from './security.ts'
import { isLoggedIn, misplacedIn, SERVER, serverEventOf, type ServerEvent, type ServerState } from './states.ts'
import { writeServerEvent } from './writer.ts'

/** A file from its first octet to its last. */
const WHOLE: ByteRange = Object.freeze({ from: 0, to: undefined })

const NOTHING: Uint8Array = new Uint8Array()

const END: End = Object.freeze({ type: 'end' })

/** What a machine has become: an error is told again and again, and nothing else. */
type Life = { readonly is: 'alive' } | { readonly is: 'dead'; readonly of: unknown }

const ALIVE: Life = Object.freeze({ is: 'alive' })

/** Whose turn it is to speak. On ours, `to` waits for a reply: one that its verb may have, or for a refused line the one code. */
type Turn = { readonly whose: 'theirs' } | { readonly whose: 'ours'; readonly to: string; readonly may: Verb | number }

const THEIRS: Turn = { whose: 'theirs' }

/** A server's side of the control connection. */
export class ServerMachine implements Machine<ServerIn, ServerOut> {
  readonly #limits: Limits
  readonly #leniency: Leniency
  /**
   * What makes lines of the octets, while there are any: a client that says nothing costs no parser. A new one for each change of the layer
   * below, too: what a client began to say in the clear, it does not end within TLS.
   */
  #parser: CommandParser | undefined
  /** Octets of this layer, without Telnet, that parsers before this one have read; and what all of them have examined. */
  #read = 0
  #examined = 0
  #state: ServerState = 'greeting'
  #security: SecurityState = 'clear'
  #protection: Protection = 'C'
  #turn: Turn = THEIRS
  #stream: 'open' | 'ended' = 'open'
  #life: Life = ALIVE
  /** The argument of the command whose turn it is, until that is answered. */
  #argument: Command['argument'] = undefined
  /** What REST or RANG was given, of use in state `restarting`. */
  #range: ByteRange = WHOLE
  /** What RNFR was given, of use in state `renaming`. */
  #renamed = ''
  /** The transfer whose final reply is owed, of use in state `transferring`. */
  #transfer: Verb = 'RETR'
  /** `end` is told once: whoever pulls until `needData` would pull for ever otherwise. */
  #end: 'due' | 'told' = 'due'
  /** Lines that wait for the end of the transfer. */
  readonly #held: (ParsedCommand | CommandFault)[] = []

  constructor(options: MachineOptions = {}) {
    this.#limits = mergeLimits(options.limits)
    this.#leniency = mergeLeniency(options.leniency)
  }

  /** The state, as in the table `SERVER`. */
  get state(): ServerState {
    return this.#state
  }

  /** The security, as in the table `SECURITY`. */
  get security(): SecurityState {
    return this.#security
  }

  /** What PROT has set for data connections. */
  get protection(): Protection {
    return this.#protection
  }

  /** The octets of the transfer to come: from REST's marker on, or RANG's, where they count; else all. */
  get range(): ByteRange {
    return this.#state === 'restarting' ? this.#range : WHOLE
  }

  /** The path that RNFR named, where it counts, else the empty text. */
  get renamed(): string {
    return this.#state === 'renaming' ? this.#renamed : ''
  }

  /** Whether the client has sent anything behind the command that is being done. */
  get isPeerAhead(): boolean {
    return this.bufferedBytes > 0 || this.#held.length > 0
  }

  /** Octets received that are no event yet. */
  get bufferedBytes(): number {
    return this.#parser?.bufferedBytes ?? 0
  }

  /** Octets examined (law 6). */
  get work(): number {
    return this.#examined + (this.#parser?.work ?? 0)
  }

  /** Takes bytes, by reference. */
  receive(bytes: Uint8Array): void {
    this.#parser ??= new CommandParser(this.#limits, this.#leniency, this.#read)
    this.#parser.push(bytes)
  }

  /** The peer has sent its FIN. */
  receiveEnd(): void {
    this.#stream = 'ended'
  }

  /**
   * The layer below has changed: TLS is up (behind AUTH, or from the first octet), or down again behind CCC. Throws an `FtpError`
   * with side `local` where neither was agreed on, and `FTP_TLS_LEFTOVER` where octets of the old layer have come behind the command.
   */
  layerChanged(): void {
    const state = transition(SECURITY, this.#security, this.#security === 'clearing' ? 'cleared' : 'secured')
    if (state === undefined) throw localError('FTP_SECURITY_STATE')
    if (this.isPeerAhead) throw this.#die(new FtpError('FTP_TLS_LEFTOVER'))
    this.#security = state
    this.#dropParser()
    this.#read = 0
  }

  /** What is behind the last event: plaintext that must not be taken for TLS, say (A12, A13). */
  takeLeftover(): Uint8Array {
    return this.#parser?.takeLeftover() ?? NOTHING
  }

  /**
   * The next command, refusal or Telnet command; `end` once, behind the last. Throws `FtpError` where the client speaks another protocol
   * (A21), or ends within a line.
   */
  next(): ServerIn | NeedData {
    if (this.#life.is === 'dead') throw this.#life.of
    if (this.#state === 'closing') return this.#tellEnd()
    if (isChanging(this.#security)) return this.#awaitLayer()
    if (this.#state === 'greeting' || this.#turn.whose === 'ours') return NEED_SEND
    // What came during a transfer comes before what came behind it.
    const held = this.#state === 'transferring' ? undefined : this.#held.shift()
    if (held !== undefined) return this.#tell(held)
    // With more lines waiting than this the client is not read.
    while (this.#held.length < this.#limits.maxHeldCommands) {
      const unit = this.#parser?.next()
      if (unit === undefined) return this.#starve()
      if (unit.type === 'telnet' || unit.type === 'interrupt') return unit
      if (!this.#mustHold(unit)) return this.#tell(unit)
      this.#held.push(unit)
    }
    return NEED_SEND
  }

  /**
   * The octets of a reply, or of a refused Telnet option. Throws an `FtpError` with side `local`, and changes nothing, where no such
   * reply is owed, where the command may not have it, and where its text cannot be written.
   */
  send(event: ServerOut): readonly Uint8Array[] {
    if (event.type === 'telnet') return [writeServerEvent(event)]
    const meaning = this.#meaningOf(event)
    const state = transition(SERVER, this.#state, meaning)
    if (state === undefined) throw localError('FTP_REPLY_UNOWED', event.to)
    const change = securityEventOf(event.to, event.code)
    const security = change === undefined ? this.#security : transition(SECURITY, this.#security, change)
    if (security === undefined) throw localError('FTP_SECURITY_STATE', event.to)
    const bytes = writeServerEvent(event)
    if (meaning === 'opened') this.#transfer = event.to as Verb
    if (meaning === 'marked') this.#range = rangeOf(this.#argument as number | ByteRange)
    if (meaning === 'renameBegun') this.#renamed = this.#argument as string
    this.#security = security
    if (change === 'agreed') this.#protection = 'C'
    if (event.to === 'PROT' && event.code === 200) this.#protection = this.#argument === 'P' ? 'P' : 'C'
    // A transfer's final reply may be sent while an ABOR waits for its own.
    if (meaning !== 'finished') this.#endTurn()
    this.#state = state
    return [bytes]
  }

  /** The command is answered. What it said is let go of: it may be a password. */
  #endTurn(): void {
    this.#turn = THEIRS
    this.#argument = undefined
  }

  /** Nothing that comes now is a line. */
  #awaitLayer(): NeedData | End {
    if (this.isPeerAhead) throw this.#die(new FtpError('FTP_TLS_LEFTOVER', { offset: this.#offset }))
    return this.#stream === 'open' ? NEED_RECEIVE : this.#tellEnd()
  }

  /** There are no more units: the peer must speak, or has ended. */
  #starve(): NeedData | End {
    if (this.#parser?.isAtRest === true) this.#dropParser()
    if (this.#stream === 'open') return NEED_RECEIVE
    if (this.#parser?.isMidUnit !== true) return this.#tellEnd()
    throw this.#die(new FtpError('FTP_TRUNCATED', { offset: this.#offset }))
  }

  /** Another one goes on from here when there are octets again. */
  #dropParser(): void {
    this.#read = this.#offset
    this.#examined = this.work
    this.#parser = undefined
  }

  /** Octets of this layer, without Telnet, that were read. */
  get #offset(): number {
    return this.#parser?.offset ?? this.#read
  }

  /** `end`, and from then on nothing. */
  #tellEnd(): End | NeedData {
    if (this.#end === 'told') return NEED_RECEIVE
    this.#end = 'told'
    return END
  }

  /** From here on `next` throws this error and nothing else (law 8). */
  #die(error: FtpError): FtpError {
    this.#life = { is: 'dead', of: error }
    return error
  }

  /** Whether a line must wait for the end of the transfer that runs. */
  #mustHold(unit: ParsedCommand | CommandFault): boolean {
    if (this.#state !== 'transferring') return false
    const verb = unit.type === 'fault' ? 'unknown' : lookUp(unit.verb)
    if (!isVerbKnown(verb) || COMMANDS[verb].duringTransfer === 'hold') return true
    // Behind a held command its neighbours wait too, or replies would come in another order; a STAT with a path is a listing.
    return verb !== 'ABOR' && (this.#held.length > 0 || (unit.type === 'parsed' && unit.argument !== undefined))
  }

  /** The event that a line is: a command, or the table's refusal. From here on a reply is owed. */
  #tell(unit: ParsedCommand | CommandFault): Command | Refused {
    if (unit.type === 'fault') {
      if (unit.code === 'FTP_FOREIGN_PROTOCOL') throw this.#die(new FtpError(unit.code, { offset: this.#offset }))
      const { hint = 500, text }: ErrorRow = ERRORS[unit.code]
      return this.#refuse({ to: 'line', line: '', isCommand: false, code: hint, text })
    }
    const verb = lookUp(unit.verb)
    // What is shown of a line may end up in a log (A20).
    const line = isSecret(verb) || unit.argument === undefined ? unit.verb : `${unit.verb} ${unit.argument}`
    if (verb === 'foreign' && !isLoggedIn(this.#state)) {
      throw this.#die(new FtpError('FTP_FOREIGN_PROTOCOL', { offset: this.#offset }))
    }
    const refusal = { to: isVerbKnown(verb) ? verb : unit.verb, line, isCommand: true }
    if (verb === 'notImplemented') return this.#refuse({ ...refusal, code: 502, text: 'Command not implemented' })
    if (!isVerbKnown(verb)) return this.#refuse({ ...refusal, code: 500, text: 'Unknown command' })
    const row: CommandRow<unknown> = COMMANDS[verb]
    const misplaced = misplacedIn(this.#state, row.phase, this.#security)
    if (misplaced !== undefined) return this.#refuse({ ...refusal, ...misplaced })
    const boxed = row.argument.parse(unit.argument)
    if (boxed === undefined)
      return this.#refuse({ ...refusal, code: 501, text: `Syntax: ${verb}${row.argument.syntax}` })
    // The row's grammar made the value, so verb and argument belong together; the compiler cannot see that across the table.
    const command = { type: 'command', verb, argument: boxed.value } as Command
    this.#argument = command.argument
    this.#turn = { whose: 'ours', to: verb, may: verb }
    return command
  }

  /** The refusal of a line, whose one reply is owed from now on. */
  #refuse({ to, line, isCommand, code, text }: Refusal): Refused {
    this.#turn = { whose: 'ours', to, may: code }
    return { type: 'refused', line, isCommand, reply: { type: 'reply', to, code, lines: [text] } }
  }

  /** What a reply means for the state. Throws where nothing waits for it, and where it is none that the command may have. */
  #meaningOf({ to, code }: Reply): ServerEvent {
    const turn = this.#turn
    if (to === 'connection' && code === 421) return 'dismissed'
    if (to === 'greeting' && this.#state === 'greeting') {
      if (code === 120) return 'delayed'
      return code === 421 ? 'dismissed' : code === 220 ? 'greeted' : forbid(to, code)
    }
    if (this.#state === 'transferring' && to === this.#transfer) {
      if (!isReplyOf(this.#transfer, code, true)) forbid(to, code)
      return code === 421 ? 'dismissed' : 'finished'
    }
    if (turn.whose === 'theirs' || turn.to !== to) throw localError('FTP_REPLY_UNOWED', to)
    if (typeof turn.may === 'number') return code === turn.may ? 'answered' : forbid(to, code)
    return isReplyOf(turn.may, code, false) ? serverEventOf(turn.may, code) : forbid(to, code)
  }
}

/** What makes a refusal. */
interface Refusal {
  readonly to: string
  readonly line: string
  readonly isCommand: boolean
  readonly code: number
  readonly text: string
}

/** REST's marker begins a range without an end. */
function rangeOf(argument: number | ByteRange): ByteRange {
  return typeof argument === 'number' ? { from: argument, to: undefined } : argument
}

function forbid(to: string, code: number): never {
  throw localError('FTP_REPLY_FORBIDDEN', `${code} to ${to}`)
}
