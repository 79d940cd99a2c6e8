/** The transfer encodings by their names (RFC 2045 §6.1), and the decoder for each. */
import { Base64Decoder } from './base64.ts'
import type { TransferEncoding } from './events.ts'
import { QuotedPrintableDecoder } from './quoted-printable.ts'
import { Ready } from './ready.ts'
import type { TransferDecoder } from './transfer-decoder.ts'

const NOTHING: Buffer = Buffer.alloc(0)

/** For `7bit`, `8bit`, `binary`, and for what nobody knows: octets stand for themselves. */
const IDENTITY: TransferDecoder = Object.freeze({
  isIdentity: true,
  fault: undefined,
  decode: (bytes: Buffer): Buffer => bytes,
  end: () => NOTHING,
})

const BASE64 = new Ready(() => new Base64Decoder())
const QUOTED_PRINTABLE = new Ready(() => new QuotedPrintableDecoder())

const IDENTITIES: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary'])
const ENCODINGS: ReadonlySet<string> = new Set([...IDENTITIES, 'base64', 'quoted-printable'])

/** Whether content in this encoding is kept as it is because it is to be. */
export function isIdentity(encoding: TransferEncoding): boolean {
  return IDENTITIES.has(encoding)
}

/** Whether this encoding is one of RFC 2045. */
export function isKnown(encoding: TransferEncoding): boolean {
  return ENCODINGS.has(encoding)
}

/** A decoder for content in this encoding. */
export function transferDecoder(encoding: TransferEncoding): TransferDecoder {
  switch (encoding) {
    case 'base64':
      return BASE64.take()
    case 'quoted-printable':
      return QUOTED_PRINTABLE.take()
    default:
      return IDENTITY
  }
}
