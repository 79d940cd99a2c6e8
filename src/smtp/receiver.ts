/**
 * The server's machine. One decision at a time: an event that must be answered (all but `content`, `contentFault` and `violation`) is
 * the last until its reply is sent, and meanwhile `next()` says `needData` until `send`. That keeps the replies in order, gives one
 * to each command, and loses no input, whatever the client pipelines (RFC 2920 §3.2).
 *
 *     greeting       what to greet with is asked by `defaultReply`, and said by `send`
 *     a command      it is legal here and now; the reply decides whether it happened
 *     fault          it is not: the refusal that goes with it is in the event
 *     content ...    the message, until `endOfData`, or a `fault` where it was refused on its way
 *
 * One thing hangs on time and cannot hang on the bytes alone: what stands behind EHLO, HELO or DATA when these are read was
 * sent before their reply. The machine ends there with `SMTP_EARLY_TALK`, unless `leniency.earlyTalk` accepts it.
 */
import { ByteQueue } from '../net/bytes.ts'
import { NEED_RECEIVE, NEED_SEND } from '../net/machine.ts'
import type { Machine, NeedData } from '../net/machine.ts'
import { transition } from '../net/table.ts'
import { parseHost } from './address.ts'
import { CHALLENGE, CLOSING, defaultAnswer, GREETING, mayAnswer } from './answers.ts'
import type { Answerable, Self } from './answers.ts'
import { DotDecoder } from './data.ts'
import { localError, SmtpError } from './errors.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Command, Fault, Hello, Reply, ServerEvent } from './events.ts'
import { DEFAULT_EXTENSIONS, offerable } from './extensions.ts'
import type { Circumstances, ExtensionKeyword } from './extensions.ts'
import { mergeLeniency, mergeLimits } from './limits.ts'
import type { Leniency, Limits } from './limits.ts'
import type { Parameters } from './parameters.ts'
import { CommandParser } from './parser.ts'
import { faultOf, isRefusal, withoutEnhanced } from './reply.ts'
import { SERVER } from './states.ts'
import type { ServerState, ServerTransition } from './states.ts'
import { begin, NO_TRANSACTION, recipientsOf } from './transaction.ts'
import type { Envelope, Transaction } from './transaction.ts'
import { writeReply } from './writer.ts'

/** How a server's machine is set up. */
export interface ServerMachineOptions extends Partial<Omit<Circumstances, 'limits'>> {
  /** The server's own name: a domain, or an address literal (RFC 5321 §4.3.1). */
  readonly hostname: string
  /**
   * The extensions to offer. Default `DEFAULT_EXTENSIONS`. One that the circumstances do not allow is left out: STARTTLS and REQUIRETLS
   * by `security`, AUTH by `mechanisms`, FUTURERELEASE by `protocol` and `futureRelease`, XCLIENT and XFORWARD by `peer`.
   */
  readonly extensions?: readonly ExtensionKeyword[]
  /** Mechanisms of AUTH that would be offered under TLS: asked for now, they are refused with 538 and not with 504. */
  readonly mechanismsUnderTls?: readonly string[]
  /** What a client must have done before it is served: else its commands are answered 530. Default nothing. */
  readonly requires?: readonly ('tls' | 'authentication')[]
  /** Whether the client must be greeted first. Not over a TLS that STARTTLS has begun (RFC 3207 §4.2): `given`. Default `owed`. */
  readonly greeting?: 'owed' | 'given'
  /** Replaces some of `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>
  /** Replaces some of `STRICT`. */
  readonly leniency?: Partial<Leniency>
}

/** Whose turn it is, and what we have to answer. */
type Turn = { readonly of: 'peer' } | { readonly of: 'us'; readonly to: Answerable }

/** Code of an AUTH that has succeeded. */
const AUTHENTICATED = 235

const PEERS_TURN: Turn = Object.freeze({ of: 'peer' })
const NOTHING_OFFERED: ReadonlySet<string> = new Set()

/** Commands whose reply must be waited for (RFC 2920 §3.1), and where it is an attack or a grave mistake if it is not. */
const WAITED_FOR: ReadonlySet<string> = new Set<Command['type']>(['ehlo', 'helo', 'lhlo', 'data', 'starttls'])

/** What is answered without an enhanced status code. */
const PLAIN: ReadonlySet<string> = new Set<Answerable['type']>(['greeting', 'ehlo', 'helo', 'lhlo', 'xclient'])

/** What may be said before TLS, where that is required (RFC 3207 §4). */
const BEFORE_TLS: ReadonlySet<string> = new Set<Command['type']>(['noop', 'ehlo', 'lhlo', 'starttls', 'quit'])

/** What may be said before authentication, where that is required (RFC 4954 §6). */
const BEFORE_AUTH: ReadonlySet<string> = new Set<Command['type']>([
  ...['auth', 'authResponse', 'authCancel', 'ehlo', 'helo', 'lhlo', 'noop', 'rset', 'quit', 'starttls', 'xclient'],
] as Command['type'][])

/** A server's end of a session. */
export class ServerMachine implements Machine<ServerEvent, Reply> {
  readonly #self: Self
  readonly #requires: readonly ('tls' | 'authentication')[]
  readonly #mechanismsUnderTls: readonly string[]
  readonly #leniency: Leniency
  readonly #queue = new ByteQueue()
  readonly #parser: CommandParser
  #decoder: DotDecoder
  #state: ServerState = 'greeting'
  #turn: Turn = { of: 'us', to: GREETING }
  /** The error that ended it; told again whenever it is asked. */
  #death: Error | undefined
  #input: 'open' | 'ended' = 'open'
  #transaction: Transaction = NO_TRANSACTION
  #hello: Hello | undefined
  #client: 'anonymous' | 'authenticated' = 'anonymous'

  /** Throws a `RangeError` where the hostname is no domain and no address literal, or a limit is not finite. */
  constructor(options: ServerMachineOptions) {
    const { hostname, extensions = DEFAULT_EXTENSIONS, leniency, requires = [], greeting = 'owed' } = options
    if (parseHost(hostname) === undefined) throw new RangeError('hostname must be a domain or an address literal')
    const circumstances = circumstancesOf(options)
    this.#self = { ...circumstances, hostname, offered: offerable(extensions, circumstances) }
    this.#requires = requires
    this.#mechanismsUnderTls = options.mechanismsUnderTls ?? []
    this.#leniency = mergeLeniency(leniency)
    this.#parser = new CommandParser(this.#queue, this.#self.limits)
    this.#decoder = this.#newDecoder()
    if (greeting === 'owed') return
    this.#turn = PEERS_TURN
    this.#move('greet')
  }

  /** The state, as it stands in the table `SERVER`. */
  get state(): ServerState {
    return this.#state
  }

  /** The transaction so far; `undefined` where none is open. It is the message's own once `data` was answered. */
  get envelope(): Envelope | undefined {
    return this.#transaction.state === 'none' ? undefined : this.#transaction.envelope
  }

  /** How the client has named itself, since it has. */
  get hello(): Hello | undefined {
    return this.#hello
  }

  /** Whether an AUTH has succeeded in this session. */
  get client(): 'anonymous' | 'authenticated' {
    return this.#client
  }

  /** The extensions that are offered. */
  get offered(): ReadonlySet<ExtensionKeyword> {
    return this.#self.offered
  }

  /** The answer that goes with what is to be answered now: yes, or for a `fault` its refusal. `undefined` where nothing is. */
  get defaultReply(): Reply | undefined {
    return this.#turn.of === 'us' ? defaultAnswer(this.#turn.to, this.#self) : undefined
  }

  /** The line that the last command or `fault` was read from, one character per octet; empty where it was cut off. */
  get lastLine(): string {
    return this.#parser.lastLine
  }

  /** Octets received and not yet part of an event. */
  get bufferedBytes(): number {
    return this.#queue.length
  }

  /** Octets examined so far. */
  get work(): number {
    return this.#queue.work
  }

  /** Takes bytes from the client; views in `content` alias them. */
  receive(bytes: Uint8Array): void {
    this.#queue.push(bytes)
  }

  /** The client has ended its side. Between two commands that is as good as QUIT (RFC 5321 §4.1.1.5). */
  receiveEnd(): void {
    this.#input = 'ended'
  }

  /** Takes what stands behind QUIT. Behind STARTTLS there must be nothing: `next` throws where there is (RFC 3207 §5). */
  takeLeftover(): Buffer {
    return this.#queue.takeAll()
  }

  /**
   * The next event. Throws `SMTP_EARLY_TALK`, `SMTP_OTHER_PROTOCOL` and `SMTP_CUT_SHORT`; the hint of the first two is the code of
   * the reply to end with (`refusalFor`), which the machine itself no longer writes.
   */
  next(): ServerEvent | NeedData {
    if (this.#death !== undefined) throw this.#death
    if (this.#turn.of === 'us') return NEED_SEND
    try {
      return this.#read() ?? this.#starve()
    } catch (error) {
      this.#death = error as Error
      throw error
    }
  }

  /**
   * Answers what `next()` gave out last, or greets. Throws an `SmtpError` of our side, and changes nothing, where nothing is to be
   * answered, where the code may not answer it, and where the reply cannot be written. 421 may be sent at any time, and is the end.
   */
  send(reply: Reply): readonly Uint8Array[] {
    if (this.#death !== undefined) throw this.#death
    const bytes = writeReply(this.#hasEnhancedCodes() ? reply : withoutEnhanced(reply))
    if (this.#state === 'closed') throw localError('SMTP_SEND_TURN')
    if (reply.code === CLOSING) this.#close()
    else if (this.#turn.of === 'peer') throw localError('SMTP_SEND_TURN')
    else if (!mayAnswer(this.#turn.to, reply)) throw localError('SMTP_SEND_CODE')
    else this.#answered(this.#turn.to, reply)
    this.#turn = PEERS_TURN
    return [bytes]
  }

  /** They stand in all replies but the greeting and those to EHLO and HELO (RFC 2034 §4). */
  #hasEnhancedCodes(): boolean {
    const isPlain = this.#turn.of === 'us' && PLAIN.has(this.#turn.to.type)
    return !isPlain && this.#self.offered.has('ENHANCEDSTATUSCODES')
  }

  /** What state the session is in decides whether the next octets are a command or content. */
  #read(): ServerEvent | undefined {
    switch (this.#state) {
      case 'closed':
        return undefined
      case 'upgraded':
        return this.#refuseEarlyTalk()
      case 'content':
        return this.#readContent()
      case 'auth':
        return this.#readResponse()
      default:
        return this.#readCommand()
    }
  }

  /** What stands in the clear behind what must be waited for was put there by somebody else, or by a client in great haste. */
  #refuseEarlyTalk(): undefined {
    if (this.#queue.length > 0) throw new SmtpError('SMTP_EARLY_TALK', { offset: this.#queue.offset })
  }

  /** Nothing more can be made of what is there. */
  #starve(): NeedData {
    if (this.#input === 'open' || this.#state === 'closed') return NEED_RECEIVE
    if (this.#state === 'content' || this.#parser.isMidLine) throw new SmtpError('SMTP_CUT_SHORT')
    this.#close()
    return NEED_RECEIVE
  }

  /** The next command with its fate, as far as that is the machine's to say. After HELO no extension holds (RFC 5321 §4.1.1.1). */
  #readCommand(): ServerEvent | undefined {
    const { offered } = this.#self
    const isNegotiated = this.#hello !== undefined && this.#hello.type !== 'helo'
    const negotiated = isNegotiated ? offered : NOTHING_OFFERED
    const charset = this.envelope?.parameters.SMTPUTF8 === true ? 'utf8' : 'ascii'
    const { protocol, security } = this.#self
    const event = this.#parser.next({ protocol, security, offered, negotiated, charset, leniency: this.#leniency })
    if (event === undefined || event.type === 'violation') return event
    return this.#owe(event.type === 'fault' ? event : this.#judge(event))
  }

  /** The next line of an exchange. One that is no response ends it, as any refusal does. */
  #readResponse(): ServerEvent | undefined {
    const event = this.#parser.nextResponse()
    return event && this.#owe(event)
  }

  /** The command, or why it may not come now. Its arguments are in order. */
  #judge(command: Command): Command | Fault {
    const mustWait = this.#leniency.earlyTalk === 'refuse' || command.type === 'starttls'
    if (mustWait && WAITED_FOR.has(command.type)) this.#refuseEarlyTalk()
    const fault = this.#judgeOrder(command) ?? this.#judgeRequirements(command) ?? this.#judgeArguments(command)
    return fault === undefined ? command : faultOf(fault)
  }

  /** Whether it may come in this state. */
  #judgeOrder({ type }: Command): SmtpErrorCode | undefined {
    if (transition(SERVER, this.#state, type) !== undefined) return undefined
    return this.#state === 'mail' && type === 'data' ? 'SMTP_RECIPIENTS_NONE' : 'SMTP_SEQUENCE'
  }

  /** Whether the client has done what must be done before. In a session that was refused it could do nothing about it. */
  #judgeRequirements({ type }: Command): SmtpErrorCode | undefined {
    if (this.#isMissing('tls') && !BEFORE_TLS.has(type)) return 'SMTP_TLS_REQUIRED'
    if (this.#isMissing('authentication') && !BEFORE_AUTH.has(type)) return 'SMTP_AUTH_REQUIRED'
    return undefined
  }

  #isMissing(requirement: 'tls' | 'authentication'): boolean {
    const isThere = requirement === 'tls' ? this.#self.security === 'active' : this.#client === 'authenticated'
    return this.#requires.includes(requirement) && !isThere
  }

  /** Whether what it asks for can be had. */
  #judgeArguments(command: Command): SmtpErrorCode | undefined {
    const { limits, mechanisms } = this.#self
    if (command.type === 'auth') {
      if (this.#client === 'authenticated') return 'SMTP_AUTH_AGAIN'
      if (mechanisms.includes(command.mechanism)) return undefined
      return this.#mechanismsUnderTls.includes(command.mechanism) ? 'SMTP_AUTH_ENCRYPTION' : 'SMTP_AUTH_MECHANISM'
    }
    if (command.type === 'mail') return this.#judgeMail(command.parameters)
    if (command.type === 'rcpt' && recipientsOf(this.#transaction).length >= limits.maxRecipients) {
      return 'SMTP_RECIPIENTS_MANY'
    }
    return undefined
  }

  #judgeMail({ SIZE = 0, BY, HOLDFOR = 0, HOLDUNTIL = '' }: Parameters): SmtpErrorCode | undefined {
    const { limits, minDeliverBySeconds, futureRelease } = this.#self
    if (SIZE > limits.maxMessageBytes) return 'SMTP_MESSAGE_TOO_BIG'
    if (BY?.mode === 'R' && BY.seconds < minDeliverBySeconds) return 'SMTP_DELIVER_BY'
    if (futureRelease === undefined) return undefined
    // Both are written in one way, so that the later one is the greater text.
    const isTooLong = HOLDFOR > futureRelease.seconds || HOLDUNTIL > futureRelease.until
    return isTooLong ? 'SMTP_HOLD_TOO_LONG' : undefined
  }

  /** The next of the message. That it was refused on its way is kept until its end, because only there it can be said. */
  #readContent(): ServerEvent | undefined {
    const event = this.#decoder.next()
    const transaction = this.#transaction
    if (event?.type === 'contentFault' && transaction.state === 'open') {
      this.#transaction = { ...transaction, state: 'refused', code: event.code }
    }
    if (event?.type !== 'endOfData') return event
    return this.#owe(transaction.state === 'refused' ? faultOf(transaction.code) : event)
  }

  /** Gives an event out that has to be answered before there is another. */
  #owe<Event extends Answerable>(event: Event): Event {
    this.#turn = { of: 'us', to: event }
    return event
  }

  /** What a reply does to the state: a yes makes the transition, and so does any reply to the end of a message. */
  #answered(to: Answerable, reply: Reply): void {
    if (to.type === 'greeting') this.#move(isRefusal(reply) ? 'reject' : 'greet')
    else if (this.#state === 'auth' || to.type === 'auth') this.#answeredAuth(reply)
    else if (to.type === 'endOfData' || this.#state === 'content') this.#endTransaction('endOfData')
    else if (to.type !== 'fault' && to.type !== 'endOfChunk' && !isRefusal(reply)) this.#accept(to)
  }

  /** A challenge goes on with the exchange, and all else ends it. */
  #answeredAuth({ code }: Reply): void {
    if (code === AUTHENTICATED) this.#client = 'authenticated'
    if (code === CHALLENGE) this.#move('auth')
    else if (this.#state === 'auth') this.#move('authEnded')
  }

  /** What an accepted command does to the envelope. EHLO is a RSET too (§4.1.4). */
  #accept(command: Command): void {
    switch (command.type) {
      case 'ehlo':
      case 'helo':
      case 'lhlo':
        this.#hello = command
        return this.#endTransaction(command.type)
      case 'rset':
        return this.#endTransaction(command.type)
      case 'xclient':
        // Somebody else is speaking now: of the one before nothing is known (XCLIENT_README).
        this.#hello = undefined
        this.#client = isName(command.attributes.LOGIN) ? 'authenticated' : 'anonymous'
        break
      case 'mail':
        this.#transaction = begin(command)
        break
      case 'rcpt':
        recipientsOf(this.#transaction).push({ path: command.path, parameters: command.parameters })
        break
      case 'data':
        this.#decoder = this.#newDecoder()
        break
      default:
    }
    this.#move(command.type)
  }

  /** All buffers are cleared (§4.1.1.4, §4.1.1.5). */
  #endTransaction(by: ServerTransition): void {
    this.#transaction = NO_TRANSACTION
    this.#move(by)
  }

  #close(): void {
    this.#endTransaction('close')
  }

  #move(by: ServerTransition): void {
    // Whoever calls this has asked the table, or comes with an event that this state has.
    this.#state = transition(SERVER, this.#state, by) as ServerState
  }

  #newDecoder(): DotDecoder {
    const { maxTextLineBytes, maxMessageBytes } = this.#self.limits
    return new DotDecoder(this.#queue, { policy: this.#leniency.content, maxTextLineBytes, maxMessageBytes })
  }
}

/** Whether a proxy has told a name, and not that it knows none. */
function isName(told: string | undefined): boolean {
  return told !== undefined && !told.startsWith('[')
}

/** The circumstances, as far as they are given. */
function circumstancesOf(options: ServerMachineOptions): Circumstances {
  const { protocol = 'smtp', security = 'none', mechanisms = [], peer = 'stranger' } = options
  const { futureRelease, minDeliverBySeconds = 1, limits } = options
  return { protocol, security, mechanisms, peer, futureRelease, minDeliverBySeconds, limits: mergeLimits(limits) }
}
