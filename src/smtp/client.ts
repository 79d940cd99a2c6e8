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
import type { DialTarget } from '../net/dial.ts'
import type { Socket, TlsClientOptions } from '../net/socket.ts'
import { ClientConnection } from './client-connection.ts'
import { withClientDefaults } from './client-options.ts'
import type { ClientOptions, ConnectOptions, ResolvedClientOptions } from './client-options.ts'
import { parseTarget } from './client-target.ts'
import type { Command, Reply } from './events.ts'
import type { Capabilities } from './extensions.ts'
import { prepare } from './message.ts'
import type { OutgoingMessage } from './message.ts'
import { open } from './opening.ts'
import { SmtpReplyError } from './reply.ts'
import type { Login } from './sasl/choose.ts'
import { notBegun, SmtpSendError } from './send-error.ts'
import { Sending } from './sending.ts'
import type { SendResult } from './sending.ts'
import { SessionUse } from './session-limits.ts'

/**
 * Connects, and begins a session. `target` is a URL: `smtp://mx.example.test:2525`, `smtps://user:secret@mx.example.test` for TLS from the first
 * octet, `lmtp://store.test:24`, `lmtp:///run/lmtp.sock`. Rejects as `dial` does, with `SmtpReplyError` where the server will not have us,
 * with an `SmtpError` of our side where it does not offer what must be, with `TlsError` and `SaslError` where it cannot be trusted, and
 * with `SmtpError` where it is no SMTP server.
 */
export async function connect(target: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const { protocol, at, login: named } = parseTarget(target)
  const { dial = dialDirectly, tls, login = named, ...rest } = options
  const own = {
    ...rest,
    protocol: protocol === 'lmtp' ? 'lmtp' : 'smtp',
    ...(login !== undefined && { login: meantFor(at, login) }),
    // Whoever dials by other means may have come to know another name than the one that TLS is to verify.
    ...(tls !== undefined || options.dial !== undefined ? { tls: namedFor(at, tls) } : {}),
  } as const
  const socket = await dial(at, protocol === 'smtps' ? { ...rest, tls: own.tls ?? VERIFIED } : rest)
  return await cutBy(options.signal, socket, Client.on(socket, own))
}

/** One object, so that what TLS makes of it is made once. */
const VERIFIED: TlsClientOptions = Object.freeze({})

/** TLS with whom we meant to reach. */
function namedFor(at: DialTarget, tls: TlsClientOptions = {}): TlsClientOptions {
  return 'host' in at && tls.servername === undefined ? { ...tls, servername: at.host } : tls
}

/** A token says for whom it is meant (RFC 7628 §3.1). */
function meantFor(at: DialTarget, login: NonNullable<ClientOptions['login']>): NonNullable<ClientOptions['login']> {
  if (typeof login === 'function') return async () => meant(at, await login())
  return meant(at, login)
}

function meant(at: DialTarget, login: Login): Login {
  return login.type === 'token' && 'host' in at ? { host: at.host, port: at.port, ...login } : login
}

/** What may be asked beside messages, and changes nothing about them. */
export type Question =
  { readonly type: 'noop' } | Extract<Command, { readonly type: 'vrfy' | 'expn' | 'help' | 'etrn' | 'xforward' }>

/**
 * Connects, sends one message, and says goodbye. Rejects as `Client.send` does, also where no session has come about: with `SmtpReplyError` or
 * `SmtpSendError`, which both say what became of each recipient, and with an error of our side. Throws a `TypeError` as `connect` does.
 */
export async function send(target: string | URL, message: OutgoingMessage & ConnectOptions): Promise<SendResult> {
  const client = await connect(target, message).catch((error: unknown) => {
    throw notBegun(error)
  })
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
      await open(client.#connection, client.#options)
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
   * Sends a message. Rejects with `SmtpReplyError` where the server takes it for nobody, with `SmtpSendError` where it was broken off, which
   * ends the session, or where the session had ended before; both are `Known`. Only what cannot be sent at all, of which the server has heard
   * nothing (see `prepare`), is an `SmtpError` of our side.
   */
  send(message: OutgoingMessage): Promise<SendResult> {
    return this.#afterwards(() => this.#send(message))
  }

  /**
   * Asks something that is no part of a message, and gives the answer, whether it says yes or no: `{ type: 'vrfy', argument: 'joe' }`. Rejects
   * with an `SmtpError` of our side where it cannot be asked, and with what ends the session.
   */
  ask(question: Question): Promise<Reply> {
    return this.#afterwards(() => this.#connection.ask(question))
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

  async #send(message: OutgoingMessage): Promise<SendResult> {
    const { signal, onProgress } = message
    const connection = this.#connection
    try {
      if (signal?.aborted === true) throw abortError(signal)
      connection.listen()
    } catch (error) {
      throw notBegun(error)
    }
    const prepared = prepare(message, {
      offered: connection.capabilities,
      security: connection.security,
      content: this.#options.content,
      chunking: this.#options.chunking,
    })
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
