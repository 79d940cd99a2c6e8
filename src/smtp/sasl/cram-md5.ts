/**
 * CRAM-MD5 (RFC 2195): the client shows that it knows the password by hashing a challenge with it. The password is not sent, but the
 * server has to keep it in the clear, nothing proves the server, and whoever listens can try passwords at leisure. It is here for
 * the clients that have nothing better outside TLS; SCRAM is better in every respect.
 *
 *     S: <1896.697170952@postoffice.reston.mci.net>
 *     C: tim b913a602c7eda7a495b4e6e7334d3890
 *
 *     start ──► response ──► verdict ──► ended
 *
 *     challenge = "<" unique "@" host ">"                   an RFC 822 msg-id
 *     response  = username SP 32LOWER-HEX                   HMAC-MD5 of the challenge, keyed with the password
 *
 * The RFC wants random digits and a timestamp in the challenge, so that it never comes twice. Random digits enough do that
 * by themselves, and no clock is read.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { byteClass, isAll, SP } from '../../net/ascii.ts'
import type { ByteClass } from '../../net/ascii.ts'
import { localError, SaslError } from './errors.ts'
import type { SaslRefusal } from './errors.ts'
import type { ClientMechanism, ClientStep, ServerMechanism, ServerStep, Verdict } from './mechanism.ts'
import { parseName, prepare } from './names.ts'
import type { PasswordOfUser } from './plain.ts'
import { saslprep } from './saslprep.ts'
import { authorize, failure } from './steps.ts'

const DIGEST_CHARACTERS = 32
const LOWER_HEX: ByteClass = byteClass([0x30, 0x39], [0x61, 0x66])
/** Printable ASCII without what delimits a msg-id. */
const IDENTIFIER: ByteClass = byteClass([0x21, 0x3b], [0x3d, 0x3d], [0x3f, 0x3f], [0x41, 0x7e])

/** What a server of CRAM-MD5 needs for its challenge. */
export interface CramMd5Options {
  /** The server's own name, which stands in the challenge. */
  readonly hostname: string
  /** What stands before it. Default: 128 random bits as digits. Never to be used twice. */
  readonly unique?: string
}

/** A server's end of CRAM-MD5. */
export function cramMd5Server({ hostname, unique = randomDigits() }: CramMd5Options): ServerMechanism {
  return new CramMd5Server(Buffer.from(`<${unique}@${hostname}>`, 'latin1'))
}

/** A client's end of CRAM-MD5. Throws a `SaslError` of the side `local` where the name or the password cannot be used. */
export function cramMd5Client({ user, password }: PasswordOfUser): ClientMechanism {
  return new CramMd5Client(prepare(user, 'query'), prepare(password, 'query'))
}

function randomDigits(): string {
  const random = randomBytes(16)
  return `${random.readBigUInt64BE(0)}.${random.readBigUInt64BE(8)}`
}

function digestOf(password: string, challenge: Buffer): string {
  return createHmac('md5', Buffer.from(password, 'utf8')).update(challenge).digest('hex')
}

/** The challenge is hashed with the password: what is no msg-id might be made to break the hash (as CVE-2007-1558 did with APOP). */
function isMessageId(challenge: Buffer): boolean {
  const at = challenge.indexOf('@')
  return (
    at > 1 &&
    at < challenge.length - 2 &&
    challenge[0] === 0x3c &&
    challenge.at(-1) === 0x3e &&
    isAll(IDENTIFIER, challenge, 1, at) &&
    isAll(IDENTIFIER, challenge, at + 1, challenge.length - 1)
  )
}

interface CramResponse {
  readonly user: string
  readonly digest: Buffer
}

/** The name may have spaces in it: it is the last one that ends it. */
function parseResponse(response: Buffer): CramResponse | SaslRefusal {
  const space = response.length - DIGEST_CHARACTERS - 1
  if (space < 0 || response[space] !== SP || !isAll(LOWER_HEX, response, space + 1)) return 'SASL_CRAM_SYNTAX'
  const user = parseName(response.subarray(0, space))
  return user === undefined ? 'SASL_PREPARATION' : { user, digest: response.subarray(space + 1) }
}

type ServerState = { readonly at: 'start' | 'response' | 'ended' } | { readonly at: 'verdict'; readonly digest: Buffer }

class CramMd5Server implements ServerMechanism {
  readonly name = 'CRAM-MD5'
  readonly #challenge: Buffer
  #state: ServerState = { at: 'start' }

  constructor(challenge: Buffer) {
    this.#challenge = challenge
  }

  start(initialResponse: Buffer | undefined): ServerStep {
    if (this.#state.at !== 'start') throw localError('SASL_TURN')
    // A client that answers before it was asked MUST be refused (RFC 4954 §4): it would be a replay, or nonsense.
    if (initialResponse !== undefined) return this.#end(failure('SASL_INITIAL_RESPONSE'))
    this.#state = { at: 'response' }
    return { type: 'challenge', bytes: this.#challenge }
  }

  respond(response: Buffer): ServerStep {
    if (this.#state.at !== 'response') throw localError('SASL_TURN')
    const parsed = parseResponse(response)
    if (typeof parsed === 'string') return this.#end(failure(parsed))
    this.#state = { at: 'verdict', digest: parsed.digest }
    return { type: 'verify', credentials: { type: 'secret', user: parsed.user } }
  }

  verified(verdict: Verdict): ServerStep {
    if (this.#state.at !== 'verdict') throw localError('SASL_TURN')
    if (verdict.type !== 'secret' && verdict.type !== 'rejected') throw localError('SASL_VERDICT')
    const { digest } = this.#state
    // For a user that is not there the same is computed, so that time does not tell who is.
    const password = verdict.type === 'secret' ? saslprep(verdict.password, 'query') : undefined
    const due = Buffer.from(digestOf(password ?? randomDigits(), this.#challenge), 'latin1')
    const isRight = timingSafeEqual(due, digest)
    return this.#end(
      verdict.type === 'secret' && isRight ? authorize(verdict.identity, undefined) : failure('SASL_CREDENTIALS'),
    )
  }

  #end(step: ServerStep): ServerStep {
    this.#state = { at: 'ended' }
    return step
  }
}

type ClientState =
  | { readonly at: 'start' | 'challenge'; readonly user: string; readonly password: string }
  | { readonly at: 'complete' | 'ended' }

class CramMd5Client implements ClientMechanism {
  readonly name = 'CRAM-MD5'
  #state: ClientState

  constructor(user: string, password: string) {
    this.#state = { at: 'start', user, password }
  }

  start(): undefined {
    if (this.#state.at !== 'start') throw localError('SASL_TURN')
    this.#state = { ...this.#state, at: 'challenge' }
  }

  async respond(challenge: Buffer): Promise<ClientStep> {
    const state = this.#state
    switch (state.at) {
      case 'challenge': {
        this.#state = { at: 'ended' }
        if (!isMessageId(challenge)) throw new SaslError('SASL_CRAM_CHALLENGE')
        this.#state = { at: 'complete' }
        const text = `${state.user} ${digestOf(state.password, challenge)}`
        return { type: 'response', bytes: Buffer.from(text, 'utf8') }
      }
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
}
