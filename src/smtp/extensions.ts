/**
 * Service extensions: the lines of an EHLO reply, as a server writes them and a client reads them (RFC 5321 §4.1.1.1). One registry
 * says of each extension under which circumstances it may be offered, and what stands behind its keyword. What parameters it brings is
 * said in `parameters.ts`, what commands in `commands.ts`; both ask here only whether it is offered.
 */
import { byteClass, isAllText, parseDecimal, upperAscii } from '../net/ascii.ts'
import type { ByteClass } from '../net/ascii.ts'
import { isKeyword } from './grammar.ts'
import type { Limits } from './limits.ts'
import { parseHoldFor, parseHoldUntil } from './parameter-values.ts'
import { ATTRIBUTES } from './peer-attributes.ts'

/** What a server speaks: to other servers, to the people who submit their mail (RFC 6409), or to deliver for a queue (RFC 2033). */
export type Protocol = 'smtp' | 'submission' | 'lmtp'

/** How long mail for later is held (RFC 4865 §3). */
export interface FutureRelease {
  /** Seconds, up to 999,999,999. */
  readonly seconds: number
  /** Until when at most, such as `2026-01-31T08:00:00Z`. */
  readonly until: string
}

/** What a server is and may, on a connection: which extensions it can offer hangs on that. */
export interface Circumstances {
  /** What is spoken: `smtp` where nothing else is said. */
  readonly protocol: Protocol
  /** Whether TLS cannot be had, can be had, or is there. */
  readonly security: 'none' | 'offered' | 'active'
  /** The mechanisms of AUTH that may be used now, in upper case; those that give passwords away are for TLS alone (RFC 4954 §4). */
  readonly mechanisms: readonly string[]
  /** Whether the peer may say for whom it speaks. */
  readonly peer: 'stranger' | 'trusted'
  /** How long mail for later is held; `undefined`, which is the default, where it is not. */
  readonly futureRelease: FutureRelease | undefined
  /** The shortest time to deliver in or to return that is taken, in seconds (RFC 2852 §3): 1 where nothing else is said. */
  readonly minDeliverBySeconds: number
  /**
   * Different domains that the recipients of a session may have, accepted or not: RCPTDOMAINMAX of RFC 9422 §4.3, for a server that delivers to
   * few. More are answered 452. `undefined`, which is the default, for any number, of which nothing is said.
   */
  readonly maxRecipientDomains: number | undefined
  /** How much is taken. */
  readonly limits: Limits
}

/** What the registry knows of an extension. */
interface ExtensionRow {
  /** Where it is specified. */
  readonly source: string
  /** Whether it makes sense here. Default: it always does. */
  readonly isPossible?: (circumstances: Circumstances, wanted: ReadonlySet<ExtensionKeyword>) => boolean
  /** What stands behind the keyword in the EHLO reply, where something does. */
  readonly argument?: (circumstances: Circumstances) => string
}

/** The keywords of the extensions that are implemented. */
export type ExtensionKeyword =
  | 'PIPELINING'
  | 'SIZE'
  | '8BITMIME'
  | 'SMTPUTF8'
  | 'ENHANCEDSTATUSCODES'
  | 'CHUNKING'
  | 'BINARYMIME'
  | 'DSN'
  | 'LIMITS'
  | 'STARTTLS'
  | 'AUTH'
  | 'REQUIRETLS'
  | 'DELIVERBY'
  | 'FUTURERELEASE'
  | 'MT-PRIORITY'
  | 'EXPN'
  | 'ETRN'
  | 'HELP'
  | 'XCLIENT'
  | 'XFORWARD'

/** A limit of RFC 9422 has six digits. */
const MAX_LIMIT = 999_999

/** The registry, in the order in which extensions are offered. */
export const REGISTRY: Readonly<Record<ExtensionKeyword, ExtensionRow>> = {
  PIPELINING: { source: 'RFC 2920' },
  SIZE: { source: 'RFC 1870', argument: ({ limits }) => String(limits.maxMessageBytes) },
  '8BITMIME': { source: 'RFC 6152' },
  SMTPUTF8: { source: 'RFC 6531 §3.1', isPossible: (_, wanted) => wanted.has('8BITMIME') },
  ENHANCEDSTATUSCODES: { source: 'RFC 2034' },
  CHUNKING: { source: 'RFC 3030 §2' },
  BINARYMIME: { source: 'RFC 3030 §3', isPossible: (_, wanted) => wanted.has('CHUNKING') && wanted.has('8BITMIME') },
  DSN: { source: 'RFC 3461' },
  LIMITS: { source: 'RFC 9422', argument: writeLimits },
  // Not within TLS (§4.2).
  STARTTLS: { source: 'RFC 3207', isPossible: ({ security }) => security === 'offered' },
  AUTH: {
    source: 'RFC 4954 §3',
    isPossible: ({ mechanisms }) => mechanisms.length > 0,
    argument: ({ mechanisms }) => mechanisms.join(' '),
  },
  REQUIRETLS: { source: 'RFC 8689 §2', isPossible: ({ security }) => security === 'active' },
  DELIVERBY: { source: 'RFC 2852 §3', argument: ({ minDeliverBySeconds }) => String(minDeliverBySeconds) },
  // Nowhere but for submission (§4.2).
  FUTURERELEASE: {
    source: 'RFC 4865',
    isPossible: ({ protocol, futureRelease }) => protocol === 'submission' && futureRelease !== undefined,
    argument: ({ futureRelease }) => `${futureRelease?.seconds} ${futureRelease?.until}`,
  },
  'MT-PRIORITY': { source: 'RFC 6710' },
  EXPN: { source: 'RFC 5321 §4.1.1.7' },
  ETRN: { source: 'RFC 1985' },
  // None of the required commands (§4.5.1), and every other that is there must be named (§4.1.1.1).
  HELP: { source: 'RFC 5321 §4.1.1.8' },
  XCLIENT: {
    source: 'Postfix XCLIENT_README',
    isPossible: isTrusted,
    argument: () => ATTRIBUTES.xclient.join(' '),
  },
  XFORWARD: {
    source: 'Postfix XFORWARD_README',
    isPossible: isTrusted,
    argument: () => ATTRIBUTES.xforward.join(' '),
  },
}

function isTrusted({ peer }: Circumstances): boolean {
  return peer === 'trusted'
}

/** What the session has room for. */
function writeLimits({ limits, maxRecipientDomains }: Circumstances): string {
  const general = `MAILMAX=${writeLimit(limits.maxTransactions)} RCPTMAX=${writeLimit(limits.maxRecipients)}`
  return maxRecipientDomains === undefined ? general : `${general} RCPTDOMAINMAX=${writeLimit(maxRecipientDomains)}`
}

function writeLimit(limit: number): number {
  return Math.min(limit, MAX_LIMIT)
}

/** The extensions that are implemented, in the order in which they are offered. */
export const EXTENSIONS: readonly ExtensionKeyword[] = Object.freeze(Object.keys(REGISTRY) as ExtensionKeyword[])

/**
 * What is offered where nothing else is said: what asks nothing of a server's program. The rest are promises (DSN to notify the
 * sender, DELIVERBY to be in time, ETRN to have a queue), and whoever keeps them says so: `[...DEFAULT_EXTENSIONS, 'DSN']`.
 *
 * BINARYMIME is not among it, whatever a program does with octets: to take such a message is a promise to pass it on as it is, or to
 * convert or return it where the next server does not take it (RFC 3030 §3); and who reads a file of a Maildir expects lines. Postfix
 * and Exim do not offer it either.
 */
export const DEFAULT_EXTENSIONS: readonly ExtensionKeyword[] = Object.freeze([
  'PIPELINING',
  'SIZE',
  '8BITMIME',
  'SMTPUTF8',
  'ENHANCEDSTATUSCODES',
  'CHUNKING',
  'LIMITS',
  'STARTTLS',
  'AUTH',
  'HELP',
  'XCLIENT',
  'XFORWARD',
])

/** Those of the wanted extensions that can be offered, in the order of the registry. LMTP has two of them anyhow (RFC 2033 §5). */
export function offerable(
  wanted: readonly ExtensionKeyword[],
  circumstances: Circumstances,
): ReadonlySet<ExtensionKeyword> {
  const all = new Set(wanted)
  if (circumstances.protocol === 'lmtp') all.add('PIPELINING').add('ENHANCEDSTATUSCODES')
  return new Set(
    EXTENSIONS.filter((keyword) => all.has(keyword) && (REGISTRY[keyword].isPossible?.(circumstances, all) ?? true)),
  )
}

/** The lines of an EHLO reply behind its first: `ehlo-line = ehlo-keyword *( SP ehlo-param )`. */
export function ehloLines(offered: ReadonlySet<ExtensionKeyword>, circumstances: Circumstances): string[] {
  return Array.from(offered, (keyword) => {
    const { argument } = REGISTRY[keyword]
    return argument === undefined ? keyword : `${keyword} ${argument(circumstances)}`
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

/** The mechanisms of AUTH that the server offers, in upper case and in its order (RFC 4954 §3). */
export function offeredMechanismNames(capabilities: Capabilities): readonly string[] {
  return (capabilities.get('AUTH') ?? []).map(upperAscii)
}

/** How much of what the server takes in a session (RFC 9422 §4). */
export interface ServerLimits {
  /** MAIL commands in a session. */
  readonly MAILMAX?: number
  /** RCPT commands in a transaction. */
  readonly RCPTMAX?: number
  /** Domains of recipients in a session. */
  readonly RCPTDOMAINMAX?: number
}

/**
 * The limits that the server names. One that is malformed, or that nobody knows, is passed over (RFC 9422 §3.7): `%x31-39 0*5DIGIT`.
 */
export function serverLimits(capabilities: Capabilities): ServerLimits {
  const limits: { -readonly [Name in keyof ServerLimits]: number } = {}
  for (const limit of capabilities.get('LIMITS') ?? []) {
    const [, name, digits = ''] = /^(MAILMAX|RCPTMAX|RCPTDOMAINMAX)=([1-9][0-9]{0,5})$/.exec(upperAscii(limit)) ?? []
    const value = parseDecimal(digits)
    if (name !== undefined && value !== undefined) limits[name as keyof ServerLimits] ??= value
  }
  return limits
}

/** The shortest time in which the server promises to deliver, in seconds; 0 where it names none, `undefined` where it promises nothing. */
export function deliverByMinimum(capabilities: Capabilities): number | undefined {
  const parameters = capabilities.get('DELIVERBY')
  return parameters && (parseDecimal(parameters[0]?.split(',')[0] ?? '0', 999_999_999) ?? 0)
}

/** How long the server holds mail for later; `undefined` where it does not, or does not say it well (RFC 4865 §3). */
export function futureReleaseLimits(capabilities: Capabilities): FutureRelease | undefined {
  const [interval, date] = capabilities.get('FUTURERELEASE') ?? []
  const seconds = parseHoldFor(interval)
  const until = parseHoldUntil(date)
  return seconds === undefined || until === undefined ? undefined : { seconds, until }
}
