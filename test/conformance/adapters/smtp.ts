/**
 * SMTP, for the runner of the vectors. The test server is `mx.example.test`. It takes mail for joe and jane at `example.test`, and for
 * postmaster, up to 10,000 octets a message, and keeps none of it. It has TLS, and joe may log in with `secret`, or with the token `abc`.
 */
import type { ServerHandlers } from '../../../src/smtp/handlers.ts'
import { refuse } from '../../../src/smtp/reply.ts'
import { ServerConnection } from '../../../src/smtp/server-connection.ts'
import { withServerDefaults } from '../../../src/smtp/server-options.ts'
import { serve } from '../../../src/smtp/server.ts'
import { player } from '../../support/roles/smtp.ts'
import type { Adapter, Running } from '../runner/adapter.ts'
import { LOCALHOST } from '../../support/tls.ts'
import { smtpSpeech } from './speech.ts'

const OPTIONS = {
  hostname: 'mx.example.test',
  limits: { maxMessageBytes: 10_000 },
  tls: LOCALHOST,
  manners: { loginDelayMs: 0, errorDelayMs: 0 },
}
const HANDLERS: ServerHandlers = {
  auth: {
    password: ({ username, password }) => username === 'joe' && password === 'secret',
    secret: ({ username }) => (username === 'joe' ? 'secret' : undefined),
    token: ({ token }) => token === 'abc' && 'joe',
  },
  rcpt: ({ path }) =>
    (path.domain === 'example.test' && ['joe', 'jane', 'postmaster'].includes(path.localPart)) ||
    refuse(550, '5.1.1', 'No such mailbox'),
  message: async ({ body }) => {
    for await (const slice of body) if (slice.length === 0) throw new Error('an empty slice')
  },
}

/** SMTP. */
export const SMTP: Adapter = {
  name: 'SMTP',
  player,
  speech: smtpSpeech,
  serveSocket: (socket) => void new ServerConnection(socket, withServerDefaults(OPTIONS), HANDLERS),
  listen,
}

async function listen(over?: 'tls'): Promise<Running> {
  const tls = { ...LOCALHOST, mode: over === 'tls' ? 'implicit' : 'starttls' } as const
  const server = await serve({ ...OPTIONS, tls }, HANDLERS)
  const { address } = server
  const port = 'port' in address ? address.port : 0
  return { host: '127.0.0.1', port, close: () => server.close({ graceMs: 0 }) }
}
