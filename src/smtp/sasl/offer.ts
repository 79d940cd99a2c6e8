/**
 * Which mechanisms a server offers on a connection, and the server's end of the one that a client picks. What is not offered cannot be
 * picked: a mechanism that gives passwords away is not to be had before TLS, whoever asks for it (RFC 4954 §4 and §9).
 */
import { findBinding, UNBOUND } from './channel-binding.ts'
import type { ChannelBindings } from './channel-binding.ts'
import { cramMd5Server } from './cram-md5.ts'
import { externalServer } from './external.ts'
import { loginServer } from './login.ts'
import { CLEARTEXT, MECHANISMS, parseMechanismName } from './mechanism.ts'
import type { MechanismName, ServerMechanism } from './mechanism.ts'
import { oauthBearerServer } from './oauthbearer.ts'
import type { Audience } from './oauthbearer.ts'
import { plainServer } from './plain.ts'
import type { ScramDecoy } from './scram-keys.ts'
import { scramServer } from './scram-server.ts'
import { xoauth2Server } from './xoauth2.ts'

/** What a server knows of itself and of the connection. */
export interface OfferOptions {
  /** The server's own name. */
  readonly hostname: string
  /** The mechanisms that the host application can judge. */
  readonly mechanisms: readonly MechanismName[]
  /** Whether the connection is encrypted. */
  readonly security: 'none' | 'tls'
  /** Whether the client has shown a certificate that was verified; without it EXTERNAL is not offered. Default `false`. */
  readonly isCertified?: boolean
  /** What the connection can be bound to; without it SCRAM-SHA-256-PLUS is not offered. */
  readonly channelBindings?: ChannelBindings
  /** Whether passwords and tokens may come in the clear. Default `false`. */
  readonly allowCleartext?: boolean
  /** What SCRAM shows for users that do not exist. */
  readonly decoy?: ScramDecoy
  /** For whom an OAUTHBEARER token must be meant, where it says so. */
  readonly audience?: Audience
}

/** The mechanisms that may be used on the connection, the strongest first: what stands behind AUTH in the reply to EHLO. */
export function offeredMechanisms(options: OfferOptions): readonly MechanismName[] {
  const { mechanisms, security, isCertified = false, channelBindings = UNBOUND, allowCleartext = false } = options
  return MECHANISMS.filter((name) => {
    if (!mechanisms.includes(name)) return false
    if (name === 'EXTERNAL') return isCertified
    if (name === 'SCRAM-SHA-256-PLUS') return findBinding(channelBindings) !== undefined
    return !CLEARTEXT.has(name) || security === 'tls' || allowCleartext
  })
}

/** The server's end of the mechanism that the client names, in any case; `undefined` where it is not offered: 504 5.5.4. */
export function serverMechanism(name: string, options: OfferOptions): ServerMechanism | undefined {
  const offered = offeredMechanisms(options)
  const mechanism = parseMechanismName(name)
  if (mechanism === undefined || !offered.includes(mechanism)) return undefined
  const { hostname, channelBindings = UNBOUND, decoy, audience } = options
  switch (mechanism) {
    case 'SCRAM-SHA-256-PLUS':
    case 'SCRAM-SHA-256': {
      const isBindingOffered = offered.includes('SCRAM-SHA-256-PLUS')
      const bindings = isBindingOffered ? channelBindings : UNBOUND
      return scramServer({ name: mechanism, channelBindings: bindings, ...(decoy !== undefined && { decoy }) })
    }
    case 'EXTERNAL':
      return externalServer()
    case 'OAUTHBEARER':
      return oauthBearerServer(audience)
    case 'XOAUTH2':
      return xoauth2Server()
    case 'CRAM-MD5':
      return cramMd5Server({ hostname })
    case 'PLAIN':
      return plainServer()
    case 'LOGIN':
      return loginServer()
  }
}
