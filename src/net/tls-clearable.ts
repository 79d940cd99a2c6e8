/**
 * What lies between TLS and the connection below, where TLS may end and the connection go on in the clear (FTP's CCC, RFC 4217 §5).
 *
 *     TLSSocket <──a record at a time── ClearableCarrier <──octets── the stream of the connection
 *
 * Each end of TLS says close_notify (RFC 8446 §6.1), and what stands behind that is no TLS. Which record is one cannot be seen from
 * below, since TLS 1.3 encrypts it like every other. So no piece that is handed up reaches over the end of a record (RFC 8446 §5.1), and
 * after each of them TLS is asked whether that was its end. It was: then all octets that are left go back to the stream below, and whoever
 * reads there next finds them, to the octet.
 *
 *     open ──TLS has read close_notify──> over       the peer's side
 *     open ──ours is written──> over                 our side: in the middle of a session it ends the connection, behind `clear()` only TLS
 *
 * When both are over, the TLSSocket can be destroyed without the stream below: this end of its world is closed then, that one is not.
 */
import { Duplex } from 'node:stream'

type Done = () => void

const NOTHING: Buffer = Buffer.alloc(0)

/** `ContentType ProtocolVersion length`: the length of what follows is in its last two octets. */
const HEADER_BYTES = 5

/** The types of records: change_cipher_spec, alert, handshake, application_data, heartbeat. None is the first octet of a line of text. */
const FIRST_TYPE = 20
const LAST_TYPE = 24

/** Where the records of TLS end, in octets that come in any pieces. It believes every length: what is wrong with one, TLS itself finds. */
export class RecordBorders {
  /** Octets of the header that have been seen, and the length as far as it is known. */
  #seen = 0
  #length = 0
  /** Octets of the record's content that are still to come. */
  #left = 0

  /** Whether the next octet is the first one of a record. */
  get isAtBorder(): boolean {
    return this.#seen === 0
  }

  /** How many octets of these belong to the record that has begun, or begins here; they are taken for seen. */
  advance(bytes: Uint8Array): number {
    let index = 0
    while (this.#seen < HEADER_BYTES) {
      const octet = bytes[index]
      if (octet === undefined) return index
      index++
      this.#length = ((this.#length << 8) | octet) & 0xffff
      this.#seen++
      if (this.#seen === HEADER_BYTES) this.#left = this.#length
    }
    const taken = Math.min(this.#left, bytes.length - index)
    this.#left -= taken
    if (this.#left === 0) this.#seen = 0
    return index + taken
  }
}

/** What a carrier asks, and whom it tells. */
export interface ClearableEvents {
  /** Whether TLS has read its end. */
  readonly hasTlsEnded: () => boolean
  /** The connection below has ended, and TLS above it has not; called before TLS hears of it. */
  readonly onFin: () => void
  /** Both sides have ended TLS, behind `clear()`. */
  readonly onCleared: () => void
}

/** A stream that hands on records, and gives the connection back when TLS has ended. */
export class ClearableCarrier extends Duplex {
  readonly #below: Duplex
  readonly #events: ClearableEvents
  readonly #borders = new RecordBorders()
  /** What has come from below and was not handed up; as long as there is any, nothing more is read. */
  #rest: Buffer = NOTHING
  /** What our end is that of. */
  #end: 'connection' | 'tls' = 'connection'
  #ours: 'open' | 'over' = 'open'
  #theirs: 'open' | 'over' = 'open'
  #closeNotify: 'required' | 'optional' = 'required'

  constructor(below: Duplex, events: ClearableEvents) {
    // A mark of 0: nothing is asked for as long as the last piece has not been taken.
    super({ allowHalfOpen: true, autoDestroy: false, readableHighWaterMark: 0 })
    this.#below = below
    this.#events = events
    below.on('data', this.#onData).once('end', this.#onEnd).once('close', this.#onClose)
  }

  /** Whether the peer has ended TLS. */
  get isPeerOver(): boolean {
    return this.#theirs === 'over'
  }

  /** Whether the end of TLS is to come, or has come. */
  get isClearing(): boolean {
    return this.#end === 'tls'
  }

  /** Whether TLS is over on both sides, and the stream below belongs to nobody. */
  get isCleared(): boolean {
    return this.#end === 'tls' && this.#ours === 'over' && this.#theirs === 'over'
  }

  /**
   * From now on the end of our side is that of TLS alone. Where the peer's close_notify is `optional`, an octet that begins no record is
   * the first one in the clear.
   */
  clear(closeNotify: 'required' | 'optional'): void {
    this.#end = 'tls'
    this.#closeNotify = closeNotify
  }

  /** Looks whether TLS has read its end: to be called behind each piece that was taken. */
  readonly look = (): void => {
    if (this.#theirs === 'open' && this.#borders.isAtBorder && this.#events.hasTlsEnded()) this.#finishTheirs()
  }

  /** As `Duplex` wants it. */
  override _read(): void {
    this.#feed()
    if (this.#theirs === 'open' && this.#rest.length === 0) this.#below.resume()
  }

  /** As `Duplex` wants it. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    // Of what goes wrong below, the stream there tells.
    this.#below.write(chunk, () => done())
  }

  /** As `Duplex` wants it: our close_notify is written. */
  override _final(done: Done): void {
    if (this.#end === 'connection') {
      this.#below.end(() => done())
      return
    }
    done()
    this.#ours = 'over'
    this.#tellCleared()
  }

  /** Hands up one piece after another, each when the last one was taken. */
  #feed(): void {
    while (this.#theirs === 'open' && this.readableLength === 0 && this.#rest.length > 0) {
      if (this.#isInTheClear()) return this.#finishTheirs()
      const length = this.#borders.advance(this.#rest)
      const piece = this.#rest.subarray(0, length)
      this.#rest = this.#rest.subarray(length)
      this.push(piece)
    }
  }

  /** Whether a peer that need not say close_notify has gone on without. */
  #isInTheClear(): boolean {
    if (this.#end !== 'tls' || this.#closeNotify === 'required' || !this.#borders.isAtBorder) return false
    const type = this.#rest[0] as number
    return type < FIRST_TYPE || type > LAST_TYPE
  }

  /** The peer's side of TLS is over: what is left was not said within it. */
  #finishTheirs(): void {
    this.#theirs = 'over'
    const below = this.#below
    below.off('data', this.#onData).off('end', this.#onEnd).pause()
    if (this.#rest.length > 0) below.unshift(this.#rest)
    this.#rest = NOTHING
    this.#tellCleared()
  }

  #tellCleared(): void {
    if (!this.isCleared) return
    this.#below.off('close', this.#onClose)
    this.#events.onCleared()
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#feed()
    if (this.#rest.length > 0) this.#below.pause()
  }

  readonly #onEnd = (): void => {
    this.#events.onFin()
    this.push(null)
  }

  readonly #onClose = (): void => {
    this.destroy()
  }
}
