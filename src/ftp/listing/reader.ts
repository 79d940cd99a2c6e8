/**
 * Reads a listing as it arrives: bytes in as TCP cut them, entries out. The format is found with the first line that has one, and
 * tried first from then on; a server that changes its mind in the middle is followed.
 *
 * A line without an entry may still be of a format: a heading, a sum, the beginning of an entry that goes on in the next line
 * (`Announcement`). Any other is passed over, for servers print warnings among their rows; but a listing of such lines alone is an
 * error, and not an empty directory.
 *
 * A line ends at LF; a CR before it belongs to it. Each chunk is made an octet string once (`text.ts`), and its lines are read in
 * place; only a line that lies across two chunks is put together.
 */
import { CR } from '../../net/ascii.ts'
import { asBuffer } from '../../net/bytes.ts'
import { FtpError, FtpLimitError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { ListedEntry, Reference } from './entry.ts'
import { skipSpaces, type ListingFormat } from './line.ts'

const EMPTY: Buffer = Buffer.alloc(0)

/** A line whose entry goes on in the next line, and the format that said so. */
interface BegunEntry {
  readonly format: ListingFormat
  readonly line: string
}

/** Cuts a listing into entries. */
export class ListingReader {
  readonly #reference: Reference
  readonly #maxLineBytes: number
  /** The formats, the one that was right last in front. */
  #formats: readonly ListingFormat[]
  /** The chunk that is being read, the same as an octet string, and how far it is read. */
  #bytes: Buffer = EMPTY
  #octets = ''
  #at = 0
  /** The beginning of a line that goes on in the next chunk. */
  #begun = ''
  /** Where such a line is put together. */
  #line: Buffer = EMPTY
  #begunEntry: BegunEntry | undefined
  #known: 'nothing' | 'strangers' | 'format' = 'nothing'

  constructor(formats: readonly ListingFormat[], reference: Reference, limits: Limits) {
    const begun = formats[0]?.begin?.()
    this.#formats = begun === undefined ? formats : [begun, ...formats.slice(1)]
    this.#reference = reference
    this.#maxLineBytes = limits.maxListingLineBytes
  }

  /** Takes the next bytes, which must not be given before `next` has answered `undefined`. */
  push(bytes: Uint8Array): void {
    this.#bytes = asBuffer(bytes)
    this.#octets = this.#bytes.toString('latin1')
    this.#at = 0
  }

  /** The next entry, or `undefined` where more bytes are needed. Throws `FtpLimitError` at a line that is too long. */
  next(): ListedEntry | undefined {
    const octets = this.#octets
    for (let lf = octets.indexOf('\n', this.#at); lf !== -1; lf = octets.indexOf('\n', this.#at)) {
      const from = this.#at
      this.#at = lf + 1
      this.#checkLength(lf + 1 - from)
      const entry =
        this.#begun === '' ? this.#read(octets, from, lf, this.#bytes) : this.#readBegun(octets.slice(from, lf))
      if (entry !== undefined) return entry
    }
    if (this.#at < octets.length) {
      this.#checkLength(octets.length - this.#at)
      this.#begun += octets.slice(this.#at)
      this.#at = octets.length
    }
    return undefined
  }

  /** The listing is over: the entry of a last line without an end. Throws `FtpError` where there were lines and no format. */
  end(): ListedEntry | undefined {
    const entry = this.#begun === '' ? undefined : this.#readBegun('')
    if (this.#known === 'strangers') throw new FtpError('FTP_LISTING')
    return entry
  }

  #checkLength(more: number): void {
    if (this.#begun.length + more > this.#maxLineBytes)
      throw new FtpLimitError('FTP_LISTING_TOO_LONG', 'maxListingLineBytes', this.#maxLineBytes)
  }

  #readBegun(rest: string): ListedEntry | undefined {
    const line = this.#begun + rest
    this.#begun = ''
    if (line.length > this.#line.length) this.#line = Buffer.allocUnsafe(2 * line.length)
    this.#line.write(line, 'latin1')
    return this.#read(line, 0, line.length, this.#line)
  }

  /** The entry of one line. */
  #read(octets: string, from: number, lf: number, bytes: Buffer): ListedEntry | undefined {
    const to = lf > from && bytes[lf - 1] === CR ? lf - 1 : lf
    if (this.#begunEntry !== undefined) {
      const entry = this.#readTogether(this.#begunEntry, octets.slice(from, to))
      if (entry !== undefined) return entry
    }
    for (const format of this.#formats) {
      const entry = format.parse(octets, from, to, this.#reference, bytes)
      if (entry === undefined) continue
      this.#prefer(format)
      return entry
    }
    this.#readAnnouncement(octets, from, to)
    return undefined
  }

  /** The entry that the line before and this one are together, if they are one. With either answer the line before is done with. */
  #readTogether({ format, line }: BegunEntry, rest: string): ListedEntry | undefined {
    this.#begunEntry = undefined
    const both = `${line} ${rest}`
    const entry = format.parse(both, 0, both.length, this.#reference, Buffer.from(both, 'latin1'))
    if (entry !== undefined) this.#prefer(format)
    return entry
  }

  /** A line without an entry: what it says of the next ones, if it is of any format. */
  #readAnnouncement(octets: string, from: number, to: number): void {
    if (skipSpaces(octets, from, to) === to) return
    for (const format of this.#formats) {
      const announced = format.announce?.(octets, from, to)
      if (announced === undefined) continue
      if (announced !== 'continued') return this.#prefer(announced)
      this.#begunEntry = { format, line: octets.slice(from, to) }
      break
    }
    // The beginning of an entry is a stranger too until the next line has made one of it.
    if (this.#known === 'nothing') this.#known = 'strangers'
  }

  /** Takes a format for that of the listing. */
  #prefer(format: ListingFormat): void {
    this.#known = 'format'
    if (format !== this.#formats[0])
      this.#formats = [format.begin?.() ?? format, ...this.#formats.filter((each) => each !== format)]
  }
}
