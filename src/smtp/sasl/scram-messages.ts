/**
 * The four messages of SCRAM (RFC 5802 §7): octets to values and back. Grammar only; who may say what when, and whether a proof is
 * right, is for `scram-server.ts` and `scram-client.ts`.
 *
 *     C: n,,n=user,r=rOprNGfwEbeRWgbNEkqO                                              client-first
 *     S: r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0S...,i=4096     server-first
 *     C: c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapW...     client-final
 *     S: v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=                                server-final
 *
 *     attr-val        = ALPHA "=" value
 *     value           = 1*(any character but NUL and ",")
 *     extensions      = attr-val *("," attr-val)
 *
 * The order is fixed, and extensions come behind it: one whose letter is unknown MUST be passed over, and `m`, wherever it
 * stands, MUST fail (§5.1). A letter that is known but out of its place is no extension, and is refused: of two nonces, each side
 * could believe another.
 */
import { ALPHA, byteClass, isAllText, parseDecimal } from '../../net/ascii.ts'
import type { ByteClass } from '../../net/ascii.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { parseGs2Header, parseSaslName, writeSaslName } from './gs2.ts'
import type { Gs2Header } from './gs2.ts'
import { parseUtf8 } from './names.ts'

/** What is wrong with a message. */
export type ScramFault = 'SASL_SCRAM_SYNTAX' | 'SASL_SCRAM_EXTENSION'

/** What a client begins with. */
export interface ClientFirst {
  /** Channel binding and authorization identity. */
  readonly header: Gs2Header
  /** As sent: unescaped, but not prepared. */
  readonly user: string
  /** The client's part of the nonce. */
  readonly nonce: string
  /** The message behind the header, which is hashed as it came. */
  readonly bare: string
}

/** What a server answers. */
export interface ServerFirst {
  /** The client's part and the server's. */
  readonly nonce: string
  /** The user's salt; not empty. */
  readonly salt: Buffer
  /** The user's iteration count. */
  readonly iterations: number
}

/** What a client proves itself with. */
export interface ClientFinal {
  /** The header once more, and behind it the octets of the channel (cbind-input). */
  readonly bindingInput: Buffer
  /** The whole nonce once more. */
  readonly nonce: string
  /** ClientProof. */
  readonly proof: Buffer
  /** The message without its last attribute, which is hashed as it came. */
  readonly withoutProof: string
}

/** What a server proves itself with, or why it does not. */
export type ServerFinal =
  { readonly type: 'verifier'; readonly signature: Buffer } | { readonly type: 'error'; readonly error: ServerError }

/** The errors that a server may name (server-error-value); any other is `other-error`. */
type ServerError = (typeof SERVER_ERRORS)[number]

const SERVER_ERRORS = [
  'invalid-encoding',
  'extensions-not-supported',
  'invalid-proof',
  'channel-bindings-dont-match',
  'server-does-support-channel-binding',
  'channel-binding-not-supported',
  'unsupported-channel-binding-type',
  'unknown-user',
  'invalid-username-encoding',
  'no-resources',
  'other-error',
] as const

/** The letters that RFC 5802 §5.1 gives a meaning. */
const KNOWN_LETTERS = 'amnrcsipve'
/** printable = %x21-2B / %x2D-7E; the comma cannot be in a value anyway. */
const PRINTABLE: ByteClass = byteClass([0x21, 0x7e])
/** No iteration count is read beyond what a 32-bit PBKDF2 can be asked for. */
const MAX_COUNT = 2 ** 31 - 1

/** `client-first-message = gs2-header [reserved-mext ","] username "," nonce ["," extensions]`. */
export function parseClientFirst(message: Buffer): ClientFirst | ScramFault {
  const text = parseUtf8(message)
  const header = text === undefined ? undefined : parseGs2Header(text)
  if (text === undefined || header === undefined) return 'SASL_SCRAM_SYNTAX'
  const bare = text.slice(header.text.length)
  const values = readAttributes(bare.split(','), 'nr')
  if (typeof values === 'string') return values
  const user = parseSaslName(values[0] as string)
  const nonce = values[1] as string
  if (user === undefined || !isAllText(PRINTABLE, nonce)) return 'SASL_SCRAM_SYNTAX'
  return { header, user, nonce, bare }
}

/** The message behind the header; the name is prepared, and escaped here. */
export function writeClientFirstBare(user: string, nonce: string): string {
  return `n=${writeSaslName(user)},r=${nonce}`
}

/** `server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]`. */
export function parseServerFirst(message: Buffer): ServerFirst | ScramFault {
  const values = readAttributes((parseUtf8(message) ?? '').split(','), 'rsi')
  if (typeof values === 'string') return values
  const [nonce, salt, count] = values as [string, string, string]
  const octets = decodeBase64(salt)
  const iterations = count.startsWith('0') ? undefined : parseDecimal(count, MAX_COUNT)
  if (!isAllText(PRINTABLE, nonce) || octets === undefined || iterations === undefined) return 'SASL_SCRAM_SYNTAX'
  return { nonce, salt: octets, iterations }
}

/** The same as it is sent. */
export function writeServerFirst({ nonce, salt, iterations }: ServerFirst): string {
  return `r=${nonce},s=${encodeBase64(salt)},i=${iterations}`
}

/** `client-final-message = channel-binding "," nonce ["," extensions] "," proof`. */
export function parseClientFinal(message: Buffer): ClientFinal | ScramFault {
  const parts = (parseUtf8(message) ?? '').split(',')
  const last = readAttributes(parts.splice(-1), 'p')
  const values = readAttributes(parts, 'cr')
  if (typeof last === 'string') return last
  if (typeof values === 'string') return values
  const [binding, nonce] = values as [string, string]
  const bindingInput = decodeBase64(binding)
  const proof = decodeBase64(last[0] as string)
  if (bindingInput === undefined || proof === undefined) return 'SASL_SCRAM_SYNTAX'
  return { bindingInput, nonce, proof, withoutProof: parts.join(',') }
}

/** The message without its proof. */
export function writeWithoutProof(bindingInput: Buffer, nonce: string): string {
  return `c=${encodeBase64(bindingInput)},r=${nonce}`
}

/** `server-final-message = (server-error / verifier) ["," extensions]`. */
export function parseServerFinal(message: Buffer): ServerFinal | ScramFault {
  const text = parseUtf8(message) ?? ''
  const isError = text.startsWith('e=')
  const values = readAttributes(text.split(','), isError ? 'e' : 'v')
  if (typeof values === 'string') return values
  const value = values[0] as string
  if (isError) return { type: 'error', error: SERVER_ERRORS.find((error) => error === value) ?? 'other-error' }
  const signature = decodeBase64(value)
  return signature === undefined ? 'SASL_SCRAM_SYNTAX' : { type: 'verifier', signature }
}

/** The values of the attributes that `letters` names, which come first and in this order; extensions behind them are passed over. */
function readAttributes(parts: readonly string[], letters: string): readonly string[] | ScramFault {
  if (parts.some((part) => part.startsWith('m='))) return 'SASL_SCRAM_EXTENSION'
  const isSound = parts.every((part, index) => {
    const letter = part.slice(0, 1)
    const isInPlace = index < letters.length ? letter === letters[index] : !KNOWN_LETTERS.includes(letter)
    return part.length > 2 && part[1] === '=' && isAllText(ALPHA, letter) && isInPlace && !part.includes('\0')
  })
  if (!isSound || parts.length < letters.length) return 'SASL_SCRAM_SYNTAX'
  return parts.slice(0, letters.length).map((part) => part.slice(2))
}
