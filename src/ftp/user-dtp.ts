/**
 * The client's data transfer process (RFC 959 §2.3): one transfer from its command to its end, on two connections at once.
 *
 * A transfer has succeeded when the end of the data and a 2yz have both been seen, whichever comes first; a refusal wins over both
 * (the table `CLIENT_TRANSFER`). So the final reply is listened for beside the data from the beginning: a server that gives up in
 * the middle is heard at once. While data move no reply is due; when they have ended, it has to come in its time.
 *
 * Broken off (by a signal, by a loop that is left early, by a source that throws), a transfer cuts its data connection, sends ABOR, and
 * hears out what the server still has to say: two replies from most, one from some. When nothing more comes, a NOOP tells where
 * the dialogue stands, because its 200 can be nobody else's (RFC 1123 §4.1.4.4). Then the session is as good as before.
 */
import { ClosedError } from '../net/errors.ts'
import type { Socket } from '../net/socket.ts'
import type { Timer, TimerWheel } from '../net/timers.ts'
import { accepted, type Dialogue } from './dialogue.ts'
import { FtpReplyError } from './reply.ts'
import type { Command, Reply } from './events.ts'
import type { Timeouts } from './limits.ts'
import { classOf, isNegative } from './reply.ts'
import { ClientTransfer } from './transfer.ts'

/** What a transfer needs of the client that it belongs to. */
export interface UserDtpOptions {
  /** Where commands are asked. */
  readonly dialogue: Dialogue
  /** The data connection, established. */
  readonly data: Socket
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
}

/** One transfer. */
export class UserDtp {
  readonly #options: UserDtpOptions
  readonly #machine = new ClientTransfer()
  /** The 1yz, or what came in its place. */
  readonly #first: Promise<Reply>
  /** The final reply, which may come before the data have ended. */
  readonly #final: Promise<Reply | undefined>
  /** Rejects when the transfer is lost while it waits for something else: refused, or broken off by the signal. */
  readonly #lost: Promise<never>
  #lose: (reason: unknown) => void = () => {}
  /** Whether the server has said its last word. */
  #reply: { readonly is: 'due' } | { readonly is: 'heard'; readonly reply: Reply | undefined } = { is: 'due' }

  /** Sends the command. Throws an `FtpError` with side `local`, and sends nothing, where that cannot be. */
  constructor(command: Command, options: UserDtpOptions) {
    const { dialogue, signal, onMoving } = options
    this.#options = options
    this.#lost = new Promise((_resolve, reject) => {
      this.#lose = reject
    })
    this.#lost.catch(() => {})
    onMoving(true)
    const { first, final } = dialogue.ask(command)
    this.#first = first
    this.#final = final
    final.then(this.#onFinal, this.#onLost)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted === true) this.#onAbort()
  }

  /** Waits for the first reply. Rejects with `FtpReplyError` where it is a refusal. */
  async begun(): Promise<void> {
    try {
      const reply = accepted(await Promise.race([this.#first, this.#lost]))
      if (classOf(reply.code) === 'preliminary') this.#machine.happened('accept')
    } catch (error) {
      throw await this.breakOff(error)
    }
  }

  /** The next octets; `undefined` when the data are whole, and the server has said so. */
  async read(): Promise<Buffer | undefined> {
    const { data, timeouts, onOctets } = this.#options
    try {
      data.setReadDeadline('stall', timeouts.stallMs)
      const chunk = await data.read()
      if (chunk === undefined) await this.#ended()
      else onOctets(chunk.length)
      return chunk
    } catch (error) {
      throw await this.breakOff(error)
    }
  }

  /** Sends all that the source gives. Resolves when the server has said that it has all of it. */
  async send(source: AsyncIterable<Uint8Array>): Promise<void> {
    const { data, timeouts, onOctets } = this.#options
    const iterator = source[Symbol.asyncIterator]()
    data.setWriteDeadline('stall', timeouts.stallMs)
    try {
      for (;;) {
        // A source may take its time, and the server may give up meanwhile.
        const { done, value } = await Promise.race([iterator.next(), this.#lost])
        if (done === true) break
        await data.write([value])
        onOctets(value.length)
      }
      await data.end()
      await this.#ended()
    } catch (error) {
      iterator.return?.().then(undefined, () => {})
      throw await this.breakOff(error)
    }
  }

  /**
   * Ends the transfer before its end, so that the session can go on. Answers why it ended: where `reason` is only that a connection
   * is gone, the server's own word for it. Never rejects.
   */
  async breakOff(reason: unknown): Promise<unknown> {
    const { dialogue, data, timeouts, timers, signal, onMoving } = this.#options
    this.#machine.happened('abort')
    data.destroy()
    onMoving(false)
    // A server that has reset the connection is about to say why.
    if (reason instanceof ClosedError) await settled(this.#final, timeouts.abortMs, timers)
    if (this.#reply.is === 'due') await this.#abort()
    this.#release()
    if (signal?.aborted === true) return signal.reason
    if (!(reason instanceof ClosedError)) return reason
    const reply = this.#reply.is === 'heard' ? this.#reply.reply : undefined
    if (reply !== undefined && isNegative(reply)) return new FtpReplyError(reply)
    return dialogue.isOver ? dialogue.reason : reason
  }

  /** The data have ended: the final reply is due. */
  async #ended(): Promise<void> {
    this.#machine.happened('end')
    this.#options.onMoving(false)
    await Promise.race([this.#final, this.#lost])
    this.#release()
    void this.#options.data.close()
  }

  /** Sends ABOR and hears the server out; where it says too little, NOOP tells when that was all. */
  async #abort(): Promise<void> {
    const { dialogue, timeouts, timers } = this.#options
    try {
      dialogue.interrupt()
      const { final } = dialogue.ask({ type: 'command', verb: 'ABOR', argument: undefined })
      await settled(Promise.all([this.#final, final]), timeouts.abortMs, timers)
      if (dialogue.outstanding.length > 0)
        await dialogue.ask({ type: 'command', verb: 'NOOP', argument: undefined }).final
    } catch {
      // Then the control connection is lost, and whoever asks next is told.
    }
  }

  /** The signal has no say in what comes later. */
  #release(): void {
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
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
    this.#options.data.destroy()
  }

  readonly #onAbort = (): void => {
    this.#onLost(this.#options.signal?.reason)
  }
}

/** Resolves when the promise is settled either way, or after `ms`. */
async function settled(promise: Promise<unknown>, ms: number, timers: TimerWheel): Promise<void> {
  let timer: Timer | undefined
  const late = new Promise<void>((resolve) => {
    timer = timers.after(ms, resolve)
  })
  const ready = promise.then(
    () => {},
    () => {},
  )
  await Promise.race([ready, late])
  timer?.cancel()
}
