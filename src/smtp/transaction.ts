/**
 * The mail transaction: what MAIL, RCPT and DATA have brought together so far (RFC 5321 §3.3). A transaction is one of these, and can
 * hold no more than belongs to it:
 *
 *     none       no MAIL was accepted, or the last transaction is over
 *     open       a reverse-path, and the recipients that were accepted
 *     refused    the same, and why the message that is arriving will not be taken
 *
 * A server has a `Transaction`; a client has sent one when it does not yet know what became of it, and keeps an `Attempt`.
 */
import type { Path, ReversePath } from './address.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Mail } from './events.ts'
import type { Body } from './parameter-values.ts'
import type { Parameters } from './parameters.ts'
import type { Charset } from './utf8.ts'

/** Whom a message is for, and what the extensions add. */
export interface Recipient {
  /** The mailbox. */
  readonly path: Path
  /** The parameters of its RCPT. */
  readonly parameters: Parameters
}

/** What the commands of a transaction have said: all of a message but its content. */
export interface Envelope {
  /** Whom to tell when it cannot be delivered; `null` for nobody. */
  readonly from: ReversePath
  /** The parameters of its MAIL. */
  readonly parameters: Parameters
  /** The recipients that were accepted, in order, with those that were named twice. */
  readonly recipients: readonly Recipient[]
}

/** A server's transaction. */
export type Transaction =
  | { readonly state: 'none' }
  | { readonly state: 'open'; readonly envelope: Envelope; readonly recipients: Recipient[] }
  | {
      readonly state: 'refused'
      readonly envelope: Envelope
      readonly recipients: Recipient[]
      readonly code: SmtpErrorCode
    }

/** No transaction. */
export const NO_TRANSACTION: Transaction = Object.freeze({ state: 'none' })

/** The transaction that an accepted MAIL begins. */
export function begin({ path, parameters }: Mail): Transaction {
  const recipients: Recipient[] = []
  return { state: 'open', envelope: { from: path, parameters, recipients }, recipients }
}

/** The recipients so far; none where there is no transaction. An accepted RCPT adds itself here. */
export function recipientsOf(transaction: Transaction): Recipient[] {
  return transaction.state === 'none' ? [] : transaction.recipients
}

/** A client's transaction, as far as the replies have told. */
export interface Attempt {
  /** Whether its MAIL was refused: no content is sent then, whatever else is answered. */
  mail: 'unanswered' | 'accepted' | 'refused'
  /** How its content is declared: 8-bit octets go with `8BITMIME` and `BINARYMIME` only (RFC 6152 §3). */
  readonly body: Body
  /** What its addresses may hold. */
  readonly charset: Charset
  /** Recipients that were accepted. */
  accepted: number
}

/** The attempt that a MAIL begins which has been sent. */
export function attempt({ parameters }: Mail): Attempt {
  const charset = parameters.SMTPUTF8 === true ? 'utf8' : 'ascii'
  return { mail: 'unanswered', body: parameters.BODY ?? '7BIT', charset, accepted: 0 }
}

/** The transaction before any. */
export const NO_ATTEMPT: Attempt = Object.freeze({ mail: 'refused', body: '7BIT', charset: 'ascii', accepted: 0 })
