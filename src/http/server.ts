/**
 * HTTP servers: `serve(options, handler)`. A handler is either a function of the web's own `Request` and `Response`, or
 * `{ exchange }`, which sees the same without their cost. Listening, limits on connections, TLS and closing are
 * `net/listener.ts`'s, the life of one connection is `server-connection.ts`'s.
 */
import { listen } from '../net/listener.ts'
import type { Listener } from '../net/listener.ts'
import type { Address, Socket } from '../net/socket.ts'
import { ServerConnection } from './server-connection.ts'
import type { ExchangeHandler } from './server-connection.ts'
import type { ServeOptions } from './server-options.ts'
import { answerWith } from './web.ts'
import type { FetchHandler } from './web.ts'

/** Answers requests: in the web's terms, or an exchange at a time. */
export type Handler = FetchHandler | { readonly exchange: ExchangeHandler }

/** A server that is up. */
export interface Server extends AsyncDisposable {
  /** Where it listens, with the real port. */
  readonly address: Address
  /** The same as a URL: `http://127.0.0.1:8080/`. Empty for a Unix socket. */
  readonly url: string
  /** Connections at this moment. */
  readonly connections: number
  /**
   * Stops accepting; what runs is finished and says `Connection: close`, idle connections are closed, and what is left after `graceMs`
   * (default 5,000) is cut. Resolves when every connection is closed.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/**
 * Serves HTTP/1.1 (and 1.0). Rejects with a `NetError` where it cannot listen.
 *
 *     const server = await serve({ port: 8080 }, (request) => new Response(`hello ${new URL(request.url).pathname}\n`))
 *     const other = await serve({ port: 8081 }, { exchange: (x) => x.respond(200, [['content-type', 'text/plain']], 'hello\n') })
 */
export async function serve(options: ServeOptions, handler: Handler): Promise<Server> {
  const exchange = typeof handler === 'function' ? answerWith(handler) : handler.exchange
  const listener = await listen({ refuse, ...options }, (socket) => new ServerConnection(socket, exchange, options))
  return new HttpServer(listener, options.tls === undefined ? 'http' : 'https')
}

class HttpServer implements Server {
  readonly #listener: Listener
  readonly #scheme: string

  constructor(listener: Listener, scheme: string) {
    this.#listener = listener
    this.#scheme = scheme
  }

  get address(): Address {
    return this.#listener.address
  }

  get url(): string {
    const { address } = this
    if (address.family !== 'IPv4' && address.family !== 'IPv6') return ''
    const host = address.family === 'IPv6' ? `[${address.host}]` : address.host
    return `${this.#scheme}://${host}:${address.port}/`
  }

  get connections(): number {
    return this.#listener.connections
  }

  close(options?: { readonly graceMs?: number }): Promise<void> {
    return this.#listener.close(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

const REFUSAL = Buffer.from(
  'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n',
  'latin1',
)

/** Tells a client for whom there is no room that it may come again. */
async function refuse(socket: Socket): Promise<void> {
  await socket.write([REFUSAL])
}
