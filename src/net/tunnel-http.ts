/**
 * Tunnels by HTTP: `CONNECT` to a proxy, and behind a 2xx the connection belongs to whoever asked. RFC 9110 §9.3.6, RFC 7617.
 *
 *     CONNECT a.test:443 HTTP/1.1 CRLF            HTTP/1.1 200 Connection established CRLF
 *     Host: a.test:443 CRLF                       *( field-line CRLF )
 *     [ Proxy-Authorization: Basic ... CRLF ]     CRLF
 *     CRLF                                        octets of the target
 *
 * Only as much of HTTP as that takes, and that strictly: a status line, field lines that are looked at and dropped, a limit. A
 * 2xx to CONNECT has no content, whatever its fields say; any other status is a refusal, and its content stays unread.
 */
import { byteClass, isAll, parseDecimal } from './ascii.ts'
import type { ByteClass } from './ascii.ts'
import type { ByteQueue } from './bytes.ts'
import { nameOf } from './dial.ts'
import type { Dial } from './dial.ts'
import { LimitError, TUNNEL_ERRORS, tunnelRefused } from './errors.ts'
import type { TunnelCode } from './errors.ts'
import { LineReader } from './lines.ts'
import type { LineFault } from './lines.ts'
import { tunnelDialler, tunnelError } from './tunnel-dial.ts'
import type { TunnelProxy } from './tunnel-dial.ts'

/** Octets of one line. */
const MAX_LINE_BYTES = 8_192
/** Octets of the whole answer, interim responses included. */
const MAX_HEAD_BYTES = 65_536

/**
 * A dialler through an HTTP proxy. Rejects, besides what `dial` rejects with, with a `ReplyError` `NET_TUNNEL_REFUSED` whose `reply` is the
 * proxy's status (407 wants credentials), and with a `ProtocolError`. Throws a `RangeError` for credentials that Basic cannot carry.
 *
 *     const dialThere = httpTunnel({ host: 'proxy.test', port: 3128 })
 *     const socket = await dialThere({ host: 'a.test', port: 443 }, { tls: {} })
 */
export function httpTunnel(proxy: TunnelProxy): Dial {
  const { username, password = '' } = proxy
  const credentials = username === undefined ? '' : `Proxy-Authorization: ${basicCredentials(username, password)}\r\n`
  return tunnelDialler(proxy, async ({ say, hear }, target) => {
    const authority = nameOf(target)
    say(Buffer.from(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`, 'latin1'))
    const reply = new ConnectReply()
    const status = await hear((heard) => reply.next(heard))
    if (status > 299) throw tunnelRefused(status, `status ${status}`)
  })
}

/**
 *     basic-credentials = "Basic" SP token68
 *     user-pass         = user-id ":" password
 *
 * in UTF-8. The user-id has no colon, and neither has a control character (RFC 7617 §2): a `RangeError`.
 */
export function basicCredentials(username: string, password: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (username.includes(':') || /[\u0000-\u001f\u007f]/.test(`${username}${password}`))
    throw new RangeError('These credentials cannot be sent by Basic authentication')
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** TEXT of a reason phrase or a field value. */
const TEXT: ByteClass = byteClass('\t ', [0x21, 0x7e], [0x80, 0xff])
const TCHAR: ByteClass = byteClass("!#$%&'*+-.^_`|~", [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])
const COLON = 0x3a

/**
 * Reads the answer to one CONNECT.
 *
 *     statusLine ──> fields ──empty line behind 1xx──> statusLine
 *                      └──empty line behind any other status──> over
 */
export class ConnectReply {
  #lines: LineReader | undefined
  #state: 'statusLine' | 'fields' = 'statusLine'
  #status = 0

  /** The final status, once its head was read to its end; `undefined` where more octets are needed. Throws a `ProtocolError`. */
  next(heard: ByteQueue): number | undefined {
    const lines = (this.#lines ??= new LineReader(heard, {
      maxLineBytes: MAX_LINE_BYTES,
      bareLf: 'refuse',
      bareCr: 'refuse',
    }))
    for (let line = lines.next(); line !== undefined; line = lines.next()) {
      if (line.type === 'fault') throw faultOf(line)
      if (heard.offset > MAX_HEAD_BYTES) throw tooLong('TUNNEL_HEAD_LONG', 'maxHeadBytes', MAX_HEAD_BYTES, line.offset)
      if (this.#isOver(line.bytes, line.offset)) return this.#status
    }
    return undefined
  }

  /** Takes a line; whether it was the last one of the final head. */
  #isOver(line: Buffer, offset: number): boolean {
    if (this.#state === 'statusLine') {
      const status = parseStatusLine(line)
      // 101 would leave HTTP for something that nobody asked for.
      if (status === undefined || status === 101) throw tunnelError('TUNNEL_STATUS_LINE', offset)
      this.#status = status
      this.#state = 'fields'
      return false
    }
    if (line.length > 0 && !isFieldLine(line)) throw tunnelError('TUNNEL_FIELD', offset)
    if (line.length > 0) return false
    this.#state = 'statusLine'
    return this.#status >= 200
  }
}

/**
 *     status-line = "HTTP/1." DIGIT SP 3DIGIT [ SP reason-phrase ]
 *
 * The space before an absent reason may be absent too: many small proxies leave it out.
 */
function parseStatusLine(line: Buffer): number | undefined {
  const [, minor, code, reason = ''] = /^HTTP\/1[.](\d) (\d{3})( .*)?$/s.exec(line.toString('latin1')) ?? []
  if (minor === undefined || code === undefined || !isAll(TEXT, Buffer.from(reason, 'latin1'))) return undefined
  const status = parseDecimal(code, 999)
  return status === undefined || status < 100 ? undefined : status
}

/** field-line = 1*tchar ":" *( field-vchar / SP / HTAB ); a folded one is none. */
function isFieldLine(line: Buffer): boolean {
  const colon = line.indexOf(COLON)
  return colon > 0 && isAll(TCHAR, line.subarray(0, colon)) && isAll(TEXT, line.subarray(colon + 1))
}

function faultOf({ fault, offset }: LineFault): Error {
  if (fault !== 'tooLong') return tunnelError('TUNNEL_LINE', offset)
  return tooLong('TUNNEL_LINE_LONG', 'maxLineBytes', MAX_LINE_BYTES, offset)
}

function tooLong(code: TunnelCode, limit: string, max: number, offset: number): LimitError {
  return new LimitError(code, TUNNEL_ERRORS[code], limit, max, { offset })
}
