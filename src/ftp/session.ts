/**
 * One session of a server, as the commands see it: who is there, where they stand, what is set, which data connection waits, which
 * transfer runs. What a command does to it is in `verbs/`; how lines become commands is in `server-connection.ts`.
 */
import { COMMANDS, type Permission, type Verb } from './commands.ts'
import type { ControlConnection } from './connection.ts'
import { ActivePort, isPortAllowed } from './active.ts'
import type { HostPort } from './address.ts'
import { PassivePort, type DataPort } from './data.ts'
import { ServerDtp } from './server-dtp.ts'
import type { ServerIn, ServerOut } from './events.ts'
import type { Peer } from './handlers.ts'
import { ALL_FACTS, type FactName } from './listing/mlsx.ts'
import type { HashName } from './hash-names.ts'
import type { ServerMachine } from './machine.ts'
import { resolvePath, ROOT, type VirtualPath } from './path.ts'
import { asError, Refusal } from './refusal.ts'
import { SECURITY_ROWS } from './rows/security.ts'
import type { ServerContext } from './server-options.ts'
import { ServerTls } from './server-tls.ts'
import { StorageError, type Capability, type Storage } from './storage/storage.ts'
import type { FinalReply } from './transfer.ts'

/** Who is there. */
export type Identity =
  | { readonly is: 'nobody' }
  | { readonly is: 'named'; readonly user: string; readonly password: string }
  | { readonly is: 'user'; readonly user: string; readonly storage: Storage }

/** The data connection of the transfer to come. */
export type Rendezvous = { readonly is: 'none' } | { readonly is: 'arranged'; readonly port: DataPort }

/** What runs beside the dialogue. `over` never rejects. */
export type Running =
  { readonly is: 'nothing' } | { readonly is: 'transfer'; readonly dtp: ServerDtp; readonly over: Promise<void> }

/** Who has a session, and what that is told. */
export interface SessionOwner {
  /** A transfer is over and answered. */
  onTransferOver(): void
}

const NOBODY: Identity = Object.freeze({ is: 'nobody' })
const NO_RENDEZVOUS: Rendezvous = Object.freeze({ is: 'none' })
const NOTHING: Running = Object.freeze({ is: 'nothing' })

/** What a storage must be able to do for each permission. */
const NEEDS: { readonly [P in Permission]: Capability | undefined } = {
  a: 'append',
  d: 'remove',
  e: undefined,
  f: 'rename',
  l: undefined,
  m: 'directories',
  r: undefined,
  w: 'write',
  M: 'modes',
  T: 'times',
}

/** The state of one session. */
export class ServerSession {
  /** The dialogue. */
  readonly control: ControlConnection<ServerIn, ServerOut>
  /** Its machine: for the marker of REST and the path of RNFR. */
  readonly machine: ServerMachine
  /** What this session has in common with the others. */
  readonly context: ServerContext
  /** TLS, of this control connection and of its data connections; `undefined` where the server has none. */
  readonly tls: ServerTls | undefined
  /** The working directory. */
  directory: VirtualPath = ROOT
  /** TYPE: A, or I (which L 8 is too). */
  type: 'A' | 'I' = 'A'
  /** The facts that OPTS MLST has selected. */
  facts: ReadonlySet<FactName> = ALL_FACTS
  /** Whether EPSV ALL has forbidden every other way to a data connection (RFC 2428 §4). */
  passive: 'any' | 'extendedOnly' = 'any'
  /** The hash that OPTS HASH has selected. */
  hash: HashName = 'SHA-256'
  /** What new files and directories may not be used for; `undefined` where that is left to the storage. */
  umask: number | undefined = undefined
  /** What HOST has named. */
  host: string | undefined = undefined
  /** Octets that ALLO has announced for the upload to come. */
  allocation: number | undefined = undefined
  /** Logins that have failed on this connection. */
  loginFailures = 0
  #identity: Identity = NOBODY
  #rendezvous: Rendezvous = NO_RENDEZVOUS
  #running: Running = NOTHING
  readonly #owner: SessionOwner

  constructor(
    control: ControlConnection<ServerIn, ServerOut>,
    machine: ServerMachine,
    context: ServerContext,
    owner: SessionOwner,
  ) {
    this.control = control
    this.machine = machine
    this.context = context
    this.tls = context.tls === undefined ? undefined : new ServerTls(context.tls, context.leniency)
    this.#owner = owner
  }

  /** Who is there. */
  get identity(): Identity {
    return this.#identity
  }

  /** Somebody else is there from now on. Answers `false`, and nobody is, where the user has too many sessions already. */
  identify(identity: Identity): boolean {
    const { users, limits } = this.context
    if (this.#identity.is === 'user') users.give(this.#identity.user)
    const isIn = identity.is !== 'user' || users.take(identity.user, limits.maxSessionsPerUser)
    this.#identity = isIn ? identity : NOBODY
    return isIn
  }

  /** Begins anew, as behind the greeting: nobody is there, and nothing is set (RFC 4217 §4, RFC 959 §4.1.1 REIN). */
  reinitialize(): void {
    this.identify(NOBODY)
    this.directory = ROOT
    this.type = 'A'
    this.facts = ALL_FACTS
    this.hash = 'SHA-256'
    this.passive = 'any'
    this.umask = undefined
    this.host = undefined
    this.allocation = undefined
  }

  /** What runs beside the dialogue. */
  get running(): Running {
    return this.#running
  }

  /** The data connection of the transfer to come. */
  get rendezvous(): Rendezvous {
    return this.#rendezvous
  }

  /** The user's storage. Throws where nobody is logged in, which the table of commands does not let happen. */
  get storage(): Storage {
    if (this.#identity.is !== 'user') throw new StorageError('denied')
    return this.#identity.storage
  }

  /** The name that was given by USER. */
  get user(): string {
    return this.#identity.is === 'nobody' ? '' : this.#identity.user
  }

  /** The client. */
  get peer(): Peer {
    const { remote, tls } = this.control.socket
    return { address: remote, tls }
  }

  /** Answers a command. Resolves when there is room for more; rejects where the reply may not be sent, or the connection is gone. */
  async reply(to: Verb, code: number, ...lines: string[]): Promise<void> {
    await this.control.send({ type: 'reply', to, code, lines })
  }

  /** Whether a password that was said now could be overheard, and must not be (RFC 4217 §10.1). */
  get isLoginInTheClear(): boolean {
    const { security } = this.machine
    return (
      this.tls !== undefined && this.tls.policy.required !== 'never' && (security === 'clear' || security === 'cleared')
    )
  }

  /** Where a path of the client leads; the working directory for none. Throws where a name in it cannot be. */
  resolve(text: string | undefined): VirtualPath {
    const path = resolvePath(this.directory, text ?? '')
    if (path === undefined) throw new StorageError('name')
    return path
  }

  /** Whether the storage can do what a permission stands for. */
  may(permission: Permission): boolean {
    const capability = NEEDS[permission]
    return capability === undefined || this.storage.capabilities.has(capability)
  }

  /** Throws a refusal where the storage cannot do what a permission stands for. */
  demand(permission: Permission): void {
    if (!this.may(permission)) throw new Refusal([550, 553], 'Not allowed here')
  }

  /**
   * Whether FEAT may name a command: those of TLS only where there is TLS (RFC 4217 §6), CCC where it is allowed, HOST only where there are hosts, and to a user
   * only what the storage can do.
   */
  offers(verb: Verb): boolean {
    const { permission, capability } = COMMANDS[verb]
    if (verb === 'CCC') return this.tls?.policy.clearing === 'allowed'
    if (Object.hasOwn(SECURITY_ROWS, verb)) return this.tls !== undefined
    if (verb === 'HOST') return this.context.handlers.host !== undefined
    if (this.#identity.is !== 'user') return true
    const isAble = capability === 'none' || this.storage.capabilities.has(capability)
    return isAble && (permission === 'none' || this.may(permission))
  }

  /** The mode of a new file or directory, of those that the system may allow; `undefined` where that is left to the storage. */
  newMode(most: number): number | undefined {
    return this.umask === undefined ? undefined : most & ~this.umask
  }

  /** Opens a passive port in place of the last one. Throws a refusal where there is none to be had. */
  async listen(): Promise<PassivePort> {
    await this.forgetRendezvous()
    const { socket } = this.control
    const { local, remote } = socket
    const { passivePorts, fxp, proxyFrom, timers, onError } = this.context
    try {
      const port = await PassivePort.open({ local, remote, fxp, proxyFrom, ports: passivePorts, timers })
      this.#arrange(port)
      return port
    } catch (error) {
      onError(asError(error))
      throw new Refusal([425], 'No port is free for a data connection')
    }
  }

  /** Takes note of where to connect to, in place of the last arrangement. Throws a refusal where that may not be. */
  async appoint(target: HostPort): Promise<void> {
    const { local, remote } = this.control.socket
    const { fxp, activeSourcePort: sourcePort, timers } = this.context
    if (!isPortAllowed(target, remote, fxp))
      throw new Refusal([504], 'Data go to your own address alone, and to ports from 1024')
    await this.forgetRendezvous()
    this.#arrange(new ActivePort({ local, target, sourcePort, timers }))
  }

  /** Gives up the data connection of the transfer to come. */
  async forgetRendezvous(): Promise<void> {
    const rendezvous = this.#rendezvous
    this.#rendezvous = NO_RENDEZVOUS
    if (rendezvous.is === 'arranged') await rendezvous.port.release()
  }

  /** The data connection for a transfer. Throws a refusal where none was arranged: nobody waits at the default port of RFC 959 §3.2. */
  expectRendezvous(): DataPort {
    this.tls?.check(this.machine.protection)
    if (this.#rendezvous.is === 'arranged') return this.#rendezvous.port
    throw new Refusal([425], 'Send EPSV, PASV, EPRT or PORT first')
  }

  /**
   * Begins a transfer whose source or sink is open: answers 125 or 150, and lets it run beside the dialogue. When it is over,
   * `onOver` is told, and the final reply is sent.
   */
  async transfer(
    verb: Verb,
    text: string,
    move: (dtp: ServerDtp) => Promise<FinalReply>,
    onOver: OnOver,
  ): Promise<void> {
    const port = this.expectRendezvous()
    this.#rendezvous = NO_RENDEZVOUS
    const side = verb === 'STOR' || verb === 'STOU' || verb === 'APPE' ? 'C' : 'S'
    const { limits, timeouts, timers, uploadSettleMs: settleMs, onError } = this.context
    const tls = this.machine.protection === 'P' ? this.tls : undefined
    const onOctets = (octets: number): void => this.control.noteContent(side, octets)
    const dtp = new ServerDtp({ verb, port, tls, limits, timeouts, settleMs, timers, onOctets, onError })
    await this.reply(verb, port.state === 'open' ? 125 : 150, text).catch(() => dtp.abort())
    this.#running = { is: 'transfer', dtp, over: this.#conduct(dtp, move, onOver) }
  }

  /** Breaks off the transfer, if one runs, and waits until its final reply is sent. Answers whether one did. */
  async abort(): Promise<boolean> {
    if (this.#running.is === 'nothing') return false
    const { dtp, over } = this.#running
    dtp.abort()
    await over
    return true
  }

  /** From here on this is the data connection of the transfer to come; a server that closes lets go of it, too. */
  #arrange(port: DataPort): void {
    const { ports } = this.context
    ports.add(port)
    void port.released.then(() => ports.delete(port))
    this.#rendezvous = { is: 'arranged', port }
  }

  async #conduct(dtp: ServerDtp, move: (dtp: ServerDtp) => Promise<FinalReply>, onOver: OnOver): Promise<void> {
    const reply = await move(dtp)
    this.#running = NOTHING
    onOver(reply, dtp.bytes)
    // Where the control connection is gone there is nobody to tell.
    await this.reply(dtp.verb, reply.code, reply.text).catch(() => {})
    this.#owner.onTransferOver()
  }
}

/** Told of the end of a transfer. */
export type OnOver = (reply: FinalReply, bytes: number) => void
