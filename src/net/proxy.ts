/**
 * The PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt, 2020/03/05): the header with which a proxy tells, before anything
 * else, whose connection it brings. Reader and writer, without I/O; which peers may send one is the listener's business.
 *
 * Version 1 is a line of text:
 *
 *     PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 CRLF
 *
 * Version 2 is binary, all numbers in network order:
 *
 *     OFFSET  SIZE  DESCRIPTION
 *        0     12   signature 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
 *       12      1   version (high nibble, 2) and command (low nibble: 0 LOCAL, 1 PROXY)
 *       13      1   family and transport: 00 unspecified, 11 TCP over IPv4, 21 TCP over IPv6, 31 Unix stream
 *       14      2   length of all that follows
 *       16    12|36|216   source and destination: addresses, then ports (none for Unix)
 *        ...        vectors: type (1), length (2), value
 *
 * A LOCAL command (health checks of the proxy itself) and an unspecified or unknown family tell of no client: the connection
 * counts as the proxy's own. Everything that the document does not allow is refused, datagrams too, which no stream carries.
 */
import { ipAddress, parseIp } from './address.ts'
import { CR, CRLF, LF, parseDecimal } from './ascii.ts'
import type { ByteQueue } from './bytes.ts'
import { LimitError, PROXY_ERRORS, ProtocolError } from './errors.ts'
import type { ProxyCode } from './errors.ts'
import type { Address } from './socket.ts'

/** An additional vector of version 2 (§2.2), as it came. */
export interface ProxyVector {
  /** Its type, such as 0x02 (PP2_TYPE_AUTHORITY). */
  readonly type: number
  /** Its value; a view with the lifetime that `ByteQueue` gives. */
  readonly value: Buffer
}

/** What a proxy tells of a connection. */
export interface ProxyHeader {
  /** The version of the protocol. */
  readonly version: 1 | 2
  /** Whose connection it is; `undefined` where the proxy does not tell, or speaks for itself. */
  readonly source: Address | undefined
  /** Where the client has connected to. */
  readonly destination: Address | undefined
  /** The vectors of version 2. */
  readonly vectors: readonly ProxyVector[]
}

/** §2.1: the longest line of version 1, with its CRLF. */
const MAX_LINE_BYTES = 107
/** The longest header of version 2 that is taken; the format would allow 64 KiB. */
const MAX_HEADER_BYTES = 4096
const LINE_START = Buffer.from('PROXY ', 'latin1')
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const FIXED_BYTES = 16
const UNIX_PATH_BYTES = 108

const VERSION_2 = 0x20
const COMMAND_PROXY = 0x01
const UNSPECIFIED = 0x00
/** Family and transport of the streams that have addresses, with the octets of one address. */
const STREAMS: Readonly<Record<number, { readonly addressBytes: number; readonly portBytes: number }>> = {
  0x11: { addressBytes: 4, portBytes: 2 },
  0x21: { addressBytes: 16, portBytes: 2 },
  0x31: { addressBytes: UNIX_PATH_BYTES, portBytes: 0 },
}

/**
 * Takes a header of either version from the front of the queue; `undefined` where it is not there whole. Throws a `ProtocolError` as
 * soon as what is there cannot become a header.
 */
export function readProxyHeader(queue: ByteQueue): ProxyHeader | undefined {
  if (queue.length === 0) return undefined
  const isBinary = queue.at(0) === CR
  const start = isBinary ? SIGNATURE : LINE_START
  const present = Math.min(queue.length, start.length)
  if (!queue.peek(present).equals(start.subarray(0, present))) throw proxyError('PROXY_SIGNATURE', queue)
  return isBinary ? readBinary(queue) : readLine(queue)
}

/** The error for a connection that ended before its header did. */
export function proxyIncomplete(queue: ByteQueue): ProtocolError {
  return proxyError('PROXY_INCOMPLETE', queue)
}

/**
 *     line = "PROXY" SP (("TCP4" / "TCP6") SP source SP destination SP port SP port / "UNKNOWN" *any) CRLF
 *
 * Behind UNKNOWN everything up to the line end is ignored, as §2.1 demands.
 */
function readLine(queue: ByteQueue): ProxyHeader | undefined {
  const lf = queue.indexOf(LF, MAX_LINE_BYTES)
  if (lf === -1) {
    if (queue.length >= MAX_LINE_BYTES) throw tooLong('maxLineBytes', MAX_LINE_BYTES)
    return undefined
  }
  const line = queue.peek(lf + 1)
  const [, protocol, source = '', destination = '', sourcePort = '', destinationPort = '', ...rest] = line
    .toString('latin1', 0, lf - 1)
    .split(' ')
  if (line[lf - 1] !== CR) throw proxyError('PROXY_LINE', queue)
  if (protocol === 'UNKNOWN') return taken(queue, lf + 1, { version: 1, ...NOBODY })
  const from = parseEndpoint(protocol, source, sourcePort)
  const to = parseEndpoint(protocol, destination, destinationPort)
  if (from === undefined || to === undefined || rest.length > 0) throw proxyError('PROXY_LINE', queue)
  return taken(queue, lf + 1, { version: 1, source: from, destination: to, vectors: [] })
}

const NOBODY = { source: undefined, destination: undefined, vectors: [] } as const

/** An address of the family that the line names, in its usual text, without a zone; and a port without leading zeros. */
function parseEndpoint(protocol: string | undefined, host: string, port: string): Address | undefined {
  const bytes = host.includes('%') ? undefined : parseIp(host)
  const number = parseDecimal(port, 0xffff)
  if (bytes === undefined || number === undefined || String(number) !== port) return undefined
  // An IPv4 address in IPv6's clothes is a TCP6 address on the wire.
  if (protocol !== (host.includes(':') ? 'TCP6' : 'TCP4')) return undefined
  return ipAddress(bytes, number)
}

function readBinary(queue: ByteQueue): ProxyHeader | undefined {
  if (queue.length < FIXED_BYTES) return undefined
  const fixed = queue.peek(FIXED_BYTES)
  const command = fixed.readUInt8(12) - VERSION_2
  const family = fixed.readUInt8(13)
  const length = FIXED_BYTES + fixed.readUInt16BE(14)
  if (command !== COMMAND_PROXY && command !== 0) throw proxyError('PROXY_COMMAND', queue)
  if (length > MAX_HEADER_BYTES) throw tooLong('maxHeaderBytes', MAX_HEADER_BYTES)
  if (queue.length < length) return undefined
  const block = queue.peek(length).subarray(FIXED_BYTES)
  // §2.2: of a LOCAL connection everything is ignored, the family included.
  if (command !== COMMAND_PROXY) return taken(queue, length, { version: 2, ...NOBODY })
  if (family === UNSPECIFIED) return taken(queue, length, { version: 2, ...NOBODY })
  const stream = STREAMS[family]
  if (stream === undefined) throw proxyError('PROXY_FAMILY', queue)
  const { addressBytes, portBytes } = stream
  const addressesBytes = 2 * (addressBytes + portBytes)
  if (block.length < addressesBytes) throw proxyError('PROXY_ADDRESSES', queue)
  const vectors = parseVectors(block.subarray(addressesBytes))
  if (vectors === undefined) throw proxyError('PROXY_TLV', queue)
  const source = endpointAt(block, 0, 2 * addressBytes, addressBytes)
  const destination = endpointAt(block, addressBytes, 2 * addressBytes + portBytes, addressBytes)
  return taken(queue, length, { version: 2, source, destination, vectors })
}

function endpointAt(block: Buffer, addressAt: number, portAt: number, addressBytes: number): Address {
  const bytes = block.subarray(addressAt, addressAt + addressBytes)
  return addressBytes === UNIX_PATH_BYTES ? unixAddress(bytes) : ipAddress(bytes, block.readUInt16BE(portAt))
}

/** The path up to its NUL. One in the abstract name space begins with NUL; an unnamed socket has nothing but NULs. */
function unixAddress(bytes: Buffer): Address {
  const end = bytes.indexOf(0, 1)
  const path = bytes.toString('latin1', 0, end === -1 ? bytes.length : end)
  return { family: 'unix', path: path === '\0' ? '' : path }
}

/** *vector; `undefined` where one does not end with the header. */
function parseVectors(bytes: Buffer): readonly ProxyVector[] | undefined {
  const vectors: ProxyVector[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return undefined
    const end = at + 3 + bytes.readUInt16BE(at + 1)
    if (end > bytes.length) return undefined
    vectors.push({ type: bytes.readUInt8(at), value: bytes.subarray(at + 3, end) })
    at = end
  }
  return vectors
}

function taken(queue: ByteQueue, length: number, header: ProxyHeader): ProxyHeader {
  queue.skip(length)
  return header
}

function proxyError(code: ProxyCode, queue: ByteQueue): ProtocolError {
  return new ProtocolError(code, PROXY_ERRORS[code], { offset: queue.offset })
}

function tooLong(limit: string, max: number): LimitError {
  return new LimitError('PROXY_TOO_LONG', PROXY_ERRORS.PROXY_TOO_LONG, limit, max)
}

/** The line of version 1; `UNKNOWN` where the two ends are no IP addresses of one family. */
export function writeProxyLine(source: Address | undefined, destination: Address | undefined): Buffer {
  const protocol = PROTOCOLS[`${source?.family} ${destination?.family}`]
  if (protocol === undefined || !isIp(source) || !isIp(destination)) return Buffer.from('PROXY UNKNOWN\r\n', 'latin1')
  const line = `PROXY ${protocol} ${source.host} ${destination.host} ${source.port} ${destination.port}`
  return Buffer.concat([Buffer.from(line, 'latin1'), CRLF])
}

const PROTOCOLS: Readonly<Record<string, string>> = { 'IPv4 IPv4': 'TCP4', 'IPv6 IPv6': 'TCP6' }
const FAMILIES: Readonly<Record<string, number>> = { 'IPv4 IPv4': 0x11, 'IPv6 IPv6': 0x21, 'unix unix': 0x31 }

function isIp(address: Address | undefined): address is Extract<Address, { readonly host: string }> {
  return address !== undefined && 'host' in address
}

/**
 * The header of version 2: PROXY for the two ends (of one family, else unspecified), LOCAL without a source. Throws a `RangeError` where it
 * would be longer than a reader has to take, or a path longer than its field.
 */
export function writeProxyHeader(header: Omit<ProxyHeader, 'version'>): Buffer {
  const { source, destination, vectors } = header
  const family = FAMILIES[`${source?.family} ${destination?.family}`] ?? UNSPECIFIED
  const block = Buffer.concat([
    ...(family === UNSPECIFIED
      ? []
      : [addressField(source), addressField(destination), portField(source), portField(destination)]),
    ...vectors.flatMap(({ type, value }) => [vectorHead(type, value), value]),
  ])
  if (FIXED_BYTES + block.length > MAX_HEADER_BYTES) throw new RangeError('The PROXY header would be too long')
  const fixed = Buffer.concat([
    SIGNATURE,
    Buffer.from([VERSION_2 + (source === undefined ? 0 : COMMAND_PROXY), family, 0, 0]),
  ])
  fixed.writeUInt16BE(block.length, 14)
  return Buffer.concat([fixed, block])
}

function addressField(address: Address | undefined): Buffer {
  if (isIp(address)) return parseIp(address.host) ?? Buffer.alloc(0)
  const field = Buffer.alloc(UNIX_PATH_BYTES)
  const path = Buffer.from(address !== undefined && 'path' in address ? address.path : '', 'latin1')
  if (path.length > field.length) throw new RangeError('The path is too long for a PROXY header')
  field.set(path)
  return field
}

function portField(address: Address | undefined): Buffer {
  if (!isIp(address)) return Buffer.alloc(0)
  return Buffer.from([address.port >> 8, address.port & 0xff])
}

function vectorHead(type: number, value: Buffer): Buffer {
  return Buffer.from([type, value.length >> 8, value.length & 0xff])
}
