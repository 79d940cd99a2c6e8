/**
 * Base64 as a transfer encoding (RFC 2045 §6.8): lines of the alphabet, in which everything else is to be ignored.
 *
 * Most of it is lines of one length, and nothing but the alphabet. Such a run is found by its line ends alone, and decoded by Node, which is
 * many times as fast as a loop of ours. Node forgives silently: it skips what is no base64, and reads `-` and `_` as `+` and
 * `/`. Whether it had to is seen by what came out: fewer octets than so many full lines stand for. All other octets, and runs that came
 * out short, are read one by one, by where they stand in a quantum of four:
 *
 *     first  second  third  fourth        the next octet is the first to fourth of a quantum
 *     padding                             behind `=`: only more of these end the quantum, anything else begins a new one
 *
 * So a text that was put together from several, each with its padding, is read to its end. What ends in the middle of a quantum gives the
 * octets that are whole. Law 6: each octet is looked at three times at most.
 */
import { CR, LF } from '../../net/ascii.ts'
import type { TransferDecoder } from './transfer-decoder.ts'

const PAD = 64
const LINE_END = 65
const OTHER = 66
/** The value of a digit; what else an octet is. */
const VALUES = new Uint8Array(256).fill(OTHER)
for (const [value, digit] of Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
).entries()) {
  VALUES[digit] = value
}
VALUES[0x3d] = PAD
for (const octet of [CR, LF, 0x20, 0x09]) VALUES[octet] = LINE_END

/** A run is worth a call of Node's from so many octets on. */
const MIN_RUN_BYTES = 256

const NOTHING: Buffer = Buffer.alloc(0)

/** Where in a quantum the next octet stands. */
type Place = 'first' | 'second' | 'third' | 'fourth' | 'padding'

/** Decodes base64. */
export class Base64Decoder implements TransferDecoder {
  readonly isIdentity = false
  fault: 'MIME_BASE64' | undefined = undefined
  #place: Place = 'first'
  /** The bits of the digits of the quantum so far. */
  #bits = 0

  decode(bytes: Buffer): Buffer {
    // Three digits of a quantum may be there already, and more padding than is due makes the end of another of two.
    const decoded = Buffer.allocUnsafe(((bytes.length + 6) >> 2) * 3)
    let length = 0
    let at = 0
    while (at < bytes.length) {
      const run = this.#place === 'first' ? runAt(bytes, at) : undefined
      if (run !== undefined && decodeRun(bytes, at, run, decoded, length)) {
        length += run.count
        at = run.end
      } else {
        // A run that came out short is not tried again from its second line on: that would cost its square.
        const next = run?.end ?? (bytes.indexOf(LF, at) + 1 || bytes.length)
        length = this.#decodeOctets(bytes, at, next, decoded, length)
        at = next
      }
    }
    return decoded.subarray(0, length)
  }

  end(): Buffer {
    const place = this.#place
    if (place === 'first' || place === 'padding') return NOTHING
    this.fault = 'MIME_BASE64'
    const bits = this.#bits
    if (place === 'third') return Buffer.of(bits >> 4)
    return place === 'fourth' ? Buffer.of(bits >> 10, bits >> 2) : NOTHING
  }

  #decodeOctets(bytes: Buffer, from: number, to: number, decoded: Buffer, length: number): number {
    let place = this.#place
    let bits = this.#bits
    for (let at = from; at < to; at++) {
      const value = VALUES[bytes[at] as number] as number
      if (value < PAD) {
        bits = (bits << 6) | value
        switch (place) {
          case 'first':
          case 'padding':
            bits = value
            place = 'second'
            break
          case 'second':
            place = 'third'
            break
          case 'third':
            place = 'fourth'
            break
          case 'fourth':
            decoded[length++] = bits >> 16
            decoded[length++] = bits >> 8
            decoded[length++] = bits
            place = 'first'
        }
      } else if (value === PAD) {
        // `xx==` is one octet, `xxx=` two; anywhere else there is nothing to pad.
        if (place === 'third') decoded[length++] = bits >> 4
        else if (place === 'fourth') {
          decoded[length++] = bits >> 10
          decoded[length++] = bits >> 2
        } else if (place !== 'padding') this.fault = 'MIME_BASE64'
        place = 'padding'
      } else if (value === OTHER) this.fault = 'MIME_BASE64'
    }
    this.#place = place
    this.#bits = bits
    return length
  }
}

/** Lines of one length. */
interface Run {
  /** Index behind the last of them. */
  readonly end: number
  /** The octets that they stand for. */
  readonly count: number
}

/**
 * The lines from `at` on that are as long as the first, full (a whole number of quanta, no padding at the end of the last), and end in CRLF
 * or in LF alike; `undefined` where they are few.
 */
function runAt(bytes: Buffer, at: number): Run | undefined {
  const step = bytes.indexOf(LF, at) + 1 - at
  const digits = bytes[at + step - 2] === CR ? step - 2 : step - 1
  if (digits <= 0 || digits % 4 !== 0) return undefined
  const behind = bytes[at + digits]
  let end = at
  while (bytes[end + step - 1] === LF && bytes[end + digits] === behind) end += step
  if (VALUES[bytes[end - step + digits - 1] as number] === PAD) end -= step
  return end - at < MIN_RUN_BYTES ? undefined : { end, count: ((end - at) / step) * digits * 0.75 }
}

/** Lets Node decode a run. Whether it had nothing to forgive; else what it gave does not count. */
function decodeRun(bytes: Buffer, at: number, { end, count }: Run, decoded: Buffer, length: number): boolean {
  const text = bytes.toString('latin1', at, end)
  if (text.includes('-') || text.includes('_')) return false
  return decoded.write(text, length, count, 'base64') === count
}
