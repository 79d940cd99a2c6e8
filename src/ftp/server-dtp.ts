/**
 * The server's data transfer process (RFC 959 §2.2): moves the octets of one transfer between a data connection and a storage, and
 * says in the end what is to be answered. It runs beside the dialogue, which may break it off.
 *
 *     150 is sent ─ the peer connects (and shakes hands, with PROT P) ─┬─ send:    source ─> socket ─ its end ─ FIN ──────────────────> 226
 *                                                                      └─ receive: socket ─> sink ─ FIN ─ our FIN ─ commit (synced) ──> 226
 *
 * Where something goes wrong the data connection is reset, not ended: in stream mode a FIN is the end of the file (RFC 959 §3.4.1), and
 * half a file must not look whole. An upload that did not come to its end leaves the storage as it was, and is told as `aborted`.
 *
 * A client that dies looks on the data connection like one that has finished. So when an upload has ended, our own FIN is sent
 * first, which takes a turn of the event loop; a control connection that ended in the same moment is seen by then, and the
 * upload is broken off (A24). What comes later than that cannot be told from success by this protocol: a number that ALLO announces can
 * (`least`), TLS can (close_notify), and so can patience (`uploadSettleMs`), as far as it goes. From the commit on nothing breaks it off any more: what was asked for has happened.
 */
import { ClosedError, TimeoutError } from '../net/errors.ts'
import type { Pace } from '../net/pace.ts'
import type { Socket } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import type { Verb } from './commands.ts'
import type { DataPort } from './data.ts'
import { FtpError, FtpLimitError } from './errors.ts'
import type { Limits, Timeouts } from './limits.ts'
import { paceOf } from './pace.ts'
import { asError, refusalOf } from './refusal.ts'
import type { ServerTls } from './server-tls.ts'
import { handOver, type Sink } from './storage/storage.ts'
import { ServerTransfer, type FinalReply } from './transfer.ts'

/** What a server sends: chunks, and how to let go of them where they are not asked for to the end. */
export interface Outgoing {
  /** The octets, as they go onto the wire. The memory of a chunk may be used again when the next one is asked for (`Source.lend`). */
  readonly chunks: AsyncIterable<Buffer>
  /** Closes what the chunks come from. Does nothing where it is closed already. */
  close(): Promise<void>
}

/** What a server receives: where it goes. */
export interface Incoming {
  /** Where the octets go. */
  readonly sink: Sink
  /** Makes of a chunk of the wire what is kept. */
  decode(chunk: Buffer): Buffer
  /** Octets below which the upload is not whole, whatever the connection says: what ALLO has announced, or 0. */
  readonly least: number
  /** What is to be kept behind the last chunk. */
  end(): Buffer
}

/** What a transfer process is told. */
export interface TransferOptions {
  /** The command that it serves. */
  readonly verb: Verb
  /** Where the data connection comes in, or goes to; it is let go of in the end. */
  readonly port: DataPort
  /** TLS for the data connection; `undefined` where it is in the clear (PROT C). */
  readonly tls: ServerTls | undefined
  /** How much of anything is allowed: how slow the client may be. */
  readonly limits: Limits
  /** How long anything may take. */
  readonly timeouts: Timeouts
  /** How long to wait, behind the end of an upload, for the end of the control connection; see `uploadSettleMs`. */
  readonly settleMs: number
  /** The wheel for that. */
  readonly timers: TimerWheel
  /** Told of the octets of each chunk as it moves. */
  readonly onOctets: (octets: number) => void
  /** Told of what failed on our side: a storage, or a fault of ours. */
  readonly onError: (error: Error) => void
}

/** One transfer, while it runs and when it is over. */
export class ServerDtp {
  /** The command that it serves. */
  readonly verb: Verb
  readonly #port: DataPort
  readonly #tls: ServerTls | undefined
  readonly #timeouts: Timeouts
  readonly #pace: Pace
  readonly #settleMs: number
  readonly #timers: TimerWheel
  readonly #onOctets: (octets: number) => void
  readonly #onError: (error: Error) => void
  readonly #machine = new ServerTransfer()
  readonly #controller = new AbortController()
  #bytes = 0

  constructor({ verb, port, tls, limits, timeouts, settleMs, timers, onOctets, onError }: TransferOptions) {
    this.verb = verb
    this.#port = port
    this.#tls = tls
    this.#timeouts = timeouts
    this.#pace = paceOf('minTransferRate', limits, timeouts, timers)
    this.#settleMs = settleMs
    this.#timers = timers
    this.#onOctets = onOctets
    this.#onError = onError
    this.#machine.happened('accept')
  }

  /** Octets moved so far, as they are on the wire. */
  get bytes(): number {
    return this.#bytes
  }

  /** Breaks the transfer off, unless it is being committed or over. */
  abort(): void {
    if (this.#machine.state === 'finishing') return
    this.#machine.happened('abort')
    this.#controller.abort()
  }

  /** Sends all of it. Never rejects: what went wrong is in the reply. */
  async send(outgoing: Outgoing): Promise<FinalReply> {
    const reply = await this.#run('send', async (socket) => {
      for await (const chunk of outgoing.chunks) {
        this.#count(chunk)
        await this.#pace.write(socket, chunk)
        await this.#pace.flush(socket)
      }
      this.#machine.happened('finish')
      await this.#pace.end(socket)
      this.#machine.happened('close')
    })
    await outgoing.close().catch(this.#onStorageError)
    return reply
  }

  /** Receives all of it, and commits it or leaves nothing of it. Never rejects. */
  async receive(incoming: Incoming): Promise<FinalReply> {
    const pace = this.#pace
    const { sink } = incoming
    const reply = await this.#run('receive', async (socket) => {
      for (let chunk = await pace.read(socket); chunk !== undefined; chunk = await pace.read(socket)) {
        this.#count(chunk)
        await handOver(sink, incoming.decode(chunk))
      }
      if (this.#bytes < incoming.least) throw new ClosedError('Less has come than ALLO has announced')
      await sink.write(incoming.end())
      await socket.end()
      if (this.#settleMs > 0) await this.#settle()
      this.#controller.signal.throwIfAborted()
      this.#machine.happened('close')
      await sink.commit()
      this.#machine.happened('finish')
    })
    if (this.#machine.state !== 'complete') await sink.abort().catch(this.#onStorageError)
    return reply
  }

  /** Waits for the peer, moves the octets, and ends the data connection: politely when all went well. */
  async #run(direction: 'send' | 'receive', move: (socket: Socket) => Promise<void>): Promise<FinalReply> {
    const { signal } = this.#controller
    let socket: Socket | undefined
    try {
      socket = await this.#port.connection(this.#timeouts.dataMs, signal)
      const cut = socket.destroy.bind(socket, undefined)
      signal.addEventListener('abort', cut, { once: true })
      if (this.#tls !== undefined) {
        this.#machine.happened('handshake')
        await this.#tls.secure(socket, direction)
      }
      this.#machine.happened('connect')
      socket.setWriteDeadline('stall', this.#timeouts.stallMs)
      await move(socket)
    } catch (error) {
      this.#failed(error)
    }
    // A peer may wait for our 226 before it closes its end, and may be slow to take what the kernel still holds for it.
    if (this.#machine.state === 'complete') void socket?.close(this.#timeouts.idleMs).then(() => this.#port.release())
    else await this.#port.release()
    return this.#machine.reply ?? { code: 451, text: 'Local error in processing' }
  }

  /** Leaves the control connection time to end, too. */
  #settle(): Promise<void> {
    const { signal } = this.#controller
    return new Promise((resolve) => {
      const timer = this.#timers.after(this.#settleMs, resolve)
      const onAbort = (): void => {
        timer.cancel()
        resolve()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) onAbort()
    })
  }

  #count(chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#onOctets(chunk.length)
  }

  /** Letting go has failed: that changes no reply, but what is left behind is the owner's to remove. */
  readonly #onStorageError = (error: unknown): void => this.#onError(asError(error))

  /** Why it did not come to its end. */
  #failed(error: unknown): void {
    const isLost = error instanceof ClosedError || error instanceof TimeoutError || this.#controller.signal.aborted
    if (error instanceof TimeoutError && error.phase === 'data')
      this.#machine.failed({ code: 425, text: 'Nobody came to the data connection' })
    else if (error instanceof FtpError && error.code === 'FTP_NO_DATA_CONNECTION' && !this.#controller.signal.aborted)
      this.#machine.failed({ code: 425, text: 'Your port cannot be connected to' })
    else if (this.#tls !== undefined && this.#machine.state === 'securing' && !this.#controller.signal.aborted)
      this.#machine.failed(this.#tls.failure)
    else if (isLost) this.#machine.happened('abort')
    else if (error instanceof FtpLimitError) this.#machine.failed({ code: 426, text: error.message })
    else {
      const reply = refusalOf(error, this.verb, 'behindPreliminary')
      if (reply.code === 451) this.#onError(asError(error))
      this.#machine.failed(reply)
    }
  }
}
