/**
 * The client of a session, as handlers see it: what is known by its connection, by TLS, by its own word, and by its login; and what a
 * trusted proxy says of it in its place (XCLIENT, XFORWARD).
 *
 *     the connection    address, tls
 *     EHLO              hello                      forgotten with STARTTLS and XCLIENT
 *     AUTH              user                       forgotten with STARTTLS and XCLIENT (RFC 3207 §4.2)
 *     XCLIENT           address, name, hello, user in place of what was known, hello until EHLO; forgotten with STARTTLS
 *     XFORWARD          forwarded                  for the logs; forgotten with the message that it is about
 */
import { ipAddress, parseIp } from '../net/address.ts'
import type { Address, Socket, TlsInfo } from '../net/socket.ts'
import { parseHost } from './address.ts'
import type { Hello } from './events.ts'
import type { PeerAttributes } from './peer-attributes.ts'
import type { ServerMachine } from './receiver.ts'

/** The client, as far as it is known. */
export interface Peer {
  /** Where it connects from; behind a trusted proxy, what that says (PROXY header, XCLIENT). */
  readonly address: Address
  /** What TLS agreed on; `undefined` in the clear. Behind a proxy, that of the proxy. */
  readonly tls: TlsInfo | undefined
  /** How it has named itself, once it has, or a trusted proxy has said so. Anybody can say anything here. */
  readonly hello: Hello | undefined
  /** As whom it has logged in; `undefined` where it has not. */
  readonly user: string | undefined
  /** Its name in the DNS, as a trusted proxy has found it; `undefined` where none has said. */
  readonly name: string | undefined
  /** What a trusted proxy says of the message that follows: to be logged, not to be obeyed. */
  readonly forwarded: PeerAttributes | undefined
}

/** The client of one session, whose machine changes with STARTTLS. */
export class SessionPeer implements Peer {
  readonly #socket: Socket
  #machine: ServerMachine
  /** The name of somebody else, as long as the machine has it. */
  #formerHello: Hello | undefined
  #proxied: PeerAttributes = {}
  #user: string | undefined
  #forwarded: PeerAttributes | undefined

  /** Of whom nothing is known but its connection. */
  constructor(socket: Socket, machine: ServerMachine) {
    this.#socket = socket
    this.#machine = machine
  }

  /** As `Peer` has it. */
  get address(): Address {
    const { ADDR, PORT } = this.#proxied
    const bytes = ADDR === undefined ? undefined : parseIp(ADDR)
    return bytes === undefined ? this.#socket.remote : ipAddress(bytes, typeof PORT === 'number' ? PORT : 0)
  }

  /** As `Peer` has it. */
  get tls(): TlsInfo | undefined {
    return this.#socket.tls
  }

  /** As `Peer` has it. What XCLIENT has told of it outlives the return to the beginning that XCLIENT is, up to the next EHLO (XCLIENT_README). */
  get hello(): Hello | undefined {
    const { hello } = this.#machine
    if (hello !== this.#formerHello) return hello
    const { HELO = '', PROTO } = this.#proxied
    const domain = parseHost(HELO)
    return domain === undefined ? undefined : { type: PROTO === 'SMTP' ? 'helo' : 'ehlo', domain }
  }

  /** As `Peer` has it. */
  get user(): string | undefined {
    return this.#user
  }

  /** As `Peer` has it. */
  get name(): string | undefined {
    const { NAME } = this.#proxied
    return NAME === undefined || isUnavailable(NAME) ? undefined : NAME
  }

  /** As `Peer` has it. */
  get forwarded(): PeerAttributes | undefined {
    return this.#forwarded
  }

  /** A login has succeeded. */
  logIn(user: string): void {
    this.#user = user
  }

  /** XCLIENT: it is somebody else from now on, of whom only this is known. What is not said again stays as it was said before. */
  become(attributes: PeerAttributes): void {
    const { LOGIN } = attributes
    this.#formerHello = this.#machine.hello
    this.#proxied = { ...this.#proxied, ...attributes }
    this.#user = LOGIN === undefined || isUnavailable(LOGIN) ? undefined : LOGIN
    this.#forwarded = undefined
  }

  /** XFORWARD: one more thing about the message that follows. */
  forward(attributes: PeerAttributes): void {
    this.#forwarded = { ...this.#forwarded, ...attributes }
  }

  /** The message is over that was spoken of. */
  forgetForwarded(): void {
    this.#forwarded = undefined
  }

  /** STARTTLS: all that was said in the clear might have been said by anybody. */
  beginAnew(machine: ServerMachine): void {
    this.#machine = machine
    this.#proxied = {}
    this.#user = undefined
    this.#forwarded = undefined
  }
}

function isUnavailable(value: string): boolean {
  return value === '[UNAVAILABLE]' || value === '[TEMPUNAVAIL]'
}
