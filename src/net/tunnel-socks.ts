/**
 * Tunnels by SOCKS version 5 (RFC 1928), without authentication or by name and password (RFC 1929). Names are looked up by the
 * proxy, so that they need not be known here (what other programs call `socks5h`), unless a guard wants to see the addresses.
 *
 *     us                                                the proxy
 *     05 n methods                            -->
 *                                             <--       05 method
 *     01 n username n password                -->                              (method 02)
 *                                             <--       01 00
 *     05 01 00 type address port              -->
 *                                             <--       05 reply 00 type address port
 *
 * Each message is of a length that its first octets tell, so nothing of the target's is ever taken for the proxy's.
 */
import { parseIp } from './address.ts'
import type { ByteQueue } from './bytes.ts'
import type { Dial } from './dial.ts'
import { tunnelRefused } from './errors.ts'
import { tunnelDialler, tunnelError } from './tunnel-dial.ts'
import type { ProxyDialogue, TunnelProxy, TunnelTarget } from './tunnel-dial.ts'

const VERSION = 5
const NEGOTIATION_VERSION = 1
const CONNECT = 1
const RESERVED = 0

const NO_AUTHENTICATION = 0x00
const BY_PASSWORD = 0x02
const NO_METHOD = 0xff

const IPV4 = 0x01
const NAME = 0x03
const IPV6 = 0x04

/** RFC 1928 §6, for people. */
const REPLIES = [
  'succeeded',
  'general failure',
  'not allowed by ruleset',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
]

/**
 * A dialler through a SOCKS5 proxy. Rejects, besides what `dial` rejects with, with a `ReplyError` `NET_TUNNEL_REFUSED` whose `reply` is the
 * proxy's reply code (255 where it takes none of the methods), and with a `ProtocolError`. Throws a `RangeError` for
 * credentials that are empty or longer than 255 octets.
 */
export function socksTunnel(proxy: TunnelProxy): Dial {
  const { username, password = '' } = proxy
  const credentials = username === undefined ? undefined : writeCredentials(username, password)
  const methods = credentials === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, BY_PASSWORD]
  return tunnelDialler(proxy, async (dialogue, target) => {
    dialogue.say(Buffer.of(VERSION, methods.length, ...methods))
    const method = await dialogue.hear(readMethod)
    if (method === NO_METHOD) throw tunnelRefused(method, 'no authentication method in common')
    if (!methods.includes(method)) throw tunnelError('TUNNEL_METHOD', 1)
    if (method === BY_PASSWORD && credentials !== undefined) await authenticate(dialogue, credentials)
    dialogue.say(writeRequest(target))
    const reply = await dialogue.hear(readReply)
    if (reply !== 0) throw tunnelRefused(reply, REPLIES[reply] ?? `reply ${reply}`)
  })
}

async function authenticate({ say, hear }: ProxyDialogue, credentials: Buffer): Promise<void> {
  say(credentials)
  const status = await hear(readStatus)
  if (status !== 0) throw tunnelRefused(status, 'wrong username or password')
}

/**
 *     +----+------+----------+------+----------+
 *     |VER | ULEN |  UNAME   | PLEN |  PASSWD  |
 *     +----+------+----------+------+----------+
 *     | 1  |  1   | 1 to 255 |  1   | 1 to 255 |
 */
function writeCredentials(username: string, password: string): Buffer {
  const [name, secret] = [Buffer.from(username), Buffer.from(password)]
  const isFit = [name, secret].every(({ length }) => length >= 1 && length <= 255)
  if (!isFit) throw new RangeError('Username and password have 1 to 255 octets each')
  return Buffer.concat([Buffer.of(NEGOTIATION_VERSION, name.length), name, Buffer.of(secret.length), secret])
}

/**
 *     +----+-----+-------+------+----------+----------+
 *     |VER | CMD |  RSV  | ATYP | DST.ADDR | DST.PORT |
 *     +----+-----+-------+------+----------+----------+
 *     | 1  |  1  | X'00' |  1   | Variable |    2     |
 */
function writeRequest({ host, port }: TunnelTarget): Buffer {
  const address = parseIp(host)
  const name = Buffer.from(host, 'latin1')
  const destination =
    address === undefined
      ? [Buffer.of(NAME, name.length), name]
      : [Buffer.of(address.length === 4 ? IPV4 : IPV6), address]
  const end = Buffer.of(port >> 8, port & 0xff)
  return Buffer.concat([Buffer.of(VERSION, CONNECT, RESERVED), ...destination, end])
}

/** VER METHOD: the method. */
function readMethod(heard: ByteQueue): number | undefined {
  demandOctet(heard, 0, VERSION, 'TUNNEL_VERSION')
  return heard.length < 2 ? undefined : heard.take(2).readUInt8(1)
}

/** VER STATUS of the negotiation (RFC 1929 §2): the status. */
function readStatus(heard: ByteQueue): number | undefined {
  demandOctet(heard, 0, NEGOTIATION_VERSION, 'TUNNEL_REPLY')
  return heard.length < 2 ? undefined : heard.take(2).readUInt8(1)
}

/** VER REP RSV ATYP BND.ADDR BND.PORT: the reply. What the proxy is bound to is nobody's business. */
function readReply(heard: ByteQueue): number | undefined {
  demandOctet(heard, 0, VERSION, 'TUNNEL_VERSION')
  demandOctet(heard, 2, RESERVED, 'TUNNEL_REPLY')
  const [type, first] = [heard.at(3), heard.at(4)]
  if (type === undefined || first === undefined) return undefined
  const addressBytes = addressLength(type, first)
  if (addressBytes === undefined) throw tunnelError('TUNNEL_REPLY', heard.offset + 3)
  const length = 4 + addressBytes + 2
  return heard.length < length ? undefined : heard.take(length).readUInt8(1)
}

/** How long an address of this type is, where `first` is its first octet; `undefined` for a type that there is not. */
function addressLength(type: number, first: number): number | undefined {
  switch (type) {
    case IPV4:
      return 4
    case IPV6:
      return 16
    case NAME:
      return 1 + first
    default:
      return undefined
  }
}

function demandOctet(heard: ByteQueue, index: number, octet: number, code: 'TUNNEL_VERSION' | 'TUNNEL_REPLY'): void {
  const found = heard.at(index)
  if (found !== undefined && found !== octet) throw tunnelError(code, heard.offset + index)
}
