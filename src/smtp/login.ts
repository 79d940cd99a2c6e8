/**
 * Logging in: AUTH (RFC 4954) from the client's side. The mechanism is the strongest that both sides know and that is safe on this
 * connection (`sasl/choose.ts`), and there is no second try with a weaker one.
 *
 *     AUTH ──334──> response ──334──> response ... ──235──> believed, where the mechanism is complete
 *        └──4yz 5yz──> SmtpReplyError        └──a challenge that makes no sense──> `*`, and the error
 */
import { CHALLENGE } from './answers.ts'
import type { ClientConnection } from './client-connection.ts'
import type { ResolvedClientOptions } from './client-options.ts'
import { localError, SmtpError } from './errors.ts'
import type { Reply } from './events.ts'
import { offeredMechanismNames } from './extensions.ts'
import { isRefusal, SmtpReplyError } from './reply.ts'
import { decodeBase64, encodeBase64 } from './sasl/base64.ts'
import { channelBindings, UNBOUND } from './sasl/channel-binding.ts'
import { chooseMechanism } from './sasl/choose.ts'
import type { Login } from './sasl/choose.ts'
import { SaslError } from './sasl/errors.ts'
import type { ClientMechanism } from './sasl/mechanism.ts'

/** RFC 5321 §4.5.3.1.4: octets of a command line with its CRLF, into which an initial response must fit (RFC 4954 §4). */
const MAX_LINE = 512

/**
 * Logs in. Rejects with `SmtpReplyError` where the server refuses, with `SMTP_NOT_OFFERED` and `SMTP_AUTH_MECHANISM` of our side where there is
 * no way to log in that is safe, and with a `SaslError` or `SmtpError` where the server is not to be believed: the session must end then.
 */
export async function logIn(
  connection: ClientConnection,
  login: Login,
  { mechanisms, allowCleartext }: ResolvedClientOptions,
): Promise<void> {
  const { tls } = connection.socket
  const offered = offeredMechanismNames(connection.capabilities)
  if (offered.length === 0) throw localError('SMTP_NOT_OFFERED', 'AUTH')
  const mechanism = chooseMechanism(login, {
    offered,
    security: connection.security,
    channelBindings: tls === undefined ? UNBOUND : channelBindings(tls, tls.peerCertificate),
    allowCleartext,
    ...(mechanisms !== undefined && { allowed: mechanisms }),
  })
  if (mechanism === undefined) throw localError('SMTP_AUTH_MECHANISM')
  const reply = await new Exchange(connection, mechanism).run()
  if (isRefusal(reply)) throw new SmtpReplyError('AUTH', reply)
  mechanism.succeed()
}

/** One exchange. */
class Exchange {
  readonly #connection: ClientConnection
  readonly #mechanism: ClientMechanism
  /** The initial response, where it has not found room on the line of the command. */
  #late: Buffer | undefined

  constructor(connection: ClientConnection, mechanism: ClientMechanism) {
    this.#connection = connection
    this.#mechanism = mechanism
  }

  /** Holds it, and gives the reply at its end. */
  async run(): Promise<Reply> {
    let reply = await this.#begin()
    while (reply.code === CHALLENGE) {
      const response = await this.#answer(reply)
      reply = await this.#connection.ask({ type: 'authResponse', response })
    }
    return reply
  }

  async #begin(): Promise<Reply> {
    const mechanism = this.#mechanism.name
    const initialResponse = this.#mechanism.start()
    const fits = `AUTH ${mechanism} ${encodeBase64(initialResponse ?? Buffer.alloc(0))}\r\n`.length <= MAX_LINE
    if (!fits) this.#late = initialResponse
    return await this.#connection.ask({
      type: 'auth',
      mechanism,
      ...(fits && initialResponse !== undefined && { initialResponse }),
    })
  }

  /** The response to a challenge. One that cannot be believed ends the exchange with `*`, and the session. */
  async #answer({ text }: Reply): Promise<Buffer> {
    try {
      const challenge = text.length === 1 ? decodeBase64(text[0] as string) : undefined
      if (challenge === undefined) throw new SmtpError('SMTP_AUTH_BASE64')
      const late = this.#late
      this.#late = undefined
      if (late === undefined) return (await this.#mechanism.respond(challenge)).bytes
      if (challenge.length > 0) throw new SaslError('SASL_CHALLENGE')
      return late
    } catch (error) {
      // Whatever is said to that: what went wrong before is what matters.
      await this.#connection.ask({ type: 'authCancel' }).catch(() => {})
      throw error
    }
  }
}
