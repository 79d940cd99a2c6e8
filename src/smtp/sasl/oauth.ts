/**
 * What OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's, and the world's before there was an RFC) have in common: the bearer token, and the
 * error in JSON that is told in a challenge before the exchange fails.
 */
import { parseUtf8 } from './names.ts'
import { localError } from './errors.ts'
import type { OAuthError } from './mechanism.ts'

/** Ends each pair, and the message (kvsep). */
export const KVSEP = '\x01'

const BEARER = /^Bearer +([\w.~+/-]+=*)$/i
const B64TOKEN = /^[\w.~+/-]+=*$/

/**
 * The token of what would be an HTTP Authorization header, whose scheme is compared without regard to case (RFC 7628 §4);
 * `undefined` for any other scheme, and for none.
 *
 *     credentials = "Bearer" 1*SP b64token                                             RFC 6750 §2.1
 *     b64token    = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
 */
export function parseBearer(authorization: string): string | undefined {
  return BEARER.exec(authorization)?.[1]
}

/** The same as it is sent. Throws `SASL_TOKEN` of the side `local` where the token is none: a line end in it would end the pair. */
export function writeBearer(token: string): string {
  if (!B64TOKEN.test(token)) throw localError('SASL_TOKEN')
  return `Bearer ${token}`
}

/** The error as a server tells it (RFC 7628 §3.2.2); `schemes` is what XOAUTH2 has besides, and does no harm. */
export function writeOAuthError({ status, scope, configuration }: OAuthError): Buffer {
  const json = { status, schemes: 'bearer', scope, 'openid-configuration': configuration }
  return Buffer.from(JSON.stringify(json), 'utf8')
}

/** The error as a client reads it; `undefined` where it is no JSON, or has no status. Fields that are no text are passed over. */
export function parseOAuthError(challenge: Buffer): OAuthError | undefined {
  const json = parseJsonObject(parseUtf8(challenge) ?? '')
  const { status, scope, 'openid-configuration': configuration } = json
  if (typeof status !== 'string') return undefined
  return {
    status,
    ...(typeof scope === 'string' && { scope }),
    ...(typeof configuration === 'string' && { configuration }),
  }
}

/** The fields of an object in JSON; none where it is anything else. */
function parseJsonObject(text: string): { readonly [field: string]: unknown } {
  try {
    return { ...(JSON.parse(text) as object) }
  } catch {
    return {}
  }
}
