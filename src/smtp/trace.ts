/**
 * The trace of a message: who gave it to us and when, and whom to tell when it cannot be delivered (RFC 5321 §4.4). Both lines stand
 * before all others; what stood there before is never touched.
 *
 *     Return-Path: <a@x.test>
 *     Received: from client.example ([192.0.2.7])
 *      by mx.example.test with ESMTP id 3f7a0c21d5e4
 *      for <b@y.test>; Sun, 22 Nov 2026 11:02:14 +0100
 *
 * Every part is made from a parsed value, so nothing that a client says can begin another field.
 */
import { randomBytes } from 'node:crypto'
import type { Address, TlsInfo } from '../net/socket.ts'
import { parseAddressLiteral, parseDomain } from './grammar.ts'
import { writePath } from './address.ts'
import type { Hello } from './events.ts'
import type { Envelope } from './transaction.ts'
import type { Charset } from './utf8.ts'

/** What a trace is made of. */
export interface TraceOptions {
  /** Our own name. */
  readonly hostname: string
  /** The client's end of the connection. */
  readonly address: Address
  /** How the client has named itself; `undefined` where it never had to. */
  readonly hello: Hello | undefined
  /** What protects the connection, if anything does. */
  readonly tls: TlsInfo | undefined
  /** As whom the client has logged in, if it has. Only that it did is told. */
  readonly user?: string | undefined
  /** The message's sender and recipients. */
  readonly envelope: Envelope
  /** When it came. Default now. */
  readonly date?: Date
  /** What we call the message: an Atom. Default a random one. */
  readonly id?: string
}

/** The trace of one message. */
export class Trace {
  readonly #options: TraceOptions
  readonly #date: Date
  #id: string | undefined

  constructor(options: TraceOptions) {
    this.#options = options
    this.#date = options.date ?? new Date()
    this.#id = options.id
  }

  /** What we call the message, in the trace and in replies. Made up when it is first asked for: chance is dear. */
  get id(): string {
    return (this.#id ??= randomBytes(6).toString('hex'))
  }

  /** `Return-path-line = "Return-Path:" FWS Reverse-path <CRLF>`: for final delivery alone, and exactly once. */
  get returnPath(): string {
    return `Return-Path: ${writePath(this.#options.envelope.from, charsetOf(this.#options.envelope)) ?? '<>'}\r\n`
  }

  /**
   *     Time-stamp-line  = "Received:" FWS Stamp <CRLF>
   *     Stamp            = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
   *
   * `for` is there for a single recipient only: of several, none should learn of the others (§4.4, §7.2).
   */
  get received(): string {
    const { hostname, envelope } = this.#options
    const [recipient, ...others] = envelope.recipients
    const protocol = protocolOf(this.#options)
    const path =
      others.length === 0 && recipient !== undefined ? writePath(recipient.path, charsetOf(envelope)) : undefined
    return [
      `Received: from ${this.#from()}`,
      ` by ${hostname} with ${protocol} id ${this.id}${path === undefined ? '' : `\r\n for ${path}`}; ${dateTime(this.#date)}`,
      '',
    ].join('\r\n')
  }

  /** The message with both lines before it, for final delivery. */
  async *before(
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    yield Buffer.from(this.returnPath + this.received, 'utf8')
    yield* content
  }

  /**
   *     Extended-Domain  = Domain / ( Domain FWS "(" TCP-info ")" ) / ( address-literal FWS "(" TCP-info ")" )
   *
   * A name that the leniency let pass and that is no domain is not repeated: it may hold a `)`.
   */
  #from(): string {
    const { hello, address } = this.#options
    const literal = literalOf(address)
    const named = hello === undefined ? undefined : (parseDomain(hello.domain) ?? parseAddressLiteral(hello.domain))
    const name = named ?? literal ?? 'unknown'
    return literal === undefined ? name : `${name} (${literal})`
  }
}

/** What the addresses of a message may be made of. */
function charsetOf({ parameters }: Envelope): Charset {
  return parameters.SMTPUTF8 === true ? 'utf8' : 'ascii'
}

/**
 * What the message came by, as IANA has registered it: `ESMTP`, with `S` for TLS and `A` for a login (RFC 3848); `LMTP`; and what SMTPUTF8 was
 * used in has `UTF8` in front (RFC 6531 §4.3).
 */
function protocolOf({ hello, tls, user, envelope }: TraceOptions): string {
  if (hello?.type === 'helo' || hello === undefined) return 'SMTP'
  const isUtf8 = envelope.parameters.SMTPUTF8 === true
  const kind = hello.type === 'lhlo' ? 'LMTP' : isUtf8 ? 'SMTP' : 'ESMTP'
  return `${isUtf8 ? 'UTF8' : ''}${kind}${tls === undefined ? '' : 'S'}${user === undefined ? '' : 'A'}`
}

/** An address as a literal (RFC 5321 §4.1.3); `undefined` for one that is not on a network. */
export function literalOf(address: Address): string | undefined {
  if (address.family === 'IPv4') return `[${address.host}]`
  return address.family === 'IPv6' ? parseAddressLiteral(`[IPv6:${address.host}]`) : undefined
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `date-time` of RFC 5322 §3.3, in local time with its offset, as RFC 5321 §4.4 wants it. */
function dateTime(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const offset = -date.getTimezoneOffset()
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`
  const day = `${DAYS[date.getDay()]}, ${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`
}
