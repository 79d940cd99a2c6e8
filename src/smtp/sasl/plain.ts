/**
 * PLAIN (RFC 4616): name and password in one message, in the clear. Under TLS it is what every server has, and what lets the server
 * keep passwords in any form it likes; without TLS it gives the password away.
 *
 *     message   = [authzid] UTF8NUL authcid UTF8NUL passwd
 *     authcid   = 1*SAFE ; MUST accept up to 255 octets
 *     authzid   = 1*SAFE ; MUST accept up to 255 octets
 *     passwd    = 1*SAFE ; MUST accept up to 255 octets
 *     SAFE      = UTF1 / UTF2 / UTF3 / UTF4       any character but NUL
 */
import { NUL } from '../../net/ascii.ts'
import type { SaslRefusal } from './errors.ts'
import type { ClientMechanism, PasswordCredentials, ServerMechanism } from './mechanism.ts'
import { parseName, prepare, prepareOptional } from './names.ts'
import { SingleMessageClient, SingleMessageServer } from './single-message.ts'

/** A server's end of PLAIN. */
export function plainServer(): ServerMechanism {
  return new SingleMessageServer({ name: 'PLAIN', parse: parsePlain })
}

/** What a client of PLAIN or LOGIN knows. */
export interface PasswordOfUser {
  /** Who we are. */
  readonly user: string
  /** Our password. */
  readonly password: string
  /** As whom we want to act, where that is not ourselves; LOGIN and CRAM-MD5 cannot say it. */
  readonly authzid?: string | undefined
}

/** A client's end of PLAIN. Throws a `SaslError` of the side `local` where a name or the password cannot be sent. */
export function plainClient({ user, password, authzid }: PasswordOfUser): ClientMechanism {
  const parts = [prepareOptional(authzid) ?? '', prepare(user, 'query'), prepare(password, 'query')]
  return new SingleMessageClient('PLAIN', Buffer.from(parts.join('\0'), 'utf8'))
}

/**
 * The message of PLAIN. That a client asks to act as itself (`joe NUL joe NUL secret`, which many do) is the same as not asking,
 * so that the host application may know it by another name.
 */
function parsePlain(message: Buffer): PasswordCredentials | SaslRefusal {
  const first = message.indexOf(NUL)
  const second = message.indexOf(NUL, first + 1)
  if (first === -1 || second === -1 || message.includes(NUL, second + 1)) return 'SASL_PLAIN_SYNTAX'
  const user = parseName(message.subarray(first + 1, second))
  const password = parseName(message.subarray(second + 1))
  const authzid = first === 0 ? user : parseName(message.subarray(0, first))
  if (user === undefined || password === undefined || authzid === undefined) return 'SASL_PREPARATION'
  return { type: 'password', user, password, authzid: authzid === user ? undefined : authzid }
}
