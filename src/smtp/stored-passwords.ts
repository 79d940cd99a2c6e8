/**
 * Passwords that are judged by what is stored for SCRAM, so that a program can let old clients in by PLAIN and LOGIN without keeping
 * anything else of a password (RFC 5802 §9 names what is stored as what a thief must not be able to log in with).
 *
 * Nothing tells a client whether a user exists: the keys are derived for one that does not, too, of the same salt and with as many
 * iterations as `ScramDecoy` has, and what takes time is the derivation. It runs on a thread of libuv's.
 */
import { timingSafeEqual } from 'node:crypto'
import type { PasswordHandler, ScramHandler } from './auth-handlers.ts'
import { Refusal } from './reply.ts'
import { DECOY, decoyCredentials, deriveKeys } from './sasl/scram-keys.ts'
import type { ScramCredentials, ScramDecoy } from './sasl/scram-keys.ts'

/** Judges passwords by what `scram` finds; `decoy` is what it takes for users that it does not find. */
export function storedPasswords(scram: ScramHandler, decoy: ScramDecoy = DECOY): PasswordHandler {
  return async ({ user, password, authzid, peer, mechanism }) => {
    const stored = await scram({ type: 'scram', user, authzid, peer, mechanism })
    if (stored instanceof Refusal) return stored
    if (stored === undefined || stored === false) {
      await isPasswordOf(decoyCredentials(decoy, user), password)
      return false
    }
    return (await isPasswordOf(stored, password)) && (stored.identity ?? user)
  }
}

/** Whether the credentials were made of this password, which is prepared: any that may be stored is the same here. */
async function isPasswordOf({ salt, iterations, storedKey }: ScramCredentials, password: string): Promise<boolean> {
  const keys = await deriveKeys(password, salt, iterations)
  keys.clientKey.fill(0)
  return timingSafeEqual(keys.storedKey, storedKey)
}
