/**
 * All that crosses the wire, in both directions. What a client sends is the same type of event that a server receives, and the
 * other way round; types only.
 *
 *     client                                          server
 *       ehlo helo lhlo mail rcpt data ...       ->
 *       content*  endOfData                     ->
 *       bdat content*  endOfChunk or endOfData  ->
 *       auth  (authResponse or authCancel)*     ->
 *                                               <-    reply
 *
 * A `bdat` is answered at the end of its chunk: a client sends `bdat`, as much content as that says, and the end of it, which has no octets:
 * `endOfData` for the chunk that is the last.
 *
 * Besides, a server's machine tells what it has refused by itself (`fault`, `contentFault`) and what it has forgiven (`violation`).
 */
import type { Path, ReversePath } from './address.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Parameters } from './parameters.ts'
import type { PeerAttributes } from './peer-attributes.ts'

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

/** `LHLO a.test`: the client of an LMTP server names itself, and asks for the extensions (RFC 2033 §4.1). */
export interface Lhlo {
  /** The discriminant. */
  readonly type: 'lhlo'
  /** A domain in lower case, or an address literal. */
  readonly domain: string
}

/** How a client has named itself. */
export type Hello = Ehlo | Helo | Lhlo

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

/**
 * A command without an argument that matters: `DATA`, `RSET`, `NOOP`, `QUIT` (RFC 5321 §4.1.1.4, 5, 9 and 10), `STARTTLS` (RFC 3207).
 * What follows the 220 to the last is TLS's, and nothing that was said before it counts.
 */
export interface Plain {
  /** The discriminant. */
  readonly type: 'data' | 'rset' | 'noop' | 'quit' | 'starttls'
}

/** `BDAT 1000 LAST`: so many octets of the message follow, in whatever lines (RFC 3030 §2). */
export interface Bdat {
  /** The discriminant. */
  readonly type: 'bdat'
  /** Octets of the chunk, which may be none. */
  readonly size: number
  /** Whether the message ends with it. */
  readonly isLast: boolean
}

/** `AUTH PLAIN AGpvZQBzZWNyZXQ=`: an exchange of SASL begins (RFC 4954 §4). */
export interface Auth {
  /** The discriminant. */
  readonly type: 'auth'
  /** The mechanism, in upper case. */
  readonly mechanism: string
  /** What the mechanism begins with, decoded; empty for `=`, not there for nothing. */
  readonly initialResponse?: Buffer
}

/** A line of base64 that answers a 334 (RFC 4954 §4). */
export interface AuthResponse {
  /** The discriminant. */
  readonly type: 'authResponse'
  /** What the line says, decoded. */
  readonly response: Buffer
}

/** `*`: the client gives its exchange up, which is answered with 501 (RFC 4954 §4). */
export interface AuthCancel {
  /** The discriminant. */
  readonly type: 'authCancel'
}

/** `VRFY joe`: is there such a user (RFC 5321 §4.1.1.6)? `EXPN staff`: who is on this list (§4.1.1.7)? */
export interface Inquiry {
  /** The discriminant. */
  readonly type: 'vrfy' | 'expn'
  /** The user, mailbox or list, as it came: printable ASCII, and UTF-8 with SMTPUTF8. */
  readonly argument: string
  /** Whether the answer may hold UTF-8 (RFC 6531 §3.7.4). */
  readonly SMTPUTF8?: true
}

/** `ETRN x.test`: a queue shall be run (RFC 1985 §5). */
export interface Etrn {
  /** The discriminant. */
  readonly type: 'etrn'
  /** A domain, `@` and a domain with all those below it, or `#` and the name of a queue. */
  readonly argument: string
}

/** `XCLIENT ADDR=192.0.2.1`, `XFORWARD ADDR=192.0.2.1`: a proxy tells whom it speaks for, to be obeyed or to be logged (Postfix). */
export interface Proxied {
  /** The discriminant. */
  readonly type: 'xclient' | 'xforward'
  /** What it says. */
  readonly attributes: PeerAttributes
}

/** `HELP`, or `HELP DATA` (RFC 5321 §4.1.1.8). */
export interface Help {
  /** The discriminant. */
  readonly type: 'help'
  /** What about, as it came; empty for nothing special. */
  readonly argument: string
}

/** A command. */
export type Command =
  Hello | Mail | Rcpt | Plain | Bdat | Auth | AuthResponse | AuthCancel | Inquiry | Help | Etrn | Proxied

/** A stretch of the message: lines that end in CRLF, without the dots that are the wire's; anything, where it is BINARYMIME. */
export interface Content {
  /** The discriminant. */
  readonly type: 'content'
  /** Octets of the message; a view of what was received, valid as long as that is not written over. */
  readonly bytes: Uint8Array
}

/** A chunk has come whole, and the message has not. */
export interface EndOfChunk {
  /** The discriminant. */
  readonly type: 'endOfChunk'
}

/** CRLF.CRLF, or the end of the last chunk: the message is whole. */
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
export type ServerEvent = Command | Content | EndOfChunk | EndOfData | Fault | ContentFault | Violation

/** What a client's machine sends. */
export type ClientEvent = Command | Content | EndOfChunk | EndOfData
