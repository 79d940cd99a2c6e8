/**
 * Which addresses belong to the public Internet: a guard for programs that go where strangers send them (SSRF). It is asked about the
 * address that is connected to, and not about a name, so it cannot be fooled by a name that points inside, or that points somewhere
 * else the second time (DNS rebinding).
 *
 *     const client = new Client({ guard: publicAddressesOnly })
 *
 * For IPv4 everything is public but what the registry of special addresses names (RFC 6890, kept by IANA). For IPv6 nothing is
 * but global unicast (2000::/3, RFC 4291 §2.4), without what the registry names there. An IPv6 address that only carries an IPv4
 * address (mapped, NAT64, 6to4) is as public as that one.
 *
 * It cannot know which public addresses are one's own, nor the NAT64 prefix of a network that has its own (RFC 6052 §2.2).
 */
import { AddressSet, ipAddress, parseIp } from './address.ts'
import { netError } from './errors.ts'
import type { Address } from './socket.ts'

/** What is not for everybody. */
const SPECIAL = new AddressSet([
  '0.0.0.0/8', // this network (RFC 791)
  '10.0.0.0/8', // private (RFC 1918)
  '100.64.0.0/10', // shared by a carrier's customers (RFC 6598)
  '127.0.0.0/8', // loopback (RFC 1122)
  '168.63.129.16', // Azure answers its machines there, in the middle of what is public
  '169.254.0.0/16', // link-local (RFC 3927), and the metadata of most clouds
  '172.16.0.0/12', // private (RFC 1918)
  '192.0.0.0/24', // protocol assignments (RFC 6890)
  '192.0.2.0/24', // documentation (RFC 5737)
  '192.88.99.0/24', // relays of 6to4, given up (RFC 7526)
  '192.168.0.0/16', // private (RFC 1918)
  '198.18.0.0/15', // benchmarks (RFC 2544)
  '198.51.100.0/24', // documentation (RFC 5737)
  '203.0.113.0/24', // documentation (RFC 5737)
  '224.0.0.0/4', // multicast (RFC 5771)
  '240.0.0.0/4', // reserved (RFC 1112), and broadcast
  '2001::/23', // protocol assignments (RFC 2928): Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation (RFC 3849)
  '3fff::/20', // documentation (RFC 9637)
])

/** Global unicast: all that has been given out of IPv6. */
const GLOBAL_UNICAST = new AddressSet(['2000::/3'])

/** Addresses that carry an IPv4 address, and where. */
const CARRIERS = [
  { networks: new AddressSet(['64:ff9b::/96']), at: 12 }, // NAT64 (RFC 6052)
  { networks: new AddressSet(['2002::/16']), at: 2 }, // 6to4 (RFC 3056)
] as const

/** Whether an address belongs to the public Internet. */
export function isPublic(address: Address): boolean {
  if (address.family === 'unix' || address.family === 'memory') return false
  // Mapped addresses come out as what they map.
  const bytes = parseIp(address.host)
  if (bytes === undefined) return false
  const seen = ipAddress(bytes, address.port)
  const carrier = CARRIERS.find(({ networks }) => networks.has(seen))
  if (carrier !== undefined) return isPublic(ipAddress(bytes.subarray(carrier.at, carrier.at + 4), address.port))
  return !SPECIAL.has(seen) && (seen.family === 'IPv4' || GLOBAL_UNICAST.has(seen))
}

/** Lets the addresses of the public Internet pass, and throws `NET_FORBIDDEN` for every other one. */
export function publicAddressesOnly(address: Address): void {
  if (!isPublic(address)) throw netError('NET_FORBIDDEN', { detail: textOf(address) })
}

function textOf(address: Address): string {
  switch (address.family) {
    case 'unix':
      return address.path
    case 'memory':
      return address.name
    case 'IPv4':
    case 'IPv6':
      return address.host
  }
}
