/**
 * LOGIN: name and password in the clear, in two messages. It was never standardized (draft-murchison-sasl-login is the nearest thing
 * to it) and is obsolete, and there are clients that speak nothing else.
 *
 *     S: Username:        start ──► username ──► password ──► verdict ──► ended
 *     C: joe
 *     S: Password:
 *     C: secret
 *
 * What the server asks with is text for nobody: servers differ in it, so a client goes by the order. The server speaks first, and yet
 * an initial response is taken for the name: .NET's SmtpClient sends it so.
 */
import { localError, SaslError } from './errors.ts'
import type { ClientMechanism, ClientStep, ServerMechanism, ServerStep, Verdict } from './mechanism.ts'
import { parseName, prepare } from './names.ts'
import type { PasswordOfUser } from './plain.ts'
import { authorize, failure } from './steps.ts'

/** A server's end of LOGIN. */
export function loginServer(): ServerMechanism {
  return new LoginServer()
}

/** A client's end of LOGIN. Throws a `SaslError` of the side `local` where the name or the password cannot be sent. */
export function loginClient({ user, password }: PasswordOfUser): ClientMechanism {
  return new LoginClient(prepare(user, 'query'), prepare(password, 'query'))
}

type ServerState =
  { readonly at: 'start' | 'username' | 'verdict' | 'ended' } | { readonly at: 'password'; readonly user: string }

class LoginServer implements ServerMechanism {
  readonly name = 'LOGIN'
  #state: ServerState = { at: 'start' }

  start(initialResponse: Buffer | undefined): ServerStep {
    if (this.#state.at !== 'start') throw localError('SASL_TURN')
    if (initialResponse !== undefined) return this.#readUser(initialResponse)
    this.#state = { at: 'username' }
    return { type: 'challenge', bytes: Buffer.from('Username:', 'latin1') }
  }

  respond(response: Buffer): ServerStep {
    if (this.#state.at === 'username') return this.#readUser(response)
    if (this.#state.at === 'password') return this.#readPassword(this.#state.user, response)
    throw localError('SASL_TURN')
  }

  verified(verdict: Verdict): ServerStep {
    if (this.#state.at !== 'verdict') throw localError('SASL_TURN')
    if (verdict.type !== 'accepted' && verdict.type !== 'rejected') throw localError('SASL_VERDICT')
    this.#state = { at: 'ended' }
    return verdict.type === 'accepted' ? authorize(verdict.identity, undefined) : failure('SASL_CREDENTIALS')
  }

  #readUser(response: Buffer): ServerStep {
    const user = parseName(response)
    if (user === undefined) return this.#fail()
    this.#state = { at: 'password', user }
    return { type: 'challenge', bytes: Buffer.from('Password:', 'latin1') }
  }

  #readPassword(user: string, response: Buffer): ServerStep {
    const password = parseName(response)
    if (password === undefined) return this.#fail()
    this.#state = { at: 'verdict' }
    return { type: 'verify', credentials: { type: 'password', user, password, authzid: undefined } }
  }

  #fail(): ServerStep {
    this.#state = { at: 'ended' }
    return failure('SASL_PREPARATION')
  }
}

type ClientState =
  | { readonly at: 'start' | 'username'; readonly user: string; readonly password: string }
  | { readonly at: 'password'; readonly password: string }
  | { readonly at: 'complete' | 'ended' }

class LoginClient implements ClientMechanism {
  readonly name = 'LOGIN'
  #state: ClientState

  constructor(user: string, password: string) {
    this.#state = { at: 'start', user, password }
  }

  start(): undefined {
    if (this.#state.at !== 'start') throw localError('SASL_TURN')
    this.#state = { ...this.#state, at: 'username' }
  }

  async respond(): Promise<ClientStep> {
    const state = this.#state
    switch (state.at) {
      case 'username':
        this.#state = { at: 'password', password: state.password }
        return { type: 'response', bytes: Buffer.from(state.user, 'utf8') }
      case 'password':
        this.#state = { at: 'complete' }
        return { type: 'response', bytes: Buffer.from(state.password, 'utf8') }
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
