/**
 * The vectors of HTTP/1.1 (`test/fixtures/http/vectors.json`): octets, what a strict implementation makes of them, and why.
 *
 *     reject   must be refused; a request with the status named
 *     accept   must be accepted, with the bodies named
 *     close    is answered, and nothing behind it on this connection is
 *     wait     is not complete, and must not pass for complete
 *     either   the RFC leaves the choice: `prefer` is ours
 */
import { readFileSync } from 'node:fs'

/** One vector. */
export interface Vector {
  /** Such as `te.chunked-chunked`. */
  readonly id: string
  /** What the octets are. */
  readonly role: 'request' | 'response'
  /** The method of the request that the response answers; GET where it is not said. */
  readonly method?: string
  /** Whether the connection ends behind the octets. */
  readonly eof?: boolean
  /** One octet per character; `[text, times]` stands for repeated text. */
  readonly data: string | readonly (string | readonly [text: string, times: number])[]
  /** What RFC 9110 and 9112 say. */
  readonly verdict: 'reject' | 'accept' | 'close' | 'wait' | 'either'
  /** What we do where they leave the choice. */
  readonly prefer: 'reject' | 'accept'
  /** The status that the server answers with. */
  readonly status?: number
  /** The contents of the messages that are accepted. */
  readonly bodies?: readonly string[]
  /** Document and section. */
  readonly ref?: string
  /** Why. */
  readonly note?: string
}

/** All vectors. */
export const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../fixtures/http/vectors.json', import.meta.url), 'utf8'),
) as Vector[]

/** The octets of a vector. */
export function octetsOf({ data }: Vector): Buffer {
  const parts = typeof data === 'string' ? [data] : data
  return Buffer.from(
    parts.map((part) => (typeof part === 'string' ? part : part[0].repeat(part[1]))).join(''),
    'latin1',
  )
}
