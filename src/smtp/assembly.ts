/**
 * Content put together out of a chunk: parts of it that are kept, and a few octets in between. The dot codec takes dots out of what
 * arrives and puts them into what leaves, and most chunks have none; so as long as the parts that are kept lie side by side, the
 * result is a view of the chunk, and a copy is made at the first gap.
 *
 *     chunk    . . a b c CRLF . . d e f CRLF
 *     kept       [ . a b c CRLF ]   [ . d e f CRLF ]
 *     block    [ . a b c CRLF . d e f CRLF   | . . d e f CRLF ]
 *                ^ put together from below     ^ the chunk's copy, which lay behind the room
 *
 * Moving a part down within one block costs no object for each, which is what makes a message of nothing but dots cheap. The chunk
 * itself is not ours to write over: a caller may have others read it.
 */

const NOTHING: Buffer = Buffer.alloc(0)

/** Puts one chunk's content together. The chunk itself is never written to. */
export class Assembly {
  readonly #chunk: Buffer
  #state: 'view' | 'copy' = 'view'
  /** Where the part begins that has been neither kept nor dropped. */
  #from = 0
  /** Nothing is kept from here on. */
  #limit: number
  /** The view, as long as there is no copy. */
  #viewFrom = 0
  #viewTo = 0
  /** The copy: what is put together from below, the chunk behind the room. */
  #block: Buffer = NOTHING
  readonly #room: number
  #filled = 0

  /** At no point may more than `room` octets have been put in beyond those that were dropped. */
  constructor(chunk: Buffer, room: number) {
    this.#chunk = chunk
    this.#limit = chunk.length
    this.#room = room
  }

  /** Keeps all up to `from`, and drops what lies from there to `to`. Returns `to`. */
  drop(from: number, to: number): number {
    this.#keep(from)
    this.#from = to
    return to
  }

  /** Puts octets in behind the last drop. */
  put(bytes: Buffer): void {
    if (this.#state === 'view') this.#copy()
    this.#block.set(bytes, this.#filled)
    this.#filled += bytes.length
  }

  /** Keeps nothing of what follows the last drop. */
  stop(): void {
    this.#limit = this.#from
  }

  /** What was kept, with all up to `to`. */
  finish(to: number): Buffer {
    this.#keep(to)
    if (this.#state === 'copy') return this.#block.subarray(0, this.#filled)
    const isWhole = this.#viewTo - this.#viewFrom === this.#chunk.length
    return isWhole ? this.#chunk : this.#chunk.subarray(this.#viewFrom, this.#viewTo)
  }

  #keep(to: number): void {
    const from = this.#from
    const end = Math.min(to, this.#limit)
    if (end <= from) return
    if (this.#state === 'view') {
      const isEmpty = this.#viewTo === this.#viewFrom
      if (isEmpty) this.#viewFrom = from
      if (isEmpty || from === this.#viewTo) {
        this.#viewTo = end
        return
      }
      this.#copy()
    }
    this.#block.copyWithin(this.#filled, this.#room + from, this.#room + end)
    this.#filled += end - from
  }

  #copy(): void {
    this.#state = 'copy'
    this.#block = Buffer.allocUnsafe(this.#room + this.#chunk.length)
    this.#chunk.copy(this.#block, this.#room)
    this.#block.copyWithin(0, this.#room + this.#viewFrom, this.#room + this.#viewTo)
    this.#filled = this.#viewTo - this.#viewFrom
  }
}
