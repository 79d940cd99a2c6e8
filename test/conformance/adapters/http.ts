/**
 * HTTP, for the runner of the vectors. The test server:
 *
 *     GET /          200, `hello` and a line feed         POST /echo      200, the content that was sent
 *     GET /probe     418, without content                 POST /unread    204, and the content is not looked at
 *     anything else  404
 */
import type { Exchange } from '../../../src/http/exchange.ts'
import { ServerConnection } from '../../../src/http/server-connection.ts'
import { serve } from '../../../src/http/server.ts'
import { player } from '../../support/roles/http.ts'
import type { Adapter, Running } from '../runner/adapter.ts'
import { httpSpeech } from './speech.ts'

/** HTTP. */
export const HTTP: Adapter = {
  name: 'HTTP',
  player,
  speech: httpSpeech,
  serveSocket: (socket) => void new ServerConnection(socket, answer),
  listen,
}

async function listen(): Promise<Running> {
  const server = await serve({}, { exchange: answer })
  const { port } = new URL(server.url)
  return { host: '127.0.0.1', port: Number(port), close: () => server.close({ graceMs: 0 }) }
}

async function answer(exchange: Exchange): Promise<void> {
  switch (exchange.path) {
    case '/':
      return exchange.respond(200, [], 'hello\n')
    case '/echo':
      return exchange.respond(200, [], await exchange.body.bytes())
    case '/unread':
      return exchange.respond(204, [])
    case '/probe':
      return exchange.respond(418, [])
    default:
      return exchange.respond(404, [])
  }
}
