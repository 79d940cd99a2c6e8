/**
 * All that can go wrong in an exchange of SASL: code, text, rule and, where a server refuses, the reply to answer with. No text here,
 * and no detail given to one, holds a name, a password, a token, or any other octet that the peer sent.
 *
 *     REFUSALS    why a server's mechanism has failed the client: values, never thrown
 *     the rest    thrown as `SaslError`: by a client's mechanism where the server broke its rules (side `remote`: cancel with
 *                 `*`, and do not send the password by another way), and by either where our own side did (side `local`)
 */
import { ProtocolError } from '../../net/errors.ts'
import type { ErrorRow, ProtocolErrorOptions } from '../../net/errors.ts'

/** A server's refusals: code to text, RFC section and reply. */
export const SASL_REFUSALS = {
  SASL_INITIAL_RESPONSE: {
    text: 'The mechanism has no initial response',
    rfc: 'RFC 4954 §4',
    hint: 501,
    enhanced: '5.7.0',
  },
  SASL_PLAIN_SYNTAX: { text: 'Malformed PLAIN message', rfc: 'RFC 4616 §2', hint: 501, enhanced: '5.5.2' },
  SASL_CRAM_SYNTAX: { text: 'Malformed CRAM-MD5 response', rfc: 'RFC 2195 §2', hint: 501, enhanced: '5.5.2' },
  SASL_OAUTH_SYNTAX: { text: 'Malformed OAuth message', rfc: 'RFC 7628 §3.1', hint: 501, enhanced: '5.5.2' },
  SASL_SCRAM_SYNTAX: { text: 'Malformed SCRAM message', rfc: 'RFC 5802 §7', hint: 501, enhanced: '5.5.2' },
  SASL_SCRAM_EXTENSION: {
    text: 'The SCRAM message needs an extension',
    rfc: 'RFC 5802 §5.1',
    hint: 535,
    enhanced: '5.7.8',
  },
  SASL_SCRAM_NONCE: {
    text: 'The nonce is not the one of this exchange',
    rfc: 'RFC 5802 §5.1',
    hint: 535,
    enhanced: '5.7.8',
  },
  SASL_SCRAM_DOWNGRADE: {
    text: 'The client was led to believe that there is no channel binding here',
    rfc: 'RFC 5802 §6',
    hint: 535,
    enhanced: '5.7.8',
  },
  SASL_CHANNEL_BINDING: {
    text: 'The channel binding does not match',
    rfc: 'RFC 5802 §6',
    hint: 535,
    enhanced: '5.7.8',
  },
  SASL_PREPARATION: {
    text: 'A name or password is empty, is no UTF-8, or has characters that SASLprep forbids',
    rfc: 'RFC 4013 §2',
    hint: 535,
    enhanced: '5.7.8',
  },
  SASL_CREDENTIALS: { text: 'Authentication credentials invalid', rfc: 'RFC 4954 §6', hint: 535, enhanced: '5.7.8' },
  SASL_AUTHORIZATION: {
    text: 'Not authorized to act as the requested identity',
    rfc: 'RFC 4422 §3.4.1',
    hint: 535,
    enhanced: '5.7.8',
  },
} as const

/** Rules that were broken, by the peer or by a call of ours: code to text and RFC section. */
export const SASL_BREACHES = {
  // What a client may not believe
  SASL_CHALLENGE: { text: 'The mechanism has no place for this challenge', rfc: 'RFC 4422 §3.3' },
  SASL_SUCCESS_EARLY: { text: 'The server reports success before the exchange is complete', rfc: 'RFC 4422 §3.6' },
  SASL_CRAM_CHALLENGE: { text: 'The challenge is no message identifier', rfc: 'RFC 2195 §2' },
  SASL_SCRAM_ITERATIONS: { text: 'The iteration count is too low to be safe, or too high', rfc: 'RFC 5802 §9' },
  SASL_SCRAM_ERROR: { text: 'The server ended the SCRAM exchange with an error', rfc: 'RFC 5802 §5.1' },
  SASL_SERVER_SIGNATURE: {
    text: 'The server has not proven that it knows the password: it may be an impostor',
    rfc: 'RFC 5802 §5',
  },
  SASL_OAUTH_ERROR: { text: 'The error of the OAuth exchange is malformed', rfc: 'RFC 7628 §3.2.2' },

  // What our own side may not do
  SASL_TURN: { text: 'The mechanism is not at this step', rfc: 'RFC 4422 §3' },
  SASL_VERDICT: { text: 'The verdict does not fit the credentials that it is about', rfc: 'RFC 4422 §3' },
  SASL_TOKEN: { text: 'The token cannot be written as a bearer token', rfc: 'RFC 6750 §2.1' },
  SASL_HOST: { text: 'The host or port cannot be written in an OAuth message', rfc: 'RFC 7628 §3.1' },
} as const

/** Why a server's mechanism fails a client. */
export type SaslRefusal = keyof typeof SASL_REFUSALS

/** The codes of SASL's errors: the contract. */
export type SaslErrorCode = SaslRefusal | keyof typeof SASL_BREACHES

/** SASL's errors: code to text and RFC section. */
export const SASL_ERRORS: Readonly<Record<SaslErrorCode, ErrorRow>> = Object.freeze({
  ...SASL_REFUSALS,
  ...SASL_BREACHES,
})

/** A broken rule of a SASL mechanism, by the peer or by a call of ours. */
export class SaslError extends ProtocolError {
  declare readonly code: SaslErrorCode

  constructor(code: SaslErrorCode, options: ProtocolErrorOptions = {}) {
    super(code, SASL_ERRORS[code], options)
  }
}

/** An error of our own side. */
export function localError(code: SaslErrorCode): SaslError {
  return new SaslError(code, { side: 'local' })
}
