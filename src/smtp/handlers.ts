/**
 * What a server's program decides, and how a decision becomes a reply. Each handler is asked at its point of the session, may take its
 * time, and says:
 *
 *     nothing, or true          yes, with the usual reply
 *     false                     no, with the usual refusal
 *     a Reply                   exactly that
 *     refuse(550, '5.1.1', …)   returned or thrown: that refusal
 *     any other throw           451, of which the client learns nothing more; `onError` does
 *
 * RFC 5321 §4.3.2.
 */
import type { Path, ReversePath } from './address.ts'
import type { AuthHandlers } from './auth-handlers.ts'
import type { Reply } from './events.ts'
import type { Parameters } from './parameters.ts'
import type { Peer } from './peer.ts'
import { Refusal, reply } from './reply.ts'
import type { Trace } from './trace.ts'
import type { Envelope } from './transaction.ts'

/** What a handler says. */
export type Verdict = boolean | Reply | Refusal | undefined | void

/** What `message` says: one verdict for all recipients, or with LMTP one for each, in their order (RFC 2033 §4.2). */
export type MessageVerdict = Verdict | readonly Verdict[]

/** What `connect` is told. */
export interface ConnectContext {
  /** The client. */
  readonly peer: Peer
}

/** What `mail` is told. */
export interface MailContext {
  /** The client. */
  readonly peer: Peer
  /** The sender; `null` for a message that nobody wants an answer to, such as a bounce. */
  readonly path: ReversePath
  /** What the extensions add. */
  readonly parameters: Parameters
}

/** What `rcpt` is told. */
export interface RcptContext {
  /** The client. */
  readonly peer: Peer
  /** The recipient. */
  readonly path: Path
  /** What the extensions add. */
  readonly parameters: Parameters
  /** The sender, and the recipients that were accepted before. */
  readonly envelope: Envelope
}

/** What `vrfy`, `expn` and `etrn` are told. */
export interface InquiryContext {
  /** The client. */
  readonly peer: Peer
  /** The user, list or queue, as the client has written it. */
  readonly argument: string
}

/** What `message` is told. */
export interface MessageContext {
  /** The client. */
  readonly peer: Peer
  /** The sender and the recipients that were accepted. */
  readonly envelope: Envelope
  /**
   * The message as it arrives, to be read once: lines that end in CRLF, views that stay valid. Not reading holds the client back. It throws
   * where the message turns out to be refused (too big, a bare LF) and where the connection is lost; then it must not be kept.
   */
  readonly body: AsyncIterable<Uint8Array>
  /** The lines to put before the message when it is kept. */
  readonly trace: Trace
}

/** A server's program. */
export interface ServerHandlers {
  /** Whether the client is welcome. Default: everybody is. */
  readonly connect?: (context: ConnectContext) => Verdict | Promise<Verdict>
  /** Judges logins; what it can judge is offered. Default: there is no AUTH. */
  readonly auth?: AuthHandlers
  /** Whether mail of this sender is taken. Default: everybody's is. */
  readonly mail?: (context: MailContext) => Verdict | Promise<Verdict>
  /**
   * Whether mail for this recipient is taken. Default: everybody's is. The bare `<postmaster>` is not asked about: every server takes it
   * (RFC 5321 §4.5.1).
   */
  readonly rcpt?: (context: RcptContext) => Verdict | Promise<Verdict>
  /**
   * Whether there is such a user (RFC 5321 §3.5): yes is 252, which says nothing; a `reply(250, '2.1.5', 'Joe <joe@x.test>')` tells more.
   * Default: 252 for everybody, as most servers do, since spammers ask too (§7.3).
   */
  readonly vrfy?: (context: InquiryContext) => Verdict | Promise<Verdict>
  /** Who is on this list (RFC 5321 §3.5): a reply with a line for each. Default: EXPN is not offered. */
  readonly expn?: (context: InquiryContext) => Verdict | Promise<Verdict>
  /** Runs a queue (RFC 1985): yes is 251, and `reply(253, '2.0.0', 'OK, 5 messages')` tells more. Default: ETRN is not offered. */
  readonly etrn?: (context: InquiryContext) => Verdict | Promise<Verdict>
  /**
   * Takes the message. Yes means that it is kept, whatever happens next: the client will forget it then (RFC 5321 §6.1). May answer before
   * it has read all; the rest is read and dropped. With LMTP it may say another thing of each recipient.
   */
  readonly message: (context: MessageContext) => MessageVerdict | Promise<MessageVerdict>
}

/** The usual refusals. */
export const REFUSALS: Readonly<Record<Exclude<keyof ServerHandlers, 'auth'> | 'messages' | 'recipients', Reply>> =
  Object.freeze({
    connect: reply(554, undefined, 'No SMTP service for you here'),
    mail: reply(550, '5.7.1', 'Sender refused'),
    rcpt: reply(550, '5.7.1', 'Recipient refused'),
    message: reply(554, '5.7.1', 'Message refused'),
    vrfy: reply(550, '5.1.1', 'No such user'),
    expn: reply(550, '5.2.4', 'No such list'),
    etrn: reply(459, '4.7.1', 'This queue is not run for you'),
    messages: reply(450, '4.7.1', 'Too many messages, try again later'),
    recipients: reply(450, '4.7.1', 'Too many recipients, try again later'),
  })

/** What is answered when a handler has failed: nothing of why. */
export const LOCAL_ERROR: Reply = reply(451, '4.3.0', 'Local error in processing')

/** Whether it speaks of each recipient. */
export function isForEach(verdict: MessageVerdict): verdict is readonly Verdict[] {
  return Array.isArray(verdict)
}

/** A verdict as a reply. */
export function replyFor(verdict: Verdict, yes: Reply, no: Reply): Reply {
  if (verdict instanceof Refusal) return verdict.reply
  if (verdict === undefined || verdict === true) return yes
  return verdict === false ? no : verdict
}
