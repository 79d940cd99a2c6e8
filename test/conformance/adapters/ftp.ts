/**
 * FTP, for the runner of the vectors. The test server knows one user, `joe` with the password `secret`, who finds in a storage of his
 * own, anew at every login:
 *
 *     /readme.txt    13 octets: `hello, world.`           /lines.txt    two lines that end in LF
 *     /docs          an empty directory
 */
import type { ServerHandlers } from '../../../src/ftp/handlers.ts'
import type { ServeOptions } from '../../../src/ftp/server-options.ts'
import { serve, serveConnection } from '../../../src/ftp/server.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import type { Storage } from '../../../src/ftp/storage/storage.ts'
import { player } from '../../support/roles/ftp.ts'
import { LOCALHOST } from '../../support/tls.ts'
import type { Adapter, Running } from '../runner/adapter.ts'
import { ftpFunctions } from './ftp-functions.ts'
import { ftpSpeech } from './speech.ts'

// A failed login is not left waiting: nobody guesses here.
const OPTIONS: ServeOptions = { timeouts: { loginFailureMs: 1 }, tls: { ...LOCALHOST, required: 'never' } }
/** The same, where TLS begins with the first octet and data must have it, too. */
const SECURED: ServeOptions = { ...OPTIONS, tls: { ...LOCALHOST, mode: 'implicit' } }
const HANDLERS: ServerHandlers = {
  login: ({ user, password }) => (user === 'joe' && password === 'secret' ? storage() : undefined),
}

/** FTP. */
export const FTP: Adapter = {
  name: 'FTP',
  player,
  speech: ftpSpeech,
  serveSocket: (socket) => void serveConnection(socket, OPTIONS, HANDLERS),
  listen,
  functions: ftpFunctions,
}

async function listen(over?: 'tls'): Promise<Running> {
  const server = await serve(over === 'tls' ? SECURED : OPTIONS, HANDLERS)
  const { port } = new URL(server.url)
  return { host: '127.0.0.1', port: Number(port), close: () => server.close({ graceMs: 0 }) }
}

async function storage(): Promise<Storage> {
  const files = memory()
  await files.makeDirectory(['docs'])
  await put(files, 'readme.txt', 'hello, world.')
  await put(files, 'lines.txt', 'one\ntwo\n')
  return files
}

async function put(files: Storage, name: string, text: string): Promise<void> {
  const sink = await files.write([name], { type: 'create' })
  await sink.write(Buffer.from(text))
  await sink.commit()
}
