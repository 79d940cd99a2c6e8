/**
 * How a session begins, before the first message: who is there, what they can do, TLS, and who we are.
 *
 *     greeting ──> EHLO ──> (STARTTLS ──> TLS ──> EHLO) ──> (AUTH) ──> ready
 *                    └──a server that knows no extensions──> HELO
 *
 * Nothing that was said before TLS counts behind it, on either side (RFC 3207 §4.2): the client has a new machine then, and asks again.
 */
import type { ClientConnection } from './client-connection.ts'
import type { ResolvedClientOptions } from './client-options.ts'
import { localError } from './errors.ts'
import { logIn } from './login.ts'
import { isRefusal, isSuccess, severity, SmtpReplyError } from './reply.ts'
import { literalOf } from './trace.ts'

/**
 * Begins a session. Rejects with `SmtpReplyError` where the server refuses something that must be, with an `SmtpError` of our side where it does
 * not offer it, and with `TlsError`, `SaslError`, `SmtpError` where it is not to be trusted.
 */
export async function open(connection: ClientConnection, options: ResolvedClientOptions): Promise<void> {
  const greeting = await connection.reply('greeting', connection.timeouts.greetingMs)
  if (isRefusal(greeting)) throw new SmtpReplyError('greeting', greeting)
  await sayHello(connection, options)
  if (await startTls(connection, options)) await sayHello(connection, options)
  const { login } = options
  if (login !== undefined) await logIn(connection, typeof login === 'function' ? await login() : login, options)
}

/** EHLO; LHLO in LMTP, which has nothing besides (RFC 2033 §4.1). */
async function sayHello(connection: ClientConnection, { protocol, hostname }: ResolvedClientOptions): Promise<void> {
  const domain = hostname ?? literalOf(connection.socket.local) ?? 'localhost'
  const type = protocol === 'lmtp' ? 'lhlo' : 'ehlo'
  const answer = await connection.ask({ type, domain })
  if (isSuccess(answer)) return
  // A server that knows no extensions knows HELO (RFC 5321 §3.2). One that is only busy does not know less later.
  const mayKnowLess = type === 'ehlo' && severity(answer) === 'permanent'
  if (mayKnowLess && isSuccess(await connection.ask({ type: 'helo', domain }))) return
  throw new SmtpReplyError(type.toUpperCase(), answer)
}

/** Goes over to TLS where that is wanted and possible; whether it has. */
async function startTls(connection: ClientConnection, { starttls, login }: ResolvedClientOptions): Promise<boolean> {
  if (connection.security !== 'none' || starttls === 'none') return false
  if (!connection.capabilities.has('STARTTLS')) {
    if (starttls === 'required') throw localError('SMTP_NOT_OFFERED', 'STARTTLS')
    return false
  }
  const answer = await connection.ask({ type: 'starttls' })
  if (isSuccess(answer)) {
    await connection.secure()
    return true
  }
  // Whoever makes it fail wants to hear the rest: nobody logs in behind that.
  if (starttls === 'required' || login !== undefined) throw new SmtpReplyError('STARTTLS', answer)
  return false
}
