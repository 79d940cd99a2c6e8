/**
 * The server's machine. One decision at a time: an event that must be answered (all but `content`, `contentFault` and `violation`) is
 * the last until its reply is sent, and meanwhile `next()` says `needData` until `send`. That keeps the replies in order, gives one
 * to each command, and loses no input, whatever the client pipelines (RFC 2920 §3.2).
 *
 *     greeting       what to greet with is asked by `defaultReply`, and said by `send`
 *     a command      it is legal here and now; the reply decides whether it happened
 *     fault          it is not: the refusal that goes with it is in the event
 *     content ...    the message, until `endOfData`, or a `fault` where it was refused on its way
 *     bdat content ...   the same in chunks, until `endOfChunk`, or `endOfData` for the last (RFC 3030)
 *
 * After an accepted STARTTLS this machine is over, and another one begins within TLS, with nothing of what was said here (RFC 3207 §4.2).
 * LMTP has one thing of its own: what ends a message is answered as often as the message has recipients (`repliesOwed`).
 *
 * One thing hangs on time and cannot hang on the bytes alone: what stands behind EHLO, HELO or DATA when these are read was
 * sent before their reply. The machine ends there with `SMTP_EARLY_TALK`, unless `leniency.earlyTalk` accepts it.
 */
import { ByteQueue } from '../net/bytes.ts'
import { NEED_RECEIVE, NEED_SEND } from '../net/machine.ts'
import type { Machine, NeedData } from '../net/machine.ts'
import { transition } from '../net/table.ts'
import { CHALLENGE, CLOSING, defaultAnswer, GREETING, mayAnswer } from './answers.ts'
import type { Answerable, Self } from './answers.ts'
import { ChunkDecoder } from './chunk.ts'
import { chunkBehind } from './commands.ts'
import type { CommandContext } from './commands.ts'
import { DotDecoder } from './data.ts'
import { localError, SmtpError } from './errors.ts'
import type { Bdat, Command, Fault, Hello, Reply, ServerEvent } from './events.ts'
import type { ExtensionKeyword } from './extensions.ts'
import { judge } from './judgement.ts'
import { mergeLeniency } from './limits.ts'
import type { Leniency } from './limits.ts'
import { CommandParser } from './parser.ts'
import { selfOf } from './receiver-options.ts'
import type { ServerMachineOptions } from './receiver-options.ts'
import { RefusedChunks } from './refused-chunk.ts'
import type { RefusedChunk } from './refused-chunk.ts'
import { faultOf, isRefusal, withoutEnhanced } from './reply.ts'
import { SessionTally } from './session-tally.ts'
import { SERVER } from './states.ts'
import type { ServerState, ServerTransition } from './states.ts'
import { begin, NO_TRANSACTION, recipientsOf } from './transaction.ts'
import type { Envelope, Transaction } from './transaction.ts'
import type { Charset } from './utf8.ts'
import { writeReply } from './writer.ts'

export type { ServerMachineOptions } from './receiver-options.ts'

/** Whose turn it is, and what we have to answer, with how many replies. */
type Turn = { readonly of: 'peer' } | { readonly of: 'us'; readonly to: Answerable; readonly replies: number }

/** How octets are read where the state is not that of content or of a chunk. */
type Reading = { readonly as: 'commands' } | RefusedChunk

const COMMANDS: Reading = Object.freeze({ as: 'commands' })

/** Code of an AUTH that has succeeded. */
const AUTHENTICATED = 235

const PEERS_TURN: Turn = Object.freeze({ of: 'peer' })
const NOTHING_OFFERED: ReadonlySet<string> = new Set()

/** Commands whose reply must be waited for (RFC 2920 §3.1), and where it is an attack or a grave mistake if it is not. */
const WAITED_FOR: ReadonlySet<string> = new Set<Command['type']>(['ehlo', 'helo', 'lhlo', 'data', 'starttls'])

/** What is answered without an enhanced status code. */
const PLAIN: ReadonlySet<string> = new Set<Answerable['type']>(['greeting', 'ehlo', 'helo', 'lhlo', 'xclient'])

/** A server's end of a session. */
export class ServerMachine implements Machine<ServerEvent, Reply> {
  readonly #self: Self
  readonly #leniency: Leniency
  readonly #queue = new ByteQueue()
  readonly #parser: CommandParser
  /** What lines are read against, as long as it holds. */
  #context: CommandContext | undefined
  /** Of the message behind DATA, and of the one in chunks, since there is one. */
  #decoder: DotDecoder | undefined
  #chunks: ChunkDecoder | undefined
  #reading: Reading = COMMANDS
  readonly #refused: RefusedChunks
  #state: ServerState = 'greeting'
  #turn: Turn = { of: 'us', to: GREETING, replies: 1 }
  /** The error that ended it; told again whenever it is asked. */
  #death: Error | undefined
  #input: 'open' | 'ended' = 'open'
  #transaction: Transaction = NO_TRANSACTION
  readonly #tally: SessionTally
  #hello: Hello | undefined
  #client: 'anonymous' | 'authenticated' = 'anonymous'

  /** Throws a `RangeError` where the hostname is no domain and no address literal, or a limit is not finite. */
  constructor(options: ServerMachineOptions) {
    const { leniency, greeting = 'owed' } = options
    this.#self = selfOf(options)
    this.#leniency = mergeLeniency(leniency)
    this.#parser = new CommandParser(this.#queue, this.#self.limits)
    this.#refused = new RefusedChunks(this.#queue, this.#self.limits.maxDiscardedBytes)
    this.#tally = new SessionTally(this.#self)
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

  /**
   * How many replies are owed: 1 at most, but for a message by LMTP one for each recipient, in the order of `envelope.recipients` and twice
   * for one that was named twice (RFC 2033 §4.2).
   */
  get repliesOwed(): number {
    return this.#turn.of === 'us' ? this.#turn.replies : 0
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
   * answered, where the code may not answer it, and where the reply cannot be written. 421 may be sent at any time, and is the end. An
   * enhanced code is left out where none may stand: of what answers a hello, and where none are offered (RFC 2034 §4).
   */
  send(reply: Reply): readonly Uint8Array[] {
    if (this.#death !== undefined) throw this.#death
    const bytes = writeReply(this.#hasEnhancedCodes() ? reply : withoutEnhanced(reply))
    if (this.#state === 'closed') throw localError('SMTP_SEND_TURN')
    if (reply.code === CLOSING) this.#close()
    else if (this.#turn.of === 'peer') throw localError('SMTP_SEND_TURN')
    else if (!mayAnswer(this.#turn.to, reply)) throw localError('SMTP_SEND_CODE')
    else if (this.#turn.replies > 1) {
      this.#turn = { ...this.#turn, replies: this.#turn.replies - 1 }
      return [bytes]
    } else this.#answered(this.#turn.to, reply)
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
        return this.#readContent(this.#decoder as DotDecoder)
      case 'chunk':
        return this.#readContent(this.#chunks as ChunkDecoder)
      case 'auth':
        return this.#readResponse()
      default:
        return this.#reading.as === 'commands' ? this.#readCommand() : this.#discardChunk(this.#reading)
    }
  }

  /** What stands in the clear behind what must be waited for was put there by somebody else, or by a client in great haste. */
  #refuseEarlyTalk(): undefined {
    if (this.#queue.length > 0) throw new SmtpError('SMTP_EARLY_TALK', { offset: this.#queue.offset })
  }

  /** Nothing more can be made of what is there. */
  #starve(): NeedData {
    if (this.#input === 'open' || this.#state === 'closed') return NEED_RECEIVE
    if (this.#isMidContent || this.#parser.isMidLine) throw new SmtpError('SMTP_CUT_SHORT')
    this.#close()
    return NEED_RECEIVE
  }

  /** Whether octets are owed that are no line: of a message, or of a chunk that was refused. */
  get #isMidContent(): boolean {
    return this.#state === 'content' || this.#state === 'chunk' || this.#reading.as === 'refusedChunk'
  }

  /** What the next line is read against. After HELO no extension holds (RFC 5321 §4.1.1.1). */
  #currentContext(): CommandContext {
    const { protocol, security, mechanismsUnderTls, offered } = this.#self
    const isNegotiated = this.#hello !== undefined && this.#hello.type !== 'helo'
    const negotiated = isNegotiated ? offered : NOTHING_OFFERED
    const charset: Charset = this.envelope?.parameters.SMTPUTF8 === true ? 'utf8' : 'ascii'
    const known = this.#context
    if (known?.negotiated === negotiated && known.charset === charset) return known
    const leniency = this.#leniency
    return (this.#context = { protocol, security, mechanismsUnderTls, offered, negotiated, charset, leniency })
  }

  /** The next command with its fate, as far as that is the machine's to say. */
  #readCommand(): ServerEvent | undefined {
    const event = this.#parser.next(this.#currentContext())
    if (event === undefined || event.type === 'violation') return event
    const fate = event.type === 'fault' ? event : this.#judge(event)
    this.#tally.count(event, this.#parser.lastLine)
    const chunk = chunkOf(event, this.#parser.lastLine)
    if (chunk === undefined) return this.#owe(fate)
    if (chunk !== 'unmeasured') return this.#beginChunk(chunk, fate) ?? this.#read()
    // Where chunks are taken, a client that says so sends one: its octets must not be read as commands.
    if (this.#self.offered.has('CHUNKING')) throw new SmtpError('SMTP_CHUNK_SIZE', { offset: this.#queue.offset })
    return this.#owe(fate)
  }

  /** The next line of an exchange. One that is no response ends it, as any refusal does. */
  #readResponse(): ServerEvent | undefined {
    const event = this.#parser.nextResponse()
    return event && this.#owe(event)
  }

  /** The command, or why it may not come now. Its arguments are in order. */
  #judge(command: Command): Command | Fault {
    // Behind STARTTLS nothing is forgiven: what stands there is refused in the state `upgraded`, at the latest.
    if (this.#leniency.earlyTalk === 'refuse' && WAITED_FOR.has(command.type)) this.#refuseEarlyTalk()
    const standing = { state: this.#state, client: this.#client, transaction: this.#transaction, tally: this.#tally }
    const fault = judge(command, standing, this.#self)
    return fault === undefined ? command : faultOf(fault)
  }

  /** BDAT has begun: its octets come next, and then it is answered. One that is refused has them, too. */
  #beginChunk(chunk: Bdat, fate: Command | Fault): Bdat | undefined {
    this.#refused.admit(chunk)
    if (fate.type === 'fault') {
      this.#reading = { as: 'refusedChunk', chunk, fault: fate, left: chunk.size }
      return undefined
    }
    if (this.#state === 'rcpt') this.#chunks = this.#newChunkDecoder()
    const chunks = this.#chunks as ChunkDecoder
    chunks.begin(chunk)
    this.#move('bdat')
    return chunk
  }

  /** Drops the octets of a refused chunk, so that none of them is taken for a command; then it is answered. */
  #discardChunk(reading: RefusedChunk): ServerEvent | undefined {
    if (this.#refused.drop(reading) === 'partial') return undefined
    this.#reading = COMMANDS
    // LMTP answers the last chunk for each recipient, so for none it says nothing (RFC 2033 §4.3).
    const isForEach = this.#self.protocol === 'lmtp' && reading.chunk.isLast && this.#transaction.state !== 'none'
    if (!isForEach) return this.#owe(reading.fault)
    if (recipientsOf(this.#transaction).length > 0) return this.#owe(reading.fault, 'forEach')
    this.#endTransaction('rset')
    return this.#readCommand()
  }

  /**
   * The next of the message, or of a chunk of it. That it was refused on its way is kept until its end, because only there it can be said.
   * LMTP says it for each recipient (RFC 2033 §4.2).
   */
  #readContent(decoder: DotDecoder | ChunkDecoder): ServerEvent | undefined {
    const event = decoder.next()
    const transaction = this.#transaction
    if (event?.type === 'contentFault' && transaction.state === 'open') {
      this.#transaction = { ...transaction, state: 'refused', code: event.code }
    }
    if (event?.type !== 'endOfData' && event?.type !== 'endOfChunk') return event
    const isForEach = this.#self.protocol === 'lmtp' && event.type === 'endOfData'
    const fate = transaction.state === 'refused' ? faultOf(transaction.code) : event
    return this.#owe(fate, isForEach ? 'forEach' : 'once')
  }

  /** Gives an event out that has to be answered before there is another. */
  #owe<Event extends Answerable>(event: Event, times: 'once' | 'forEach' = 'once'): Event {
    this.#turn = { of: 'us', to: event, replies: times === 'once' ? 1 : recipientsOf(this.#transaction).length }
    return event
  }

  /** What a reply does to the state: a yes makes the transition, and so does any reply to the end of a message. */
  #answered(to: Answerable, reply: Reply): void {
    if (to.type === 'greeting') this.#move(isRefusal(reply) ? 'reject' : 'greet')
    else if (this.#state === 'auth' || to.type === 'auth') this.#answeredAuth(reply)
    else if (this.#state === 'content') this.#endTransaction('endOfData')
    else if (this.#state === 'chunk') this.#answeredChunk(reply)
    else if (isCommand(to) && !isRefusal(reply)) this.#accept(to)
  }

  /** Behind the last chunk the transaction is over; a refused one before that leaves nothing to do but RSET (RFC 3030 §2). */
  #answeredChunk(reply: Reply): void {
    const chunks = this.#chunks as ChunkDecoder
    if (chunks.isLast) this.#endTransaction('endOfData')
    else this.#move(isRefusal(reply) ? 'chunkRefused' : 'endOfChunk')
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

  #newChunkDecoder(): ChunkDecoder {
    const { maxTextLineBytes, maxMessageBytes } = this.#self.limits
    const body = this.envelope?.parameters.BODY ?? '7BIT'
    return new ChunkDecoder(this.#queue, { policy: this.#leniency.content, maxTextLineBytes, maxMessageBytes, body })
  }
}

/** The chunk that follows a command, also where it is malformed: its line alone says that then. */
function chunkOf(event: Command | Fault, line: string): ReturnType<typeof chunkBehind> {
  if (event.type === 'bdat') return event
  return event.type === 'fault' ? chunkBehind(line) : undefined
}

/** Whether a proxy has told a name, and not that it knows none. */
function isName(told: string | undefined): boolean {
  return told !== undefined && !told.startsWith('[')
}

function isCommand(to: Answerable): to is Command {
  return to.type !== 'greeting' && to.type !== 'fault' && to.type !== 'endOfData' && to.type !== 'endOfChunk'
}
