/**
 * The octets that a reader has before it, always in one piece: searches and grammars see a `Buffer` and two indexes, and nothing of how the
 * input was cut.
 *
 *     bytes   [ . . . read . . . | . . . to be read . . . ]
 *                                ^from                    ^bytes.length
 *
 * Where all was read before the next chunk comes, which is the rule within a body, that chunk is taken by reference. Else it is put
 * behind what is left, in a block that doubles, so octet by octet costs no more than a few copies of each (law 6). A block is only
 * written behind what it holds: a view that was handed out stays what it was.
 */
import { asBuffer } from '../../net/bytes.ts'

const NOTHING: Buffer = Buffer.alloc(0)

/** Octets in one piece, with what was read of them. */
export class Window {
  /** The octets; those before `from` are of the past. */
  bytes: Buffer = NOTHING
  /** Where what is to be read begins. */
  from = 0
  /** Octets read since the beginning: the stream offset of `from`. */
  offset = 0
  /** A block of our own, at whose front `bytes` lie; nothing where they lie in a chunk. */
  #block: Buffer = NOTHING

  /** How many octets are to be read. */
  get length(): number {
    return this.bytes.length - this.from
  }

  /** Adds octets at the end: by reference where all before them was read. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    if (this.from === this.bytes.length) {
      this.bytes = asBuffer(chunk)
      this.#block = NOTHING
      this.from = 0
      return
    }
    if (this.bytes.length + chunk.length > this.#block.length) this.#moveToBlock(chunk.length)
    this.#block.set(chunk, this.bytes.length)
    this.bytes = this.#block.subarray(0, this.bytes.length + chunk.length)
  }

  /** What is to be read goes to the front of a new block: with room for what comes, and for as much again where that is not the first. */
  #moveToBlock(more: number): void {
    const needed = this.length + more
    const block = Buffer.allocUnsafe(this.#block.length === 0 ? needed : 2 * needed)
    const length = this.bytes.copy(block, 0, this.from)
    this.#block = block
    this.bytes = block.subarray(0, length)
    this.from = 0
  }

  /** Goes on behind the next `count` octets. */
  skip(count: number): void {
    this.from += count
    this.offset += count
  }
}
