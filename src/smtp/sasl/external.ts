/**
 * EXTERNAL (RFC 4422 appendix A): the client has shown who it is by other means, its TLS certificate, and says only as whom it
 * wants to act; with an empty message, as whomever the certificate names.
 *
 *     authorization identity = *( any UTF-8 character but NUL )
 */
import type { SaslRefusal } from './errors.ts'
import type { ClientMechanism, ExternalCredentials, ServerMechanism } from './mechanism.ts'
import { parseName, prepareOptional } from './names.ts'
import { SingleMessageClient, SingleMessageServer } from './single-message.ts'

/** A server's end of EXTERNAL. Whom the certificate names is for the host application to say. */
export function externalServer(): ServerMechanism {
  return new SingleMessageServer({ name: 'EXTERNAL', parse: parseExternal })
}

/** A client's end of EXTERNAL. Throws a `SaslError` of the side `local` where the name cannot be sent. */
export function externalClient(authzid?: string): ClientMechanism {
  return new SingleMessageClient('EXTERNAL', Buffer.from(prepareOptional(authzid) ?? '', 'utf8'))
}

function parseExternal(message: Buffer): ExternalCredentials | SaslRefusal {
  if (message.length === 0) return { type: 'external', authzid: undefined }
  const authzid = parseName(message)
  return authzid === undefined ? 'SASL_PREPARATION' : { type: 'external', authzid }
}
