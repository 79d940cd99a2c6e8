/**
 * What a header makes of the part behind it: its type, its encoding, and whether it can be opened. Pure; what is wrong goes into a set.
 *
 * Of a field that is there twice the first counts (RFC 5322 §3.6 allows one). Two readers that choose differently see two messages, so it is
 * told.
 */
import { byteClass, isAllText } from '../../net/ascii.ts'
import { encodeUtf8 } from '../utf8.ts'
import {
  MESSAGE_RFC822,
  parseContentType,
  parseDisposition,
  parseTransferEncoding,
  TEXT_PLAIN,
} from './content-type.ts'
import type { ContentType } from './content-type.ts'
import type { MimeViolationCode } from './errors.ts'
import type { MimePart, PartKind } from './events.ts'
import type { HeaderSection } from './header-section.ts'
import type { MessageLimits } from './limits.ts'
import { isIdentity, isKnown } from './transfer-decoding.ts'

/** `bchars` (RFC 2046 §5.1.1). */
const BOUNDARY = byteClass("'()+_,-./:=? ", [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])
/** Octets that a boundary may have (RFC 2046 §5.1.1). */
const MAX_PROPER_BOUNDARY = 70

/** What is wrong with a part. */
export type Violations = Set<MimeViolationCode>

/** Where a part stands. */
export interface Surroundings {
  /** The type of the part around it. */
  readonly parentType: string | undefined
  /** Whether a message in it may be opened. */
  readonly messages: 'open' | 'keep' | 'tooDeep'
}

/** What a header says, and the boundary where it is a multipart's. */
export interface Description extends Pick<MimePart, 'contentType' | 'disposition' | 'transferEncoding' | 'kind'> {
  /** As octets, a character for each. */
  readonly boundary: string | undefined
}

/** Reads what a header says of its part. */
export function describe(
  header: HeaderSection,
  surroundings: Surroundings,
  limits: MessageLimits,
  violations: Violations,
): Description {
  const contentType = contentTypeOf(header, surroundings, limits, violations)
  const disposition = dispositionOf(header, limits, violations)
  const transferEncoding = transferEncodingOf(header, violations)
  const boundary = contentType.type === 'multipart' ? boundaryOf(contentType, limits, violations) : undefined
  const isEncoded = !isIdentity(transferEncoding)
  const isComposite = boundary !== undefined || contentType.mediaType === MESSAGE_RFC822.mediaType
  if (isEncoded && isComposite) violations.add('MIME_COMPOSITE_ENCODING')
  const kind = boundary === undefined ? messageKind(contentType, isEncoded, surroundings, violations) : 'multipart'
  return { contentType, disposition, transferEncoding, kind, boundary }
}

/** The value of the first field of this name. */
function firstOf(header: HeaderSection, name: string, violations: Violations): string | undefined {
  const index = header.indexOf(name)
  if (index === -1) return undefined
  if (header.indexOf(name, index + 1) !== -1) violations.add('MIME_FIELD_REPEATED')
  return header.valueAt(index)
}

function contentTypeOf(
  header: HeaderSection,
  { parentType }: Surroundings,
  limits: MessageLimits,
  violations: Violations,
): ContentType {
  const value = firstOf(header, 'content-type', violations)
  if (value === undefined) return parentType === 'multipart/digest' ? MESSAGE_RFC822 : TEXT_PLAIN
  const found: MimeViolationCode[] = []
  const contentType = parseContentType(value, limits, found)
  for (const code of found) violations.add(code)
  if (contentType === undefined) violations.add('MIME_CONTENT_TYPE')
  return contentType ?? TEXT_PLAIN
}

function dispositionOf(header: HeaderSection, limits: MessageLimits, violations: Violations): MimePart['disposition'] {
  const value = firstOf(header, 'content-disposition', violations)
  if (value === undefined) return undefined
  const found: MimeViolationCode[] = []
  const disposition = parseDisposition(value, limits, found)
  for (const code of found) violations.add(code)
  if (disposition === undefined) violations.add('MIME_DISPOSITION')
  return disposition
}

function transferEncodingOf(header: HeaderSection, violations: Violations): string {
  const value = firstOf(header, 'content-transfer-encoding', violations)
  if (value === undefined) return '7bit'
  const encoding = parseTransferEncoding(value) ?? '7bit'
  if (!isKnown(encoding)) violations.add('MIME_TRANSFER_ENCODING')
  return encoding
}

/** What is no multipart: a message that can be opened, or a leaf. A message that is encoded is decoded, and kept. */
function messageKind(
  { mediaType }: ContentType,
  isEncoded: boolean,
  { messages }: Surroundings,
  violations: Violations,
): PartKind {
  // RFC 6532 §3.7: message/global is the same for headers in UTF-8.
  const isMessage = mediaType === MESSAGE_RFC822.mediaType || mediaType === 'message/global'
  if (!isMessage || isEncoded || messages === 'keep') return 'leaf'
  if (messages === 'open') return 'message'
  violations.add('MIME_MESSAGE_CLOSED')
  return 'leaf'
}

/**
 *     boundary = 0*69<bchars> bcharsnospace
 *
 * Without the white space at its end, which would be taken for padding. Of other octets, and longer, it is told and taken.
 */
function boundaryOf(
  { parameters }: ContentType,
  { maxBoundaryBytes }: MessageLimits,
  violations: Violations,
): string | undefined {
  const given = encodeUtf8(parameters.get('boundary') ?? '')
  let end = given.length
  while (end > 0 && (given[end - 1] === ' ' || given[end - 1] === '\t')) end--
  const boundary = given.slice(0, end)
  const isProper = boundary === given && end <= MAX_PROPER_BOUNDARY && isAllText(BOUNDARY, boundary)
  if (boundary === '') violations.add('MIME_BOUNDARY_MISSING')
  else if (!isProper) violations.add('MIME_BOUNDARY_SYNTAX')
  return boundary === '' || end > maxBoundaryBytes ? undefined : boundary
}
