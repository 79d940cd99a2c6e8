/**
 * The FTP server: a listener, and a session for each control connection.
 *
 *     const server = await serve({ port: 2121, passivePorts: [50_000, 50_100] }, {
 *       login: async ({ user, password }) => (await check(user, password)) ? disk(`./homes/${user}`) : undefined,
 *       transfer: (event) => log(event.outcome, event.path, event.bytes),
 *     })
 *     await server.close({ graceMs: 5_000 })
 */
import { listen, type Listener } from '../net/listener.ts'
import type { Session } from '../net/session.ts'
import type { Address, Socket } from '../net/socket.ts'
import type { ServerHandlers } from './handlers.ts'
import { writeReply } from './reply.ts'
import { ServerConnection } from './server-connection.ts'
import { contextOf, type ServeOptions, type ServerConnectionOptions, type ServerContext } from './server-options.ts'

/** A server that listens. */
export interface Server extends AsyncDisposable {
  /** Where it listens, with the real port. */
  readonly address: Address
  /** The same as a URL: `ftp://127.0.0.1:2121`; empty for a Unix socket. */
  readonly url: string
  /** Control connections that are open. */
  readonly connections: number
  /** Accepts nobody more, lets transfers end, says 421 to everybody, and cuts what is left after `graceMs` (default 5,000). */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/** Starts a server. Rejects as `listen` does where it cannot listen, and with a `RangeError` where an option is out of its range. */
export async function serve(options: ServeOptions, handlers: ServerHandlers): Promise<Server> {
  const context = contextOf(options, handlers)
  const full = [writeReply({ code: 421, lines: ['Too many connections'] })]
  const refuse = (socket: Socket): Promise<void> => socket.write(full)
  const accept = (socket: Socket): Session => new ServerConnection(socket, context)
  return new FtpServer(await listen({ refuse, ...options }, accept), context)
}

/** One session over any socket, for a server that does its own listening. Throws a `RangeError` as `serve` rejects. */
export function serveConnection(socket: Socket, options: ServerConnectionOptions, handlers: ServerHandlers): Session {
  return new ServerConnection(socket, contextOf(options, handlers))
}

class FtpServer implements Server {
  readonly #listener: Listener
  readonly #context: ServerContext

  constructor(listener: Listener, context: ServerContext) {
    this.#listener = listener
    this.#context = context
  }

  get address(): Address {
    return this.#listener.address
  }

  get url(): string {
    const { address } = this
    if (!('port' in address)) return ''
    return `ftp://${address.family === 'IPv6' ? `[${address.host}]` : address.host}:${address.port}`
  }

  get connections(): number {
    return this.#listener.connections
  }

  async close(options?: { readonly graceMs?: number }): Promise<void> {
    await this.#listener.close(options)
    // What the kernel still holds for a slow client is not waited for.
    await Promise.all([...this.#context.ports].map((port) => port.release()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
