/**
 * The SMTP server: a listener, and a session for each connection.
 *
 *     const server = await serve({ port: 2525, hostname: 'mx.example.test' }, {
 *       rcpt: ({ path }) => path.domain === 'example.test' || refuse(550, '5.1.1', 'No such mailbox'),
 *       message: async ({ envelope, body }) => { for await (const chunk of body) await store(envelope, chunk) },
 *     })
 *     await server.close({ graceMs: 5_000 })
 */
import { listen } from '../net/listener.ts'
import { serverOver } from '../net/server.ts'
import type { Server } from '../net/server.ts'
import type { Session } from '../net/session.ts'
import type { Socket } from '../net/socket.ts'
import { serverContext } from '../net/tls.ts'
import type { ServerHandlers } from './handlers.ts'
import { reply } from './reply.ts'
import { ServerConnection } from './server-connection.ts'
import { withServerDefaults } from './server-options.ts'
import type { ServeOptions, ServerConnectionOptions } from './server-options.ts'
import { writeReply } from './writer.ts'

export type { Server } from '../net/server.ts'
export type { ServeOptions, ServerConnectionOptions, ServerTlsOptions } from './server-options.ts'

/**
 * Starts a server. Rejects as `listen` does where it cannot listen or TLS cannot be had, and with a `RangeError` where the hostname is none or a limit is
 * not finite.
 */
export async function serve(options: ServeOptions, handlers: ServerHandlers): Promise<Server> {
  const resolved = withServerDefaults(options)
  const full = [writeReply(reply(421, '4.3.2', `${options.hostname} Too many connections`))]
  const refuse = (socket: Socket): Promise<void> => socket.write(full)
  const accept = (socket: Socket): Session => new ServerConnection(socket, resolved, handlers)
  const { tls, ...listening } = options
  const isImplicit = tls?.mode === 'implicit'
  // A key that cannot be used is told now, and not to the first client that says STARTTLS.
  if (tls !== undefined) serverContext(tls)
  const listener = await listen({ refuse, ...listening, ...(isImplicit && { tls }) }, accept)
  const scheme = options.protocol === 'lmtp' ? 'lmtp' : isImplicit ? 'smtps' : 'smtp'
  return serverOver(listener, { scheme, unix: 'path' })
}

/** One session over any socket, for a server that does its own listening. Throws a `RangeError` as `serve` rejects. */
export function serveConnection(socket: Socket, options: ServerConnectionOptions, handlers: ServerHandlers): Session {
  return new ServerConnection(socket, withServerDefaults(options), handlers)
}
