/**
 * A client's session, from the greeting to the end: one event after the other is taken from the machine, put to the handlers, and
 * answered. Replies to pipelined commands leave together, and those that a client waits for leave at once (RFC 2920 §3.2).
 *
 *     serving ──drain()──> draining ──the transaction is over──> over
 *        └── QUIT, 421, the client's end, an error ────────────> over
 *
 * A message is read by its handler, through `MessageBody`. A command has its deadline from the moment it is waited for to its last octet,
 * however slowly the octets come (RFC 5321 §4.5.3.2.7).
 */
import { asBuffer } from '../net/bytes.ts'
import { NetError, ProtocolError, TimeoutError } from '../net/errors.ts'
import type { Session } from '../net/session.ts'
import type { Socket } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
import { Connection } from './connection.ts'
import { Decisions } from './decisions.ts'
import { SmtpError } from './errors.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Command, Reply, ServerEvent } from './events.ts'
import { EXTENSIONS } from './extensions.ts'
import { ScriptedEnd, scriptedReply } from './faults.ts'
import type { ScriptedFault, SessionFaults } from './faults.ts'
import { LOCAL_ERROR, REFUSALS, replyFor } from './handlers.ts'
import type { ServerHandlers, Verdict } from './handlers.ts'
import { Conduct } from './manners.ts'
import type { BodySource } from './message-body.ts'
import type { Peer } from './peer.ts'
import { receive } from './reception.ts'
import { ServerMachine } from './receiver.ts'
import { isRefusal, refusalFor, reply, severity, withoutEnhanced } from './reply.ts'
import type { ResolvedServerOptions } from './server-options.ts'
import { Trace } from './trace.ts'
import type { Envelope } from './transaction.ts'
import { writeReply } from './writer.ts'

/** Commands whose reply may wait for those of the commands behind them (RFC 2920 §3.2 (2)). */
const MAY_WAIT: ReadonlySet<string> = new Set<Command['type']>(['mail', 'rcpt', 'rset'])

/** What the loop answers. */
type Answerable = Exclude<ServerEvent, { type: 'violation' }>

/** One client's session. */
export class ServerConnection implements Session {
  /** Fulfilled when the session is over; never rejected. */
  readonly done: Promise<void>
  readonly #socket: Socket
  readonly #options: ResolvedServerOptions
  readonly #handlers: ServerHandlers
  readonly #machine: ServerMachine
  readonly #connection: Connection<ServerEvent, Reply>
  readonly #transcript: Transcript | undefined
  readonly #peer: Peer
  #life: 'serving' | 'draining' | 'over' = 'serving'
  /** What the client is waited for, where it is. */
  #awaiting: 'nothing' | 'command' = 'nothing'
  /** Whether the deadline of the present command is set. */
  #clock: 'stopped' | 'running' = 'stopped'
  readonly #decisions: Decisions
  readonly #conduct: Conduct
  readonly #script: SessionFaults | undefined

  /** Serves the client on `socket`, which belongs to this session from now on. */
  constructor(socket: Socket, options: ResolvedServerOptions, handlers: ServerHandlers) {
    const machine = new ServerMachine(options)
    const transcript = options.transcript?.(socket)
    this.#socket = socket
    this.#options = options
    this.#handlers = handlers
    this.#machine = machine
    this.#transcript = transcript
    this.#connection = new Connection(socket, machine, transcript && ((_, slices) => writeDown(transcript, slices)))
    this.#peer = {
      address: socket.remote,
      get tls() {
        return socket.tls
      },
      get hello() {
        return machine.hello
      },
      user: undefined,
    }
    const { timers, timeouts, onError } = options
    this.#decisions = new Decisions(socket, { timers, onError, replyMs: timeouts.replyMs })
    this.#conduct = new Conduct(options.limits, options.manners)
    this.#script = options.faults?.session()
    socket.setWriteDeadline('reply', timeouts.blockMs)
    this.done = this.#run()
  }

  /** Ends the session behind the present transaction; at once, where there is none. */
  drain(): void {
    if (this.#life === 'serving') this.#life = 'draining'
    // Whoever waits for a command is woken; what it says then is in `#farewell`.
    if (this.#awaiting === 'command' && this.#isBetweenTransactions) this.#socket.setReadDeadline('drain', 0)
  }

  /** Whether the session can end here without anybody losing anything. */
  get #isBetweenTransactions(): boolean {
    const { state } = this.#machine
    return state === 'start' || state === 'ready' || state === 'rejected'
  }

  /** The session from end to end. Whatever happens in it, the client is left in an orderly way, and nothing is thrown. */
  async #run(): Promise<void> {
    try {
      await this.#greet()
      await this.#serve()
    } catch (error) {
      this.#farewell(error)
    }
    this.#life = 'over'
    this.#connection.flush()
    await this.#socket.close()
    this.#transcript?.close()
  }

  /** Says 220, or why not. The handler is asked first, so a client that is not welcome learns nothing else. */
  async #greet(): Promise<void> {
    const { connect } = this.#handlers
    const { manners, rates } = this.#options
    if (manners.greetingDelayMs > 0) await this.#waitForSilence(manners.greetingDelayMs)
    if (rates?.take('connections', this.#peer) === false) return this.#dismiss('4.7.0', 'Too many connections')
    const ask = (): Promise<void> | undefined =>
      this.#decide(REFUSALS.connect, connect && (() => connect({ peer: this.#peer })))
    const scripted = this.#script?.find({ type: 'greeting' })
    await (scripted === undefined ? ask() : this.#play(scripted, ask))
    this.#connection.flush()
  }

  /** A client waits for the greeting (RFC 5321 §3.1); a program that only wants to be rid of its mail does not. */
  async #waitForSilence(ms: number): Promise<void> {
    this.#socket.setReadDeadline('greetingDelay', ms)
    try {
      await this.#connection.fill()
    } catch (error) {
      if (error instanceof TimeoutError && error.phase === 'greetingDelay') return
      throw error
    }
    if (this.#machine.bufferedBytes > 0) throw new SmtpError('SMTP_EARLY_TALK')
  }

  /**
   * One event after the other. Nothing is awaited that is there already: a pipelined envelope is answered within one turn of the event
   * loop, where its handlers decide at once.
   */
  async #serve(): Promise<void> {
    while (this.#machine.state !== 'closed') {
      const event = this.#connection.poll()
      if (event.type === 'needData') await this.#waitForCommand()
      else if (event.type !== 'violation') {
        const answering = this.#answer(event)
        if (answering !== undefined) await answering
        // What a client waits for goes out at once; the rest when there is nothing more to read.
        if (!MAY_WAIT.has(event.type)) this.#connection.flush()
      }
    }
  }

  /** The machine has used up what is there: what was answered leaves, and then the client has to speak. */
  async #waitForCommand(): Promise<void> {
    if (this.#life === 'draining' && this.#isBetweenTransactions) return this.#dismiss('4.3.2', 'Service shutting down')
    if (this.#clock === 'stopped') this.#socket.setReadDeadline('command', this.#options.timeouts.commandMs)
    this.#clock = 'running'
    this.#awaiting = 'command'
    await this.#connection.fill()
    this.#awaiting = 'nothing'
  }

  /** Answers an event, as long as the client has not used up its budget of errors and of idle talk; late, where that is its due. */
  #answer(event: Answerable): Promise<void> | undefined {
    this.#clock = 'stopped'
    this.#transcript?.line('C', this.#machine.lastLine)
    const isFault = event.type === 'fault'
    const excess = this.#conduct.command(isFault)
    if (excess !== undefined) return this.#dismiss('4.7.0', excess)
    const delayMs = isFault ? this.#conduct.mistake('command') : 0
    const scripted = this.#script?.find(event)
    if (scripted !== undefined) return this.#play(scripted, () => this.#obey(event))
    return delayMs === 0 ? this.#obey(event) : this.#decisions.pause(delayMs).then(() => this.#obey(event))
  }

  /** Does what the script says in place of `otherwise`, or only later. */
  async #play(entry: ScriptedFault, otherwise: () => Promise<void> | undefined): Promise<void> {
    if (entry.delayMs !== undefined) await this.#decisions.pause(entry.delayMs)
    if (entry.hangUp !== undefined) throw new ScriptedEnd(entry.hangUp)
    const said = scriptedReply(entry)
    if (said === undefined) await otherwise()
    else this.#say(said)
  }

  /** Asks whoever has to decide; what nobody has to decide is answered as the machine would. */
  #obey(event: Answerable): Promise<void> | undefined {
    const { mail, rcpt } = this.#handlers
    const { rates } = this.#options
    const { envelope } = this.#machine
    const peer = this.#peer
    switch (event.type) {
      case 'ehlo':
      case 'helo':
        this.#checkEarlyTalk()
        return this.#decide(LOCAL_ERROR, undefined)
      case 'mail':
        if (rates?.take('messages', peer) === false) return this.#say(REFUSALS.messages)
        return this.#decide(
          REFUSALS.mail,
          mail && (() => mail({ peer, path: event.path, parameters: event.parameters })),
        )
      case 'rcpt': {
        if (rates?.take('recipients', peer) === false) return this.#say(REFUSALS.recipients)
        // The bare postmaster is taken without asking (RFC 5321 §4.5.1).
        const { path, parameters } = event
        const isAsked = rcpt !== undefined && envelope !== undefined && path.domain !== ''
        return isAsked
          ? this.#decideRecipient(() => rcpt({ peer, path, parameters, envelope }))
          : this.#decide(LOCAL_ERROR, undefined)
      }
      case 'data':
        this.#checkEarlyTalk()
        return this.#receiveMessage(envelope as Envelope)
      default:
        return this.#decide(LOCAL_ERROR, undefined)
    }
  }

  /** What has arrived while EHLO or DATA was on its way to us is as early as what came in one piece with it. */
  #checkEarlyTalk(): void {
    const { earlyTalk } = this.#options.leniency
    if (this.#connection.takeArrived() && earlyTalk === 'refuse') throw new SmtpError('SMTP_EARLY_TALK')
  }

  /** Puts a question to a handler and says its answer; without a handler the answer is the machine's own. */
  #decide(no: Reply, ask: (() => Verdict | Promise<Verdict>) | undefined): Promise<void> | undefined {
    const yes = this.#machine.defaultReply as Reply
    if (ask === undefined) return this.#say(yes)
    const said = this.#decisions.reply(ask, yes, no)
    return said instanceof Promise ? said.then((later) => this.#say(later)) : this.#say(said)
  }

  /** The same for a recipient: whoever tries one name after the other hears of each later. */
  #decideRecipient(ask: () => Verdict | Promise<Verdict>): Promise<void> | undefined {
    const said = this.#decisions.reply(ask, this.#machine.defaultReply as Reply, REFUSALS.rcpt)
    const sayInTime = (answer: Reply): Promise<void> | undefined => {
      const delayMs = severity(answer) === 'permanent' ? this.#conduct.mistake('recipient') : 0
      return delayMs === 0 ? this.#say(answer) : this.#decisions.pause(delayMs).then(() => this.#say(answer))
    }
    return said instanceof Promise ? said.then(sayInTime) : sayInTime(said)
  }

  /** Sends a reply; one that cannot be sent was made by a handler, and is a local error. */
  #say(said: Reply): undefined {
    try {
      this.#connection.send(said)
    } catch (error) {
      if (!(error instanceof SmtpError) || error.side !== 'local') throw error
      this.#connection.send(this.#decisions.replyTo(error))
    }
  }

  /** 421 is the one reply that needs no question, and the last one (RFC 5321 §3.8). */
  #dismiss(enhanced: string, why: string): undefined {
    if (this.#machine.state === 'closed') return
    this.#connection.send(reply(421, enhanced, `${this.#options.hostname} ${why}`))
  }

  /** 354, the message, and one reply for all of it, behind its end and never before (RFC 5321 §4.1.1.4). */
  async #receiveMessage(envelope: Envelope): Promise<void> {
    this.#say(this.#machine.defaultReply as Reply)
    this.#connection.flush()
    const { hostname } = this.#options
    const { address, hello, tls } = this.#peer
    const trace = new Trace({ hostname, address, hello, tls, envelope })
    const verdict = await receive({ source: this.#source, decisions: this.#decisions, script: this.#script }, (body) =>
      this.#handlers.message({ peer: this.#peer, envelope, body, trace }),
    )
    this.#transcript?.line('C', '.')
    this.#conduct.message()
    const due = this.#machine.defaultReply as Reply
    // A message with a fault is refused for that, whatever a handler says that has seen a part of it.
    this.#say(isRefusal(due) ? due : replyFor(verdict, due, REFUSALS.message))
  }

  /** Where a message comes from. */
  get #source(): BodySource {
    const { limits, timeouts, timers } = this.#options
    return {
      poll: () => this.#connection.poll(),
      fill: () => this.#connection.fill(),
      socket: this.#socket,
      transcript: this.#transcript,
      limits,
      timeouts,
      timers,
    }
  }

  /** The last words to a client, by what ended its session; to one that is gone, none. */
  #farewell(error: unknown): void {
    if (error instanceof ScriptedEnd) {
      if (error.hangUp === 'reset') this.#socket.destroy(error)
    } else if (error instanceof TimeoutError) {
      if (error.phase === 'drain') this.#dismiss('4.3.2', 'Service shutting down')
      else if (error.phase !== 'reply') this.#dismiss('4.4.2', 'Timeout, closing connection')
    } else if (error instanceof ProtocolError) {
      if (error.hint !== undefined) this.#accuse(refusalFor(error.code as SmtpErrorCode))
    } else if (!(error instanceof NetError)) this.#decisions.replyTo(error)
  }

  /** Says what the client did that makes its octets untrustworthy. The machine is dead and says nothing more. */
  #accuse(refusal: Reply): void {
    const { extensions = EXTENSIONS } = this.#options
    // A greeting has none, whatever it says (RFC 2034 §4).
    const hasEnhancedCodes = extensions.includes('ENHANCEDSTATUSCODES') && this.#machine.state !== 'greeting'
    const said = hasEnhancedCodes ? refusal : withoutEnhanced(refusal)
    this.#connection.sendAnyway(said, [writeReply(said)])
  }
}

/** Writes down replies, a line for each of theirs. */
function writeDown(transcript: Transcript, slices: readonly Uint8Array[]): void {
  for (const slice of slices) {
    for (const line of asBuffer(slice).toString('latin1').split('\r\n').slice(0, -1)) transcript.line('S', line)
  }
}
