/**
 * Where the octets of a dialled connection arrive. Left to itself, Node makes a buffer of 64 KiB for each read, and copies what has come out of it
 * where that is less: for an answer of a few hundred octets this costs more than to parse it. Here all connections read into one buffer,
 * and what has come is copied before anything else can happen. Where much comes at a time, the copy would cost more than the buffer:
 *
 *     shared ──half a buffer or more──> own ──less──> shared
 *
 *     shared   what has come is copied
 *     own      it is handed over as it lies there, and the next read gets another buffer
 *
 * Node's stream is gone around where somebody listens and nothing lies in it. Else it keeps what comes, as it would have without us: whoever takes a
 * connection over (TLS, a carrier below it) has reading stopped first, but any `read` of the stream begins anew, and Node calls that in
 * turns of its own. What was then told to nobody would be missing from the handshake.
 *
 * TLS right on the connection reads from beneath the stream, and brings buffers of its own.
 */
import type { OnReadOpts } from 'node:net'
import type { Duplex } from 'node:stream'

const BUFFER_BYTES = 65_536
const MUCH_BYTES = BUFFER_BYTES / 2

/** Holds something within one call of `callback` alone. */
const SHARED: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)

/** Has a stream read so. `stream` is asked for it when octets have come: it is made with these options. What is handed over belongs to whoever gets it. */
export function readBufferOf(stream: () => Duplex): OnReadOpts {
  let buffer = SHARED
  return {
    // Asked for before the first read, and behind each.
    buffer: () => buffer,
    callback(length: number): boolean {
      const isMuch = length >= MUCH_BYTES
      const bytes = buffer.subarray(0, length)
      const owned = isMuch && buffer !== SHARED ? bytes : Buffer.from(bytes)
      buffer = isMuch ? Buffer.allocUnsafeSlow(BUFFER_BYTES) : SHARED
      return handOver(stream(), owned)
    },
  }
}

/** `false` where enough lies in the stream, and no more is to be read. */
function handOver(stream: Duplex, bytes: Buffer): boolean {
  const isFree = stream.readableFlowing === true && stream.readableLength === 0
  return (isFree && stream.emit('data', bytes)) || stream.push(bytes)
}
