/**
 * The body of a message, as its handler reads it: pulled from the connection piece by piece. There is no queue between the two, so a
 * handler that does not read holds the client back. What it leaves unread is read and dropped before the client is answered, because
 * a client listens only behind its last dot.
 *
 *     arriving ──the end──> whole
 *        ├──a fault of the content, or of the connection──> broken     every further read tells it again
 *        └──the handler has answered─────────────────────> closed     every further read is at the end
 *
 * Time: each block of content must have arrived within its time, in which only the waiting for the client counts, and not what a
 * handler takes between two reads.
 */
import type { NeedData } from '../net/machine.ts'
import type { Socket } from '../net/socket.ts'
import type { TimerWheel } from '../net/timers.ts'
import type { Transcript } from '../net/transcript.ts'
import { rejected, Wait } from '../net/wait.ts'
import type { Receiver } from './connection.ts'
import { SmtpError, SmtpLimitError } from './errors.ts'
import type { ContentFault, ServerEvent } from './events.ts'
import type { Limits, Timeouts } from './limits.ts'

/** Where a body comes from. */
export interface BodySource {
  /** The machine's next event, or what it waits for. */
  readonly poll: () => ServerEvent | NeedData
  /** Waits for more octets. */
  readonly fillFor: (receiver: Receiver) => void
  /** The connection's socket, for its deadline. */
  readonly socket: Socket
  /** Where the octets are counted. */
  readonly transcript: Transcript | undefined
  /** How much. */
  readonly limits: Limits
  /** How long. */
  readonly timeouts: Timeouts
  /** What tells the time. */
  readonly timers: TimerWheel
  /** Between two chunks: waits for the next, however long that takes. Default: there are none. */
  readonly pause?: () => Promise<void> | undefined
  /** Told of each piece before the reader has it; holds it back, or breaks the body, where it returns a promise. Default: nothing. */
  readonly interrupt?: (octets: number) => Promise<void> | undefined
}

/** What the machine told of a message that is not `content`. */
type Told = { readonly type: 'end' } | ContentFault

const END_OF_MESSAGE: Told = Object.freeze({ type: 'end' })

/** What a read comes to. */
type Result = IteratorResult<Uint8Array, undefined>

const END: Result = Object.freeze({ done: true, value: undefined })

/** The body of one message. */
export class MessageBody implements AsyncIterable<Uint8Array>, Receiver {
  readonly #source: BodySource
  #state: 'arriving' | 'whole' | 'broken' | 'closed' = 'arriving'
  /** What broke it. */
  #reason: unknown
  #onWhole: () => void = nothing
  /** The read for which the client is waited for: one promise, and no other where its reader asks but once at a time. */
  readonly #reading = new Wait<Result>()
  /** The last of those that go behind it. */
  #behind: Promise<Result> | undefined
  /** How long the client may still be waited for until the present block is there, and where in the stream that ends. */
  #blockMs = 0
  #blockEnd = 0
  /** Since when it is waited for. */
  #waitingSince = 0
  /** Where in the stream it began to be dropped. */
  #discardedFrom = 0

  constructor(source: BodySource) {
    this.#source = source
  }

  /** Whether there is more to come. */
  get state(): 'arriving' | 'whole' | 'broken' | 'closed' {
    return this.#state
  }

  /** Calls `tell` when the last piece has been read; never, where it is not. */
  onWhole(tell: () => void): void {
    if (this.#state === 'whole') tell()
    else this.#onWhole = tell
  }

  /** Reads the pieces. Leaving the loop early leaves the rest to be dropped. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return { next: () => this.#next(), return: () => Promise.resolve(END) }
  }

  /**
   * The handler has answered: reads and drops what it has left, up to the end of the message. A promise, where there is anything left; it
   * rejects with what broke the connection, and with `SMTP_DISCARDED_TOO_MUCH`.
   */
  finish(): Promise<void> | undefined {
    if (this.#state !== 'whole' || this.#lastRead !== undefined) return this.#drop()
    this.#state = 'closed'
    return undefined
  }

  async #drop(): Promise<void> {
    await this.#lastRead?.catch(nothing)
    const isAtEnd = this.#state === 'whole'
    if (this.#state === 'broken' && !(this.#reason instanceof ContentRefused)) throw this.#reason
    this.#state = 'closed'
    this.#discardedFrom = this.#source.socket.bytesRead
    for (let result = isAtEnd ? END : await this.#read(); result.done !== true;) result = await this.#read()
  }

  /** The read behind which the next one goes, whoever asks; `undefined` where nobody waits. */
  get #lastRead(): Promise<Result> | undefined {
    return this.#behind ?? (this.#reading.isPending ? this.#reading.start() : undefined)
  }

  #next(): Promise<Result> {
    const last = this.#lastRead
    if (last === undefined) return this.#answer()
    const answer = (): Promise<Result> => this.#answer()
    const behind = last.then(answer, answer)
    const forget = (): void => {
      if (this.#behind === behind) this.#behind = undefined
    }
    behind.then(forget, forget)
    this.#behind = behind
    return behind
  }

  /** What a read of the handler comes to. */
  #answer(): Promise<Result> {
    if (this.#state === 'arriving') return this.#read()
    return this.#state === 'broken' ? rejected(this.#reason as Error) : Promise.resolve(END)
  }

  /** The next piece, or the end: at once where it is there. */
  #read(): Promise<Result> {
    const isUninterrupted = this.#source.interrupt === undefined
    if (isUninterrupted) {
      try {
        const told = this.#take()
        if (told !== undefined) return Promise.resolve(this.#resultOf(told))
      } catch (error) {
        return rejected(this.#break(error as Error))
      }
    }
    const reading = this.#reading.start()
    if (isUninterrupted) this.#listen()
    else this.#proceed()
    return reading
  }

  /** @internal The client has sent something. */
  received(): void {
    const { socket, timers } = this.#source
    // Behind a whole block another one begins, whatever is left of this one's time.
    if (socket.bytesRead < this.#blockEnd) this.#blockMs -= timers.now() - this.#waitingSince
    this.#proceed()
  }

  /** @internal */
  notReceived(error: Error): void {
    this.#reading.fail(this.#break(error))
  }

  /** What is there goes to who waits; where nothing is, the client must be waited for. */
  #proceed(): void {
    try {
      const told = this.#take()
      if (told === undefined) return this.#listen()
      const held = told instanceof Uint8Array ? this.#source.interrupt?.(told.length) : undefined
      if (held === undefined) this.#reading.fulfil(this.#resultOf(told))
      else this.#resume(held, () => this.#reading.fulfil(this.#resultOf(told)))
    } catch (error) {
      this.notReceived(error as Error)
    }
  }

  #resume(held: Promise<void>, then: () => void): void {
    held.then(then).catch((error: unknown) => this.notReceived(error as Error))
  }

  /** Once it is closed nobody reads any more, and no error is anybody's but the connection's. */
  #break(reason: Error): Error {
    if (this.#state === 'closed') return reason
    this.#state = 'broken'
    this.#reason = reason
    return reason
  }

  /** What a reader gets for it. Throws where the message is refused. */
  #resultOf(told: Uint8Array | Told): Result {
    if (told instanceof Uint8Array) return { done: false, value: told }
    if (told.type === 'contentFault') throw new ContentRefused(told)
    if (this.#state === 'arriving') this.#state = 'whole'
    this.#onWhole()
    return END
  }

  /** The next piece, or what else is told of the message; `undefined` where the client must be waited for. */
  #take(): Uint8Array | Told | undefined {
    for (;;) {
      const event = this.#source.poll()
      switch (event.type) {
        case 'content':
          this.#source.transcript?.content('C', event.bytes.length)
          return event.bytes
        case 'contentFault':
          // Who has answered already does not mind.
          if (this.#state !== 'closed') return event
          break
        case 'violation':
          break
        case 'needData':
          return undefined
        default:
          return END_OF_MESSAGE
      }
    }
  }

  /** Waits for the client: to begin the next chunk, or to send more of this one within its time. */
  #listen(): void {
    const { pause, fillFor, socket, limits, timeouts, timers } = this.#source
    const paused = pause?.()
    if (paused !== undefined) return this.#resume(paused, () => this.#proceed())
    if (this.#state === 'closed' && socket.bytesRead - this.#discardedFrom > limits.maxDiscardedBytes) {
      const { maxDiscardedBytes } = limits
      return this.notReceived(new SmtpLimitError('SMTP_DISCARDED_TOO_MUCH', 'maxDiscardedBytes', maxDiscardedBytes))
    }
    if (socket.bytesRead >= this.#blockEnd) {
      this.#blockEnd = socket.bytesRead + limits.minBlockBytes
      this.#blockMs = timeouts.blockMs
    }
    this.#waitingSince = timers.now()
    socket.setReadDeadline('block', Math.max(1, this.#blockMs))
    fillFor(this)
  }
}

function nothing(): void {}

/** What a handler's read throws where the message turns out to be refused: the fault's code, text and rule. */
class ContentRefused extends SmtpError {
  constructor({ code, offset }: ContentFault) {
    super(code, { offset })
  }
}
