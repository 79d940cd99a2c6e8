/**
 * A queue of bytes: chunks with a cursor. What TCP delivers is pushed at the back, what the parsers have read is taken
 * from the front, and nothing is copied unless a wanted stretch lies across two chunks.
 *
 *      chunks   [ G E T   / ]  [ a   H T T P / 1 . 1 CR ]  [ LF ... ]
 *                   ^start                    ^searched                 length = bytes from start to the end
 *
 * `indexOf` remembers how far it looked for its byte, so a line that arrives one byte at a time is looked at once per
 * byte, not once per byte and length (law 6: work is linear). Small chunks are gathered into blocks of the queue's own,
 * so that a peer who sends single bytes cannot make us keep an object for each (law 5: memory is bounded).
 *
 * Views handed out alias the pushed chunks or the queue's blocks. The queue never writes over a byte it has handed out, so
 * a view is valid for as long as the pusher leaves its own chunk alone.
 */

const EMPTY: Buffer = Buffer.alloc(0)
/** Chunks of up to this size are copied into a block when something is already queued. */
const SMALL_CHUNK_BYTES = 256
const BLOCK_BYTES = 4096

/** Chunks with a cursor and a search that never looks twice. */
export class ByteQueue {
  /** Octets in the queue. */
  length = 0
  /** Octets pushed out at the front since the beginning: the stream offset of the front. */
  offset = 0
  /** Octets examined by searches since the beginning; see law 6 in `machine.ts`. */
  work = 0

  #chunks: Buffer[] = []
  /** Where the front lies in the first chunk. */
  #start = 0
  /** Free space behind the last chunk, when that chunk is a block of our own. */
  #room: Buffer = EMPTY
  /** How far (from the front) the last search looked, and for what. */
  #searched = 0
  #searchedFor = -1
  /** The chunk in which it stopped, and how many octets lie in the chunks before that one: the next search begins there. */
  #stoppedIn = 0
  #lyingBefore = 0

  /** Adds bytes at the back, by reference (small ones may be copied). */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.length += bytes.length
    if (bytes.length <= SMALL_CHUNK_BYTES && this.#chunks.length > 0) this.#gather(bytes)
    else {
      this.#chunks.push(asBuffer(bytes))
      this.#room = EMPTY
    }
  }

  /** The octet at `index` from the front, or `undefined` beyond the end. */
  at(index: number): number | undefined {
    let position = index + this.#start
    for (const chunk of this.#chunks) {
      if (position < chunk.length) return chunk[position]
      position -= chunk.length
    }
    return undefined
  }

  /**
   * The index of the first `byte` from the front, looking at the first `limit` octets only, or -1. Octets that an earlier
   * call for the same byte has looked at are not looked at again.
   */
  indexOf(byte: number, limit: number = this.length): number {
    if (byte !== this.#searchedFor) {
      this.#searchedFor = byte
      this.#searched = 0
      this.#stoppedIn = 0
      this.#lyingBefore = 0
    }
    const end = Math.min(limit, this.length)
    let base = this.#lyingBefore - this.#start
    for (let i = this.#stoppedIn; i < this.#chunks.length && base < end; i++) {
      const chunk = this.#chunks[i] as Buffer
      this.#stoppedIn = i
      this.#lyingBefore = base + this.#start
      const from = Math.max(this.#searched, base)
      if (from < base + chunk.length) {
        const found = chunk.indexOf(byte, from - base)
        const index = found === -1 ? base + chunk.length : base + found
        this.work += Math.min(index + 1, base + chunk.length) - from
        if (found !== -1) {
          this.#searched = index
          return index < end ? index : -1
        }
        this.#searched = index
      }
      base += chunk.length
    }
    return -1
  }

  /**
   * Takes exactly `count` octets from the front: a view where they lie in one chunk, a copy where they do not. Throws a
   * `RangeError` where there are fewer.
   */
  take(count: number): Buffer {
    const view = this.peek(count)
    this.skip(count)
    return view
  }

  /** The first `count` octets without taking them: a view where they lie in one chunk, else a copy. */
  peek(count: number): Buffer {
    if (count > this.length) throw new RangeError(`${count} octets wanted of ${this.length}`)
    const first = this.#chunks[0] ?? EMPTY
    if (this.#start + count <= first.length) return first.subarray(this.#start, this.#start + count)
    const whole = Buffer.allocUnsafe(count)
    let filled = 0
    let from = this.#start
    for (const chunk of this.#chunks) {
      filled += chunk.copy(whole, filled, from, Math.min(chunk.length, from + count - filled))
      if (filled === count) break
      from = 0
    }
    return whole
  }

  /** The same as text, one character per octet: to make a view in between costs as much as the text. */
  peekText(count: number): string {
    const first = this.#chunks[0] ?? EMPTY
    const end = this.#start + count
    return end <= first.length ? first.toString('latin1', this.#start, end) : this.peek(count).toString('latin1')
  }

  /** Takes up to `max` octets from the front without ever copying; empty only when the queue is. */
  takeSome(max: number = this.length): Buffer {
    const view = this.peekSome(max)
    this.skip(view.length)
    return view
  }

  /** The same without taking them: for whoever learns only by reading how much of it is theirs. */
  peekSome(max: number = this.length): Buffer {
    const first = this.#chunks[0] ?? EMPTY
    if (this.#start === 0 && max >= first.length) return first
    return first.subarray(this.#start, Math.min(this.#start + max, first.length))
  }

  /** Takes all there is. */
  takeAll(): Buffer {
    return this.take(this.length)
  }

  /** Drops the first `count` octets. Throws a `RangeError` where there are fewer. */
  skip(count: number): void {
    if (count > this.length) throw new RangeError(`${count} octets to skip of ${this.length}`)
    this.length -= count
    this.offset += count
    this.#searched = Math.max(0, this.#searched - count)
    this.#start += count
    let emptied = 0
    for (const chunk of this.#chunks) {
      if (this.#start < chunk.length) break
      this.#start -= chunk.length
      this.#lyingBefore = Math.max(0, this.#lyingBefore - chunk.length)
      emptied++
    }
    this.#stoppedIn = Math.max(0, this.#stoppedIn - emptied)
    // Mostly there is one: a splice would make an array of it, and to set the length is a call out of compiled code.
    if (emptied === 1) this.#chunks.shift()
    else if (emptied > 0) this.#chunks.splice(0, emptied)
    if (this.#chunks.length === 0) this.#room = EMPTY
  }

  /** Copies a small chunk into the block at the back, or into a new block. */
  #gather(bytes: Uint8Array): void {
    if (this.#room.length < bytes.length) {
      // Small at first: nearly always what comes in pieces is a line, and is taken before a second block is needed.
      this.#room = Buffer.allocUnsafeSlow(Math.min(Math.max(SMALL_CHUNK_BYTES, this.length), BLOCK_BYTES))
      this.#chunks.push(this.#room.subarray(0, 0))
    }
    this.#room.set(bytes)
    const last = this.#chunks.length - 1
    const block = this.#chunks[last] as Buffer
    this.#chunks[last] = Buffer.from(block.buffer, block.byteOffset, block.length + bytes.length)
    this.#room = this.#room.subarray(bytes.length)
  }
}

/** The same bytes as a `Buffer`, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** What `toString('latin1')` comes down to, without the detour by the encoding's name, which matters where it is done once per head or chunk. */
interface Latin1Buffer extends Buffer {
  latin1Slice(from: number, to: number): string
}

/** The octets from `from` to before `to` as characters, one for each. */
export function octetString(bytes: Buffer, from: number, to: number): string {
  return (bytes as Latin1Buffer).latin1Slice(from, to)
}
