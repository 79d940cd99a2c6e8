/**
 * TYPE A: on the wire a line ends in CR LF (RFC 959 §3.1.1.1), in our files in LF. Both directions work on a stream whose chunks
 * may be cut between the CR and the LF, and remember no more than that.
 *
 *     text        nothing is pending
 *     behindCr    the last octet was a CR, and the next may be its LF
 *
 * A CR without LF, and on the way in a LF without CR, pass as they are. A file whose lines end in CR LF already goes out
 * unchanged (and comes back with LF): who wants its octets uses TYPE I.
 */
import { CR, CRLF, LF } from '../net/ascii.ts'

/** Our lines to those of the wire: LF becomes CR LF, unless it has its CR. */
export class AsciiEncoder {
  #state: 'text' | 'behindCr' = 'text'

  /** The chunk as it goes onto the wire: itself where nothing is to be changed, else a copy. */
  encode(chunk: Buffer): Buffer {
    const parts: Buffer[] = []
    let from = 0
    for (let lf = chunk.indexOf(LF); lf !== -1; lf = chunk.indexOf(LF, lf + 1)) {
      const hasCr = lf === 0 ? this.#state === 'behindCr' : chunk[lf - 1] === CR
      if (hasCr) continue
      parts.push(chunk.subarray(from, lf), CRLF)
      from = lf + 1
    }
    if (chunk.length > 0) this.#state = chunk.at(-1) === CR ? 'behindCr' : 'text'
    if (parts.length === 0) return chunk
    return Buffer.concat([...parts, chunk.subarray(from)])
  }
}

/** The wire's lines to ours: CR LF becomes LF. */
export class AsciiDecoder {
  #state: 'text' | 'behindCr' = 'text'

  /** The chunk as it is kept. A CR at its end waits for what comes next. */
  decode(chunk: Buffer): Buffer {
    if (chunk.length === 0) return chunk
    const parts: Buffer[] = []
    if (this.#state === 'behindCr' && chunk[0] !== LF) parts.push(CRLF.subarray(0, 1))
    this.#state = chunk.at(-1) === CR ? 'behindCr' : 'text'
    let from = 0
    for (let cr = chunk.indexOf(CR); cr !== -1 && cr < chunk.length - 1; cr = chunk.indexOf(CR, cr + 1)) {
      if (chunk[cr + 1] !== LF) continue
      parts.push(chunk.subarray(from, cr))
      from = cr + 1
    }
    const rest = chunk.subarray(from, this.#state === 'behindCr' ? -1 : chunk.length)
    return parts.length === 0 ? rest : Buffer.concat([...parts, rest])
  }

  /** What was still waiting when the stream ended. */
  end(): Buffer {
    const held = this.#state === 'behindCr' ? CRLF.subarray(0, 1) : CRLF.subarray(0, 0)
    this.#state = 'text'
    return held
  }
}
