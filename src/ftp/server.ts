/**
 * The FTP server: a listener, and a session for each control connection.
 *
 *     const server = await serve({ port: 2121, passivePorts: [50_000, 50_100] }, {
 *       login: async ({ user, password }) => (await check(user, password)) ? disk(`./homes/${user}`) : undefined,
 *       transfer: (event) => log(event.outcome, event.path, event.bytes),
 *     })
 *     await server.close({ graceMs: 5_000 })
 */
import { listen } from '../net/listener.ts'
import { serverOver, type Server } from '../net/server.ts'
import type { Session } from '../net/session.ts'
import type { Socket } from '../net/socket.ts'
import type { ServerHandlers } from './handlers.ts'
import { writeReply } from './reply.ts'
import { ServerConnection } from './server-connection.ts'
import { contextOf, type ServeOptions, type ServerConnectionOptions } from './server-options.ts'

export type { Server } from '../net/server.ts'

/** Starts a server. Rejects as `listen` does where it cannot listen, and with a `RangeError` where an option is out of its range. */
export async function serve(options: ServeOptions, handlers: ServerHandlers): Promise<Server> {
  const context = contextOf(options, handlers)
  const full = [writeReply({ code: 421, lines: ['Too many connections'] })]
  const refuse = (socket: Socket): Promise<void> => socket.write(full)
  const accept = (socket: Socket): Session => new ServerConnection(socket, context)
  // Each session has a context of its own, so it is the session that goes over to TLS.
  const { tls: _, ...listening } = options
  const isImplicit = context.tls?.mode === 'implicit'
  return serverOver(await listen(isImplicit ? listening : { refuse, ...listening }, accept), {
    scheme: isImplicit ? 'ftps' : 'ftp',
    // What the kernel still holds for a slow client is not waited for.
    release: async () => {
      await Promise.all([...context.ports].map((port) => port.release()))
    },
  })
}

/**
 * One session over any socket, for a server that does its own listening; `done` is fulfilled when it is over. Throws a `RangeError` as `serve`
 * rejects.
 */
export function serveConnection(socket: Socket, options: ServerConnectionOptions, handlers: ServerHandlers): Session {
  const connection = new ServerConnection(socket, contextOf(options, handlers))
  return { done: connection.whenOver(), drain: () => connection.drain() }
}
