/**
 * Encoders of bodies, the decoders' mirror: content in, framed octets out. What they frame is exactly what was announced; they
 * throw an `HttpError` of side `local`, and have written nothing, where it would not be. RFC 9112 §6, §7.1.
 */
import { CRLF } from '../net/ascii.ts'
import { asBuffer } from '../net/bytes.ts'
import { localError } from './errors.ts'
import type { FieldLines } from './fields.ts'
import type { Framing } from './framing.ts'
import { CONTENT_LENGTH, HOST, TRANSFER_ENCODING } from './slots.ts'
import { writeFields } from './writer.ts'
import type { Slices } from './writer.ts'

const NOTHING: Slices = Object.freeze([])

/** Frames one body. */
export interface BodyEncoder {
  /** A slice of content, framed. */
  content(bytes: Uint8Array): Slices
  /** What ends the body. Throws where the content was too short, or trailers cannot be sent. */
  end(trailers: FieldLines | undefined): Slices
}

/** The encoder of a body that is framed so. */
export function encoderFor(framing: Framing): BodyEncoder {
  switch (framing.kind) {
    case 'none':
      return new LengthEncoder(0)
    case 'length':
      return new LengthEncoder(framing.length)
    case 'chunked':
      return CHUNKED
    case 'close':
    case 'tunnel':
      return new LengthEncoder(Infinity)
  }
}

/** Content-Length: exactly so many octets. A body up to the end of the connection has any number. */
class LengthEncoder implements BodyEncoder {
  #remaining: number

  constructor(length: number) {
    this.#remaining = length
  }

  content(bytes: Uint8Array): Slices {
    if (bytes.length > this.#remaining) throw localError('HTTP_SEND_LENGTH', 'more than was announced')
    this.#remaining -= bytes.length
    return bytes.length === 0 ? NOTHING : [bytes]
  }

  end(trailers: FieldLines | undefined): Slices {
    if (this.#remaining > 0 && this.#remaining !== Infinity)
      throw localError('HTTP_SEND_LENGTH', 'less than was announced')
    if (trailers !== undefined && writeTrailers(trailers) !== '') {
      throw localError('HTTP_SEND_FRAMING', 'only a chunked body has trailers')
    }
    return NOTHING
  }
}

/** Up to here a chunk is copied into one slice with its framing; above, copying costs more than another slice. */
const FLAT_BYTES = 4096

/**
 *     chunk = chunk-size CRLF chunk-data CRLF
 */
class ChunkedEncoder implements BodyEncoder {
  content(bytes: Uint8Array): Slices {
    // A chunk of no octets would be the last one.
    if (bytes.length === 0) return NOTHING
    const size = `${bytes.length.toString(16)}\r\n`
    if (bytes.length > FLAT_BYTES) return [Buffer.from(size, 'latin1'), bytes, CRLF]
    const chunk = Buffer.allocUnsafe(size.length + bytes.length + 2)
    chunk.write(size, 'latin1')
    asBuffer(bytes).copy(chunk, size.length)
    chunk.write('\r\n', size.length + bytes.length, 'latin1')
    return [chunk]
  }

  end(trailers: FieldLines | undefined): Slices {
    const section = trailers === undefined ? '' : writeTrailers(trailers)
    return [section === '' ? LAST_CHUNK : Buffer.from(`0\r\n${section}\r\n`, 'latin1')]
  }
}

const CHUNKED: BodyEncoder = new ChunkedEncoder()
const LAST_CHUNK = Buffer.from('0\r\n\r\n', 'latin1')

/** trailer-section = *( field-line CRLF ), without the fields that frame or route (RFC 9110 §6.5.1). */
function writeTrailers(lines: FieldLines): string {
  const { text, bits } = writeFields(lines)
  if ((bits & (HOST | CONTENT_LENGTH | TRANSFER_ENCODING)) !== 0) {
    throw localError('HTTP_SEND_FIELD', 'a trailer frames or routes')
  }
  return text
}
