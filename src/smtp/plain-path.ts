/**
 * Paths as nearly all are, in one pass: `<joe@x.test>`, an unquoted local-part and a domain in lower case. Whatever else a path may be is
 * read by `address.ts`, which says the same of these: a property test holds the two together (`plain-path.test.ts`).
 *
 *     "<" Dot-string "@" Domain ">"        ; RFC 5321 §4.1.2
 */
import { byteClass, DOT, HYPHEN } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import type { Path } from './address.ts'
import { ATEXT } from './grammar.ts'

const LEFT_ANGLE = 0x3c
const RIGHT_ANGLE = 0x3e
const AT = 0x40

/** RFC 5321 §4.5.3.1, in octets; within 254 a domain is never too long. */
const MAX_LOCAL_PART = 64
const MAX_LABEL = 63
const MAX_MAILBOX = 254

/** `Ldh-str` without the capitals, which are to be made small. */
const LOWER_LDH: ByteClass = byteClass('-', [0x30, 0x39], [0x61, 0x7a])

/** A path, and where in its line it ends. */
export interface PlainPath {
  readonly path: Path
  readonly end: number
}

/** The path at `from`; `undefined` where it is none of these, and may still be another. */
export function readPlainPath(line: string, from: number): PlainPath | undefined {
  if (line.charCodeAt(from) !== LEFT_ANGLE) return undefined
  const at = endOfDotString(line, from + 1)
  if (line.charCodeAt(at) !== AT || at - from - 1 > MAX_LOCAL_PART) return undefined
  const end = endOfLowerDomain(line, at + 1)
  if (line.charCodeAt(end) !== RIGHT_ANGLE || end - from - 1 > MAX_MAILBOX) return undefined
  return { path: { localPart: line.slice(from + 1, at), domain: line.slice(at + 1, end) }, end: end + 1 }
}

/** `Dot-string = Atom *("." Atom)`: where it ends; -1 where it is none. */
function endOfDotString(line: string, from: number): number {
  let previous = DOT
  for (let index = from; index < line.length; index++) {
    const octet = line.charCodeAt(index)
    if (octet === DOT ? previous === DOT : octet > 0x7f || ATEXT[octet] === 0) return previous === DOT ? -1 : index
    previous = octet
  }
  return -1
}

/** `Domain = sub-domain *("." sub-domain)`: where it ends; -1 where it is none. */
function endOfLowerDomain(line: string, from: number): number {
  let label = from
  for (let index = from; index < line.length; index++) {
    const octet = line.charCodeAt(index)
    if (octet <= 0x7f && LOWER_LDH[octet] === 1 && (octet !== HYPHEN || index > label)) continue
    const isLabel = index > label && index - label <= MAX_LABEL && line.charCodeAt(index - 1) !== HYPHEN
    if (!isLabel) return -1
    if (octet !== DOT) return index
    label = index + 1
  }
  return -1
}
