/**
 * A sending that was broken off: by the network, by a server that lost its way, by time, or by a signal of the caller's. What the
 * server has acknowledged until then is not lost with it; and of what it has not, the error says whether it may have arrived.
 */
import { NetError } from '../net/errors.ts'
import type { Delivery } from './reply.ts'

/**
 * How far a message had come for those recipients of whom nothing is known:
 *
 *     unsent     no octet of its content was sent: it can be sent again at once
 *     cut        its content was cut off before its end: a server must not deliver that, and it can be sent again
 *     unknown    its end was sent, and no answer came: the server may have it, and whoever sends it again may send it twice
 */
export type Fate = 'unsent' | 'cut' | 'unknown'

/** What was known when a sending was broken off. */
export interface Known {
  /** The recipients for whom the server has taken the message: these must not get it again. */
  readonly accepted: readonly Delivery[]
  /** Those that it has refused. */
  readonly refused: readonly Delivery[]
  /** How far the message had come for all others. */
  readonly fate: Fate
}

/** A sending was broken off. `cause` says why, and `code` is the code of that: `NET_TIMEOUT`, `NET_ABORTED`, `SMTP_REPLY_WRONG`. */
export class SmtpSendError extends NetError implements Known {
  readonly accepted: readonly Delivery[]
  readonly refused: readonly Delivery[]
  readonly fate: Fate

  constructor(cause: Error, { accepted, refused, fate }: Known) {
    super(cause instanceof NetError ? cause.code : 'SMTP_SEND_BROKEN', `Sending was broken off: ${cause.message}`, {
      cause,
    })
    this.accepted = accepted
    this.refused = refused
    this.fate = fate
  }
}
