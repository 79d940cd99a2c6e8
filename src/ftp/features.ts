/**
 * What a server can do beyond RFC 959, as it says in its answer to FEAT (RFC 2389 §3.2): ` MLST type*;size*;modify*;`, a line for each, and
 * names in either case. Parameters mean what the feature's own RFC says of them.
 */
import { upperAscii } from '../net/ascii.ts'
import type { ReplyText } from './events.ts'

/** Names in upper case, and what stands behind them. */
export type Features = ReadonlyMap<string, string>

/** No features: those of a server that does not know FEAT, which says nothing about the others (RFC 2389 §3.2). */
export const NO_FEATURES: Features = new Map()

/** The features in a reply to FEAT. They replace all that was known before: a server may have others under TLS, or behind a login. */
export function parseFeatures({ code, lines }: ReplyText): Features {
  return code === 211 ? new Map(lines.slice(1, -1).map(parseFeature)) : NO_FEATURES
}

/** ` MLST type*;size*;` as name and parameters. The space before it is asked for, and left out by some. */
function parseFeature(line: string): [name: string, parameters: string] {
  const feature = line.startsWith(' ') ? line.slice(1) : line
  const space = feature.indexOf(' ')
  return space === -1 ? [upperAscii(feature), ''] : [upperAscii(feature.slice(0, space)), feature.slice(space + 1)]
}
