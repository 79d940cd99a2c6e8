/**
 * How much of everything is allowed (limits, always finite), how long anything may take (timeouts, always finite), and
 * which broken rules are forgiven (leniency, none unless somebody named needs it). Each is merged with its defaults once
 * and frozen. This file knows numbers and names only.
 */

/** How much of anything a session may take. Every limit is finite; what happens past it is named. */
export interface Limits {
  /** Octets of a command line with its CRLF. Default 4,096, as vsftpd (pyftpdlib 2,048, ProFTPD 512 KiB). 500. */
  readonly maxCommandBytes: number
  /** Commands that are kept while a transfer runs. Default 16 (RFC 959 §4.2 asks for a queue). Then the socket is not read. */
  readonly maxHeldCommands: number
  /** Lines of a session that were no commands: too long, with NUL, without a verb. Default 20. 421 and a close. */
  readonly maxFaults: number
  /** Failed logins on one connection. Default 5 (RFC 2577 §5 says 3 to 5). 421 and a close. */
  readonly maxLoginFailures: number
  /** Failed logins of one address, on all its connections, within `banMs`. Default 30. Then 421 in place of the greeting. */
  readonly maxLoginFailuresPerAddress: number
  /** Sessions of one user. Default 1,000. 421. */
  readonly maxSessionsPerUser: number
  /** Octets of a file, or of a range of it, that HASH and its kin read. Default 4 GiB. 550. */
  readonly maxHashBytes: number
  /** Hashes that are being made, in all sessions of a server. Default 4. 450. */
  readonly maxHashesAtOnce: number
  /** Entries of a listing that is sent on the control connection (STAT). Default 1,000. Then the listing says so and ends. */
  readonly maxStatusEntries: number
  /**
   * Octets that a client has to send or to take a second on a data connection, on the average of the time in which it was waited for; it may be
   * `rateGraceMs` behind. 0 asks for none. Default 100: data loggers with 2,400 bit/s by satellite have more, and who drips has less (curl
   * has `--speed-limit`, servers time stalls alone). 426.
   */
  readonly minTransferRate: number
  /** The same of a server, for a client. Default 0: who waits for a slow server may wait, and has a signal to cease. */
  readonly minServerRate: number
  /** Octets of a reply's line with its CRLF, for a client. Default 8,448: a path of 4,096 octets, each of them doubled. */
  readonly maxReplyLineBytes: number
  /** Lines of a reply, for a client. Default 10,000: a STAT of a directory lists it in its reply. */
  readonly maxReplyLines: number
  /** Octets of a reply, for a client. Default 1 MiB. */
  readonly maxReplyBytes: number
  /** Octets of a line of a listing, for a client. Default 16,384 (RFC 3659 §7.2 sets none). */
  readonly maxListingLineBytes: number
  /** Octets of a listing, for a client. Default 256 MiB: two million lines and more. */
  readonly maxListingBytes: number
}

/** The limits where nothing else is said. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxCommandBytes: 4096,
  maxHeldCommands: 16,
  maxFaults: 20,
  maxLoginFailures: 5,
  maxLoginFailuresPerAddress: 30,
  maxSessionsPerUser: 1000,
  maxHashBytes: 4 * 1024 ** 3,
  maxHashesAtOnce: 4,
  maxStatusEntries: 1000,
  minTransferRate: 100,
  minServerRate: 0,
  maxReplyLineBytes: 8448,
  maxReplyLines: 10_000,
  maxReplyBytes: 1024 * 1024,
  maxListingLineBytes: 16_384,
  maxListingBytes: 256 * 1024 * 1024,
})

/** How long a phase may take, in milliseconds. */
export interface Timeouts {
  /** A server waits until its client is logged in. Default 1 minute. 421. */
  readonly loginMs: number
  /** A server waits for a command; a transfer that runs stops this clock. Default 5 minutes (RFC 1123 §4.1.3.2). 421. */
  readonly idleMs: number
  /** A server leaves a failed login waiting for its 530. Default 1 second (RFC 2577 §5 says 5). */
  readonly loginFailureMs: number
  /** A server refuses an address from which too many logins have failed. Default 10 minutes. */
  readonly banMs: number
  /** Either side waits for the data connection of a transfer that was commanded. Default 30 seconds. 425. */
  readonly dataMs: number
  /** Either side waits for a data connection to move. Default 1 minute. 426. */
  readonly stallMs: number
  /** How far a data connection may be behind the rate that is asked of it. Default 1 minute, as `stallMs`. 426. */
  readonly rateGraceMs: number
  /** A client waits for the control connection. Default 30 seconds. */
  readonly connectMs: number
  /** A client waits for a reply; while data move it waits as long as they do. Default 1 minute. */
  readonly replyMs: number
  /** A client waits for what a server still says to an ABOR before it asks whether that was all. Default 2 seconds. */
  readonly abortMs: number
  /** A client says NOOP when a transfer has kept the control connection silent for so long. Default 2 minutes. */
  readonly keepAliveMs: number
}

/** The timeouts where nothing else is said. */
export const DEFAULT_TIMEOUTS: Timeouts = Object.freeze({
  loginMs: 60_000,
  idleMs: 300_000,
  loginFailureMs: 1000,
  banMs: 600_000,
  dataMs: 30_000,
  stallMs: 60_000,
  rateGraceMs: 60_000,
  connectMs: 30_000,
  replyMs: 60_000,
  abortMs: 2000,
  keepAliveMs: 120_000,
})

/** Which broken rules of the peer are forgiven. All strict unless said otherwise. */
export interface Leniency {
  /** A bare LF that ends a command. Default refuse (500). Needed by people with `nc` and by scripts that print `\n`. */
  readonly commandBareLf: 'refuse' | 'accept'
  /** A bare LF that ends a reply, for a client. Default refuse. Needed by home-made servers in test rigs. */
  readonly replyBareLf: 'refuse' | 'accept'
  /**
   * A data connection under TLS that ends by a FIN alone, without close_notify: an upload of a server, a download or listing of a client.
   * Default refuse: anybody on the way can cut a file short so. Needed by servers and clients that close the socket under TLS.
   */
  readonly dataWithoutCloseNotify: 'refuse' | 'accept'
  /**
   * A client that goes on in the clear behind CCC without having ended TLS by a close_notify of its own. Default refuse, and the connection is
   * lost. Needed by curl, unless it is told `--ftp-ssl-ccc-mode active`; nor does curl then resume the session for its data.
   */
  readonly clearWithoutCloseNotify: 'refuse' | 'accept'
}

/** The leniency where nothing else is said: none. */
export const STRICT: Leniency = Object.freeze({
  commandBareLf: 'refuse',
  replyBareLf: 'refuse',
  dataWithoutCloseNotify: 'refuse',
  clearWithoutCloseNotify: 'refuse',
})

/** What a machine of either role can be told. */
export interface MachineOptions {
  /** Other limits than the defaults. */
  readonly limits?: Partial<Limits>
  /** Leniencies, none by default. */
  readonly leniency?: Partial<Leniency>
}

/** The limits with some of them replaced. Throws a `RangeError` where one is not finite, or not a number from 1 up (rates: from 0). */
export function mergeLimits(given: Partial<Limits> = {}): Limits {
  return isWhole<Limits>(given) ? given : whole({ ...DEFAULT_LIMITS, ...finite(given) })
}

/** The timeouts with some of them replaced. Throws a `RangeError` as `mergeLimits` does. */
export function mergeTimeouts(given: Partial<Timeouts> = {}): Timeouts {
  return isWhole<Timeouts>(given) ? given : whole({ ...DEFAULT_TIMEOUTS, ...finite(given) })
}

/** The leniency with some of it replaced. */
export function mergeLeniency(given: Partial<Leniency> = {}): Leniency {
  return isWhole<Leniency>(given) ? given : whole({ ...STRICT, ...given })
}

/** What was merged already: a server does so once, and each of its sessions takes what came of it as it is. */
const MERGED = new WeakSet<object>()

function isWhole<Options extends object>(given: Partial<Options>): given is Options {
  return MERGED.has(given)
}

function whole<Options extends object>(merged: Options): Options {
  MERGED.add(merged)
  return Object.freeze(merged)
}

function finite<Numbers extends object>(given: Numbers): Numbers {
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    const least = name === 'minTransferRate' || name === 'minServerRate' ? 0 : 1
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least)
      throw new RangeError(`${name} must be finite`)
  }
  return given
}
