/**
 * The client's machine. Replies say nothing of what they answer, so they are counted: each is given to the oldest command that has none
 * (`answered`). A reply too many, or one that cannot answer its command, means that the count is lost, and is the end (RFC 2920 §3.1).
 *
 * What may be sent when is asked by sending it: `send` throws `SMTP_SEND_TURN`, and has changed nothing, as long as something must be
 * waited for. With PIPELINING that is the reply to EHLO, DATA, NOOP, VRFY, HELP and QUIT; without it, every reply. Content waits for
 * 354, and where DATA is answered so in a transaction that has no recipient, only the end may follow: a lone dot. A chunk waits until all
 * recipients are answered, and one of them well.
 *
 * A chunk is `bdat`, as much `content` as that says, and `endOfChunk`, or `endOfData` for the last one: two events without octets, which
 * are what the server answers. In LMTP (RFC 2033 §4.2) the end of the message is answered once for each recipient that was accepted.
 *
 * Behind the 220 to STARTTLS this machine is over, and knows nothing that holds any longer: over TLS there is another one, made with
 * `begin: 'start'`, since no second greeting comes. Octets behind that 220 were put there by somebody in between (RFC 3207 §4.2).
 */
import { isAscii } from 'node:buffer'
import { ByteQueue } from '../net/bytes.ts'
import { NEED_RECEIVE, NEED_SEND } from '../net/machine.ts'
import type { Machine, NeedData } from '../net/machine.ts'
import { transition } from '../net/table.ts'
import { CHALLENGE, CLOSING, GREETING, mayAnswer } from './answers.ts'
import type { Greeting } from './answers.ts'
import { DotEncoder } from './data.ts'
import { localError, SmtpError } from './errors.ts'
import type { ClientEvent, Command, EndOfChunk, EndOfData, Hello, Reply } from './events.ts'
import { parseCapabilities } from './extensions.ts'
import type { Capabilities } from './extensions.ts'
import { mergeLeniency, mergeLimits, REFUSE } from './limits.ts'
import type { ContentPolicy, Leniency, Limits } from './limits.ts'
import { ReplyParser } from './parser.ts'
import { isRefusal } from './reply.ts'
import { CLIENT } from './states.ts'
import type { ClientState, ClientTransition } from './states.ts'
import { attempt, NO_ATTEMPT } from './transaction.ts'
import type { Attempt } from './transaction.ts'
import { writeCommand } from './writer.ts'

/** How a client's machine is set up. */
export interface ClientMachineOptions {
  /** Replaces some of `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>
  /** Replaces some of `STRICT`. */
  readonly leniency?: Partial<Leniency>
  /** What becomes of content with bare CRs, bare LFs or NULs that we are to send. Default `REFUSE`; in chunks it is refused anyhow. */
  readonly content?: ContentPolicy
  /** Whether a greeting comes first, or none does: behind STARTTLS. Default `greeting`. */
  readonly begin?: 'greeting' | 'start'
}

/** Something that was sent and is not answered yet. */
interface Asked {
  readonly event: Question
  readonly attempt: Attempt
}

/** What is answered, besides the greeting. */
type Question = Command | EndOfChunk | EndOfData

/** A chunk that is going out. */
interface Chunk {
  /** Octets of it that are still to come. */
  missing: number
  readonly isLast: boolean
}

const NO_CHUNK: Chunk = Object.freeze({ missing: 0, isLast: false })

/** What more may be sent behind before its reply has come (RFC 2920 §3.1, RFC 3030 §4.2). The end of content may begin a group. */
const PIPELINED: ReadonlySet<string> = new Set<ClientEvent['type']>(['mail', 'rcpt', 'rset', 'endOfChunk', 'endOfData'])

/** In the middle of a message: a server that hangs up now has cut it short. */
const UNFINISHED: ReadonlySet<ClientState> = new Set<ClientState>(['content', 'chunk', 'chunks', 'refusedChunk'])

const NOTHING: Uint8Array = new Uint8Array(0)

/** A client's end of a session. */
export class ClientMachine implements Machine<Reply, ClientEvent> {
  readonly #queue = new ByteQueue()
  readonly #parser: ReplyParser
  readonly #encoder: DotEncoder
  #state: ClientState
  /** The error that ended it; told again whenever it is asked. */
  #death: Error | undefined
  #input: 'open' | 'ended' = 'open'
  #asked: Asked[] = []
  #answered: Question | Greeting | undefined
  /** LMTP where the server was greeted with LHLO. */
  #protocol: 'smtp' | 'lmtp' = 'smtp'
  #attempt: Attempt = NO_ATTEMPT
  #capabilities: Capabilities = new Map()
  #chunk: Chunk = NO_CHUNK
  /** Looks at what goes into the chunks of a message. */
  #lines = new DotEncoder(REFUSE, 'chunks')

  /** Throws a `RangeError` where a limit is not finite. */
  constructor({ limits, leniency, content = REFUSE, begin = 'greeting' }: ClientMachineOptions = {}) {
    this.#state = begin
    this.#parser = new ReplyParser(this.#queue, mergeLimits(limits), mergeLeniency(leniency))
    this.#encoder = new DotEncoder(content)
  }

  /** The state, as it stands in the table `CLIENT`. */
  get state(): ClientState {
    return this.#state
  }

  /** What the last reply answers: the event as it was sent, or the greeting; `undefined` for a 421 that came unasked. */
  get answered(): Command | EndOfChunk | EndOfData | Greeting | undefined {
    return this.#answered
  }

  /** How many replies are still to come. */
  get unanswered(): number {
    return this.#state === 'greeting' ? 1 : this.#asked.length
  }

  /** What the server offers, by its last EHLO reply; empty before that, and after HELO. */
  get capabilities(): Capabilities {
    return this.#capabilities
  }

  /** Octets received and not yet part of a reply. */
  get bufferedBytes(): number {
    return this.#queue.length
  }

  /** Octets examined so far. */
  get work(): number {
    return this.#queue.work
  }

  /** Takes bytes from the server. */
  receive(bytes: Uint8Array): void {
    this.#queue.push(bytes)
  }

  /** The server has ended its side. */
  receiveEnd(): void {
    this.#input = 'ended'
  }

  /** Takes what stands behind the reply to QUIT. */
  takeLeftover(): Buffer {
    return this.#queue.takeAll()
  }

  /**
   * The next reply; `answered` says to what. Throws where a reply is malformed, where it cannot answer its command
   * (`SMTP_REPLY_WRONG`), where it answers nothing (`SMTP_REPLY_UNASKED`), and where the server hung up with one owing.
   */
  next(): Reply | NeedData {
    if (this.#death !== undefined) throw this.#death
    try {
      if (this.#state === 'closed') return NEED_RECEIVE
      if (this.#state === 'upgraded') return this.#heedNoMore()
      return this.#read() ?? this.#starve()
    } catch (error) {
      this.#death = error as Error
      throw error
    }
  }

  /**
   * Says something to the server. Throws an `SmtpError` of our side, and changes nothing, where it must wait (`SMTP_SEND_TURN`: for
   * the greeting, for a reply, for 354), where it needs an extension that is not offered, and where it cannot be written.
   */
  send(event: ClientEvent): readonly Uint8Array[] {
    if (this.#death !== undefined) throw this.#death
    const target = transition(CLIENT, this.#state, event.type)
    if (target === undefined || !this.#mayAsk(event)) throw localError('SMTP_SEND_TURN', event.type)
    const bytes = this.#write(event)
    if (event.type === 'mail') this.#begin(attempt(event))
    if (event.type === 'bdat') this.#chunk = { missing: event.size, isLast: event.isLast }
    this.#note(event)
    this.#state = target
    return bytes.length === 0 ? [] : [bytes]
  }

  #begin(attempt: Attempt): void {
    this.#attempt = attempt
    this.#chunk = NO_CHUNK
    this.#lines = new DotEncoder(REFUSE, 'chunks')
  }

  /** What will be answered to this. */
  #note(event: ClientEvent): void {
    if (event.type === 'content' || event.type === 'bdat') return
    const attempt = this.#attempt
    const replies = event.type === 'endOfData' && this.#protocol === 'lmtp' ? attempt.accepted : 1
    for (let reply = 0; reply < replies; reply++) this.#asked.push({ event, attempt })
  }

  /** Whether all is answered that must be before this is sent, and all is sent that was announced. */
  #mayAsk(event: ClientEvent): boolean {
    const { missing, isLast } = this.#chunk
    const isChunk = this.#state === 'chunk' || this.#state === 'refusedChunk'
    if (isChunk && event.type !== 'content' && (missing > 0 || isLast !== (event.type === 'endOfData'))) return false
    const last = this.#asked.at(-1)
    if (event.type === 'bdat' && this.#state === 'rcpt' && (last !== undefined || !isWanted(this.#attempt)))
      return false
    if (last === undefined || event.type === 'content') return true
    return this.#capabilities.has('PIPELINING') && PIPELINED.has(last.event.type)
  }

  /** The octets of an event. */
  #write(event: ClientEvent): Uint8Array {
    const isChunk = this.#state === 'chunk' || this.#state === 'refusedChunk'
    if (isChunk || event.type === 'endOfChunk') return this.#writeChunk(event)
    if (event.type === 'content') return this.#encoder.encode(this.#allowed(event.bytes))
    if (event.type === 'endOfData') return this.#encoder.end()
    if (event.type === 'data' && this.#attempt.body === 'BINARYMIME') throw localError('SMTP_SEND_BINARY')
    return writeCommand(event, this.#capabilities, this.#attempt.charset)
  }

  /** Octets of a chunk go out as they are, or not at all: how many there are was said before. */
  #writeChunk(event: ClientEvent): Uint8Array {
    const isText = this.#attempt.body !== 'BINARYMIME'
    if (event.type === 'content') {
      const { length } = event.bytes
      if (length > this.#chunk.missing) throw localError('SMTP_SEND_CHUNK')
      if (isText) this.#lines.encode(this.#allowed(event.bytes))
      this.#chunk.missing -= length
      return event.bytes
    }
    if (event.type === 'endOfData' && isText) this.#lines.end()
    return NOTHING
  }

  /** Content above ASCII goes where it was announced, and nowhere else (RFC 5321 §2.4). */
  #allowed(bytes: Uint8Array): Uint8Array {
    if (this.#attempt.body === '7BIT' && !isAscii(bytes)) throw localError('SMTP_SEND_8BIT')
    return bytes
  }

  /** The next reply, given to the command that has waited longest. */
  #read(): Reply | undefined {
    const reply = this.#parser.next()
    if (reply === undefined) return undefined
    const asked = this.#asked.shift()
    const answered = this.#state === 'greeting' ? GREETING : asked?.event
    this.#answered = answered
    if (reply.code === CLOSING) this.#close()
    else if (answered === undefined) throw new SmtpError('SMTP_REPLY_UNASKED')
    else if (!mayAnswer(answered, reply)) throw new SmtpError('SMTP_REPLY_WRONG', { detail: `${reply.code}` })
    else this.#hear(answered, reply, asked?.attempt ?? NO_ATTEMPT)
    return reply
  }

  /** Nothing more is for this machine to read. What is there all the same, nobody can have sent over TLS. */
  #heedNoMore(): NeedData {
    if (this.#queue.length > 0) throw new SmtpError('SMTP_TLS_LEFTOVER')
    return NEED_SEND
  }

  /** Nothing more can be made of what is there. A server that hangs up with a reply owing has not answered. */
  #starve(): NeedData {
    if (this.#input === 'ended') {
      const isOwed = this.unanswered > 0 || this.#parser.isMidReply || UNFINISHED.has(this.#state)
      if (isOwed) throw new SmtpError('SMTP_CUT_SHORT')
      this.#close()
    }
    return this.unanswered > 0 || this.#state === 'closed' ? NEED_RECEIVE : NEED_SEND
  }

  /** What a reply does to the state. */
  #hear(answered: Question | Greeting, reply: Reply, to: Attempt): void {
    const isYes = !isRefusal(reply)
    switch (answered.type) {
      case 'greeting':
        return this.#move(isYes ? 'greeted' : 'rejected')
      case 'ehlo':
      case 'helo':
      case 'lhlo':
        return this.#hearHello(answered.type, reply)
      case 'starttls':
        return this.#move(isYes ? 'tlsReady' : 'tlsRefused')
      case 'auth':
      case 'authResponse':
      case 'authCancel':
        return this.#move(reply.code === CHALLENGE ? 'challenge' : 'authEnded')
      case 'xclient':
        return this.#move(isYes ? 'proxied' : 'proxyRefused')
      case 'quit':
        return this.#move('quitAnswered')
      default:
        this.#hearEnvelope(answered, isYes, to)
    }
  }

  #hearHello(verb: Hello['type'], reply: Reply): void {
    if (isRefusal(reply)) return this.#move('helloRefused')
    // Replaced whole: what was offered before, in the clear perhaps, is not offered any more.
    this.#capabilities = verb === 'helo' ? new Map() : parseCapabilities(reply.text)
    this.#protocol = verb === 'lhlo' ? 'lmtp' : 'smtp'
    this.#move('helloAccepted')
  }

  /** What a reply does to the transaction that it is about, which may be over already. */
  #hearEnvelope(answered: Question, isYes: boolean, to: Attempt): void {
    const isCurrent = to === this.#attempt
    switch (answered.type) {
      case 'mail':
        to.mail = isYes ? 'accepted' : 'refused'
        if (!isYes && isCurrent) this.#move('mailRefused')
        return
      case 'rcpt':
        if (isYes) to.accepted++
        return
      case 'data':
        if (!isYes) return this.#move('dataRefused')
        // LMTP has no answer to a message for nobody: it owes one for each recipient (RFC 2033 §4.2).
        if (!isWanted(to) && this.#protocol === 'lmtp') throw new SmtpError('SMTP_REPLY_WRONG', { detail: '354' })
        return this.#move(isWanted(to) ? 'goAhead' : 'goAheadForNobody')
      case 'endOfChunk':
      case 'endOfData':
        // A message in chunks may be refused before its end, and needs a RSET behind it (RFC 3030 §2).
        if (!isYes && isCurrent && this.#chunk !== NO_CHUNK) this.#move('chunkRefused')
        return
      default:
    }
  }

  #close(): void {
    this.#asked = []
    this.#move('close')
  }

  #move(by: ClientTransition): void {
    this.#state = transition(CLIENT, this.#state, by) ?? this.#state
  }
}

/** Whether there is somebody to send content to. */
function isWanted({ mail, accepted }: Attempt): boolean {
  return mail === 'accepted' && accepted > 0
}
