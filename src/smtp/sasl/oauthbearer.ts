/**
 * OAUTHBEARER (RFC 7628): a bearer token (RFC 6750) in place of a password, with the host and port that it is meant for.
 *
 *     client-resp    = (gs2-header kvsep *kvpair kvsep) / kvsep
 *     kvpair         = key "=" value kvsep
 *     key            = 1*(ALPHA)
 *     value          = *(VCHAR / SP / HTAB / CR / LF )
 *     kvsep          = %x01
 *
 *     C: n,a=joe@x.test,^Ahost=mx.x.test^Aport=587^Aauth=Bearer vF9dft4qmTc2^A^A
 *     S: {"status":"invalid_token"}         only where it is refused
 *     C: ^A
 *
 * A pair that comes twice is refused: of two hosts, or two tokens, we would check the one and somebody else might use the
 * other. Pairs of unknown keys MUST be ignored (§3.1). There is no channel binding, so a `p` in the header is refused.
 */
import { ALPHA, byteClass, isAllText, lowerAscii, parseDecimal, VCHAR } from '../../net/ascii.ts'
import type { ByteClass } from '../../net/ascii.ts'
import { localError } from './errors.ts'
import type { SaslRefusal } from './errors.ts'
import { parseGs2Header, writeGs2Header } from './gs2.ts'
import type { ClientMechanism, Rejected, ServerMechanism, TokenCredentials } from './mechanism.ts'
import { parseUtf8, prepareOptional } from './names.ts'
import { KVSEP, parseBearer, parseOAuthError, writeBearer, writeOAuthError } from './oauth.ts'
import { saslprep } from './saslprep.ts'
import { SingleMessageClient, SingleMessageServer } from './single-message.ts'

const MAX_PORT = 65_535
const VALUE: ByteClass = byteClass('\t\r\n', [0x20, 0x7e])
const NO_TOKEN: Rejected = Object.freeze({ type: 'rejected' })

/** Where a token must be meant for, as far as that is known. */
export interface Audience {
  /** The host's name; compared without regard to case. */
  readonly host?: string
  /** The port. */
  readonly port?: number
}

/** A server's end of OAUTHBEARER. A client that says it meant another host or port than `audience` is refused (RFC 7628 §3.2). */
export function oauthBearerServer(audience: Audience = {}): ServerMechanism {
  return new SingleMessageServer({
    name: 'OAUTHBEARER',
    parse: (message) => parseOAuthBearer(message, audience),
    writeRefusal: (error = { status: 'invalid_token' }) => writeOAuthError(error),
  })
}

/** What a client of OAUTHBEARER knows. */
export interface TokenOfUser {
  /** The bearer token. */
  readonly token: string
  /** Whose token it is, where the server wants to be told. */
  readonly user?: string | undefined
  /** The host that we connected to. */
  readonly host?: string | undefined
  /** The port that we connected to. */
  readonly port?: number | undefined
}

/** A client's end of OAUTHBEARER. Throws a `SaslError` of the side `local` where any of it cannot be sent. */
export function oauthBearerClient({ token, user, host, port }: TokenOfUser): ClientMechanism {
  const header = writeGs2Header({ flag: 'n' }, prepareOptional(user))
  const pairs = [['host', writeHost(host)] as const, ['port', writePort(port)] as const]
  const text = pairs.map(([key, value]) => (value === undefined ? '' : `${key}=${value}${KVSEP}`)).join('')
  const message = `${header}${KVSEP}${text}auth=${writeBearer(token)}${KVSEP}${KVSEP}`
  return new SingleMessageClient('OAUTHBEARER', Buffer.from(message, 'utf8'), {
    parse: parseOAuthError,
    answer: Buffer.from(KVSEP, 'latin1'),
  })
}

function writeHost(host: string | undefined): string | undefined {
  if (host !== undefined && parseHost(host) === undefined) throw localError('SASL_HOST')
  return host
}

function writePort(port: number | undefined): string | undefined {
  if (port === undefined) return undefined
  const text = String(port)
  if (parsePort(text) === undefined) throw localError('SASL_HOST')
  return text
}

function parseOAuthBearer(message: Buffer, audience: Audience): TokenCredentials | Rejected | SaslRefusal {
  const text = parseUtf8(message)
  if (text === undefined) return 'SASL_OAUTH_SYNTAX'
  const header = parseGs2Header(text)
  const pairs = header && parsePairs(text.slice(header.text.length))
  if (header === undefined || pairs === undefined) return 'SASL_OAUTH_SYNTAX'
  if (header.binding.flag === 'p') return 'SASL_CHANNEL_BINDING'
  const authzid = header.authzid === undefined ? undefined : saslprep(header.authzid, 'query')
  if (header.authzid !== undefined && authzid === undefined) return 'SASL_PREPARATION'
  const host = parseOptional(pairs.get('host'), parseHost)
  const port = parseOptional(pairs.get('port'), parsePort)
  const authorization = pairs.get('auth')
  if (host === 'malformed' || port === 'malformed' || authorization === undefined) return 'SASL_OAUTH_SYNTAX'
  const token = parseBearer(authorization)
  // An empty `auth` asks what kind of token is wanted (§4.3): it is told in the refusal.
  if (token === undefined || !isMeantFor(audience, host.value, port.value)) return NO_TOKEN
  return { type: 'token', token, authzid, host: host.value, port: port.value }
}

/** A value that need not be there, but must be well-formed where it is. */
function parseOptional<Value>(
  text: string | undefined,
  parse: (text: string) => Value | undefined,
): { readonly value: Value | undefined } | 'malformed' {
  if (text === undefined) return { value: undefined }
  const value = parse(text)
  return value === undefined ? 'malformed' : { value }
}

/** Stricter than the grammar of values, which lets line ends into a host. */
function parseHost(text: string): string | undefined {
  return text !== '' && isAllText(VCHAR, text) ? text : undefined
}

/** A positive number without leading zeros (§3.1). */
function parsePort(text: string): number | undefined {
  return text.startsWith('0') ? undefined : parseDecimal(text, MAX_PORT)
}

function isMeantFor(audience: Audience, host: string | undefined, port: number | undefined): boolean {
  const isHost = audience.host === undefined || host === undefined || lowerAscii(host) === lowerAscii(audience.host)
  return isHost && (audience.port === undefined || port === undefined || port === audience.port)
}

/** `kvsep *kvpair kvsep` as a map; `undefined` where it is malformed, or a key comes twice. */
function parsePairs(text: string): ReadonlyMap<string, string> | undefined {
  const parts = text.split(KVSEP)
  // What stands before the first separator, and behind the last two, is nothing.
  if (parts.length < 3 || parts.shift() !== '' || parts.pop() !== '' || parts.pop() !== '') return undefined
  const pairs = new Map<string, string>()
  for (const part of parts) {
    const equals = part.indexOf('=')
    const key = part.slice(0, Math.max(equals, 0))
    const value = part.slice(equals + 1)
    if (key === '' || !isAllText(ALPHA, key) || !isAllText(VALUE, value) || pairs.has(key)) return undefined
    pairs.set(key, value)
  }
  return pairs
}
