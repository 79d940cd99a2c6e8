/**
 * A client's side of the control connection, without any I/O.
 *
 * One command at a time, but ABOR, NOOP and STAT while a transfer is outstanding. A reply belongs to the first outstanding
 * command that may have it: so a 200 that comes before the 226 is the NOOP's, whichever was sent first. Some servers send one reply
 * for a transfer and its ABOR together; when a command sent behind the ABOR is answered, what is still open before it is forgotten.
 * Others send three (Pure-FTPd: 426, 451 and 226, as it happens). So from an ABOR on it is not certain how many replies are still to come,
 * until a NOOP or SYST that was sent behind it is answered by a code that only those have (RFC 1123 §4.1.4.4):
 *
 *     certain ──ABOR──> uncertain ──reply to NOOP or SYST──> certain
 */
import { NEED_RECEIVE, type Machine, type NeedData } from '../net/machine.ts'
import { transition } from '../net/table.ts'
import { COMMANDS, isReplyOf, isTransfer, isVerbKnown } from './commands.ts'
import { FtpError, localError } from './errors.ts'
import type { ClientIn, ClientOut, End, Reply, ReplyText } from './events.ts'
import { mergeLeniency, mergeLimits, type MachineOptions } from './limits.ts'
import { ReplyParser } from './parser.ts'
import { classOf } from './reply.ts'
import { isChanging, SECURITY, securityEventOf, type SecurityState } from './security.ts'
import { CLIENT, type ClientEvent, type ClientState } from './states.ts'
import { writeClientEvent } from './writer.ts'

const END: End = Object.freeze({ type: 'end' })

/** What a machine has become: an error is told again and again, and nothing else. */
type Life = { readonly is: 'alive' } | { readonly is: 'dead'; readonly of: unknown }

const ALIVE: Life = Object.freeze({ is: 'alive' })

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
  readonly #newParser: () => ReplyParser
  /** A new one for each change of the layer below, as in the server. */
  #parser: ReplyParser
  #security: SecurityState = 'clear'
  #state: ClientState = 'greeting'
  #stream: 'open' | 'ended' = 'open'
  #life: Life = ALIVE
  #outstanding: Outstanding[] = []
  /** Whether each reply that comes is owed; behind an ABOR there may be some more. */
  #count: 'certain' | 'uncertain' = 'certain'
  /** Replies that nobody owed. */
  #strays = 0
  /** `end` is told once, as in the server. */
  #end: 'due' | 'told' = 'due'

  constructor(options: MachineOptions = {}) {
    const limits = mergeLimits(options.limits)
    const leniency = mergeLeniency(options.leniency)
    this.#newParser = () => new ReplyParser(limits, leniency)
    this.#parser = this.#newParser()
  }

  /** The state, as in the table `CLIENT`. */
  get state(): ClientState {
    return this.#state
  }

  /** The security, as in the table `SECURITY`. */
  get security(): SecurityState {
    return this.#security
  }

  /** The commands that wait for their final replies, the first sent first. */
  get outstanding(): readonly string[] {
    return this.#outstanding.map(({ verb }) => verb)
  }

  /** Whether the server has sent anything behind the last reply. */
  get isPeerAhead(): boolean {
    return this.bufferedBytes > 0
  }

  /** Octets received that are no event yet. */
  get bufferedBytes(): number {
    return this.#parser.bufferedBytes
  }

  /** Octets examined (law 6). */
  get work(): number {
    return this.#parser.work
  }

  /** Takes bytes, by reference. */
  receive(bytes: Uint8Array): void {
    this.#parser.push(bytes)
  }

  /** The peer has sent its FIN. */
  receiveEnd(): void {
    this.#stream = 'ended'
  }

  /**
   * The layer below has changed: TLS is up (behind AUTH, or from the first octet), or down again behind CCC. Throws an `FtpError`
   * with side `local` where neither was agreed on, and `FTP_TLS_LEFTOVER` where octets of the old layer have come behind the reply.
   */
  layerChanged(): void {
    const state = transition(SECURITY, this.#security, this.#security === 'clearing' ? 'cleared' : 'secured')
    if (state === undefined) throw localError('FTP_SECURITY_STATE')
    if (this.bufferedBytes > 0) throw this.#die(new FtpError('FTP_TLS_LEFTOVER'))
    this.#security = state
    this.#parser = this.#newParser()
  }

  /** What is behind the last event: plaintext that must not be taken for TLS, say (A12, A13). */
  takeLeftover(): Uint8Array {
    return this.#parser.takeLeftover()
  }

  /** The next reply, with what it answers; `end` once, behind the last. Throws `FtpError` where a reply is none, or answers nothing. */
  next(): ClientIn | NeedData {
    if (this.#life.is === 'dead') throw this.#life.of
    if (this.#state === 'closing') return this.#tellEnd()
    if (isChanging(this.#security)) return this.#awaitLayer()
    try {
      const unit = this.#parser.next()
      if (unit === undefined) return this.#starve()
      return 'code' in unit ? this.#place(unit) : unit
    } catch (error) {
      throw this.#die(error)
    }
  }

  /**
   * The octets of a command. Throws an `FtpError` with side `local`, and changes nothing, where it may not be sent now or cannot be
   * written. Telnet may be sent at any time.
   */
  send(event: ClientOut): readonly Uint8Array[] {
    if (event.type === 'telnet' || event.type === 'interrupt') return [writeClientEvent(event)]
    if (!this.#mayAsk(event)) throw localError('FTP_COMMAND_NOW', event.verb)
    const bytes = writeClientEvent(event)
    const { verb } = event
    if (verb === 'ABOR') this.#count = 'uncertain'
    // A server may answer ABOR and what it breaks off with one reply, or the transfer alone.
    if (verb === 'ABOR') for (const outstanding of this.#outstanding) outstanding.answer = 'optional'
    // One that reads nothing while it sends may lose a NOOP; behind an ABOR it is asked in order to be answered.
    const isLosable = verb === 'ABOR' || (verb === 'NOOP' && this.#outstanding[0]?.answer === 'due')
    this.#outstanding.push({ verb, stage: 'asked', answer: isLosable ? 'optional' : 'due' })
    this.#go('asked')
    return [bytes]
  }

  /**
   * Whether a command may be sent now: when no reply is due, or beside a transfer what is answered beside one. Nothing that has an argument
   * is: STAT with a path is a listing, and comes between transfers (RFC 959 §4.1.3).
   */
  #mayAsk({ verb, argument }: { readonly verb: string; readonly argument: unknown }): boolean {
    if (this.#life.is === 'dead' || this.#isGreeting || this.#state === 'closing') return false
    if (isChanging(this.#security)) return false
    const first = this.#outstanding.find(({ answer }) => answer === 'due')
    if (first === undefined) return true
    const isBeside = isVerbKnown(verb) && COMMANDS[verb].duringTransfer === 'answer' && argument === undefined
    return isBeside && isVerbKnown(first.verb) && isTransfer(first.verb)
  }

  /** Whether the server still owes its greeting. */
  get #isGreeting(): boolean {
    return this.#state === 'greeting' || this.#state === 'delayed'
  }

  /** Nothing that comes now is a reply: who answers before TLS is up is not the server, or does not know what it is doing (A13). */
  #awaitLayer(): NeedData | End {
    if (this.bufferedBytes > 0) throw this.#die(new FtpError('FTP_TLS_LEFTOVER'))
    return this.#stream === 'open' ? NEED_RECEIVE : this.#tellEnd()
  }

  /** From here on `next` throws this error and nothing else (law 8). */
  #die(error: unknown): unknown {
    this.#life = { is: 'dead', of: error }
    return error
  }

  /** There are no more units: the server must speak, or has ended. */
  #starve(): NeedData | End {
    if (this.#stream === 'open') return NEED_RECEIVE
    if (!this.#parser.isMidUnit) return this.#tellEnd()
    throw new FtpError('FTP_TRUNCATED')
  }

  /** `end`, and from then on nothing. */
  #tellEnd(): End | NeedData {
    if (this.#end === 'told') return NEED_RECEIVE
    this.#end = 'told'
    return END
  }

  /** Finds the command that a reply belongs to. */
  #place({ code, lines }: ReplyText): Reply {
    const reply = (to: string): Reply => ({ type: 'reply', to, code, lines })
    if (this.#isGreeting) {
      const meaning = classOf(code)
      if (meaning === 'intermediate') throw new FtpError('FTP_REPLY_CLASS', { detail: `${code} to greeting` })
      this.#go(meaning === 'preliminary' ? 'delayed' : meaning === 'completion' ? 'greeted' : 'dismissed')
      return reply('greeting')
    }
    const fitting = this.#outstanding.findIndex((outstanding) => mayAnswer(outstanding, code))
    // A reply that fits none is an odd one to the first: most servers have some. But no transfer that was opened has a line that was
    // not understood (50z, RFC 959 §4.2.1): that was the last.
    const odd = isSyntax(code) ? this.#outstanding.length - 1 : 0
    if (fitting === -1 && this.#isStray(code)) return reply('ABOR')
    const index = Math.max(0, fitting === -1 ? odd : fitting)
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

  /**
   * Whether a reply that fits nothing is one more to an ABOR. There are few of them, or somebody plays with us. A second 1yz is one, too:
   * Pure-FTPd, broken off at the very end, says 226 with the code of its 150.
   */
  #isStray(code: number): boolean {
    const last = this.#outstanding.at(-1)
    const isMore = last === undefined || classOf(code) === 'preliminary' || (isMarker(last) && !isSyntax(code))
    if (this.#count === 'certain' || !isMore || code === 421) return false
    this.#strays++
    if (this.#strays > MAX_STRAYS) throw new FtpError('FTP_REPLY_UNASKED')
    return true
  }

  /** A final reply has come: who sent a command behind an ABOR and is answered, has overtaken what was optional before it. */
  #settle(index: number, answered: Outstanding, code: number): void {
    const isOvertaken = (outstanding: Outstanding, at: number): boolean =>
      at < index && outstanding.answer === 'optional' && answered.answer === 'due'
    this.#outstanding = this.#outstanding.filter((each, at) => each !== answered && !isOvertaken(each, at))
    const change = securityEventOf(answered.verb, code)
    if (change !== undefined) this.#security = transition(SECURITY, this.#security, change) ?? this.#security
    if (isMarker(answered)) {
      this.#count = 'certain'
      this.#strays = 0
    }
    if (code === 421 || (code === 221 && answered.verb === 'QUIT')) this.#go('dismissed')
    else if (this.#outstanding.length === 0) this.#go('allAnswered')
    else this.#go(answered.stage === 'opened' ? 'finished' : 'answered')
  }

  /** Moves in the table. A second 1yz has no way in it. */
  #go(event: ClientEvent): void {
    const state = transition(CLIENT, this.#state, event)
    if (state === undefined) throw new FtpError('FTP_REPLY_CLASS', { detail: event })
    this.#state = state
  }
}

/** More than any server is known to send behind an ABOR. */
const MAX_STRAYS = 4

/** A command whose reply says that all before it has been answered. */
function isMarker({ verb, answer }: Outstanding): boolean {
  return answer === 'due' && (verb === 'NOOP' || verb === 'SYST')
}

/** Whether a command may have this reply. A command that is in no table may have any. */
function mayAnswer({ verb, stage }: Outstanding, code: number): boolean {
  return !isVerbKnown(verb) || isReplyOf(verb, code, stage === 'opened')
}

/** `x0z`: the line itself is at fault. */
function isSyntax(code: number): boolean {
  return code >= 500 && code < 510
}

/** The automata of RFC 959 §6: 1yz belongs to a transfer (and comes once), 3yz belongs to the first command of a sequence. */
function checkClass({ verb }: Outstanding, code: number): void {
  if (!isVerbKnown(verb)) return
  const meaning = classOf(code)
  const isSequence = COMMANDS[verb].replies.some((each) => classOf(each) === 'intermediate')
  const isWrong = (meaning === 'preliminary' && !isTransfer(verb)) || (meaning === 'intermediate' && !isSequence)
  if (isWrong) throw new FtpError('FTP_REPLY_CLASS', { detail: `${code} to ${verb}` })
}
