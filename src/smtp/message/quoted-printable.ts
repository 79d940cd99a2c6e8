/**
 * Quoted-printable (RFC 2045 §6.7): text with what is not printable as `=` and two digits, and line ends that mean nothing behind a `=`.
 *
 *     text       |            octets as they are
 *     blank      SP SP |      white space, which is content only if the line goes on (rule 3)
 *     equals     = |          an octet or a soft line break begins
 *     digit      =C |         the second digit is missing
 *     softBlank  = SP |       white space behind `=`: a soft line break with padding, if the line ends here
 *     softCr     = SP CR |    the LF is missing
 *
 * In all but the first the octets since are held back: one line's worth at most. More white space than that is content, whatever
 * follows, so that a line of blanks without an end costs no memory. A `=` that begins nothing is content, and a fault.
 */
import { CR, HEX_VALUE, HTAB, LF, SP, isBlank } from '../../net/ascii.ts'
import type { TransferDecoder } from './transfer-decoder.ts'

const EQUALS = 0x3d
/** Octets that are held back at most: a line (RFC 5322 §2.1.1). */
const MAX_HELD_BYTES = 998

const NOTHING: Buffer = Buffer.alloc(0)

type State = 'text' | 'blank' | 'equals' | 'digit' | 'softBlank' | 'softCr'

/** Octets that are text and nothing else. */
const PLAIN = new Uint8Array(256).fill(1)
for (const octet of [CR, LF, SP, HTAB, EQUALS]) PLAIN[octet] = 0

/** Decodes quoted-printable. */
export class QuotedPrintableDecoder implements TransferDecoder {
  readonly isIdentity = false
  fault: 'MIME_QUOTED_PRINTABLE' | undefined = undefined
  #state: State = 'text'
  readonly #held: Buffer = Buffer.allocUnsafe(MAX_HELD_BYTES)
  #heldBytes = 0
  #decoded: Buffer = NOTHING
  #length = 0

  decode(bytes: Buffer): Buffer {
    const from = this.#holdBlanks(bytes)
    if (from === bytes.length) return NOTHING
    this.#decoded = Buffer.allocUnsafe(bytes.length - from + this.#heldBytes)
    this.#length = 0
    for (let at = from; at < bytes.length;) {
      at = this.#state === 'text' ? this.#copyText(bytes, at) : this.#step(bytes, at)
    }
    return this.#decoded.subarray(0, this.#length)
  }

  end(): Buffer {
    this.#decoded = Buffer.allocUnsafe(this.#heldBytes)
    this.#length = 0
    // A soft line break at the very end, and blanks there, are padding as anywhere.
    if (this.#state === 'digit') this.#release()
    return this.#decoded.subarray(0, this.#length)
  }

  /** Holds back what only makes white space longer: nothing comes out of it yet, so that no memory is asked for. */
  #holdBlanks(bytes: Buffer): number {
    if (this.#state !== 'blank' && this.#state !== 'softBlank') return 0
    let at = 0
    while (at < bytes.length && isBlank(bytes[at]) && this.#heldBytes < MAX_HELD_BYTES - 1)
      this.#hold(bytes[at++] as number)
    return at
  }

  /** Copies what means itself, decodes what is whole, and stops at what may be cut. */
  #copyText(bytes: Buffer, from: number): number {
    const to = bytes.length
    const decoded = this.#decoded
    let length = this.#length
    let at = from
    while (at < to) {
      const octet = bytes[at] as number
      if (PLAIN[octet] === 1 || octet === CR || octet === LF) decoded[length++] = octet
      else if (octet === EQUALS) {
        if (at + 2 >= to) break
        const high = HEX_VALUE[bytes[at + 1] as number] as number
        const low = HEX_VALUE[bytes[at + 2] as number] as number
        if (high < 16 && low < 16) decoded[length++] = high * 16 + low
        else if (bytes[at + 1] !== CR || bytes[at + 2] !== LF) break
        at += 2
      } else {
        // White space between words.
        if (at + 1 >= to || PLAIN[bytes[at + 1] as number] === 0) break
        decoded[length++] = octet
      }
      at++
    }
    this.#length = length
    if (at === to) return to
    this.#state = bytes[at] === EQUALS ? 'equals' : 'blank'
    this.#hold(bytes[at] as number)
    return at + 1
  }

  /** One octet, or none, where something is held back. */
  #step(bytes: Buffer, at: number): number {
    const octet = bytes[at] as number
    switch (this.#state) {
      case 'blank':
        if (isBlank(octet)) return this.#holdBlank(octet, at)
        if (octet === CR || octet === LF) this.#forget()
        else this.#release()
        return at
      case 'equals':
        if (isBlank(octet)) return this.#goOn('softBlank', octet, at)
        if (HEX_VALUE[octet] !== 255) return this.#goOn('digit', octet, at)
        return this.#breakSoftly(octet, at)
      case 'digit':
        return this.#decodeOctet(octet, at)
      case 'softBlank':
        if (isBlank(octet)) return this.#holdBlank(octet, at)
        return this.#breakSoftly(octet, at)
      default:
        return this.#breakAtLf(octet, at)
    }
  }

  #hold(octet: number): void {
    this.#held[this.#heldBytes++] = octet
  }

  #goOn(state: State, octet: number, at: number): number {
    this.#state = state
    this.#hold(octet)
    return at + 1
  }

  #holdBlank(octet: number, at: number): number {
    // One place is left for the CR of a soft line break.
    if (this.#heldBytes === MAX_HELD_BYTES - 1) {
      this.#release()
      return at
    }
    this.#hold(octet)
    return at + 1
  }

  #decodeOctet(octet: number, at: number): number {
    const low = HEX_VALUE[octet] as number
    if (low === 255) {
      this.#release()
      return at
    }
    this.#decoded[this.#length++] = (HEX_VALUE[this.#held[1] as number] as number) * 16 + low
    this.#forget()
    return at + 1
  }

  /** The line ends behind a `=`, or it does not. */
  #breakSoftly(octet: number, at: number): number {
    if (octet === CR) return this.#goOn('softCr', octet, at)
    if (octet !== LF) {
      this.#release()
      return at
    }
    this.#forget()
    return at + 1
  }

  #breakAtLf(octet: number, at: number): number {
    if (octet === LF) {
      this.#forget()
      return at + 1
    }
    this.#release()
    return at
  }

  /** What was held back is not content. */
  #forget(): void {
    this.#heldBytes = 0
    this.#state = 'text'
  }

  /** What was held back is content. */
  #release(): void {
    if (this.#held[0] === EQUALS) this.fault = 'MIME_QUOTED_PRINTABLE'
    this.#length += this.#held.copy(this.#decoded, this.#length, 0, this.#heldBytes)
    this.#forget()
  }
}
