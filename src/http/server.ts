/**
 * HTTP servers: `serve(options, handler)`. A handler is either a function of the web's own `Request` and `Response`, or
 * `{ exchange }`, which sees the same without their cost. Listening, limits on connections, TLS and closing are
 * `net/listener.ts`'s, the life of one connection is `server-connection.ts`'s.
 */
import { listen } from '../net/listener.ts'
import { serverOver } from '../net/server.ts'
import type { Server } from '../net/server.ts'
import type { Socket } from '../net/socket.ts'
import { ServerConnection } from './server-connection.ts'
import type { ExchangeHandler } from './server-connection.ts'
import { withServerDefaults } from './server-options.ts'
import type { ServeOptions } from './server-options.ts'
import { answerWith } from './web.ts'
import type { FetchHandler } from './web.ts'

export type { Server } from '../net/server.ts'

/** Answers requests: in the web's terms, or an exchange at a time. */
export type Handler = FetchHandler | { readonly exchange: ExchangeHandler }

/**
 * Serves HTTP/1.1 (and 1.0). Rejects with a `NetError` where it cannot listen, and with a `RangeError` where a limit or a
 * time is not finite.
 *
 *     const server = await serve({ port: 8080 }, (request) => new Response(`hello ${new URL(request.url).pathname}\n`))
 *     const other = await serve({ port: 8081 }, { exchange: (x) => x.respond(200, [['content-type', 'text/plain']], 'hello\n') })
 */
export async function serve(options: ServeOptions, handler: Handler): Promise<Server> {
  const exchange = typeof handler === 'function' ? answerWith(handler) : handler.exchange
  const resolved = withServerDefaults(options)
  const listener = await listen({ refuse, ...options }, (socket) => new ServerConnection(socket, exchange, resolved))
  return serverOver(listener, { scheme: options.tls === undefined ? 'http' : 'https', path: '/' })
}

const REFUSAL = Buffer.from(
  'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n',
  'latin1',
)

/** Tells a client for whom there is no room that it may come again. */
async function refuse(socket: Socket): Promise<void> {
  await socket.write([REFUSAL])
}
