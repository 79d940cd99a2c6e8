/** Names and passwords as octets: UTF-8 that is valid, prepared by SASLprep, both ways. */
import { isUtf8 } from 'node:buffer'
import { localError } from './errors.ts'
import { saslprep } from './saslprep.ts'
import type { Purpose } from './saslprep.ts'

/** The text, or `undefined` where the octets are no UTF-8. A byte order mark is a character like any other. */
export function parseUtf8(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/** A name or password of the peer, prepared; `undefined` where it is no UTF-8, is empty, or cannot be prepared. */
export function parseName(bytes: Buffer): string | undefined {
  return saslprep(parseUtf8(bytes) ?? '', 'query')
}

/** A name or password of our own side, prepared. Throws `SASL_PREPARATION` of the side `local` where it is empty or cannot be. */
export function prepare(text: string, purpose: Purpose): string {
  const prepared = saslprep(text, purpose)
  if (prepared === undefined) throw localError('SASL_PREPARATION')
  return prepared
}

/** The same for one that need not be there. */
export function prepareOptional(text: string | undefined): string | undefined {
  return text === undefined ? undefined : prepare(text, 'query')
}
