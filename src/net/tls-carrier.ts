/**
 * What lies between TLS and the connection below, where somebody has to know how TLS ended.
 *
 *     TLSSocket <──records── TlsCarrier <──octets── the stream of the connection
 *
 * Node gives a TLSSocket one and the same end for a close_notify and for a bare FIN, and only the first was said by the peer:
 * a FIN can come from anybody on the way (RFC 8446 §6.1). Here a FIN from below is told apart, because all octets before it have
 * gone through TLS when it comes by: a TLSSocket that has not ended by then ends by the FIN alone.
 */
import { Duplex } from 'node:stream'

type Done = () => void

/** A stream that hands on everything, and calls `onFin` before the end from below is handed on. */
export class TlsCarrier extends Duplex {
  readonly #below: Duplex

  constructor(below: Duplex, onFin: () => void) {
    super({ allowHalfOpen: true, autoDestroy: false })
    this.#below = below
    // Before TLS hears of it: listeners are called in the order in which they came.
    this.once('end', onFin)
    below.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) below.pause()
    })
    below.once('end', () => this.push(null))
    below.once('close', () => this.destroy())
  }

  /** As `Duplex` wants it. */
  override _read(): void {
    this.#below.resume()
  }

  /** As `Duplex` wants it. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    // Of what goes wrong below, the stream there tells.
    this.#below.write(chunk, () => done())
  }

  /** As `Duplex` wants it: the end of TLS is the end of the connection. */
  override _final(done: Done): void {
    this.#below.end(() => done())
  }
}
