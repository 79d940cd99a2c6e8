/**
 * Mechanisms in which one message of the client says all: PLAIN, EXTERNAL and, with an epilogue, those of OAuth.
 *
 *     start ──no initial response──► message ──► verdict ──► ended
 *       └──────initial response───────────────────►┘   └──token refused──► refusal ──► ended
 *
 * A mechanism without initial response begins with an empty challenge (RFC 4422 §5.1). The state `refusal` is OAuth's: why a token was
 * refused is told in a challenge, and whatever the client answers, it has failed (RFC 7628 §3.2.3).
 */
import { localError, SaslError } from './errors.ts'
import type { SaslRefusal } from './errors.ts'
import type {
  ClientMechanism,
  ClientStep,
  ExternalCredentials,
  MechanismName,
  OAuthError,
  PasswordCredentials,
  Rejected,
  ServerMechanism,
  ServerStep,
  TokenCredentials,
  Verdict,
} from './mechanism.ts'
import { authorize, failure, YOUR_TURN } from './steps.ts'

/** What one message can say. */
type SingleCredentials = PasswordCredentials | ExternalCredentials | TokenCredentials

/** How a server reads a mechanism's only message. */
export interface SingleMessage {
  /** The mechanism. */
  readonly name: MechanismName
  /** What the message says, that a token is asked for (`rejected`), or what is wrong with it. */
  readonly parse: (message: Buffer) => SingleCredentials | Rejected | SaslRefusal
  /** The challenge that tells why a token was refused; `undefined` where the mechanism has no such thing. */
  readonly writeRefusal?: (error: OAuthError | undefined) => Buffer
}

/** The server's end. */
export class SingleMessageServer implements ServerMechanism {
  /** The mechanism. */
  readonly name: MechanismName
  readonly #message: SingleMessage
  #state: 'start' | 'message' | 'verdict' | 'refusal' | 'ended' = 'start'
  #authzid: string | undefined

  constructor(message: SingleMessage) {
    this.name = message.name
    this.#message = message
  }

  /** Begins. */
  start(initialResponse: Buffer | undefined): ServerStep {
    if (this.#state !== 'start') throw localError('SASL_TURN')
    if (initialResponse !== undefined) return this.#read(initialResponse)
    this.#state = 'message'
    return YOUR_TURN
  }

  /** Takes the message, or the response that ends a refusal. */
  respond(response: Buffer): ServerStep {
    if (this.#state === 'message') return this.#read(response)
    if (this.#state !== 'refusal') throw localError('SASL_TURN')
    this.#state = 'ended'
    return failure('SASL_CREDENTIALS')
  }

  /** Takes `accepted` or `rejected`. */
  verified(verdict: Verdict): ServerStep {
    if (this.#state !== 'verdict') throw localError('SASL_TURN')
    if (verdict.type === 'rejected') return this.#refuse(verdict.error)
    if (verdict.type !== 'accepted') throw localError('SASL_VERDICT')
    this.#state = 'ended'
    return authorize(verdict.identity, this.#authzid)
  }

  #read(message: Buffer): ServerStep {
    const said = this.#message.parse(message)
    if (typeof said === 'string') {
      this.#state = 'ended'
      return failure(said)
    }
    if (said.type === 'rejected') return this.#refuse(said.error)
    this.#state = 'verdict'
    this.#authzid = said.authzid
    return { type: 'verify', credentials: said }
  }

  #refuse(error: OAuthError | undefined): ServerStep {
    const { writeRefusal } = this.#message
    this.#state = writeRefusal === undefined ? 'ended' : 'refusal'
    return writeRefusal === undefined ? failure('SASL_CREDENTIALS') : { type: 'challenge', bytes: writeRefusal(error) }
  }
}

/** What a client of OAuth makes of the challenge that tells why its token was refused. */
export interface RefusalReader {
  /** The error, or `undefined` where it is malformed. */
  readonly parse: (challenge: Buffer) => OAuthError | undefined
  /** What is answered. */
  readonly answer: Buffer
}

/** The client's end: one message, and then nothing more to say. */
export class SingleMessageClient implements ClientMechanism {
  /** The mechanism. */
  readonly name: MechanismName
  readonly #refusal: RefusalReader | undefined
  #state: { readonly at: 'start'; readonly message: Buffer } | { readonly at: 'complete' | 'ended' }

  constructor(name: MechanismName, message: Buffer, refusal?: RefusalReader) {
    this.name = name
    this.#refusal = refusal
    this.#state = { at: 'start', message }
  }

  /** Gives the message. */
  start(): Buffer {
    if (this.#state.at !== 'start') throw localError('SASL_TURN')
    const { message } = this.#state
    this.#state = { at: 'complete' }
    return message
  }

  /** Answers the one challenge there may be: that the token was refused. */
  async respond(challenge: Buffer): Promise<ClientStep> {
    if (this.#state.at !== 'complete') throw localError('SASL_TURN')
    this.#state = { at: 'ended' }
    if (this.#refusal === undefined) throw new SaslError('SASL_CHALLENGE')
    const error = this.#refusal.parse(challenge)
    if (error === undefined) throw new SaslError('SASL_OAUTH_ERROR')
    return { type: 'refused', bytes: this.#refusal.answer, error }
  }

  /** The server reports success. */
  succeed(): void {
    if (this.#state.at !== 'complete') throw new SaslError('SASL_SUCCESS_EARLY')
    this.#state = { at: 'ended' }
  }
}
