/**
 * Service extensions: the lines of an EHLO reply, as a server writes them and a client reads them (RFC 5321 §4.1.1.1). One registry
 * says of each extension what stands behind its keyword. What parameters it brings is said in `parameters.ts`, what commands in
 * `commands.ts`; both ask here only whether it is offered.
 */
import { byteClass, isAllText, parseDecimal, upperAscii } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import { isKeyword } from './grammar.ts'
import type { Limits } from './limits.ts'

/** What the registry knows of an extension. */
interface ExtensionRow {
  /** What stands behind the keyword in the EHLO reply, where something does. */
  readonly argument?: (limits: Limits) => string
}

/** The keywords of the extensions that are implemented. */
export type ExtensionKeyword = 'PIPELINING' | 'SIZE' | '8BITMIME' | 'ENHANCEDSTATUSCODES' | 'HELP'

const ROWS: Readonly<Record<ExtensionKeyword, ExtensionRow>> = {
  PIPELINING: {}, // RFC 2920
  SIZE: { argument: ({ maxMessageBytes }) => String(maxMessageBytes) }, // RFC 1870
  '8BITMIME': {}, // RFC 6152
  ENHANCEDSTATUSCODES: {}, // RFC 2034
  HELP: {}, // None of the required commands (RFC 5321 §4.5.1), and every other that is there must be named (§4.1.1.1).
}

/** The extensions that are implemented, in the order in which they are offered. */
export const EXTENSIONS: readonly ExtensionKeyword[] = Object.freeze(Object.keys(ROWS) as ExtensionKeyword[])

/** The lines of an EHLO reply behind its first: `ehlo-line = ehlo-keyword *( SP ehlo-param )`. */
export function ehloLines(offered: ReadonlySet<ExtensionKeyword>, limits: Limits): string[] {
  return EXTENSIONS.filter((keyword) => offered.has(keyword)).map((keyword) => {
    const { argument } = ROWS[keyword]
    return argument === undefined ? keyword : `${keyword} ${argument(limits)}`
  })
}

/** What a server offers: each keyword in upper case, with its parameters in the order given. */
export type Capabilities = ReadonlyMap<string, readonly string[]>

/** `ehlo-param = 1*(%d33-126)`. */
const EHLO_PARAM: ByteClass = byteClass([0x21, 0x7e])

/**
 * What the lines of an EHLO reply offer. The first line is the server's name and a greeting and never a keyword: `250-mx greets SMTPUTF8 fans`
 * offers nothing. A line that is no `ehlo-line` is passed over, and of a keyword that comes twice the first counts.
 */
export function parseCapabilities(lines: readonly string[]): Capabilities {
  const capabilities = new Map<string, readonly string[]>()
  for (const line of lines.slice(1)) {
    const [keyword = '', ...parameters] = line.split(' ')
    const isEhloLine = isKeyword(keyword) && parameters.every((text) => text !== '' && isAllText(EHLO_PARAM, text))
    if (isEhloLine && !capabilities.has(upperAscii(keyword))) capabilities.set(upperAscii(keyword), parameters)
  }
  return capabilities
}

/** The largest message that the server takes, by its SIZE keyword; `undefined` where it does not say (RFC 1870 §4). */
export function sizeLimit(capabilities: Capabilities): number | undefined {
  const limit = parseDecimal(capabilities.get('SIZE')?.[0] ?? '')
  return limit === 0 ? undefined : limit
}
