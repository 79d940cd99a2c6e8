/**
 * The keys of SCRAM-SHA-256 (RFC 5802 §3, RFC 7677), and what a server stores of a password.
 *
 *     password ──PBKDF2──► SaltedPassword ──HMAC "Client Key"──► ClientKey ──SHA-256──► StoredKey
 *                                        └─HMAC "Server Key"──► ServerKey
 *
 * A server keeps salt, iteration count, StoredKey and ServerKey. From them nobody can log in: that takes the ClientKey, which is
 * in front of the hash. PBKDF2 is meant to be slow, so it runs on a thread of libuv's, and never on the one that serves.
 */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { encodeBase64 } from './base64.ts'
import { prepare } from './names.ts'

const derive = promisify(pbkdf2)

/** Octets of a SHA-256 digest, and of every key here. */
export const KEY_BYTES = 32
/** What a server SHOULD announce at least (RFC 7677 §4), and the least that a client takes. */
export const MIN_ITERATIONS = 4096
/**
 * What is stored where nothing else is said: 100,000, which takes a client some tens of milliseconds. RFC 7677 §4 would have 100 ms on a
 * modern machine, and phones are slower.
 */
const DEFAULT_ITERATIONS = 100_000
/** Octets of the salts that are made here. */
const SALT_BYTES = 16

/** What is stored for a user (RFC 5802 §3). Worth protecting: whoever has it can try passwords, and play the server. */
export interface ScramCredentials {
  /** Random, different for each user. */
  readonly salt: Buffer
  /** How often the hash is repeated. */
  readonly iterations: number
  /** 32 octets. */
  readonly storedKey: Buffer
  /** 32 octets. */
  readonly serverKey: Buffer
}

/** The keys that a client needs. */
export interface ScramKeys {
  /** Whoever has it can log in. */
  readonly clientKey: Buffer
  /** What the server checks against. */
  readonly storedKey: Buffer
  /** What proves the server. */
  readonly serverKey: Buffer
}

/**
 * What to store when a user's password is set.
 *
 *     users.set('joe', await scramCredentials('secret'))
 *
 * Rejects with a `SaslError` `SASL_PREPARATION` where SASLprep forbids the password as a stored string (RFC 5802 §2.2), which
 * every code point does that Unicode 3.2 did not have, and with a `RangeError` for fewer than 4,096 iterations or no salt.
 */
export async function scramCredentials(
  password: string,
  salt: Buffer = randomBytes(SALT_BYTES),
  iterations: number = DEFAULT_ITERATIONS,
): Promise<ScramCredentials> {
  if (salt.length === 0) throw new RangeError('salt must not be empty')
  if (!Number.isSafeInteger(iterations) || iterations < MIN_ITERATIONS) {
    throw new RangeError(`iterations must be an integer from ${MIN_ITERATIONS} up`)
  }
  const { clientKey, storedKey, serverKey } = await deriveKeys(prepare(password, 'stored'), salt, iterations)
  clientKey.fill(0)
  return { salt, iterations, storedKey, serverKey }
}

/** The keys of a password that has been prepared as a stored string. */
export async function deriveKeys(password: string, salt: Buffer, iterations: number): Promise<ScramKeys> {
  const saltedPassword = await derive(password, salt, iterations, KEY_BYTES, 'sha256')
  const clientKey = hmac(saltedPassword, 'Client Key')
  const serverKey = hmac(saltedPassword, 'Server Key')
  saltedPassword.fill(0)
  return { clientKey, storedKey: sha256(clientKey), serverKey }
}

/** HMAC-SHA-256; text is hashed as UTF-8. */
export function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest()
}

/** SHA-256. */
export function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** Two octet strings of the same length, exclusive-ored. */
export function xor(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ (other[index] as number)))
}

/** A part of a nonce that never comes twice: 144 random bits in base64, which has no comma. */
export function newNonce(): string {
  return encodeBase64(randomBytes(18))
}

/**
 * What a user that does not exist is answered with. A server that knows no such user would tell so if it broke off, or if it made up
 * another salt each time; so the salt is made of the name and a secret of the server.
 */
export interface ScramDecoy {
  /**
   * At least 32 random octets that nobody else knows. Kept over a restart, if it is to hide who exists: the salts of those who do
   * stay the same.
   */
  readonly secret: Buffer
  /** The iteration count of the users who do exist. */
  readonly iterations: number
}

/** A decoy for as long as this process runs. */
export const DECOY: ScramDecoy = Object.freeze({ secret: randomBytes(32), iterations: DEFAULT_ITERATIONS })

/** The credentials of a user who does not exist: always the same salt, and keys of no password. */
export function decoyCredentials({ secret, iterations }: ScramDecoy, user: string): ScramCredentials {
  const salt = hmac(secret, user).subarray(0, SALT_BYTES)
  return { salt, iterations, storedKey: randomBytes(KEY_BYTES), serverKey: randomBytes(KEY_BYTES) }
}
