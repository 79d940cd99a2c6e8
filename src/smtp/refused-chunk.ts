/**
 * The octets of a chunk that was refused: they come all the same, whatever was said to the BDAT before them, and must be read so that none
 * of them is taken for a command (RFC 3030 §2). They are counted off and dropped as they come, and what is dropped in a session has a
 * limit: a client cannot have us read for ever what nobody wants.
 */
import type { ByteQueue } from '../net/bytes.ts'
import { SmtpLimitError } from './errors.ts'
import type { Bdat, Fault } from './events.ts'

/** A chunk that belongs to a refused BDAT, and how much of it is still to come. */
export interface RefusedChunk {
  /** The discriminant, where octets may be something else as well. */
  readonly as: 'refusedChunk'
  /** What was said before it. */
  readonly chunk: Bdat
  /** Why it was refused: the answer at its end. */
  readonly fault: Fault
  /** Octets that have not come. */
  left: number
}

/** Drops the refused chunks of one session. */
export class RefusedChunks {
  readonly #queue: ByteQueue
  readonly #max: number
  /** Octets dropped since the session began. */
  #dropped = 0

  /** Takes them from `queue`, and at most `max` octets of them. */
  constructor(queue: ByteQueue, max: number) {
    this.#queue = queue
    this.#max = max
  }

  /** Throws `SMTP_DISCARDED_TOO_MUCH` where a chunk is longer than all that may be dropped, whether it is refused or may still be. */
  admit({ size }: Bdat): void {
    if (size > this.#max) throw this.#tooMuch()
  }

  /** Drops what has come of it, and says whether that was the rest. Throws `SMTP_DISCARDED_TOO_MUCH`. */
  drop(refused: RefusedChunk): 'whole' | 'partial' {
    const count = Math.min(refused.left, this.#queue.length)
    refused.left -= count
    this.#dropped += count
    this.#queue.skip(count)
    if (this.#dropped > this.#max) throw this.#tooMuch()
    return refused.left > 0 ? 'partial' : 'whole'
  }

  #tooMuch(): SmtpLimitError {
    return new SmtpLimitError('SMTP_DISCARDED_TOO_MUCH', 'maxDiscardedBytes', this.#max, { offset: this.#queue.offset })
  }
}
