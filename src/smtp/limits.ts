/**
 * How much of everything is allowed (limits, always finite), how long anything may take (timeouts, always finite), and
 * which broken rules are forgiven (leniency, none unless somebody named needs it). Each is merged with its defaults once
 * and frozen. This file knows numbers and names only.
 */

/** How much of anything a session may take. Every limit is finite; a peer that passes one gets the reply named. */
export interface Limits {
  /**
   * Octets of a command line with its CRLF. Default 2,048, as Postfix; RFC 5321 §4.5.3.1.4 asks for 512 and the extensions
   * add to it (RFC 3461 §5.4 wants 1,036). 500.
   */
  readonly maxCommandLineBytes: number
  /**
   * Octets of a line of content with its CRLF. Default 65,536; RFC 5321 §4.5.3.1.6 asks for 1,000 and advises against any
   * limit. Content is passed on as it comes, so a long line costs no memory; Exim refuses from 1,000 on. 554.
   */
  readonly maxTextLineBytes: number
  /** Octets of a message, counted as RFC 1870 §5 does. Default 50 MiB, as Exim; §4.5.3.1.7 asks for 64 KiB. 552. */
  readonly maxMessageBytes: number
  /** Octets that are read and dropped to reach the end of a message that was refused. Default 1 GiB. 421 and a close. */
  readonly maxDiscardedBytes: number
  /**
   * Octets of content that a client must bring in `Timeouts.blockMs`, so that one who sends single octets does not hold a session for
   * ever. Default 1,000: a line as long as it may be. 421.
   */
  readonly minBlockBytes: number
  /** Recipients of a message: RCPTMAX of RFC 9422 §4.2. Default 1,000, as Postfix; RFC 5321 §4.5.3.1.8 asks for 100. 452. */
  readonly maxRecipients: number
  /**
   * MAIL commands of a session, malformed ones too, whatever is answered to them: MAILMAX of RFC 9422 §4.1. Default 1,000, as Exim
   * (`smtp_accept_max_per_connection`). 421 and a close, so that the client goes on in a new session.
   */
  readonly maxTransactions: number
  /** Commands of a session that were refused with 5yz for how they were made. Default 20, as Postfix. 421 and a close. */
  readonly maxErrors: number
  /** Commands of a session since its last message. Default 3,000: room for as many RCPT as a message may have. 421. */
  readonly maxCommandsWithoutMessage: number
  /** Octets of a reply's line with its CRLF, for a client. Default 2,048; RFC 5321 §4.5.3.1.5 says 512, few count. */
  readonly maxReplyLineBytes: number
  /** Lines of a reply, for a client. Default 256; the longest EHLO lists known have 30. */
  readonly maxReplyLines: number
}

/** The limits where nothing else is said. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxCommandLineBytes: 2048,
  maxTextLineBytes: 65_536,
  maxMessageBytes: 50 * 1024 * 1024,
  maxDiscardedBytes: 1024 * 1024 * 1024,
  minBlockBytes: 1000,
  maxRecipients: 1000,
  maxTransactions: 1000,
  maxErrors: 20,
  maxCommandsWithoutMessage: 3000,
  maxReplyLineBytes: 2048,
  maxReplyLines: 256,
})

const MINUTE = 60_000

/** How long a phase may take, in milliseconds. The defaults are those of RFC 5321 §4.5.3.2. */
export interface Timeouts {
  /** A client waits for the greeting. Default 5 minutes (§4.5.3.2.1). */
  readonly greetingMs: number
  /** A client waits for the reply to a command that has no time of its own, and a server for the handler of one. Default 5 minutes (§4.5.3.2.2). */
  readonly replyMs: number
  /** A client waits for the 354. Default 2 minutes (§4.5.3.2.4). */
  readonly goAheadMs: number
  /** Either side waits until a block of content has moved. Default 3 minutes (§4.5.3.2.5). */
  readonly blockMs: number
  /** A client waits for the reply to its message, and a server for its handler. Default 10 minutes (§4.5.3.2.6). */
  readonly endOfDataMs: number
  /** A client waits for the reply to QUIT, on which nothing hangs any more. Default 10 seconds. */
  readonly quitMs: number
  /** A server waits for a command, from its first octet to its last. Default 5 minutes (§4.5.3.2.7). */
  readonly commandMs: number
}

/** The timeouts where nothing else is said. */
export const DEFAULT_TIMEOUTS: Timeouts = Object.freeze({
  greetingMs: 5 * MINUTE,
  replyMs: 5 * MINUTE,
  goAheadMs: 2 * MINUTE,
  blockMs: 3 * MINUTE,
  endOfDataMs: 10 * MINUTE,
  quitMs: 10_000,
  commandMs: 5 * MINUTE,
})

/** What to do about an octet that has no business where it stands. */
export type OctetPolicy = 'refuse' | 'normalize'

/** How content is read whose lines are not as they must be. Two presets: `REFUSE` and `NORMALIZE`. */
export interface ContentPolicy {
  /** A LF without its CR: refused, or made a CRLF that ends the line but never the message. */
  readonly bareLf: OctetPolicy
  /** A CR without its LF: refused, or made a space. */
  readonly bareCr: OctetPolicy
  /** A NUL: refused, or made a space. */
  readonly nul: OctetPolicy
}

/** Content with a bare CR, a bare LF or a NUL is refused whole: 554. The default. */
export const REFUSE: ContentPolicy = Object.freeze({ bareLf: 'refuse', bareCr: 'refuse', nul: 'refuse' })

/** Content with these is repaired, as Postfix does (`smtpd_forbid_bare_newline = normalize`); CRLF.CRLF alone ends it. */
export const NORMALIZE: ContentPolicy = Object.freeze({ bareLf: 'normalize', bareCr: 'normalize', nul: 'normalize' })

/**
 * Lines may end in LF alone, as programs and files of Unix have them, and become lines of SMTP; a bare CR and a NUL are refused. For
 * content of one's own that is to be sent.
 */
export const UNIX_LINES: ContentPolicy = Object.freeze({ bareLf: 'normalize', bareCr: 'refuse', nul: 'refuse' })

/** Which broken rules of the peer are forgiven. All strict unless said otherwise. */
export interface Leniency {
  /** How content with bare CR, bare LF or NUL is read. Default `REFUSE`. `NORMALIZE` is for printers, cron and old PHP. */
  readonly content: ContentPolicy
  /**
   * What comes behind EHLO, HELO or DATA before their reply: refused with 554 and a close (as Postfix does), or taken. Default
   * refuse. Needed by senders that write a whole session blindly: load generators, shell scripts with `nc`.
   */
  readonly earlyTalk: 'refuse' | 'accept'
  /** A space behind `MAIL FROM:` and `RCPT TO:`. Default refuse (RFC 5321 §3.3). Needed by office scanners and old PHP. */
  readonly spaceAfterColon: 'refuse' | 'accept'
  /** An EHLO or HELO name that is no domain and no literal. Default refuse. Needed by Windows hosts: `EHLO my_pc`. */
  readonly helloName: 'refuse' | 'accept'
  /** A bare LF that ends a reply, for a client. Default refuse. Needed by home-made servers in test rigs. */
  readonly replyBareLf: 'refuse' | 'accept'
  /** A reply code such as 571 or 599, whose second digit means nothing (RFC 5321 §4.2). Default refuse. Old Sendmail has them. */
  readonly replyCode: 'refuse' | 'accept'
}

/** The leniency where nothing else is said: none. */
export const STRICT: Leniency = Object.freeze({
  content: REFUSE,
  earlyTalk: 'refuse',
  spaceAfterColon: 'refuse',
  helloName: 'refuse',
  replyBareLf: 'refuse',
  replyCode: 'refuse',
})

/** The limits with some of them replaced. Throws a `RangeError` where one is not a number from 1 up, or not finite. */
export function mergeLimits(given: Partial<Limits> = {}): Limits {
  return Object.freeze({ ...DEFAULT_LIMITS, ...finite(given) })
}

/** The timeouts with some of them replaced. Throws a `RangeError` as `mergeLimits` does. */
export function mergeTimeouts(given: Partial<Timeouts> = {}): Timeouts {
  return Object.freeze({ ...DEFAULT_TIMEOUTS, ...finite(given) })
}

/** The leniency with some of it replaced. */
export function mergeLeniency(given: Partial<Leniency> = {}): Leniency {
  return Object.freeze({ ...STRICT, ...given })
}

/** The same numbers. Throws a `RangeError` where one is not a number from 1 up, or not finite. */
export function finite<Numbers extends object>(given: Numbers): Numbers {
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 1)
      throw new RangeError(`${name} must be finite`)
  }
  return given
}
