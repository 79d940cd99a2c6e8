/**
 * Reads a listing as it arrives: bytes in as TCP cut them, entries out. The format is found with the first line that has one, and
 * tried first from then on; a server that changes its mind in the middle is followed.
 *
 * Blank lines and `total 112` are no entries. A line that no format knows is passed over (servers print warnings among their rows),
 * but a listing in which no line at all was known is an error, and not an empty directory.
 *
 * A line ends at LF; a CR before it belongs to it. Each chunk is made an octet string once (`text.ts`), and its lines are read in
 * place; only a line that lies across two chunks is put together.
 */
import { CR, SP } from '../../net/ascii.ts'
import { asBuffer } from '../../net/bytes.ts'
import { FtpError, FtpLimitError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { ListedEntry, Reference } from './entry.ts'
import type { ListingFormat } from './format.ts'

/** Cuts a listing into entries. */
export class ListingReader {
  readonly #reference: Reference
  readonly #maxLineBytes: number
  /** The formats, the one that was right last in front. */
  #formats: readonly ListingFormat[]
  #octets = ''
  #at = 0
  /** The beginning of a line that goes on in the next chunk. */
  #begun: string[] = []
  #begunLength = 0
  #known: 'nothing' | 'strangers' | 'entries' = 'nothing'

  constructor(formats: readonly ListingFormat[], reference: Reference, limits: Limits) {
    this.#formats = formats
    this.#reference = reference
    this.#maxLineBytes = limits.maxListingLineBytes
  }

  /** Takes the next bytes, which must not be given before `next` has answered `undefined`. */
  push(bytes: Uint8Array): void {
    this.#octets = asBuffer(bytes).toString('latin1')
    this.#at = 0
  }

  /** The next entry, or `undefined` where more bytes are needed. Throws `FtpLimitError` at a line that is too long. */
  next(): ListedEntry | undefined {
    const octets = this.#octets
    for (let lf = octets.indexOf('\n', this.#at); lf !== -1; lf = octets.indexOf('\n', this.#at)) {
      const from = this.#at
      this.#at = lf + 1
      this.#checkLength(lf + 1 - from)
      const entry = this.#begunLength === 0 ? this.#read(octets, from, lf) : this.#readBegun(octets.slice(from, lf))
      if (entry !== undefined) return entry
    }
    if (this.#at < octets.length) {
      this.#checkLength(octets.length - this.#at)
      this.#begun.push(octets.slice(this.#at))
      this.#begunLength += octets.length - this.#at
      this.#at = octets.length
    }
    return undefined
  }

  /** The listing is over: the entry of a last line without an end. Throws `FtpError` where there were lines and no format. */
  end(): ListedEntry | undefined {
    const entry = this.#begunLength === 0 ? undefined : this.#readBegun('')
    if (this.#known === 'strangers') throw new FtpError('FTP_LISTING')
    return entry
  }

  #checkLength(more: number): void {
    if (this.#begunLength + more > this.#maxLineBytes)
      throw new FtpLimitError('FTP_LISTING_TOO_LONG', 'maxListingLineBytes', this.#maxLineBytes)
  }

  #readBegun(rest: string): ListedEntry | undefined {
    const line = this.#begun.join('') + rest
    this.#begun = []
    this.#begunLength = 0
    return this.#read(line, 0, line.length)
  }

  /** The entry of one line. */
  #read(octets: string, from: number, lf: number): ListedEntry | undefined {
    const to = lf > from && octets.charCodeAt(lf - 1) === CR ? lf - 1 : lf
    for (const format of this.#formats) {
      const entry = format.parse(octets, from, to, this.#reference)
      if (entry === undefined) continue
      this.#known = 'entries'
      if (format !== this.#formats[0]) this.#formats = [format, ...this.#formats.filter((each) => each !== format)]
      return entry
    }
    if (this.#known === 'nothing' && !isDecoration(octets, from, to)) this.#known = 'strangers'
    return undefined
  }
}

/** Whether a line is blank, or `total 112`. */
function isDecoration(octets: string, from: number, to: number): boolean {
  if (octets.startsWith('total ', from)) return true
  for (let at = from; at < to; at++) if (octets.charCodeAt(at) !== SP) return false
  return true
}
