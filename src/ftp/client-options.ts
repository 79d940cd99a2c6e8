/** What a client can be told: how to connect, and how each call is to go. Types and their defaults in words; who follows them is elsewhere. */
import type { Dial, DialOptions } from '../net/dial.ts'
import type { Socket } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
import type { ClientTlsOptions } from './client-tls.ts'
import type { Leniency, Limits, Timeouts } from './limits.ts'
import type { FormatName } from './listing/format.ts'

/** How to connect. */
export interface ConnectOptions extends Omit<DialOptions, 'tls' | 'timeoutMs'> {
  /** The user's name, in place of the URL's. Default `anonymous`. */
  readonly user?: string
  /** The password, in place of the URL's. Default `anonymous@`. */
  readonly password?: string
  /** What is said to a server that wants an account behind the password (332, ACCT). Default: none, and the login fails. */
  readonly account?: string
  /** Which of the hosts at this address is meant (HOST, RFC 7151), said before the login. Default: HOST is not said. */
  readonly virtualHost?: string
  /** The language of the server's texts (LANG, RFC 2640 §4), such as `en`, asked for behind the login. Default: LANG is not said. */
  readonly language?: string
  /**
   * TLS: behind AUTH, or with the first octet where `mode` or the URL (`ftps:`) says so. A server that has none is an error. Default: none for
   * `ftp:`, and the password is sent in the clear.
   */
  readonly tls?: ClientTlsOptions
  /**
   * Makes the connections, control and data: a tunnel through a proxy (`httpTunnel`, `socksTunnel` of `wireline/net`), say. Data connections
   * are then dialled to the host of the URL, since the peer of the control connection is the proxy. Default: `dial`.
   */
  readonly dial?: Dial
  /**
   * Who opens data connections: `passive` dials the server (EPSV, PASV), `active` waits for it on a port of this machine (EPRT, PORT),
   * which the server must be able to reach. Default `passive`.
   */
  readonly mode?: 'passive' | 'active'
  /** The first and the last port on which data connections are waited for in active mode. Default: any that is free. */
  readonly activePorts?: readonly [first: number, last: number]
  /** How far the server's clock is ahead of UTC, in minutes, for listings that do not say (LIST). Default 0. */
  readonly serverOffsetMinutes?: number
  /** Replaces some of `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>
  /** Replaces some of `DEFAULT_TIMEOUTS`. */
  readonly timeouts?: Partial<Timeouts>
  /** Replaces some of `STRICT`. */
  readonly leniency?: Partial<Leniency>
  /** Makes the transcript of the connection, where one is wanted. Passwords are never in it. */
  readonly transcript?: (socket: Socket) => Transcript | undefined
}

/** A client on a socket that is connected already. */
export interface ClientOptions extends ConnectOptions {
  /** The server's name, for a `dial` that goes through a proxy. Default: the address of the socket's peer. */
  readonly host?: string
}

/** What may break a call off. */
export interface CallOptions {
  /** Breaks it off: with ABOR where a transfer runs, and the session goes on. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** How to transfer. */
export interface TransferCallOptions extends CallOptions {
  /**
   * `binary` leaves the octets as they are (TYPE I); `ascii` makes the line ends those of the other side (TYPE A): LF here, CR LF on the
   * wire. Default `binary`.
   */
  readonly type?: 'binary' | 'ascii'
  /** Told of all octets so far that have crossed the data connection, with each chunk. */
  readonly onProgress?: (bytes: number) => void
}

/** How to download. */
export interface GetOptions extends TransferCallOptions {
  /** The index of the first octet that is wanted (REST). Default 0. Not with `ascii`: nobody can say where an octet of a text is. */
  readonly from?: number
}

/** How to upload. */
export interface PutOptions extends TransferCallOptions {
  /**
   * Where in the remote file the source's first octet goes: what is before it stays (REST). Default 0: the file is replaced. Not with
   * `ascii`.
   */
  readonly from?: number
}

/** How to list. */
export interface ListOptions extends CallOptions {
  /**
   * What the listing is written in, where it could be read in two ways or MLSD is not to be trusted: then LIST is asked for. Default: MLSD
   * where the server has it, else LIST in whatever format the lines have.
   */
  readonly listFormat?: FormatName
}

/** What can be uploaded: octets, a text (as UTF-8), or anything that gives octets bit by bit, Node's and the web's streams included. */
export type UploadSource = Uint8Array | string | Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>
