/**
 * Which way a request takes: straight to its origin, to a proxy that answers for it, or through a proxy to its origin.
 *
 *     way        for                                         request target        one pool for each
 *     direct     no proxy, or bypassed                       origin-form           origin
 *     absolute   http:// by an HTTP proxy                    http://a.test/path    proxy
 *     tunnel     https://, CONNECT, Upgrade; SOCKS; guard    origin-form           origin
 *
 * RFC 9112 §3.2.2, RFC 9110 §9.3.6. A guard wants to see the address that is connected to, which nobody sees whose proxy looks names up by
 * itself: so with a guard http:// goes through a tunnel too, and the tunnel is asked for an address that the guard has let pass.
 *
 * The credentials of a proxy go to the proxy: into CONNECT or into the request in absolute-form, and into no request that goes
 * through a tunnel (RFC 9110 §11.7.2).
 */
import { dial } from '../net/dial.ts'
import type { Dial, DialOptions, DialTarget } from '../net/dial.ts'
import { parseProxy, tunnelThrough } from '../net/tunnel.ts'
import type { NamedProxy } from '../net/tunnel.ts'
import { basicCredentials } from '../net/tunnel-http.ts'
import type { ProxyOptions, ResolvedClientOptions } from './client-options.ts'
import { isSameName } from './grammar.ts'
import type { Trip } from './redirect.ts'

/** Where connections go, and how they are made. */
export interface Way {
  /** The place. */
  readonly target: DialTarget
  /** How to get there. */
  readonly dial: Dial
  /** With what. */
  readonly options: DialOptions
}

/** The way of a request. */
export interface Route {
  /** Requests with the same key may share connections. */
  readonly key: string
  /** How the request target names the resource. */
  readonly form: 'origin' | 'absolute'
  /** Proxy-Authorization, where the request itself goes to a proxy that wants it. */
  readonly authorization: string | undefined
  /** The way by which its connections go. */
  readonly way: () => Way
}

/** Finds the route of each request. */
export type Router = (trip: Trip) => Route

/** The router of a client. Throws a `RangeError` where its options contradict one another, or the proxy cannot be used. */
export function routerOf(options: ResolvedClientOptions): Router {
  const directly = directRouter(options)
  if (options.proxy === undefined) return directly
  if (options.socketPath !== undefined) throw new RangeError('A Unix socket is not reached through a proxy')
  const given = isUrl(options.proxy) ? { url: options.proxy } : options.proxy
  const { bypass = () => false, tls } = given
  const proxy = parseProxy(given.url, { dial: options.dial ?? dial, ...(tls !== undefined && { tls }) })
  const absolutely = absoluteRoute(proxy, options)
  const tunnelled = tunnelRouter(proxy, options)
  const answers = proxy.language === 'http' && options.guard === undefined
  return (trip) => {
    const { url } = trip.place
    if (bypass(new URL(url))) return directly(trip)
    return answers && url.protocol === 'http:' && !leavesHttp(trip) ? absolutely : tunnelled(trip)
  }
}

function isUrl(proxy: string | URL | ProxyOptions): proxy is string | URL {
  return typeof proxy === 'string' || proxy instanceof URL
}

/** What it would say to the proxy instead of the origin. */
function leavesHttp({ method, headers }: Trip): boolean {
  return method === 'CONNECT' || headers.some(([name]) => isSameName(name, 'upgrade'))
}

function directRouter(options: ResolvedClientOptions): Router {
  const { socketPath } = options
  const inClear = dialOptions(options)
  // One object for all connections: certificates are read once, and sessions can be resumed.
  const overTls: DialOptions = { ...inClear, tls: { ...options.tls, alpn: ['http/1.1'] } }
  return ({ place: { origin, url } }) => ({
    key: origin,
    form: 'origin',
    authorization: undefined,
    way: () => ({
      target: socketPath === undefined ? originOf(url) : { path: socketPath },
      dial: options.dial ?? dial,
      options: url.protocol === 'https:' ? overTls : inClear,
    }),
  })
}

function absoluteRoute(proxy: NamedProxy, options: ResolvedClientOptions): Route {
  const { host, port, username, password = '', tls, dial: dialProxy = dial } = proxy
  const way: Way = {
    target: { host, port },
    dial: dialProxy,
    options: { ...dialOptions(options), ...(tls !== undefined && { tls }) },
  }
  const authorization = username === undefined ? undefined : basicCredentials(username, password)
  return { key: 'proxy', form: 'absolute', authorization, way: () => way }
}

function tunnelRouter(proxy: NamedProxy, options: ResolvedClientOptions): Router {
  const dialThrough = tunnelThrough(proxy)
  const inClear = dialOptions(options)
  return ({ place: { origin, url } }) => ({
    key: `tunnel ${origin}`,
    form: 'origin',
    authorization: undefined,
    way: () => {
      const target = originOf(url)
      const tls = { servername: target.host, ...options.tls, alpn: ['http/1.1'] }
      return { target, dial: dialThrough, options: url.protocol === 'https:' ? { ...inClear, tls } : inClear }
    },
  })
}

function dialOptions({ resolver, guard, timers }: ResolvedClientOptions): DialOptions {
  return { timers, ...(resolver !== undefined && { resolver }), ...(guard !== undefined && { guard }) }
}

/** Host and port of a URL. */
function originOf({ protocol, hostname, port }: URL): { host: string; port: number } {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return { host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) }
}
