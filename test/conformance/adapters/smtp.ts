/**
 * SMTP, for the runner of the vectors. The test server is `mx.example.test`. It takes mail for joe and jane at `example.test`, and for
 * postmaster, for small up to 100 octets and for full never in the end, up to 10,000 octets a message, and keeps none of it; later and never may
 * not send. It has TLS, and joe may log in with `secret`, or with the token `abc`.
 */
import type { ServerHandlers } from '../../../src/smtp/handlers.ts'
import { refuse } from '../../../src/smtp/reply.ts'
import { ServerConnection } from '../../../src/smtp/server-connection.ts'
import { withServerDefaults } from '../../../src/smtp/server-options.ts'
import { serve } from '../../../src/smtp/server.ts'
import { player } from '../../support/roles/smtp.ts'
import type { Adapter, Running } from '../runner/adapter.ts'
import { LOCALHOST, STRANGER } from '../../support/tls.ts'
import { openSmtpClient, readSmtpCommand } from './smtp-client.ts'
import { smtpFunctions } from './smtp-functions.ts'
import { smtpSpeech } from './speech.ts'

const OPTIONS = {
  hostname: 'mx.example.test',
  limits: { maxMessageBytes: 10_000 },
  tls: LOCALHOST,
  manners: { loginDelayMs: 0, errorDelayMs: 0 },
}
const HANDLERS: ServerHandlers = {
  auth: {
    password: ({ user, password }) => user === 'joe' && password === 'secret',
    secret: ({ user }) => (user === 'joe' ? 'secret' : undefined),
    token: ({ token }) => token === 'abc' && 'joe',
  },
  mail: ({ path }) => {
    if (path?.localPart === 'later') return refuse(451, '4.7.1', 'Come back later')
    return path?.localPart !== 'never'
  },
  rcpt: ({ path, envelope }) => {
    const { SIZE = 0 } = envelope.parameters
    if (path.domain === 'example.test' && path.localPart === 'small') {
      return SIZE <= 100 || refuse(552, '5.2.3', 'Too big for this mailbox')
    }
    const isKnown = path.domain === 'example.test' && ['joe', 'jane', 'postmaster', 'full'].includes(path.localPart)
    return isKnown || refuse(550, '5.1.1', 'No such mailbox')
  },
  message: async ({ envelope, body }) => {
    for await (const slice of body) if (slice.length === 0) throw new Error('an empty slice')
    if (envelope.recipients.some(({ path }) => path.localPart === 'full')) throw new Error('The disk is full')
  },
}

/** SMTP. */
export const SMTP: Adapter = {
  name: 'SMTP',
  player,
  speech: smtpSpeech,
  serveSocket: (socket) => void new ServerConnection(socket, withServerDefaults(OPTIONS), HANDLERS),
  listen,
  client: { readRequest: readSmtpCommand, open: openSmtpClient },
  identities: { localhost: LOCALHOST, stranger: STRANGER },
  functions: smtpFunctions,
}

async function listen(over?: 'tls'): Promise<Running> {
  const tls = { ...LOCALHOST, mode: over === 'tls' ? 'implicit' : 'starttls' } as const
  const server = await serve({ ...OPTIONS, tls }, HANDLERS)
  const { address } = server
  const port = 'port' in address ? address.port : 0
  return { host: '127.0.0.1', port, close: () => server.close({ graceMs: 0 }) }
}
