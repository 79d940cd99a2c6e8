/**
 * The user's protocol interpreter (RFC 959 §2.3): one control connection, from the greeting to the goodbye. It logs in, learns what the
 * server can do, asks one thing at a time, and begins transfers. What is asked, and what the answers mean for whoever
 * called, is in `client.ts`.
 *
 *     greeting ──> (AUTH) ──> (HOST) ──> USER ──> (PASS) ──> (ACCT) ──> (PBSZ, PROT) ──> FEAT ──> (OPTS UTF8) ──> (LANG) ──> (CCC) ──> one command after another
 *
 * RFC 959 §4.1.1, RFC 2389 §3, RFC 2640 §4, RFC 7151 §3.
 */
import { ClosedError } from '../net/errors.ts'
import { dial as directDial } from '../net/dial.ts'
import type { Socket } from '../net/socket.ts'
import { timers as defaultTimers, type TimerWheel } from '../net/timers.ts'
import { ActiveWay } from './awaited.ts'
import type { DataWay } from './appointment.ts'
import type { ClientOptions, GetOptions } from './client-options.ts'
import { ClientTls } from './client-tls.ts'
import { ControlConnection, type Patience, type Patient } from './connection.ts'
import { Dialogue } from './dialogue.ts'
import { localError } from './errors.ts'
import type { ClientIn, ClientOut, Command, OtherCommand, Reply } from './events.ts'
import { NO_FEATURES, parseFeatures, type Features } from './features.ts'
import { mergeLeniency, mergeLimits, mergeTimeouts, type Limits, type Timeouts } from './limits.ts'
import { ClientMachine } from './machine.ts'
import { PassiveWay } from './passive.ts'
import { FtpReplyError } from './reply.ts'
import { Turns } from './turns.ts'
import { UserDtp } from './user-dtp.ts'
import { writeClientEvent } from './writer.ts'

/** One control connection, from the client's side. */
export class UserPi implements Patient {
  /** Who may ask: one at a time, and a transfer is one. */
  readonly turns: Turns = new Turns()
  readonly #socket: Socket
  readonly #control: ControlConnection<ClientIn, ClientOut>
  readonly #dialogue: Dialogue
  readonly #way: DataWay
  readonly #tls: ClientTls | undefined
  readonly #limits: Limits
  readonly #timeouts: Timeouts
  readonly #timers: TimerWheel
  readonly #options: ClientOptions
  #features: Features = NO_FEATURES
  /** What TYPE is on the server; it begins with A (RFC 959 §3.1.1). */
  #type: 'A' | 'I' | 'unknown' = 'A'
  /** Whether data move: then no reply is due. */
  #data: 'still' | 'moving' = 'still'

  /** On a socket that is connected. */
  constructor(socket: Socket, options: ClientOptions) {
    this.#socket = socket
    this.#options = options
    this.#limits = mergeLimits(options.limits)
    this.#timeouts = mergeTimeouts(options.timeouts)
    this.#timers = options.timers ?? defaultTimers
    const machine = new ClientMachine(options)
    this.#control = new ControlConnection(socket, machine, {
      patient: this,
      stallMs: this.#timeouts.stallMs,
      transcript: options.transcript?.(socket),
    })
    this.#dialogue = new Dialogue(this.#control, machine)
    this.#way = this.#wayOf(options)
    const { tls, host } = options
    this.#tls = tls === undefined ? undefined : new ClientTls(tls, host, mergeLeniency(options.leniency))
  }

  /** What the server can do beyond RFC 959. */
  get features(): Features {
    return this.#features
  }

  /** Waits for the greeting and logs in. Rejects with `FtpReplyError` where the server refuses any of it. */
  async login(user: string, password: string): Promise<void> {
    const { virtualHost, account, language } = this.#options
    await this.#greet()
    // RFC 7151 §3.1: before the login, since it says whose users are meant.
    if (virtualHost !== undefined) await this.ask({ type: 'otherCommand', verb: 'HOST', argument: virtualHost })
    let reply = await this.ask({ type: 'command', verb: 'USER', argument: user })
    if (reply.code === 331) reply = await this.ask({ type: 'command', verb: 'PASS', argument: password })
    if (reply.code === 332 && account !== undefined)
      reply = await this.ask({ type: 'otherCommand', verb: 'ACCT', argument: account })
    // What still wants something more is no login.
    if (reply.code >= 300) throw new FtpReplyError(reply)
    await this.#protectData()
    await this.discover()
    if (language !== undefined) await this.ask({ type: 'otherCommand', verb: 'LANG', argument: language })
    await this.#clearControl()
  }

  /**
   * Hears the greeting, and sees to it that nothing more is said in the clear where TLS is wanted: a greeting that logs us in (230), or a
   * server that has no AUTH, is no reason to go on without.
   */
  async #greet(): Promise<void> {
    const tls = this.#tls
    if (tls?.mode === 'implicit') await this.#control.joinTls(tls.control)
    await this.#dialogue.greeting()
    if (tls?.mode !== 'explicit') return
    const reply = await this.ask({ type: 'command', verb: 'AUTH', argument: 'TLS' })
    // No other reply is an agreement (RFC 4217 §4.2).
    if (reply.code !== 234) throw new FtpReplyError(reply)
    await this.#control.joinTls(tls.control)
  }

  /** Says how data connections are to be. Without PBSZ in front of it, PROT is refused (RFC 4217 §9). */
  async #protectData(): Promise<void> {
    if (this.#tls === undefined) return
    await this.ask({ type: 'command', verb: 'PBSZ', argument: 0 })
    await this.ask({ type: 'command', verb: 'PROT', argument: this.#tls.protection })
  }

  /** Takes TLS off the control connection, where that is wanted (RFC 4217 §5). What PROT has set stays. */
  async #clearControl(): Promise<void> {
    if (this.#tls?.ending !== 'clear') return
    const reply = await this.ask({ type: 'command', verb: 'CCC', argument: undefined })
    // No other reply has both ends agree on it.
    if (reply.code !== 200) throw new FtpReplyError(reply)
    await this.#control.leaveTls(this.#tls.clearing)
  }

  /** Learns what the server can do, anew. That it does not know FEAT says nothing (RFC 2389 §3.2). */
  async discover(): Promise<void> {
    const reply = await this.#dialogue.ask({ type: 'command', verb: 'FEAT', argument: undefined }).final
    this.#features = reply === undefined ? NO_FEATURES : parseFeatures(reply)
    // Some servers keep to their code page until they are told (RFC 2640 does not ask for this).
    if (this.#features.has('UTF8')) {
      const options = { name: 'UTF8', options: 'ON' }
      await this.#dialogue.ask({ type: 'command', verb: 'OPTS', argument: options }).final
    }
  }

  /** Asks, and rejects with `FtpReplyError` where the answer is a refusal. Only to be called in a turn. */
  ask(command: Command | OtherCommand): Promise<Reply> {
    return this.#dialogue.expect(command)
  }

  /** Asks what may change anything, and answers whatever the server does. Only to be called in a turn. */
  async askAnything(command: OtherCommand): Promise<Reply> {
    const { final } = this.#dialogue.ask(command)
    this.#type = 'unknown'
    return (await final) ?? Promise.reject(new ClosedError('The server did not answer'))
  }

  /** TYPE, where it is another one. Only to be called in a turn. */
  async setType(code: 'A' | 'I'): Promise<void> {
    if (this.#type === code) return
    const argument = code === 'I' ? { code } : ({ code, format: 'N' } as const)
    await this.ask({ type: 'command', verb: 'TYPE', argument })
    this.#type = code
  }

  /**
   * Opens a data connection and begins a transfer on it. Only to be called in a turn, and `onOver` is called when that may end: when the
   * transfer is over, or has not begun. It may be called twice.
   */
  async transfer(command: Command, options: GetOptions, onOver: () => void): Promise<UserDtp> {
    try {
      return await this.#begin(command, options, onOver)
    } catch (error) {
      onOver()
      throw error
    }
  }

  async #begin(command: Command, options: GetOptions, onOver: () => void): Promise<UserDtp> {
    const { from = 0, type = 'binary', signal, onProgress } = options
    // What cannot be written, or not be done, is refused before anything is begun.
    writeClientEvent(command)
    const restart = from === 0 ? undefined : ({ type: 'command', verb: 'REST', argument: from } as const)
    if (restart !== undefined) writeClientEvent(restart)
    if (restart !== undefined && type === 'ascii') throw localError('FTP_RESTART_TEXT')
    const isUpload = command.verb === 'STOR' || command.verb === 'APPE'
    if (isUpload || command.verb === 'RETR') await this.setType(type === 'ascii' ? 'A' : 'I')
    const agreed = await this.#way.appoint(signal)
    const appointment = this.#tls?.protect(agreed, isUpload ? 'send' : 'receive') ?? agreed
    try {
      if (restart !== undefined) await this.ask(restart)
      const dtp = new UserDtp(command, {
        dialogue: this.#dialogue,
        appointment,
        limits: this.#limits,
        timeouts: this.#timeouts,
        timers: this.#timers,
        signal,
        onMoving: (isMoving) => this.#setMoving(isMoving),
        onOctets: this.#counter(isUpload ? 'C' : 'S', onProgress),
        onOver,
      })
      await dtp.begun()
      return dtp
    } catch (error) {
      appointment.release()
      throw error
    }
  }

  /** Says goodbye and closes the connection. Resolves when it is closed; a server that is gone already is no error. */
  async quit(): Promise<void> {
    const endTurn = await this.turns.take()
    try {
      if (!this.#dialogue.isOver) await this.#dialogue.ask({ type: 'command', verb: 'QUIT', argument: undefined }).final
    } catch {
      // What was to be ended has ended.
    } finally {
      endTurn()
      this.#dialogue.close(new ClosedError('The session was ended by quit()'))
      await this.#control.close()
    }
  }

  /** Cuts the connection at once. Whoever waits is rejected, with `reason` if there is one. */
  destroy(reason?: Error): void {
    this.#dialogue.close(reason)
    this.#socket.destroy(reason)
  }

  /** How this session comes to its data connections. */
  #wayOf({ mode, dial, host, timers, localAddress, activePorts }: ClientOptions): DataWay {
    const { local, remote } = this.#socket
    if (mode === 'active') {
      const timeoutMs = this.#timeouts.dataMs
      return new ActiveWay(this.#dialogue, { local, remote, ports: activePorts, timeoutMs, timers: this.#timers })
    }
    const peer = 'host' in remote ? remote.host : undefined
    return new PassiveWay(this.#dialogue, {
      host: dial === undefined ? peer : (host ?? peer),
      dial: dial ?? directDial,
      timeoutMs: this.#timeouts.dataMs,
      ...(timers !== undefined && { timers }),
      ...(localAddress !== undefined && { localAddress }),
    })
  }

  /** @internal As `Patient` has it. */
  patience(): Patience {
    return { phase: 'reply', ms: this.#data === 'moving' ? undefined : this.#timeouts.replyMs }
  }

  /** A server that sends or takes data owes no reply; when they have ended, it does, and its time begins. */
  #setMoving(isMoving: boolean): void {
    this.#data = isMoving ? 'moving' : 'still'
    this.#control.renewPatience()
  }

  /** Counts the octets of one transfer, for the transcript and for whoever wants to know. */
  #counter(side: 'C' | 'S', onProgress: ((bytes: number) => void) | undefined): (octets: number) => void {
    let bytes = 0
    return (octets) => {
      bytes += octets
      this.#control.noteContent(side, octets)
      onProgress?.(bytes)
    }
  }
}
