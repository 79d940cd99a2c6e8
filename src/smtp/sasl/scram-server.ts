/**
 * The server's end of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802 §5 and §6, RFC 7677).
 *
 *     start ──► first ──► verdict ──► final ──► proven ──► ended
 *       └───────────────────►┘
 *       client-first   what was stored   client-final   empty response
 *
 * Nothing tells a client whether a user exists: one that does not gets a salt that is always the same (`ScramDecoy`), and fails
 * at the end, as a wrong password does. For the same reason an authorization identity is judged only when the proof is right.
 *
 * The server's last word (`v=`) goes out as a challenge, since SMTP has no additional data with success; the client has checked
 * it when it answers with an empty response. Where the proof is wrong there is no last word (§5.1: it is optional).
 */
import { timingSafeEqual } from 'node:crypto'
import { encodeBase64 } from './base64.ts'
import { findBinding, UNBOUND } from './channel-binding.ts'
import type { ChannelBindings } from './channel-binding.ts'
import { localError } from './errors.ts'
import type { SaslRefusal } from './errors.ts'
import type { BindingFlag } from './gs2.ts'
import type { ServerMechanism, ServerStep, Verdict } from './mechanism.ts'
import { DECOY, decoyCredentials, hmac, KEY_BYTES, newNonce, sha256, xor } from './scram-keys.ts'
import type { ScramCredentials, ScramDecoy } from './scram-keys.ts'
import { parseClientFinal, parseClientFirst, writeServerFirst } from './scram-messages.ts'
import type { ClientFinal, ClientFirst } from './scram-messages.ts'
import { saslprep } from './saslprep.ts'
import { authorize, failure, YOUR_TURN } from './steps.ts'

/** The two names of the mechanism: the second is bound to the channel. */
export type ScramName = 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS'

/** How a server's end is set up. */
export interface ScramServerOptions {
  /** Which of the two the client chose. */
  readonly name: ScramName
  /**
   * What this connection can be bound to; nothing where SCRAM-SHA-256-PLUS is not offered. A client that could bind, and says that it
   * saw no offer, is refused if there was one: somebody has taken it out (§6).
   */
  readonly channelBindings?: ChannelBindings
  /** What users get that do not exist. Default: one for as long as this process runs. */
  readonly decoy?: ScramDecoy
  /** The server's part of the nonce: printable, no comma, never the same twice. Default: 144 random bits. */
  readonly nonce?: string
}

/** A server's end of SCRAM. */
export function scramServer(options: ScramServerOptions): ServerMechanism {
  return new ScramServer(options)
}

/** What is known of the client while it is asked what was stored for it. */
interface Claim {
  readonly first: ClientFirst
  /** Both prepared. */
  readonly user: string
  readonly authzid: string | undefined
}

type State =
  | { readonly at: 'start' | 'first' | 'ended' }
  | { readonly at: 'verdict'; readonly claim: Claim }
  | {
      readonly at: 'final'
      readonly claim: Claim
      readonly serverFirst: string
      readonly credentials: ScramCredentials
      /** `undefined` for a user that does not exist. */
      readonly identity: string | undefined
    }
  | { readonly at: 'proven'; readonly outcome: ServerStep }

class ScramServer implements ServerMechanism {
  readonly name: ScramName
  readonly #bindings: ChannelBindings
  readonly #decoy: ScramDecoy
  readonly #nonce: string
  #state: State = { at: 'start' }

  constructor({ name, channelBindings = UNBOUND, decoy = DECOY, nonce = newNonce() }: ScramServerOptions) {
    this.name = name
    this.#bindings = channelBindings
    this.#decoy = decoy
    this.#nonce = nonce
  }

  start(initialResponse: Buffer | undefined): ServerStep {
    if (this.#state.at !== 'start') throw localError('SASL_TURN')
    if (initialResponse !== undefined) return this.#readFirst(initialResponse)
    this.#state = { at: 'first' }
    return YOUR_TURN
  }

  respond(response: Buffer): ServerStep {
    const state = this.#state
    switch (state.at) {
      case 'first':
        return this.#readFirst(response)
      case 'final':
        return this.#readFinal(state, response)
      case 'proven':
        return response.length === 0 ? this.#end(state.outcome) : this.#fail('SASL_SCRAM_SYNTAX')
      default:
        throw localError('SASL_TURN')
    }
  }

  verified(verdict: Verdict): ServerStep {
    if (this.#state.at !== 'verdict') throw localError('SASL_TURN')
    if (verdict.type !== 'scram' && verdict.type !== 'rejected') throw localError('SASL_VERDICT')
    const { claim } = this.#state
    const isKnown = verdict.type === 'scram'
    const credentials = isKnown ? verdict.credentials : decoyCredentials(this.#decoy, claim.user)
    const { salt, iterations } = credentials
    const serverFirst = writeServerFirst({ nonce: claim.first.nonce + this.#nonce, salt, iterations })
    const identity = isKnown ? verdict.identity : undefined
    this.#state = { at: 'final', claim, serverFirst, credentials, identity }
    return { type: 'challenge', bytes: Buffer.from(serverFirst, 'latin1') }
  }

  #readFirst(message: Buffer): ServerStep {
    const first = parseClientFirst(message)
    if (typeof first === 'string') return this.#fail(first)
    const refusal = this.#judgeFlag(first.header.binding)
    if (refusal !== undefined) return this.#fail(refusal)
    // Whether it is prepared or not, what is hashed is the name as it was received (§5.1).
    const user = saslprep(first.user, 'query')
    const asWhom = first.header.authzid === undefined ? user : saslprep(first.header.authzid, 'query')
    if (user === undefined || asWhom === undefined) return this.#fail('SASL_PREPARATION')
    const authzid = asWhom === user ? undefined : asWhom
    this.#state = { at: 'verdict', claim: { first, user, authzid } }
    return { type: 'verify', credentials: { type: 'scram', user, authzid } }
  }

  /** §6: what the client says about channel binding must go with what it chose and with what was offered. */
  #judgeFlag(binding: BindingFlag): SaslRefusal | undefined {
    const isBound = this.name === 'SCRAM-SHA-256-PLUS'
    if (binding.flag !== 'p') {
      if (binding.flag === 'y' && findBinding(this.#bindings) !== undefined) return 'SASL_SCRAM_DOWNGRADE'
      return isBound ? 'SASL_CHANNEL_BINDING' : undefined
    }
    const isSupported = isBound && findBinding(this.#bindings, binding.channel) !== undefined
    return isSupported ? undefined : 'SASL_CHANNEL_BINDING'
  }

  #readFinal(state: Extract<State, { at: 'final' }>, message: Buffer): ServerStep {
    const final = parseClientFinal(message)
    if (typeof final === 'string') return this.#fail(final)
    if (final.nonce !== state.claim.first.nonce + this.#nonce) return this.#fail('SASL_SCRAM_NONCE')
    const isBound = timingSafeEqual(sha256(final.bindingInput), sha256(this.#bindingInput(state.claim)))
    if (!isBound) return this.#fail('SASL_CHANNEL_BINDING')
    const { storedKey, serverKey } = state.credentials
    const authMessage = `${state.claim.first.bare},${state.serverFirst},${final.withoutProof}`
    if (!isProof(final, storedKey, authMessage) || state.identity === undefined) return this.#fail('SASL_CREDENTIALS')
    const outcome = authorize(state.identity, state.claim.authzid)
    if (outcome.type === 'failure') return this.#end(outcome)
    this.#state = { at: 'proven', outcome }
    const verifier = `v=${encodeBase64(hmac(serverKey, authMessage))}`
    return { type: 'challenge', bytes: Buffer.from(verifier, 'latin1') }
  }

  /** `cbind-input = gs2-header [ cbind-data ]`. */
  #bindingInput({ first }: Claim): Buffer {
    const { text, binding } = first.header
    const channel = binding.flag === 'p' ? findBinding(this.#bindings, binding.channel) : undefined
    return Buffer.concat([Buffer.from(text, 'utf8'), ...(channel === undefined ? [] : [channel.bytes])])
  }

  #fail(reason: SaslRefusal): ServerStep {
    return this.#end(failure(reason))
  }

  #end(step: ServerStep): ServerStep {
    this.#state = { at: 'ended' }
    return step
  }
}

/** Whether the proof gives back the key whose hash was stored. */
function isProof({ proof }: ClientFinal, storedKey: Buffer, authMessage: string): boolean {
  if (proof.length !== KEY_BYTES) return false
  const clientKey = xor(proof, hmac(storedKey, authMessage))
  const isRight = timingSafeEqual(sha256(clientKey), storedKey)
  clientKey.fill(0)
  return isRight
}
