/**
 * HTTP, for the runner of the vectors. What the test server answers stands in `http-site.ts`, what its client can be asked in
 * `http-client.ts`, and which functions a page can call in `http-functions.ts`.
 */
import { ServerConnection } from '../../../src/http/server-connection.ts'
import { serve } from '../../../src/http/server.ts'
import { player } from '../../support/roles/http.ts'
import { LOCALHOST, OTHER, STRANGER } from '../../support/tls.ts'
import type { Adapter, Running } from '../runner/adapter.ts'
import { openClient } from './http-client.ts'
import { httpFunctions } from './http-functions.ts'
import { site } from './http-site.ts'
import { httpSpeech, readHttpRequest } from './speech.ts'

/** HTTP. */
export const HTTP: Adapter = {
  name: 'HTTP',
  player,
  speech: httpSpeech,
  serveSocket: (socket) => void new ServerConnection(socket, site()),
  listen,
  client: { readRequest: readHttpRequest, open: openClient },
  identities: { localhost: LOCALHOST, other: OTHER, stranger: STRANGER },
  functions: httpFunctions,
}

async function listen(over?: 'tls'): Promise<Running> {
  const server = await serve(over === 'tls' ? { tls: LOCALHOST } : {}, { exchange: site() })
  const { port } = new URL(server.url)
  return { host: '127.0.0.1', port: Number(port), close: () => server.close({ graceMs: 0 }) }
}
