/**
 * Which mechanism a client uses: the strongest of those that the server offers, that go with what the client has, and that are safe on this
 * connection. One, and no second try with a weaker one: whoever sits in the middle can make the strong one fail, and is then
 * waited for with the password. `allowed` is for the caller who knows better.
 */
import { findBinding, UNBOUND } from './channel-binding.ts'
import type { ChannelBindings } from './channel-binding.ts'
import { cramMd5Client } from './cram-md5.ts'
import { externalClient } from './external.ts'
import { loginClient } from './login.ts'
import { CLEARTEXT, MECHANISMS, parseMechanismName } from './mechanism.ts'
import type { ClientMechanism, MechanismName } from './mechanism.ts'
import { oauthBearerClient } from './oauthbearer.ts'
import type { TokenOfUser } from './oauthbearer.ts'
import { plainClient } from './plain.ts'
import type { PasswordOfUser } from './plain.ts'
import { scramClient } from './scram-client.ts'
import type { ScramBinding } from './scram-client.ts'
import { xoauth2Client } from './xoauth2.ts'

/** A name and a password. */
export interface PasswordLogin extends PasswordOfUser {
  /** The discriminant, which may be left out. */
  readonly type?: 'password'
}

/** A bearer token. */
export interface TokenLogin extends TokenOfUser {
  /** The discriminant. */
  readonly type: 'token'
}

/** The certificate that was shown in the TLS handshake. */
export interface CertificateLogin {
  /** The discriminant. */
  readonly type: 'certificate'
  /** As whom we want to act, where that is not whom the certificate names. */
  readonly authzid?: string
}

/** What a client logs in with. */
export type Login = PasswordLogin | TokenLogin | CertificateLogin

/** What the choice hangs on. */
export interface ChoiceOptions {
  /** The mechanisms that EHLO's AUTH names, in any case and order. Those from before STARTTLS do not count (RFC 3207 §4.2). */
  readonly offered: readonly string[]
  /**
   * `verified`: TLS, and the server's certificate was verified for the name that was dialled. Only then may a password or token be sent
   * in the clear inside it (RFC 4954 §14). `unverified`: TLS with whomever.
   */
  readonly security: 'none' | 'unverified' | 'verified'
  /** What the connection can be bound to. */
  readonly channelBindings?: ChannelBindings
  /** The mechanisms that may be used. Default: all. */
  readonly allowed?: readonly MechanismName[]
  /** Whether a password or token may be sent in the clear whatever `security` says. Default `false`. */
  readonly allowCleartext?: boolean
  /** The highest iteration count of SCRAM. Default 1,000,000. */
  readonly maxIterations?: number
}

/**
 * The client's end of the strongest mechanism that will do, or `undefined` where none will. Throws a `SaslError` of the side `local` where a
 * name, password, token or host cannot be sent.
 */
export function chooseMechanism(login: Login, options: ChoiceOptions): ClientMechanism | undefined {
  const { offered, security, allowed = MECHANISMS, allowCleartext = false } = options
  const names = new Set(offered.map(parseMechanismName))
  const isSafe = (name: MechanismName): boolean => !CLEARTEXT.has(name) || security === 'verified' || allowCleartext
  for (const name of MECHANISMS) {
    if (!names.has(name) || !allowed.includes(name) || !isSafe(name)) continue
    const mechanism = make(name, login, options, names)
    if (mechanism !== undefined) return mechanism
  }
  return undefined
}

type Names = ReadonlySet<MechanismName | undefined>

/** The mechanism, where it goes with what the client has. */
function make(name: MechanismName, login: Login, options: ChoiceOptions, names: Names): ClientMechanism | undefined {
  switch (login.type) {
    case 'token':
      if (name === 'OAUTHBEARER') return oauthBearerClient(login)
      if (name === 'XOAUTH2' && login.user !== undefined) return xoauth2Client(login.user, login.token)
      return undefined
    case 'certificate':
      return name === 'EXTERNAL' ? externalClient(login.authzid) : undefined
    default:
      return makeForPassword(name, login, options, names)
  }
}

function makeForPassword(
  name: MechanismName,
  login: PasswordLogin,
  { channelBindings = UNBOUND, maxIterations }: ChoiceOptions,
  names: Names,
): ClientMechanism | undefined {
  const channel = findBinding(channelBindings)
  switch (name) {
    case 'SCRAM-SHA-256-PLUS':
      if (channel === undefined) return undefined
      return scramClient({ ...login, maxIterations, binding: { type: 'bound', to: channel } })
    case 'SCRAM-SHA-256': {
      // `notOffered` to a server that did offer it would be taken for the trace of an attack (RFC 5802 §6).
      const isHidden = channel !== undefined && !names.has('SCRAM-SHA-256-PLUS')
      const binding: ScramBinding = { type: isHidden ? 'notOffered' : 'impossible' }
      return scramClient({ ...login, maxIterations, binding })
    }
    case 'PLAIN':
      return plainClient(login)
    // These two cannot say as whom one wants to act.
    case 'CRAM-MD5':
      return login.authzid === undefined ? cramMd5Client(login) : undefined
    case 'LOGIN':
      return login.authzid === undefined ? loginClient(login) : undefined
    default:
      return undefined
  }
}
