/**
 * All that crosses the wire, in both directions. What a client sends is the same type of event that a server receives, and the
 * other way round; types only.
 *
 *     client                                  server
 *       ehlo helo mail rcpt data ...    ->
 *       content*  endOfData             ->
 *                                       <-    reply
 *
 * Besides, a server's machine tells what it has refused by itself (`fault`, `contentFault`) and what it has forgiven (`violation`).
 */
import type { Path, ReversePath } from './address.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Parameters } from './parameters.ts'

/** `EHLO a.test`: the client names itself, and asks for the extensions (RFC 5321 §4.1.1.1). */
export interface Ehlo {
  /** The discriminant. */
  readonly type: 'ehlo'
  /** A domain in lower case, or an address literal. */
  readonly domain: string
}

/** `HELO a.test`: the client names itself, and knows of no extensions. */
export interface Helo {
  /** The discriminant. */
  readonly type: 'helo'
  /** A domain in lower case, or an address literal. */
  readonly domain: string
}

/** `MAIL FROM:<a@x.test>`: a transaction begins (RFC 5321 §4.1.1.2). */
export interface Mail {
  /** The discriminant. */
  readonly type: 'mail'
  /** Whom to tell when the message cannot be delivered; `null` for nobody. */
  readonly path: ReversePath
  /** What the extensions add. */
  readonly parameters: Parameters
}

/** `RCPT TO:<b@y.test>`: one more recipient (RFC 5321 §4.1.1.3). */
export interface Rcpt {
  /** The discriminant. */
  readonly type: 'rcpt'
  /** The recipient. */
  readonly path: Path
  /** What the extensions add. */
  readonly parameters: Parameters
}

/** A command without an argument that matters: `DATA`, `RSET`, `NOOP`, `QUIT` (RFC 5321 §4.1.1.4, 5, 9 and 10). */
export interface Plain {
  /** The discriminant. */
  readonly type: 'data' | 'rset' | 'noop' | 'quit'
}

/** `VRFY joe`: is there such a user (RFC 5321 §4.1.1.6)? */
export interface Vrfy {
  /** The discriminant. */
  readonly type: 'vrfy'
  /** The user or mailbox, as it came: printable ASCII. */
  readonly argument: string
}

/** `HELP`, or `HELP DATA` (RFC 5321 §4.1.1.8). */
export interface Help {
  /** The discriminant. */
  readonly type: 'help'
  /** What about, as it came; empty for nothing special. */
  readonly argument: string
}

/** A command. */
export type Command = Ehlo | Helo | Mail | Rcpt | Plain | Vrfy | Help

/** A stretch of the message: lines that end in CRLF, without the dots that are the wire's. */
export interface Content {
  /** The discriminant. */
  readonly type: 'content'
  /** Octets of the message; a view of what was received, valid as long as that is not written over. */
  readonly bytes: Uint8Array
}

/** CRLF.CRLF: the message is whole. */
export interface EndOfData {
  /** The discriminant. */
  readonly type: 'endOfData'
}

/** `250 2.1.5 OK`, or several such lines (RFC 5321 §4.2). */
export interface Reply {
  /** The discriminant. */
  readonly type: 'reply'
  /** 200 to 559. */
  readonly code: number
  /** The enhanced status code, such as `2.1.5`, which stands on every line (RFC 2034 §4); never with 3yz. */
  readonly enhanced?: string
  /** The lines without code and enhanced code: at least one, which may be empty. */
  readonly text: readonly string[]
}

/** The machine has refused a command, or a whole message. This is answered like a command, and never with 2yz. */
export interface Fault {
  /** The discriminant. */
  readonly type: 'fault'
  /** Why. */
  readonly code: SmtpErrorCode
  /** The refusal that goes with it. */
  readonly reply: Reply
}

/** The message that is arriving will be refused: its rest is dropped, and a `fault` comes at its end. Nothing is answered now. */
export interface ContentFault {
  /** The discriminant. */
  readonly type: 'contentFault'
  /** Why. */
  readonly code: SmtpErrorCode
  /** Octets of the message before the offending one. */
  readonly offset: number
}

/** Something wrong was forgiven, because the leniency says so. Nothing is answered. */
export interface Violation {
  /** The discriminant. */
  readonly type: 'violation'
  /** What it was. */
  readonly code: SmtpErrorCode
}

/** What a server's machine reads. */
export type ServerEvent = Command | Content | EndOfData | Fault | ContentFault | Violation

/** What a client's machine sends. */
export type ClientEvent = Command | Content | EndOfData
