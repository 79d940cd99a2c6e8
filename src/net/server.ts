/**
 * A server that is up, as its program sees it: where it is, how many are connected, and how it ends. It is the same for all
 * protocols; what they do with a connection is theirs.
 */
import type { Listener } from './listener.ts'
import type { Address } from './socket.ts'

/** A server that is up. */
export interface Server extends AsyncDisposable {
  /** Where it listens, with the real port. */
  readonly address: Address
  /** The same as a URL: `http://127.0.0.1:8080/`, `smtp://127.0.0.1:2525`. For a Unix socket `lmtp:///run/lmtp`; empty for protocols whose URLs have none. */
  readonly url: string
  /** Connections at this moment. */
  readonly connections: number
  /**
   * Accepts nobody more, lets what runs come to its end, and cuts what is left after `graceMs` (default 5,000). Resolves when every
   * connection is closed. A second call may shorten the grace.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/** How a server of a protocol is told apart from the others. */
export interface ServerKind {
  /** The scheme of its URL. */
  readonly scheme: string
  /** The path of its URL. Default none. */
  readonly path?: string
  /** Whether its URL can have the path of a Unix socket in place of a host. Default `none`. */
  readonly unix?: 'path' | 'none'
  /** Gives back what the server holds besides its connections. */
  readonly release?: () => Promise<void>
}

/** The server behind a listener. */
export function serverOver(listener: Listener, kind: ServerKind): Server {
  return new ListeningServer(listener, kind)
}

class ListeningServer implements Server {
  readonly #listener: Listener
  readonly #kind: ServerKind

  constructor(listener: Listener, kind: ServerKind) {
    this.#listener = listener
    this.#kind = kind
  }

  get address(): Address {
    return this.#listener.address
  }

  get url(): string {
    const { address } = this
    if (address.family === 'unix') return this.#kind.unix === 'path' ? unixUrl(this.#kind.scheme, address.path) : ''
    if (address.family !== 'IPv4' && address.family !== 'IPv6') return ''
    const host = address.family === 'IPv6' ? `[${address.host}]` : address.host
    return `${this.#kind.scheme}://${host}:${address.port}${this.#kind.path ?? ''}`
  }

  get connections(): number {
    return this.#listener.connections
  }

  async close(options?: { readonly graceMs?: number }): Promise<void> {
    await this.#listener.close(options)
    await this.#kind.release?.()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** `lmtp:///run/a%20b`: each segment is encoded, and the slashes between them stay. Empty where the path is not absolute: it would be a host. */
function unixUrl(scheme: string, path: string): string {
  if (!path.startsWith('/')) return ''
  return `${scheme}://${path.split('/').map(encodeURIComponent).join('/')}`
}
