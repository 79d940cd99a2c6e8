/**
 * Reads a listing as it arrives: bytes in as TCP cut them, entries out. The format is found with the first line that has one, and
 * tried first from then on; a server that changes its mind in the middle is followed.
 *
 * A line without an entry may still be of a format: a heading, a sum, the beginning of an entry that goes on in the next line
 * (`Announcement`). Any other is passed over, for servers print warnings among their rows; but a listing of such lines alone is an
 * error, and not an empty directory.
 *
 * A line ends at LF; a CR before it belongs to it. Lines are read in place (`line-buffer.ts`), as octets and as an octet string at once.
 */
import { CR } from '../../net/ascii.ts'
import { FtpError, FtpLimitError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { ListedEntry, Reference } from './entry.ts'
import { takeLineBuffer, type LineBuffer } from './line-buffer.ts'
import { skipSpaces, type ListingFormat } from './line.ts'

/** A line whose entry goes on in the next line, and the format that said so. */
interface BegunEntry {
  readonly format: ListingFormat
  readonly line: string
}

/** Cuts a listing into entries. */
export class ListingReader {
  readonly #reference: Reference
  readonly #maxLineBytes: number
  readonly #formats: readonly ListingFormat[]
  /** The format that was right last, which is tried before all of them. */
  #preferred: ListingFormat | undefined
  /** What is being read: from the first octets to the end, when the next listing may have it. */
  #lines: LineBuffer | undefined
  #begunEntry: BegunEntry | undefined
  #known: 'nothing' | 'strangers' | 'format' = 'nothing'

  constructor(formats: readonly ListingFormat[], reference: Reference, limits: Limits) {
    this.#formats = formats
    this.#reference = reference
    this.#maxLineBytes = limits.maxListingLineBytes
  }

  /** Takes the next bytes, which must not be given before `next` has answered `undefined`. */
  push(bytes: Uint8Array): void {
    this.#lines ??= this.#begin()
    this.#lines.push(bytes)
  }

  /** The next entry, or `undefined` where more bytes are needed. Throws `FtpLimitError` at a line that is too long. */
  next(): ListedEntry | undefined {
    const lines = this.#lines
    if (lines === undefined) return undefined
    let entry = this.#nextOf(lines)
    while (entry === undefined && lines.fill()) entry = this.#nextOf(lines)
    return entry
  }

  /** The next entry of the lines that are there. */
  #nextOf(lines: LineBuffer): ListedEntry | undefined {
    const { octets, bytes } = lines
    for (let lf = octets.indexOf('\n', lines.at); lf !== -1; lf = octets.indexOf('\n', lines.at)) {
      const from = lines.at
      lines.at = lf + 1
      this.#checkLength(lf + 1 - from)
      const entry = this.#read(octets, from, lf, bytes)
      if (entry !== undefined) return entry
    }
    this.#checkLength(lines.end - lines.at)
    return undefined
  }

  /** The listing is over: the entry of a last line without an end. Throws `FtpError` where there were lines and no format. */
  end(): ListedEntry | undefined {
    const lines = this.#lines
    if (lines === undefined) return undefined
    const { at, end, bytes } = lines
    const entry = at === end ? undefined : this.#read(lines.text(), at, end, bytes)
    this.#preferred?.end?.()
    lines.giveBack()
    this.#lines = undefined
    if (this.#known === 'strangers') throw new FtpError('FTP_LISTING')
    return entry
  }

  /** The first octets are there. */
  #begin(): LineBuffer {
    this.#preferred = this.#formats[0]?.begin?.()
    return takeLineBuffer()
  }

  #checkLength(length: number): void {
    if (length > this.#maxLineBytes)
      throw new FtpLimitError('FTP_LISTING_TOO_LONG', 'maxListingLineBytes', this.#maxLineBytes)
  }

  /** The entry of one line. */
  #read(octets: string, from: number, lf: number, bytes: Buffer): ListedEntry | undefined {
    const to = lf > from && bytes[lf - 1] === CR ? lf - 1 : lf
    if (this.#begunEntry !== undefined) {
      const entry = this.#readTogether(this.#begunEntry, octets.slice(from, to))
      if (entry !== undefined) return entry
    }
    const usual = this.#preferred?.parse(octets, from, to, this.#reference, bytes)
    if (usual !== undefined) {
      this.#known = 'format'
      return usual
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
    const formats = this.#preferred === undefined ? this.#formats : [this.#preferred, ...this.#formats]
    for (const format of formats) {
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
    this.#preferred = format.begin?.() ?? format
  }
}
