/**
 * Where a client goes: a URL in its parts.
 *
 *     smtp://mx.example.test          port 25
 *     smtps://user:secret@[::1]:465   TLS from the first octet; name and password are percent-encoded
 *     lmtp://store.test:24            LMTP (RFC 2033), which has no port of its own
 *     lmtp:///run/lmtp.sock           the same over a Unix socket: a path and no host, as SMTP may have it, too
 */
import type { DialTarget } from '../net/dial.ts'
import type { PasswordLogin } from './sasl/choose.ts'

/** A target in its parts. */
export interface Target {
  /** What is spoken: `smtps` is SMTP over TLS. */
  readonly protocol: 'smtp' | 'smtps' | 'lmtp'
  /** Where it is spoken. */
  readonly at: DialTarget
  /** Name and password, where the URL has them. */
  readonly login: PasswordLogin | undefined
}

/** The port where the URL names none; LMTP has none, and must not use SMTP's (RFC 2033 §5). */
const PORTS: Readonly<Record<string, number>> = { smtp: 25, smtps: 465, lmtp: 24 }

/** A URL in its parts. Throws a `TypeError` where it is none of these, and a `URIError` where its escapes are broken. */
export function parseTarget(target: string | URL): Target {
  const url = new URL(target)
  const protocol = url.protocol.slice(0, -1)
  if (protocol !== 'smtp' && protocol !== 'smtps' && protocol !== 'lmtp') {
    throw new TypeError('The target must be an smtp:, smtps: or lmtp: URL')
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const path = decodeURIComponent(url.pathname)
  if (host === '' && path === '') throw new TypeError('The target must name a host or the path of a socket')
  const port = url.port === '' ? (PORTS[protocol] as number) : Number(url.port)
  return { protocol, at: host === '' ? { path } : { host, port }, login: loginOf(url) }
}

function loginOf(url: URL): PasswordLogin | undefined {
  if (url.username === '' && url.password === '') return undefined
  const [user, password] = [url.username, url.password].map(decodeURIComponent) as [string, string]
  return { type: 'password', user, password }
}
