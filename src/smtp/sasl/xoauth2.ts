/**
 * XOAUTH2: what Google and Microsoft had before OAUTHBEARER, and still have beside it or alone. There is no RFC; the form is fixed by what
 * their servers take.
 *
 *     message = "user=" name kvsep "auth=Bearer " token kvsep kvsep           kvsep = %x01
 *
 *     S: {"status":"401","schemes":"bearer","scope":"https://mail.example.test/"}          only where it is refused
 *     C: (an empty response)
 */
import type { SaslRefusal } from './errors.ts'
import type { ClientMechanism, Rejected, ServerMechanism, TokenCredentials } from './mechanism.ts'
import { parseUtf8, prepare } from './names.ts'
import { KVSEP, parseBearer, parseOAuthError, writeBearer, writeOAuthError } from './oauth.ts'
import { saslprep } from './saslprep.ts'
import { SingleMessageClient, SingleMessageServer } from './single-message.ts'

/** A server's end of XOAUTH2. */
export function xoauth2Server(): ServerMechanism {
  return new SingleMessageServer({
    name: 'XOAUTH2',
    parse: parseXoauth2,
    writeRefusal: (error = { status: '401' }) => writeOAuthError(error),
  })
}

/** A client's end of XOAUTH2. Throws a `SaslError` of the side `local` where the name or the token cannot be sent. */
export function xoauth2Client(user: string, token: string): ClientMechanism {
  const message = `user=${prepare(user, 'query')}${KVSEP}auth=${writeBearer(token)}${KVSEP}${KVSEP}`
  return new SingleMessageClient('XOAUTH2', Buffer.from(message, 'utf8'), {
    parse: parseOAuthError,
    answer: Buffer.alloc(0),
  })
}

function parseXoauth2(message: Buffer): TokenCredentials | Rejected | SaslRefusal {
  const [user = '', auth = '', ...end] = (parseUtf8(message) ?? '').split(KVSEP)
  const isFramed = end.length === 2 && end[0] === '' && end[1] === ''
  if (!isFramed || !user.startsWith('user=') || !auth.startsWith('auth=')) return 'SASL_OAUTH_SYNTAX'
  const authzid = saslprep(user.slice('user='.length), 'query')
  if (authzid === undefined) return 'SASL_PREPARATION'
  const token = parseBearer(auth.slice('auth='.length))
  return token === undefined
    ? { type: 'rejected' }
    : { type: 'token', token, authzid, host: undefined, port: undefined }
}
