/**
 * IP addresses as bytes and as text: what the listener counts connections by, what a PROXY header carries, and which peers
 * are trusted to send one. Grammar only: nothing here resolves a name.
 *
 * An IPv4 address that the system shows in IPv6's clothes (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is taken for what it is, so that
 * no limit, no guard and no list of trusted peers can be passed by writing an address in the other way.
 */
import { isIPv4, isIPv6 } from 'node:net'
import { parseDecimal } from './ascii.ts'
import type { Address } from './socket.ts'

/** The address and port of one end, as `node:net` tells it; `undefined` where the socket is gone already. */
export function addressFrom(host: string | undefined, port: number | undefined): Address | undefined {
  if (host === undefined || port === undefined) return undefined
  if (isIPv4(host)) return { family: 'IPv4', host, port }
  const bytes = parseIp(host)
  if (bytes === undefined) return undefined
  // As IPv6 it keeps its text, and with that the zone of a link-local address.
  return bytes.length === 4 ? ipAddress(bytes, port) : { family: 'IPv6', host, port }
}

/** An address of 4 or 16 octets, with its port. */
export function ipAddress(bytes: Uint8Array, port: number): Address {
  if (bytes.length === 4) return { family: 'IPv4', host: formatIp(bytes), port }
  if (isMapped(bytes)) return { family: 'IPv4', host: formatIp(bytes.subarray(12)), port }
  return { family: 'IPv6', host: formatIp(bytes), port }
}

/**
 * An IP address in text as 4 or 16 octets; an IPv4-mapped IPv6 address as the 4 of the IPv4 address. A zone
 * (`fe80::1%eth0`) is left out. `undefined` for anything else.
 */
export function parseIp(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map((part) => parseDecimal(part, 255) as number))
  if (!isIPv6(text)) return undefined
  const bytes = parseIpv6(text.split('%', 1)[0] as string)
  return isMapped(bytes) ? bytes.subarray(12) : bytes
}

/** An address of 4 or 16 octets in text: dotted, or as RFC 5952 §4 has it. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] as number) << 8) | (bytes[2 * index + 1] as number)).toString(16),
  )
  const { start, length } = longestZeros(groups)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}

/** Who an address is counted as: an IPv4 address by itself, an IPv6 address with its /64, which is one customer's. */
export function clientKey(address: Address): string {
  if (address.family === 'unix') return 'unix'
  if (address.family === 'memory') return address.name
  if (address.family === 'IPv4') return address.host
  const bytes = parseIp(address.host)
  if (bytes === undefined) return address.host
  return bytes.length === 4 ? formatIp(bytes) : `${bytes.toString('hex', 0, 8)}/64`
}

/** A set of addresses and networks, such as `['192.0.2.1', '10.0.0.0/8', '2001:db8::/32', 'unix']`. */
export class AddressSet {
  readonly #networks: readonly { readonly bytes: Buffer; readonly bits: number }[]
  readonly #hasUnix: boolean

  /** Throws a `RangeError` for an entry that is neither an address, nor a network, nor `unix`. */
  constructor(entries: readonly string[]) {
    this.#hasUnix = entries.includes('unix')
    this.#networks = entries.filter((entry) => entry !== 'unix').map(parseNetwork)
  }

  /** Whether the address is one of the set. */
  has(address: Address): boolean {
    if (address.family === 'unix') return this.#hasUnix
    if (address.family === 'memory') return false
    const bytes = parseIp(address.host)
    return bytes !== undefined && this.#networks.some((network) => isWithin(bytes, network.bytes, network.bits))
  }
}

/** An entry such as `10.0.0.0/8`; bits beyond the prefix are ignored, as routers do. */
function parseNetwork(entry: string): { bytes: Buffer; bits: number } {
  const [host = '', prefix, ...rest] = entry.split('/')
  const bytes = parseIp(host)
  const isMappedText = bytes?.length === 4 && isIPv6(host)
  const width = isMappedText || isIPv6(host) ? 128 : 32
  const bits = prefix === undefined ? width : parseDecimal(prefix, width)
  if (bytes === undefined || bits === undefined || rest.length > 0)
    throw new RangeError(`No address or network: ${entry}`)
  if (!isMappedText) return { bytes, bits }
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8; a shorter prefix would hold more than mapped addresses.
  if (bits < 96) throw new RangeError(`No address or network: ${entry}`)
  return { bytes, bits: bits - 96 }
}

/** Whether the first `bits` bits are the same; addresses of different families have none in common. */
function isWithin(bytes: Buffer, network: Buffer, bits: number): boolean {
  if (bytes.length !== network.length) return false
  for (let index = 0, left = bits; left > 0; index++, left -= 8) {
    const mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff
    if ((((bytes[index] as number) ^ (network[index] as number)) & mask) !== 0) return false
  }
  return true
}

/** The 16 octets of a text that `isIPv6` has found good. */
function parseIpv6(text: string): Buffer {
  const [before = '', after] = text.split('::')
  const head = groupOctets(before)
  const tail = groupOctets(after ?? '')
  return Buffer.concat([head, Buffer.alloc(16 - head.length - tail.length), tail])
}

/** `2001:db8` or `ffff:192.0.2.1` as octets. */
function groupOctets(text: string): Buffer {
  if (text === '') return Buffer.alloc(0)
  return Buffer.concat(
    text
      .split(':')
      .map((group) => (group.includes('.') ? (parseIp(group) as Buffer) : Buffer.from(group.padStart(4, '0'), 'hex'))),
  )
}

/** ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
}

/** RFC 5952 §4.2: the longest run of zero groups, the first of several, is written `::`. */
function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === '0') length++
    if (length > longest.length) longest = { start, length }
  }
  return longest
}
