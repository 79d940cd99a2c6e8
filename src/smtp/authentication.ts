/**
 * One exchange of AUTH: the steps of a SASL mechanism, with the program asked wherever the mechanism wants a verdict. It knows no socket
 * and no line: octets in, and out comes what to say.
 *
 *     begin, respond ──> challenge ──> respond
 *           ├──> accepted         235
 *           └──> refused          with its reply
 *
 * What the handlers say is told to the mechanism in its own terms (`toVerdict`); the mechanism decides, and an `authzid` that the program
 * has not looked at lets nobody in (`sasl/steps.ts`).
 */
import type {
  AuthHandlers,
  LoginContext,
  LoginVerdict,
  PasswordHandler,
  StoredScram,
  TokenVerdict,
} from './auth-handlers.ts'
import type { Decisions } from './decisions.ts'
import type { Reply } from './events.ts'
import { Refusal, reply } from './reply.ts'
import { SASL_REFUSALS } from './sasl/errors.ts'
import type { SaslRefusal } from './sasl/errors.ts'
import type { Credentials, ServerMechanism, ServerStep, Verdict as SaslVerdict } from './sasl/mechanism.ts'

/** What comes of a step. */
export type AuthOutcome =
  | { readonly type: 'challenge'; readonly bytes: Buffer }
  | { readonly type: 'accepted'; readonly user: string }
  | { readonly type: 'refused'; readonly reply: Reply }

/** The handlers, of which that for passwords is one in any case. */
export interface Judges extends AuthHandlers {
  readonly password?: PasswordHandler
}

/** Where the program cannot say (RFC 4954 §6). */
const CANNOT_SAY: Reply = reply(454, '4.7.0', 'Temporary authentication failure')

const REJECTED: SaslVerdict = Object.freeze({ type: 'rejected' })

/** One exchange. */
export class Authentication {
  readonly #mechanism: ServerMechanism
  readonly #handlers: Judges
  readonly #context: LoginContext
  readonly #decisions: Decisions
  readonly #replyMs: number

  /** `replyMs`: how long a handler may think. */
  constructor(
    mechanism: ServerMechanism,
    handlers: Judges,
    context: LoginContext,
    decisions: Decisions,
    replyMs: number,
  ) {
    this.#mechanism = mechanism
    this.#handlers = handlers
    this.#context = context
    this.#decisions = decisions
    this.#replyMs = replyMs
  }

  /** Begins, with the initial response if there was one. Rejects where the connection is lost. */
  begin(initialResponse: Buffer | undefined): Promise<AuthOutcome> {
    return this.#proceed(this.#mechanism.start(initialResponse))
  }

  /** Goes on with the answer to a challenge. */
  respond(response: Buffer): Promise<AuthOutcome> {
    return this.#proceed(this.#mechanism.respond(response))
  }

  async #proceed(step: ServerStep): Promise<AuthOutcome> {
    switch (step.type) {
      case 'challenge':
        return step
      case 'success':
        return { type: 'accepted', user: step.identity }
      case 'failure':
        return { type: 'refused', reply: refusalOf(step.reason) }
      case 'verify':
        return this.#verify(step.credentials)
    }
  }

  async #verify(credentials: Credentials): Promise<AuthOutcome> {
    try {
      const verdict = await this.#decisions.settle(this.#judge(credentials), this.#replyMs)
      if (verdict instanceof Refusal) return { type: 'refused', reply: verdict.reply }
      return await this.#proceed(this.#mechanism.verified(verdict))
    } catch (error) {
      return { type: 'refused', reply: this.#decisions.replyTo(error, CANNOT_SAY) }
    }
  }

  /** What the program says, in the words of the mechanism. A mechanism is offered only where its handler is there. */
  async #judge(credentials: Credentials): Promise<SaslVerdict | Refusal> {
    const handlers = this.#handlers
    const context = this.#context
    switch (credentials.type) {
      case 'password':
        return accept(await handlers.password?.({ ...credentials, ...context }), credentials.user)
      case 'external':
        return accept(await handlers.external?.({ ...credentials, ...context }), credentials.authzid)
      case 'token':
        return acceptToken(await handlers.token?.({ ...credentials, ...context }), credentials.authzid)
      case 'scram':
        return known(await handlers.scram?.({ ...credentials, ...context }), credentials.user)
      case 'secret': {
        const password = await handlers.secret?.({ ...credentials, ...context })
        if (password instanceof Refusal) return password
        return typeof password === 'string' ? { type: 'secret', identity: credentials.user, password } : REJECTED
      }
    }
  }
}

/** `true` is for whom the client says it is; where it says nobody, there is nobody to let in. */
function accept(verdict: LoginVerdict, claimed: string | undefined): SaslVerdict | Refusal {
  if (verdict instanceof Refusal) return verdict
  const identity = verdict === true ? claimed : verdict
  return typeof identity === 'string' && identity !== '' ? { type: 'accepted', identity } : REJECTED
}

function acceptToken(verdict: TokenVerdict, claimed: string | undefined): SaslVerdict | Refusal {
  const isReason = typeof verdict === 'object' && !(verdict instanceof Refusal)
  return isReason ? { type: 'rejected', error: verdict } : accept(verdict, claimed)
}

function known(stored: StoredScram | undefined | false | Refusal, user: string): SaslVerdict | Refusal {
  if (stored instanceof Refusal) return stored
  if (stored === undefined || stored === false) return REJECTED
  return { type: 'scram', identity: stored.identity ?? user, credentials: stored }
}

/** The refusal that goes with a reason of the table. */
function refusalOf(reason: SaslRefusal): Reply {
  const { hint, enhanced, text } = SASL_REFUSALS[reason]
  return reply(hint, enhanced, text)
}
