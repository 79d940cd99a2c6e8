/**
 * FTP's control connection without any I/O, for either role: the parsers, the tables and the writer put together
 * (`net/machine.ts` has the contract).
 *
 *     const machine = new ServerMachine()
 *     output.push(...machine.send({ type: 'reply', to: 'greeting', code: 220, lines: ['Ready'] }))
 *     machine.receive(bytes)
 *     for (let event = machine.next(); event.type !== 'needData'; event = machine.next())
 *       if (event.type === 'refused') output.push(...machine.send(event.reply))
 *
 * **Server.** One command at a time is told, and until its final reply is sent nothing more is (`until: 'send'`). When a transfer has
 * been answered 1yz its final reply stays owed, and the dialogue goes on beside it: ABOR, NOOP and STAT without a path are told at
 * once, everything else is held, up to a limit, until the transfer is over. Replies go out in the order of the commands (RFC 959
 * §4.2), so behind a held command NOOP and STAT are held too; ABOR is never held.
 *
 * Each reply says what it answers (`to`). One that answers nothing, or that the command's row in `commands.ts` does not have, is not
 * sent: that is the assertion behind the tables of RFC 959 §5.4.
 *
 * **Client.** One command at a time, but ABOR, NOOP and STAT while a transfer is outstanding. A reply belongs to the first outstanding
 * command that may have it: so a 200 that comes before the 226 is the NOOP's, whichever was sent first. Some servers send one reply
 * for a transfer and its ABOR together; when a command sent behind the ABOR is answered, what is still open before it is forgotten.
 */
import type { ErrorRow } from '../net/errors.ts'
import { NEED_RECEIVE, NEED_SEND, type Machine, type NeedData } from '../net/machine.ts'
import { transition } from '../net/table.ts'
import { COMMANDS, isReplyOf, isTransfer, isVerbKnown, lookUp, type CommandRow, type Verb } from './commands.ts'
import { ERRORS, FtpError } from './errors.ts'
import type { ClientIn, ClientOut, Command, End, Refused, Reply, ReplyText, ServerIn, ServerOut } from './events.ts'
import { mergeLeniency, mergeLimits, type Leniency, type Limits } from './limits.ts'
import { CommandParser, ReplyParser, type CommandFault, type ParsedCommand } from './parser.ts'
import { classOf } from './reply.ts'
import {
  CLIENT,
  SERVER,
  isLoggedIn,
  misplacedIn,
  serverEventOf,
  type ClientEvent,
  type ClientState,
  type ServerEvent,
  type ServerState,
} from './states.ts'
import { writeClientEvent, writeServerEvent } from './writer.ts'

/** What a machine can be told. */
export interface MachineOptions {
  /** Other limits than the defaults. */
  readonly limits?: Partial<Limits>
  /** Leniencies, none by default. */
  readonly leniency?: Partial<Leniency>
}

const END: End = Object.freeze({ type: 'end' })

/** What a machine has become: an error is told again and again, and nothing else. */
type Life = { readonly is: 'alive' } | { readonly is: 'dead'; readonly of: unknown }

const ALIVE: Life = Object.freeze({ is: 'alive' })

/** Whose turn it is to speak. On ours, `to` waits for a reply: one that its verb may have, or for a refused line the one code. */
type Turn = { readonly whose: 'theirs' } | { readonly whose: 'ours'; readonly to: string; readonly may: Verb | number }

const THEIRS: Turn = { whose: 'theirs' }

/** A server's side of the control connection. */
export class ServerMachine implements Machine<ServerIn, ServerOut> {
  readonly #parser: CommandParser
  readonly #maxHeld: number
  #state: ServerState = 'greeting'
  #turn: Turn = THEIRS
  #stream: 'open' | 'ended' = 'open'
  #life: Life = ALIVE
  /** The argument of the command whose turn it is. */
  #argument: Command['argument'] = undefined
  /** What REST was given, of use in state `restarting`. */
  #marker = 0
  /** What RNFR was given, of use in state `renaming`. */
  #renamed = ''
  /** The transfer whose final reply is owed, of use in state `transferring`. */
  #transfer: Verb = 'RETR'
  /** `end` is told once: whoever pulls until `needData` would pull for ever otherwise. */
  #end: 'due' | 'told' = 'due'
  /** Lines that wait for the end of the transfer. */
  readonly #held: (ParsedCommand | CommandFault)[] = []

  constructor(options: MachineOptions = {}) {
    const limits = mergeLimits(options.limits)
    this.#maxHeld = limits.maxHeldCommands
    this.#parser = new CommandParser(limits, mergeLeniency(options.leniency))
  }

  /** The state, as in the table `SERVER`. */
  get state(): ServerState {
    return this.#state
  }

  /** The offset at which the transfer to come begins: REST's where it counts, else 0. */
  get marker(): number {
    return this.#state === 'restarting' ? this.#marker : 0
  }

  /** The path that RNFR named, where it counts, else the empty text. */
  get renamed(): string {
    return this.#state === 'renaming' ? this.#renamed : ''
  }

  get bufferedBytes(): number {
    return this.#parser.bufferedBytes
  }

  get work(): number {
    return this.#parser.work
  }

  receive(bytes: Uint8Array): void {
    this.#parser.push(bytes)
  }

  receiveEnd(): void {
    this.#stream = 'ended'
  }

  takeLeftover(): Uint8Array {
    return this.#parser.takeLeftover()
  }

  next(): ServerIn | NeedData {
    if (this.#life.is === 'dead') throw this.#life.of
    if (this.#state === 'closing') return this.#tellEnd()
    if (this.#state === 'greeting' || this.#turn.whose === 'ours') return NEED_SEND
    const held = this.#state === 'transferring' ? undefined : this.#held.shift()
    if (held !== undefined) return this.#tell(held)
    while (this.#held.length < this.#maxHeld) {
      const unit = this.#parser.next()
      if (unit === undefined) return this.#starve()
      if (unit.type === 'telnet' || unit.type === 'interrupt') return unit
      if (!this.#mustHold(unit)) return this.#tell(unit)
      this.#held.push(unit)
    }
    return NEED_SEND
  }

  send(event: ServerOut): readonly Uint8Array[] {
    if (event.type === 'telnet') return [writeServerEvent(event)]
    const meaning = this.#meaningOf(event)
    const state = transition(SERVER, this.#state, meaning)
    if (state === undefined) throw localError('FTP_REPLY_UNOWED', event.to)
    const bytes = writeServerEvent(event)
    if (meaning === 'opened') this.#transfer = event.to as Verb
    if (meaning === 'marked') this.#marker = this.#argument as number
    if (meaning === 'renameBegun') this.#renamed = this.#argument as string
    // A transfer's final reply may be sent while an ABOR waits for its own.
    if (meaning !== 'finished') this.#turn = THEIRS
    this.#state = state
    return [bytes]
  }

  /** There are no more units: the peer must speak, or has ended. */
  #starve(): NeedData | End {
    if (this.#stream === 'open') return NEED_RECEIVE
    if (!this.#parser.isMidUnit) return this.#tellEnd()
    throw this.#die(new FtpError('FTP_TRUNCATED', { offset: this.#parser.offset }))
  }

  #tellEnd(): End | NeedData {
    if (this.#end === 'told') return NEED_RECEIVE
    this.#end = 'told'
    return END
  }

  #die(error: FtpError): FtpError {
    this.#life = { is: 'dead', of: error }
    return error
  }

  /** Whether a line must wait for the end of the transfer that runs. */
  #mustHold(unit: ParsedCommand | CommandFault): boolean {
    if (this.#state !== 'transferring') return false
    const verb = unit.type === 'fault' ? 'unknown' : lookUp(unit.verb)
    if (!isVerbKnown(verb) || COMMANDS[verb].duringTransfer === 'hold') return true
    return verb !== 'ABOR' && (this.#held.length > 0 || (unit.type === 'parsed' && unit.argument !== undefined))
  }

  /** The event that a line is: a command, or the table's refusal. From here on a reply is owed. */
  #tell(unit: ParsedCommand | CommandFault): Command | Refused {
    if (unit.type === 'fault') {
      const { hint = 500, text }: ErrorRow = ERRORS[unit.code]
      return this.#refuse({ to: 'line', line: '', isCommand: false, code: hint, text })
    }
    const verb = lookUp(unit.verb)
    const line = verb === 'PASS' || unit.argument === undefined ? unit.verb : `${unit.verb} ${unit.argument}`
    if (verb === 'foreign' && !isLoggedIn(this.#state)) {
      throw this.#die(new FtpError('FTP_FOREIGN_PROTOCOL', { offset: this.#parser.offset }))
    }
    const refusal = { to: isVerbKnown(verb) ? verb : unit.verb, line, isCommand: true }
    if (verb === 'notImplemented') return this.#refuse({ ...refusal, code: 502, text: 'Command not implemented' })
    if (!isVerbKnown(verb)) return this.#refuse({ ...refusal, code: 500, text: 'Unknown command' })
    const row: CommandRow<unknown> = COMMANDS[verb]
    const misplaced = misplacedIn(this.#state, row.phase)
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

function forbid(to: string, code: number): never {
  throw localError('FTP_REPLY_FORBIDDEN', `${code} to ${to}`)
}

function localError(code: 'FTP_REPLY_UNOWED' | 'FTP_REPLY_FORBIDDEN' | 'FTP_COMMAND_NOW', detail: string): FtpError {
  return new FtpError(code, { side: 'local', detail })
}

/** A command that a client has sent and that is not answered for good. */
interface Outstanding {
  readonly verb: string
  /** Whether a 1yz has come. */
  stage: 'asked' | 'opened'
  /** Whether the server may leave it unanswered: an ABOR, and what was outstanding when it was sent. */
  answer: 'due' | 'optional'
}

/** A client's side of the control connection. */
export class ClientMachine implements Machine<ClientIn, ClientOut> {
  readonly #parser: ReplyParser
  #state: ClientState = 'greeting'
  #stream: 'open' | 'ended' = 'open'
  #life: Life = ALIVE
  #outstanding: Outstanding[] = []
  /** `end` is told once, as in the server. */
  #end: 'due' | 'told' = 'due'

  constructor(options: MachineOptions = {}) {
    this.#parser = new ReplyParser(mergeLimits(options.limits), mergeLeniency(options.leniency))
  }

  /** The state, as in the table `CLIENT`. */
  get state(): ClientState {
    return this.#state
  }

  /** The commands that wait for their final replies, the first sent first. */
  get outstanding(): readonly string[] {
    return this.#outstanding.map(({ verb }) => verb)
  }

  get bufferedBytes(): number {
    return this.#parser.bufferedBytes
  }

  get work(): number {
    return this.#parser.work
  }

  receive(bytes: Uint8Array): void {
    this.#parser.push(bytes)
  }

  receiveEnd(): void {
    this.#stream = 'ended'
  }

  takeLeftover(): Uint8Array {
    return this.#parser.takeLeftover()
  }

  next(): ClientIn | NeedData {
    if (this.#life.is === 'dead') throw this.#life.of
    if (this.#state === 'closing') return this.#tellEnd()
    try {
      const unit = this.#parser.next()
      if (unit === undefined) return this.#starve()
      return 'code' in unit ? this.#place(unit) : unit
    } catch (error) {
      this.#life = { is: 'dead', of: error }
      throw error
    }
  }

  send(event: ClientOut): readonly Uint8Array[] {
    if (event.type === 'telnet' || event.type === 'interrupt') return [writeClientEvent(event)]
    if (!this.#mayAsk(event.verb)) throw localError('FTP_COMMAND_NOW', event.verb)
    const bytes = writeClientEvent(event)
    const isAbort = event.verb === 'ABOR'
    if (isAbort) for (const outstanding of this.#outstanding) outstanding.answer = 'optional'
    this.#outstanding.push({ verb: event.verb, stage: 'asked', answer: isAbort ? 'optional' : 'due' })
    this.#go('asked')
    return [bytes]
  }

  /** Whether a command may be sent now: when nothing is outstanding, or beside a transfer what is answered beside one. */
  #mayAsk(verb: string): boolean {
    if (this.#life.is === 'dead' || this.#state === 'greeting' || this.#state === 'closing') return false
    const first = this.#outstanding[0]
    if (first === undefined) return true
    const isBeside = isVerbKnown(verb) && COMMANDS[verb].duringTransfer === 'answer'
    return isBeside && (first.answer === 'optional' || (isVerbKnown(first.verb) && isTransfer(first.verb)))
  }

  /** There are no more units: the server must speak, or has ended. */
  #starve(): NeedData | End {
    if (this.#stream === 'open') return NEED_RECEIVE
    if (!this.#parser.isMidUnit) return this.#tellEnd()
    throw new FtpError('FTP_TRUNCATED')
  }

  #tellEnd(): End | NeedData {
    if (this.#end === 'told') return NEED_RECEIVE
    this.#end = 'told'
    return END
  }

  /** Finds the command that a reply belongs to. */
  #place({ code, lines }: ReplyText): Reply {
    const reply = (to: string): Reply => ({ type: 'reply', to, code, lines })
    if (this.#state === 'greeting') {
      const meaning = classOf(code)
      if (meaning === 'intermediate') throw new FtpError('FTP_REPLY_CLASS', { detail: `${code} to greeting` })
      this.#go(meaning === 'preliminary' ? 'delayed' : meaning === 'completion' ? 'greeted' : 'dismissed')
      return reply('greeting')
    }
    const index = Math.max(
      0,
      this.#outstanding.findIndex((outstanding) => mayAnswer(outstanding, code)),
    )
    const answered = this.#outstanding[index]
    if (answered === undefined) {
      if (code !== 421) throw new FtpError('FTP_REPLY_UNASKED')
      this.#go('dismissed')
      return reply('connection')
    }
    checkClass(answered, code)
    if (classOf(code) === 'preliminary') {
      answered.stage = 'opened'
      this.#go('opened')
    } else this.#settle(index, answered, code)
    return reply(answered.verb)
  }

  /** A final reply has come. */
  #settle(index: number, answered: Outstanding, code: number): void {
    const isOvertaken = (outstanding: Outstanding, at: number): boolean =>
      at < index && outstanding.answer === 'optional' && answered.answer === 'due'
    this.#outstanding = this.#outstanding.filter((each, at) => each !== answered && !isOvertaken(each, at))
    if (code === 421 || (code === 221 && answered.verb === 'QUIT')) this.#go('dismissed')
    else if (this.#outstanding.length === 0) this.#go('allAnswered')
    else this.#go(answered.stage === 'opened' ? 'finished' : 'answered')
  }

  #go(event: ClientEvent): void {
    const state = transition(CLIENT, this.#state, event)
    if (state === undefined) throw new FtpError('FTP_REPLY_CLASS', { detail: event })
    this.#state = state
  }
}

/** Whether a command may have this reply. A command that is in no table may have any. */
function mayAnswer({ verb, stage }: Outstanding, code: number): boolean {
  return !isVerbKnown(verb) || isReplyOf(verb, code, stage === 'opened')
}

/** The automata of RFC 959 §6: 1yz belongs to a transfer (and comes once), 3yz belongs to the first command of a sequence. */
function checkClass({ verb }: Outstanding, code: number): void {
  if (!isVerbKnown(verb)) return
  const meaning = classOf(code)
  const isSequence = COMMANDS[verb].replies.some((each) => classOf(each) === 'intermediate')
  const isWrong = (meaning === 'preliminary' && !isTransfer(verb)) || (meaning === 'intermediate' && !isSequence)
  if (isWrong) throw new FtpError('FTP_REPLY_CLASS', { detail: `${code} to ${verb}` })
}
