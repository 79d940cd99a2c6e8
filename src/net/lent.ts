/**
 * Memory that is used again. What is written once and is with the kernel a moment later needs memory for that moment only; taken anew each time, tens
 * of kibibytes for each message make the garbage collector run dozens of times a second, and every octet a first touch of memory that no cache
 * holds. So such memory is lent, and taken back when its octets have left:
 *
 *     free ──lend──> lent ──giveBack──> free
 *                     └──forgotten──> the garbage collector's, like any other
 *
 * Who gives back must know that nobody reads those octets any more: `Socket.flushed` says so of a socket. Giving back is never owed: an answer that is
 * not sent, or a connection that breaks, costs one allocation. Memory of others may be given back as well, and stays what it is.
 */

/** Node has a pool of its own for what is smaller. */
const LEAST_BITS = 12
/** What is larger is rare, and worth an allocation: 1 MiB. */
const MOST_BITS = 20
/** So much is kept, in octets. */
const KEPT_BYTES = 4 * 1024 * 1024

/** Free memory by its size, which is a power of two. */
const free: ArrayBufferLike[][] = Array.from({ length: MOST_BITS + 1 }, () => [])
let freeBytes = 0
/** What is lent, and not given back. */
const lent = new WeakSet<Uint8Array>()

/** Memory for so many octets, whatever they were before: the borrower writes all of them. */
export function lend(octets: number): Buffer {
  const bits = 32 - Math.clz32(octets - 1)
  if (octets < 1 << LEAST_BITS || bits > MOST_BITS) return Buffer.allocUnsafe(octets)
  const memory = free[bits]?.pop()
  if (memory !== undefined) freeBytes -= memory.byteLength
  const view = Buffer.from(memory ?? Buffer.allocUnsafeSlow(1 << bits).buffer, 0, octets)
  lent.add(view)
  return view
}

/** Text of which each character is an octet. */
export function lendLatin1(text: string): Buffer {
  if (text.length < 1 << LEAST_BITS) return Buffer.from(text, 'latin1')
  const view = lend(text.length)
  view.write(text, 'latin1')
  return view
}

/**
 * Text in UTF-8. To count its octets first would take longer than to write them, where most are ASCII: there is room for half as many again, and what
 * ends before a character could have been too long for it is whole.
 */
export function lendUtf8(text: string): Buffer {
  const room = text.length + (text.length >> 1) + LONGEST_CHARACTER
  const view = lend(room)
  const octets = view.write(text)
  if (octets + LONGEST_CHARACTER <= room) return shortened(view, octets)
  giveBack([view])
  const whole = lend(Buffer.byteLength(text))
  whole.write(text)
  return whole
}

/** In octets of UTF-8 (RFC 3629 §3). */
const LONGEST_CHARACTER = 4

function shortened(view: Buffer, octets: number): Buffer {
  const short = view.subarray(0, octets)
  if (lent.delete(view)) lent.add(short)
  return short
}

/** A copy. */
export function lendCopy(bytes: Uint8Array): Buffer {
  const view = lend(bytes.length)
  view.set(bytes)
  return view
}

/** Whether any of these is to be given back. */
export function areLent(slices: readonly Uint8Array[]): boolean {
  return slices.some((slice) => lent.has(slice))
}

/** Takes back what of these was lent: nobody may look at it any more. */
export function giveBack(slices: readonly Uint8Array[]): void {
  for (const slice of slices) {
    if (!lent.delete(slice)) continue
    const { byteLength } = slice.buffer
    if (freeBytes + byteLength > KEPT_BYTES) continue
    freeBytes += byteLength
    free[31 - Math.clz32(byteLength)]?.push(slice.buffer)
  }
}
