/**
 * A sending that was broken off: by the network, by a server that lost its way, by time, or by a signal of the caller's. What the
 * server has acknowledged until then is not lost with it; and of what it has not, the error says whether it may have arrived.
 */
import { NetError, ProtocolError } from '../net/errors.ts'
import type { Delivery, Fate, Known } from './fate.ts'
import { SmtpReplyError } from './reply.ts'

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

const NOTHING: Known = Object.freeze({ accepted: [], refused: [], fate: 'unsent' })

/**
 * What a sending is rejected with that could not begin: nobody has heard of the message. A refusal says so itself, and what our own side
 * may not do, or what is no error of ours, is told as it is.
 */
export function notBegun(error: unknown): unknown {
  const isOurs = error instanceof ProtocolError && error.side === 'local'
  if (error instanceof SmtpReplyError || isOurs || !(error instanceof NetError)) return error
  return new SmtpSendError(error, NOTHING)
}
