/**
 * The SMTP client: a session with one server, in which messages are sent one after the other.
 *
 *     const { accepted, refused } = await send('smtp://mx.example.test', { from: 'a@x.test', to: ['b@y.test'], message: file })
 *
 *     const client = await connect('smtp://mx.example.test')
 *     for (const message of queue) await client.send(message)
 *     await client.quit()
 *
 * What a message goes through is in `sending.ts`; how the octets go is in `client-connection.ts`.
 */
import { abortError, unlessAborted } from '../net/abort.ts'
import { dial as dialDirectly } from '../net/dial.ts'
import type { Socket } from '../net/socket.ts'
import { ClientConnection } from './client-connection.ts'
import { withClientDefaults } from './client-options.ts'
import type { ClientOptions, ConnectOptions, ResolvedClientOptions } from './client-options.ts'
import { parseTarget } from './client-target.ts'
import { localError } from './errors.ts'
import type { Capabilities } from './extensions.ts'
import { prepare } from './message.ts'
import type { OutgoingMessage } from './message.ts'
import { isRefusal, isSuccess, severity, SmtpReplyError } from './reply.ts'
import { SmtpSendError } from './send-error.ts'
import { Sending } from './sending.ts'
import type { SendResult } from './sending.ts'
import { SessionUse } from './session-limits.ts'
import { literalOf } from './trace.ts'

/**
 * Connects, and says EHLO (or HELO, to a server that knows no better). `target` is a URL, `smtp://mx.example.test:2525` or `smtps://...`.
 * Rejects as `dial` does, with `SmtpReplyError` where the server will not have us, and with `SmtpError` where it is no SMTP server.
 */
export async function connect(target: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const { protocol, at, login } = parseTarget(target)
  if (login !== undefined) throw localError('SMTP_NOT_OFFERED', 'AUTH')
  // What `tls` says is for smtps: alone. There is no going over to TLS on the way yet.
  const { dial = dialDirectly, tls = {}, ...rest } = options
  const socket = await dial(at, { ...rest, ...(protocol === 'smtps' && { tls }) })
  return await cutBy(options.signal, socket, Client.on(socket, options))
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

/** A session with a server. Messages that are given at the same time are sent one after the other. */
export class Client implements AsyncDisposable {
  readonly #connection: ClientConnection
  readonly #options: ResolvedClientOptions
  readonly #use = new SessionUse()
  /** What is being done; what comes next waits for it. */
  #doing: Promise<unknown> = Promise.resolve()

  private constructor(socket: Socket, options: ClientOptions) {
    this.#options = withClientDefaults(options)
    this.#connection = new ClientConnection(socket, this.#options)
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
    return this.#connection.capabilities
  }

  /** Whether another message can be sent: the session goes on, and the server has said nothing that nobody asked for. */
  get isReady(): boolean {
    try {
      this.#connection.listen()
      return true
    } catch {
      return false
    }
  }

  /**
   * Sends a message. Rejects with `SmtpReplyError` where the server takes it for nobody, with an `SmtpError` of our side where it cannot be
   * sent (see `prepare`; the server has then heard nothing of it), with `SmtpSendError` where it was broken off, which ends the session,
   * and with what has ended the session before.
   */
  send(message: OutgoingMessage): Promise<SendResult> {
    return this.#afterwards(() => this.#send(message))
  }

  /** Says QUIT behind all that is being done, and closes the connection. Never rejects. */
  quit(): Promise<void> {
    return this.#afterwards(() => this.#connection.quit())
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
    const connection = this.#connection
    const greeting = await connection.reply('greeting', connection.timeouts.greetingMs)
    if (isRefusal(greeting)) throw new SmtpReplyError('greeting', greeting)
    const answer = await connection.ask({ type: 'ehlo', domain })
    if (isSuccess(answer)) return
    // A server that knows no extensions knows HELO (RFC 5321 §3.2). One that is only busy does not know less later.
    const isForGood = severity(answer) === 'permanent'
    if (!isForGood || !isSuccess(await connection.ask({ type: 'helo', domain })))
      throw new SmtpReplyError('EHLO', answer)
  }

  async #send(message: OutgoingMessage): Promise<SendResult> {
    const { signal, onProgress } = message
    const connection = this.#connection
    if (signal?.aborted === true) throw abortError(signal)
    connection.listen()
    const prepared = prepare(message, connection.capabilities, this.#options.content)
    const sending = new Sending(connection, prepared, this.#use, onProgress)
    try {
      return await cutBy(signal, connection.socket, sending.run())
    } catch (error) {
      if (error instanceof SmtpReplyError) throw error
      const broken = new SmtpSendError(error as Error, sending.known)
      // Content that has begun cannot be taken back: what has come so far must not be taken for a message.
      connection.socket.destroy(broken)
      throw broken
    }
  }
}

/** What the work gives. Where the signal aborts, the connection is cut at once, and nobody waits for the work any more. */
async function cutBy<T>(signal: AbortSignal | undefined, socket: Socket, work: Promise<T>): Promise<T> {
  if (signal === undefined) return await work
  try {
    return await unlessAborted(signal, work, () => socket.destroy(abortError(signal)))
  } catch (error) {
    throw error === signal.reason ? abortError(signal) : error
  }
}
