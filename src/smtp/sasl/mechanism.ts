/**
 * What a SASL mechanism is (RFC 4422), as seen from the connection that drives it: an object with named states that takes messages
 * and gives messages. It knows nothing of SMTP: no reply codes, no base64, no lines, no `=` and no `*`. It holds no socket and no
 * clock, calls nobody back, and drops each secret at the step that uses it.
 *
 *     server                                            client
 *       start(initial response or none) -> step           start() -> initial response or none
 *       respond(response)               -> step           respond(challenge) -> response
 *       verified(verdict)               -> step           succeed()
 *
 * A server's mechanism never knows who may do what. It asks (`verify`), the host application judges, and the verdict is given back;
 * that is where a connection may wait for as long as it likes. A client's mechanism answers in a promise, since SCRAM derives
 * its keys on another thread.
 *
 * One departure from RFC 4422 §3.6: SMTP cannot carry additional data with success (RFC 4954 §4), so a mechanism that has some sends
 * it as a last challenge, and its success is the step behind the empty response.
 */
import { upperAscii } from '../../net/ascii.ts'
import type { SaslRefusal } from './errors.ts'
import type { ScramCredentials } from './scram-keys.ts'

/** The mechanisms of this folder, as they are named in EHLO. */
export type MechanismName =
  'SCRAM-SHA-256-PLUS' | 'SCRAM-SHA-256' | 'EXTERNAL' | 'OAUTHBEARER' | 'XOAUTH2' | 'CRAM-MD5' | 'PLAIN' | 'LOGIN'

/** All of them, the strongest first. */
export const MECHANISMS: readonly MechanismName[] = Object.freeze([
  'SCRAM-SHA-256-PLUS',
  'SCRAM-SHA-256',
  'EXTERNAL',
  'OAUTHBEARER',
  'XOAUTH2',
  'CRAM-MD5',
  'PLAIN',
  'LOGIN',
] as const)

/** Those in which whoever can read the connection reads what it takes to be the user. */
export const CLEARTEXT: ReadonlySet<MechanismName> = new Set(['OAUTHBEARER', 'XOAUTH2', 'PLAIN', 'LOGIN'])

/** The mechanism of a name, which is compared without regard to case (RFC 4954 §8); `undefined` for one that is not here. */
export function parseMechanismName(text: string): MechanismName | undefined {
  const name = upperAscii(text)
  return MECHANISMS.find((mechanism) => mechanism === name)
}

/** PLAIN and LOGIN: are these right? Answered by `accepted` or `rejected`. */
export interface PasswordCredentials {
  /** The discriminant. */
  readonly type: 'password'
  /** Who says so, prepared by SASLprep. */
  readonly user: string
  /** Prepared by SASLprep. */
  readonly password: string
  /** As whom the user wants to act, prepared; `undefined` for as themselves. */
  readonly authzid: string | undefined
}

/** CRAM-MD5: what is this user's password? Answered by `secret` or `rejected`. */
export interface SecretCredentials {
  /** The discriminant. */
  readonly type: 'secret'
  /** Prepared by SASLprep. */
  readonly user: string
}

/** SCRAM: what was stored for this user? Answered by `scram` or `rejected`. */
export interface ScramQuery {
  /** The discriminant. */
  readonly type: 'scram'
  /** Prepared by SASLprep. */
  readonly user: string
  /** As whom the user wants to act, prepared; `undefined` for as themselves. */
  readonly authzid: string | undefined
}

/** OAUTHBEARER and XOAUTH2: whose token is this, and is it valid here? Answered by `accepted` or `rejected`. */
export interface TokenCredentials {
  /** The discriminant. */
  readonly type: 'token'
  /** The bearer token: printable ASCII (RFC 6750 §2.1). */
  readonly token: string
  /** Whose it is said to be, prepared; `undefined` where the client leaves that to the token. */
  readonly authzid: string | undefined
  /** The host that the client meant to reach, where it says so. A token for another must not be taken (RFC 7628 §3.2). */
  readonly host: string | undefined
  /** The port that the client meant to reach, where it says so. */
  readonly port: number | undefined
}

/** EXTERNAL: whom does the client's certificate name? Answered by `accepted` or `rejected`. */
export interface ExternalCredentials {
  /** The discriminant. */
  readonly type: 'external'
  /** As whom the client wants to act, prepared; `undefined` for whomever the certificate names. */
  readonly authzid: string | undefined
}

/** What the host application is asked about. */
export type Credentials = PasswordCredentials | SecretCredentials | ScramQuery | TokenCredentials | ExternalCredentials

/** Why a token was refused, for the client (RFC 7628 §3.2.2). */
export interface OAuthError {
  /** A code of the OAuth Extensions Error Registry, such as `invalid_token`; XOAUTH2 has `400` and `401`. */
  readonly status: string
  /** The scope that a token needs here. */
  readonly scope?: string
  /** The `https` URL of a document that tells where tokens are to be had: `openid-configuration`. */
  readonly configuration?: string
}

/** Yes: the client is who it says it is. */
export interface Accepted {
  /** The discriminant. */
  readonly type: 'accepted'
  /**
   * As whom the client may act from now on. Where the credentials have an `authzid`, it must be that, letter for letter, or
   * authentication fails: that a password is right does not mean that its user may act as somebody else.
   */
  readonly identity: string
}

/** The password of the user, for CRAM-MD5. */
export interface KnownSecret {
  /** The discriminant. */
  readonly type: 'secret'
  /** As whom the user may act, if the password is right. */
  readonly identity: string
  /** The password, as the user would type it. */
  readonly password: string
}

/** What was stored for the user, for SCRAM. */
export interface KnownScram {
  /** The discriminant. */
  readonly type: 'scram'
  /** As whom the user may act, if the password is right; with an `authzid`, as for `Accepted`. */
  readonly identity: string
  /** Made by `scramCredentials` when the password was set. */
  readonly credentials: ScramCredentials
}

/** No; or nobody knows such a user. The client is not told which. */
export interface Rejected {
  /** The discriminant. */
  readonly type: 'rejected'
  /** For a token, what the client may be told. */
  readonly error?: OAuthError
}

/** What the host application answers. */
export type Verdict = Accepted | KnownSecret | KnownScram | Rejected

/** Send these octets to the client, and give its answer to `respond`. */
export interface Challenge {
  /** The discriminant. */
  readonly type: 'challenge'
  /** May be empty. */
  readonly bytes: Buffer
}

/** Ask the host application, and give its answer to `verified`. Where it cannot say, forget the mechanism, and answer 454. */
export interface Verify {
  /** The discriminant. */
  readonly type: 'verify'
  /** What it is asked about. Not to be kept, and not to be logged. */
  readonly credentials: Credentials
}

/** The client is who it says it is: 235. The exchange is over. */
export interface Success {
  /** The discriminant. */
  readonly type: 'success'
  /** As whom the client may act: what the host application said. */
  readonly identity: string
}

/** It is not: the reply is in `SASL_REFUSALS`. The exchange is over. */
export interface Failure {
  /** The discriminant. */
  readonly type: 'failure'
  /** Why. */
  readonly reason: SaslRefusal
}

/** What a server does next. */
export type ServerStep = Challenge | Verify | Success | Failure

/**
 * The server's end of one exchange. A call that is not due throws `SASL_TURN`, and a verdict that does not fit throws `SASL_VERDICT`: both
 * mistakes of our own side, which change nothing. Octets of the client throw nothing.
 */
export interface ServerMechanism {
  /** The mechanism. */
  readonly name: MechanismName
  /** Begins, with the initial response if there was one (`=` is an empty one). */
  start(initialResponse: Buffer | undefined): ServerStep
  /** Takes the answer to a challenge. */
  respond(response: Buffer): ServerStep
  /** Takes the answer to `verify`. */
  verified(verdict: Verdict): ServerStep
}

/** Send these octets to the server. */
export interface Response {
  /** The discriminant. */
  readonly type: 'response'
  /** May be empty. */
  readonly bytes: Buffer
}

/** The server has refused the token. Send these octets all the same, so that it can say so with a reply code. */
export interface Refused {
  /** The discriminant. */
  readonly type: 'refused'
  /** The response that has no meaning (RFC 7628 §3.2.3). */
  readonly bytes: Buffer
  /** What the server says about it: text of the network, of limited length. */
  readonly error: OAuthError
}

/** What a client does next. */
export type ClientStep = Response | Refused

/** The client's end of one exchange. Afterwards, and after any error, it is used up. */
export interface ClientMechanism {
  /** The mechanism. */
  readonly name: MechanismName
  /**
   * Begins. Gives the initial response, which may be empty (`=`), or `undefined` where the server speaks first. Where it does not fit
   * on the line of the command, leave it out, and send it in answer to an empty challenge (RFC 4954 §4).
   */
  start(): Buffer | undefined
  /**
   * Answers a challenge. Rejects with a `SaslError` where the server is not to be believed: cancel with `*`, and give up.
   */
  respond(challenge: Buffer): Promise<ClientStep>
  /**
   * To be called when the server reports success, before believing it. Throws `SASL_SUCCESS_EARLY` where the exchange is not complete: a
   * server that never proved anything would otherwise be taken for the right one.
   */
  succeed(): void
}
