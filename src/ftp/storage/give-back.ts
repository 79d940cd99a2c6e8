/**
 * Gives memory back before the collector comes by. Node reads each 64 KiB of a socket into new memory, and until the old one is collected, that
 * is other memory each time, and never in a cache.
 *
 * The allocator has to play along. glibc's returns to the system what lies free at the end of its heap, as soon as that is more than 128 KiB; the next
 * read asks for it anew, and touches it page by page. What lies at the end is chance: of one program, some processes had no page fault in a
 * gigabyte and others 44,000, which took them an eighth more time. From a block that comes and goes it learns: from then on it keeps twice as much as
 * the largest (mallopt(3), M_MMAP_THRESHOLD). Other allocators have no such habit, and take no harm.
 */

/** Leaves the buffer without memory, at once. */
const release: (buffer: ArrayBufferLike) => void = releaser()
/** What several uploads have waiting at a time. None of it is ever touched. */
const LESSON_BYTES = 4 * 1024 * 1024

let allocator: 'fresh' | 'taught' = 'fresh'

/** Gives all of its memory back at once, where nobody else has a part of it. Nothing of it may be looked at again. */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  // Of Node's pool each has a part.
  if (byteLength !== buffer.byteLength) return
  if (allocator === 'fresh') {
    allocator = 'taught'
    release(new ArrayBuffer(LESSON_BYTES))
  }
  release(buffer)
}

/** By `ArrayBuffer#transfer`. Node 20 has none: there a message takes the memory with it, and one to a port that is closed is dropped on the spot. */
function releaser(): (buffer: ArrayBufferLike) => void {
  const transfer: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer')
  if (typeof transfer === 'function') return (buffer) => Reflect.apply(transfer, buffer, [0])
  const { port1 } = new MessageChannel()
  port1.close()
  return (buffer) => port1.postMessage(undefined, [buffer as ArrayBuffer])
}
