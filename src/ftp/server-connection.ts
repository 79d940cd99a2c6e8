/**
 * One session of a server, over any socket: it pulls events out of the machine, looks up who does a verb (`verbs/`), and answers
 * what is refused or thrown. One command at a time, but a transfer runs beside the dialogue (`server-dtp.ts`), and the machine says
 * what may be asked meanwhile.
 *
 *     serving ──drain()──> draining ──what runs is over──> leaving ──> over
 *        └───────── QUIT, 421, the client is gone ───────────^
 *
 * While the client says nothing, no function of a session waits for it: the connection knows whom to tell (`received`), and that is all. There
 * are thousands of such sessions, and a promise with what hangs on it would be as large as the rest of one.
 *
 * RFC 959 §2.3; RFC 1123 §4.1; RFC 2577.
 */
import { ProtocolError, TimeoutError } from '../net/errors.ts'
import type { Session } from '../net/session.ts'
import type { Socket } from '../net/socket.ts'
import { Wait } from '../net/wait.ts'
import { COMMANDS, type CommandRow, type Verb } from './commands.ts'
import { ControlConnection, type Patience, type Patient, type Receiver } from './connection.ts'
import type { Command, CommandOf, ServerIn, ServerOut } from './events.ts'
import { ServerMachine } from './machine.ts'
import type { Peer } from './handlers.ts'
import { formatPath } from './path.ts'
import { asError, isFault, Refusal, refusalOf } from './refusal.ts'
import type { ServerContext } from './server-options.ts'
import { ServerSession, type SessionOwner } from './session.ts'
import { isLoggedIn } from './states.ts'
import { refusalOf as telnetRefusalOf } from './telnet.ts'
import { ACCESS } from './verbs/access.ts'
import { FACTS } from './verbs/facts.ts'
import { FILES } from './verbs/files.ts'
import { HASHES } from './verbs/hashes.ts'
import { INFORMATION } from './verbs/information.ts'
import { LISTINGS } from './verbs/listings.ts'
import { LOGIN } from './verbs/login.ts'
import { PARAMETERS } from './verbs/parameters.ts'
import { SECURITY_VERBS } from './verbs/security.ts'
import { SITE } from './verbs/site.ts'
import { TRANSFERS } from './verbs/transfers.ts'
import type { VerbHandlers } from './verbs/verbs.ts'

/** What does each command. That none is missing is checked by the compiler. */
const VERBS: VerbHandlers<Verb> = {
  ...LOGIN,
  ...ACCESS,
  ...SECURITY_VERBS,
  ...PARAMETERS,
  ...TRANSFERS,
  ...LISTINGS,
  ...FILES,
  ...FACTS,
  ...HASHES,
  ...INFORMATION,
  ...SITE,
}

/** One dialogue, from the greeting to the end. */
export class ServerConnection implements Session, SessionOwner, Patient, Receiver {
  readonly #control: ControlConnection<ServerIn, ServerOut>
  readonly #machine: ServerMachine
  readonly #context: ServerContext
  readonly #session: ServerSession
  /** When the client last said something, or a transfer of its ended. */
  #heard: number
  /** Lines that were no commands. */
  #faults = 0
  #life: 'serving' | 'draining' | 'leaving' | 'over' = 'serving'
  /** Whether a command is being done, or the connection is not ready for the greeting yet. */
  #activity: 'waiting' | 'obeying' = 'obeying'
  /** Where somebody has asked when the session is over. */
  #over: Wait<void> | undefined

  constructor(socket: Socket, context: ServerContext) {
    this.#context = context
    this.#machine = new ServerMachine(context)
    this.#control = new ControlConnection(socket, this.#machine, {
      patient: this,
      stallMs: context.timeouts.stallMs,
      transcript: context.transcript?.(socket),
    })
    this.#session = new ServerSession(this.#control, this.#machine, context, this)
    this.#heard = context.timers.now()
    void this.#begin()
  }

  /** Fulfilled when the session is over; never rejected. */
  whenOver(): Promise<void> {
    return this.#life === 'over' ? Promise.resolve() : (this.#over ??= new Wait()).start()
  }

  /** Lets what runs come to its end, then says 421. */
  drain(): void {
    if (this.#life === 'serving') this.#life = 'draining'
    this.#dismissWhenIdle()
  }

  /** @internal A transfer is over and answered: its end is as good as a word of the client's. */
  onTransferOver(): void {
    this.#heard = this.#context.timers.now()
    this.#dismissWhenIdle()
  }

  /** @internal The client has spoken, or a transfer has ended that it may have been waiting for. */
  received(): void {
    void this.#talk()
  }

  /** @internal The socket may be in the midst of its own end: what goes with it, such as a transfer, is cut behind it. */
  notReceived(error: Error): void {
    queueMicrotask(() => void this.#lose(error))
  }

  /** From the first octet to the greeting, and on into the dialogue. */
  async #begin(): Promise<void> {
    try {
      if (this.#context.tls?.mode === 'implicit') await this.#control.beginTlsAtOnce(this.#session.tls?.control ?? {})
      this.#activity = 'waiting'
      await this.#greet()
    } catch (error) {
      return this.#lose(error)
    }
    return this.#talk()
  }

  /** 220, or 421 to a client that is not wanted: one that has guessed too many passwords, or that the owner refuses. */
  async #greet(): Promise<void> {
    const { greeting, bans } = this.#context
    const { peer } = this.#session
    const isWanted = !bans.has(peer.address) && (await this.#isWanted(peer))
    const [code, text] = isWanted ? [220, greeting] : [421, 'You are not welcome now']
    await this.#control.send({ type: 'reply', to: 'greeting', code, lines: [text] })
  }

  /** What the owner says to a client. One who cannot say lets nobody in. */
  async #isWanted(peer: Peer): Promise<boolean> {
    const { handlers, onError } = this.#context
    try {
      return (await handlers.connect?.(peer)) ?? true
    } catch (error) {
      onError(asError(error))
      return false
    }
  }

  /** One event after another, until the client has to speak. A transfer that a command has begun runs on beside this loop. */
  async #talk(): Promise<void> {
    try {
      for (let event = this.#control.advance(); event !== undefined; event = this.#control.advance()) {
        if (event.type === 'end') return await this.#leave()
        if (isLoggedIn(this.#machine.state)) this.#heard = this.#context.timers.now()
        this.#activity = 'obeying'
        await this.#obey(event)
        this.#activity = 'waiting'
        this.#dismissWhenIdle()
      }
    } catch (error) {
      return this.#lose(error)
    }
    this.#control.receiveFor(this)
  }

  /** Does what an event asks for, and answers it. */
  async #obey(event: Exclude<ServerIn, { type: 'end' }>): Promise<void> {
    switch (event.type) {
      case 'command':
        return this.#do(event)
      case 'refused':
        if (!event.isCommand) this.#faults++
        if (this.#faults <= this.#context.limits.maxFaults) return this.#control.send(event.reply)
        return this.#dismiss('Too many lines that are no commands')
      case 'telnet': {
        const refusal = telnetRefusalOf(event)
        if (refusal !== undefined) await this.#control.send(refusal)
        return
      }
      case 'interrupt':
        // What it announces comes behind it, and every line is read as soon as it is there.
        return
    }
  }

  /** Does a command. What it throws is its refusal; an error that is none is 451, and the owner's to know (`onError`). */
  async #do(command: Command): Promise<void> {
    const { verb } = command
    try {
      await this.#authorize(command)
      await callHandler(this.#session, command)
    } catch (error) {
      if (this.#control.socket.state !== 'open') throw error
      const { code, text } = refusalOf(error, verb, 'atOnce')
      if (isFault(error)) this.#context.onError(asError(error))
      await this.#session.reply(verb, code, text)
    }
  }

  /** Throws a refusal where the storage cannot do what a command is for, or the owner does not want it done. */
  async #authorize({ verb, argument }: Command): Promise<void> {
    const session = this.#session
    const { permission, capability, argument: kind }: CommandRow<unknown> = COMMANDS[verb]
    if (permission !== 'none') session.demand(permission)
    if (capability !== 'none' && !session.storage.capabilities.has(capability))
      throw new Refusal([502, 504], 'This storage cannot do that')
    const { allow } = this.#context.handlers
    if (allow === undefined || session.identity.is !== 'user') return
    const place = kind.place?.(argument)
    const path = place === undefined ? undefined : formatPath(session.resolve(place))
    if (await allow({ verb, permission, path, user: session.user, peer: session.peer })) return
    throw new Refusal([550, 530], 'Not allowed here')
  }

  /**
   * @internal How long to wait for the next command, counted from the last one to its last octet: a client that sends one octet a minute
   * is silent too (A19). While a transfer runs it is not waited for at all; that has deadlines of its own.
   */
  patience(): Patience {
    const { timeouts, timers } = this.#context
    const silence = timers.now() - this.#heard
    if (!isLoggedIn(this.#machine.state)) return { phase: 'login', ms: Math.max(timeouts.loginMs - silence, 1) }
    const isMoving = this.#machine.state === 'transferring'
    return { phase: 'idle', ms: isMoving ? undefined : Math.max(timeouts.idleMs - silence, 1) }
  }

  /**
   * The dialogue cannot go on. A client that was only slow is told so, and so is one that speaks another protocol;
   * where even that cannot be said, there is nobody left to tell.
   */
  async #lose(error: unknown): Promise<void> {
    if (error instanceof TimeoutError) await this.#dismiss('Nothing was heard for too long').catch(() => {})
    if (error instanceof ProtocolError && error.hint === 421) await this.#dismiss(error.message).catch(() => {})
    await this.#leave()
  }

  /** The dialogue is over: whatever of it still runs ends, too. Never rejects. */
  async #leave(): Promise<void> {
    this.#life = 'leaving'
    try {
      // The loss of the control connection is an ABOR and a QUIT (RFC 959 §4.1.1).
      await this.#session.abort()
      await this.#session.forgetRendezvous()
      this.#session.identify({ is: 'nobody' })
      await this.#control.close()
    } catch (fault) {
      // Of a transcript.
      this.#control.socket.destroy(asError(fault))
      this.#context.onError(asError(fault))
    }
    this.#life = 'over'
    this.#over?.fulfil()
  }

  /** The one reply that may be sent unasked; behind it the machine says `end`. */
  async #dismiss(text: string): Promise<void> {
    await this.#control.send({ type: 'reply', to: 'connection', code: 421, lines: [text] })
  }

  /** Ends a session that is to be drained, when nothing runs in it. */
  #dismissWhenIdle(): void {
    const isIdle = this.#activity === 'waiting' && this.#session.running.is === 'nothing'
    if (this.#life !== 'draining' || !isIdle) return
    this.#life = 'leaving'
    // A client that has said QUIT meanwhile has its answer, and this one is refused.
    this.#dismiss('The server is shutting down').catch(() => {})
  }
}

/** Calls what does a command. The row of a verb and its handler have the same argument: the compiler follows `V`. */
function callHandler<V extends Verb>(session: ServerSession, { verb, argument }: CommandOf<V>): Promise<void> {
  const handler = VERBS[verb]
  return handler(session, argument)
}
