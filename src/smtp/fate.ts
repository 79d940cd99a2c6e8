/**
 * What is known of a message's recipients when its sending is over, however it ended: a queue needs no more to know whom to try again.
 * `SendResult`, `SmtpReplyError` and `SmtpSendError` all have it.
 */
import type { Reply } from './events.ts'

/** What became of one recipient. */
export interface Delivery {
  /** The address as it was sent: `b@y.test`. */
  readonly address: string
  /** What the server said to it. */
  readonly reply: Reply
}

/**
 * How far a message had come for those recipients of whom nothing is known:
 *
 *     unsent     no octet of its content was sent: it can be sent again at once
 *     cut        its content was cut off before its end: a server must not deliver that, and it can be sent again
 *     unknown    its end was sent, and no answer came: the server may have it, and whoever sends it again may send it twice
 */
export type Fate = 'unsent' | 'cut' | 'unknown'

/** What is known when a sending has failed. */
export interface Known {
  /** The recipients for whom the server has taken the message: these must not get it again. */
  readonly accepted: readonly Delivery[]
  /** Those that it has refused. */
  readonly refused: readonly Delivery[]
  /** How far the message had come for all others. */
  readonly fate: Fate
}
