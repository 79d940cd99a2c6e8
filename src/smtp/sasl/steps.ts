/** The steps that a server's mechanisms have in common, and the one rule by which all of them let somebody in. */
import type { SaslRefusal } from './errors.ts'
import type { Challenge, Failure, Success } from './mechanism.ts'

const NOTHING: Buffer = Buffer.alloc(0)

/** A challenge without octets: it is the client's turn to begin (RFC 4422 §5.1). */
export const YOUR_TURN: Challenge = Object.freeze({ type: 'challenge', bytes: NOTHING })

/** The client has failed. */
export function failure(reason: SaslRefusal): Failure {
  return { type: 'failure', reason }
}

/**
 * The host application has said as whom the client may act. Where the client asked to act as somebody (`authzid`), it is that or
 * nothing: a host that forgets to look at the authzid makes nobody an impostor.
 */
export function authorize(identity: string, authzid: string | undefined): Success | Failure {
  if (authzid !== undefined && authzid !== identity) return failure('SASL_AUTHORIZATION')
  return { type: 'success', identity }
}
