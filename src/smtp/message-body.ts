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
import { rejected } from '../net/wait.ts'
import { SmtpError, SmtpLimitError } from './errors.ts'
import type { ContentFault, ServerEvent } from './events.ts'
import type { Limits, Timeouts } from './limits.ts'

/** Where a body comes from. */
export interface BodySource {
  /** The machine's next event, or what it waits for. */
  readonly poll: () => ServerEvent | NeedData
  /** Waits for more octets. */
  readonly fill: () => Promise<void>
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
export class MessageBody implements AsyncIterable<Uint8Array> {
  /** Fulfilled when the last piece has been read; never, where it is not. */
  readonly whole: Promise<void>
  readonly #source: BodySource
  #state: 'arriving' | 'whole' | 'broken' | 'closed' = 'arriving'
  /** What broke it. */
  #reason: unknown
  /** The read that is waiting, the last of them; the next one goes behind it, whoever asks. */
  #reading: Promise<unknown> | undefined
  #onWhole: () => void = () => {}
  /** How long the client may still be waited for until the present block is there, and where in the stream that ends. */
  #blockMs = 0
  #blockEnd = 0
  /** Where in the stream it began to be dropped. */
  #discardedFrom = 0

  constructor(source: BodySource) {
    this.#source = source
    this.whole = new Promise((resolve) => {
      this.#onWhole = resolve
    })
  }

  /** Whether there is more to come. */
  get state(): 'arriving' | 'whole' | 'broken' | 'closed' {
    return this.#state
  }

  /** Reads the pieces. Leaving the loop early leaves the rest to be dropped. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return { next: () => this.#next(), return: () => Promise.resolve({ done: true, value: undefined }) }
  }

  /**
   * The handler has answered: reads and drops what it has left, and resolves at the end of the message. Rejects with what broke
   * the connection, and with `SMTP_DISCARDED_TOO_MUCH`.
   */
  async finish(): Promise<void> {
    if (this.#reading !== undefined) await this.#reading.catch(() => {})
    const isAtEnd = this.#state === 'whole'
    if (this.#state === 'broken' && !(this.#reason instanceof ContentRefused)) throw this.#reason
    this.#state = 'closed'
    this.#discardedFrom = this.#source.socket.bytesRead
    for (let piece: Uint8Array | Told | undefined; !isAtEnd && !isEnd(piece);) piece = await this.#pull()
  }

  /** A reader that takes what is there makes one promise of it; only where the client must be waited for, there is something to go behind. */
  #next(): Promise<Result> {
    if (this.#reading === undefined && this.#source.interrupt === undefined) {
      const arrived = this.#readArrived()
      if (arrived !== undefined) return arrived
    }
    const read = (): Promise<Result> => this.#read()
    const reading = this.#reading === undefined ? read() : this.#reading.then(read, read)
    const forget = (): void => {
      if (this.#reading === reading) this.#reading = undefined
    }
    this.#reading = reading
    reading.then(forget, forget)
    return reading
  }

  /** What can be said without waiting. */
  #readArrived(): Promise<Result> | undefined {
    if (this.#state === 'broken') return rejected(this.#reason as Error)
    if (this.#state !== 'arriving') return Promise.resolve(END)
    try {
      const piece = this.#take()
      return piece && Promise.resolve(this.#give(piece))
    } catch (error) {
      return rejected(this.#break(error) as Error)
    }
  }

  async #read(): Promise<Result> {
    if (this.#state === 'broken') throw this.#reason
    if (this.#state !== 'arriving') return END
    try {
      return this.#give(await this.#pull())
    } catch (error) {
      throw this.#break(error)
    }
  }

  #break(reason: unknown): unknown {
    this.#state = 'broken'
    this.#reason = reason
    return reason
  }

  /** What a reader gets for it. Throws where the message is refused. */
  #give(piece: Uint8Array | Told): Result {
    if (piece instanceof Uint8Array) return { done: false, value: piece }
    if (piece.type === 'contentFault') throw new ContentRefused(piece)
    this.#state = 'whole'
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
          return event
        case 'violation':
          break
        case 'needData':
          return undefined
        default:
          return END_OF_MESSAGE
      }
    }
  }

  /** The same, waited for. */
  async #pull(): Promise<Uint8Array | Told> {
    let piece = this.#take()
    while (piece === undefined) {
      await (this.#source.pause?.() ?? this.#fill())
      piece = this.#take()
    }
    const held = piece instanceof Uint8Array ? this.#source.interrupt?.(piece.length) : undefined
    if (held !== undefined) await held
    return piece
  }

  async #fill(): Promise<void> {
    const { fill, socket, limits, timeouts, timers } = this.#source
    if (this.#state === 'closed' && socket.bytesRead - this.#discardedFrom > limits.maxDiscardedBytes) {
      throw new SmtpLimitError('SMTP_DISCARDED_TOO_MUCH', 'maxDiscardedBytes', limits.maxDiscardedBytes)
    }
    if (socket.bytesRead >= this.#blockEnd) {
      this.#blockEnd = socket.bytesRead + limits.minBlockBytes
      this.#blockMs = timeouts.blockMs
    }
    const begun = timers.now()
    socket.setReadDeadline('block', Math.max(1, this.#blockMs))
    await fill()
    this.#blockMs -= timers.now() - begun
  }
}

function isEnd(piece: Uint8Array | Told | undefined): boolean {
  return piece !== undefined && 'type' in piece && piece.type === 'end'
}

/** What a handler's read throws where the message turns out to be refused: the fault's code, text and rule. */
class ContentRefused extends SmtpError {
  constructor({ code, offset }: ContentFault) {
    super(code, { offset })
  }
}
