/**
 * The header of GS2 (RFC 5801 §4, in the form of RFC 5802 §7), which begins the first message of SCRAM and of OAUTHBEARER, and the names
 * inside it. Text here is UTF-8 that was decoded and found valid.
 *
 *     n,,                                    no channel binding, and nobody else to act as
 *     y,a=joe,                               we could bind, but you do not seem to; act as joe
 *     p=tls-exporter,,                       bound to the TLS connection
 */
import { byteClass, isAllText } from '../../net/ascii.ts'
import type { ByteClass } from '../../net/ascii.ts'

/**
 * What a client says about channel binding (RFC 5802 §6): `n` it cannot, `y` it could but believes that the server cannot, `p` it does,
 * to the channel that `channel` names.
 */
export type BindingFlag = { readonly flag: 'n' | 'y' } | { readonly flag: 'p'; readonly channel: string }

/** The header, read. */
export interface Gs2Header {
  /** The header with both its commas, as it stands in the message. */
  readonly text: string
  /** What the client says about channel binding. */
  readonly binding: BindingFlag
  /** As whom the client wants to act, as sent: unescaped but not prepared. `undefined` for as themselves. */
  readonly authzid: string | undefined
}

const CHANNEL_NAME: ByteClass = byteClass('.-', [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])

/**
 * The header that `text` begins with.
 *
 *     gs2-header      = gs2-cbind-flag "," [ authzid ] ","
 *     gs2-cbind-flag  = ("p=" cb-name) / "n" / "y"
 *     authzid         = "a=" saslname
 *     cb-name         = 1*(ALPHA / DIGIT / "." / "-")
 */
export function parseGs2Header(text: string): Gs2Header | undefined {
  const first = text.indexOf(',')
  const second = text.indexOf(',', first + 1)
  if (first === -1 || second === -1) return undefined
  const binding = parseFlag(text.slice(0, first))
  const field = text.slice(first + 1, second)
  const authzid = field.startsWith('a=') ? parseSaslName(field.slice(2)) : undefined
  if (binding === undefined || (field !== '' && authzid === undefined)) return undefined
  return { text: text.slice(0, second + 1), binding, authzid }
}

function parseFlag(text: string): BindingFlag | undefined {
  if (text === 'n' || text === 'y') return { flag: text }
  const channel = text.slice(2)
  if (!text.startsWith('p=') || channel === '' || !isAllText(CHANNEL_NAME, channel)) return undefined
  return { flag: 'p', channel }
}

/** The header as it is sent. */
export function writeGs2Header(binding: BindingFlag, authzid: string | undefined): string {
  const flag = binding.flag === 'p' ? `p=${binding.channel}` : binding.flag
  return `${flag},${authzid === undefined ? '' : `a=${writeSaslName(authzid)}`},`
}

/**
 * A name without its escapes; `undefined` where an `=` begins none, which MUST fail (RFC 5802 §5.1).
 *
 *     saslname        = 1*(value-safe-char / "=2C" / "=3D")
 *     value-safe-char = any character but NUL, "=" and ","
 */
export function parseSaslName(text: string): string | undefined {
  if (text === '' || text.includes('\0') || text.includes(',') || /=(?!2C|3D)/.test(text)) return undefined
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

/** A name with its commas and equals signs escaped. */
export function writeSaslName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}
