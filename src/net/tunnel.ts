/** Tunnels by the URL of their proxy, as people write it down. */
import type { Dial } from './dial.ts'
import type { TlsClientOptions } from './socket.ts'
import type { TunnelProxy } from './tunnel-dial.ts'
import { httpTunnel } from './tunnel-http.ts'
import { socksTunnel } from './tunnel-socks.ts'

/** The proxies that a URL can name: its scheme, and the port where the URL has none. */
const SCHEMES = { 'http:': 80, 'https:': 443, 'socks5:': 1080, 'socks5h:': 1080 } as const

/** What a URL does not say of a proxy. */
export interface TunnelOptions {
  /** TLS with the proxy of an `https` URL. */
  readonly tls?: TlsClientOptions
  /** How the proxy is reached. Default: `dial`. */
  readonly dial?: Dial
}

/** A proxy and its language. */
export interface NamedProxy extends TunnelProxy {
  /** `http` for CONNECT, also over TLS; `socks5`. */
  readonly language: 'http' | 'socks5'
}

/**
 * A proxy by its URL: `http://user:password@host:port`, `https://...` (TLS with the proxy), `socks5://...` (names are looked up by the proxy,
 * also where `socks5h` does not say so). Throws a `RangeError` for any other URL.
 */
export function parseProxy(url: string | URL, options: TunnelOptions = {}): NamedProxy {
  if (!URL.canParse(String(url))) throw new RangeError('This is no URL of a proxy')
  const { protocol, hostname, port, username, password, pathname, search } = new URL(url)
  if (!isScheme(protocol) || hostname === '' || !['', '/'].includes(pathname) || search !== '')
    throw new RangeError('A proxy is http://, https:// or socks5://, a host and a port')
  return {
    language: protocol.startsWith('http') ? 'http' : 'socks5',
    host: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: port === '' ? SCHEMES[protocol] : Number(port),
    ...(username !== '' && { username: decoded(username), password: decoded(password) }),
    ...(protocol === 'https:' && { tls: options.tls ?? {} }),
    ...(options.dial !== undefined && { dial: options.dial }),
  }
}

/** A dialler through a proxy in its language. */
export function tunnelThrough(proxy: NamedProxy): Dial {
  return proxy.language === 'http' ? httpTunnel(proxy) : socksTunnel(proxy)
}

function isScheme(protocol: string): protocol is keyof typeof SCHEMES {
  return Object.hasOwn(SCHEMES, protocol)
}

/** Credentials stand percent-encoded in a URL. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new RangeError('The credentials in the URL of the proxy are not percent-encoded')
  }
}
