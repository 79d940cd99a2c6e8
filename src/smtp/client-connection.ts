/**
 * A client's machine on a socket: commands go out, replies come back, each with the deadline of what it answers (RFC 5321 §4.5.3.2).
 * What is asked, and why, is for `client.ts` and the files beside it.
 *
 *     ask(command)       one command and its reply
 *     send(event) ...    several of a group, and then
 *     reply(to) ...      their replies, in order
 *     arrived(to)        the next one, if it is here
 *     listen()           whether the server has said what nobody asked for
 *
 * A server that closes instead of answering is a `SmtpReplyError` where it said so with 421, and a `ClosedError` where it did not.
 */
import { ClosedError } from '../net/errors.ts'
import type { Socket } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
import { CHALLENGE } from './answers.ts'
import type { ResolvedClientOptions } from './client-options.ts'
import { Connection } from './connection.ts'
import type { SentListener } from './connection.ts'
import type { ClientEvent, Command, Reply } from './events.ts'
import type { Capabilities } from './extensions.ts'
import type { Timeouts } from './limits.ts'
import { SmtpReplyError } from './reply.ts'
import { ClientMachine } from './sender.ts'
import type { ClientState } from './states.ts'

/** A client's machine on a socket, which belongs to it from now on. */
export class ClientConnection {
  /** The socket. */
  readonly socket: Socket
  /** How long each reply may take. */
  readonly timeouts: Timeouts
  readonly #options: ResolvedClientOptions
  readonly #transcript: Transcript | undefined
  #machine: ClientMachine
  #connection: Connection<Reply, ClientEvent>

  constructor(socket: Socket, options: ResolvedClientOptions) {
    this.socket = socket
    this.timeouts = options.timeouts
    this.#options = options
    this.#transcript = options.transcript?.(socket)
    this.#machine = new ClientMachine(options)
    this.#connection = this.#connected()
    socket.setWriteDeadline('block', this.timeouts.blockMs)
  }

  #connected(): Connection<Reply, ClientEvent> {
    const transcript = this.#transcript
    const onSent = transcript && writingDown(transcript)
    return new Connection(this.socket, this.#machine, onSent)
  }

  /** What is spoken. */
  get protocol(): 'smtp' | 'lmtp' {
    return this.#options.protocol
  }

  /** The state, as it stands in the table `CLIENT`. */
  get state(): ClientState {
    return this.#machine.state
  }

  /** What the server offers, by its last EHLO reply. */
  get capabilities(): Capabilities {
    return this.#machine.capabilities
  }

  /** How far the server can be trusted to be the one that was meant. */
  get security(): 'none' | 'unverified' | 'verified' {
    const { tls } = this.socket
    return tls === undefined ? 'none' : tls.isAuthorized ? 'verified' : 'unverified'
  }

  /** How many replies are still to come. */
  get unanswered(): number {
    return this.#machine.unanswered
  }

  /** Whether nothing more can be asked. */
  get isOver(): boolean {
    return this.#machine.state === 'closed' || this.socket.state === 'closed'
  }

  /** Says something; it leaves with what follows it, or when a reply is waited for. Throws as `ClientMachine.send`. */
  send(event: ClientEvent): void {
    this.#connection.send(event)
  }

  /** Lets go of what was said, and resolves when there is room for more. */
  async drained(): Promise<void> {
    await this.#connection.drained()
  }

  /** A command and its reply. */
  async ask(command: Command): Promise<Reply> {
    // A reply that is here before the question is no answer to it.
    this.listen()
    this.#connection.send(command)
    const { replyMs, goAheadMs } = this.timeouts
    return await this.reply(command.type.toUpperCase(), command.type === 'data' ? goAheadMs : replyMs)
  }

  /**
   * Goes over to TLS behind a STARTTLS that was granted. All that was known is forgotten with the machine that knew it (RFC 3207 §4.2).
   * Rejects with a `TlsError` where that cannot be trusted, and destroys the socket. Plaintext behind the reply is `SMTP_TLS_LEFTOVER` where it
   * came with it, and `NET_TLS_LEFTOVER` where it came later.
   */
  async secure(): Promise<void> {
    this.#connection.poll()
    await this.socket.upgradeTls('client', this.#options.tls)
    this.#machine = new ClientMachine({ ...this.#options, begin: 'start' })
    this.#connection = this.#connected()
  }

  /** The next reply; `to` says what it answers, for errors. Rejects with a `TimeoutError` where it takes longer than `ms`. */
  async reply(to: string, ms: number): Promise<Reply> {
    this.#connection.flush()
    this.socket.setReadDeadline(`reply to ${to}`, ms)
    for (;;) {
      const event = this.#connection.poll()
      if (event.type === 'reply') return this.#heard(event, to)
      if (this.#machine.state === 'closed') throw new ClosedError('The server has closed the connection')
      await this.#connection.fill()
    }
  }

  /** The next reply, where it is here already. */
  arrived(to: string): Reply | undefined {
    this.#connection.takeArrived()
    const event = this.#connection.poll()
    return event.type === 'reply' ? this.#heard(event, to) : undefined
  }

  /** Looks whether the server has said something that nobody asked for: it may close the connection, and else it is out of step. */
  listen(): void {
    this.arrived('message')
    if (this.isOver) throw new ClosedError('The session is over')
  }

  /** QUIT where it can be said, and the end; a machine that is in the middle of something, or dead, cannot say it. Never rejects. */
  async quit(): Promise<void> {
    try {
      if (this.#machine.state !== 'closed') {
        this.#connection.send({ type: 'quit' })
        await this.reply('quit', this.timeouts.quitMs)
      }
    } catch (error) {
      this.socket.destroy(error as Error)
    }
    await this.socket.close()
    this.#transcript?.close()
  }

  /** Behind 421 there is nobody to go on with. */
  #heard(reply: Reply, to: string): Reply {
    if (this.#transcript !== undefined) for (const line of linesOf(reply)) this.#transcript.line('S', line)
    if (this.#machine.state === 'closed' && to !== 'quit') throw new SmtpReplyError(to, reply)
    return reply
  }
}

/** A reply as it was on the wire; of a challenge, that there was one. */
function linesOf({ code, enhanced, text }: Reply): string[] {
  if (code === CHALLENGE) return [`${CHALLENGE} ****`]
  return text.map((words, index) => {
    const separator = index < text.length - 1 ? '-' : ' '
    return `${code}${separator}${enhanced === undefined ? '' : `${enhanced} `}${words}`
  })
}

/** Writes down what we say: commands as they are, content by its size, and of secrets that they were said. */
function writingDown(transcript: Transcript): SentListener<ClientEvent> {
  return (event, slices) => {
    if (event.type === 'endOfChunk' || (event.type === 'endOfData' && slices.length === 0)) return
    if (event.type === 'endOfData') transcript.line('C', '.')
    else if (event.type === 'content') transcript.content('C', event.bytes.length)
    else if (event.type === 'auth') transcript.secret('C', `AUTH ${event.mechanism}`)
    else if (event.type === 'authResponse') transcript.secret('C', '')
    else for (const slice of slices) transcript.line('C', slice)
  }
}
