/**
 * A client's and a server's end of a mechanism, talking to one another as SMTP would let them: base64 both ways, an initial response
 * where the client has one, and the client told of a success before anybody believes it.
 */
import { decodeBase64, encodeBase64 } from '../../../../src/smtp/sasl/base64.ts'
import type {
  ClientMechanism,
  Credentials,
  Failure,
  OAuthError,
  ServerMechanism,
  ServerStep,
  Success,
  Verdict,
} from '../../../../src/smtp/sasl/mechanism.ts'

/** How a dialogue ended. */
export interface Outcome {
  readonly step: Success | Failure
  /** What crossed the wire, decoded, as `C: ...` and `S: ...`. */
  readonly lines: readonly string[]
  /** What the server asked its host application. */
  readonly asked: readonly Credentials[]
  /** What the client was told of its token. */
  readonly refused: OAuthError | undefined
}

/** Whether the client sends what it begins with on the line of the command, or waits for an empty challenge. */
export type Beginning = 'initialResponse' | 'emptyChallenge'

/** Plays the exchange to its end. */
export async function converse(
  client: ClientMechanism,
  server: ServerMechanism,
  judge: (credentials: Credentials) => Verdict,
  beginning: Beginning = 'initialResponse',
): Promise<Outcome> {
  const lines: string[] = []
  const asked: Credentials[] = []
  let refused: OAuthError | undefined
  const cross = (side: 'C' | 'S', bytes: Buffer): Buffer => {
    lines.push(`${side}: ${bytes.toString('utf8')}`)
    return decodeBase64(encodeBase64(bytes)) as Buffer
  }
  const first = client.start()
  let step: ServerStep
  if (first !== undefined && beginning === 'emptyChallenge') {
    const challenge = server.start(undefined)
    if (challenge.type !== 'challenge' || challenge.bytes.length > 0) throw new Error('an empty challenge is due')
    step = server.respond(cross('C', first))
  } else step = server.start(first && cross('C', first))
  for (;;) {
    switch (step.type) {
      case 'challenge': {
        const answer = await client.respond(cross('S', step.bytes))
        if (answer.type === 'refused') refused = answer.error
        step = server.respond(cross('C', answer.bytes))
        break
      }
      case 'verify':
        asked.push(step.credentials)
        step = server.verified(judge(step.credentials))
        break
      case 'success':
        client.succeed()
        return { step, lines, asked, refused }
      case 'failure':
        return { step, lines, asked, refused }
    }
  }
}

/** Octets of a text, for messages made by hand. */
export function octets(text: string): Buffer {
  return Buffer.from(text, 'utf8')
}

/** The code of the error that is thrown, or that a promise is rejected with; nothing of a secret may stand in its text. */
export async function codeOf(call: () => unknown, ...secrets: readonly string[]): Promise<string> {
  try {
    await call()
  } catch (error) {
    const { code, message, side } = error as { code: string; message: string; side: string }
    for (const secret of secrets) if (message.includes(secret)) throw new Error('a secret stands in the error')
    return side === 'local' ? `${code} (local)` : code
  }
  return 'nothing was thrown'
}
