/** The logins of a session: each exchange of AUTH in its turn, how late a failure is told, and what there may be no more of. */
import type { Socket } from '../net/socket.ts'
import { Authentication } from './authentication.ts'
import type { AuthOutcome, Judges } from './authentication.ts'
import type { AuthHandlers } from './auth-handlers.ts'
import type { Decisions } from './decisions.ts'
import type { Auth, AuthResponse, Reply } from './events.ts'
import type { ServerHandlers } from './handlers.ts'
import type { Conduct } from './manners.ts'
import type { SessionPeer } from './peer.ts'
import { reply } from './reply.ts'
import { encodeBase64 } from './sasl/base64.ts'
import { serverMechanism } from './sasl/offer.ts'
import type { ResolvedServerOptions } from './server-options.ts'
import { saslOffer } from './session-offer.ts'
import { storedPasswords } from './stored-passwords.ts'

/** What logging in needs. */
export interface LoginsOptions {
  /** The connection: what is offered hangs on it. */
  readonly socket: Socket
  /** How the server behaves. */
  readonly options: ResolvedServerOptions
  /** The program. */
  readonly handlers: ServerHandlers
  /** Asks it. */
  readonly decisions: Decisions
  /** Counts what fails. */
  readonly conduct: Conduct
  /** Who logs in. */
  readonly peer: SessionPeer
}

const AUTHENTICATED = reply(235, '2.7.0', 'Authentication successful')

/** Lets the client of one session log in. */
export class Logins {
  readonly #session: LoginsOptions
  /** The exchange that was begun last. */
  #exchange: Authentication | undefined

  /** Nobody has logged in yet. */
  constructor(session: LoginsOptions) {
    this.#session = session
  }

  /** The answer to AUTH, or to a line of its exchange: a failure's only after its delay. Rejects where the connection is lost. */
  async answer(event: Auth | AuthResponse): Promise<Reply> {
    const { conduct, peer, options } = this.#session
    if (!conduct.mayLogIn) return reply(421, '4.7.0', `${options.hostname} Too many failed logins`)
    const outcome = await this.#step(event)
    if (outcome.type === 'challenge') return reply(334, undefined, encodeBase64(outcome.bytes))
    if (outcome.type === 'accepted') {
      peer.logIn(outcome.user)
      return AUTHENTICATED
    }
    return this.refused(outcome.reply)
  }

  /** A login that has failed, or was given up: said after its delay. */
  async refused(refusal: Reply): Promise<Reply> {
    const { conduct, decisions } = this.#session
    const delayMs = conduct.mistake('login')
    if (delayMs > 0) await decisions.pause(delayMs)
    return refusal
  }

  #step(event: Auth | AuthResponse): Promise<AuthOutcome> {
    if (event.type === 'auth') this.#exchange = this.#begin(event)
    // What is not offered, the machine has refused; what is no response, too.
    const exchange = this.#exchange as Authentication
    return event.type === 'auth' ? exchange.begin(event.initialResponse) : exchange.respond(event.response)
  }

  #begin({ mechanism: name }: Auth): Authentication | undefined {
    const { socket, options, handlers, decisions, peer } = this.#session
    const { auth } = handlers
    const mechanism = serverMechanism(name, saslOffer(socket, options, handlers))
    if (mechanism === undefined || auth === undefined) return undefined
    const judges = judgesOf(auth, options)
    return new Authentication(
      mechanism,
      judges,
      { peer, mechanism: mechanism.name },
      decisions,
      options.timeouts.replyMs,
    )
  }
}

/** Passwords that are to be judged by what is stored for SCRAM have a handler that does so. */
function judgesOf({ password, ...others }: AuthHandlers, { scramDecoy }: ResolvedServerOptions): Judges {
  if (password !== 'scram') return password === undefined ? others : { ...others, password }
  const { scram } = others
  return scram === undefined ? others : { ...others, password: storedPasswords(scram, scramDecoy) }
}
