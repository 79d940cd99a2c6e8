/** Where a client is to connect, and as whom: the URL of an FTP server (RFC 1738 §3.2), as far as it is about the server. */
import { parseDecimal } from '../net/ascii.ts'
import { localError } from './errors.ts'

/** A server and a user. */
export interface Target {
  /** A name or an address. */
  readonly host: string
  /** Default 21. */
  readonly port: number
  /** Default `anonymous`. */
  readonly user: string
  /** Default `anonymous@` for nobody in particular, else empty. */
  readonly password: string
}

/**
 * `ftp://[ user [ ":" password ] "@" ] host [ ":" port ]`, with user and password percent-encoded. Throws an `FtpError` that holds nothing
 * of the URL, for the password may be in it.
 */
export function parseTarget(url: string | URL): Target {
  try {
    const { protocol, hostname, port, username, password } = new URL(url)
    if (protocol !== 'ftp:' || hostname === '') throw localError('FTP_URL')
    const isAnonymous = username === ''
    return {
      host: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
      port: parseDecimal(port, 65_535) ?? 21,
      user: isAnonymous ? 'anonymous' : decodeURIComponent(username),
      password: isAnonymous ? 'anonymous@' : decodeURIComponent(password),
    }
  } catch {
    throw localError('FTP_URL')
  }
}
