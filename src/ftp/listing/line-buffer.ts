/**
 * The octets of a listing on their way to its formats: pushed as TCP cut them, read line by line in place.
 *
 *     bytes    type=file; a CR LF type=dir; b CR LF type=fi ........
 *                                                   ^at    ^end     room for what comes
 *     octets   the same as an octet string (`text.ts`), made once for each chunk in which a line ends
 *
 * What is pushed is copied behind the line that has begun, so that every line lies in one piece and nobody's chunk is held. All chunks come
 * into the same buffer, and those of the next listing too: to make a buffer, and a view of its words, costs as much as to read a line.
 */
import { LF } from '../../net/ascii.ts'
import { asBuffer, octetString } from '../../net/bytes.ts'
import { Spare } from './spare.ts'

const EMPTY: Buffer = Buffer.alloc(0)
/** A longer chunk is read in pieces; a longer line makes the buffer grow, and such a buffer is not kept. */
const BUFFER_BYTES = 32_768

/** Octets, the same as a string, and how far they are read. */
export class LineBuffer {
  /** The octets, up to `end`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  /** The same octets; empty where no line ends among those that came last. */
  octets = ''
  /** Where the next line begins. */
  at = 0
  /** Where the octets end. */
  end = 0
  /** What was pushed, and how far it is among `bytes`. */
  #chunk: Buffer = EMPTY
  #taken = 0

  /** Takes the next octets, which have to stay as they are until `fill` answers `false`. */
  push(bytes: Uint8Array): void {
    this.#chunk = asBuffer(bytes)
    this.#taken = 0
  }

  /** Puts more of what was pushed behind the line that has begun; the lines before it are gone. `false` where there is no more. */
  fill(): boolean {
    const from = this.#taken
    const left = this.#chunk.length - from
    if (left === 0) return false
    this.#makeRoom()
    const begun = this.end
    const count = Math.min(left, this.bytes.length - begun)
    const piece = count === this.#chunk.length ? this.#chunk : this.#chunk.subarray(from, from + count)
    this.bytes.set(piece, begun)
    this.end = begun + count
    this.#taken = from + count
    // A string of a line that has not ended would be made again for each octet that comes: the cost of the line would be a square.
    this.octets = hasLineEnd(piece) ? this.text() : ''
    return true
  }

  /** All octets as a string, whether a line ends there or not. */
  text(): string {
    return octetString(this.bytes, 0, this.end)
  }

  /** The listing is over: nothing of it is held. */
  giveBack(): void {
    this.push(EMPTY)
    this.octets = ''
    this.at = 0
    this.end = 0
    if (this.bytes.length === BUFFER_BYTES) SPARE.giveBack(this)
  }

  #makeRoom(): void {
    if (this.at > 0) {
      this.bytes.copyWithin(0, this.at, this.end)
      this.end -= this.at
      this.at = 0
    }
    if (this.end < this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * this.end)
    this.bytes.copy(larger)
    this.bytes = larger
  }
}

/** Whether a line ends among these octets: most listings that come in one piece end with one. */
function hasLineEnd(octets: Buffer): boolean {
  return octets[octets.length - 1] === LF || octets.includes(LF)
}

const SPARE: Spare<LineBuffer> = new Spare(() => new LineBuffer())

/** A buffer for one listing, which gives it back. */
export function takeLineBuffer(): LineBuffer {
  return SPARE.take()
}
