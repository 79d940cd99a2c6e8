/**
 * What a part is: Content-Type (RFC 2045 §5.1), Content-Disposition (RFC 2183 §2) and Content-Transfer-Encoding (RFC 2045 §6.1), from the
 * value of a field to what it says. Pure and total; broken rules go into the list that is given.
 */
import { lowerAscii } from '../../net/ascii.ts'
import { withoutControls } from './charset.ts'
import { decodeWords } from './encoded-word.ts'
import type { MimeViolationCode } from './errors.ts'
import { DEFAULT_MESSAGE_LIMITS } from './limits.ts'
import type { MessageLimits } from './limits.ts'
import { readParameters } from './parameters.ts'
import type { MimeParameters } from './parameters.ts'
import { Cursor, TOKEN } from './structured.ts'

/** The type of content: `text/plain; charset=utf-8`. Names are in lower case. */
export interface ContentType {
  /** `text/plain`. */
  readonly mediaType: string
  /** `text`. */
  readonly type: string
  /** `plain`. */
  readonly subtype: string
  /** By name, in lower case; values as they were meant. */
  readonly parameters: MimeParameters
}

/** How content is to be shown: `attachment; filename=a.pdf`. */
export interface Disposition {
  /** `inline`, `attachment` or any other, in lower case. */
  readonly type: string
  /** By name, in lower case. */
  readonly parameters: MimeParameters
}

const SLASH = 0x2f
const NONE: MimeParameters = new Map()

function defaultType(type: string, subtype: string): ContentType {
  return Object.freeze({ mediaType: `${type}/${subtype}`, type, subtype, parameters: NONE })
}

/** What a part is that does not say what it is (RFC 2045 §5.2). */
export const TEXT_PLAIN: ContentType = defaultType('text', 'plain')
/** The same in a `multipart/digest` (RFC 2046 §5.1.5). */
export const MESSAGE_RFC822: ContentType = defaultType('message', 'rfc822')

/**
 *     content = "Content-Type" ":" type "/" subtype *(";" parameter)
 *
 * `undefined` where there is no type, a slash and a subtype.
 */
export function parseContentType(
  value: string,
  { maxParameters }: Pick<MessageLimits, 'maxParameters'> = DEFAULT_MESSAGE_LIMITS,
  violations: MimeViolationCode[] = [],
): ContentType | undefined {
  const cursor = new Cursor(value)
  const type = readToken(cursor)
  const subtype = cursor.take(SLASH) ? readToken(cursor) : ''
  if (type === '' || subtype === '') return undefined
  const parameters = cursor.isAtEnd ? NONE : readParameters(cursor, maxParameters, violations)
  return { mediaType: `${type}/${subtype}`, type, subtype, parameters }
}

/**
 *     disposition = "Content-Disposition" ":" disposition-type *(";" disposition-parm)
 *
 * `undefined` where there is no type.
 */
export function parseDisposition(
  value: string,
  { maxParameters }: Pick<MessageLimits, 'maxParameters'> = DEFAULT_MESSAGE_LIMITS,
  violations: MimeViolationCode[] = [],
): Disposition | undefined {
  const cursor = new Cursor(value)
  const type = readToken(cursor)
  if (type === '') return undefined
  return { type, parameters: cursor.isAtEnd ? NONE : readParameters(cursor, maxParameters, violations) }
}

/** `encoding = "Content-Transfer-Encoding" ":" mechanism`: its name in lower case; `undefined` where there is none. */
export function parseTransferEncoding(value: string): string | undefined {
  const name = readToken(new Cursor(value))
  return name === '' ? undefined : name
}

/** A token with the white space and the comments around it, in lower case; empty where there is none. */
function readToken(cursor: Cursor): string {
  cursor.skipCfws()
  const token = lowerAscii(cursor.run(TOKEN))
  cursor.skipCfws()
  return token
}

/**
 * The name for a file of this content: `filename`, or else `name` of the type, with its encoded words decoded, which RFC 2047 §5 forbids and
 * many send. Only what stands behind the last slash or backslash: it must not say where the file goes (RFC 2183 §2.3), and names that
 * mean a folder are none.
 */
export function fileNameOf(contentType: ContentType, disposition: Disposition | undefined): string | undefined {
  const given = disposition?.parameters.get('filename') ?? contentType.parameters.get('name')
  if (given === undefined) return undefined
  const name = withoutControls(decodeWords(given))
  const last = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
  return last === '' || last === '.' || last === '..' ? undefined : last
}
