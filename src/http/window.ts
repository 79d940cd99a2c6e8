/**
 * The octets that a parser stands before: one contiguous stretch (`bytes[from, end)`), and behind it what came later. Offsets
 * of a head count within one stretch, so a head that TCP cut is joined; content is never joined, and passes as a view of the
 * chunk that it came in.
 *
 *      bytes  [ G E T ... CR LF  h e l l o . . ]     later  [ chunk ] [ chunk ]
 *                          ^from              ^end
 *
 * `extend` copies into a buffer of the window's own that doubles, so a head that comes one octet at a time is copied a few times
 * over, not once per octet; and where it was called in vain, `push` copies there what comes next. An octet that was handed out in a view is never
 * written over. A buffer of which no view was handed out is used again, by this window or, when it is done with it, by the next one that joins: to allocate one costs more than to parse a head.
 */
import { asBuffer, ByteQueue, octetString } from '../net/bytes.ts'
import { DESK_BYTES, laidOut, layOut } from './desk.ts'

const NOTHING: Buffer = Buffer.alloc(0)
const MIN_OWN_BYTES = 1024
/** How much of a later chunk is joined at once: enough for nearly every head, and never a body of megabytes. */
const JOIN_BYTES = 4096
/** Larger buffers are not kept for others. */
const MAX_SPARE_BYTES = 16_384

/** A buffer that no window needs now, and of which nobody has a view. */
let spare: Buffer = NOTHING

/** A contiguous stretch of octets and what came behind it. */
export class Window {
  /** The buffer that the stretch lies in. */
  bytes: Buffer = NOTHING
  /** The first octet not yet consumed. */
  from = 0
  /** Behind the last octet of the stretch. */
  end = 0
  /** Octets of the stream that were consumed. */
  offset = 0
  readonly #later = new ByteQueue()
  /** The buffer into which `extend` copies, when `bytes` is that buffer. */
  #own: Buffer | undefined
  /** The view of the buffer, where it has one of its own. */
  #words: DataView | undefined
  /** When it was laid out on the desk; zero where it was not. */
  #laid = 0
  /** Whether somebody may have a view of that buffer. */
  #isShown = false
  /** Whether the stretch was not long enough: what comes then is joined as it comes. */
  #isShort = false

  /** Octets received and not consumed. */
  get length(): number {
    return this.end - this.from + this.#later.length
  }

  /**
   * The buffer in words, for this turn, where it has so many octets. An arrival is laid out once, which takes next to no time; for what is joined, and grows, and
   * for what is large, a view is made.
   */
  words(least: number): DataView | undefined {
    const { bytes } = this
    if (bytes.length < least) return undefined
    const words = this.#words ?? laidOut(this.#laid)
    if (words !== undefined) return words
    if (this.#own !== undefined || this.from > 0 || bytes.length > DESK_BYTES) {
      return (this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
    }
    this.#laid = layOut(bytes)
    return laidOut(this.#laid)
  }

  /** Adds octets at the back, by reference. */
  push(bytes: Uint8Array): void {
    if (this.#later.length > 0) this.#later.push(bytes)
    else if (this.from === this.end) this.#adopt(asBuffer(bytes))
    else if (this.#isShort && bytes.length <= JOIN_BYTES) this.#join(bytes)
    else this.#later.push(bytes)
  }

  /** Consumes `count` octets of the stretch. */
  skip(count: number): void {
    this.from += count
    this.offset += count
    this.#isShort = false
  }

  /** Consumes `count` octets of the stretch and returns them as a view. */
  take(count: number): Buffer {
    const view = this.bytes.subarray(this.from, this.from + count)
    this.#isShown = true
    this.skip(count)
    return view
  }

  /** Makes the stretch longer by what came behind it, joined where it is not empty. `false` where nothing came. */
  extend(): boolean {
    if (this.#later.length === 0) {
      // Whoever waits now may wait for long, and the octets of the last message need not wait with him.
      if (this.from === this.end) this.#adopt(NOTHING)
      this.#isShort = this.from < this.end
      return false
    }
    if (this.from === this.end) this.#adopt(this.#later.takeSome())
    else this.#join(this.#later.takeSome(JOIN_BYTES))
    return true
  }

  /** The next `count` octets of the stretch as characters, one for each; they stay where they are. */
  text(count: number): string {
    return octetString(this.bytes, this.from, this.from + count)
  }

  /** Takes all that was received and not consumed. */
  takeAll(): Buffer {
    const rest = this.take(this.end - this.from)
    if (this.#later.length === 0) return rest
    this.offset += this.#later.length
    return Buffer.concat([rest, this.#later.takeAll()])
  }

  #adopt(bytes: Buffer): void {
    this.#release()
    this.bytes = bytes
    this.#words = undefined
    this.#laid = 0
    this.from = 0
    this.end = bytes.length
  }

  /** Leaves a buffer of one's own to the next window. */
  #release(): void {
    const own = this.#own
    if (own === undefined) return
    if (!this.#isShown && own.length <= MAX_SPARE_BYTES) spare = own
    this.#own = undefined
  }

  #join(bytes: Uint8Array): void {
    if (this.#own === undefined || this.#own.length - this.end < bytes.length) this.#makeRoom(bytes.length)
    this.bytes.set(bytes, this.end)
    this.end += bytes.length
  }

  /** Moves the stretch to the front of an own buffer with room for `count` octets behind it: the same one, the spare one, or a new one. */
  #makeRoom(count: number): void {
    const rest = this.end - this.from
    const least = rest + count
    let own = this.#isShown ? undefined : this.#own
    if (own === undefined || own.length < least) {
      own = spare.length >= least ? spare : Buffer.allocUnsafeSlow(Math.max(MIN_OWN_BYTES, 2 * least))
      if (own === spare) spare = NOTHING
    }
    this.bytes.copy(own, 0, this.from, this.end)
    if (own !== this.#own) this.#adopt(own)
    this.#own = own
    this.#isShown = false
    this.from = 0
    this.end = rest
  }
}
