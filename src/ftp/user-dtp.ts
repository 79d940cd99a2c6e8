/**
 * The client's data transfer process (RFC 959 §2.3): one transfer from its command to its end, on two connections at once.
 *
 * A transfer has succeeded when the end of the data and a 2yz have both been seen, whichever comes first; a refusal wins over both
 * (the table `CLIENT_TRANSFER`). So the final reply is listened for beside the data from the beginning: a server that gives up in
 * the middle is heard at once. While data move no reply is due; when they have ended, it has to come in its time.
 *
 * Broken off (by a signal, by a loop that is left early, by a source that throws), a transfer cuts its data connection, sends ABOR, and
 * hears out what the server still has to say: two replies from most, one or three from some. Then a NOOP tells where the dialogue
 * stands, because its 200 can be nobody else's (RFC 1123 §4.1.4.4), and the session is as good as before.
 */
import { ClosedError, TlsError } from '../net/errors.ts'
import type { Pace } from '../net/pace.ts'
import type { Socket } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import type { Appointment } from './appointment.ts'
import { accepted, type Dialogue } from './dialogue.ts'
import type { Command, Reply } from './events.ts'
import { KeepAlive } from './keepalive.ts'
import type { Limits, Timeouts } from './limits.ts'
import { paceOf } from './pace.ts'
import { classOf, FtpReplyError, isNegative } from './reply.ts'
import { settled } from './settled.ts'
import { ClientTransfer } from './transfer.ts'

/** What a transfer needs of the client that it belongs to. */
export interface UserDtpOptions {
  /** Where commands are asked. */
  readonly dialogue: Dialogue
  /** The data connection, or where the server is waited for. */
  readonly appointment: Appointment
  /** How much of anything is allowed: how slow the server may be. */
  readonly limits: Limits
  /** How long anything may take. */
  readonly timeouts: Timeouts
  /** The wheel for deadlines. */
  readonly timers: TimerWheel
  /** Breaks the transfer off. */
  readonly signal: AbortSignal | undefined
  /** Told when data begin to move, and when they have ceased to: in between no reply is due. */
  readonly onMoving: (isMoving: boolean) => void
  /** Told of the octets of each chunk. */
  readonly onOctets: (octets: number) => void
  /** Told when it is over, however, and the control connection is free again. */
  readonly onOver: () => void
}

/** One transfer. */
export class UserDtp {
  readonly #options: UserDtpOptions
  readonly #machine = new ClientTransfer()
  /** The final reply, which may come before the data have ended. */
  readonly #final: Promise<Reply | undefined>
  /** Rejects when the transfer is lost while it waits for something else: refused, or broken off by the signal. */
  readonly #lost: Promise<never>
  #lose: (reason: unknown) => void = () => {}
  /** The data connection, once it stands: in active mode that is behind the command. */
  readonly #data: Promise<Socket>
  /** Aborts when the transfer is broken off: nobody waits for the server to come any more. */
  readonly #brokenOff = new AbortController()
  readonly #keepAlive: KeepAlive
  readonly #pace: Pace
  /** Under way from the moment in which the transfer is broken off; fulfilled with why. */
  #breakingOff: Promise<unknown> | undefined
  /** Whether the server has said its last word. */
  #reply: { readonly is: 'due' } | { readonly is: 'heard'; readonly reply: Reply | undefined } = { is: 'due' }

  /** Sends the command. Throws an `FtpError` with side `local`, and sends nothing, where that cannot be. */
  constructor(command: Command, options: UserDtpOptions) {
    const { dialogue, limits, timeouts, timers, signal, onMoving } = options
    this.#options = options
    this.#pace = paceOf('minServerRate', limits, timeouts, timers)
    this.#lost = new Promise((_resolve, reject) => {
      this.#lose = reject
    })
    // Who moves octets hears of either; where nobody does, there is nobody to tell.
    this.#lost.catch(() => {})
    const { first, final } = dialogue.ask(command)
    onMoving(true)
    this.#final = final
    final.then(this.#onFinal, this.#onLost)
    this.#data = first.then((reply) => this.#open(reply))
    this.#data.catch(() => {})
    this.#keepAlive = new KeepAlive(options)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted === true) this.#onAbort()
  }

  /** Waits for the first reply and for the data connection. Rejects with `FtpReplyError` where the server refuses. */
  async begun(): Promise<void> {
    try {
      await Promise.race([this.#data, this.#lost])
    } catch (error) {
      throw await this.breakOff(error)
    }
  }

  /** The next octets; `undefined` when the data are whole, and the server has said so. */
  async read(): Promise<Buffer | undefined> {
    const { onOctets } = this.#options
    try {
      const data = await this.#data
      const chunk = await this.#pace.read(data)
      if (chunk !== undefined) onOctets(chunk.length)
      else {
        // Some servers (ProFTPD) wait for our FIN before they say that the transfer is over.
        void data.close()
        await this.#ended()
      }
      return chunk
    } catch (error) {
      throw await this.breakOff(error)
    }
  }

  /** Sends all that the source gives. Resolves when the server has said that it has all of it. */
  async send(source: AsyncIterable<Uint8Array>): Promise<void> {
    const { timeouts, onOctets } = this.#options
    const iterator = source[Symbol.asyncIterator]()
    try {
      const data = await this.#data
      data.setWriteDeadline('stall', timeouts.stallMs)
      for (;;) {
        // A source may take its time, and the server may give up meanwhile.
        const { done, value } = await Promise.race([iterator.next(), this.#lost])
        if (done === true) break
        await this.#pace.write(data, value)
        onOctets(value.length)
      }
      await this.#pace.end(data)
      await this.#ended()
    } catch (error) {
      iterator.return?.().then(undefined, () => {})
      throw await this.breakOff(error)
    }
  }

  /**
   * Ends the transfer before its end, so that the session can go on. Answers why it ended: where `reason` is only that a connection
   * is gone, the server's own word for it. Never rejects. The first reason counts.
   */
  breakOff(reason: unknown): Promise<unknown> {
    return (this.#breakingOff ??= this.#breakOff(reason))
  }

  async #breakOff(reason: unknown): Promise<unknown> {
    const { dialogue, appointment, timeouts, timers, signal, onMoving } = this.#options
    this.#machine.happened('abort')
    this.#brokenOff.abort()
    this.#keepAlive.cease()
    appointment.release()
    onMoving(false)
    // A server that has reset the connection is about to say why.
    if (isLoss(reason)) await settled(this.#final, timeouts.abortMs, timers)
    if (this.#reply.is === 'due') await this.#abort()
    await this.#keepAlive.end()
    this.#release()
    if (signal?.aborted === true) return signal.reason
    if (!isLoss(reason)) return reason
    const reply = this.#reply.is === 'heard' ? this.#reply.reply : undefined
    if (reply !== undefined && isNegative(reply)) return new FtpReplyError(reply)
    return dialogue.isOver ? dialogue.reason : causeOf(reason)
  }

  /** The data have ended: the final reply is due. */
  async #ended(): Promise<void> {
    this.#machine.happened('end')
    this.#options.onMoving(false)
    accepted(await Promise.race([this.#final, this.#lost]))
    await this.#keepAlive.end()
    this.#release()
    const data = await this.#data
    void data.close().then(() => this.#options.appointment.release())
  }

  /** The server has answered the command: where it has not refused, there is a data connection, or will be. */
  #open(reply: Reply): Promise<Socket> {
    if (classOf(accepted(reply).code) === 'preliminary') this.#machine.happened('accept')
    return this.#options.appointment.connection(this.#brokenOff.signal)
  }

  /** Sends ABOR and hears the server out: one reply, two or three. NOOP tells when that was all. */
  async #abort(): Promise<void> {
    const { dialogue, timeouts, timers } = this.#options
    try {
      dialogue.interrupt()
      const { final } = dialogue.ask({ type: 'command', verb: 'ABOR', argument: undefined })
      await settled(Promise.all([this.#final, final]), timeouts.abortMs, timers)
      // With a NOOP on its way (`KeepAlive`) a 200 could be either's.
      const verb = dialogue.outstanding.includes('NOOP') ? 'SYST' : 'NOOP'
      await dialogue.ask({ type: 'command', verb, argument: undefined }).final
    } catch {
      // Then the control connection is lost, and whoever asks next is told.
    }
  }

  /** The signal has no say in what comes later. */
  #release(): void {
    const { signal, onOver } = this.#options
    signal?.removeEventListener('abort', this.#onAbort)
    onOver()
  }

  /** A refusal ends the transfer at once, wherever the data are; a 2yz has to wait for their end. */
  readonly #onFinal = (reply: Reply | undefined): void => {
    this.#reply = { is: 'heard', reply }
    if (reply === undefined) return
    if (!isNegative(reply)) return this.#machine.happened('succeed')
    this.#machine.happened('refuse')
    this.#onLost(new FtpReplyError(reply))
  }

  /** Whoever reads, writes or waits for a source is woken. */
  readonly #onLost = (reason: unknown): void => {
    this.#lose(reason)
    this.#options.appointment.release()
  }

  /** Nobody may be reading just now: the session must go on without them. */
  readonly #onAbort = (): void => {
    const reason: unknown = this.#options.signal?.reason
    this.#onLost(reason)
    void this.breakOff(reason)
  }
}

/** Whether only a connection is lost, for which the server may have a reason. A certificate that cannot be trusted is one of ours. */
function isLoss(reason: unknown): boolean {
  return reason instanceof ClosedError || (reason instanceof TlsError && reason.code !== 'NET_TLS_UNTRUSTED')
}

/** Of a connection that TLS has ended, what TLS has to say. */
function causeOf(reason: unknown): unknown {
  return reason instanceof ClosedError && reason.cause instanceof TlsError ? reason.cause : reason
}
