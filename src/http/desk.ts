/**
 * Octets in words. What reads several octets at once is a `DataView`, and one for each arrival costs as much to make as a hundred octets to read; to copy
 * the arrival costs a fifth of that. So there is one view for all connections, of one desk on which what has come is laid out.
 *
 * Nothing stays there for long: whoever lays something out reads it in the same turn, or asks whether it is still there.
 */

/** How many octets have room there. */
export const DESK_BYTES = 4096

const DESK = new Uint8Array(DESK_BYTES)
const WORDS: DataView = new DataView(DESK.buffer)

/** How often something was laid out, and once more: zero is when nothing was. */
let times = 1

/** Lays out octets, at most as many as have room: what they are to be asked for by, never zero. */
export function layOut(bytes: Uint8Array): number {
  DESK.set(bytes)
  return ++times
}

/** The octets that were laid out then, at the same indices; `undefined` where others lie there now. */
export function laidOut(at: number): DataView | undefined {
  return at === times ? WORDS : undefined
}
