/** Octets in words, for the scanner alone. */
import { DESK_BYTES, laidOut, layOut } from '../../src/http/desk.ts'

/** What a parser has of an arrival: a copy on the desk, a view of its own where there is no room, and nothing where it is not worth it. */
export function wordsOf(bytes: Buffer): DataView | undefined {
  if (bytes.length < 128) return undefined
  return bytes.length > DESK_BYTES ? new DataView(bytes.buffer, bytes.byteOffset, bytes.length) : laidOut(layOut(bytes))
}
