/**
 * Addresses as FTP writes them: the six numbers of PORT and 227, the delimited form of EPRT and 229. Pure, total functions
 * and their mirrors, and the comparison that keeps a data connection between the two hosts of its control connection.
 *
 * A reply's text is written for people and scanned by programs, so both scans run once over the text, from left to right, and
 * never go back: a server must not be able to make its client busy (that was a hole in a client's regular expression).
 *
 * RFC 959 §3.2, §4.1.2 and §5.3, RFC 1123 §4.1.2.6, RFC 2428.
 */
import { byteClass, HEX_VALUE, isAllText, parseDecimal } from '../net/ascii.ts'

/** Where a data connection is to be made. */
export interface HostPort {
  /** The address, in its canonical spelling: `192.0.2.1`, `2001:db8::1`. */
  readonly host: string
  /** 1 to 65,535. */
  readonly port: number
}

/** The numbers of RFC 2428 for the protocols of the network. */
export const NETWORK_PROTOCOL = { IPv4: 1, IPv6: 2 } as const

/** What EPRT names. */
export interface ExtendedPort {
  /** The address family's number: 1 or 2; others are well-formed, and answered 522. */
  readonly protocol: number
  /** Host and port; `undefined` where the protocol is neither 1 nor 2, since then the address cannot be read. */
  readonly address: HostPort | undefined
}

/** An octet of an address or of a port: 1 to 3 digits without a leading zero, which some read as octal. */
function parseOctet(text: string): number | undefined {
  return text.length > 1 && text.startsWith('0') ? undefined : parseDecimal(text, 255)
}

/**
 *     host-port = h1 "," h2 "," h3 "," h4 "," p1 "," p2      ; decimal octets, RFC 959 §5.3.2
 *
 * PORT's parameter, nothing before it and nothing behind.
 */
export function parseHostPort(text: string): HostPort | undefined {
  if (text.length > '255,255,255,255,255,255'.length) return undefined
  const [h1, h2, h3, h4, p1, p2, ...more] = text.split(',').map(parseOctet)
  if (h1 === undefined || h2 === undefined || h3 === undefined || h4 === undefined) return undefined
  if (p1 === undefined || p2 === undefined || more.length > 0) return undefined
  const port = p1 * 256 + p2
  return port === 0 ? undefined : { host: `${h1}.${h2}.${h3}.${h4}`, port }
}

/** The mirror of `parseHostPort`; the host is an IPv4 address. */
export function writeHostPort({ host, port }: HostPort): string {
  return `${host.replaceAll('.', ',')},${port >> 8},${port & 0xff}`
}

const HOST_PORT_CHAR = byteClass(',', [0x30, 0x39])

/**
 * The six numbers in the text of a 227 reply, wherever they stand: servers disagree about words and parentheses (RFC 1123
 * §4.1.2.6). The first run of digits and commas that is a `host-port` counts.
 */
export function parsePassiveText(text: string): HostPort | undefined {
  let start = 0
  for (let index = 0; index <= text.length; index++) {
    if (index < text.length && isAllText(HOST_PORT_CHAR, text.charAt(index))) continue
    const found = parseHostPort(text.slice(start, index))
    if (found !== undefined) return found
    start = index + 1
  }
  return undefined
}

/** The text of a 227 reply, with the parentheses that old clients look for. */
export function writePassiveText(address: HostPort): string {
  return `Entering Passive Mode (${writeHostPort(address)}).`
}

/** A delimiter of RFC 2428 §2: `d = %d33-126`. A digit would be one with what it delimits, and is refused. */
function isDelimiter(character: string): boolean {
  return character >= '!' && character <= '~' && !(character >= '0' && character <= '9')
}

/** A port: 1 to 5 digits, 1 to 65,535. */
function parsePort(text: string): number | undefined {
  const port = text.length > 5 ? undefined : parseDecimal(text, 65_535)
  return port === 0 ? undefined : port
}

/**
 *     EPRT-parameter = d net-prt d net-addr d tcp-port d      ; RFC 2428 §2
 */
export function parseExtendedPort(text: string): ExtendedPort | undefined {
  const delimiter = text.charAt(0)
  if (!isDelimiter(delimiter)) return undefined
  const fields = text.split(delimiter)
  if (fields.length !== 5 || fields[4] !== '') return undefined
  const [, number, host, portText] = fields as [string, string, string, string, string]
  const protocol = parseDecimal(number, 65_535)
  const port = parsePort(portText)
  if (protocol === undefined || port === undefined) return undefined
  if (protocol !== NETWORK_PROTOCOL.IPv4 && protocol !== NETWORK_PROTOCOL.IPv6) return { protocol, address: undefined }
  const address = protocol === NETWORK_PROTOCOL.IPv4 ? parseIpv4(host) : parseIpv6(host)
  return address === undefined ? undefined : { protocol, address: { host: address, port } }
}

/** The mirror of `parseExtendedPort`, with the usual delimiter: `|2|2001:db8::1|50000|`. */
export function writeExtendedPort({ host, port }: HostPort): string {
  const protocol = host.includes(':') ? NETWORK_PROTOCOL.IPv6 : NETWORK_PROTOCOL.IPv4
  return `|${protocol}|${host}|${port}|`
}

/**
 *     "(" d d d tcp-port d ")"      ; RFC 2428 §3, anywhere in the text of a 229 reply
 */
export function parseExtendedPassiveText(text: string): number | undefined {
  for (let open = text.indexOf('('); open !== -1; open = text.indexOf('(', open + 1)) {
    const delimiter = text.charAt(open + 1)
    if (!isDelimiter(delimiter) || text.slice(open + 1, open + 4) !== delimiter.repeat(3)) continue
    // No port is longer, so a long text is not looked through from every parenthesis.
    const window = text.slice(open + 4, open + 4 + 7)
    const end = window.indexOf(delimiter)
    const port = end === -1 || window[end + 1] !== ')' ? undefined : parsePort(window.slice(0, end))
    if (port !== undefined) return port
  }
  return undefined
}

/** The text of a 229 reply. */
export function writeExtendedPassiveText(port: number): string {
  return `Entering Extended Passive Mode (|||${port}|)`
}

/** Four octets in decimal, as they are written canonically. */
function parseIpv4(text: string): string | undefined {
  const octets = text.split('.').map(parseOctet)
  return octets.length === 4 && octets.every((octet) => octet !== undefined) ? octets.join('.') : undefined
}

/**
 * An IPv6 address in any spelling of RFC 4291 §2.2 as its eight groups in hexadecimal without leading zeros, joined by colons
 * (`2001:db8:0:0:0:0:0:1`); an IPv4-mapped one (`::ffff:192.0.2.1`) as the IPv4 address that it is.
 */
function parseIpv6(text: string): string | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [left, right] = halves.map((half, index) => parseGroups(half, index === halves.length - 1))
  if (left === undefined || (halves.length === 2 && right === undefined)) return undefined
  const missing = 8 - left.length - (right?.length ?? 0)
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...left, ...Array.from({ length: missing }, () => 0), ...(right ?? [])]
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  return isMapped
    ? `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`
    : groups.map((group) => group.toString(16)).join(':')
}

/** `h16 *( ":" h16 )`, the last of them perhaps an IPv4 address, which is two groups. Nothing is no group. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  const groups: number[] = []
  const parts = text === '' ? [] : text.split(':')
  for (const [index, part] of parts.entries()) {
    const group = parseGroup(part)
    if (group !== undefined) groups.push(group)
    else {
      const ipv4 = isLast && index === parts.length - 1 ? parseIpv4(part) : undefined
      if (ipv4 === undefined) return undefined
      const [a, b, c, d] = ipv4.split('.').map(parseOctet) as [number, number, number, number]
      groups.push(a * 256 + b, c * 256 + d)
    }
  }
  return groups
}

/** `h16 = 1*4HEXDIG` */
function parseGroup(text: string): number | undefined {
  if (text.length === 0 || text.length > 4) return undefined
  let group = 0
  for (let index = 0; index < text.length; index++) {
    const digit = HEX_VALUE[text.charCodeAt(index)] ?? 255
    if (digit === 255) return undefined
    group = group * 16 + digit
  }
  return group
}

/**
 * The one spelling of a host's address, to be compared: without zone, an IPv4-mapped one as IPv4 (a dual-stack server sees
 * `::ffff:192.0.2.1` where its client wrote `192.0.2.1`). `undefined` where it is no address.
 */
export function canonicalHost(host: string): string | undefined {
  const zone = host.indexOf('%')
  const address = zone === -1 ? host : host.slice(0, zone)
  return parseIpv4(address) ?? parseIpv6(address)
}

/** Whether two addresses are the same host's. What is no address is never the same as anything (A23: a socket that is gone). */
export function isSameHost(one: string, other: string): boolean {
  const host = canonicalHost(one)
  return host !== undefined && host === canonicalHost(other)
}
