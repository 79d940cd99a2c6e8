/**
 * A client's session, from the greeting to the end: one event after the other is taken from the machine, put to the handlers, and
 * answered. Replies to pipelined commands leave together, and those that a client waits for are not held back (RFC 2920 §3.2).
 *
 *     serving ──drain()──> draining ──the transaction is over──> over
 *        └── QUIT, 421, the client's end, an error ────────────> over
 *
 * A message is read by its handler, through `MessageBody`. A command has its deadline from the moment it is waited for to its last octet,
 * however slowly the octets come (RFC 5321 §4.5.3.2.7).
 */
import { NetError, ProtocolError, TimeoutError } from '../net/errors.ts'
import type { Session } from '../net/session.ts'
import type { Socket } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
import { Wait } from '../net/wait.ts'
import { ChunkedReception } from './chunked-reception.ts'
import { Connection } from './connection.ts'
import type { Receiver } from './connection.ts'
import { Decisions } from './decisions.ts'
import { SmtpError } from './errors.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Command, Reply, ServerEvent } from './events.ts'
import { ScriptedEnd, scriptedReply } from './faults.ts'
import type { ScriptedFault, SessionFaults } from './faults.ts'
import { REFUSALS } from './handlers.ts'
import type { MessageVerdict, ServerHandlers } from './handlers.ts'
import { Logins } from './logins.ts'
import { Conduct } from './manners.ts'
import type { BodySource, MessageBody } from './message-body.ts'
import { SessionPeer } from './peer.ts'
import type { PeerAttributes } from './peer-attributes.ts'
import { questionOf } from './questions.ts'
import type { Rated } from './rates.ts'
import { receive, repliesTo } from './reception.ts'
import type { ReceptionOptions } from './reception.ts'
import type { ServerMachine } from './receiver.ts'
import { isRefusal, refusalFor, reply, severity, withoutEnhanced } from './reply.ts'
import type { ResolvedServerOptions } from './server-options.ts'
import { machineFor } from './session-offer.ts'
import { writeDownCommand, writeDownReplies } from './session-transcript.ts'
import { Trace } from './trace.ts'
import type { Envelope } from './transaction.ts'
import { writeReply } from './writer.ts'

/** Commands whose reply may wait for those of the commands behind them (RFC 2920 §3.2 (2)). */
const MAY_WAIT: ReadonlySet<string> = new Set<Command['type']>(['mail', 'rcpt', 'rset'])

/** What the loop answers. */
type Answerable = Exclude<ServerEvent, { type: 'violation' }>

/** One client's session. */
export class ServerConnection implements Session, Receiver {
  /** Fulfilled when the session is over; never rejected. */
  readonly done: Promise<void>
  readonly #socket: Socket
  readonly #options: ResolvedServerOptions
  readonly #handlers: ServerHandlers
  /** Another one behind STARTTLS, with all that was known. */
  #machine: ServerMachine
  #connection: Connection<ServerEvent, Reply>
  readonly #transcript: Transcript | undefined
  readonly #peer: SessionPeer
  readonly #logins: Logins
  #life: 'serving' | 'draining' | 'over' = 'serving'
  /** What the client is waited for, where it is. */
  #awaiting: 'nothing' | 'command' = 'nothing'
  /** Whether the deadline of the present command is set. */
  #clock: 'stopped' | 'running' = 'stopped'
  /** The end of the session, or what ends it. */
  readonly #over = new Wait<void>()
  readonly #decisions: Decisions
  readonly #conduct: Conduct
  readonly #script: SessionFaults | undefined
  readonly #reception: ReceptionOptions
  /** The message that comes in chunks, while it does. */
  #chunked: ChunkedReception | undefined

  /** Serves the client on `socket`, which belongs to this session from now on. */
  constructor(socket: Socket, options: ResolvedServerOptions, handlers: ServerHandlers) {
    const { timers, timeouts, onError, limits, manners } = options
    this.#socket = socket
    this.#options = options
    this.#handlers = handlers
    this.#transcript = options.transcript?.(socket)
    this.#machine = machineFor(socket, options, handlers, 'owed')
    this.#connection = this.#connect()
    this.#peer = new SessionPeer(socket, this.#machine)
    this.#decisions = new Decisions(socket, { timers, onError, replyMs: timeouts.replyMs })
    this.#conduct = new Conduct(limits, manners)
    const [decisions, conduct, peer] = [this.#decisions, this.#conduct, this.#peer]
    this.#logins = new Logins({ socket, options, handlers, decisions, conduct, peer })
    this.#script = options.faults?.session()
    this.#reception = { source: this.#source(), decisions, script: this.#script }
    socket.setWriteDeadline('reply', timeouts.blockMs)
    this.done = this.#run()
  }

  /** The machine on the socket. */
  #connect(): Connection<ServerEvent, Reply> {
    const transcript = this.#transcript
    return new Connection(
      this.#socket,
      this.#machine,
      transcript && ((_, slices) => writeDownReplies(transcript, slices)),
    )
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
    this.#chunked?.abandon(new SmtpError('SMTP_CUT_SHORT'))
    this.#connection.flush()
    await this.#socket.close()
    this.#transcript?.close()
  }

  /** Says 220, or why not. The handler is asked first, so a client that is not welcome learns nothing else. */
  async #greet(): Promise<void> {
    const { connect } = this.#handlers
    const { manners } = this.#options
    if (manners.greetingDelayMs > 0) await this.#waitForSilence(manners.greetingDelayMs)
    if (!this.#isWithinRate('connections')) return this.#dismiss('4.7.0', 'Too many connections')
    const ask = async (): Promise<void> => {
      const said = connect && this.#decisions.reply(() => connect({ peer: this.#peer }), this.#due, REFUSALS.connect)
      this.#say((await said) ?? this.#due)
    }
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

  /** Serves one command after the other, until the session is over. It sleeps meanwhile: whatever is waited for calls `#proceed`. */
  #serve(): Promise<void> {
    const over = this.#over.start()
    this.#proceed()
    return over
  }

  /** One event after the other, until something has to be waited for: a pipelined envelope is answered within one turn of the event loop. */
  #proceed(): void {
    try {
      while (this.#machine.state !== 'closed') {
        const event = this.#connection.poll()
        const isWaiting = event.type === 'needData' ? this.#needsCommand() : this.#needsTime(event)
        if (isWaiting) return
      }
      this.#over.fulfil()
    } catch (error) {
      this.#over.fail(error as Error)
    }
  }

  /** The machine has used up what is there; what was answered leaves. Whether the client has to be waited for. */
  #needsCommand(): boolean {
    if (this.#life === 'draining' && this.#isBetweenTransactions) {
      this.#dismiss('4.3.2', 'Service shutting down')
      return false
    }
    if (this.#connection.fillNow()) return false
    if (this.#clock === 'stopped') this.#socket.setReadDeadline('command', this.#options.timeouts.commandMs)
    this.#clock = 'running'
    this.#awaiting = 'command'
    this.#connection.fillFor(this)
    return true
  }

  /** @internal Octets of a command have come: the hot path. */
  received(): void {
    this.#awaiting = 'nothing'
    this.#proceed()
  }

  /** @internal */
  notReceived(error: Error): void {
    this.#over.fail(error)
  }

  /** Answers an event. Whether that takes time. */
  #needsTime(event: ServerEvent): boolean {
    if (event.type === 'violation') return false
    const answering = this.#answer(event)
    if (answering === undefined) {
      this.#conclude(event)
      return false
    }
    answering.then(
      () => {
        this.#conclude(event)
        this.#proceed()
      },
      (error: unknown) => this.#over.fail(error as Error),
    )
    return true
  }

  /**
   * An event was answered. What a client waits for is not held back by the commands behind it (RFC 2920 §3.2 (3)); the rest, and what is last,
   * leaves when there is nothing more to read.
   */
  #conclude({ type }: Answerable): void {
    this.#forgetAbandoned()
    if (!MAY_WAIT.has(type) && this.#machine.bufferedBytes > 0) this.#connection.flush()
  }

  /** Answers an event, as long as the client has not used up its budget of errors and of idle talk; late, where that is its due. */
  #answer(event: Answerable): Promise<void> | undefined {
    this.#clock = 'stopped'
    const { lastLine, state } = this.#machine
    if (this.#transcript !== undefined) writeDownCommand(this.#transcript, lastLine, state)
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
    switch (event.type) {
      case 'ehlo':
      case 'helo':
      case 'lhlo':
        this.#checkEarlyTalk()
        return this.#say(this.#due)
      case 'mail':
        return this.#isWithinRate('messages') ? this.#decide(event) : this.#say(REFUSALS.messages)
      case 'rcpt':
        return this.#isWithinRate('recipients') ? this.#decide(event) : this.#say(REFUSALS.recipients)
      case 'vrfy':
      case 'expn':
      case 'etrn':
        return this.#decide(event)
      case 'data':
        this.#checkEarlyTalk()
        return this.#receiveMessage(this.#machine.envelope as Envelope)
      case 'bdat':
        return this.#receiveChunk(this.#machine.envelope as Envelope)
      case 'starttls':
        return this.#startTls()
      case 'auth':
      case 'authResponse':
        return this.#logins.answer(event).then((answer) => this.#say(answer))
      case 'authCancel':
        return this.#logins.refused(this.#due).then((answer) => this.#say(answer))
      case 'xclient':
        return this.#become(event.attributes)
      case 'xforward':
        this.#peer.forward(event.attributes)
        return this.#say(this.#due)
      default:
        return this.#say(this.#due)
    }
  }

  /** What the machine would answer. */
  get #due(): Reply {
    return this.#machine.defaultReply as Reply
  }

  #isWithinRate(what: Rated): boolean {
    return this.#options.rates?.take(what, this.#peer) ?? true
  }

  /** What has arrived while EHLO or DATA was on its way to us is as early as what came in one piece with it. */
  #checkEarlyTalk(): void {
    const { earlyTalk } = this.#options.leniency
    if (this.#connection.takeArrived() && earlyTalk === 'refuse') throw new SmtpError('SMTP_EARLY_TALK')
  }

  /** Puts the question to a handler, if there is one, and says its answer. */
  #decide(command: Command): Promise<void> | undefined {
    const question = questionOf(command, this.#handlers, this.#peer, this.#machine.envelope)
    if (question === undefined) return this.#say(this.#due)
    const said = this.#decisions.reply(question.ask, this.#due, question.no)
    const isNamed = command.type === 'rcpt'
    const sayInTime = (answer: Reply): Promise<void> | undefined => {
      // Whoever tries one name after the other hears of each later.
      const isMistake = isNamed && severity(answer) === 'permanent'
      return this.#sayAfter(isMistake ? this.#conduct.mistake('recipient') : 0, answer)
    }
    return said instanceof Promise ? said.then(sayInTime) : sayInTime(said)
  }

  #sayAfter(ms: number, answer: Reply): Promise<void> | undefined {
    return ms === 0 ? this.#say(answer) : this.#decisions.pause(ms).then(() => this.#say(answer))
  }

  /**
   * 220, and then TLS. Nothing may come between the two, neither octets nor a turn of the event loop: what the client says behind its
   * STARTTLS in the clear is refused, and what it has said before is forgotten (RFC 3207 §4.2, CVE-2011-0411).
   */
  async #startTls(): Promise<void> {
    this.#connection.takeArrived()
    if (this.#machine.bufferedBytes > 0) throw new SmtpError('SMTP_EARLY_TALK')
    this.#say(this.#due)
    this.#connection.flush()
    await this.#socket.upgradeTls('server', this.#options.tls ?? {})
    this.#machine = machineFor(this.#socket, this.#options, this.#handlers, 'given')
    this.#connection = this.#connect()
    this.#peer.beginAnew(this.#machine)
  }

  /** A trusted proxy tells whom it speaks for: as if that client had connected just now. One that is not welcome ends the session. */
  async #become(attributes: PeerAttributes): Promise<void> {
    this.#peer.become(attributes)
    if (!this.#isWithinRate('connections')) return this.#dismiss('4.7.0', 'Too many connections')
    const { connect } = this.#handlers
    const said =
      connect && (await this.#decisions.reply(() => connect({ peer: this.#peer }), this.#due, REFUSALS.connect))
    this.#say(said ?? this.#due)
    if (said !== undefined && isRefusal(said)) this.#life = 'draining'
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

  /** 354, the message, and what is said of it behind its end and never before (RFC 5321 §4.1.1.4). */
  #receiveMessage(envelope: Envelope): Promise<void> {
    this.#say(this.#due)
    this.#connection.flushAtTurnEnd()
    return receive(this.#reception, this.#asking(envelope)).then((verdict) => this.#sayOf(verdict))
  }

  /** A chunk of a message. The handler is asked when the first comes, and between two of them the client may say something else. */
  async #receiveChunk(envelope: Envelope): Promise<void> {
    this.#chunked ??= new ChunkedReception(envelope, this.#reception, this.#asking(envelope))
    const outcome = await this.#chunked.chunk()
    if (outcome.type === 'more') return this.#say(this.#due)
    this.#chunked = undefined
    this.#sayOf(outcome.verdict)
  }

  /** A message in chunks whose transaction is over without it. */
  #forgetAbandoned(): void {
    if (this.#chunked === undefined || this.#chunked.envelope === this.#machine.envelope) return
    this.#chunked.abandon(new SmtpError('SMTP_MESSAGE_ABANDONED'))
    this.#chunked = undefined
  }

  /** How the handler is asked about a message. */
  #asking(envelope: Envelope): (body: MessageBody) => MessageVerdict | Promise<MessageVerdict> {
    const { hostname } = this.#options
    const { address, hello, tls, user } = this.#peer
    const trace = new Trace({ hostname, address, hello, tls, user, envelope })
    return (body) => this.#handlers.message({ peer: this.#peer, envelope, body, trace })
  }

  /** What is said of a message: once, or with LMTP for each recipient (RFC 2033 §4.2). */
  #sayOf(verdict: MessageVerdict): void {
    this.#transcript?.line('C', '.')
    this.#conduct.message()
    this.#peer.forgetForwarded()
    for (const answer of repliesTo(verdict, this.#due, this.#machine.repliesOwed, this.#decisions)) {
      if (this.#machine.state !== 'closed') this.#say(answer)
    }
  }

  /** Where messages come from. */
  #source(): BodySource {
    const { limits, timeouts, timers } = this.#options
    return {
      poll: () => this.#connection.poll(),
      fillFor: (receiver) => this.#connection.fillFor(receiver),
      socket: this.#socket,
      transcript: this.#transcript,
      limits,
      timeouts,
      timers,
    }
  }

  /** The last words to a client, by what ended its session; to one that is gone, none. */
  #farewell(error: unknown): void {
    if (this.#socket.state === 'closed') return
    if (error instanceof ScriptedEnd) {
      this.#connection.flush()
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
    // A greeting has none, whatever it says (RFC 2034 §4).
    const hasEnhancedCodes = this.#machine.offered.has('ENHANCEDSTATUSCODES') && this.#machine.state !== 'greeting'
    const said = hasEnhancedCodes ? refusal : withoutEnhanced(refusal)
    this.#connection.sendAnyway(said, [writeReply(said)])
  }
}
