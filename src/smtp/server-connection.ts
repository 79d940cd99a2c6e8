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
import { closedBy, ClosedError, NetError, ProtocolError, TimeoutError } from '../net/errors.ts'
import type { Session } from '../net/session.ts'
import type { Socket } from '../net/socket.ts'
import type { Timer } from '../net/timers.ts'
import type { Transcript } from '../net/transcript.ts'
import { Connection } from './connection.ts'
import { SmtpError } from './errors.ts'
import type { SmtpErrorCode } from './errors.ts'
import type { Command, Reply, ServerEvent } from './events.ts'
import { EXTENSIONS } from './extensions.ts'
import { LOCAL_ERROR, REFUSALS, replyFor } from './handlers.ts'
import type { Peer, ServerHandlers, Verdict } from './handlers.ts'
import { MessageBody } from './message-body.ts'
import { ServerMachine } from './receiver.ts'
import { isRefusal, Refusal, refusalFor, reply, withoutEnhanced } from './reply.ts'
import type { ResolvedServerOptions } from './server-options.ts'
import { Trace } from './trace.ts'
import type { Envelope } from './transaction.ts'
import { writeReply } from './writer.ts'

/** Commands whose reply may wait for those of the commands behind them (RFC 2920 §3.2 (2)). */
const MAY_WAIT: ReadonlySet<string> = new Set<Command['type']>(['mail', 'rcpt', 'rset'])

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
  /** Told when the connection is gone, while a handler is waited for. */
  #onLost: (error: Error) => void = () => {}
  #life: 'serving' | 'draining' | 'over' = 'serving'
  /** What the client is waited for, where it is. */
  #awaiting: 'nothing' | 'command' = 'nothing'
  /** Whether the deadline of the present command is set. */
  #clock: 'stopped' | 'running' = 'stopped'
  /** Commands that were refused for how they were made. */
  #errors = 0
  /** Commands since the last message. */
  #commands = 0

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
    }
    void socket.closed.then((reason) => this.#onLost(closedBy(reason)))
    socket.setWriteDeadline('reply', options.timeouts.blockMs)
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
    await this.#decide(REFUSALS.connect, connect && (() => connect({ peer: this.#peer })))
    this.#connection.flush()
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

  /** Answers an event, as long as the client has not used up its budget of errors and of idle talk. */
  #answer(event: Exclude<ServerEvent, { type: 'violation' }>): Promise<void> | undefined {
    const { limits } = this.#options
    this.#clock = 'stopped'
    this.#transcript?.line('C', this.#machine.lastLine)
    if (event.type === 'fault' && ++this.#errors > limits.maxErrors) this.#dismiss('4.7.0', 'Too many errors')
    else if (++this.#commands > limits.maxCommandsWithoutMessage) this.#dismiss('4.7.0', 'Too many commands')
    else return this.#obey(event)
    return undefined
  }

  /** Asks whoever has to decide; what nobody has to decide is answered as the machine would. */
  #obey(event: Exclude<ServerEvent, { type: 'violation' }>): Promise<void> | undefined {
    const { mail, rcpt } = this.#handlers
    const { envelope } = this.#machine
    const peer = this.#peer
    switch (event.type) {
      case 'ehlo':
      case 'helo':
        this.#checkEarlyTalk()
        return this.#decide(LOCAL_ERROR, undefined)
      case 'mail':
        return this.#decide(
          REFUSALS.mail,
          mail && (() => mail({ peer, path: event.path, parameters: event.parameters })),
        )
      case 'rcpt': {
        // The bare postmaster is taken without asking (RFC 5321 §4.5.1).
        const { path, parameters } = event
        const isAsked = rcpt !== undefined && envelope !== undefined && path.domain !== ''
        return this.#decide(REFUSALS.rcpt, isAsked ? () => rcpt({ peer, path, parameters, envelope }) : undefined)
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
    let verdict: Verdict | Promise<Verdict>
    try {
      verdict = ask()
    } catch (error) {
      return this.#say(this.#replyTo(error))
    }
    if (!(verdict instanceof Promise)) return this.#say(replyFor(verdict, yes, no))
    return this.#settle(verdict, this.#options.timeouts.replyMs)
      .then(
        (said) => replyFor(said, yes, no),
        (error: unknown) => this.#replyTo(error),
      )
      .then((said) => this.#say(said))
  }

  /**
   * What a handler decides, as long as the client is there, and as it takes no longer than `ms` from `begun` on (from now, where that is
   * not given). One handler is waited for at a time, so one place for `#onLost` is enough; a race with a promise that lasts as long as
   * the session would keep something for every command in it.
   */
  #settle<T>(verdict: Promise<T>, ms: number, begun: Promise<void> = Promise.resolve()): Promise<T> {
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined
      let state: 'waiting' | 'settled' = 'waiting'
      this.#onLost = reject
      void begun.then(() => {
        if (state === 'waiting') timer = this.#options.timers.after(ms, () => reject(new TimeoutError('handler', ms)))
      })
      void verdict.then(resolve, reject).finally(() => {
        state = 'settled'
        timer?.cancel()
      })
    })
  }

  /** Sends a reply; one that cannot be sent was made by a handler, and is a local error. */
  #say(said: Reply): undefined {
    try {
      this.#connection.send(said)
    } catch (error) {
      if (!(error instanceof SmtpError) || error.side !== 'local') throw error
      this.#connection.send(this.#replyTo(error))
    }
  }

  /** What is answered for what was thrown. Of anything but a refusal the operator learns, and the client does not. */
  #replyTo(error: unknown): Reply {
    if (error instanceof Refusal) return error.reply
    const isClientGone = error instanceof ClosedError && this.#socket.state === 'closed'
    if (!isClientGone) this.#options.onError(asError(error))
    return LOCAL_ERROR
  }

  /** 421 is the one reply that needs no question, and the last one (RFC 5321 §3.8). */
  #dismiss(enhanced: string, why: string): void {
    if (this.#machine.state === 'closed') return
    this.#connection.send(reply(421, enhanced, `${this.#options.hostname} ${why}`))
  }

  /** 354, the message, and one reply for all of it, behind its end and never before (RFC 5321 §4.1.1.4). */
  async #receiveMessage(envelope: Envelope): Promise<void> {
    this.#say(this.#machine.defaultReply as Reply)
    this.#connection.flush()
    const body = this.#newBody()
    const verdict = await this.#ask(envelope, body)
    await body.finish()
    this.#transcript?.line('C', '.')
    this.#commands = 0
    const due = this.#machine.defaultReply as Reply
    // A message with a fault is refused for that, whatever a handler says that has seen a part of it.
    this.#say(isRefusal(due) ? due : replyFor(verdict, due, REFUSALS.message))
  }

  /** Lets the handler read, and waits for its verdict; once all is read, no longer than a client would. */
  async #ask(envelope: Envelope, body: MessageBody): Promise<Verdict> {
    const { hostname, timeouts } = this.#options
    const { address, hello, tls } = this.#peer
    const trace = new Trace({ hostname, address, hello, tls, envelope })
    try {
      const asked = this.#handlers.message({ peer: this.#peer, envelope, body, trace })
      if (!(asked instanceof Promise)) return asked
      return await this.#settle(asked, timeouts.endOfDataMs, body.whole)
    } catch (error) {
      if (this.#socket.state === 'closed') throw error
      // What the body has thrown is answered by the connection, and no failure of the handler.
      return body.state === 'broken' ? false : this.#replyTo(error)
    }
  }

  #newBody(): MessageBody {
    const { limits, timeouts, timers } = this.#options
    return new MessageBody({
      poll: () => this.#connection.poll(),
      fill: () => this.#connection.fill(),
      socket: this.#socket,
      transcript: this.#transcript,
      limits,
      timeouts,
      timers,
    })
  }

  /** The last words to a client, by what ended its session; to one that is gone, none. */
  #farewell(error: unknown): void {
    if (error instanceof TimeoutError) {
      if (error.phase === 'drain') this.#dismiss('4.3.2', 'Service shutting down')
      else if (error.phase !== 'reply') this.#dismiss('4.4.2', 'Timeout, closing connection')
    } else if (error instanceof ProtocolError) {
      if (error.hint !== undefined) this.#accuse(refusalFor(error.code as SmtpErrorCode))
    } else if (!(error instanceof NetError)) this.#replyTo(error)
  }

  /** Says what the client did that makes its octets untrustworthy. The machine is dead and says nothing more. */
  #accuse(refusal: Reply): void {
    const { extensions = EXTENSIONS } = this.#options
    const said = extensions.includes('ENHANCEDSTATUSCODES') ? refusal : withoutEnhanced(refusal)
    this.#connection.sendAnyway(said, [writeReply(said)])
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new NetError('SMTP_THROWN', 'A handler threw no error', { cause: thrown })
}

/** Writes down replies, a line for each of theirs. */
function writeDown(transcript: Transcript, slices: readonly Uint8Array[]): void {
  for (const slice of slices) {
    for (const line of asBuffer(slice).toString('latin1').split('\r\n').slice(0, -1)) transcript.line('S', line)
  }
}
