/**
 * How a program judges logins (RFC 4954). There is one handler for each way in which a client can show who it is, and the ones that are
 * there decide what is offered:
 *
 *     password    PLAIN LOGIN                                   is this the password of this user?
 *     scram       SCRAM-SHA-256 SCRAM-SHA-256-PLUS              what was stored for this user?
 *     secret      CRAM-MD5                                      what is the password of this user?
 *     token       OAUTHBEARER XOAUTH2                           whose token is this?
 *     external    EXTERNAL                                      whom does this client certificate name?
 *
 * A program that stores nothing but what SCRAM needs can judge passwords by that, too, for clients that know nothing better:
 *
 *     auth: { scram: ({ user }) => users.get(user), password: 'scram' }
 *
 * Here no answer is a no: a handler that forgets to answer lets nobody in. `refuse(…)`, returned or thrown, is said as it is; any
 * other throw is 454, of which the client learns nothing more.
 */
import type { Peer } from './peer.ts'
import type { Refusal } from './reply.ts'
import type {
  ExternalCredentials,
  MechanismName,
  OAuthError,
  PasswordCredentials,
  ScramQuery,
  SecretCredentials,
  TokenCredentials,
} from './sasl/mechanism.ts'
import type { ScramCredentials } from './sasl/scram-keys.ts'

/** What every handler of a login is told. */
export interface LoginContext {
  /** The client; its `user` is not known yet. */
  readonly peer: Peer
  /** How it wants to show who it is. */
  readonly mechanism: MechanismName
}

/**
 * As whom the client may act from now on, by name; `true` for whom it says it is. `false` and nothing are a no. Where the client wants to act
 * as somebody else (`authzid`), only that name, letter for letter, lets it in.
 */
export type LoginVerdict = string | boolean | undefined | Refusal

/** The same for a token, with a reason for the client where there is one. */
export type TokenVerdict = LoginVerdict | OAuthError

/** What was stored for a user; `identity`, where the user is to act under another name than the one given. */
export type StoredScram = ScramCredentials & { readonly identity?: string }

/** Judges the password of a user. */
export type PasswordHandler = (login: PasswordCredentials & LoginContext) => LoginVerdict | Promise<LoginVerdict>

/** Finds what was stored for a user. */
export type ScramHandler = (
  login: ScramQuery & LoginContext,
) => StoredScram | undefined | false | Refusal | Promise<StoredScram | undefined | false | Refusal>

/** What judges logins. Each handler brings the mechanisms that need it; without any there is no AUTH. */
export interface AuthHandlers {
  /**
   * Whether this is the user's password; `'scram'` where that is found out by what the handler `scram` has stored. Under TLS only, unless
   * `allowCleartextAuth`.
   */
  readonly password?: PasswordHandler | 'scram'
  /** What `scramCredentials` has made of the user's password; nothing where there is no such user, which the client does not learn. */
  readonly scram?: ScramHandler
  /** The user's password, as it would be typed; nothing where there is no such user. */
  readonly secret?: (
    login: SecretCredentials & LoginContext,
  ) => string | undefined | false | Refusal | Promise<string | undefined | false | Refusal>
  /** Whose token this is, and whether it is good here. Under TLS only, unless `allowCleartextAuth`. */
  readonly token?: (login: TokenCredentials & LoginContext) => TokenVerdict | Promise<TokenVerdict>
  /** Whom the client's certificate names (`peer.tls.peerCertificate`, which has been verified). */
  readonly external?: (login: ExternalCredentials & LoginContext) => LoginVerdict | Promise<LoginVerdict>
}

/** Which mechanisms a handler is good for. */
const MECHANISMS_OF: { readonly [Handler in keyof AuthHandlers]-?: readonly MechanismName[] } = {
  password: ['PLAIN', 'LOGIN'],
  scram: ['SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS'],
  secret: ['CRAM-MD5'],
  token: ['OAUTHBEARER', 'XOAUTH2'],
  external: ['EXTERNAL'],
}

/** The mechanisms that these handlers can judge. */
export function mechanismsOf(handlers: AuthHandlers): readonly MechanismName[] {
  const names = Object.keys(MECHANISMS_OF) as (keyof AuthHandlers)[]
  return names.flatMap((name) => {
    const { scram, [name]: handler = 'none' } = handlers
    return handler === 'none' || (handler === 'scram' && scram === undefined) ? [] : MECHANISMS_OF[name]
  })
}
