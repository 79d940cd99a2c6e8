/**
 * A message that comes in chunks (RFC 3030 §2). Its handler sees one body from the first octet to the last, and knows of no chunks; the
 * client hears of each, and may say something else between two of them.
 *
 *     chunk ──endOfChunk──> between ──BDAT──> chunk
 *       │                      └──RSET, the end of the session──> abandoned
 *       └──the last octet, or a fault──> over
 *
 * Whoever reads the body (the handler, or nobody when it has answered) draws the events of a chunk out of the machine, until the chunk is
 * over. Then it waits, and the session goes on to read commands.
 */
import { NEED_RECEIVE } from '../net/machine.ts'
import type { NeedData } from '../net/machine.ts'
import { rejected, Wait } from '../net/wait.ts'
import type { ServerEvent } from './events.ts'
import type { MessageVerdict } from './handlers.ts'
import type { BodySource, MessageBody } from './message-body.ts'
import { receive } from './reception.ts'
import type { ReceptionOptions } from './reception.ts'
import type { Envelope } from './transaction.ts'

/** What a chunk has brought: more is to come, or the verdict on all of it. */
export type ChunkOutcome = { readonly type: 'more' } | { readonly type: 'over'; readonly verdict: MessageVerdict }

const MORE: ChunkOutcome = Object.freeze({ type: 'more' })

/** One message in chunks. */
export class ChunkedReception {
  /** The transaction that it belongs to. */
  readonly envelope: Envelope
  readonly #source: BodySource
  readonly #over: Promise<ChunkOutcome>
  #state: 'chunk' | 'between' | 'abandoned' = 'chunk'
  #reason: Error | undefined
  /** Waited for by the session: the end of the chunk. */
  readonly #chunkEnd = new Wait<ChunkOutcome>()
  /** Waited for by who reads: the next chunk. */
  readonly #nextChunk = new Wait<void>()

  /** Begins with the first chunk, and asks about the message with `ask`. */
  constructor(
    envelope: Envelope,
    options: ReceptionOptions,
    ask: (body: MessageBody) => MessageVerdict | Promise<MessageVerdict>,
  ) {
    this.envelope = envelope
    this.#source = options.source
    const source = { ...options.source, poll: () => this.#poll(), pause: () => this.#pause() }
    this.#over = receive({ ...options, source }, ask).then((verdict) => ({ type: 'over', verdict }))
    // Where the message is abandoned nobody waits for this any more.
    this.#over.catch(() => {})
  }

  /** Waits until the chunk that has begun is over. Rejects with what broke the connection. */
  chunk(): Promise<ChunkOutcome> {
    this.#state = 'chunk'
    const end = this.#chunkEnd.start()
    this.#nextChunk.fulfil()
    return Promise.race([end, this.#over])
  }

  /** The client has given the message up, or is gone: the handler's next read tells it. */
  abandon(reason: Error): void {
    this.#state = 'abandoned'
    this.#reason = reason
    this.#nextChunk.fail(reason)
  }

  #poll(): ServerEvent | NeedData {
    if (this.#state !== 'chunk') return NEED_RECEIVE
    const event = this.#source.poll()
    if (event.type !== 'endOfChunk') return event
    this.#state = 'between'
    this.#chunkEnd.fulfil(MORE)
    return NEED_RECEIVE
  }

  #pause(): Promise<void> | undefined {
    if (this.#state === 'abandoned') return rejected(this.#reason as Error)
    return this.#state === 'between' ? this.#nextChunk.start() : undefined
  }
}
