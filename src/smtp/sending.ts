/**
 * Sending one message in a session: its transactions, one or several, and what became of each recipient.
 *
 *     MAIL, RCPT ..., DATA ──replies──> content ──> the end ──reply──> accepted, refused
 *     MAIL, RCPT ... ──replies──> BDAT, content ──> the last ──reply──> accepted, refused
 *
 * With PIPELINING the envelope goes out in groups of commands, whose replies are read before the next group: whoever writes on while
 * the replies pile up may wait for a server that waits for them (RFC 2920 §3.1). Without it each command waits for its reply.
 *
 * There are several transactions where the server takes fewer recipients at once: it says so in advance (RCPTMAX, RFC 9422), or it
 * refuses those beyond with 452 or 552 (RFC 5321 §4.5.3.1.10), which get a transaction of their own then. Content that can be sent
 * once only makes that impossible.
 *
 * A refused recipient is part of the result. What concerns the message as a whole is a `SmtpReplyError`, behind which the session can go
 * on; everything else breaks the session, and `known` has what was acknowledged by then.
 */
import { upperAscii } from '../net/ascii.ts'
import { ChunkCarrier, DataCarrier } from './carriers.ts'
import type { ClientConnection } from './client-connection.ts'
import { localError } from './errors.ts'
import type { Command, Reply } from './events.ts'
import type { Delivery, Fate, Known } from './fate.ts'
import type { PreparedMessage, PreparedRecipient } from './message.ts'
import { isRefusal, isSuccess, SmtpReplyError } from './reply.ts'
import { recipientLimit } from './session-limits.ts'
import type { SessionUse } from './session-limits.ts'

/** What became of a message that the server has taken. */
export interface SendResult extends Known {
  /** The recipients for whom the server has taken it; at least one. */
  readonly accepted: readonly Delivery[]
  /** Those that it has refused. */
  readonly refused: readonly Delivery[]
  /** Of nobody else: every recipient has an answer. */
  readonly fate: 'unsent'
  /** What the server said to the whole message; the last of these where it took several transactions. */
  readonly reply: Reply
}

/** Commands that go out before their replies are read. Their replies fit into what a system buffers for a connection. */
const GROUP = 100

/** What was answered to the commands of a transaction. */
interface EnvelopeReplies {
  readonly mail: Reply
  /** One for each recipient, in order; fewer where MAIL was refused. */
  readonly rcpt: readonly Reply[]
  /** `undefined` where DATA was not sent: because there was nobody to send to, or because content goes in chunks. */
  readonly data: Reply | undefined
}

/** Who was accepted by RCPT, and who is to come later. */
interface Sorted {
  readonly accepted: readonly Delivery[]
  readonly deferred: readonly PreparedRecipient[]
}

/** What has come of a transaction that was taken. */
interface Transacted {
  readonly reply: Reply
  readonly deferred: readonly PreparedRecipient[]
}

/** One message on its way. */
export class Sending {
  readonly #connection: ClientConnection
  readonly #message: PreparedMessage
  readonly #use: SessionUse
  readonly #onProgress: ((bytes: number) => void) | undefined
  /** How many recipients a transaction may have. */
  readonly #most: number
  readonly #accepted: Delivery[] = []
  readonly #refused: Delivery[] = []
  /** Recipients of the transaction that is under way who have no final answer: first those that it was accepted for. */
  #open: readonly { readonly address: string }[] = []
  #fate: Fate = 'unsent'

  /** Throws an `SmtpError` of our side where the server's limits do not allow it. */
  constructor(
    connection: ClientConnection,
    message: PreparedMessage,
    use: SessionUse,
    onProgress?: (bytes: number) => void,
  ) {
    const { capabilities } = connection
    const { to, source } = message
    this.#most = recipientLimit(capabilities)
    if (to.length > this.#most && source === 'stream') throw localError('SMTP_SEND_RECIPIENTS')
    const transactions = Math.ceil(to.length / Math.min(to.length, this.#most))
    if (!use.admits(transactions, to, capabilities)) throw localError('SMTP_SESSION_FULL')
    this.#connection = connection
    this.#message = message
    this.#use = use
    this.#onProgress = onProgress
  }

  /** What is known so far. */
  get known(): Known {
    return { accepted: this.#accepted, refused: this.#refused, fate: this.#fate }
  }

  /**
   * Sends it, one transaction after the other, until every recipient has an answer. Rejects with `SmtpReplyError` where the server takes it
   * for nobody, and with whatever else breaks the session.
   */
  async run(): Promise<SendResult> {
    let last: Reply | undefined
    let failure: SmtpReplyError | undefined
    let due = this.#message.to
    while (due.length > 0) {
      const rest = due.slice(this.#most)
      this.#open = due.slice(0, this.#most)
      try {
        const { reply, deferred } = await this.#transact(due.slice(0, this.#most))
        if (isSuccess(reply)) last = reply
        else failure ??= new SmtpReplyError('message', reply)
        due = [...deferred, ...rest]
      } catch (error) {
        if (!(error instanceof SmtpReplyError)) throw error
        failure ??= error
        // Others may be welcome where these were not. What is refused as a message, or ends the session, is refused to all.
        const isForAll = error.command !== 'RCPT' || this.#connection.isOver
        if (isForAll) this.#refuse([...this.#open, ...rest], error.reply)
        due = isForAll ? [] : rest
      }
    }
    if (last !== undefined) return { accepted: this.#accepted, refused: this.#refused, fate: 'unsent', reply: last }
    const { command, reply } = failure as SmtpReplyError
    throw new SmtpReplyError(command, reply, this.#refused)
  }

  /** One transaction. Content goes only to somebody, and only behind 354. */
  async #transact(group: readonly PreparedRecipient[]): Promise<Transacted> {
    this.#use.count(group)
    const { mail, rcpt, data } = await this.#envelope(group)
    if (isRefusal(mail)) return await this.#fail('MAIL', mail)
    const { accepted, deferred } = this.#sort(group, rcpt)
    if (accepted.length === 0) return await this.#fail('RCPT', rcpt[0] as Reply)
    if (data !== undefined && isRefusal(data)) return await this.#fail('DATA', data)
    await this.#sendContent()
    const reply = this.#connection.protocol === 'lmtp' ? await this.#hearEach(accepted) : await this.#hearAll(accepted)
    this.#fate = 'unsent'
    return { reply, deferred }
  }

  /** The commands before the content, in groups as long as the server lets them be, and as far as they make sense. */
  async #envelope(group: readonly PreparedRecipient[]): Promise<EnvelopeReplies> {
    const { from, parameters } = this.#message
    const commands: readonly Command[] = [
      { type: 'mail', path: from, parameters },
      ...group.map(({ path, parameters }): Command => ({ type: 'rcpt', path, parameters })),
      ...(this.#message.framing === 'dots' ? [{ type: 'data' } as const] : []),
    ]
    const size = this.#connection.capabilities.has('PIPELINING') ? GROUP : 1
    const replies: Reply[] = []
    while (replies.length < commands.length && isWorthwhile(replies, group.length)) {
      replies.push(...(await this.#askAll(commands.slice(replies.length, replies.length + size))))
    }
    const [mail, ...rest] = replies as [Reply, ...Reply[]]
    return { mail, rcpt: rest.slice(0, group.length), data: rest[group.length] }
  }

  /** A group of commands, and all of its replies. */
  async #askAll(commands: readonly Command[]): Promise<Reply[]> {
    const connection = this.#connection
    const { replyMs, goAheadMs } = connection.timeouts
    connection.listen()
    for (const command of commands) connection.send(command)
    const replies: Reply[] = []
    for (const { type } of commands) {
      replies.push(await connection.reply(upperAscii(type), type === 'data' ? goAheadMs : replyMs))
    }
    return replies
  }

  /** Notes who was refused; gives who was accepted, and for whom there was no room left: they get a transaction of their own. */
  #sort(group: readonly PreparedRecipient[], replies: readonly Reply[]): Sorted {
    const accepted: Delivery[] = []
    const deferred: PreparedRecipient[] = []
    for (const [index, recipient] of group.entries()) {
      const reply = replies[index] as Reply
      const mayTryAgain = accepted.length > 0 && this.#message.source === 'whole' && saysTooMany(reply)
      if (isSuccess(reply)) accepted.push({ address: recipient.address, reply })
      else if (mayTryAgain) deferred.push(recipient)
      else this.#refuse([recipient], reply)
    }
    this.#open = [...accepted, ...deferred]
    return { accepted, deferred }
  }

  /** The content and its end. */
  async #sendContent(): Promise<void> {
    const { framing, parameters, policy, pieces } = this.#message
    const isBinary = parameters.BODY === 'BINARYMIME'
    const connection = this.#connection
    const carrier =
      framing === 'dots' ? new DataCarrier(connection) : new ChunkCarrier(connection, isBinary ? 'binary' : policy)
    let bytes = 0
    this.#fate = 'cut'
    for await (const piece of pieces) {
      const refusal = await carrier.put(piece)
      if (refusal !== undefined) return await this.#fail('BDAT', refusal)
      this.#onProgress?.((bytes += piece.length))
    }
    const refusal = await carrier.settle()
    if (refusal !== undefined) return await this.#fail('BDAT', refusal)
    this.#fate = 'unknown'
    carrier.end()
  }

  /** The one answer to the message. */
  async #hearAll(accepted: readonly Delivery[]): Promise<Reply> {
    const reply = await this.#connection.reply('message', this.#connection.timeouts.endOfDataMs)
    if (isRefusal(reply)) return await this.#fail('message', reply)
    this.#accepted.push(...accepted)
    return reply
  }

  /** LMTP: an answer for each recipient that was accepted, in their order (RFC 2033 §4.2). Gives one that says yes, if any does. */
  async #hearEach(accepted: readonly Delivery[]): Promise<Reply> {
    const connection = this.#connection
    let said: Reply | undefined
    for (const { address } of accepted) {
      const reply = await connection.reply('message', connection.timeouts.endOfDataMs)
      const known = isSuccess(reply) ? this.#accepted : this.#refused
      known.push({ address, reply })
      this.#open = this.#open.slice(1)
      if (said === undefined || (isRefusal(said) && isSuccess(reply))) said = reply
    }
    await this.#restore()
    return said as Reply
  }

  /**
   * Brings the session back to where a transaction can begin, and throws what the server has said. That stands where it does not let
   * itself be brought back, too: who is told of a broken connection in place of a 552 would send the same again and again.
   */
  async #fail(command: string, reply: Reply): Promise<never> {
    this.#fate = 'unsent'
    try {
      await this.#restore()
    } catch (error) {
      this.#connection.socket.destroy(error as Error)
    }
    throw new SmtpReplyError(command, reply)
  }

  async #restore(): Promise<void> {
    const connection = this.#connection
    if (connection.state === 'nobody') {
      // The server wants a message for nobody: it gets a lone dot (RFC 2920 §3.1), and may say to that what it likes.
      connection.send({ type: 'endOfData' })
      await connection.reply('message', connection.timeouts.endOfDataMs)
    }
    if (connection.state !== 'ready') await connection.ask({ type: 'rset' })
  }

  #refuse(recipients: readonly { readonly address: string }[], reply: Reply): void {
    for (const { address } of recipients) this.#refused.push({ address, reply })
  }
}

/** Whether a transaction that has come to these replies should go on: not without its MAIL, and not to DATA with nobody to send to. */
function isWorthwhile(replies: readonly Reply[], recipients: number): boolean {
  const [mail, ...rcpt] = replies
  if (mail === undefined) return true
  return isSuccess(mail) && (rcpt.length < recipients || rcpt.some(isSuccess))
}

/** Whether a refusal of RCPT says that there are too many already, and not something of this one (RFC 5321 §4.5.3.1.10). */
function saysTooMany({ code, enhanced }: Reply): boolean {
  return (code === 452 || code === 552) && (enhanced === undefined || enhanced.endsWith('.5.3'))
}
