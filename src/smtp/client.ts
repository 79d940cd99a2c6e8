/**
 * The SMTP client: a session with one server, in which messages are sent one after the other.
 *
 *     const { accepted, refused } = await send('smtp://mx.example.test', { from: 'a@x.test', to: ['b@y.test'], message: file })
 *
 *     const client = await connect('smtp://mx.example.test')
 *     for (const message of queue) await client.send(message)
 *     await client.quit()
 *
 * With PIPELINING the whole envelope goes out at once, and all its replies are read (RFC 2920 §3.1); else each command waits for its reply.
 * A refused recipient is part of the result. What concerns the message as a whole (its sender, its content, all of its recipients) is a
 * `SmtpReplyError`. After both the session goes on; after any other error it is over, and the connection cut.
 *
 * Time: each reply has the deadline of its command, and content one for each stall (RFC 5321 §4.5.3.2).
 */
import { ClosedError, netError } from '../net/errors.ts'
import { dial } from '../net/dial.ts'
import type { DialOptions, DialTarget } from '../net/dial.ts'
import type { Socket } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
import { Connection } from './connection.ts'
import { localError } from './errors.ts'
import type { ClientEvent, Command, Reply } from './events.ts'
import type { Capabilities } from './extensions.ts'
import { mergeTimeouts, UNIX_LINES } from './limits.ts'
import type { ContentPolicy, Leniency, Limits, Timeouts } from './limits.ts'
import { prepare } from './message.ts'
import type { OutgoingMessage, PreparedMessage } from './message.ts'
import { isRefusal, isSuccess, severity, SmtpReplyError } from './reply.ts'
import type { Delivery } from './reply.ts'
import { ClientMachine } from './sender.ts'
import { literalOf } from './trace.ts'

/** How a session is held. */
export interface ClientOptions {
  /** How we name ourselves in EHLO. Default: an address literal, as RFC 5321 §4.1.4 has it for who has no name. */
  readonly hostname?: string
  /** Replaces some of `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>
  /** Replaces some of `DEFAULT_TIMEOUTS`. */
  readonly timeouts?: Partial<Timeouts>
  /** Replaces some of `STRICT`. */
  readonly leniency?: Partial<Leniency>
  /**
   * What becomes of bare CRs, bare LFs and NULs in a message. Default `UNIX_LINES`; `REFUSE` is for messages that must arrive octet by
   * octet, such as signed ones.
   */
  readonly content?: ContentPolicy
  /** Makes the transcript of the connection, where one is wanted. */
  readonly transcript?: (socket: Socket) => Transcript | undefined
}

/** How to connect. */
export interface ConnectOptions extends ClientOptions, DialOptions {}

/** What became of a message that the server has taken. */
export interface SendResult {
  /** The recipients for whom the server has taken it; at least one. */
  readonly accepted: readonly Delivery[]
  /** Those that it has refused. */
  readonly refused: readonly Delivery[]
  /** What the server said to the whole message. */
  readonly reply: Reply
}

const PORTS: Readonly<Record<string, number>> = { 'smtp:': 25, 'smtps:': 465 }

/**
 * Connects, and says EHLO (or HELO, to a server that knows no better). `target` is a URL, `smtp://mx.example.test:2525` or `smtps://...`.
 * Rejects as `dial` does, with `SmtpReplyError` where the server will not have us, and with `SmtpError` where it is no SMTP server.
 */
export async function connect(target: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const url = new URL(target)
  const port = PORTS[url.protocol]
  if (port === undefined) throw new TypeError('The target must be an smtp: or smtps: URL')
  if (url.username !== '' || url.password !== '') throw localError('SMTP_NOT_OFFERED', 'AUTH')
  // What `tls` says is for smtps: alone. There is no going over to TLS on the way yet.
  const { tls = {}, ...rest } = options
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const at: DialTarget = { host, port: url.port === '' ? port : Number(url.port) }
  const socket = await dial(at, { ...rest, ...(url.protocol === 'smtps:' && { tls }) })
  return unlessAborted(socket, options.signal, () => Client.on(socket, options))
}

/** Connects, sends one message, and says goodbye. Rejects as `connect` and `Client.send` do. */
export async function send(target: string | URL, message: OutgoingMessage & ConnectOptions): Promise<SendResult> {
  const client = await connect(target, message)
  try {
    return await client.send(message)
  } finally {
    await client.quit()
  }
}

/** The replies to the commands of a transaction. */
interface EnvelopeReplies {
  readonly mail: Reply
  /** One for each recipient, in order. */
  readonly rcpt: readonly Reply[]
  /** `undefined` where DATA was not sent, because there was nobody to send to. */
  readonly data: Reply | undefined
}

/** A session with a server. Messages that are given at the same time are sent one after the other. */
export class Client implements AsyncDisposable {
  readonly #socket: Socket
  readonly #machine: ClientMachine
  readonly #connection: Connection<Reply, ClientEvent>
  readonly #timeouts: Timeouts
  readonly #content: ContentPolicy
  readonly #transcript: Transcript | undefined
  /** What is being done; what comes next waits for it. */
  #doing: Promise<unknown> = Promise.resolve()

  private constructor(socket: Socket, options: ClientOptions) {
    const { limits = {}, leniency = {}, content = UNIX_LINES } = options
    const transcript = options.transcript?.(socket)
    this.#socket = socket
    this.#content = content
    this.#timeouts = mergeTimeouts(options.timeouts)
    this.#transcript = transcript
    this.#machine = new ClientMachine({ limits, leniency, content })
    this.#connection = new Connection(
      socket,
      this.#machine,
      transcript && ((event, slices) => writeDown(transcript, event, slices)),
    )
    socket.setWriteDeadline('block', this.#timeouts.blockMs)
  }

  /** Begins a session on a socket, which belongs to it from now on. Rejects as `connect` does, and closes the socket then. */
  static async on(socket: Socket, options: ClientOptions = {}): Promise<Client> {
    const client = new Client(socket, options)
    try {
      await client.#introduce(options.hostname ?? literalOf(socket.local) ?? 'localhost')
      return client
    } catch (error) {
      await client.quit()
      throw error
    }
  }

  /** What the server offers: each keyword with its parameters. */
  get capabilities(): Capabilities {
    return this.#machine.capabilities
  }

  /**
   * Sends a message. Rejects with `SmtpReplyError` where the server takes it for nobody, with an `SmtpError` of our side where it cannot be
   * sent (see `prepare`; the server has then heard nothing of it), and otherwise with what has ended the session.
   */
  send(message: OutgoingMessage): Promise<SendResult> {
    return this.#afterwards(() => this.#send(message))
  }

  /** Says QUIT behind all that is being done, and closes the connection. Never rejects. */
  quit(): Promise<void> {
    return this.#afterwards(() => this.#quit())
  }

  /** The same as `quit`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.quit()
  }

  /** Does it when all that was asked for before is done, well or not. */
  #afterwards<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#doing.then(work, work)
    this.#doing = done.catch(() => {})
    return done
  }

  /** The greeting, and EHLO. */
  async #introduce(domain: string): Promise<void> {
    const greeting = await this.#reply('greeting', this.#timeouts.greetingMs)
    if (isRefusal(greeting)) throw new SmtpReplyError('greeting', greeting)
    const answer = await this.#ask({ type: 'ehlo', domain })
    if (isSuccess(answer)) return
    // A server that knows no extensions knows HELO (RFC 5321 §3.2). One that is only busy does not know less later.
    const isForGood = severity(answer) === 'permanent'
    if (!isForGood || !isSuccess(await this.#ask({ type: 'helo', domain }))) throw new SmtpReplyError('EHLO', answer)
  }

  /** QUIT where it can be said; a machine that is in the middle of something, or dead, cannot say it. */
  async #quit(): Promise<void> {
    try {
      if (this.#machine.state !== 'closed') {
        this.#connection.send({ type: 'quit' })
        await this.#reply('quit', this.#timeouts.quitMs)
      }
    } catch (error) {
      this.#socket.destroy(error as Error)
    }
    await this.#socket.close()
    this.#transcript?.close()
  }

  async #send(message: OutgoingMessage): Promise<SendResult> {
    this.#listen()
    const prepared = prepare(message, this.#machine.capabilities, this.#content)
    return unlessAborted(this.#socket, message.signal, async () => {
      try {
        return await this.#transact(prepared)
      } catch (error) {
        // Content that has begun cannot be taken back: what has come so far must not be taken for a message.
        if (!(error instanceof SmtpReplyError)) this.#socket.destroy(error as Error)
        throw error
      }
    })
  }

  /** The transaction: envelope, content, and the reply to all of it. Content goes only to somebody, and only behind 354. */
  async #transact(message: PreparedMessage): Promise<SendResult> {
    const isPipelining = this.#machine.capabilities.has('PIPELINING')
    const replies = await (isPipelining ? this.#sendEnvelope(message) : this.#sendEnvelopeStepwise(message))
    const deliveries = message.to.flatMap(({ address }, index) => {
      const reply = replies.rcpt[index]
      return reply === undefined ? [] : [{ address, reply }]
    })
    const accepted = deliveries.filter(({ reply }) => isSuccess(reply))
    const refused = deliveries.filter(({ reply }) => !isSuccess(reply))
    if (isRefusal(replies.mail)) return this.#fail('MAIL', replies.mail)
    if (refused[0] !== undefined && accepted.length === 0) return this.#fail('RCPT', refused[0].reply, refused)
    if (replies.data !== undefined && isRefusal(replies.data)) return this.#fail('DATA', replies.data, refused)
    for await (const bytes of message.pieces) {
      this.#connection.send({ type: 'content', bytes })
      await this.#connection.drained()
      this.#listen()
    }
    this.#connection.send({ type: 'endOfData' })
    const reply = await this.#reply('message', this.#timeouts.endOfDataMs)
    if (isRefusal(reply)) return this.#fail('message', reply, refused)
    return { accepted, refused, reply }
  }

  /** The envelope in one group; then all of its replies. */
  async #sendEnvelope({ from, to, parameters }: PreparedMessage): Promise<EnvelopeReplies> {
    this.#connection.send({ type: 'mail', path: from, parameters })
    for (const { path } of to) this.#connection.send({ type: 'rcpt', path, parameters: {} })
    this.#connection.send({ type: 'data' })
    const mail = await this.#reply('MAIL', this.#timeouts.replyMs)
    const rcpt: Reply[] = []
    while (rcpt.length < to.length) rcpt.push(await this.#reply('RCPT', this.#timeouts.replyMs))
    return { mail, rcpt, data: await this.#reply('DATA', this.#timeouts.goAheadMs) }
  }

  /** The envelope command by command, as far as it makes sense. */
  async #sendEnvelopeStepwise({ from, to, parameters }: PreparedMessage): Promise<EnvelopeReplies> {
    const mail = await this.#ask({ type: 'mail', path: from, parameters })
    const rcpt: Reply[] = []
    for (const { path } of isSuccess(mail) ? to : []) rcpt.push(await this.#ask({ type: 'rcpt', path, parameters: {} }))
    const data = rcpt.some(isSuccess) ? await this.#ask({ type: 'data' }) : undefined
    return { mail, rcpt, data }
  }

  /** Brings the session back to where a transaction can begin, and throws. */
  async #fail(command: string, reply: Reply, refused: readonly Delivery[] = []): Promise<never> {
    if (this.#machine.state === 'nobody') {
      // The server wants a message for nobody: it gets a lone dot (RFC 2920 §3.1), and may say to that what it likes.
      this.#connection.send({ type: 'endOfData' })
      await this.#reply('message', this.#timeouts.endOfDataMs)
    }
    if (this.#machine.state !== 'ready') await this.#ask({ type: 'rset' })
    throw new SmtpReplyError(command, reply, refused)
  }

  /** A command and its reply. */
  async #ask(command: Command): Promise<Reply> {
    // A reply that is here before the question is no answer to it.
    this.#listen()
    this.#connection.send(command)
    const { replyMs, goAheadMs } = this.#timeouts
    return this.#reply(command.type.toUpperCase(), command.type === 'data' ? goAheadMs : replyMs)
  }

  /** The next reply. A server that closes instead of answering is a `SmtpReplyError` with its 421, or a `ClosedError`. */
  async #reply(to: string, ms: number): Promise<Reply> {
    this.#connection.flush()
    this.#socket.setReadDeadline(`reply to ${to}`, ms)
    for (;;) {
      const event = this.#connection.poll()
      if (event.type === 'reply') return this.#heard(event, to)
      if (this.#machine.state === 'closed') throw new ClosedError('The server has closed the connection')
      await this.#connection.fill()
    }
  }

  /** Looks whether the server has said something that nobody asked for: it may close the connection, and else it is out of step. */
  #listen(): void {
    this.#connection.takeArrived()
    const event = this.#connection.poll()
    if (event.type === 'reply') this.#heard(event, 'message')
    const isOver = this.#machine.state === 'closed' || this.#socket.state === 'closed'
    if (isOver) throw new ClosedError('The session is over')
  }

  /** Behind 421 there is nobody to go on with. */
  #heard(reply: Reply, to: string): Reply {
    if (this.#transcript !== undefined) for (const line of linesOf(reply)) this.#transcript.line('S', line)
    if (this.#machine.state === 'closed' && to !== 'quit') throw new SmtpReplyError(to, reply)
    return reply
  }
}

/** What `work` gives. Where the signal aborts, the connection is cut, and `NET_ABORTED` says why. */
async function unlessAborted<T>(socket: Socket, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const refusal = (): Error => netError('NET_ABORTED', { cause: signal?.reason })
  const isAborted = (): boolean => signal?.aborted === true
  if (isAborted()) throw refusal()
  const onAbort = (): void => socket.destroy(refusal())
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await work()
  } catch (error) {
    throw isAborted() ? refusal() : error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

/** A reply as it was on the wire. */
function linesOf({ code, enhanced, text }: Reply): string[] {
  return text.map((words, index) => {
    const separator = index < text.length - 1 ? '-' : ' '
    return `${code}${separator}${enhanced === undefined ? '' : `${enhanced} `}${words}`
  })
}

/** Writes down what we say: commands as they are, content by its size. */
function writeDown(transcript: Transcript, event: ClientEvent, slices: readonly Uint8Array[]): void {
  if (event.type === 'endOfData') transcript.line('C', '.')
  else if (event.type === 'content') transcript.content('C', event.bytes.length)
  else for (const slice of slices) transcript.line('C', slice)
}
