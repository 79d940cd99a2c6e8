/**
 * What decodes content for the way (RFC 2045 §6): takes octets as they are cut, and keeps what it cannot decode yet, which are a few octets and
 * never more than a line.
 */
import type { MimeViolationCode } from './errors.ts'

/** Decodes the content of one part. */
export interface TransferDecoder {
  /** Whether it gives what it is given. */
  readonly isIdentity: boolean
  /** What was wrong with the content so far. */
  readonly fault: MimeViolationCode | undefined
  /** What the octets stand for: they themselves where nothing has to be decoded. May be empty. */
  decode(bytes: Buffer): Buffer
  /** The content is over: what is left. May be empty. */
  end(): Buffer
}
