/**
 * The client's machine. Replies say nothing of what they answer, so they are counted: each is given to the oldest command that has none
 * (`answered`). A reply too many, or one that cannot answer its command, means that the count is lost, and is the end (RFC 2920 §3.1).
 *
 * What may be sent when is asked by sending it: `send` throws `SMTP_SEND_TURN`, and has changed nothing, as long as something must be
 * waited for. With PIPELINING that is the reply to EHLO, DATA, NOOP, VRFY, HELP and QUIT; without it, every reply. Content waits for
 * 354, and where DATA is answered so in a transaction that has no recipient, only the end may follow: a lone dot.
 */
import { isAscii } from 'node:buffer'
import { ByteQueue } from '../net/bytes.ts'
import { NEED_RECEIVE, NEED_SEND } from '../net/machine.ts'
import type { Machine, NeedData } from '../net/machine.ts'
import { transition } from '../net/table.ts'
import { CLOSING, GREETING, mayAnswer } from './answers.ts'
import type { Greeting } from './answers.ts'
import { DotEncoder } from './data.ts'
import { localError, SmtpError } from './errors.ts'
import type { ClientEvent, Command, EndOfData, Reply } from './events.ts'
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
  /** What becomes of content with bare CRs, bare LFs or NULs that we are to send. Default `REFUSE`. */
  readonly content?: ContentPolicy
}

/** Something that was sent and is not answered yet. */
interface Asked {
  readonly event: Command | EndOfData
  readonly attempt: Attempt
}

/** What more may be sent behind before its reply has come (RFC 2920 §3.1). The end of content may begin a group. */
const PIPELINED: ReadonlySet<string> = new Set<ClientEvent['type']>(['mail', 'rcpt', 'rset', 'endOfData'])

/** A client's end of a session. */
export class ClientMachine implements Machine<Reply, ClientEvent> {
  readonly #queue = new ByteQueue()
  readonly #parser: ReplyParser
  readonly #encoder: DotEncoder
  #state: ClientState = 'greeting'
  /** The error that ended it; told again whenever it is asked. */
  #death: Error | undefined
  #input: 'open' | 'ended' = 'open'
  #asked: Asked[] = []
  #answered: Command | EndOfData | Greeting | undefined
  #attempt: Attempt = NO_ATTEMPT
  #capabilities: Capabilities = new Map()

  /** Throws a `RangeError` where a limit is not finite. */
  constructor({ limits, leniency, content = REFUSE }: ClientMachineOptions = {}) {
    this.#parser = new ReplyParser(this.#queue, mergeLimits(limits), mergeLeniency(leniency))
    this.#encoder = new DotEncoder(content)
  }

  /** The state, as it stands in the table `CLIENT`. */
  get state(): ClientState {
    return this.#state
  }

  /** What the last reply answers: the event as it was sent, or the greeting; `undefined` for a 421 that came unasked. */
  get answered(): Command | EndOfData | Greeting | undefined {
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
      return this.#state === 'closed' ? NEED_RECEIVE : (this.#read() ?? this.#starve())
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
    if (event.type === 'mail') this.#attempt = attempt(event)
    if (event.type !== 'content') this.#asked.push({ event, attempt: this.#attempt })
    this.#state = target
    return bytes.length === 0 ? [] : [bytes]
  }

  /** Whether all is answered that must be before this is sent. */
  #mayAsk(event: ClientEvent): boolean {
    const last = this.#asked.at(-1)
    if (last === undefined || event.type === 'content') return true
    return this.#capabilities.has('PIPELINING') && PIPELINED.has(last.event.type)
  }

  /** The octets of an event. Content above ASCII goes where it was announced, and nowhere else (RFC 5321 §2.4). */
  #write(event: ClientEvent): Uint8Array {
    if (event.type === 'endOfData') return this.#encoder.end()
    if (event.type !== 'content') return writeCommand(event, this.#capabilities)
    if (this.#attempt.body !== '8BITMIME' && !isAscii(event.bytes)) throw localError('SMTP_SEND_8BIT')
    return this.#encoder.encode(event.bytes)
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

  /** Nothing more can be made of what is there. A server that hangs up with a reply owing has not answered. */
  #starve(): NeedData {
    if (this.#input === 'ended') {
      const isOwed = this.unanswered > 0 || this.#parser.isMidReply || this.#state === 'content'
      if (isOwed) throw new SmtpError('SMTP_CUT_SHORT')
      this.#close()
    }
    return this.unanswered > 0 || this.#state === 'closed' ? NEED_RECEIVE : NEED_SEND
  }

  /** What a reply does to the state. */
  #hear(answered: Command | EndOfData | Greeting, reply: Reply, to: Attempt): void {
    const isYes = !isRefusal(reply)
    switch (answered.type) {
      case 'greeting':
        return this.#move(isYes ? 'greeted' : 'rejected')
      case 'ehlo':
      case 'helo':
        // Replaced whole: what was offered before, in the clear perhaps, is not offered any more.
        if (isYes) this.#capabilities = answered.type === 'ehlo' ? parseCapabilities(reply.text) : new Map()
        return this.#move(isYes ? 'helloAccepted' : 'helloRefused')
      case 'mail':
        to.mail = isYes ? 'accepted' : 'refused'
        if (!isYes && to === this.#attempt) this.#move('mailRefused')
        return
      case 'rcpt':
        if (isYes) to.accepted++
        return
      case 'data':
        if (!isYes) return this.#move('dataRefused')
        return this.#move(to.mail === 'accepted' && to.accepted > 0 ? 'goAhead' : 'goAheadForNobody')
      case 'quit':
        return this.#move('quitAnswered')
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
