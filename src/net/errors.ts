/**
 * The error family. Everything that wireline throws on purpose is a `NetError`; its `code` is the contract
 * (`HTTP_CHUNK_SIZE`, `SMTP_BARE_LF`, `NET_TIMEOUT`), its message is for people and may be reworded at any time.
 *
 *     NetError
 *     ├─ ProtocolError      bytes or calls that break the protocol: who, where, which section, what to answer
 *     │   └─ LimitError     legal bytes, but more of them than a limit allows
 *     ├─ ReplyError         a well-formed refusal by the peer (SMTP 5yz, FTP 550): no protocol error
 *     ├─ TimeoutError       a phase took longer than its deadline
 *     ├─ ClosedError        the connection ended while something was still waiting for it
 *     ├─ TlsError           a handshake or an upgrade that could not be trusted
 *     └─ ConnectError       no address of a peer could be reached; has the error of each attempt
 *
 * This file knows no protocol. Each protocol keeps its own table of codes (`errors.ts` in its folder) and its own class that
 * binds `code` to the codes of that table. No input from the network makes a machine throw anything but a
 * `ProtocolError` (of which `LimitError` is one): that sentence is what the fuzz tests check.
 */

/** Options that every error of the family takes. */
export interface NetErrorOptions {
  /** What brought this about; chained, never flattened into the message. */
  readonly cause?: unknown
}

/** The root of the family: an `Error` with a stable, greppable `code`. */
export class NetError extends Error {
  /** The contract. Compare this, not the message. */
  readonly code: string

  constructor(code: string, message: string, options: NetErrorOptions = {}) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Who broke the protocol: `local` is the program that called us, `remote` is the peer. */
export type Side = 'local' | 'remote'

/** One row of a protocol's table of errors: the only place where its text stands. */
export interface ErrorRow {
  /** A clear sentence, without the offending bytes. */
  readonly text: string
  /** The rule that was broken, such as `RFC 9112 §7.1`. */
  readonly rfc: string
  /** The status or reply code with which a server answers it (431, 501), where one is due. */
  readonly hint?: number
}

/** A protocol's table of errors: code to row. */
export type ErrorTable = Readonly<Record<string, ErrorRow>>

/** Where and by whom the protocol was broken. */
export interface ProtocolErrorOptions extends NetErrorOptions {
  /** `remote` unless said otherwise. */
  readonly side?: Side
  /** Octets of this direction's stream before the offending one, counted from its start. */
  readonly offset?: number
  /** A few words that tell this occurrence from others; never secret, never unbounded. */
  readonly detail?: string
}

/** The protocol was broken, by the peer (`remote`) or by a call of ours (`local`). */
export class ProtocolError extends NetError {
  /** Who broke it. */
  readonly side: Side
  /** The rule: `RFC 9112 §7.1`. */
  readonly rfc: string
  /** Octets of the stream before the offending one; `undefined` where it was no byte that offended. */
  readonly offset: number | undefined
  /** The status or reply code to answer with, where one is due. */
  readonly hint: number | undefined

  constructor(code: string, row: ErrorRow, options: ProtocolErrorOptions = {}) {
    super(code, options.detail === undefined ? row.text : `${row.text} (${options.detail})`, options)
    this.side = options.side ?? 'remote'
    this.rfc = row.rfc
    this.offset = options.offset
    this.hint = row.hint
  }
}

/** Legal bytes, but more of them than a limit allows. */
export class LimitError extends ProtocolError {
  /** The limit's name, as it is spelt in the limits object: `maxLineBytes`. */
  readonly limit: string
  /** The value that was passed. */
  readonly max: number

  constructor(code: string, row: ErrorRow, limit: string, max: number, options: ProtocolErrorOptions = {}) {
    super(code, row, { ...options, detail: options.detail ?? `${limit} ${max}` })
    this.limit = limit
    this.max = max
  }
}

/** A well-formed refusal by the peer. `reply` is that protocol's reply, whole. */
export class ReplyError<Reply> extends NetError {
  /** What the peer answered. */
  readonly reply: Reply

  constructor(code: string, message: string, reply: Reply, options: NetErrorOptions = {}) {
    super(code, message, options)
    this.reply = reply
  }
}

/** A phase took longer than its deadline. */
export class TimeoutError extends NetError {
  /** What was being waited for: `connect`, `head`, `idle`... */
  readonly phase: string
  /** How long it was allowed to take, in milliseconds. */
  readonly ms: number

  constructor(phase: string, ms: number, options: NetErrorOptions = {}) {
    super('NET_TIMEOUT', `The ${phase} phase took longer than ${ms} ms`, options)
    this.phase = phase
    this.ms = ms
  }
}

/** The connection ended while something was still waiting for it; `cause` says why, where that is known. */
export class ClosedError extends NetError {
  constructor(message = 'The connection is closed', options: NetErrorOptions = {}) {
    super('NET_CLOSED', message, options)
  }
}

/** The error for whoever asks something of a connection that `reason` has ended. */
export function closedBy(reason: Error | undefined): ClosedError {
  return new ClosedError(undefined, reason === undefined ? {} : { cause: reason })
}

/** A TLS handshake, an upgrade or an end that failed, or that could not be trusted. */
export class TlsError extends NetError {}

/** No address of the peer could be reached. `cause` is the error of the attempt, or an `AggregateError` of several. */
export class ConnectError extends NetError {
  /** The error of each attempt, in the order in which they failed; of the look-up, where that was as far as it got. */
  readonly errors: readonly Error[]

  constructor(target: string, errors: readonly Error[]) {
    const cause = errors.length > 1 ? new AggregateError(errors) : errors[0]
    super('NET_CONNECT', `${NET_TEXT.NET_CONNECT} (${target})`, { cause })
    this.errors = errors
  }
}

/** The codes of this folder's own errors, beside `NET_TIMEOUT` and `NET_CLOSED`. */
export type NetCode =
  | 'NET_ADDRESS_IN_USE'
  | 'NET_ADDRESS_NOT_AVAILABLE'
  | 'NET_ADDRESS_STALE'
  | 'NET_ACCESS_DENIED'
  | 'NET_LISTEN'
  | 'NET_WORKER'
  | 'NET_REFUSED'
  | 'NET_SHUTDOWN'
  | 'NET_CONNECT'
  | 'NET_BUSY'
  | 'NET_ABORTED'
  | 'NET_FORBIDDEN'
  | 'NET_TUNNEL_TARGET'
  | 'NET_TUNNEL_REFUSED'
  | 'NET_TLS_OPTIONS'
  | 'NET_TLS_LEFTOVER'
  | 'NET_TLS_HANDSHAKE'
  | 'NET_TLS_UNTRUSTED'
  | 'NET_TLS_TRUNCATED'
  | 'NET_TLS_CLEAR'

/** Their texts; those of the protocols stand in their own tables. */
const NET_TEXT: Readonly<Record<NetCode, string>> = Object.freeze({
  NET_ADDRESS_IN_USE: 'The address is already in use',
  NET_ADDRESS_NOT_AVAILABLE: 'The address does not belong to this machine',
  NET_ADDRESS_STALE: 'The socket file is left over from a process that is gone: remove it',
  NET_ACCESS_DENIED: 'The system does not allow this process to use the address',
  NET_LISTEN: 'The system refused to listen on the address',
  NET_WORKER: 'A worker process has ended, or could not be started',
  NET_REFUSED: 'The server has too many connections',
  NET_SHUTDOWN: 'The server is shutting down',
  NET_CONNECT: 'No connection could be made',
  NET_BUSY: 'A read is waiting already',
  NET_ABORTED: 'The operation was aborted',
  NET_FORBIDDEN: 'The address is none of the public Internet',
  NET_TUNNEL_TARGET: 'A proxy connects to a host and a port, and to nothing else',
  NET_TUNNEL_REFUSED: 'The proxy refused to connect',
  NET_TLS_OPTIONS: 'The key, certificate or authorities given for TLS cannot be used',
  NET_TLS_LEFTOVER: 'Something arrived behind the command that starts or ends TLS, and before TLS did',
  NET_TLS_HANDSHAKE: 'The TLS handshake failed',
  NET_TLS_UNTRUSTED: "The peer's certificate could not be trusted",
  NET_TLS_TRUNCATED: 'The connection ended without the close_notify of TLS: something may be missing',
  NET_TLS_CLEAR: 'There is no TLS here that may end before the connection does',
})

/** Details that go with a code. */
export interface NetDetailOptions extends NetErrorOptions {
  /** A few words that tell this occurrence from others, such as an address. */
  readonly detail?: string
}

/** The error of a code, with its text. Codes of TLS make a `TlsError`. */
export function netError(code: NetCode, options: NetDetailOptions = {}): NetError {
  const text = options.detail === undefined ? NET_TEXT[code] : `${NET_TEXT[code]} (${options.detail})`
  return code.startsWith('NET_TLS_') ? new TlsError(code, text, options) : new NetError(code, text, options)
}

/** The refusal of a proxy; `reply` is its status (HTTP) or its reply code (SOCKS). */
export function tunnelRefused(reply: number, detail: string): ReplyError<number> {
  return new ReplyError('NET_TUNNEL_REFUSED', `${NET_TEXT.NET_TUNNEL_REFUSED} (${detail})`, reply)
}

/** The codes of the errors of proxies that are asked for a tunnel. */
export type TunnelCode =
  | 'TUNNEL_INCOMPLETE'
  | 'TUNNEL_LINE'
  | 'TUNNEL_LINE_LONG'
  | 'TUNNEL_HEAD_LONG'
  | 'TUNNEL_STATUS_LINE'
  | 'TUNNEL_FIELD'
  | 'TUNNEL_VERSION'
  | 'TUNNEL_METHOD'
  | 'TUNNEL_REPLY'

/** The errors of proxies that are asked for a tunnel, by CONNECT or by SOCKS. */
export const TUNNEL_ERRORS: Readonly<Record<TunnelCode, ErrorRow>> = Object.freeze({
  TUNNEL_INCOMPLETE: { text: 'The proxy ended the connection in the middle of its answer', rfc: 'RFC 9112 §8' },
  TUNNEL_LINE: { text: 'A line of the answer to CONNECT does not end in CR LF', rfc: 'RFC 9112 §2.2' },
  TUNNEL_LINE_LONG: { text: 'A line of the answer to CONNECT is too long', rfc: 'RFC 9110 §5.4' },
  TUNNEL_HEAD_LONG: { text: 'The answer to CONNECT is too long', rfc: 'RFC 9110 §5.4' },
  TUNNEL_STATUS_LINE: { text: 'The answer to CONNECT does not begin with a status line', rfc: 'RFC 9112 §4' },
  TUNNEL_FIELD: { text: 'The answer to CONNECT has a malformed field line', rfc: 'RFC 9112 §5' },
  TUNNEL_VERSION: { text: 'The proxy does not speak version 5 of SOCKS', rfc: 'RFC 1928 §3' },
  TUNNEL_METHOD: { text: 'The proxy chose a method that was not offered', rfc: 'RFC 1928 §3' },
  TUNNEL_REPLY: { text: 'The reply of the proxy is malformed', rfc: 'RFC 1928 §6' },
})

/** The codes of the PROXY protocol's errors. */
export type ProxyCode =
  | 'PROXY_SIGNATURE'
  | 'PROXY_INCOMPLETE'
  | 'PROXY_LINE'
  | 'PROXY_TOO_LONG'
  | 'PROXY_COMMAND'
  | 'PROXY_FAMILY'
  | 'PROXY_ADDRESSES'
  | 'PROXY_TLV'

/** The errors of the PROXY protocol; sections of haproxy's proxy-protocol.txt. */
export const PROXY_ERRORS: Readonly<Record<ProxyCode, ErrorRow>> = Object.freeze({
  PROXY_SIGNATURE: { text: 'The connection does not begin with a PROXY header', rfc: 'PROXY protocol §2' },
  PROXY_INCOMPLETE: { text: 'The connection ended within its PROXY header', rfc: 'PROXY protocol §2' },
  PROXY_LINE: { text: 'The PROXY line is malformed', rfc: 'PROXY protocol §2.1' },
  PROXY_TOO_LONG: { text: 'The PROXY header is too long', rfc: 'PROXY protocol §2' },
  PROXY_COMMAND: { text: 'The PROXY header has an unknown version or command', rfc: 'PROXY protocol §2.2' },
  PROXY_FAMILY: {
    text: 'The PROXY header names a family or transport that is no stream',
    rfc: 'PROXY protocol §2.2',
  },
  PROXY_ADDRESSES: { text: 'The PROXY header is too short for its addresses', rfc: 'PROXY protocol §2.2' },
  PROXY_TLV: { text: 'The PROXY header has a vector that does not fit into it', rfc: 'PROXY protocol §2.2.1' },
})
