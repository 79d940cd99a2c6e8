/** Where a client is to connect, and as whom: the URL of an FTP server (RFC 1738 §3.2), as far as it is about the server. */
import { parseDecimal } from '../net/ascii.ts'
import { localError } from './errors.ts'

/** A server and a user. */
export interface Target {
  /** A name or an address. */
  readonly host: string
  /** Default 21, and 990 for `ftps:`. */
  readonly port: number
  /** When TLS begins, as far as the URL says. */
  readonly security: 'implicit' | 'unsaid'
  /** Default `anonymous`. */
  readonly user: string
  /** Default `anonymous@` for nobody in particular, else empty. */
  readonly password: string
}

/**
 * `ftp[s]://[ user [ ":" password ] "@" ] host [ ":" port ]`, with user and password percent-encoded. Throws an `FtpError` that holds nothing
 * of the URL, for the password may be in it.
 */
export function parseTarget(url: string | URL): Target {
  try {
    const { protocol, hostname, port, username, password } = new URL(url)
    if ((protocol !== 'ftp:' && protocol !== 'ftps:') || hostname === '') throw localError('FTP_URL')
    const security = protocol === 'ftps:' ? 'implicit' : 'unsaid'
    const isAnonymous = username === ''
    return {
      host: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
      port: parseDecimal(port, 65_535) ?? (security === 'implicit' ? 990 : 21),
      security,
      user: isAnonymous ? 'anonymous' : decodeURIComponent(username),
      password: isAnonymous ? 'anonymous@' : decodeURIComponent(password),
    }
  } catch {
    throw localError('FTP_URL')
  }
}
