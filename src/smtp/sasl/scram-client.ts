/**
 * The client's end of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802 §5 and §6, RFC 7677).
 *
 *     start ──► first ──► deriving ──► final ──► complete ──► ended
 *          client-first    client-final    empty response
 *
 * The password is gone from here when its keys are derived. The server has to prove that it knows the user too, and a success
 * before that is no success: whoever put themselves in its place could have said so. How often the hash is repeated is for the
 * server to say, within limits: too seldom, and a listener finds the password; too often, and we do nothing else (§9).
 */
import { timingSafeEqual } from 'node:crypto'
import { encodeBase64 } from './base64.ts'
import type { ChannelBinding } from './channel-binding.ts'
import { localError, SaslError } from './errors.ts'
import { writeGs2Header } from './gs2.ts'
import type { ClientMechanism, ClientStep } from './mechanism.ts'
import { prepare, prepareOptional } from './names.ts'
import type { PasswordOfUser } from './plain.ts'
import { deriveKeys, hmac, KEY_BYTES, MIN_ITERATIONS, newNonce, xor } from './scram-keys.ts'
import { parseServerFinal, parseServerFirst, writeClientFirstBare, writeWithoutProof } from './scram-messages.ts'

/** The highest iteration count that a client takes where nothing else is said: some tenths of a second of one thread. */
const MAX_ITERATIONS = 1_000_000
const NOTHING: Buffer = Buffer.alloc(0)

/**
 * Whether and to what we bind (§6): to a channel, which makes it SCRAM-SHA-256-PLUS; not at all (`impossible`); or not, though we
 * could, because the server does not offer it (`notOffered`), which it will deny if somebody has hidden its offer.
 */
export type ScramBinding =
  { readonly type: 'bound'; readonly to: ChannelBinding } | { readonly type: 'impossible' | 'notOffered' }

/** How a client's end is set up. */
export interface ScramClientOptions extends PasswordOfUser {
  /** Channel binding. */
  readonly binding: ScramBinding
  /** The highest iteration count that is taken. Default 1,000,000. */
  readonly maxIterations?: number | undefined
  /** The client's part of the nonce: printable, no comma, never the same twice. Default: 144 random bits. */
  readonly nonce?: string
}

/**
 * A client's end of SCRAM. Throws a `SaslError` of the side `local` where a name or the password cannot be used, and a `RangeError` where
 * `maxIterations` is not finite.
 */
export function scramClient(options: ScramClientOptions): ClientMechanism {
  return new ScramClient(options)
}

type State =
  | { readonly at: 'start' | 'first'; readonly password: string }
  | { readonly at: 'final'; readonly serverSignature: Buffer }
  | { readonly at: 'deriving' | 'complete' | 'ended' }

class ScramClient implements ClientMechanism {
  readonly name: 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS'
  readonly #header: string
  readonly #bare: string
  readonly #nonce: string
  readonly #channel: Buffer
  readonly #maxIterations: number
  #state: State

  constructor(options: ScramClientOptions) {
    const { user, password, authzid, binding, maxIterations = MAX_ITERATIONS, nonce = newNonce() } = options
    if (!Number.isFinite(maxIterations)) throw new RangeError('maxIterations must be finite')
    const isBound = binding.type === 'bound'
    const unbound = { flag: binding.type === 'notOffered' ? 'y' : 'n' } as const
    this.name = isBound ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256'
    const flag = isBound ? ({ flag: 'p', channel: binding.to.type } as const) : unbound
    this.#header = writeGs2Header(flag, prepareOptional(authzid))
    this.#channel = isBound ? binding.to.bytes : NOTHING
    this.#bare = writeClientFirstBare(prepare(user, 'query'), nonce)
    this.#nonce = nonce
    this.#maxIterations = maxIterations
    this.#state = { at: 'start', password: prepare(password, 'stored') }
  }

  start(): Buffer {
    if (this.#state.at !== 'start') throw localError('SASL_TURN')
    this.#state = { at: 'first', password: this.#state.password }
    return Buffer.from(this.#header + this.#bare, 'utf8')
  }

  async respond(challenge: Buffer): Promise<ClientStep> {
    const state = this.#state
    switch (state.at) {
      case 'first':
        this.#state = { at: 'deriving' }
        return this.#prove(challenge, state.password)
      case 'final':
        this.#state = { at: 'ended' }
        return this.#checkServer(challenge, state.serverSignature)
      case 'complete':
        this.#state = { at: 'ended' }
        throw new SaslError('SASL_CHALLENGE')
      default:
        throw localError('SASL_TURN')
    }
  }

  succeed(): void {
    if (this.#state.at !== 'complete') throw new SaslError('SASL_SUCCESS_EARLY')
    this.#state = { at: 'ended' }
  }

  /** Takes the server-first message, answers with the client-final one. */
  async #prove(challenge: Buffer, password: string): Promise<ClientStep> {
    const first = parseServerFirst(challenge)
    if (typeof first === 'string') throw new SaslError(first)
    const { nonce, salt, iterations } = first
    // A server that adds nothing of its own could be replaying what it once heard.
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce) throw new SaslError('SASL_SCRAM_NONCE')
    if (iterations < MIN_ITERATIONS || iterations > this.#maxIterations) throw new SaslError('SASL_SCRAM_ITERATIONS')
    const bindingInput = Buffer.concat([Buffer.from(this.#header, 'utf8'), this.#channel])
    const withoutProof = writeWithoutProof(bindingInput, nonce)
    const authMessage = `${this.#bare},${challenge.toString('utf8')},${withoutProof}`
    const { clientKey, storedKey, serverKey } = await deriveKeys(password, salt, iterations)
    const proof = xor(clientKey, hmac(storedKey, authMessage))
    this.#state = { at: 'final', serverSignature: hmac(serverKey, authMessage) }
    for (const key of [clientKey, storedKey, serverKey]) key.fill(0)
    return { type: 'response', bytes: Buffer.from(`${withoutProof},p=${encodeBase64(proof)}`, 'latin1') }
  }

  /** Takes the server-final message. */
  #checkServer(challenge: Buffer, due: Buffer): ClientStep {
    const final = parseServerFinal(challenge)
    if (typeof final === 'string') throw new SaslError(final)
    if (final.type === 'error') throw new SaslError('SASL_SCRAM_ERROR', { detail: final.error })
    const { signature } = final
    if (signature.length !== KEY_BYTES || !timingSafeEqual(signature, due)) throw new SaslError('SASL_SERVER_SIGNATURE')
    this.#state = { at: 'complete' }
    return { type: 'response', bytes: NOTHING }
  }
}
