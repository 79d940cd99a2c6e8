/** A server's program that keeps what it is given, for others to send to: `reject` has no mailbox, and `later` has one at the second try. */
import type { ServerHandlers } from '../../src/smtp/handlers.ts'
import { writePath } from '../../src/smtp/address.ts'
import type { Parameters } from '../../src/smtp/parameters.ts'
import { refuse } from '../../src/smtp/reply.ts'

/** A message that was given to us. */
export interface Kept {
  /** The sender, in its brackets. */
  readonly from: string
  /** The recipients, in their brackets. */
  readonly to: readonly string[]
  /** The parameters of MAIL. */
  readonly parameters: Parameters
  /** Those of each RCPT. */
  readonly forEach: readonly Parameters[]
  /** The message, a character for each octet. */
  readonly text: string
  /** The line that we would put before it. */
  readonly received: string
}

/** What was given to us, and what went wrong. */
export class Inbox {
  /** The messages since `clear`, in the order in which they came. */
  readonly kept: Kept[] = []
  /** What `onError` was told: nothing, if all is well. */
  readonly errors: Error[] = []
  /** For `serve`. */
  readonly onError = (error: Error): void => void this.errors.push(error)
  /** For `serve`. */
  readonly handlers: ServerHandlers = {
    rcpt: ({ path: { localPart } }) => {
      if (localPart === 'reject') return refuse(550, '5.1.1', 'No such mailbox')
      return localPart !== 'later' || this.#later++ > 0 || refuse(451, '4.7.1', 'Come back later')
    },
    message: async ({ envelope, body, trace }) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of body) chunks.push(chunk)
      const { from, recipients, parameters } = envelope
      this.kept.push({
        from: writePath(from, 'utf8') ?? '',
        to: recipients.map(({ path }) => writePath(path, 'utf8') ?? ''),
        parameters,
        forEach: recipients.map((recipient) => recipient.parameters),
        text: Buffer.concat(chunks).toString('latin1'),
        received: trace.received,
      })
      this.#onKept()
    },
  }
  /** How often somebody has asked for `later`. */
  #later = 0
  #onKept: () => void = () => {}

  /** Forgets what came. */
  clear(): void {
    this.kept.length = 0
    this.#later = 0
  }

  /** The messages, as soon as there are so many. */
  async arrived(count = 1): Promise<readonly Kept[]> {
    while (this.kept.length < count) await new Promise<void>((resolve) => (this.#onKept = resolve))
    return this.kept
  }
}
